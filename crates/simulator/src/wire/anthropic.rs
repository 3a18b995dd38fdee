//! Anthropic Messages: the event sequence and the message body.

use serde_json::{Value, json};

use super::{Class, Frame, Heading};
use crate::answer::{Piece, Usage, deltas};

#[derive(Debug)]
pub(crate) struct Writer {
    heading: Heading,
    index: usize,
}

impl Writer {
    pub(super) fn new(heading: Heading) -> Self {
        Self { heading, index: 0 }
    }

    pub(super) fn open(&self, out: &mut Vec<Frame>) {
        let mut message = envelope(&self.heading);
        message["usage"]["output_tokens"] = json!(1);
        out.push(frame("message_start", Class::Around, &json!({"type": "message_start", "message": message})));
    }

    pub(super) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        let index = self.index;
        let mut start = block(&self.heading, index, piece);
        let arguments;
        let (kind, key, text) = match piece {
            Piece::Text(text) => ("text_delta", "text", text.as_str()),
            Piece::Thinking { text, .. } => ("thinking_delta", "thinking", text.as_str()),
            Piece::Tool { arguments: value, .. } => {
                arguments = value.to_string();
                ("input_json_delta", "partial_json", arguments.as_str())
            }
        };
        empty(&mut start);
        let start = json!({"type": "content_block_start", "index": index, "content_block": start});
        out.push(frame("content_block_start", Class::Around, &start));
        for part in deltas(text, chunks) {
            out.push(delta(index, &json!({"type": kind, key: part})));
        }
        if let Piece::Thinking { signature, .. } = piece {
            out.push(delta(index, &json!({"type": "signature_delta", "signature": signature})));
        }
        let stop = json!({"type": "content_block_stop", "index": index});
        out.push(frame("content_block_stop", Class::Around, &stop));
        self.index += 1;
    }

    pub(super) fn close(&self, out: &mut Vec<Frame>) {
        let delta = json!({"stop_reason": stop_reason(&self.heading), "stop_sequence": null});
        let last = json!({"type": "message_delta", "delta": delta, "usage": usage(&self.heading.usage)});
        out.push(frame("message_delta", Class::Around, &last));
        out.push(frame("message_stop", Class::Terminal, &json!({"type": "message_stop"})));
    }
}

fn frame(name: &'static str, class: Class, data: &Value) -> Frame {
    Frame::new(Some(name), data.to_string(), class)
}

fn delta(index: usize, delta: &Value) -> Frame {
    let event = json!({"type": "content_block_delta", "index": index, "delta": delta});
    frame("content_block_delta", Class::Generated, &event)
}

pub(super) fn message(heading: &Heading, pieces: &[Piece]) -> Value {
    let mut message = envelope(heading);
    message["content"] = pieces.iter().enumerate().map(|(i, piece)| block(heading, i, piece)).collect();
    message["stop_reason"] = json!(stop_reason(heading));
    message
}

fn envelope(heading: &Heading) -> Value {
    json!({
        "id": format!("msg_sim{:08}", heading.number),
        "type": "message",
        "role": "assistant",
        "model": heading.model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": usage(&heading.usage),
    })
}

fn block(heading: &Heading, index: usize, piece: &Piece) -> Value {
    match piece {
        Piece::Text(text) => json!({"type": "text", "text": text}),
        Piece::Thinking { text, signature } => json!({"type": "thinking", "thinking": text, "signature": signature}),
        Piece::Tool { name, arguments, id } => {
            let id = id.clone().unwrap_or_else(|| format!("toolu_sim{:08}_{index}", heading.number));
            json!({"type": "tool_use", "id": id, "name": name, "input": arguments})
        }
    }
}

/// A block as it stands at its start, before any delta.
fn empty(block: &mut Value) {
    for key in ["text", "thinking", "signature"] {
        if let Some(text) = block.get_mut(key) {
            *text = json!("");
        }
    }
    if let Some(input) = block.get_mut("input") {
        *input = json!({});
    }
}

fn stop_reason(heading: &Heading) -> &str {
    let usual = if heading.calls_tools { "tool_use" } else { "end_turn" };
    heading.stop.as_deref().unwrap_or(usual)
}

fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    })
}
