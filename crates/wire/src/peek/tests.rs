//! What a body says, and which bodies are refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::json::BLOCK;

fn facts(body: &str) -> Peek<'_> {
    peek(body.as_bytes()).unwrap()
}

fn reason(body: impl AsRef<[u8]>) -> Reason {
    peek(body.as_ref()).unwrap_err().reason
}

#[test]
fn facts_are_found_wherever_they_stand() {
    for body in [
        r#"{"model":"kimi-k3","messages":[{"role":"user","content":"model"}],"stream":true}"#,
        r#"{"stream":true,"model":"kimi-k3"}"#,
        "\r\n {\n\t\"messages\" : [ { \"model\" : \"other\", \"stream\": false } ] ,\n \"model\" : \"kimi-k3\" , \"stream\" : true\n}\n",
    ] {
        let facts = facts(body);
        let model = facts.model.unwrap();
        assert_eq!((&*model.text, facts.stream), ("kimi-k3", Some(true)), "{body}");
        assert_eq!(&body[model.span], "\"kimi-k3\"");
    }
}

#[test]
fn an_empty_object_says_nothing() {
    assert_eq!(facts("{}"), Peek::default());
    assert_eq!(facts(" { \n } "), Peek::default());
}

#[test]
fn escapes_in_keys_and_names_are_decoded_and_the_span_covers_what_is_written() {
    let body = r#"{"mod\u0065l":"kimi\u002dk3 \"x\" 世","stream":false}"#;
    let facts = facts(body);
    let model = facts.model.unwrap();
    assert_eq!(model.text, "kimi-k3 \"x\" 世");
    assert_eq!(&body[model.span], r#""kimi\u002dk3 \"x\" 世""#);
}

#[test]
fn keys_inside_values_are_not_mistaken_for_the_top_level() {
    let body =
        json!({"a": {"model": "no", "stream": true}, "b": "\"model\":\"no\",", "c": [{"model": "no"}]}).to_string();
    assert_eq!(facts(&body), Peek::default());
}

#[test]
fn stream_is_a_boolean_or_it_is_reported() {
    for (value, stream, invalid) in [
        ("true", Some(true), false),
        ("false", Some(false), false),
        ("null", None, false),
        ("\"true\"", None, true),
        ("1", None, true),
        ("{}", None, true),
        ("tru", None, true),
    ] {
        let body = format!("{{\"stream\": {value} }}");
        let facts = facts(&body);
        assert_eq!((facts.stream, facts.stream_invalid), (stream, invalid), "{value}");
    }
}

#[test]
fn a_model_that_is_no_string_is_no_model() {
    for value in ["null", "5", "[]", "{\"id\":\"x\"}"] {
        let body = format!("{{\"model\":{value}}}");
        assert_eq!(facts(&body).model, None);
    }
}

#[test]
fn a_model_given_twice_is_refused_because_programs_differ_in_which_they_take() {
    assert_eq!(reason(r#"{"model":"a","model":"b"}"#), Reason::DuplicateKey("model"));
    assert_eq!(reason(r#"{"model":"a","m\u006fdel":"b"}"#), Reason::DuplicateKey("model"));
    assert_eq!(reason(r#"{"stream":true,"x":{},"stream":true}"#), Reason::DuplicateKey("stream"));
}

#[test]
fn the_user_is_the_one_in_the_metadata_and_otherwise_user() {
    let body = json!({"user": "u", "metadata": {"user_id": "{\"session_id\":\"s\"}"}}).to_string();
    assert_eq!(facts(&body).user.as_deref(), Some("{\"session_id\":\"s\"}"));
    assert_eq!(facts(r#"{"user":"u","metadata":{"k":1}}"#).user.as_deref(), Some("u"));
    assert_eq!(facts(r#"{"user":5,"metadata":{"user_id":null}}"#).user, None);
}

#[test]
fn the_cache_key_is_found() {
    assert_eq!(facts(r#"{"prompt_cache_key":"k-1"}"#).prompt_cache_key.as_deref(), Some("k-1"));
}

#[test]
fn only_references_to_stored_things_bind_a_request() {
    for (body, field) in [
        (r#"{"previous_response_id":"resp_1"}"#, Some("previous_response_id")),
        (r#"{"previous_response_id":null}"#, None),
        (r#"{"conversation":{"id":"conv_1"}}"#, Some("conversation")),
        (r#"{"container":"c_1"}"#, Some("container")),
        (r#"{"container":{"skills":[]}}"#, None),
        (r#"{"container":{"id":"c_1","skills":[]}}"#, Some("container")),
        (r#"{"prompt":{"id":"pmpt_1"}}"#, Some("prompt")),
        (r#"{"prompt":"write a poem"}"#, None),
        (r#"{"input":"previous_response_id"}"#, None),
    ] {
        assert_eq!(facts(body).stored.map(|stored| stored.field), field, "{body}");
    }
}

#[test]
fn what_is_stored_is_known_by_its_id() {
    let id = |body: &str| String::from_utf8(facts(body).stored.unwrap().id.into_owned()).unwrap();
    assert_eq!(id(r#"{"container":"c_1"}"#), "c_1");
    assert_eq!(id(r#"{"container":{"id":"c_1"}}"#), "c_1");
    assert_eq!(id(r#"{"input":[{"type":"input_file","file_id":"file-1"}],"previous_response_id":"resp_1"}"#), "resp_1");
    assert_eq!(id(r#"{"input":[{"type":"item_reference","id":"rs_1"}]}"#), "rs_1");
    assert_eq!(id(r#"{"input":[{"id":"rs_1","type":"item_reference"}]}"#), "");
}

#[test]
fn stored_files_and_items_bind_a_request_wherever_they_stand() {
    for (part, field) in [
        (r#"{"type":"document","source":{"type":"file","file_id":"file_abc"}}"#, Some("file_id")),
        (r#"{"type":"container_upload","file_id" : "file_abc"}"#, Some("file_id")),
        (r#"{"type":"file","file":{"file_id":"file-abc"}}"#, Some("file_id")),
        (r#"{"type":"code_interpreter","container":{"type":"auto","file_ids":[ "file-abc"]}}"#, Some("file_id")),
        (r#"{"type":"file_search","vector_store_ids":["vs_1"]}"#, Some("vector_store_ids")),
        (r#"{"type":"item_reference","id":"rs_1"}"#, Some("item_reference")),
        // What a tool calls so, what it is given, and texts about it.
        (r#"{"type":"tool_use","input":{"file_id":"1AbCdEf"}}"#, None),
        (r#"{"input_schema":{"properties":{"file_id":{"type":"string"}},"required":["file_id"]}}"#, None),
        (r#"{"text":"{\"type\":\"file\",\"file_id\":\"file_abc\"}"}"#, None),
        (r#"{"text":"item_reference","file_ids":[],"file_id":null}"#, None),
    ] {
        // At every place of a block of 64 bytes.
        for pad in 0..BLOCK {
            let body = format!(r#"{{"model":"{}","messages":[{part}]}}"#, "m".repeat(pad));
            assert_eq!(facts(&body).stored.map(|stored| stored.field), field, "{body}");
        }
    }
}

#[test]
fn an_hour_in_the_cache_is_asked_for_by_any_part_of_a_prompt() {
    for (part, hour) in [
        (r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#, true),
        (r#""cache_control": { "ttl" : "1h", "type": "ephemeral" }"#, true),
        (r#""cache_control":{"type":"ephemeral","ttl":"5m"}"#, false),
        (r#""cache_control":{"type":"ephemeral"},"x":{"ttl":"1h"}"#, false),
        (r#""ttl":"1h""#, false),
        (r#""text":"\"cache_control\":{\"ttl\":\"1h\"}""#, false),
    ] {
        for pad in 0..BLOCK {
            let body = format!(r#"{{"model":"{}","system":[{{"type":"text",{part}}}]}}"#, "m".repeat(pad));
            assert_eq!(facts(&body).long_cache, hour, "{body}");
        }
    }
    assert!(facts(r#"{"prompt_cache_retention":"24h"}"#).long_cache);
    assert!(!facts(r#"{"prompt_cache_retention":"in-memory"}"#).long_cache);
}

#[test]
fn tools_are_seen_in_passing() {
    for (field, tools) in
        [(r#""tools":[{}]"#, true), (r#""functions":[{}]"#, true), (r#""tools":[ ]"#, false), (r#""x":1"#, false)]
    {
        assert_eq!(facts(&format!("{{{field}}}")).tools, tools, "{field}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (body, expected) in [
        ("", Reason::Empty),
        (" \n", Reason::Empty),
        ("[]", Reason::NotAnObject),
        ("\"x\"", Reason::NotAnObject),
        ("\u{feff}{}", Reason::NotAnObject),
        ("{", Reason::Unfinished),
        ("{\"a\"", Reason::Unfinished),
        ("{\"a\":\"x}", Reason::Unfinished),
        ("{\"a\":\"x\\\"}", Reason::Unfinished),
        ("{\"a\":[1}", Reason::Unbalanced),
        ("{\"a\":{]}}", Reason::Unbalanced),
        ("{]", Reason::Unbalanced),
        ("{}{}", Reason::TrailingData),
        ("{} x", Reason::TrailingData),
        ("{}\0", Reason::TrailingData),
        ("{\"a\":\"x\ny\"}", Reason::ControlInString),
        ("{\"a\":\"x\0y\"}", Reason::ControlInString),
        ("{\"a\":\\\"x\"}", Reason::StrayBackslash),
        ("{\"a\"}", Reason::BadObject),
        ("{\"a\":}", Reason::BadObject),
        ("{\"a\":1,}", Reason::BadObject),
        ("{,}", Reason::BadObject),
        ("{a:1}", Reason::BadObject),
        ("{x\"a\":1}", Reason::BadObject),
        ("{\"a\"x:1}", Reason::BadObject),
        ("{\"a\":1:2}", Reason::BadObject),
        ("{[]:1}", Reason::BadObject),
        ("{x}", Reason::BadObject),
        ("{\"model\":\"a\" \"b\"}", Reason::BadValue("model")),
        ("{\"model\":\"\\x\"}", Reason::BadValue("model")),
        ("{\"model\":\"\\ud800\"}", Reason::BadValue("model")),
    ] {
        assert_eq!(reason(body), expected, "{body:?}");
    }
    assert_eq!(reason(b"{\"a\":\"\xff\"}"), Reason::NotUtf8);
}

#[test]
fn nesting_is_accepted_up_to_the_limit_and_not_beyond() {
    let nested = |levels: usize| {
        let inner = levels - 1;
        format!("{{\"a\":{}{}}}", "[".repeat(inner), "]".repeat(inner))
    };
    assert!(peek(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(reason(nested(MAX_DEPTH + 1)), Reason::TooDeep);
    assert_eq!(reason(format!("{{\"a\":{}", "[".repeat(200_000))), Reason::TooDeep);
}

#[test]
fn runs_of_backslashes_end_strings_only_when_even_wherever_blocks_begin() {
    for shift in 0..130 {
        for run in 0..70 {
            let pad = " ".repeat(shift);
            let body = format!("{pad}{{\"a\":\"{}\",\"stream\":true}}", "\\\\".repeat(run));
            assert_eq!(facts(&body).stream, Some(true), "shift {shift}, run {run}");
            let body = format!("{pad}{{\"a\":\"{}\\\"\",\"stream\":true}}", "\\\\".repeat(run));
            assert_eq!(facts(&body).stream, Some(true), "shift {shift}, run {run} and a quote");
        }
    }
}

#[test]
fn long_keys_and_values_are_followed_wherever_blocks_begin() {
    for shift in 0..130 {
        for length in [0, 1, 62, 63, 64, 65, 127, 128, 200] {
            let (pad, text) = (" ".repeat(shift), "x".repeat(length));
            let body = format!("{pad}{{\"{text}\":\"{text}\",\"model\":\"{text}\",\"stream\":true}}");
            let facts = facts(&body);
            assert_eq!((facts.model.unwrap().text.len(), facts.stream), (length, Some(true)), "shift {shift}");
        }
    }
}

#[test]
fn the_offset_points_at_the_trouble() {
    let body = format!("{{\"a\":\"{}\n\"}}", "x".repeat(500));
    assert_eq!(peek(body.as_bytes()).unwrap_err(), Malformed { offset: 506, reason: Reason::ControlInString });
}

/// Any JSON value, with texts that contain what the scan must not trip over.
fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[a-z\"\\\\{}\\[\\]:,\n\u{1}世é ]{0,80}", Just("model".to_owned()), any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn request() -> impl Strategy<Value = Value> {
    let fields = prop::collection::vec((prop_oneof!["[a-z\"\\\\]{0,12}", any::<String>()], value()), 0..6);
    (fields, prop::option::of(value()), prop::option::of(value()), any::<bool>()).prop_map(
        |(fields, model, stream, model_first)| {
            let mut body: Map<String, Value> = Map::new();
            let mut model = model.map(|model| ("model".to_owned(), model));
            if model_first {
                body.extend(model.take());
            }
            body.extend(fields);
            body.extend(stream.map(|stream| ("stream".to_owned(), stream)));
            body.extend(model);
            Value::Object(body)
        },
    )
}

/// Pieces that make up JSON and near-JSON.
fn near_json() -> impl Strategy<Value = String> {
    let pieces: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\\\"",
        ":",
        ",",
        " ",
        "\"model\":",
        "\"stream\":true",
        "\"a\"",
        "1",
        "null",
        "\n",
        "世",
        "\\u0061",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];
    let piece = prop::sample::select(pieces);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn agrees_with_serde(text: &str, value: &Value) {
    let facts = facts(text);
    let model = value.get("model").and_then(Value::as_str);
    assert_eq!(facts.model.as_ref().map(|model| &*model.text), model);
    if let Some(model) = &facts.model {
        assert_eq!(serde_json::from_str::<String>(&text[model.span.clone()]).unwrap(), model.text);
    }
    let stream = value.get("stream");
    assert_eq!(facts.stream, stream.and_then(Value::as_bool));
    assert_eq!(facts.stream_invalid, stream.is_some_and(|stream| !stream.is_boolean() && !stream.is_null()));
}

/// serde_json keeps the last of two equal keys; the law does not speak about those.
fn repeats_a_fact(text: &str) -> bool {
    matches!(peek(text.as_bytes()), Err(Malformed { reason: Reason::DuplicateKey(_), .. }))
}

proptest! {
    #[test]
    fn compact_and_pretty_bodies_read_as_serde_reads_them(body in request()) {
        agrees_with_serde(&body.to_string(), &body);
        agrees_with_serde(&serde_json::to_string_pretty(&body).unwrap(), &body);
    }

    #[test]
    fn whatever_serde_accepts_is_accepted_and_means_the_same(text in near_json()) {
        if let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(&text) && !repeats_a_fact(&text) {
            agrees_with_serde(&text, &value);
        }
    }

    #[test]
    fn a_damaged_body_never_panics_and_never_loses_its_balance(body in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = body.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) && value.is_object() && !repeats_a_fact(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(peek(&bytes).is_ok());
        }
        let _ = peek(&bytes);
        prop_assert!(peek(&bytes[..at]).is_err(), "a body cut short is not accepted");
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = peek(&bytes);
    }

    #[test]
    fn arbitrary_pieces_are_accepted_only_when_balanced(text in near_json()) {
        if peek(text.as_bytes()).is_ok() {
            let mut outside = String::new();
            let (mut in_string, mut escaped) = (false, false);
            for c in text.chars() {
                match (in_string, escaped, c) {
                    (true, true, _) => escaped = false,
                    (true, false, '\\') => escaped = true,
                    (_, _, '"') => in_string = !in_string,
                    (false, _, c) => outside.push(c),
                    _ => {}
                }
            }
            prop_assert!(!in_string);
            let mut open = Vec::new();
            for c in outside.chars() {
                match c {
                    '{' | '[' => open.push(c),
                    '}' => prop_assert_eq!(open.pop(), Some('{')),
                    ']' => prop_assert_eq!(open.pop(), Some('[')),
                    _ => {}
                }
            }
            prop_assert!(open.is_empty());
        }
    }
}

proptest! {
    #[test]
    fn every_set_of_registers_finds_the_same(body in request(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = body.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let fields = |found: &mut Vec<Field>, field: Field| { found.push(field); Ok(()) };
        let (mut common, mut best) = (Vec::new(), Vec::new());
        let (mut narrow, mut wide) = (Nested::default(), Nested::default());
        let slow = scan::scan_with_common(&bytes, &mut narrow, |field| fields(&mut common, field));
        let fast = scan::scan_deep(&bytes, &mut wide, |field| fields(&mut best, field));
        prop_assert_eq!(slow, fast);
        prop_assert_eq!(format!("{narrow:?}"), format!("{wide:?}"));
        prop_assert_eq!(format!("{common:?}"), format!("{best:?}"));
    }

    #[test]
    fn what_is_no_utf8_is_refused_wherever_it_stands(body in request(), at in any::<prop::sample::Index>()) {
        let mut bytes = body.to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = 0xff;
        prop_assert_eq!(peek(&bytes), Err(Malformed { offset: std::str::from_utf8(&bytes).unwrap_err().valid_up_to(), reason: Reason::NotUtf8 }));
    }
}

#[test]
fn every_field_that_refers_to_something_stored_has_a_name() {
    for (body, field) in [
        (r#"{"previous_response_id":"r_1"}"#, "previous_response_id"),
        (r#"{"input":[{"type":"item_reference","id":"rs_1"}]}"#, "item_reference"),
        (r#"{"messages":[{"file_id":"file_abc"}]}"#, "file_id"),
        (r#"{"tools":[{"vector_store_ids":["vs_1"]}]}"#, "vector_store_ids"),
    ] {
        let found = peek(body.as_bytes()).unwrap().stored.map(|stored| stored.field);
        assert_eq!((found, stored_field(field)), (Some(field), Some(field)), "{body}");
    }
    assert_eq!(stored_field("model"), None);
}
