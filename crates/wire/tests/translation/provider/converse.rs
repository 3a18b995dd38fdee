//! Bedrock's Converse: blocks, of which only calls are announced. An event is an object of one member, its name.

use serde_json::{Value, json};

use super::{Answer, Part, pieces};

impl Answer {
    pub(super) fn converse(&self, piece: usize) -> Vec<Value> {
        let mut events = vec![json!({"messageStart": {"role": "assistant"}})];
        for (part, at) in self.parts.iter().zip(0_u64..) {
            let delta = |delta: Value| json!({"contentBlockDelta": {"contentBlockIndex": at, "delta": delta}});
            match part {
                Part::Reasoning(text, opaque) => {
                    let more = |text| delta(json!({"reasoningContent": {"text": text}}));
                    events.extend(pieces(text, piece).into_iter().map(more));
                    events.push(delta(json!({"reasoningContent": {"signature": opaque}})));
                }
                Part::Text(text) => {
                    events.extend(pieces(text, piece).into_iter().map(|text| delta(json!({"text": text}))));
                }
                Part::Call(name, input) => {
                    let start = json!({"toolUse": {"toolUseId": format!("t{at}"), "name": name}});
                    events.push(json!({"contentBlockStart": {"contentBlockIndex": at, "start": start}}));
                    let more = |text| delta(json!({"toolUse": {"input": text}}));
                    events.extend(pieces(&input.to_string(), piece).into_iter().map(more));
                }
            }
            events.push(json!({"contentBlockStop": {"contentBlockIndex": at}}));
        }
        events.push(json!({"messageStop": {"stopReason": self.anthropic_stop()}}));
        events.push(json!({"metadata": {"usage": self.converse_usage(), "metrics": {"latencyMs": 1}}}));
        events
    }

    pub(super) fn converse_whole(&self) -> Value {
        let block = |(part, at): (&Part, usize)| match part {
            Part::Reasoning(text, opaque) => {
                json!({"reasoningContent": {"reasoningText": {"text": text, "signature": opaque}}})
            }
            Part::Text(text) => json!({"text": text}),
            Part::Call(name, input) => {
                json!({"toolUse": {"toolUseId": format!("t{at}"), "name": name, "input": input}})
            }
        };
        let content: Vec<Value> = self.parts.iter().zip(0..).map(block).collect();
        json!({"output": {"message": {"role": "assistant", "content": content}}, "stopReason": self.anthropic_stop(),
            "usage": self.converse_usage(), "metrics": {"latencyMs": 1}})
    }

    fn converse_usage(&self) -> Value {
        let [plain, read, written, output] = self.tokens;
        json!({"inputTokens": plain, "cacheReadInputTokens": read, "cacheWriteInputTokens": written,
            "outputTokens": output, "totalTokens": self.input() + output})
    }
}
