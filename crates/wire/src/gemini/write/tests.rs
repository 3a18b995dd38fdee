//! Requests as the provider gets them: what is asked, the facts of the provider, and what goes out, side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::{
    CallKind, Effort, Format, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Role, Source, Thinking, ThinkingMode,
    Turn,
};
use crate::json::Text;
use crate::openai_chat;
use crate::translate::dialect::SchemaDialect;
use crate::translate::{Dialect, carrier};

/// Writes what translation has put in pairs.
fn paired_request(asked: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let turns = crate::translate::pairing::pair_as(None, asked.turns.clone(), &mut out.losses);
    request(&Request { turns, ..asked.clone() }, out)
}

const SCOPE: u64 = 5;

/// What goes out for a request to `model`, and the fields that were lost.
fn written_for(model: &str, request: &Request<'_>, dialect: &Dialect) -> (Value, Vec<String>) {
    let mut out = Outgoing::new(dialect, SCOPE, model);
    let body = paired_request(request, &mut out).unwrap();
    let lost = out.losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (serde_json::from_slice(&body).unwrap(), lost)
}

fn written(request: &Request<'_>) -> (Value, Vec<String>) {
    written_for("gemini-3.8-flash", request, &Dialect::GEMINI)
}

/// What goes out for a body of a Chat client.
fn sent_for(model: &str, body: &Value, dialect: &Dialect) -> (Value, Vec<String>) {
    let text = body.to_string();
    let request = openai_chat::read::request(&text, &mut Losses::default()).unwrap();
    written_for(model, &request, dialect)
}

fn sent(body: &Value) -> (Value, Vec<String>) {
    sent_for("gemini-3.8-flash", body, &Dialect::GEMINI)
}

fn refused(request: &Request<'_>) -> String {
    paired_request(request, &mut Outgoing::new(&Dialect::GEMINI, SCOPE, "m")).unwrap_err().field.into_owned()
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Turn<'a> {
    Turn { parts, ..Turn::new(role) }
}

fn call<'a>(id: &'a str, name: &'a str) -> Part<'a> {
    Part::ToolCall(crate::conversation::ToolCall {
        id: id.into(),
        name: name.into(),
        namespace: None,
        kind: CallKind::Function,
        arguments: crate::conversation::Arguments::Json("{}"),
        cache: None,
    })
}

fn result<'a>(id: &'a str, parts: Vec<Part<'a>>, is_error: bool) -> Part<'a> {
    Part::ToolResult(crate::conversation::ToolResult {
        call_id: id.into(),
        kind: CallKind::Function,
        parts,
        is_error: Some(is_error),
        cache: None,
    })
}

fn image<'a>() -> Part<'a> {
    Part::Image(Media::new(Source::Base64 { media_type: "image/jpg".into(), data: "QUJD".into() }))
}

fn thought(text: &str, opaque: Option<String>) -> Part<'_> {
    let opaque = opaque.map(|data| Opaque { kind: OpaqueKind::AnthropicRedacted, data: data.into() });
    let text = if text.is_empty() { Vec::new() } else { vec![Text::from(text)] };
    Part::Reasoning(Reasoning { text, opaque, ..Reasoning::default() })
}

fn carried(data: &str) -> Option<String> {
    Some(carrier::wrap(OpaqueKind::GeminiSignature, SCOPE, None, data))
}

/// The contents of a conversation in which the model said `parts` between two words of the user.
fn model_said(parts: Vec<Part<'_>>) -> (Value, Vec<String>) {
    let calls: Vec<Part<'_>> = parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall(call) => Some(call.id.decoded().into_owned()),
            _ => None,
        })
        .map(|id| match result("", vec![Part::text("ok")], false) {
            Part::ToolResult(one) => {
                Part::ToolResult(crate::conversation::ToolResult { call_id: Text::from(id), ..one })
            }
            other => other,
        })
        .collect();
    let mut last = calls;
    last.push(Part::text("go on"));
    let turns = vec![Turn::text(Role::User, "hi"), turn(Role::Assistant, parts), turn(Role::User, last)];
    let (body, lost) = written(&Request { turns, ..Request::default() });
    (body["contents"][1]["parts"].clone(), lost)
}

#[test]
fn trap_32_signatures_go_back_to_the_parts_they_came_with() {
    let signed = |data| thought("", carried(data));
    assert_eq!(
        model_said(vec![thought("Hm", carried("call:QQ==")), call("1", "f"), call("2", "g")]).0,
        json!([
            {"text": "Hm", "thought": true},
            {"functionCall": {"id": "1", "name": "f", "args": {}}, "thoughtSignature": "QQ=="},
            {"functionCall": {"id": "2", "name": "g", "args": {}}},
        ])
    );
    assert_eq!(
        model_said(vec![thought("Hm", carried("thought:QQ==")), Part::text("Hi")]).0,
        json!([{"text": "Hm", "thought": true, "thoughtSignature": "QQ=="}, {"text": "Hi"}])
    );
    assert_eq!(
        model_said(vec![Part::text("Hi"), signed("text:QQ==")]).0,
        json!([{"text": "Hi"}, {"text": "", "thoughtSignature": "QQ=="}])
    );
    // A client that keeps reasoning before everything else.
    assert_eq!(
        model_said(vec![signed("call:QQ=="), Part::text("Hi"), call("1", "f")]).0,
        json!([{"text": "Hi"}, {"functionCall": {"id": "1", "name": "f", "args": {}}, "thoughtSignature": "QQ=="}])
    );
}

#[test]
fn reasoning_of_its_own_goes_back_without_a_signature_when_it_had_none() {
    let plain = Some(carrier::wrap(OpaqueKind::Plain, SCOPE, None, ""));
    let (parts, lost) = model_said(vec![thought("Hm", plain), Part::text("Hi")]);
    assert_eq!(parts, json!([{"text": "Hm", "thought": true}, {"text": "Hi"}]));
    assert!(lost.is_empty());
}

#[test]
fn reasoning_of_others_is_left_out_and_their_calls_are_marked_as_unsigned() {
    let foreign = Some(carrier::wrap(OpaqueKind::GeminiSignature, SCOPE + 1, None, "call:QQ=="));
    for other in [foreign, Some("EqQB".to_owned()), None] {
        let (parts, lost) = model_said(vec![thought("Hm", other), call("1", "f"), call("2", "f")]);
        assert_eq!(parts[0]["thoughtSignature"], "skip_thought_signature_validator");
        assert_eq!((parts[0]["functionCall"]["id"].as_str(), parts[1].get("thoughtSignature")), (Some("1"), None));
        assert_eq!(lost, ["messages[].content[].thinking dropped"]);
    }
    let turns = vec![Turn::text(Role::User, "hi"), turn(Role::Assistant, vec![call("1", "f")])];
    let request = Request { turns, ..Request::default() };
    let (body, _) = written_for("gemini-2.5-pro", &request, &Dialect::GEMINI);
    assert_eq!(body["contents"][1]["parts"][0].get("thoughtSignature"), None, "older models demand none");
}

#[test]
fn a_result_names_the_tool_of_its_call() {
    let turns = vec![
        Turn::text(Role::User, "hi"),
        turn(Role::Assistant, vec![call("a.b", "mcp.read"), call("2", "9lives")]),
        turn(Role::User, vec![result("a.b", vec![Part::text("x"), Part::text("y")], false), result("2", vec![], true)]),
    ];
    let (body, _) = written(&Request { turns, ..Request::default() });
    assert_eq!(
        body["contents"][2]["parts"],
        json!([
            {"functionResponse": {"id": "a_b", "name": "mcp_read", "response": {"output": "x\ny"}}},
            {"functionResponse": {"id": "2", "name": "_9lives", "response": {"error": ""}}},
        ])
    );
    assert_eq!(body["contents"][1]["parts"][0]["functionCall"]["name"], "mcp_read", "trap 41");
    assert_eq!(body["contents"][1]["parts"][0]["functionCall"]["id"], "a_b", "trap 42");
}

#[test]
fn pictures_of_a_result_stay_in_it_where_the_model_takes_them_and_follow_it_elsewhere() {
    let turns = vec![
        Turn::text(Role::User, "hi"),
        turn(Role::Assistant, vec![call("1", "shot")]),
        turn(Role::User, vec![result("1", vec![Part::text("seen"), image()], false)]),
    ];
    let request = Request { turns, ..Request::default() };
    let picture = json!({"inlineData": {"mimeType": "image/jpeg", "data": "QUJD"}});
    let (body, lost) = written(&request);
    let response = &body["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!((&response["response"], &response["parts"]), (&json!({"output": "seen"}), &json!([picture])));
    assert!(lost.is_empty());
    let (body, lost) = written_for("gemini-2.5-flash", &request, &Dialect::GEMINI);
    let parts = &body["contents"][2]["parts"];
    assert_eq!(parts[0]["functionResponse"].get("parts"), None);
    assert_eq!(parts[1], json!({"text": "[from the result of tool call 1]"}));
    assert_eq!(parts[2], picture);
    assert_eq!(lost, ["messages[].content[].content[].image reworded"]);
}

#[test]
fn pictures_documents_and_sound_are_sent_inline_or_by_address() {
    let base64 = |kind: &'static str| Source::Base64 { media_type: kind.into(), data: "QUJD".into() };
    let parts = vec![
        image(),
        Part::Image(Media::new(Source::Url("https://example.com/a.png".into()))),
        Part::Document(Media::new(base64("application/pdf"))),
        Part::Document(Media::new(Source::Url("https://example.com/a.pdf".into()))),
        Part::Document(Media { name: Some("notes".into()), ..Media::new(Source::Text("text".into())) }),
        Part::Audio(Media::new(base64("wav"))),
    ];
    let (body, lost) = written(&Request { turns: vec![turn(Role::User, parts)], ..Request::default() });
    assert_eq!(
        body["contents"][0]["parts"],
        json!([
            {"inlineData": {"mimeType": "image/jpeg", "data": "QUJD"}},
            {"fileData": {"fileUri": "https://example.com/a.png"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "QUJD"}},
            {"fileData": {"fileUri": "https://example.com/a.pdf"}},
            {"text": "notes\ntext"},
            {"inlineData": {"mimeType": "audio/wav", "data": "QUJD"}},
        ])
    );
    assert!(lost.is_empty(), "{lost:?}");
    let file = Part::Image(Media::new(Source::File("file_1".into())));
    let request = Request { turns: vec![turn(Role::User, vec![file])], ..Request::default() };
    assert_eq!(refused(&request), "messages[].content[].source");
}

#[test]
fn the_user_begins_and_ends_and_roles_alternate() {
    for messages in [
        json!([]),
        json!([{"role": "system", "content": "be brief"}]),
        json!([{"role": "assistant", "content": "hello"}]),
        json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]),
        json!([{"role": "user", "content": "a"}, {"role": "system", "content": "s"}, {"role": "user", "content": ""}]),
    ] {
        let (body, _) = sent(&json!({"model": "m", "messages": messages}));
        let roles: Vec<&str> =
            body["contents"].as_array().unwrap().iter().map(|content| content["role"].as_str().unwrap()).collect();
        assert_eq!((roles.first(), roles.last()), (Some(&"user"), Some(&"user")), "{messages}");
        assert!(roles.windows(2).all(|pair| pair[0] != pair[1]), "{roles:?}");
        assert!(body["contents"].as_array().unwrap().iter().all(|content| content["parts"] != json!([])));
    }
}

#[test]
fn instructions_stand_before_everything_and_later_ones_are_the_users_words() {
    let (body, lost) = sent(&json!({"model": "m", "messages": [
        {"role": "system", "content": "one"}, {"role": "developer", "content": "two"},
        {"role": "user", "content": "hi"}, {"role": "system", "content": "three"}]}));
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "one"}, {"text": "two"}]}));
    let reminder = "<system-reminder>\nthree\n</system-reminder>";
    assert_eq!(body["contents"], json!([{"role": "user", "parts": [{"text": "hi"}, {"text": reminder}]}]));
    assert_eq!(lost, ["messages[].role reworded"]);
}

#[test]
fn settings_have_their_own_names() {
    let (body, lost) = sent(&json!({"model": "m", "max_tokens": 0, "temperature": 0.50, "top_p": 0.9, "top_k": 40,
        "seed": 7, "stop": ["a", "b"], "frequency_penalty": 0, "presence_penalty": 0.5, "n": 1,
        "user": "u", "messages": [{"role": "user", "content": "hi"}]}));
    assert_eq!(
        body["generationConfig"],
        json!({"maxOutputTokens": 1, "temperature": 0.5, "topP": 0.9, "topK": 40, "seed": 7, "stopSequences": ["a", "b"]})
    );
    assert_eq!(lost, ["presence_penalty dropped", "metadata.user_id dropped"]);
    let text = json!({"model": "m", "logprobs": true, "messages": [{"role": "user", "content": "hi"}]}).to_string();
    let request = openai_chat::read::request(&text, &mut Losses::default()).unwrap();
    assert_eq!(written(&request).0["generationConfig"], json!({"responseLogprobs": true}));
    let (body, _) = sent(&json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}));
    assert_eq!(
        body,
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        "what is not asked is not said"
    );
}

#[test]
fn reasoning_is_asked_for_by_level_or_by_budget_and_never_by_both() {
    let config = |model: &str, mode, effort, max_output| {
        let thinking = Thinking { mode, effort, shown: None };
        let request = Request { thinking, max_output, ..Request::default() };
        let (body, lost) = written_for(model, &request, &Dialect::GEMINI);
        (body["generationConfig"]["thinkingConfig"].clone(), lost.len() - 1)
    };
    use ThinkingMode::{Adaptive, Budget, Off, Unset};
    let level = |level: &str| json!({"includeThoughts": true, "thinkingLevel": level});
    let budget = |tokens: i64| json!({"includeThoughts": true, "thinkingBudget": tokens});
    for (model, mode, effort, max, expected, lost) in [
        ("gemini-3.8-flash", Unset, None, None, Value::Null, 0),
        ("gemini-3.8-flash", Adaptive, None, None, json!({"includeThoughts": true}), 0),
        ("gemini-3.8-flash", Unset, Some(Effort::Minimal), None, level("MINIMAL"), 0),
        ("gemini-3.1-pro-preview", Unset, Some(Effort::Max), None, level("HIGH"), 1),
        ("gemini-3-pro-preview", Unset, Some(Effort::Medium), None, level("LOW"), 1),
        ("gemini-3.8-flash", Budget(20_000), None, None, level("HIGH"), 0),
        ("gemini-3.1-pro-preview", Off, None, None, json!({"thinkingLevel": "LOW"}), 1),
        ("gemini-2.5-flash", Off, None, None, json!({"thinkingBudget": 0}), 0),
        ("gemini-2.5-pro", Off, None, None, json!({"thinkingBudget": 128}), 1),
        ("gemini-2.5-pro", Adaptive, None, None, budget(-1), 0),
        ("gemini-2.5-pro", Budget(50_000), None, None, budget(32_768), 1),
        ("gemini-2.5-pro", Unset, Some(Effort::Medium), Some(4_000), budget(2_976), 1),
        ("gemini-2.5-flash", Budget(8_000), None, Some(500), budget(0), 1),
        ("gemini-2.0-flash", Unset, Some(Effort::High), None, Value::Null, 1),
        ("gemini-2.0-flash", Off, None, None, Value::Null, 0),
    ] {
        assert_eq!(config(model, mode, effort, max), (expected, lost), "{model} {mode:?} {effort:?}");
    }
}

#[test]
fn a_shape_of_the_answer_is_enforced_or_else_told_in_words() {
    let schema = r#"{"type":"object","properties":{"a":{"type":"string"}}}"#;
    let format = Format::Schema { name: None, description: None, schema, strict: Some(true) };
    let request = Request { format, turns: vec![Turn::text(Role::User, "hi")], ..Request::default() };
    let (body, lost) = written(&request);
    assert_eq!(body["generationConfig"]["responseMimeType"], "application/json");
    assert_eq!(body["generationConfig"]["responseJsonSchema"]["properties"]["a"]["type"], "string");
    assert!(lost.is_empty());
    let tool =
        json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}});
    let asked = json!({"model": "m", "tools": [tool], "response_format": {"type": "json_object"},
        "messages": [{"role": "user", "content": "hi"}]});
    let (body, _) = sent(&asked);
    assert_eq!(body["generationConfig"]["responseMimeType"], "application/json");
    let (body, lost) = sent_for("gemini-2.5-flash", &asked, &Dialect::GEMINI);
    assert_eq!(body.get("generationConfig"), None, "older models refuse it beside tools");
    assert!(body["systemInstruction"]["parts"][0]["text"].as_str().unwrap().contains("one JSON object"));
    assert_eq!(lost, ["output_config.format reworded"]);
}

#[test]
fn trap_43_schemas_are_sent_whole_or_as_open_api_where_that_is_all_there_is() {
    let schema = json!({"type": "object", "properties": {"additionalProperties": {"const": "x"}}, "additionalProperties": false});
    let ask = |schema: Value| {
        json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}]})
    };
    let (body, lost) = sent(&ask(schema.clone()));
    assert_eq!(body["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"], schema);
    assert!(lost.is_empty());
    let open_api = Dialect { schema: SchemaDialect::OpenApi, ..Dialect::GEMINI };
    let (body, _) = sent_for("m", &ask(schema), &open_api);
    let declared = &body["tools"][0]["functionDeclarations"][0];
    assert_eq!(declared.get("parametersJsonSchema"), None);
    assert_eq!(declared["parameters"]["properties"]["additionalProperties"]["enum"], json!(["x"]), "{declared}");
    assert_eq!(declared["parameters"].get("additionalProperties"), None);
    let (body, _) = sent_for("m", &ask(json!({"type": "object", "properties": {}})), &open_api);
    assert_eq!(body["tools"][0]["functionDeclarations"], json!([{"name": "f"}]), "an empty object is refused");
}

#[test]
fn the_choice_of_tools_is_carried() {
    let choose = |choice: Value| {
        let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
            "tools": [tool("f"), tool("g.h")], "tool_choice": choice, "parallel_tool_calls": false});
        let (body, lost) = sent(&body);
        assert_eq!(lost, ["tool_choice.disable_parallel_tool_use dropped"]);
        body["toolConfig"]["functionCallingConfig"].clone()
    };
    assert_eq!(choose(json!("auto")), json!({"mode": "AUTO"}));
    assert_eq!(choose(json!("none")), json!({"mode": "NONE"}));
    assert_eq!(choose(json!("required")), json!({"mode": "ANY"}));
    let named = json!({"type": "function", "function": {"name": "g.h"}});
    assert_eq!(choose(named), json!({"mode": "ANY", "allowedFunctionNames": ["g_h"]}));
    let (body, _) =
        sent(&json!({"model": "m", "tool_choice": "auto", "messages": [{"role": "user", "content": "hi"}]}));
    assert_eq!(body.get("toolConfig"), None, "trap 44: no choice without tools");
}

#[test]
fn counting_asks_with_the_whole_request_and_its_model() {
    let request = Request { turns: vec![Turn::text(Role::User, "hi")], ..Request::default() };
    for name in ["gemini-3.8-flash", "models/gemini-3.8-flash"] {
        let body = count(&request, &mut Outgoing::new(&Dialect::GEMINI, SCOPE, name)).unwrap();
        let expected = json!({"generateContentRequest": {"model": "models/gemini-3.8-flash",
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}]}});
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }
}

proptest! {
    #[test]
    fn arguments_are_always_an_object(text in "\\PC{0,30}|\\{\"a\":[0-9]{1,3}\\}|\\[\\]|null") {
        let quoted = serde_json::to_string(&text).unwrap();
        let inside = &quoted[1..quoted.len() - 1];
        for arguments in [
            crate::conversation::Arguments::Quoted(Text::Json(inside)),
            crate::conversation::Arguments::Freeform(Text::Json(inside)),
        ] {
            let (object, _) = functions::object(&arguments);
            let value: Value = serde_json::from_str(&object).unwrap();
            prop_assert!(value.is_object(), "{}", object);
        }
    }
}
