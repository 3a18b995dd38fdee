//! Requests as the provider gets them: what is asked, the facts of the provider, and what goes out, side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::conversation::{
    Arguments, CallKind, Effort, Format, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Role, Source, Thinking,
    ThinkingMode, ToolCall, ToolResult, Turn,
};
use crate::json::Text;
use crate::translate::{Dialect, carrier};
use crate::{anthropic, openai_chat};

const SCOPE: u64 = 5;
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const LLAMA: &str = "meta.llama4-maverick-17b-instruct-v1:0";

/// What goes out for a request to `model`, and the fields that were lost.
fn written_for(model: &str, request: &Request<'_>, dialect: &Dialect) -> (Value, Vec<String>) {
    let mut out = Outgoing::new(dialect, SCOPE, model);
    let body = super::request(request, &mut out).unwrap();
    let lost = out.losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (serde_json::from_slice(&body).unwrap(), lost)
}

fn written(model: &str, request: &Request<'_>) -> (Value, Vec<String>) {
    written_for(model, request, &Dialect::BEDROCK_CONVERSE)
}

/// What goes out for a body of a Chat client.
fn chat(model: &str, body: &Value) -> (Value, Vec<String>) {
    let text = body.to_string();
    written(model, &openai_chat::read::request(&text, &mut Losses::default()).unwrap())
}

/// What goes out for a body of an Anthropic client.
fn claude(model: &str, body: &Value) -> (Value, Vec<String>) {
    let text = body.to_string();
    written(model, &anthropic::read::request(&text, &mut Losses::default()).unwrap())
}

fn refused(request: &Request<'_>) -> String {
    super::request(request, &mut Outgoing::new(&Dialect::BEDROCK_CONVERSE, SCOPE, LLAMA))
        .unwrap_err()
        .field
        .into_owned()
}

fn asking<'a>(parts: Vec<Part<'a>>) -> Request<'a> {
    Request { turns: vec![turn(Role::User, parts)], ..Request::default() }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Turn<'a> {
    Turn { parts, ..Turn::new(role) }
}

fn call<'a>(id: &'a str, name: &'a str) -> Part<'a> {
    let arguments = Arguments::Json("{}");
    let kind = CallKind::Function;
    Part::ToolCall(ToolCall { id: id.into(), name: name.into(), namespace: None, kind, arguments, cache: None })
}

fn result<'a>(id: &'a str, parts: Vec<Part<'a>>, is_error: bool) -> Part<'a> {
    let kind = CallKind::Function;
    Part::ToolResult(ToolResult { call_id: id.into(), kind, parts, is_error: Some(is_error), cache: None })
}

fn base64<'a>(kind: &'a str) -> Media<'a> {
    Media::new(Source::Base64 { media_type: kind.into(), data: "QUJD".into() })
}

/// A conversation in which a tool was called and answered with `parts`.
fn answered<'a>(parts: Vec<Part<'a>>, is_error: bool) -> Request<'a> {
    let turns = vec![
        Turn::text(Role::User, "hi"),
        turn(Role::Assistant, vec![call("a/b", "mcp.read")]),
        turn(Role::User, vec![result("a/b", parts, is_error)]),
    ];
    Request { turns, ..Request::default() }
}

#[test]
fn trap_41_and_42_names_and_ids_are_made_to_fit_and_are_the_same_everywhere() {
    let name = "mcp__plugin_marketplace_toolbox_server__search_all_issues_and_pull_requests";
    let id = "call|".repeat(30);
    let turns = vec![
        Turn::text(Role::User, "hi"),
        turn(Role::Assistant, vec![call(&id, name)]),
        turn(Role::User, vec![result(&id, vec![Part::text("x")], false)]),
    ];
    let (body, _) = written(LLAMA, &Request { turns, ..Request::default() });
    let used = &body["messages"][1]["content"][0]["toolUse"];
    let sent = used["name"].as_str().unwrap();
    assert!(sent.len() <= 64 && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["name"], sent);
    let sent = used["toolUseId"].as_str().unwrap();
    assert!(sent.len() <= 64 && sent.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte)));
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["toolUseId"], sent);
}

#[test]
fn tools_are_declared_wherever_the_conversation_has_calls() {
    let (body, lost) = written(LLAMA, &answered(vec![Part::text("x")], false));
    let spec = json!({"name": "mcp_read", "description": "This tool is no longer available.",
        "inputSchema": {"json": {"type": "object", "properties": {}}}});
    assert_eq!(body["toolConfig"], json!({"tools": [{"toolSpec": spec}]}));
    assert_eq!(lost, ["tools reworded"]);
    let (body, _) = written(LLAMA, &asking(vec![Part::text("hi")]));
    assert_eq!(body, json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}]}));
}

#[test]
fn no_tool_shall_be_called_is_said_by_leaving_them_out_or_not_at_all() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let mut body =
        json!({"model": "m", "tools": tools, "tool_choice": "none", "messages": [{"role": "user", "content": "hi"}]});
    let (sent, lost) = chat(LLAMA, &body);
    assert!(sent.get("toolConfig").is_none() && lost.is_empty());
    body["messages"] = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "x"}]);
    let (sent, lost) = chat(LLAMA, &body);
    assert_eq!(sent["toolConfig"]["tools"][0]["toolSpec"]["name"], "f");
    assert_eq!(sent["toolConfig"].get("toolChoice"), None);
    assert_eq!(lost, ["tool_choice dropped"]);
}

#[test]
fn the_choice_of_tools_is_carried() {
    let choose = |choice: Value| {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
            "tools": [tool("f"), tool("g.h")], "tool_choice": choice});
        chat(LLAMA, &body).0["toolConfig"]["toolChoice"].clone()
    };
    assert_eq!(choose(json!("auto")), json!({"auto": {}}));
    assert_eq!(choose(json!("required")), json!({"any": {}}));
    let named = json!({"type": "function", "function": {"name": "g.h"}});
    assert_eq!(choose(named), json!({"tool": {"name": "g_h"}}));
}

#[test]
fn a_failed_tool_is_told_by_its_status_or_in_words() {
    let content = |model, parts, is_error| {
        let request = answered(parts, is_error);
        written(model, &request).0["messages"][2]["content"][0]["toolResult"].clone()
    };
    let said = || vec![Part::text("no such file")];
    assert_eq!(
        content(CLAUDE, said(), true),
        json!({"toolUseId": "a_b", "content": [{"text": "no such file"}], "status": "error"})
    );
    assert_eq!(
        content(LLAMA, said(), true),
        json!({"toolUseId": "a_b", "content": [{"text": "[tool error]"}, {"text": "no such file"}]})
    );
    assert_eq!(content(LLAMA, vec![Part::text("")], false)["content"], json!([{"text": "(no output)"}]));
    let picture = content(LLAMA, vec![Part::Image(base64("image/png"))], false);
    assert_eq!(picture["content"], json!([{"image": {"format": "png", "source": {"bytes": "QUJD"}}}]));
}

#[test]
fn trap_46_blank_texts_are_left_out_and_the_user_begins_and_ends() {
    for messages in [
        json!([]),
        json!([{"role": "system", "content": " "}]),
        json!([{"role": "assistant", "content": "hello"}]),
        json!([{"role": "user", "content": "a"}, {"role": "user", "content": "\n"}, {"role": "assistant", "content": "c"}]),
        json!([{"role": "user", "content": "a"}, {"role": "system", "content": "s"}, {"role": "user", "content": ""}]),
    ] {
        let (body, _) = chat(LLAMA, &json!({"model": "m", "messages": messages}));
        let sent = body["messages"].as_array().unwrap();
        let roles: Vec<&str> = sent.iter().map(|message| message["role"].as_str().unwrap()).collect();
        assert_eq!((roles.first(), roles.last()), (Some(&"user"), Some(&"user")), "{messages}");
        assert!(roles.windows(2).all(|pair| pair[0] != pair[1]), "{roles:?}");
        let texts = sent.iter().flat_map(|message| message["content"].as_array().unwrap());
        assert!(texts.into_iter().all(|block| !block["text"].as_str().unwrap().trim().is_empty()), "{body}");
        assert_eq!(body.get("system"), None);
    }
}

#[test]
fn cache_points_stand_behind_what_they_end_where_the_model_has_them() {
    let marker = json!({"type": "ephemeral"});
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let body = json!({"model": "m", "max_tokens": 9,
        "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}, "cache_control": hour}],
        "system": [{"type": "text", "text": "s", "cache_control": marker}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache_control": marker}, {"type": "text", "text": "b"}]}]});
    let point = json!({"cachePoint": {"type": "default"}});
    let (sent, lost) = claude(CLAUDE, &body);
    assert_eq!(sent["toolConfig"]["tools"][1], json!({"cachePoint": {"type": "default", "ttl": "1h"}}));
    assert_eq!(sent["system"], json!([{"text": "s"}, point]));
    assert_eq!(sent["messages"][0]["content"], json!([{"text": "a"}, point, {"text": "b"}]));
    assert!(lost.is_empty());
    let (sent, lost) = claude("amazon.nova-pro-v1:0", &body);
    assert_eq!((sent["toolConfig"]["tools"].as_array().unwrap().len(), &sent["system"][1]), (1, &point));
    assert_eq!(lost, ["tools[].cache_control dropped"]);
    let (sent, lost) = claude(LLAMA, &body);
    assert!(!sent.to_string().contains("cachePoint"));
    assert_eq!(
        lost,
        [
            "tools[].cache_control dropped",
            "system[].cache_control dropped",
            "messages[].content[].cache_control dropped"
        ]
    );
    let five = json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user",
        "content": (0..5).map(|_| json!({"type": "text", "text": "a", "cache_control": marker})).collect::<Vec<_>>()}]});
    let (sent, _) = claude(CLAUDE, &five);
    assert_eq!(sent.to_string().matches("cachePoint").count(), 4, "more are refused");
}

#[test]
fn reasoning_goes_back_to_its_maker_alone() {
    let thought = |data: &str, scope| {
        let data = carrier::wrap(OpaqueKind::ConverseSignature, scope, None, data);
        let opaque = Some(Opaque { kind: OpaqueKind::AnthropicSignature, data: data.into() });
        Part::Reasoning(Reasoning { text: vec!["Hm".into()], opaque, ..Reasoning::default() })
    };
    let said = |part| {
        let turns = vec![Turn::text(Role::User, "hi"), turn(Role::Assistant, vec![part, Part::text("Hi")])];
        let (body, lost) = written(CLAUDE, &Request { turns, ..Request::default() });
        (body["messages"][1]["content"].clone(), lost.iter().any(|lost| lost.contains("thinking")))
    };
    let signed = json!({"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "c2ln"}}});
    assert_eq!(said(thought("signature:c2ln", SCOPE)), (json!([signed, {"text": "Hi"}]), false));
    let redacted = json!({"reasoningContent": {"redactedContent": "UkVE"}});
    assert_eq!(said(thought("redacted:UkVE", SCOPE)), (json!([redacted, {"text": "Hi"}]), false));
    assert_eq!(said(thought("signature:c2ln", SCOPE + 1)), (json!([{"text": "Hi"}]), true));
}

#[test]
fn documents_have_formats_and_names_of_their_own_and_words_beside_them() {
    let named = |name: &'static str| Part::Document(Media { name: Some(name.into()), ..base64("application/pdf") });
    let (body, _) = written(LLAMA, &asking(vec![named("a_b.pdf"), named("a_b.pdf")]));
    let document = |name: &str| json!({"document": {"format": "pdf", "name": name, "source": {"bytes": "QUJD"}}});
    let expected = json!([document("a-b-pdf"), document("a-b-pdf (2)"), {"text": "(document)"}]);
    assert_eq!(body["messages"][0]["content"], expected);
    assert_eq!(refused(&asking(vec![Part::Document(base64("application/zip"))])), "messages[].content[].source");
    assert_eq!(refused(&asking(vec![Part::Image(base64("image/tiff"))])), "messages[].content[].source");
    for source in [Source::Url("https://example.com/a.png".into()), Source::File("file_1".into())] {
        assert_eq!(refused(&asking(vec![Part::Image(Media::new(source))])), "messages[].content[].source");
    }
    let (body, _) = written(LLAMA, &asking(vec![Part::Image(base64("image/jpg"))]));
    assert_eq!(body["messages"][0]["content"][0]["image"]["format"], "jpeg");
}

#[test]
fn settings_have_their_own_names_and_their_makers_places() {
    let body = json!({"model": "m", "max_tokens": 0, "temperature": 0.50, "top_p": 0.9, "top_k": 40,
        "stop": ["a", "b", "c", "d", "e"], "seed": 1, "presence_penalty": 0, "messages": [{"role": "user", "content": "hi"}]});
    let config = json!({"maxTokens": 1, "temperature": 0.5, "topP": 0.9, "stopSequences": ["a", "b", "c", "d"]});
    for (model, fields, lost_top_k) in [
        (CLAUDE, json!({"top_k": 40}), false),
        ("amazon.nova-pro-v1:0", json!({"inferenceConfig": {"topK": 40}}), false),
        (LLAMA, Value::Null, true),
    ] {
        let (sent, lost) = chat(model, &body);
        assert_eq!((&sent["inferenceConfig"], &sent["additionalModelRequestFields"]), (&config, &fields), "{model}");
        assert_eq!(lost.contains(&"top_k dropped".to_owned()), lost_top_k);
        assert!(lost.contains(&"seed dropped".to_owned()) && lost.contains(&"stop_sequences emulated".to_owned()));
    }
}

#[test]
fn reasoning_is_asked_for_in_each_makers_words() {
    use ThinkingMode::{Adaptive, Budget, Off, Unset};
    for (model, mode, effort, expected, lost) in [
        (CLAUDE, Unset, None, Value::Null, 0),
        (CLAUDE, Off, None, json!({"thinking": {"type": "disabled"}}), 0),
        (CLAUDE, Budget(4_000), None, json!({"thinking": {"type": "enabled", "budget_tokens": 4_000}}), 0),
        (CLAUDE, Adaptive, None, json!({"thinking": {"type": "adaptive"}}), 0),
        (
            CLAUDE,
            Unset,
            Some(Effort::High),
            json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}),
            0,
        ),
        (
            "amazon.nova-2-lite-v1:0",
            Unset,
            Some(Effort::High),
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}),
            1,
        ),
        ("openai.gpt-oss-120b-1:0", Unset, Some(Effort::Minimal), json!({"reasoning_effort": "low"}), 1),
        (LLAMA, Unset, Some(Effort::High), Value::Null, 1),
        (LLAMA, Off, None, Value::Null, 0),
    ] {
        let thinking = Thinking { mode, effort, shown: None };
        let request = Request { thinking, max_output: Some(8_000), ..asking(vec![Part::text("hi")]) };
        let (sent, losses) = written(model, &request);
        assert_eq!(
            (&sent["additionalModelRequestFields"], losses.len()),
            (&expected, lost),
            "{model} {mode:?} {effort:?}"
        );
    }
    let request = Request {
        thinking: Thinking { mode: Budget(4_000), ..Thinking::default() },
        sampling: crate::conversation::Sampling { temperature: Some("0.2"), ..Default::default() },
        ..asking(vec![Part::text("hi")])
    };
    let (sent, lost) = written(CLAUDE, &request);
    assert_eq!(sent["inferenceConfig"], json!({"maxTokens": 32_000}), "trap 33: Claude refuses both");
    assert_eq!(lost, ["temperature dropped"]);
}

#[test]
fn a_shape_of_the_answer_is_told_in_words_or_enforced_where_the_provider_can() {
    let schema = r#"{"type":"object"}"#;
    let format = Format::Schema { name: Some(Text::plain("n")), description: None, schema, strict: None };
    let request = Request { format, ..asking(vec![Part::text("hi")]) };
    let (sent, lost) = written(LLAMA, &request);
    assert!(sent["system"][0]["text"].as_str().unwrap().contains(schema) && sent.get("outputConfig").is_none());
    assert_eq!(lost, ["output_config.format reworded"]);
    let dialect = Dialect { schema_answers: true, ..Dialect::BEDROCK_CONVERSE };
    let (sent, lost) = written_for(CLAUDE, &request, &dialect);
    let structure = json!({"jsonSchema": {"schema": schema, "name": "n"}});
    assert_eq!(sent["outputConfig"], json!({"textFormat": {"type": "json_schema", "structure": structure}}));
    assert!(lost.is_empty());
}

#[test]
fn counting_asks_with_what_is_read_and_nothing_about_the_answer() {
    let request = Request { max_output: Some(9), ..asking(vec![Part::text("hi")]) };
    let body = count(&request, &mut Outgoing::new(&Dialect::BEDROCK_CONVERSE, SCOPE, CLAUDE)).unwrap();
    let expected = json!({"input": {"converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}}});
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
}
