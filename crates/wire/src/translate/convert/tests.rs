#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::Fate;
use crate::json::Reader;
use crate::translate::{answer, dialect, field};

/// One conversation (instructions, a call with its result between two sentences, a tool) as each protocol says it.
const ANTHROPIC: &str = r#"{"model":"asked","max_tokens":500,"stream":true,
    "system":[{"type":"text","text":"Be brief."}],
    "tools":[{"name":"read","description":"Reads.","input_schema":{"type":"object","properties":{"z":{"type":"number","minimum":1.50},"a":{"type":"string"}},"required":["z"]}}],
    "tool_choice":{"type":"auto"},
    "messages":[
        {"role":"user","content":"Caf\u00e9 \"A\"?"},
        {"role":"assistant","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_1","name":"read","input":{"z": 1.50}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"line\n"},{"type":"text","text":"Go on."}]}
    ]}"#;

const CHAT: &str = r#"{"model":"asked","max_completion_tokens":500,"stream":true,"stream_options":{"include_usage":true},
    "tools":[{"type":"function","function":{"name":"read","description":"Reads.","parameters":{"type":"object","properties":{"z":{"type":"number","minimum":1.50},"a":{"type":"string"}},"required":["z"]}}}],
    "tool_choice":"auto",
    "messages":[
        {"role":"system","content":"Be brief."},
        {"role":"user","content":"Caf\u00e9 \"A\"?"},
        {"role":"assistant","content":"Let me look.","tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"read","arguments":"{\"z\": 1.50}"}}]},
        {"role":"tool","tool_call_id":"toolu_1","content":"line\n"},
        {"role":"user","content":"Go on."}
    ]}"#;

const RESPONSES: &str = r#"{"model":"asked","max_output_tokens":500,"stream":true,"store":false,"instructions":"Be brief.",
    "tools":[{"type":"function","name":"read","description":"Reads.","strict":false,"parameters":{"type":"object","properties":{"z":{"type":"number","minimum":1.50},"a":{"type":"string"}},"required":["z"]}}],
    "tool_choice":"auto",
    "input":[
        {"type":"message","role":"user","content":[{"type":"input_text","text":"Caf\u00e9 \"A\"?"}]},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Let me look.","annotations":[]}]},
        {"type":"function_call","call_id":"toolu_1","name":"read","arguments":"{\"z\": 1.50}"},
        {"type":"function_call_output","call_id":"toolu_1","output":"line\n"},
        {"type":"message","role":"user","content":[{"type":"input_text","text":"Go on."}]}
    ]}"#;

const REQUESTS: [(Protocol, &str); 3] =
    [(Protocol::Anthropic, ANTHROPIC), (Protocol::OpenaiChat, CHAT), (Protocol::OpenaiResponses, RESPONSES)];

fn pairs() -> impl Iterator<Item = (Protocol, Protocol, &'static str)> {
    REQUESTS.iter().flat_map(|(from, body)| Protocol::ALL.map(|to| (*from, to, *body)))
}

fn translate(from: Protocol, to: impl Into<UpstreamProtocol>, body: &str) -> Result<Translated, Refused> {
    let to = to.into();
    request(from, to, body, &dialect::of(to), 1, "routed", "asked", 1_800_000_000, 7)
}

fn value(translated: &Translated) -> Value {
    let text = std::str::from_utf8(&translated.body).unwrap();
    serde_json::from_str(text).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

#[test]
fn a_conversation_means_the_same_in_every_protocol() {
    for to in Protocol::ALL {
        let bodies: Vec<Value> = REQUESTS
            .iter()
            .filter(|(from, _)| *from != to)
            .map(|(from, body)| {
                let mut value = value(&translate(*from, to, body).unwrap());
                // What only one of the clients says.
                for name in ["messages", "input", "system", "instructions"] {
                    let Some(said) = value.as_object_mut().unwrap().remove(name) else { continue };
                    value[format!("{name} as text")] = json!(text_of(&said));
                }
                json!({
                    "said": value["messages as text"].as_str().or(value["input as text"].as_str()),
                    "model": value["model"], "tools": value["tools"], "stream": value["stream"],
                    "max": [&value["max_tokens"], &value["max_completion_tokens"], &value["max_output_tokens"]],
                })
            })
            .collect();
        assert_eq!(bodies[0]["model"], "routed");
        assert_eq!(bodies[0], bodies[1], "{to:?}");
    }
}

#[test]
fn every_client_asks_gemini_for_the_same() {
    for (from, body) in REQUESTS {
        let translated = translate(from, UpstreamProtocol::Gemini, body).unwrap();
        let schema = json!({"type": "object", "required": ["z"],
            "properties": {"z": {"type": "number", "minimum": 1.5}, "a": {"type": "string"}}});
        let expected = json!({
            "tools": [{"functionDeclarations": [{"name": "read", "description": "Reads.", "parametersJsonSchema": schema}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "generationConfig": {"maxOutputTokens": 500},
            "contents": [
                {"role": "user", "parts": [{"text": "Café \"A\"?"}]},
                {"role": "model", "parts": [
                    {"text": "Let me look."},
                    {"functionCall": {"id": "toolu_1", "name": "read", "args": {"z": 1.5}},
                        "thoughtSignature": "skip_thought_signature_validator"},
                ]},
                {"role": "user", "parts": [
                    {"functionResponse": {"id": "toolu_1", "name": "read", "response": {"output": "line\n"}}},
                    {"text": "Go on."},
                ]},
            ],
        });
        assert_eq!(value(&translated), expected, "{from:?}");
        assert!(translated.losses.is_empty(), "{from:?}: {:?}", translated.losses);
        let text = String::from_utf8(translated.body).unwrap();
        assert!(text.contains(r#""args":{"z": 1.50}"#) && text.contains(r"Caf\u00e9"), "nothing is spelt anew: {text}");
        assert!(text.find("\"tools\"") < text.find("\"contents\""), "the stable part comes first");
    }
}

#[test]
fn every_client_asks_converse_for_the_same() {
    for (from, body) in REQUESTS {
        let translated = translate(from, UpstreamProtocol::BedrockConverse, body).unwrap();
        let schema = json!({"type": "object", "required": ["z"],
            "properties": {"z": {"type": "number", "minimum": 1.5}, "a": {"type": "string"}}});
        let expected = json!({
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "read", "description": "Reads.", "inputSchema": {"json": schema}}}],
                "toolChoice": {"auto": {}},
            },
            "system": [{"text": "Be brief."}],
            "inferenceConfig": {"maxTokens": 500},
            "messages": [
                {"role": "user", "content": [{"text": "Café \"A\"?"}]},
                {"role": "assistant", "content": [
                    {"text": "Let me look."},
                    {"toolUse": {"toolUseId": "toolu_1", "name": "read", "input": {"z": 1.5}}},
                ]},
                {"role": "user", "content": [
                    {"toolResult": {"toolUseId": "toolu_1", "content": [{"text": "line\n"}]}},
                    {"text": "Go on."},
                ]},
            ],
        });
        assert_eq!(value(&translated), expected, "{from:?}");
        assert!(translated.losses.is_empty(), "{from:?}: {:?}", translated.losses);
        let text = String::from_utf8(translated.body).unwrap();
        assert!(
            text.contains(r#""input":{"z": 1.50}"#) && text.contains(r"Caf\u00e9"),
            "nothing is spelt anew: {text}"
        );
        assert!(text.find("\"toolConfig\"") < text.find("\"messages\""), "the stable part comes first");
    }
}

/// All texts of a list of messages in their order; ids, arguments and roles too.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}|"),
        Value::Array(list) => list.iter().map(text_of).collect(),
        Value::Object(object) => {
            let plain = |name: &str| !matches!(name, "cache_control" | "annotations");
            object.iter().filter(|(name, _)| plain(name)).map(|(_, value)| text_of(value)).collect()
        }
        _ => String::new(),
    }
}

#[test]
fn trap_47_arguments_and_schemas_keep_their_order_and_spelling() {
    let schema = r#"{"z":{"type":"number","minimum":1.50},"a":{"type":"string"}}"#;
    for (from, to, body) in pairs() {
        let translated = translate(from, to, body).unwrap();
        let text = String::from_utf8(translated.body).unwrap();
        assert!(text.contains(schema), "{from:?} to {to:?}: {text}");
        assert!(text.contains("1.50}"), "{from:?} to {to:?}: {text}");
        assert!(text.contains(r"Caf\u00e9 \"), "texts are not decoded: {from:?} to {to:?}: {text}");
        let again = translate(from, to, body).unwrap();
        assert_eq!(String::from_utf8(again.body).unwrap(), text, "the same every time");
        let at = |name: &str| text.find(&format!("\"{name}\":"));
        let last = if to == Protocol::OpenaiResponses { "input" } else { "messages" };
        assert!(at("model") < at("tools") && at("tools") < at(last), "the stable part comes first: {text}");
    }
}

#[test]
fn what_the_answer_needs_is_remembered() {
    for (from, to, body) in pairs() {
        let plan = translate(from, to, body).unwrap().plan;
        assert_eq!((plan.client, plan.upstream, &plan.model[..]), (from, to.into(), "asked"));
        assert_eq!((plan.scope, plan.created, plan.seed), (1, 1_800_000_000, 7));
        assert!(plan.want_usage || from == Protocol::OpenaiResponses, "{from:?}");
        assert_eq!(plan.input_estimate > 20, from == Protocol::Anthropic);
        assert_eq!(plan.echo.contains(r#""tools":"#), from == Protocol::OpenaiResponses);
    }
}

#[test]
fn trap_41_a_tool_is_called_by_its_own_name_again_in_the_answer() {
    let name = "mcp__plugin_marketplace_toolbox_server__search_all_issues_and_pull_requests";
    let body = ANTHROPIC.replace("\"read\"", &format!("\"{name}\""));
    let translated = translate(Protocol::Anthropic, Protocol::OpenaiChat, &body).unwrap();
    let sent = value(&translated);
    let sent = sent["tools"][0]["function"]["name"].as_str().unwrap();
    assert!(sent.len() <= 64 && sent != name);
    assert!(!String::from_utf8_lossy(&translated.body).contains(name), "in the history neither");
    let reply = json!({"id": "1", "object": "chat.completion", "model": "m", "choices": [{"index": 0,
        "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": sent, "arguments": "{}"}}]}}]});
    let (reply, _) = answer::whole(&translated.plan, &reply.to_string());
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(reply["content"][0]["name"], name);
}

#[test]
fn stop_texts_that_the_provider_does_not_take_are_kept_for_the_answer() {
    let body = ANTHROPIC.replace("\"stream\":true", "\"stream\":true,\"stop_sequences\":[\"END\"]");
    let translated = translate(Protocol::Anthropic, Protocol::OpenaiResponses, &body).unwrap();
    assert_eq!(translated.plan.stop, ["END"]);
    let noted = translated.losses.all().iter().find(|loss| loss.field == "stop_sequences").unwrap();
    assert_eq!(noted.fate, Fate::Emulated);
    let translated = translate(Protocol::Anthropic, Protocol::OpenaiChat, &body).unwrap();
    assert_eq!(value(&translated)["stop"], json!(["END"]));
    assert!(translated.plan.stop.is_empty());
}

#[test]
fn a_call_without_a_result_is_noted_in_the_clients_words() {
    for (from, to, body) in pairs().filter(|(from, to, _)| from != to) {
        let body = body
            .replace("toolu_1\",\"content\"", "other\",\"content\"")
            .replace("toolu_1\",\"output\"", "other\",\"output\"");
        let translated = translate(from, to, &body).unwrap();
        let field = field::CALL.of(Some(from));
        assert!(translated.losses.all().iter().any(|loss| loss.field == field), "{from:?}: {:?}", translated.losses);
        assert!(String::from_utf8(translated.body).unwrap().contains("[no result: call was interrupted]"));
    }
}

#[test]
fn a_body_that_is_no_request_is_refused_with_its_place() {
    for (from, to, _) in pairs() {
        for body in ["", "{", "[]", "null", "{\"messages\":", "{\"model\":\"x\"} {}"] {
            let refused = translate(from, to, body);
            assert!(refused.is_err(), "{from:?} to {to:?}: {body}: {refused:?}");
            let refused = refused.unwrap_err();
            assert!(refused.is_malformed(), "{refused:?}");
        }
    }
}

/// Calls and results of a body of `protocol`, in their order.
fn calls_and_results(protocol: UpstreamProtocol, body: &Value) -> (Vec<String>, Vec<String>) {
    let (mut calls, mut results) = (Vec::new(), Vec::new());
    let note = |list: &mut Vec<String>, id: &Value| list.push(id.as_str().unwrap().to_owned());
    let list = match protocol {
        UpstreamProtocol::OpenaiResponses => "input",
        UpstreamProtocol::Gemini => "contents",
        _ => "messages",
    };
    let items = body[list].as_array().unwrap();
    for item in items {
        for call in item["tool_calls"].as_array().into_iter().flatten() {
            note(&mut calls, &call["id"]);
        }
        if item["role"] == "tool" {
            note(&mut results, &item["tool_call_id"]);
        }
        match item["type"].as_str() {
            Some("function_call" | "custom_tool_call") => note(&mut calls, &item["call_id"]),
            Some("function_call_output" | "custom_tool_call_output") => note(&mut results, &item["call_id"]),
            _ => {}
        }
        for block in item["content"].as_array().or(item["parts"].as_array()).into_iter().flatten() {
            for (name, id) in [("functionCall", "id"), ("toolUse", "toolUseId")] {
                block.get(name).iter().for_each(|one| note(&mut calls, &one[id]));
            }
            for (name, id) in [("functionResponse", "id"), ("toolResult", "toolUseId")] {
                block.get(name).iter().for_each(|one| note(&mut results, &one[id]));
            }
            match block["type"].as_str() {
                Some("tool_use") => note(&mut calls, &block["id"]),
                Some("tool_result") => note(&mut results, &block["tool_use_id"]),
                _ => {}
            }
        }
    }
    (calls, results)
}

/// Messages of an Anthropic conversation in any order.
fn messages() -> impl Strategy<Value = Value> {
    let block = prop_oneof![
        "[a-z é\"\n]{0,8}".prop_map(|text| json!({"type": "text", "text": text})),
        "[a-c.:]{1,3}".prop_map(|id| json!({"type": "tool_use", "id": id, "name": "read.file", "input": {"a": 1}})),
        "[a-c.:]{1,3}".prop_map(|id| json!({"type": "tool_result", "tool_use_id": id, "content": "x"})),
        Just(json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}})),
        Just(json!({"type": "thinking", "thinking": "hm", "signature": "EqQB"})),
        Just(json!({"type": "unheard_of", "text": "x"})),
    ];
    let role = proptest::sample::select(vec!["user", "assistant", "system"]);
    let message = (role, proptest::collection::vec(block, 0..4))
        .prop_map(|(role, content)| json!({"role": role, "content": content}));
    proptest::collection::vec(message, 0..6).prop_map(Value::Array)
}

proptest! {
    /// P7: whatever the client sent, what goes out is valid JSON with one result for each call.
    #[test]
    fn every_call_that_is_sent_has_one_result(messages in messages()) {
        let body = json!({"model": "m", "max_tokens": 5, "messages": messages}).to_string();
        for to in UpstreamProtocol::ALL.into_iter().filter(|to| *to != Protocol::Anthropic) {
            let Ok(translated) = translate(Protocol::Anthropic, to, &body) else { continue };
            let (calls, results) = calls_and_results(to, &value(&translated));
            prop_assert_eq!(&calls, &results, "{:?}", to);
            prop_assert_eq!(calls.iter().collect::<HashSet<_>>().len(), calls.len(), "{:?}: {:?}", to, calls);
        }
    }

    /// P9: no body panics, and what goes out is JSON.
    #[test]
    fn no_body_panics(
        at in any::<prop::sample::Index>(),
        word in "[{}\\[\\]:,\"a0]{0,4}|null|true|\\[\\]|\\{\\}|\"x\"|-1|1e400",
        length in 0_usize..30,
    ) {
        for (from, body) in REQUESTS {
            let mut broken = body.to_owned();
            let start = at.index(body.len());
            let end = (start + length).min(body.len());
            broken.replace_range(start..end, &word);
            for to in UpstreamProtocol::ALL {
                let Ok(translated) = translate(from, to, &broken) else { continue };
                let text = std::str::from_utf8(&translated.body).unwrap();
                let mut reader = Reader::new(text);
                prop_assert!(reader.raw().is_ok() && reader.end().is_ok(), "{:?} to {:?}: {}", from, to, text);
            }
        }
    }
}
