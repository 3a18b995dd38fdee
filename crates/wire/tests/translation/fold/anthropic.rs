//! Anthropic Messages.

use serde_json::Value;

use super::{Call, Said, count, text};

/// A block that is open.
struct Open {
    kind: String,
    /// Arguments so far.
    input: String,
    signed: bool,
}

pub(super) fn stream(events: &[Value]) -> Said {
    let mut said = Said::default();
    let (mut begun, mut blocks, mut delta) = (false, 0_u64, false);
    let mut open: Option<Open> = None;
    for event in events {
        assert!(!said.complete && !said.failed, "nothing follows the end: {event}");
        let kind = text(&event["type"]);
        assert!(begun || matches!(kind, "message_start" | "ping" | "error"), "{event} before the start");
        match kind {
            "ping" => {}
            "error" => {
                assert!(event["error"]["type"].is_string() && event["error"]["message"].is_string(), "{event}");
                said.failed = true;
            }
            "message_start" => {
                assert!(!begun && event["message"]["content"] == Value::Array(Vec::new()), "{event}");
                assert!(event["message"]["stop_reason"].is_null() && event["message"]["usage"].is_object(), "{event}");
                begun = true;
            }
            "content_block_start" => {
                assert!(open.is_none() && !delta, "one block at a time: {event}");
                assert_eq!(event["index"], blocks, "dense: {event}");
                open = Some(start(&event["content_block"], &mut said));
            }
            "content_block_delta" => {
                assert_eq!(event["index"], blocks, "{event}");
                more(open.as_mut().expect("a delta of an open block"), &event["delta"], &mut said);
            }
            "content_block_stop" => {
                assert_eq!(event["index"], blocks, "{event}");
                stop(open.take().expect("a block is stopped once"), &mut said);
                blocks += 1;
            }
            "message_delta" => {
                assert!(open.is_none() && !delta, "{event}");
                delta = true;
                said.finish = text(&event["delta"]["stop_reason"]).to_owned();
                assert!(!said.finish.is_empty(), "{event}");
                said.tokens = tokens(&event["usage"]);
            }
            "message_stop" => {
                assert!(delta && open.is_none(), "{event}");
                said.complete = true;
            }
            _ => panic!("no event of Anthropic: {event}"),
        }
    }
    said
}

fn start(block: &Value, said: &mut Said) -> Open {
    let kind = text(&block["type"]).to_owned();
    match kind.as_str() {
        "text" => assert_eq!(block["text"], "", "{block}"),
        "thinking" => assert!(block["thinking"] == "" && block["signature"] == "", "{block}"),
        "redacted_thinking" => said.opaque.push(text(&block["data"]).to_owned()),
        "tool_use" => {
            let (id, name) = (text(&block["id"]), text(&block["name"]));
            let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            assert!(!id.is_empty() && id.bytes().all(legal), "an id of a call: {block}");
            assert!(!name.is_empty() && block["input"] == serde_json::json!({}), "{block}");
            said.calls.push(Call { id: id.to_owned(), name: name.to_owned(), arguments: String::new() });
        }
        "server_tool_use" | "web_search_tool_result" => {}
        _ => panic!("no block of Anthropic: {block}"),
    }
    Open { kind, input: String::new(), signed: false }
}

fn more(open: &mut Open, delta: &Value, said: &mut Said) {
    match (open.kind.as_str(), text(&delta["type"])) {
        ("text", "text_delta") => said.text.push_str(text(&delta["text"])),
        ("text", "citations_delta") => {}
        ("thinking", "thinking_delta") => said.reasoning.push_str(text(&delta["thinking"])),
        ("thinking", "signature_delta") => {
            assert!(!open.signed, "one signature");
            open.signed = true;
            said.opaque.push(delta["signature"].as_str().expect("a signature").to_owned());
        }
        ("tool_use" | "server_tool_use", "input_json_delta") => {
            open.input.push_str(delta["partial_json"].as_str().expect("a piece of JSON"));
        }
        (block, delta) => panic!("a {delta} does not fit a {block}"),
    }
}

fn stop(open: Open, said: &mut Said) {
    assert!(open.kind != "thinking" || open.signed, "thinking without its signature");
    if open.kind == "tool_use" {
        // Nothing at all means no arguments.
        let input = if open.input.is_empty() { "{}".to_owned() } else { open.input };
        said.calls.last_mut().expect("the open call").arguments = input;
    }
}

pub(super) fn whole(body: &Value) -> Said {
    assert_eq!((text(&body["type"]), text(&body["role"])), ("message", "assistant"), "{body}");
    let mut said = Said { complete: true, finish: text(&body["stop_reason"]).to_owned(), ..Said::default() };
    said.tokens = tokens(&body["usage"]);
    for block in body["content"].as_array().expect("content") {
        match text(&block["type"]) {
            "text" => said.text.push_str(text(&block["text"])),
            "thinking" => {
                said.reasoning.push_str(text(&block["thinking"]));
                said.opaque.push(block["signature"].as_str().expect("a signature").to_owned());
            }
            "redacted_thinking" => said.opaque.push(text(&block["data"]).to_owned()),
            "tool_use" => {
                assert!(block["input"].is_object(), "{block}");
                said.calls.push(Call {
                    id: text(&block["id"]).to_owned(),
                    name: text(&block["name"]).to_owned(),
                    arguments: block["input"].to_string(),
                });
            }
            "server_tool_use" | "web_search_tool_result" => {}
            _ => panic!("no block of Anthropic: {block}"),
        }
    }
    said
}

fn tokens(usage: &Value) -> (u64, u64) {
    let cached = |name: &str| usage[name].as_u64().unwrap_or_default();
    let input =
        count(usage, "input_tokens") + cached("cache_read_input_tokens") + cached("cache_creation_input_tokens");
    (input, count(usage, "output_tokens"))
}
