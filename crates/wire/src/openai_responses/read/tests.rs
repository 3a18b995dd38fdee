//! Requests of Responses clients in the neutral model.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::{
    Arguments, Effort, Fate, Format, OpaqueKind, Part, Source as Where, ThinkingMode, ToolChoice, ToolKind, Verbosity,
};

/// What Codex sends on a second turn, shortened.
const CODEX: &str = r#"{"model":"gpt-5.5","stream":true,"input":[
  {"type":"message","id":"msg_0","role":"developer","content":[{"type":"input_text","text":"You are Codex.\n"}]},
  {"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context/>"}]},
  {"type":"message","role":"user","content":[{"type":"input_text","text":"List \u00e9 files"}]},
  {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"think"}],"content":null,"encrypted_content":"tg1.abc"},
  {"type":"message","role":"assistant","phase":"commentary","content":[{"type":"output_text","text":"Looking."}]},
  {"type":"function_call","id":"fc_1","status":"completed","call_id":"toolu_X1","name":"exec_command","arguments":"{\"cmd\": \"ls\"}"},
  {"type":"custom_tool_call","call_id":"c2","name":"apply_patch","input":"*** Begin Patch\n"},
  {"type":"function_call_output","id":"fco_1","call_id":"toolu_X1","output":"a.txt"},
  {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"ok"},{"type":"input_image","image_url":"data:image\/png;base64,iVBO\/w==","detail":"high"}]},
  {"role":"user","content":"go on"}],
 "tools":[{"type":"function","name":"exec_command","description":"d","strict":false,"parameters":{"type":"object","b":1,"a":2}},
  {"type":"custom","name":"apply_patch","description":"p","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},
  {"type":"namespace","name":"multi_agent_v1","description":"agents","tools":[{"type":"function","name":"spawn","parameters":null}]},
  {"type":"tool_search","execution":"client"},{"type":"web_search","external_web_access":true},{"type":"local_shell"},
  {"type":"function","name":"exec_command","parameters":{}}],
 "tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"xhigh","summary":"auto"},"store":false,
 "include":["reasoning.encrypted_content"],"prompt_cache_key":"thread-1","text":{"verbosity":"low"},"client_metadata":{"a":"b"}}"#;

fn read(body: &str) -> Request<'_> {
    request(body, &mut Losses::default()).unwrap()
}

fn refused(body: &Value) -> Refused {
    request(&body.to_string(), &mut Losses::default()).unwrap_err()
}

fn with_items(items: &Value) -> String {
    json!({"model": "m", "input": items}).to_string()
}

/// A turn in short: its role, and its parts by kind with what they say.
fn sketch(turn: &Turn<'_>) -> String {
    let part = |part: &Part<'_>| match part {
        Part::Text { text, .. } => format!("text {}", text.decoded()),
        Part::Reasoning(reasoning) => format!("reasoning {:?} {}", reasoning.text, reasoning.opaque.is_some()),
        Part::ToolCall(call) => format!("call {} {:?} {:?}", call.id.decoded(), call.name, call.kind),
        Part::ToolResult(result) => format!("result {} {}", result.call_id.decoded(), result.parts.len()),
        Part::Image(_) => "image".to_owned(),
        Part::Document(_) => "document".to_owned(),
        Part::Other { kind, readable, .. } => format!("other {kind} {readable:?}"),
        other => format!("{other:?}"),
    };
    format!("{:?}: {}", turn.role, turn.parts.iter().map(part).collect::<Vec<_>>().join("; "))
}

fn sketches(body: &str) -> Vec<String> {
    read(body).turns.iter().map(sketch).collect()
}

#[test]
fn a_request_of_codex_is_read_whole() {
    let mut losses = Losses::default();
    let request = request(CODEX, &mut losses).unwrap();
    let turns: Vec<_> = request.turns.iter().map(sketch).collect();
    let expected = [
        "Developer: text You are Codex.\n",
        "User: text <environment_context/>",
        "User: text List é files",
        "Assistant: reasoning [\"think\"] true; text Looking.; call toolu_X1 \"exec_command\" Function; call c2 \"apply_patch\" Freeform",
        "User: result toolu_X1 1; result c2 2; text go on",
    ];
    assert_eq!(turns, expected);
    assert_eq!((request.model, request.stream, request.parallel_tools), (Text::from("gpt-5.5"), true, Some(true)));
    assert_eq!(request.thinking.effort, Some(Effort::ExtraHigh));
    assert_eq!((request.thinking.mode, request.thinking.shown), (ThinkingMode::Adaptive, Some(true)));
    assert_eq!((request.verbosity, request.tool_choice), (Some(Verbosity::Low), ToolChoice::Auto));
    assert_eq!(request.identity.cache_key, Some(Text::from("thread-1")));
    let names: Vec<_> = request.extra.iter().map(|extra| extra.name).collect();
    assert_eq!(names, ["store", "client_metadata"]);
    assert!(losses.all().iter().any(|loss| loss.field == "tools[].tool_search" && loss.fate == Fate::Reworded));
}

#[test]
fn tools_are_flat_and_without_duplicates() {
    let request = read(CODEX);
    let tools: Vec<_> = request
        .tools
        .iter()
        .map(|tool| {
            (tool.name.decoded().into_owned(), tool.namespace.as_ref().map(|space| space.decoded().into_owned()))
        })
        .collect();
    let plain = |name: &str| (name.to_owned(), None);
    let spawn = ("spawn".to_owned(), Some("multi_agent_v1".to_owned()));
    assert_eq!(tools, [plain("exec_command"), plain("apply_patch"), spawn, plain("web_search"), plain("local_shell")]);
    assert_eq!(
        request.tools[0].kind,
        ToolKind::Function { schema: Some(r#"{"type":"object","b":1,"a":2}"#) },
        "key order is the client's"
    );
    let grammar = r#"{"type":"grammar","syntax":"lark","definition":"start: x"}"#;
    assert_eq!(request.tools[1].kind, ToolKind::Freeform { format: Some(grammar) });
    assert_eq!(request.tools[2].kind, ToolKind::Function { schema: None });
    assert!(matches!(&request.tools[4].kind, ToolKind::BuiltIn { value: r#"{"type":"local_shell"}"#, .. }));
}

#[test]
fn data_addresses_are_taken_apart_without_a_copy() {
    let request = read(CODEX);
    let Part::ToolResult(result) = &request.turns[4].parts[1] else { panic!() };
    let Part::Image(image) = &result.parts[1] else { panic!() };
    let Where::Base64 { media_type, data } = &image.source else { panic!() };
    assert_eq!((media_type.decoded().as_ref(), data.decoded().as_ref()), ("image/png", "iVBO/w=="));
    assert!(matches!(data, Text::Json(r"iVBO\/w==")));
    assert_eq!(image.detail, Some(Text::from("high")));
}

#[test]
fn arguments_stay_as_they_are_spelt() {
    let request = read(CODEX);
    let arguments: Vec<_> = request.turns[3]
        .parts
        .iter()
        .filter_map(|part| if let Part::ToolCall(call) = part { Some(&call.arguments) } else { None })
        .collect();
    assert!(matches!(arguments[0], Arguments::Quoted(Text::Json(r#"{\"cmd\": \"ls\"}"#))));
    assert!(matches!(arguments[1], Arguments::Freeform(Text::Json(r"*** Begin Patch\n"))));
}

#[test]
fn what_a_tool_says_beyond_the_model_is_noted() {
    let tools = json!([{"type": "function", "name": "x", "output_schema": {"a": 1}, "async": false, "allowed_callers": ["direct"]},
                       {"type": "web_search", "external_web_access": true}]);
    let mut losses = Losses::default();
    request(&json!({"tools": tools}).to_string(), &mut losses).unwrap();
    let mut fields: Vec<_> = losses.all().iter().map(|loss| loss.field.as_ref()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["tools[].allowed_callers", "tools[].output_schema"]);
}

#[test]
fn a_call_without_a_name_does_not_poison_the_conversation() {
    let body = with_items(
        &json!([{"type": "function_call", "call_id": "a", "name": "", "arguments": "{}"}, {"role": "user", "content": "x"}]),
    );
    assert_eq!(sketches(&body), ["User: text x"]);
}

/// What comes in, and how it is read.
#[test]
fn items_become_turns() {
    let table = [
        (json!("hello"), vec!["User: text hello"]),
        (
            json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]),
            vec!["User: text a", "User: text b"],
        ),
        (json!([{"role": "user", "content": ""}, {"role": "assistant", "content": []}]), vec![]),
        (
            json!([{"type": "local_shell_call", "id": "ls", "call_id": "c", "action": {"type": "exec", "command": ["ls"]}},
                   {"type": "local_shell_call_output", "id": "c", "output": "x"}]),
            vec!["Assistant: call c \"local_shell\" LocalShell", "User: result c 1"],
        ),
        (
            json!([{"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}},
                   {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 2}}]}]),
            vec!["Assistant: call c \"shell\" Shell", "User: result c 1"],
        ),
        (
            json!([{"type": "apply_patch_call", "call_id": "c", "operation": {"type": "delete_file", "path": "x"}},
                   {"type": "apply_patch_call_output", "call_id": "c", "status": "failed", "output": "no"}]),
            vec!["Assistant: call c \"apply_patch\" ApplyPatch", "User: result c 1"],
        ),
        (
            json!([{"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "rust"}},
                   {"type": "future_item", "content": "said"}, {"type": "compaction", "encrypted_content": "x"}]),
            vec![
                "Assistant: other web_search_call Some(\"[searched for: rust]\"); other future_item Some(\"said\"); other compaction None",
            ],
        ),
        (
            json!([{"role": "user", "content": [{"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AA=="},
                                                {"type": "input_file", "filename": "b.png", "file_data": "AA=="},
                                                {"type": "input_image", "image_url": "https://x/y.png"}]}]),
            vec!["User: document; image; image"],
        ),
        (json!([{"type": "reasoning", "id": "rs", "summary": []}]), vec![]),
        (
            json!([{"type": "reasoning", "content": [{"type": "reasoning_text", "text": "open"}]}]),
            vec!["Assistant: reasoning [\"open\"] false"],
        ),
    ];
    for (input, expected) in table {
        assert_eq!(sketches(&with_items(&input)), expected, "{input}");
    }
}

#[test]
fn consecutive_calls_are_one_assistant_turn() {
    let items = json!([
        {"type": "function_call", "call_id": "a", "name": "x", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "y", "arguments": ""},
        {"type": "function_call_output", "call_id": "b", "output": "2"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
    ]);
    let body = with_items(&items);
    let expected = ["Assistant: call a \"x\" Function; call b \"y\" Function", "User: result b 1; result a 1"];
    assert_eq!(sketches(&body), expected);
}

#[test]
fn empty_arguments_are_an_empty_object() {
    for arguments in [json!(""), json!(" "), json!(null), json!({})] {
        let body = with_items(&json!([{"type": "function_call", "call_id": "a", "name": "x", "arguments": arguments}]));
        let request = read(&body);
        let Part::ToolCall(call) = &request.turns[0].parts[0] else { panic!() };
        assert!(matches!(call.arguments, Arguments::Json("{}")), "{arguments}: {:?}", call.arguments);
    }
}

#[test]
fn reasoning_with_only_encrypted_content_is_no_user_message() {
    let body = with_items(&json!([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}]));
    let request = read(&body);
    let Part::Reasoning(reasoning) = &request.turns[0].parts[0] else { panic!() };
    let opaque = reasoning.opaque.as_ref().unwrap();
    assert_eq!((request.turns[0].role, opaque.kind), (Role::Assistant, OpaqueKind::OpenaiEncrypted));
    assert_eq!((opaque.data.clone(), reasoning.id.clone()), (Text::from("gAAA"), Some(Text::from("rs_1"))));
}

#[test]
fn instructions_come_first_wherever_they_stand() {
    let request = read(r#"{"input":"hi","instructions":"be\nbrief"}"#);
    assert_eq!(request.turns.iter().map(sketch).collect::<Vec<_>>(), ["System: text be\nbrief", "User: text hi"]);
}

#[test]
fn tools_and_settings_among_the_items_are_in_force() {
    let items = json!([
        {"type": "additional_tools", "role": "developer", "tools": [{"type": "function", "name": "late"}]},
        {"type": "configuration_update", "reasoning": {"effort": "low"}, "text": {"verbosity": "high"}},
        {"role": "user", "content": "x"},
    ]);
    let body =
        json!({"tools": [{"type": "function", "name": "early"}], "input": items, "reasoning": {"effort": "high"}});
    let body = body.to_string();
    let (request, echo) = request_and_echo(&body, &mut Losses::default()).unwrap();
    let names: Vec<_> = request.tools.iter().map(|tool| tool.name.decoded()).collect();
    assert_eq!(names, ["early", "late"]);
    assert_eq!(request.turns.len(), 1);
    assert_eq!(request.verbosity, Some(Verbosity::High));
    assert_eq!(request.thinking.effort, Some(Effort::Low), "the request's own stands behind the items");
    let echo: Value = serde_json::from_str(&format!("{{{echo}}}")).unwrap();
    assert_eq!(echo["tools"].as_array().unwrap().len(), 2);
}

#[test]
fn effort_none_switches_reasoning_off() {
    let request = read(r#"{"input":"x","reasoning":{"effort":"none"}}"#);
    assert_eq!(request.thinking.mode, ThinkingMode::Off);
}

#[test]
fn choices_of_tools_are_read() {
    let table = [
        (json!("required"), ToolChoice::Required),
        (json!("none"), ToolChoice::None),
        (json!({"type": "function", "name": "x"}), ToolChoice::Named("x".into())),
        (json!({"type": "custom", "name": "p"}), ToolChoice::Named("p".into())),
        (json!({"type": "apply_patch"}), ToolChoice::Named("apply_patch".into())),
        (
            json!({"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "x"}, {"type": "web_search"}]}),
            ToolChoice::Allowed { required: true, names: vec!["x".into(), "web_search".into()] },
        ),
        (json!(null), ToolChoice::Unset),
        (json!({"type": "function", "function": {"name": "nested"}}), ToolChoice::Named("nested".into())),
    ];
    for (given, expected) in table {
        let body = json!({"tool_choice": given}).to_string();
        assert_eq!(read(&body).tool_choice, expected, "{given}");
    }
}

#[test]
fn the_format_of_the_answer_is_read() {
    let body = r#"{"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}}}"#;
    let expected = Format::Schema {
        name: Some("n".into()),
        description: None,
        schema: r#"{"type":"object"}"#,
        strict: Some(true),
    };
    assert_eq!(read(body).format, expected);
    assert_eq!(read(r#"{"text":{"format":{"type":"json_object"}}}"#).format, Format::Json);
    assert_eq!(read(r#"{"text":{"format":{"type":"text"}}}"#).format, Format::Text);
}

#[test]
fn what_only_a_server_knows_is_refused_with_its_place() {
    let table = [
        (json!({"previous_response_id": "resp_1"}), "previous_response_id"),
        (json!({"conversation": {"id": "c"}}), "conversation"),
        (json!({"prompt": {"id": "p"}}), "prompt"),
        (json!({"background": true}), "background"),
        (json!({"input": [{"role": "user", "content": "x"}, {"type": "item_reference", "id": "i"}]}), "input[1]"),
        (json!({"input": [{"id": "i"}]}), "input[0]"),
        (json!({"input": 7}), "input"),
        (
            json!({"input": "x", "tools": [{"type": "tool_search"}], "tool_choice": {"type": "tool_search"}}),
            "tool_choice",
        ),
        (json!({"text": {"format": {"type": "json_schema"}}}), "text.format.schema"),
    ];
    for (body, field) in table {
        let refused = refused(&body);
        assert_eq!(refused.field, field, "{body}");
        assert!(!refused.why.id().is_empty());
    }
    let fine =
        json!({"previous_response_id": null, "background": false, "conversation": null, "input": "x"}).to_string();
    assert!(read(&fine).extra.is_empty());
}

#[test]
fn every_response_object_repeats_what_was_asked_or_the_default() {
    let echo_of = echo;
    let echo = |body: &str| -> Value { serde_json::from_str(&format!("{{{}}}", echo_of(body))).unwrap() };
    let given = echo(
        r#"{"instructions":"be\u00e9","temperature":0.50,"tools":[],"metadata":{"k":"v"},"text":{"verbosity":"low"},"input":"x"}"#,
    );
    assert_eq!((&given["instructions"], &given["temperature"]), (&json!("beé"), &json!(0.5)));
    assert_eq!((&given["metadata"], &given["text"]), (&json!({"k": "v"}), &json!({"verbosity": "low"})));
    let absent = echo("no json");
    assert_eq!((&absent["tools"], &absent["tool_choice"]), (&json!([]), &json!("auto")));
    assert_eq!((&absent["parallel_tool_calls"], &absent["store"]), (&json!(true), &json!(true)));
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = "type|role|content|text|id|call_id|name|namespace|arguments|output|summary|action|tools|input|image_url|\
                 file_data|reasoning|format|encrypted_content|status|outcome|stdout|tool_choice|model";
    let words = "message|reasoning|function_call|custom_tool_call|function_call_output|shell_call_output|input_text|\
                 input_image|input_file|user|assistant|namespace|custom|tool_search|additional_tools|\\PC{0,8}|data:a;base64,";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_without_panic(value in any_json()) {
        let _ = request(&value.to_string(), &mut Losses::default());
        let _ = request(&json!({"input": value, "tools": value, "text": value}).to_string(), &mut Losses::default());
    }

    #[test]
    fn any_text_is_read_without_panic(cut in 0..CODEX.len(), noise in "\\PC{0,6}") {
        let mut end = cut;
        while !CODEX.is_char_boundary(end) { end -= 1; }
        prop_assert!(request(&CODEX[..end], &mut Losses::default()).is_err());
        let _ = request(&format!("{}{noise}{}", &CODEX[..end], &CODEX[end..]), &mut Losses::default());
    }

    #[test]
    fn what_is_echoed_is_valid(value in any_json()) {
        let body = json!({"tools": value, "text": value, "metadata": value}).to_string();
        let echo = format!("{{{}}}", echo(&body));
        prop_assert!(serde_json::from_str::<Value>(&echo).is_ok(), "{echo}");
    }
}
