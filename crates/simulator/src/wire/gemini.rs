//! Google's `generateContent`: partial responses, each with the figures so far; no end mark.

use serde_json::{Value, json};

use super::{Class, Frame, Heading};
use crate::answer::{Piece, Usage, deltas};

/// A signature for calls that no scripted reasoning stands before: Gemini 3 signs every first call.
pub(crate) const SIGNATURE: &str = "c2ltLWdlbWluaS1zaWduYXR1cmU=";

/// What Google documents for calls that Gemini did not make: they are not verified.
pub(crate) const UNVERIFIED: &str = "skip_thought_signature_validator";

#[derive(Debug)]
pub(crate) struct Writer {
    heading: Heading,
    signing: Signing,
}

/// Where the signature of a thought goes: onto the next call, else onto the last part.
#[derive(Debug, Default)]
struct Signing {
    waiting: Option<String>,
    /// A call came already; parallel calls behind it have no signature.
    called: bool,
}

impl Signing {
    fn call(&mut self) -> Option<String> {
        let first = !std::mem::replace(&mut self.called, true);
        self.waiting.take().or_else(|| first.then(|| SIGNATURE.to_owned()))
    }
}

impl Writer {
    pub(super) fn new(heading: Heading) -> Self {
        Self { heading, signing: Signing::default() }
    }

    pub(super) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        match piece {
            Piece::Text(text) => {
                out.extend(deltas(text, chunks).into_iter().map(|part| self.chunk(&json!({"text": part}))));
            }
            Piece::Thinking { text, signature } => {
                let thoughts = deltas(text, chunks).into_iter();
                out.extend(thoughts.map(|part| self.chunk(&json!({"text": part, "thought": true}))));
                self.signing.waiting = Some(signature.clone());
            }
            Piece::Tool { .. } => {
                let part = call(piece, self.signing.call());
                out.push(self.chunk(&part));
            }
        }
    }

    pub(super) fn close(&mut self, out: &mut Vec<Frame>) {
        let part = signed(json!({"text": ""}), self.signing.waiting.take());
        let mut last = response(&self.heading, &[part]);
        last["candidates"][0]["finishReason"] = json!(finish_reason(&self.heading));
        out.push(Frame::new(None, last.to_string(), Class::Terminal));
    }

    fn chunk(&self, part: &Value) -> Frame {
        let response = response(&self.heading, std::slice::from_ref(part));
        Frame::new(None, response.to_string(), Class::Generated)
    }
}

/// A whole answer.
pub(super) fn whole(heading: &Heading, pieces: &[Piece]) -> Value {
    let mut signing = Signing::default();
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        parts.push(match piece {
            Piece::Text(text) => json!({"text": text}),
            Piece::Thinking { text, signature } => {
                signing.waiting = Some(signature.clone());
                json!({"text": text, "thought": true})
            }
            Piece::Tool { .. } => call(piece, signing.call()),
        });
    }
    if let Some(last) = parts.last_mut() {
        *last = signed(last.take(), signing.waiting);
    }
    let mut response = response(heading, &parts);
    response["candidates"][0]["finishReason"] = json!(finish_reason(heading));
    response
}

/// The answer to a prompt that the filter refused: no candidates.
pub(crate) fn blocked(model: &str, number: u64) -> Value {
    json!({
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": {"promptTokenCount": 7, "totalTokenCount": 7},
        "modelVersion": model,
        "responseId": format!("sim{number:08}"),
    })
}

fn response(heading: &Heading, parts: &[Value]) -> Value {
    json!({
        "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}],
        "usageMetadata": usage(&heading.usage),
        "modelVersion": heading.model,
        "responseId": format!("sim{:08}", heading.number),
    })
}

fn call(piece: &Piece, signature: Option<String>) -> Value {
    let Piece::Tool { name, arguments, id } = piece else { return Value::Null };
    let mut call = json!({"name": name, "args": arguments});
    if let Some(id) = id {
        call["id"] = json!(id);
    }
    signed(json!({"functionCall": call}), signature)
}

fn signed(mut part: Value, signature: Option<String>) -> Value {
    if let Some(signature) = signature {
        part["thoughtSignature"] = json!(signature);
    }
    part
}

fn finish_reason(heading: &Heading) -> &str {
    heading.stop.as_deref().unwrap_or("STOP")
}

fn usage(usage: &Usage) -> Value {
    json!({
        "promptTokenCount": usage.input_total(),
        "cachedContentTokenCount": usage.cache_read,
        "candidatesTokenCount": usage.output.saturating_sub(usage.reasoning),
        "thoughtsTokenCount": usage.reasoning,
        "totalTokenCount": usage.input_total().saturating_add(usage.output),
    })
}
