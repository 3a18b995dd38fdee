#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod settings;
mod tools;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::anthropic::{opaque, read};
use crate::conversation::{
    Arguments, CallKind, Effort, Extra, Fate, Format, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Role,
    Sampling, Source, ThinkingMode, Tool, ToolCall, ToolChoice, ToolKind, ToolResult, Turn, Verbosity,
};
use crate::protocol::Protocol;
use crate::translate::dialect::ThinkingSwitch;
use crate::translate::{Dialect, carrier};

/// Writes what translation has put in pairs.
fn paired_request(asked: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let turns = crate::translate::pairing::pair_as(Some(Protocol::OpenaiChat), asked.turns.clone(), &mut out.losses);
    request(&Request { turns, ..asked.clone() }, out)
}

/// What was written, and what the writing left behind.
struct Written {
    body: Value,
    text: String,
    losses: Vec<(String, Fate)>,
    forms: Vec<(String, CallKind)>,
    stop: Vec<String>,
}

fn quiet() -> Dialect {
    Dialect { cache_control_added: false, ..Dialect::ANTHROPIC }
}

fn try_write(asked: &Request<'_>, dialect: &Dialect) -> Result<Written, Refused> {
    let client = Some(Protocol::OpenaiChat);
    let mut out = Outgoing { client, ..Outgoing::new(dialect, 9, "claude-opus-5-5") };
    let bytes = paired_request(asked, &mut out)?;
    let text = String::from_utf8(bytes).unwrap();
    Ok(Written {
        body: serde_json::from_str(&text).unwrap(),
        text,
        losses: out.losses.all().iter().map(|loss| (loss.field.to_string(), loss.fate)).collect(),
        forms: out.forms,
        stop: out.stop,
    })
}

fn write(asked: &Request<'_>) -> Written {
    try_write(asked, &quiet()).unwrap()
}

fn messages(turns: Vec<Turn<'_>>) -> Value {
    write(&Request { turns, ..Request::default() }).body["messages"].clone()
}

fn hello() -> Vec<Turn<'static>> {
    vec![Turn::text(Role::User, "hello")]
}

fn call<'a>(id: &'a str, name: &'a str, arguments: Arguments<'a>) -> Part<'a> {
    Part::ToolCall(ToolCall {
        id: id.into(),
        name: name.into(),
        namespace: None,
        kind: CallKind::Function,
        arguments,
        cache: None,
    })
}

fn result<'a>(id: &'a str, parts: Vec<Part<'a>>) -> Part<'a> {
    Part::ToolResult(ToolResult { call_id: id.into(), kind: CallKind::Function, parts, is_error: None, cache: None })
}

fn turn(role: Role, parts: Vec<Part<'_>>) -> Turn<'_> {
    Turn { parts, ..Turn::new(role) }
}

fn tool<'a>(name: &'a str, kind: ToolKind<'a>) -> Tool<'a> {
    Tool {
        name: name.into(),
        namespace: None,
        description: Some("does".into()),
        kind,
        strict: None,
        deferred: false,
        cache: None,
        extra: Vec::new(),
    }
}

fn function(name: &str) -> Tool<'_> {
    tool(name, ToolKind::Function { schema: Some(r#"{"type":"object","properties":{"z":{},"a":{}}}"#) })
}

/// A request that says all that the protocol can say of what the model has a place for.
const ALL: &str = r#"{"model":"claude-opus-5-5","tools":[{"name":"Read","description":"Reads","input_schema":{"type":"object","properties":{"z":{},"a":{}}}},{"type":"web_search_20250305","name":"web_search","max_uses":5}],"system":[{"type":"text","text":"You are","cache_control":{"type":"ephemeral","ttl":"1h"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"max_tokens":32000,"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object","properties":{"b":{"type":"string"}}}}},"stop_sequences":["END"],"metadata":{"user_id":"u"},"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"Hi \"you\" \u00e9","cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}},{"type":"image","source":{"type":"url","url":"https://a"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"T","context":"C","citations":{"enabled":true}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"t"}},{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"}]}},{"type":"search_result","source":"https://b","title":"B","content":[{"type":"text","text":"b"}]}]},{"role":"system","content":[{"type":"text","text":"Environment"}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"redacted_thinking","data":"Emw"},{"type":"text","text":"I look."},{"type":"tool_use","id":"toolu_1","name":"Read","input":{"path":"a","n":1.0}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}],"is_error":false},{"type":"text","text":"go on","cache_control":{"type":"ephemeral"}}]}]}"#;

/// Byte for byte: nothing is unescaped, reordered or spelt anew.
#[test]
fn what_is_read_and_written_again_is_the_same_text() {
    let mut losses = Losses::default();
    let asked = read::request(ALL, &mut losses).unwrap();
    let written = write(&asked);
    assert_eq!(written.text, ALL);
    assert!(losses.is_empty() && written.losses.is_empty());
}

#[test]
fn trap_47_the_stable_parts_do_not_stand_in_front() {
    let text = write(&read::request(ALL, &mut Losses::default()).unwrap()).text;
    let places = ["\"model\"", "\"tools\"", "\"system\"", "\"tool_choice\"", "\"stream\"", "\"messages\""];
    let places = places.map(|name| text.find(name).unwrap());
    assert!(places.is_sorted());
    assert!(text.contains(r#""properties":{"z":{},"a":{}}"#));
}

#[test]
fn trap_45_instructions_in_any_place() {
    let turns = || {
        vec![
            Turn::text(Role::System, "x-anthropic-billing-header: cc_version=2"),
            Turn::text(Role::System, "one"),
            Turn::text(Role::Developer, "two"),
            Turn::text(Role::User, "hello"),
            Turn::text(Role::Developer, "three"),
            Turn::text(Role::User, "go"),
        ]
    };
    let text = |text: &str| json!({"type": "text", "text": text});
    let body = write(&Request { turns: turns(), ..Request::default() }).body;
    assert_eq!(body["system"], json!([text("one"), text("two")]));
    assert_eq!(body["messages"][1], json!({"role": "system", "content": [text("three")]}));
    let dialect = Dialect { system_anywhere: false, ..quiet() };
    let body = try_write(&Request { turns: turns(), ..Request::default() }, &dialect).unwrap().body;
    let merged = json!([{"role": "user", "content": [text("hello"), text("<system>three</system>"), text("go")]}]);
    assert_eq!(body["messages"], merged);
    // Instructions alone still need somebody who asks.
    let alone = messages(vec![Turn::text(Role::System, "one")]);
    assert_eq!(alone, json!([{"role": "user", "content": [text("(continue)")]}]));
}

#[test]
fn trap_46_empty_texts_are_refused() {
    let turns = vec![
        turn(Role::User, vec![Part::text("  "), Part::text("")]),
        Turn::text(Role::Assistant, "hi"),
        Turn::text(Role::Assistant, "\n"),
        Turn::text(Role::User, "go"),
    ];
    let expected = json!([
        {"role": "user", "content": [{"type": "text", "text": "(continue)"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
        {"role": "user", "content": [{"type": "text", "text": "go"}]},
    ]);
    assert_eq!(messages(turns), expected);
}

#[test]
fn a_conversation_that_ends_with_the_model_goes_on_with_the_user() {
    let written = write(&Request {
        turns: vec![Turn::text(Role::User, "a"), Turn::text(Role::Assistant, "b ")],
        ..Request::default()
    });
    assert_eq!(written.body["messages"][2]["content"][0]["text"], "(continue)");
    assert_eq!(written.losses, [("messages".to_owned(), Fate::Reworded)]);
}

#[test]
fn trap_37_results_come_first_and_right_behind_their_calls() {
    let turns = vec![
        Turn::text(Role::User, "go"),
        turn(
            Role::Assistant,
            vec![
                call("a", "f", Arguments::Quoted(Text::Json("{}"))),
                call("b", "f", Arguments::Quoted(Text::Json("{}"))),
            ],
        ),
        Turn::text(Role::Developer, "hook"),
        turn(Role::User, vec![Part::text("by the way"), result("b", vec![Part::text("2")])]),
        turn(Role::User, vec![result("a", vec![Part::text("1")])]),
    ];
    let messages = messages(turns);
    let of = |at: usize| -> Vec<String> {
        let blocks = messages[at]["content"].as_array().unwrap().iter();
        blocks.map(|block| format!("{}{}", block["tool_use_id"], block["text"])).collect()
    };
    assert_eq!(of(2), [r#""a"null"#, r#""b"null"#]);
    assert_eq!(messages[3]["role"], "system");
    assert_eq!(of(4), [r#"null"by the way""#]);
}

#[test]
fn trap_11_arguments_that_are_no_object() {
    let odd = [
        ("", json!({}), 0),
        (r#"{\"a\": 1.50}"#, json!({"a": 1.5}), 0),
        ("[1]", json!({"value": [1]}), 1),
        (r#"\"x\""#, json!({"value": "x"}), 1),
        ("null", json!({}), 1),
        (r#"{\"a\": "#, json!({"_raw_arguments": "{\"a\": "}), 1),
    ];
    for (quoted, input, losses) in odd {
        let parts = vec![call("a", "f", Arguments::Quoted(Text::Json(quoted)))];
        let turns = vec![turn(Role::Assistant, parts), turn(Role::User, vec![result("a", Vec::new())])];
        let written = write(&Request { turns, ..Request::default() });
        assert_eq!(written.body["messages"][1]["content"][0]["input"], input, "{quoted}");
        let noted = written.losses.iter().filter(|(field, _)| field.contains("arguments")).count();
        assert_eq!(noted, losses, "{quoted}");
    }
    let raw = call("a", "f", Arguments::Freeform(Text::Json(r"*** Begin\n")));
    let body = messages(vec![turn(Role::Assistant, vec![raw])]);
    assert_eq!(body[1]["content"][0]["input"], json!({"input": "*** Begin\n"}));
}

fn reasoning<'a>(kind: OpaqueKind, data: &str, text: &'a [&'a str]) -> Part<'a> {
    let opaque = Some(Opaque { kind, data: Text::from(data.to_owned()) });
    let text = text.iter().map(|text| Text::plain(text)).collect();
    Part::Reasoning(Reasoning { text, opaque, id: None, redacted: false })
}

#[test]
fn trap_26_reasoning_goes_back_to_its_maker_alone() {
    let signed = |scope| carrier::wrap(OpaqueKind::AnthropicSignature, scope, None, "EqQB");
    let redacted = carrier::wrap(OpaqueKind::AnthropicSignature, 9, None, &opaque::redacted("Emw"));
    let openai = carrier::wrap(OpaqueKind::OpenaiEncrypted, 9, None, "gAAA");
    let details = r#"[{"type":"reasoning.text","text":"by relay","signature":"ErUB","format":"anthropic-claude-v1"},{"type":"reasoning.text","text":"x","signature":"y","format":"google"}]"#;
    let thought = |text: &str, signature: &str| json!({"type": "thinking", "thinking": text, "signature": signature});
    for (part, block) in [
        (reasoning(OpaqueKind::OpenaiEncrypted, &signed(9), &["a", "b"]), Some(thought("a\n\nb", "EqQB"))),
        (reasoning(OpaqueKind::ChatDetails, &signed(9), &["a"]), Some(thought("a", "EqQB"))),
        (reasoning(OpaqueKind::OpenaiEncrypted, &signed(8), &["a"]), None),
        (
            reasoning(OpaqueKind::OpenaiEncrypted, &redacted, &[]),
            Some(json!({"type": "redacted_thinking", "data": "Emw"})),
        ),
        (reasoning(OpaqueKind::AnthropicSignature, "EqQB", &[]), Some(thought("", "EqQB"))),
        (reasoning(OpaqueKind::AnthropicSignature, &openai, &["a"]), None),
        (reasoning(OpaqueKind::OpenaiEncrypted, "gAAA", &["a"]), None),
        (reasoning(OpaqueKind::ChatDetails, details, &["a"]), Some(thought("by relay", "ErUB"))),
        (Part::Reasoning(Reasoning { text: vec!["a".into()], ..Reasoning::default() }), None),
    ] {
        let turns = vec![turn(Role::User, vec![Part::text("q")]), turn(Role::Assistant, vec![part, Part::text("x")])];
        let written = write(&Request { turns, ..Request::default() });
        let content = &written.body["messages"][1]["content"];
        let lost = written.losses.contains(&("messages[].reasoning_content".to_owned(), Fate::Dropped));
        match block {
            Some(block) => assert_eq!((&content[0], lost), (&block, false)),
            None => assert_eq!((&content[0]["type"], lost), (&json!("text"), true)),
        }
    }
}

#[test]
fn trap_39_images_in_tool_results_are_dropped() {
    let image = Part::Image(Media::new(Source::Base64 { media_type: "image/jpg".into(), data: "/9j/4AAQ".into() }));
    let turns = vec![
        turn(Role::Assistant, vec![call("a", "f", Arguments::Json("{}"))]),
        turn(Role::User, vec![result("a", vec![Part::text("see"), image])]),
    ];
    let content = &messages(turns)[2]["content"][0]["content"];
    assert_eq!(content[1]["source"], json!({"type": "base64", "media_type": "image/jpeg", "data": "/9j/4AAQ"}));
}

#[test]
fn pictures_are_what_their_bytes_say() {
    let image = |media_type: &'static str, data: &'static str| {
        let source = Source::Base64 { media_type: media_type.into(), data: data.into() };
        let turns = vec![turn(Role::User, vec![Part::Image(Media::new(source))])];
        try_write(&Request { turns, ..Request::default() }, &quiet())
    };
    let label = |written: Written| written.body["messages"][0]["content"][0]["source"]["media_type"].clone();
    assert_eq!(label(image("image/png", "/9j/4AAQ").unwrap()), "image/jpeg");
    assert_eq!(label(image("IMAGE/WEBP", "abc").unwrap()), "image/webp");
    assert_eq!(image("image/svg+xml", "PHN2Zz4=").err().unwrap().field, "messages[].content[].image_url");
}

#[test]
fn documents_are_pdf_or_text() {
    let document = |source: Source<'static>, dialect: &Dialect| {
        let turns =
            vec![turn(Role::User, vec![Part::Document(Media { name: Some("n".into()), ..Media::new(source) })])];
        try_write(&Request { turns, ..Request::default() }, dialect)
            .map(|written| written.body["messages"][0]["content"][0].clone())
    };
    let base64 = |media_type: &'static str, data: &'static str| Source::Base64 {
        media_type: media_type.into(),
        data: data.into(),
    };
    let text = document(base64("text/csv", "YSxiCg=="), &quiet()).unwrap();
    assert_eq!(text["source"], json!({"type": "text", "media_type": "text/plain", "data": "a,b\n"}));
    assert_eq!(text["title"], "n");
    assert!(document(base64("text/csv", "!!"), &quiet()).is_err());
    assert!(document(base64("application/zip", "UEsD"), &quiet()).is_err());
    assert!(document(Source::File("file_1".into()), &quiet()).is_err());
    let left_out = document(base64("application/pdf", "JVBE"), &Dialect::ANTHROPIC_COMPATIBLE).unwrap();
    assert_eq!(left_out["text"], "[document \"n\" left out: this model takes none]");
}

fn marks(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| usize::from(name == "cache_control") + marks(value)).sum()
        }
        Value::Array(items) => items.iter().map(marks).sum(),
        _ => 0,
    }
}

#[test]
fn breakpoints_are_put_in_where_the_client_has_none() {
    let mut asked = Request { tools: vec![function("f"), function("g")], ..Request::default() };
    asked.turns = vec![
        Turn::text(Role::System, "one"),
        Turn::text(Role::System, "two"),
        Turn::text(Role::User, "a"),
        Turn::text(Role::Assistant, "b"),
        Turn::text(Role::User, "c"),
        turn(Role::Assistant, vec![call("x", "f", Arguments::Json("{}"))]),
        turn(Role::User, vec![result("x", vec![Part::text("1")])]),
    ];
    let body = try_write(&asked, &Dialect::ANTHROPIC).unwrap().body;
    let ephemeral = json!({"type": "ephemeral"});
    for place in
        [&body["tools"][1], &body["system"][1], &body["messages"][2]["content"][0], &body["messages"][4]["content"][0]]
    {
        assert_eq!(place["cache_control"], ephemeral, "{place}");
    }
    assert_eq!(marks(&body), 4);
    // One of the client's own: nothing is added.
    asked.tools[0].cache = Some(r#"{"type":"ephemeral","ttl":"1h"}"#);
    let body = try_write(&asked, &Dialect::ANTHROPIC).unwrap().body;
    assert_eq!((marks(&body), &body["tools"][0]["cache_control"]["ttl"]), (1, &json!("1h")));
    // Never more than the protocol takes.
    asked.turns = (0..9)
        .map(|_| turn(Role::System, vec![Part::Text { text: "s".into(), cache: Some("{}"), citations: None }]))
        .chain(hello())
        .collect();
    assert_eq!(marks(&try_write(&asked, &Dialect::ANTHROPIC).unwrap().body), 4);
}

/// Parts of any sort, in any order.
fn any_turns() -> impl Strategy<Value = Vec<(u8, Vec<(u8, u8)>)>> {
    prop::collection::vec((0..4_u8, prop::collection::vec((0..6_u8, 0..3_u8), 0..4)), 0..8)
}

fn made((role, parts): &(u8, Vec<(u8, u8)>)) -> Turn<'static> {
    const IDS: [&str; 3] = ["a", "b.1", ""];
    const TEXTS: [&str; 3] = ["x", " ", ""];
    const ARGUMENTS: [&str; 3] = ["", "{}", "[1"];
    let role = [Role::System, Role::Developer, Role::User, Role::Assistant][usize::from(*role)];
    let part = |(kind, which): &(u8, u8)| {
        let which = usize::from(*which);
        match kind {
            0 => Part::text(TEXTS[which]),
            1 => call(IDS[which], "f", Arguments::Quoted(Text::plain(ARGUMENTS[which]))),
            2 => result(IDS[which], vec![Part::text(TEXTS[which])]),
            3 => Part::Refusal(TEXTS[which].into()),
            4 => Part::Other { kind: "odd", value: "{}", readable: Some(TEXTS[which].into()) },
            _ => reasoning(OpaqueKind::AnthropicSignature, TEXTS[which], &[]),
        }
    };
    turn(role, parts.iter().map(part).collect())
}

proptest! {
    /// The laws of the protocol, whatever the turns: the user begins, the model never ends, nothing is empty, every
    /// call has its result at the head of the next message.
    #[test]
    fn any_conversation_becomes_a_valid_one(turns in any_turns()) {
        let asked = Request { turns: turns.iter().map(made).collect(), ..Request::default() };
        let body = try_write(&asked, &Dialect::ANTHROPIC).unwrap().body;
        let messages = body["messages"].as_array().unwrap();
        prop_assert_eq!(&messages[0]["role"], "user");
        prop_assert_ne!(&messages.last().unwrap()["role"], "assistant");
        for (at, message) in messages.iter().enumerate() {
            let content = message["content"].as_array().unwrap();
            prop_assert!(!content.is_empty());
            prop_assert!(content.iter().all(|block| block["type"] != "text" || !block["text"].as_str().unwrap().trim().is_empty()));
            let ids = |content: &[Value], kind: &str, id: &str| -> Vec<Value> {
                content.iter().filter(|block| block["type"] == kind).map(|block| block[id].clone()).collect()
            };
            let calls = ids(content, "tool_use", "id");
            if !calls.is_empty() {
                let next = messages[at + 1]["content"].as_array().unwrap();
                prop_assert_eq!(&ids(&next[..calls.len()], "tool_result", "tool_use_id"), &calls);
            }
        }
        prop_assert!(marks(&body) <= 4);
    }

    /// Whatever the reader takes, the writer writes as JSON.
    #[test]
    fn what_the_reader_takes_is_written(junk in "[a-z{}\\[\\]\":,0-9 ]{0,12}", at in any::<prop::sample::Index>()) {
        let at = at.index(ALL.len());
        if ALL.is_char_boundary(at) {
            let body = format!("{}{junk}{}", &ALL[..at], &ALL[at..]);
            let mut losses = Losses::default();
            if let Ok(asked) = read::request(&body, &mut losses) {
                let _ = try_write(&asked, &Dialect::ANTHROPIC);
            }
        }
    }
}
