//! A provider that says a given thing, streamed or not, in its own protocol.

use proptest::prelude::*;
use serde_json::{Value, json};
use tokgate_wire::protocol::UpstreamProtocol;

use crate::raw::*;

mod converse;
mod gemini;

/// What is said.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) parts: Vec<Part>,
    /// Input: plain, read from the cache, written to it. Output.
    pub(crate) tokens: [u64; 4],
    /// Whether a limit ended it.
    pub(crate) cut: bool,
}

/// A part of it.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Words and signature.
    Reasoning(String, String),
    Text(String),
    /// Name, arguments.
    Call(String, Value),
}

impl Answer {
    /// All input.
    pub(crate) fn input(&self) -> u64 {
        self.tokens[..3].iter().sum()
    }

    fn calls(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Call(..)))
    }

    /// The events of its stream, texts in pieces of `piece` characters.
    pub(crate) fn stream(&self, protocol: UpstreamProtocol, piece: usize) -> Vec<Value> {
        match protocol {
            UpstreamProtocol::Anthropic => self.anthropic(piece),
            UpstreamProtocol::OpenaiChat => self.chat(piece),
            UpstreamProtocol::OpenaiResponses => self.responses(piece),
            UpstreamProtocol::Gemini => self.gemini(piece),
            UpstreamProtocol::BedrockConverse => self.converse(piece),
        }
    }

    /// The same, not streamed.
    pub(crate) fn whole(&self, protocol: UpstreamProtocol) -> Value {
        match protocol {
            UpstreamProtocol::Anthropic => {
                json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "up-1", "content": self.blocks(),
                "stop_reason": self.anthropic_stop(), "stop_sequence": null, "usage": self.anthropic_usage()})
            }
            UpstreamProtocol::OpenaiChat => {
                json!({"id": "c-1", "object": "chat.completion", "created": 1, "model": "up-1", "usage": self.chat_usage(),
                "choices": [{"index": 0, "message": self.message(), "finish_reason": self.chat_finish()}]})
            }
            UpstreamProtocol::OpenaiResponses => self.response(),
            UpstreamProtocol::Gemini => self.gemini_whole(),
            UpstreamProtocol::BedrockConverse => self.converse_whole(),
        }
    }

    fn anthropic_stop(&self) -> &'static str {
        if self.cut {
            "max_tokens"
        } else if self.calls() {
            "tool_use"
        } else {
            "end_turn"
        }
    }

    fn anthropic_usage(&self) -> Value {
        let [plain, read, written, output] = self.tokens;
        json!({"input_tokens": plain, "cache_read_input_tokens": read, "cache_creation_input_tokens": written, "output_tokens": output})
    }

    fn blocks(&self) -> Vec<Value> {
        let block = |(part, at): (&Part, usize)| match part {
            Part::Reasoning(text, opaque) => json!({"type": "thinking", "thinking": text, "signature": opaque}),
            Part::Text(text) => json!({"type": "text", "text": text}),
            Part::Call(name, input) => {
                json!({"type": "tool_use", "id": format!("t{at}"), "name": name, "input": input})
            }
        };
        self.parts.iter().zip(0..).map(block).collect()
    }

    fn anthropic(&self, piece: usize) -> Vec<Value> {
        let mut start = a_start();
        start["message"]["usage"] = self.anthropic_usage();
        start["message"]["usage"]["output_tokens"] = json!(0);
        let mut events = vec![start];
        for (part, at) in self.parts.iter().zip(0_u64..) {
            match part {
                Part::Reasoning(text, opaque) => {
                    events.push(a_open(at, json!({"type": "thinking", "thinking": "", "signature": ""})));
                    let more = |text| a_more(at, json!({"type": "thinking_delta", "thinking": text}));
                    events.extend(pieces(text, piece).into_iter().map(more));
                    events.push(a_more(at, json!({"type": "signature_delta", "signature": opaque})));
                }
                Part::Text(text) => {
                    events.push(a_open(at, json!({"type": "text", "text": ""})));
                    events.extend(pieces(text, piece).iter().map(|text| a_text(at, text)));
                }
                Part::Call(name, input) => {
                    events.push(a_call(at, &format!("t{at}"), name));
                    events.extend(pieces(&input.to_string(), piece).iter().map(|text| a_input(at, text)));
                }
            }
            events.push(a_stop(at));
        }
        let mut delta = a_delta(self.anthropic_stop());
        delta["usage"] = self.anthropic_usage();
        events.extend([delta, a_end()]);
        events
    }

    fn chat_finish(&self) -> &'static str {
        if self.cut {
            "length"
        } else if self.calls() {
            "tool_calls"
        } else {
            "stop"
        }
    }

    fn chat_usage(&self) -> Value {
        json!({"prompt_tokens": self.input(), "completion_tokens": self.tokens[3], "total_tokens": self.input() + self.tokens[3],
            "prompt_tokens_details": {"cached_tokens": self.tokens[1], "cache_write_tokens": self.tokens[2]}})
    }

    /// Chat has one reasoning and one text.
    fn message(&self) -> Value {
        let (mut reasoning, mut text, mut calls) = (String::new(), String::new(), Vec::new());
        for (part, at) in self.parts.iter().zip(0..) {
            match part {
                Part::Reasoning(words, _) => reasoning.push_str(words),
                Part::Text(words) => text.push_str(words),
                Part::Call(name, input) => calls.push(json!({"id": format!("t{at}"), "type": "function",
                    "function": {"name": name, "arguments": input.to_string()}})),
            }
        }
        let mut message = json!({"role": "assistant", "content": text});
        if !reasoning.is_empty() {
            message["reasoning_content"] = json!(reasoning);
        }
        if !calls.is_empty() {
            message["tool_calls"] = json!(calls);
        }
        message
    }

    fn chat(&self, piece: usize) -> Vec<Value> {
        let message = self.message();
        let mut events = vec![c_delta(json!({"role": "assistant", "content": ""}))];
        for name in ["reasoning_content", "content"] {
            let words = message[name].as_str().unwrap_or_default();
            events.extend(pieces(words, piece).into_iter().map(|text| c_delta(json!({name: text}))));
        }
        for (call, index) in message["tool_calls"].as_array().into_iter().flatten().zip(0_u64..) {
            let arguments = call["function"]["arguments"].as_str().unwrap();
            events.push(c_call(json!({"index": index, "id": call["id"], "type": "function",
                "function": {"name": call["function"]["name"], "arguments": ""}})));
            let more = |text| c_call(json!({"index": index, "function": {"arguments": text}}));
            events.extend(pieces(arguments, piece).into_iter().map(more));
        }
        let mut usage = c_usage();
        usage["usage"] = self.chat_usage();
        events.extend([c_finish(self.chat_finish()), usage, c_done()]);
        events
    }

    fn items(&self) -> Vec<Value> {
        let item = |(part, at): (&Part, usize)| match part {
            Part::Reasoning(text, opaque) => r_reasoning(&format!("rs_{at}"), text, opaque),
            Part::Text(text) => r_message(text),
            Part::Call(name, input) => r_call(&format!("t{at}"), name, &input.to_string()),
        };
        let numbered = |(mut item, at): (Value, usize)| {
            item["id"] = json!(format!("item_{at}"));
            item
        };
        self.parts.iter().zip(0..).map(item).zip(0..).map(numbered).collect()
    }

    fn response(&self) -> Value {
        let mut response = r_object(if self.cut { "incomplete" } else { "completed" }, &json!(self.items()));
        if self.cut {
            response["incomplete_details"] = json!({"reason": "max_output_tokens"});
        }
        response["usage"] = json!({"input_tokens": self.input(), "output_tokens": self.tokens[3], "total_tokens": self.input() + self.tokens[3],
            "input_tokens_details": {"cached_tokens": self.tokens[1], "cache_write_tokens": self.tokens[2]},
            "output_tokens_details": {"reasoning_tokens": 0}});
        response
    }

    fn responses(&self, piece: usize) -> Vec<Value> {
        let mut events = vec![r_start()];
        for ((part, item), at) in self.parts.iter().zip(self.items()).zip(0_u64..) {
            let delta = |kind: &str, text: &str| json!({"type": kind, "item_id": item["id"], "output_index": at, "content_index": 0, "summary_index": 0, "delta": text});
            let mut begun = item.clone();
            for name in ["content", "summary"] {
                if begun.get(name).is_some() {
                    begun[name] = json!([]);
                }
            }
            if begun.get("arguments").is_some() {
                begun["arguments"] = json!("");
            }
            events.push(r_add(at, begun));
            let (kind, text) = match part {
                Part::Reasoning(text, _) => ("response.reasoning_summary_text.delta", text.clone()),
                Part::Text(text) => ("response.output_text.delta", text.clone()),
                Part::Call(_, input) => ("response.function_call_arguments.delta", input.to_string()),
            };
            events.extend(pieces(&text, piece).iter().map(|text| delta(kind, text)));
            events.push(r_item(at, item));
        }
        let kind = if self.cut { "response.incomplete" } else { "response.completed" };
        events.push(json!({"type": kind, "response": self.response()}));
        events
    }
}

/// A text in pieces of `size` characters.
fn pieces(text: &str, size: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(size.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// Any answer.
pub(crate) fn answers() -> impl Strategy<Value = Answer> {
    let words = || "[a-z \"\\\\é世\n]{1,12}";
    let part = prop_oneof![
        (words(), "[A-Za-z0-9+/]{4,12}").prop_map(|(text, opaque)| Part::Reasoning(text, opaque)),
        words().prop_map(Part::Text),
        ("[a-z_]{1,8}", arguments()).prop_map(|(name, input)| Part::Call(name, input)),
    ];
    let tokens = [1..9000_u64, 0..9000_u64, 0..9000_u64, 1..9000_u64];
    (proptest::collection::vec(part, 1..6), tokens, any::<bool>()).prop_map(|(parts, tokens, cut)| Answer {
        parts,
        tokens,
        cut,
    })
}

/// Arguments of a call.
fn arguments() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        "[a-z\"\\\\é\n]{0,6}".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!([1, {"x": null}]))
    ];
    proptest::collection::btree_map("[a-z]{1,4}", value, 0..3).prop_map(|members| json!(members))
}
