//! Requests as they are read. Most of what is read shows in what is written again, see the writer's tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::conversation::{Arguments, Part, Role, Source, ToolChoice, ToolKind};

fn read(body: &str) -> (Request<'_>, Losses) {
    let mut losses = Losses::default();
    let request = request(body, &mut losses).unwrap_or_else(|refused| panic!("{body}: {refused:?}"));
    (request, losses)
}

fn refused(fields: &str) -> String {
    let body = format!("{{\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],{fields}}}");
    request(&body, &mut Losses::default()).unwrap_err().field.into_owned()
}

/// A request with one message of the user and these fields.
fn with(fields: &str) -> String {
    format!("{{\"messages\":[{{\"role\":\"user\",\"content\":\"x\"}}],{fields}}}")
}

#[test]
fn what_no_provider_of_another_protocol_can_do_is_refused_by_name() {
    assert_eq!(refused("\"n\":2"), "n");
    assert_eq!(refused("\"modalities\":[\"text\",\"audio\"]"), "modalities");
    assert_eq!(refused("\"audio\":{\"voice\":\"x\"}"), "audio");
    assert_eq!(request("{}", &mut Losses::default()).unwrap_err().field, "messages");
    assert!(request("{\"messages\":[}", &mut Losses::default()).is_err());
    assert!(request("{\"messages\":[]} x", &mut Losses::default()).is_err());
    let body = with("\"n\":1,\"modalities\":[\"text\"],\"audio\":null");
    assert!(read(&body).1.is_empty());
}

#[test]
fn stop_is_a_text_or_a_list_or_nothing() {
    for (stop, expected) in [("\"a\"", 1), ("[\"a\",\"b\"]", 2), ("null", 0), ("[]", 0), ("\"\"", 0)] {
        let body = with(&format!("\"stop\":{stop}"));
        assert_eq!(read(&body).0.stop.len(), expected);
    }
}

#[test]
fn both_names_of_the_longest_answer_are_known() {
    for (fields, expected) in [
        ("\"max_tokens\":5", Some(5)),
        ("\"max_completion_tokens\":7,\"max_tokens\":5", Some(7)),
        ("\"max_tokens\":5.0", Some(5)),
        ("\"max_tokens\":null", None),
    ] {
        assert_eq!(read(&with(fields)).0.max_output, expected);
    }
}

#[test]
fn switches_of_reasoning_are_one_thing() {
    let cases = [
        ("\"reasoning_effort\":\"high\"", ThinkingMode::Unset, Some(Effort::High)),
        ("\"reasoning_effort\":\"none\"", ThinkingMode::Off, None),
        ("\"thinking\":{\"type\":\"disabled\"}", ThinkingMode::Off, None),
        ("\"thinking\":{\"budget_tokens\":9,\"type\":\"enabled\"}", ThinkingMode::Budget(9), None),
        ("\"enable_thinking\":true,\"thinking_budget\":9", ThinkingMode::Budget(9), None),
        ("\"enable_thinking\":false,\"thinking_budget\":9", ThinkingMode::Off, None),
        ("\"reasoning\":{\"effort\":\"low\"}", ThinkingMode::Unset, Some(Effort::Low)),
        ("\"reasoning\":{\"enabled\":true}", ThinkingMode::Adaptive, None),
    ];
    for (fields, mode, effort) in cases {
        let body = with(fields);
        let thinking = read(&body).0.thinking;
        assert_eq!((thinking.mode, thinking.effort), (mode, effort), "{fields}");
    }
    assert_eq!(read(&with("\"reasoning_effort\":\"mighty\"")).1.all()[0].field, "reasoning_effort");
}

#[test]
fn fields_nobody_knows_are_kept_as_they_stand() {
    let body = with("\"prediction\":{ \"a\" : 1e3 },\"logit_bias\":{}");
    let extra = read(&body).0.extra;
    assert_eq!(extra[0], Extra { name: "prediction", value: "{ \"a\" : 1e3 }" });
    assert_eq!(extra.len(), 2);
}

#[test]
fn results_that_follow_each_other_are_one_turn() {
    let body = r#"{"messages":[
        {"role":"assistant","content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":""}},{"id":"b","function":{"name":"g","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]},
        {"role":"user","content":"go"}]}"#;
    let turns = read(body).0.turns;
    assert_eq!(turns.iter().map(|turn| turn.parts.len()).collect::<Vec<_>>(), [2, 2, 1]);
    assert!(
        matches!(&turns[1].parts[1], Part::ToolResult(result) if result.call_id == *"b" && result.is_error.is_none())
    );
}

#[test]
fn legacy_functions_and_their_results_find_each_other() {
    let body = r#"{"functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"},"messages":[
        {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"1"}]}"#;
    let (request, _) = read(body);
    assert!(matches!(&request.tools[0].kind, ToolKind::Function { schema: Some("{\"type\":\"object\"}") }));
    assert_eq!(request.tool_choice, ToolChoice::Named("f".into()));
    let (Part::ToolCall(call), Part::ToolResult(result)) = (&request.turns[0].parts[0], &request.turns[1].parts[0])
    else {
        panic!("{:?}", request.turns)
    };
    assert!(!call.id.is_empty() && call.id == result.call_id);
}

#[test]
fn tool_parts_of_another_protocol_inside_messages_are_not_discarded() {
    let body = r#"{"messages":[
        {"role":"assistant","content":[{"type":"text","text":"x"},{"input":{"q": 1},"type":"tool_use","id":"a","name":"f"}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1","is_error":true},{"type":"text","text":"go"}]}]}"#;
    let turns = read(body).0.turns;
    assert!(
        matches!(&turns[0].parts[1], Part::ToolCall(call) if matches!(call.arguments, Arguments::Json("{\"q\": 1}")))
    );
    assert!(matches!(&turns[1].parts[0], Part::ToolResult(result) if result.is_error == Some(true)));
}

#[test]
fn data_urls_become_what_their_bytes_are() {
    let cases = [
        ("data:image/png;base64,iVBORw0KGgoAAA", "image/png", "iVBORw0KGgoAAA"),
        ("data:image/png;base64,/9j/4AAQ", "image/jpeg", "/9j/4AAQ"),
        ("data:image\\/jpg;charset=x;base64,\\/9j\\/4AAQ", "image/jpeg", "/9j/4AAQ"),
        ("DATA:;base64,UklGRiQAAABXRUJQ", "image/webp", "UklGRiQAAABXRUJQ"),
        ("data:image/x-odd;base64,AAAA", "image/x-odd", "AAAA"),
    ];
    for (url, kind, bytes) in cases {
        let body = format!(
            r#"{{"messages":[{{"role":"user","content":[{{"image_url":{{"url":"{url}","detail":"low"}},"type":"image_url"}}]}}]}}"#
        );
        let (request, _) = read(&body);
        let Part::Image(media) = &request.turns[0].parts[0] else { panic!("{url}") };
        let Source::Base64 { media_type, data } = &media.source else { panic!("{url}") };
        assert_eq!((media_type, data), (&kind.into(), &bytes.into()), "{url}");
        assert!(media.detail.as_ref().is_some_and(|detail| *detail == *"low"));
    }
}

#[test]
fn files_become_documents_texts_or_pictures() {
    let read_file = |file: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":[{{"type":"file","file":{file}}}]}}]}}"#);
        format!("{:?}", read(&body).0.turns[0].parts[0])
    };
    let pdf = read_file(r#"{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0x"}"#);
    assert!(pdf.starts_with("Document") && pdf.contains("application/pdf") && pdf.contains("a.pdf"));
    assert!(read_file(r#"{"file_data":"JVBERi0x"}"#).contains("application/pdf"));
    assert!(read_file(r#"{"filename":"a.txt","file_data":"aGVsbG8="}"#).contains("Text(\"hello\")"));
    assert!(read_file(r#"{"file_data":"iVBORw0KGgo"}"#).starts_with("Image"));
    assert!(read_file(r#"{"file_id":"file-1"}"#).contains("File(\"file-1\")"));
}

#[test]
fn reasoning_keeps_its_words_apart_by_their_carriers() {
    let body = r#"{"messages":[{"role":"assistant","content":"x","reasoning_content":"a\n\nb","reasoning_details":[
        {"type":"reasoning.text","text":"a","signature":"tg1.A","index":0},
        {"type":"reasoning.encrypted","data":"tg1.B","index":1},
        {"type":"reasoning.text","text":"b","signature":"tg1.C","index":2}]}]}"#;
    let turns = read(body).0.turns;
    let thoughts = turns[0].parts.iter().filter_map(|part| match part {
        Part::Reasoning(one) => Some((one.text.len(), one.opaque.as_ref().unwrap().data.decoded().into_owned())),
        _ => None,
    });
    let expected = [(1, "tg1.A".to_owned()), (0, "tg1.B".to_owned()), (1, "tg1.C".to_owned())];
    assert_eq!(thoughts.collect::<Vec<_>>(), expected);
    assert!(matches!(turns[0].parts[3], Part::Text { .. }), "words stand behind what was thought");
}

#[test]
fn genuine_details_are_kept_as_they_stand() {
    let body =
        r#"{"messages":[{"role":"assistant","content":"x","reasoning":"a","reasoning_details":[ {"text":"a"} ]}]}"#;
    let turns = read(body).0.turns;
    let Part::Reasoning(one) = &turns[0].parts[0] else { panic!() };
    assert_eq!(one.opaque.as_ref().unwrap().data, *"[ {\"text\":\"a\"} ]");
    assert_eq!(one.text, [Text::from("a")]);
}

#[test]
fn messages_without_words_make_no_turns() {
    let body = r#"{"messages":[{"role":"user","content":""},{"role":"assistant","content":null},
        {"role":"user","content":"x"},{"role":"system","content":[{"type":"text","text":"y"}]}]}"#;
    let (request, losses) = read(body);
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    assert_eq!((roles, losses.all().len()), (vec![Role::User, Role::System], 0));
}

/// JSON that has the names of this protocol in odd places.
fn odd_json() -> impl Strategy<Value = serde_json::Value> {
    const NAMES: [&str; 32] = [
        "messages",
        "role",
        "content",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "type",
        "text",
        "image_url",
        "url",
        "file",
        "file_data",
        "input_audio",
        "tools",
        "parameters",
        "custom",
        "format",
        "tool_choice",
        "allowed_tools",
        "stop",
        "stream_options",
        "response_format",
        "json_schema",
        "reasoning",
        "reasoning_details",
        "signature",
        "function_call",
        "functions",
        "tool_call_id",
        "modalities",
    ];
    const WORDS: [&str; 18] = [
        "user",
        "assistant",
        "tool",
        "system",
        "function",
        "text",
        "image_url",
        "file",
        "tool_use",
        "tool_result",
        "custom",
        "json_schema",
        "data:image/png;base64,AA",
        "",
        "{}",
        "tg1.x",
        "allowed_tools",
        "reasoning.text",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i16>().prop_map(Into::into),
        prop::sample::select(WORDS.to_vec()).prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let member = (prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Into::into),
            prop::collection::vec(member, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_read_or_refused(mut body in odd_json(), messages in odd_json(), tools in odd_json()) {
        if let Some(body) = body.as_object_mut() {
            body.insert("messages".to_owned(), serde_json::Value::Array(vec![messages]));
            body.insert("tools".to_owned(), serde_json::Value::Array(vec![tools]));
        }
        let text = body.to_string();
        let _ = request(&text, &mut Losses::default());
    }
}
