//! Gemini: partial answers, each call whole; what is said is told apart by its parts alone.

use serde_json::{Value, json};

use super::{Answer, Part, pieces};

impl Answer {
    pub(super) fn gemini(&self, piece: usize) -> Vec<Value> {
        let mut parts: Vec<Value> = self.parts.iter().zip(0..).flat_map(|(part, at)| spoken(part, at, piece)).collect();
        // The end stands beside the last thing that is said.
        let last = parts.pop();
        let mut events: Vec<Value> = parts.into_iter().map(|part| self.chunk(&[part], false)).collect();
        events.push(self.chunk(&Vec::from_iter(last), true));
        events
    }

    pub(super) fn gemini_whole(&self) -> Value {
        let parts: Vec<Value> =
            self.parts.iter().zip(0..).flat_map(|(part, at)| spoken(part, at, usize::MAX)).collect();
        self.chunk(&parts, true)
    }

    fn chunk(&self, parts: &[Value], last: bool) -> Value {
        let mut candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}});
        if last {
            candidate["finishReason"] = json!(if self.cut { "MAX_TOKENS" } else { "STOP" });
        }
        let [_, read, _, output] = self.tokens;
        // There is no count of what was written to a cache; what came from one is part of the prompt.
        let usage = json!({"promptTokenCount": self.input(), "cachedContentTokenCount": read,
            "candidatesTokenCount": if last { output } else { 0 }, "totalTokenCount": self.input() + output});
        json!({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "up-1", "responseId": "g-1"})
    }
}

fn spoken(part: &Part, at: usize, piece: usize) -> Vec<Value> {
    match part {
        Part::Reasoning(text, opaque) => {
            let mut parts: Vec<Value> =
                pieces(text, piece).into_iter().map(|text| json!({"text": text, "thought": true})).collect();
            match parts.last_mut() {
                Some(last) => last["thoughtSignature"] = json!(opaque),
                None => parts.push(json!({"text": "", "thought": true, "thoughtSignature": opaque})),
            }
            parts
        }
        Part::Text(text) => pieces(text, piece).into_iter().map(|text| json!({"text": text})).collect(),
        Part::Call(name, input) => {
            vec![json!({"functionCall": {"id": format!("t{at}"), "name": name, "args": input}})]
        }
    }
}
