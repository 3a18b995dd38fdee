//! Conversations as requests of Responses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::conversation::{
    Arguments, CallKind, Effort, Extra, Fate, Format, Identity, Impossible, Media, Opaque, OpaqueKind, Part, Reasoning,
    Role, Source, Thinking, ThinkingMode, Tool, ToolCall, ToolChoice, ToolKind, ToolResult, Turn, Why,
};
use crate::json::Text;
use crate::protocol::Protocol;
use crate::translate::Dialect;

/// Writes what translation has put in pairs.
fn paired_request(asked: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let turns = crate::translate::pairing::pair_as(None, asked.turns.clone(), &mut out.losses);
    request(&Request { turns, ..asked.clone() }, out)
}

const SCOPE: u64 = 7;

fn dialect() -> Dialect {
    Dialect::OPENAI_RESPONSES
}

/// What is written, and what of it was lost, in short.
fn written_for(dialect: &Dialect, request: &Request<'_>) -> (Value, Vec<String>) {
    let mut out = Outgoing::new(dialect, SCOPE, "gpt-5.5");
    let bytes = paired_request(request, &mut out).unwrap();
    let losses = out.losses.all().iter().map(|loss| format!("{} {:?}", loss.field, loss.fate)).collect();
    (serde_json::from_slice(&bytes).unwrap(), losses)
}

fn written(request: &Request<'_>) -> Value {
    written_for(&dialect(), request).0
}

fn input(turns: Vec<Turn<'_>>) -> Value {
    written(&Request { turns, ..Request::default() })["input"].clone()
}

fn turn(role: Role, parts: Vec<Part<'_>>) -> Turn<'_> {
    Turn { parts, ..Turn::new(role) }
}

fn call<'a>(id: &'a str, kind: CallKind, arguments: Arguments<'a>) -> Part<'a> {
    Part::ToolCall(ToolCall { id: id.into(), name: "tool".into(), namespace: None, kind, arguments, cache: None })
}

fn result<'a>(id: &'a str, parts: Vec<Part<'a>>, is_error: Option<bool>) -> Part<'a> {
    Part::ToolResult(ToolResult { call_id: id.into(), kind: CallKind::Function, parts, is_error, cache: None })
}

fn function(name: &'static str) -> Tool<'static> {
    Tool {
        name: name.into(),
        namespace: None,
        description: Some("does".into()),
        kind: ToolKind::Function { schema: Some(r#"{"type":"object","properties":{"b":{},"a":{}}}"#) },
        strict: None,
        deferred: false,
        cache: None,
        extra: Vec::new(),
    }
}

fn image() -> Part<'static> {
    Part::Image(Media::new(Source::Base64 { media_type: "image/png".into(), data: "AAAA".into() }))
}

#[test]
fn a_turn_with_tools_is_written_in_order() {
    let turns = vec![
        Turn::text(Role::System, "be brief"),
        Turn::text(Role::System, "and kind"),
        Turn::text(Role::User, Text::Json(r"l\u00e9s \n")),
        Turn::text(Role::Developer, "in between"),
        turn(
            Role::Assistant,
            vec![Part::text("looking"), call("a", CallKind::Function, Arguments::Json(r#"{"x":1.0}"#))],
        ),
        turn(Role::User, vec![result("a", vec![Part::text("1"), Part::text("2")], Some(true)), Part::text("go on")]),
        turn(Role::Assistant, vec![Part::text("done")]),
    ];
    let body = written(&Request { turns, stream: true, ..Request::default() });
    assert_eq!(body["instructions"], "be brief\n\nand kind");
    let expected = json!([
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "lés \n"}]},
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "in between"}]},
        {"type": "message", "role": "assistant", "phase": "commentary",
         "content": [{"type": "output_text", "text": "looking", "annotations": []}]},
        {"type": "function_call", "call_id": "a", "name": "tool", "arguments": "{\"x\":1.0}"},
        {"type": "function_call_output", "call_id": "a", "output": "[tool error] 1\n2"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go on"}]},
        {"type": "message", "role": "assistant", "phase": "final_answer",
         "content": [{"type": "output_text", "text": "done", "annotations": []}]},
    ]);
    assert_eq!(body["input"], expected);
    assert_eq!((&body["store"], &body["stream"]), (&json!(false), &json!(true)));
    assert_eq!(body["include"], json!(["reasoning.encrypted_content"]));
}

#[test]
fn the_stable_part_stands_in_front_and_schemas_keep_their_key_order() {
    let request = Request {
        turns: vec![Turn::text(Role::System, "s"), Turn::text(Role::User, "u")],
        tools: vec![function("t")],
        ..Request::default()
    };
    let body = paired_request(&request, &mut Outgoing::new(&dialect(), SCOPE, "m")).unwrap();
    let body = String::from_utf8(body).unwrap();
    let at = |text: &str| body.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("\"model\"") < at("\"tools\"") && at("\"tools\"") < at("\"instructions\""));
    assert!(at("\"instructions\"") < at("\"input\"") && at("\"store\"") < at("\"input\""));
    assert!(body.contains(r#""parameters":{"type":"object","properties":{"b":{},"a":{}}},"strict":false"#));
}

#[test]
fn an_rs_id_is_never_sent_without_storage_and_foreign_ciphertext_never_at_all() {
    let reasoning = |kind, data: &'static str| {
        let opaque = Some(Opaque { kind, data: data.into() });
        let parts = vec![Part::Reasoning(Reasoning {
            text: vec!["why".into()],
            opaque,
            id: Some("rs_1".into()),
            redacted: false,
        })];
        input(vec![Turn::text(Role::User, "x"), turn(Role::Assistant, parts)])
    };
    let genuine =
        json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "why"}], "encrypted_content": "gAAA"});
    assert_eq!(reasoning(OpaqueKind::OpenaiEncrypted, "gAAA")[1], genuine);
    assert_eq!(reasoning(OpaqueKind::AnthropicSignature, "EqQB").as_array().unwrap().len(), 1);
    assert_eq!(reasoning(OpaqueKind::ChatDetails, "[]").as_array().unwrap().len(), 1);
}

#[test]
fn images_of_tool_results_are_kept() {
    let turns = vec![
        turn(Role::Assistant, vec![call("a", CallKind::Function, Arguments::Json("{}"))]),
        turn(Role::User, vec![result("a", vec![Part::text("see"), image()], None)]),
    ];
    let expected = json!([
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
    ]);
    assert_eq!(input(turns)[1]["output"], expected);
}

#[test]
fn documents_are_files_or_text() {
    let document = |source| Part::Document(Media { name: Some("n".into()), ..Media::new(source) });
    let parts = vec![
        document(Source::Base64 { media_type: "application/pdf".into(), data: "AA".into() }),
        document(Source::Url("https://x/d.pdf".into())),
        document(Source::Text("body".into())),
        document(Source::Parts(vec![Part::text("inner"), image()])),
    ];
    let expected = json!([
        {"type": "input_file", "filename": "n", "file_data": "data:application/pdf;base64,AA"},
        {"type": "input_file", "file_url": "https://x/d.pdf"},
        {"type": "input_text", "text": "n\nbody"},
        {"type": "input_text", "text": "n\n"},
        {"type": "input_text", "text": "inner"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
    ]);
    assert_eq!(input(vec![turn(Role::User, parts)])[0]["content"], expected);
}

#[test]
fn files_of_another_provider_are_refused() {
    let part = || Part::Image(Media::new(Source::File("file_1".into())));
    for parts in [vec![part()], vec![result("a", vec![part()], None)]] {
        let request = Request { turns: vec![turn(Role::User, parts)], ..Request::default() };
        let refused = paired_request(&request, &mut Outgoing::new(&dialect(), SCOPE, "m")).unwrap_err();
        assert_eq!(refused.field, "messages[].content[].source");
    }
}

#[test]
fn empty_texts_and_messages_are_not_sent() {
    let turns = vec![
        turn(Role::User, vec![Part::text(""), Part::text("x")]),
        turn(Role::Assistant, vec![Part::text("")]),
        turn(Role::User, vec![]),
    ];
    let items = input(turns);
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["content"].as_array().unwrap().len(), 1);
}

#[test]
fn instructions_alone_get_a_message_to_answer() {
    let items = input(vec![Turn::text(Role::System, "only")]);
    assert_eq!(items[0]["content"][0]["text"], "(continue)");
}

#[test]
fn the_attribution_line_that_breaks_caches_is_left_out() {
    let parts = vec![Part::text("x-anthropic-billing-header: cc_version=1"), Part::text("real")];
    let body = written(&Request { turns: vec![turn(Role::System, parts)], ..Request::default() });
    assert_eq!(body["instructions"], "real");
}

#[test]
fn tool_choice_is_not_sent_without_tools() {
    let request = Request { tool_choice: ToolChoice::Auto, parallel_tools: Some(false), ..Request::default() };
    let body = written(&request);
    assert!(
        body.get("tool_choice").is_none() && body.get("parallel_tool_calls").is_none() && body.get("tools").is_none()
    );
}

#[test]
fn choices_of_tools_are_written() {
    let freeform = Tool { kind: ToolKind::Freeform { format: None }, ..function("patch") };
    let table = [
        (ToolChoice::Auto, json!("auto")),
        (ToolChoice::None, json!("none")),
        (ToolChoice::Required, json!("required")),
        (ToolChoice::Named("f".into()), json!({"type": "function", "name": "f"})),
        (ToolChoice::Named("patch".into()), json!({"type": "custom", "name": "patch"})),
        (
            ToolChoice::Allowed { required: true, names: vec!["f".into()] },
            json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]}),
        ),
    ];
    for (tool_choice, expected) in table {
        let tools = vec![function("f"), freeform.clone()];
        let body = written(&Request { tools, tool_choice, parallel_tools: Some(false), ..Request::default() });
        assert_eq!((&body["tool_choice"], &body["parallel_tool_calls"]), (&expected, &json!(false)));
    }
}

#[test]
fn freeform_tools_are_wrapped_where_only_functions_are_taken() {
    let grammar = r#"{"type":"grammar","syntax":"lark","definition":"start: \"x\""}"#;
    let tool = Tool { kind: ToolKind::Freeform { format: Some(grammar) }, ..function("apply_patch") };
    let turns = vec![
        turn(Role::Assistant, vec![call("a", CallKind::Freeform, Arguments::Freeform(Text::Json(r#"a\"b\n"#)))]),
        turn(Role::User, vec![result("a", vec![], None)]),
    ];
    let request = Request { turns, tools: vec![tool], ..Request::default() };
    let plain = Dialect { freeform_tools: false, ..dialect() };
    let mut out = Outgoing::new(&plain, SCOPE, "m");
    let body: Value = serde_json::from_slice(&paired_request(&request, &mut out).unwrap()).unwrap();
    assert_eq!(out.forms, [("apply_patch".to_owned(), CallKind::Freeform)]);
    assert_eq!(
        (&body["tools"][0]["type"], &body["tools"][0]["parameters"]["required"]),
        (&json!("function"), &json!(["input"]))
    );
    assert!(body["tools"][0]["description"].as_str().unwrap().ends_with("start: \"x\""));
    let arguments: Value = serde_json::from_str(body["input"][0]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"input": "a\"b\n"}));
    let native = written(&request);
    assert_eq!(
        (&native["tools"][0]["type"], &native["tools"][0]["format"]["syntax"]),
        (&json!("custom"), &json!("lark"))
    );
    assert_eq!(
        (&native["input"][0]["type"], &native["input"][0]["input"]),
        (&json!("custom_tool_call"), &json!("a\"b\n"))
    );
}

#[test]
fn tools_of_other_providers_become_what_there_is_or_are_refused() {
    let builtin = |kind: &'static str, value| Tool {
        kind: ToolKind::BuiltIn { kind: kind.into(), value },
        ..function("web_search")
    };
    let search = r#"{"type":"web_search_20250305","name":"web_search","max_uses":5,"allowed_domains":["a.com"],"user_location":{"type":"approximate"}}"#;
    let request = Request { tools: vec![builtin("web_search_20250305", search)], ..Request::default() };
    let (body, losses) = written_for(&dialect(), &request);
    let expected = json!({"type": "web_search", "filters": {"allowed_domains": ["a.com"]}, "user_location": {"type": "approximate"}});
    assert_eq!(body["tools"], json!([expected]));
    assert_eq!(losses, ["tools[].max_uses Dropped"]);
    let none = Dialect { web_search: false, ..dialect() };
    let computer = Impossible::BuiltInTool("computer_toolset_20260801".into());
    for (kind, dialect, why) in
        [("computer_toolset_20260801", dialect(), computer), ("web_search_20250305", none, Impossible::WebSearch)]
    {
        let request = Request { tools: vec![builtin(kind, "{}")], ..Request::default() };
        let refused = paired_request(&request, &mut Outgoing::new(&dialect, SCOPE, "m")).unwrap_err();
        assert_eq!((&*refused.field, refused.why), ("tools[0]", Why::Impossible(why)));
    }
}

#[test]
fn settings_are_written() {
    let request = Request {
        max_output: Some(1),
        thinking: Thinking { mode: ThinkingMode::Adaptive, effort: Some(Effort::High), shown: None },
        format: Format::Schema { name: None, description: None, schema: r#"{"type":"object"}"#, strict: Some(true) },
        stop: vec!["END".into()],
        identity: Identity { user: Some("user_1_session_2".into()), cache_key: Some("k".into()) },
        extra: vec![Extra { name: "container", value: "\"c\"" }, Extra { name: "metadata", value: "{}" }],
        ..Request::default()
    };
    let (body, losses) = written_for(&dialect(), &request);
    let mut chat =
        Outgoing { client: Some(Protocol::OpenaiChat), ..Outgoing::new(&Dialect::OPENAI_RESPONSES, SCOPE, "m") };
    paired_request(&request, &mut chat).unwrap();
    let fields: Vec<_> = chat.losses.all().iter().map(|loss| loss.field.as_ref()).collect();
    assert_eq!(fields, ["container", "max_completion_tokens", "stop"], "as the client spells them");
    assert_eq!(body["max_output_tokens"], 16);
    assert_eq!(body["reasoning"], json!({"effort": "high", "summary": "auto"}));
    let format = json!({"type": "json_schema", "name": "output", "strict": true, "schema": {"type": "object"}});
    assert_eq!(body["text"]["format"], format);
    assert_eq!(body["prompt_cache_key"], "k");
    assert!(body.get("stop").is_none());
    assert_eq!(losses, ["container Dropped", "max_tokens Approximated", "stop_sequences Emulated"]);
}

#[test]
fn omitted_thinking_asks_for_no_summary_and_off_for_no_reasoning() {
    let of = |thinking| written(&Request { thinking, ..Request::default() }).get("reasoning").cloned();
    let thinking = |mode, effort, shown| Thinking { mode, effort, shown };
    let table = [
        (thinking(ThinkingMode::Unset, None, None), None),
        (thinking(ThinkingMode::Adaptive, Some(Effort::Low), Some(false)), Some(json!({"effort": "low"}))),
        (thinking(ThinkingMode::Adaptive, None, None), Some(json!({"summary": "auto"}))),
        (thinking(ThinkingMode::Off, Some(Effort::None), None), Some(json!({"effort": "none"}))),
    ];
    for (given, expected) in table {
        assert_eq!(of(given), expected, "{given:?}");
    }
}

#[test]
fn one_person_is_one_person_in_every_session() {
    let user = |user: &'static str| {
        let identity = Identity { user: Some(user.into()), cache_key: None };
        let body = written(&Request { identity, ..Request::default() });
        (body["safety_identifier"].clone(), body["prompt_cache_key"].clone())
    };
    let (one, two) = (user(r#"{"device_id":"d","session_id":"1"}"#), user(r#"{"device_id":"d","session_id":"2"}"#));
    assert_eq!(one.0, two.0);
    assert_ne!(one.1, two.1);
    assert_ne!(one.0, user(r#"{"device_id":"e","session_id":"1"}"#).0);
    assert!(one.0.as_str().unwrap().len() <= 64 && one.1.as_str().unwrap().len() <= 64);
}

#[test]
fn what_the_model_does_not_take_is_said_in_words() {
    let (body, losses) = written_for(
        &Dialect { images: false, ..dialect() },
        &Request { turns: vec![turn(Role::User, vec![image()])], ..Request::default() },
    );
    assert_eq!(body["input"][0]["content"][0]["type"], "input_text");
    assert_eq!(losses, [format!("messages[].content[].image {:?}", Fate::Reworded)]);
}

#[test]
fn a_namespace_becomes_a_prefix() {
    let tool = Tool { namespace: Some("ns".into()), ..function("spawn") };
    assert_eq!(written(&Request { tools: vec![tool], ..Request::default() })["tools"][0]["name"], "ns__spawn");
}
