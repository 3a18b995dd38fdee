//! OpenAI Chat Completions: the chunk sequence and the completion body. Reasoning travels as
//! `reasoning_content`, the dialect most providers of this protocol share; it has no place for a signature.

use serde_json::{Value, json};

use super::{CREATED, Class, Frame, Heading};
use crate::answer::{Piece, Usage, deltas};

#[derive(Debug)]
pub(crate) struct Writer {
    heading: Heading,
    calls: usize,
}

impl Writer {
    pub(super) fn new(heading: Heading) -> Self {
        Self { heading, calls: 0 }
    }

    pub(super) fn open(&self, out: &mut Vec<Frame>) {
        out.push(self.chunk(Class::Around, &json!({"role": "assistant", "content": "", "refusal": null})));
    }

    pub(super) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        match piece {
            Piece::Text(text) => self.texts("content", text, chunks, out),
            Piece::Thinking { text, .. } => self.texts("reasoning_content", text, chunks, out),
            Piece::Tool { arguments, .. } => {
                let index = self.calls;
                self.calls += 1;
                let mut call = tool_call(&self.heading, index, piece);
                call["index"] = json!(index);
                call["function"]["arguments"] = json!("");
                out.push(self.chunk(Class::Generated, &json!({"tool_calls": [call]})));
                for part in deltas(&arguments.to_string(), chunks) {
                    let call = json!({"index": index, "function": {"arguments": part}});
                    out.push(self.chunk(Class::Generated, &json!({"tool_calls": [call]})));
                }
            }
        }
    }

    pub(super) fn close(&self, out: &mut Vec<Frame>) {
        let mut last = self.envelope();
        last["choices"] = choice(&json!({}), Some(finish_reason(&self.heading)));
        out.push(Frame::new(None, last.to_string(), Class::Around));
        if self.heading.include_usage {
            let mut figures = self.envelope();
            figures["usage"] = usage(&self.heading.usage);
            out.push(Frame::new(None, figures.to_string(), Class::Around));
        }
        out.push(Frame::new(None, "[DONE]".to_owned(), Class::Terminal));
    }

    fn texts(&self, key: &str, text: &str, chunks: usize, out: &mut Vec<Frame>) {
        out.extend(deltas(text, chunks).into_iter().map(|part| self.chunk(Class::Generated, &json!({key: part}))));
    }

    fn chunk(&self, class: Class, delta: &Value) -> Frame {
        let mut chunk = self.envelope();
        chunk["choices"] = choice(delta, None);
        if self.heading.include_usage {
            chunk["usage"] = Value::Null;
        }
        Frame::new(None, chunk.to_string(), class)
    }

    fn envelope(&self) -> Value {
        json!({
            "id": id(&self.heading),
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": self.heading.model,
            "service_tier": "default",
            "system_fingerprint": "fp_sim",
            "choices": [],
        })
    }
}

fn choice(delta: &Value, finish_reason: Option<&str>) -> Value {
    json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}])
}

pub(super) fn completion(heading: &Heading, pieces: &[Piece]) -> Value {
    let (mut content, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Text(text) => content.push_str(text),
            Piece::Thinking { text, .. } => reasoning.push_str(text),
            Piece::Tool { .. } => calls.push(tool_call(heading, calls.len(), piece)),
        }
    }
    let content = if content.is_empty() && !calls.is_empty() { Value::Null } else { json!(content) };
    let mut message = json!({"role": "assistant", "content": content, "refusal": null});
    if !reasoning.is_empty() {
        message["reasoning_content"] = json!(reasoning);
    }
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    json!({
        "id": id(heading),
        "object": "chat.completion",
        "created": CREATED,
        "model": heading.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(heading)}],
        "usage": usage(&heading.usage),
        "service_tier": "default",
        "system_fingerprint": "fp_sim",
    })
}

fn id(heading: &Heading) -> String {
    format!("chatcmpl-sim{:08}", heading.number)
}

fn tool_call(heading: &Heading, index: usize, piece: &Piece) -> Value {
    let Piece::Tool { name, arguments, id } = piece else { return Value::Null };
    let id = id.clone().unwrap_or_else(|| format!("call_sim{:08}_{index}", heading.number));
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments.to_string()}})
}

fn finish_reason(heading: &Heading) -> &str {
    let usual = if heading.calls_tools { "tool_calls" } else { "stop" };
    heading.stop.as_deref().unwrap_or(usual)
}

fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_total(),
        "completion_tokens": usage.output,
        "total_tokens": usage.input_total().saturating_add(usage.output),
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
            "audio_tokens": 0,
        },
    })
}
