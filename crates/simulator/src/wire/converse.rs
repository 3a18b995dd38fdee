//! Bedrock's Converse: its events and its message. Only a tool's block is announced; the figures come after the end.

use serde_json::{Value, json};

use super::{Class, Form, Frame, Heading};
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
        out.push(frame("messageStart", Class::Around, &json!({"role": "assistant", "p": "abcde"})));
    }

    pub(super) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        let index = self.index;
        self.index += 1;
        let delta = |delta: Value| {
            let event = json!({"contentBlockIndex": index, "delta": delta, "p": "abcdefgh"});
            frame("contentBlockDelta", Class::Generated, &event)
        };
        match piece {
            Piece::Text(text) => out.extend(deltas(text, chunks).into_iter().map(|part| delta(json!({"text": part})))),
            Piece::Thinking { text, signature } => {
                let thoughts = deltas(text, chunks).into_iter();
                out.extend(thoughts.map(|part| delta(json!({"reasoningContent": {"text": part}}))));
                out.push(delta(json!({"reasoningContent": {"signature": signature}})));
            }
            Piece::Tool { name, arguments, .. } => {
                let start = json!({"toolUse": {"toolUseId": call_id(&self.heading, index, piece), "name": name}});
                let event = json!({"contentBlockIndex": index, "start": start, "p": "abc"});
                out.push(frame("contentBlockStart", Class::Generated, &event));
                let arguments = arguments.to_string();
                let parts = deltas(&arguments, chunks).into_iter();
                out.extend(parts.map(|part| delta(json!({"toolUse": {"input": part}}))));
            }
        }
        out.push(frame("contentBlockStop", Class::Around, &json!({"contentBlockIndex": index, "p": "ab"})));
    }

    pub(super) fn close(&self, out: &mut Vec<Frame>) {
        let stop = json!({"stopReason": stop_reason(&self.heading), "p": "abcd"});
        out.push(frame("messageStop", Class::Terminal, &stop));
        let figures = json!({"usage": usage(&self.heading.usage), "metrics": {"latencyMs": 7}, "p": "a"});
        out.push(frame("metadata", Class::Around, &figures));
    }
}

fn frame(name: &'static str, class: Class, data: &Value) -> Frame {
    Frame { form: Form::Event, ..Frame::new(Some(name), data.to_string(), class) }
}

/// A whole answer.
pub(super) fn whole(heading: &Heading, pieces: &[Piece]) -> Value {
    let content: Vec<Value> = pieces.iter().enumerate().map(|(index, piece)| block(heading, index, piece)).collect();
    json!({
        "metrics": {"latencyMs": 7},
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason(heading),
        "usage": usage(&heading.usage),
    })
}

fn block(heading: &Heading, index: usize, piece: &Piece) -> Value {
    match piece {
        Piece::Text(text) => json!({"text": text}),
        Piece::Thinking { text, signature } => {
            json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}})
        }
        Piece::Tool { name, arguments, .. } => {
            json!({"toolUse": {"toolUseId": call_id(heading, index, piece), "name": name, "input": arguments}})
        }
    }
}

fn call_id(heading: &Heading, index: usize, piece: &Piece) -> String {
    match piece {
        Piece::Tool { id: Some(id), .. } => id.clone(),
        _ => format!("tooluse_sim{:08}_{index}", heading.number),
    }
}

fn stop_reason(heading: &Heading) -> &str {
    let usual = if heading.calls_tools { "tool_use" } else { "end_turn" };
    heading.stop.as_deref().unwrap_or(usual)
}

fn usage(usage: &Usage) -> Value {
    json!({
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.input_total().saturating_add(usage.output),
        "cacheReadInputTokens": usage.cache_read,
        "cacheWriteInputTokens": usage.cache_write,
    })
}
