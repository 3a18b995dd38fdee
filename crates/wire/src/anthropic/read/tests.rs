#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conversation::{
    Arguments, Effort, Fate, Format, OpaqueKind, Part, Source, ThinkingMode, Tier, ToolChoice, ToolKind,
};

fn read(body: &str) -> (Request<'_>, Losses) {
    let mut losses = Losses::default();
    let request = request(body, &mut losses).unwrap();
    (request, losses)
}

fn refused(body: &serde_json::Value) -> String {
    request(&body.to_string(), &mut Losses::default()).unwrap_err().field.into_owned()
}

fn lost(losses: &Losses) -> Vec<(&str, Fate)> {
    losses.all().iter().map(|loss| (&*loss.field, loss.fate)).collect()
}

/// As Claude Code 2.1 sends it.
const CLAUDE_CODE: &str = r##"{
  "model": "claude-opus-5-5",
  "messages": [
    {"role": "user", "content": [{"type": "text", "text": "Hi \"you\"", "cache_control": {"type": "ephemeral"}}]},
    {"role": "system", "content": "# Environment", "output_config": {"effort": "low"}},
    {"role": "assistant", "content": [
      {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
      {"signature": "ErUB", "thinking": "", "type": "thinking"},
      {"type": "redacted_thinking", "data": "Emw"},
      {"type": "text", "text": "I look."},
      {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"path": "a", "n": 1.0}, "caller": {"type": "direct"}}
    ]},
    {"role": "user", "content": [
      {"tool_use_id": "toolu_1", "type": "tool_result", "is_error": false, "content": [
        {"type": "text", "text": "x"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        {"type": "tool_reference", "tool_name": "Grep"}
      ]}
    ]}
  ],
  "system": [
    {"type": "text", "text": "x-anthropic-billing-header: cc_version=2"},
    {"type": "text", "text": "You are", "cache_control": {"type": "ephemeral", "ttl": "1h"}}
  ],
  "tools": [
    {"name": "Read", "description": "Reads", "input_schema": {"type": "object", "properties": {"z": {}, "a": {}}}, "eager_input_streaming": true},
    {"name": "Deferred", "input_schema": {"type": "object"}, "defer_loading": true, "type": "custom"},
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
  ],
  "metadata": {"user_id": "{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"s-1\"}"},
  "max_tokens": 32000,
  "thinking": {"type": "adaptive", "display": "omitted"},
  "context_management": {"edits": []},
  "output_config": {"effort": "high"},
  "stream": true
}"##;

#[test]
fn what_claude_code_sends_is_read_in_full() {
    let (request, losses) = read(CLAUDE_CODE);
    assert_eq!(losses, Losses::default());
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::System, Role::User, Role::System, Role::Assistant, Role::User]);
    assert_eq!(request.turns[2].extra[0], Extra { name: "output_config", value: r#"{"effort": "low"}"# });
    assert!(matches!(&request.turns[0].parts[1],
        Part::Text { cache: Some(cache), .. } if *cache == r#"{"type": "ephemeral", "ttl": "1h"}"#));
    assert_eq!((request.stream, request.want_usage, request.max_output), (true, true, Some(32_000)));
    assert_eq!((request.thinking.mode, request.thinking.effort), (ThinkingMode::Adaptive, Some(Effort::High)));
    assert_eq!(request.thinking.shown, Some(false));
    assert_eq!(request.identity.cache_key, Some(Text::plain("s-1")));
    assert_eq!(request.extra, [Extra { name: "context_management", value: r#"{"edits": []}"# }]);
}

#[test]
fn blocks_become_parts_whatever_the_order_of_their_members() {
    let (request, _) = read(CLAUDE_CODE);
    let parts = &request.turns[3].parts;
    let opaque = |part: &Part<'_>| match part {
        Part::Reasoning(reasoning) => {
            let opaque = reasoning.opaque.as_ref().unwrap();
            (reasoning.text.len(), opaque.kind, opaque.data.decoded().into_owned(), reasoning.redacted)
        }
        _ => panic!("no reasoning"),
    };
    assert_eq!(opaque(&parts[0]), (1, OpaqueKind::AnthropicSignature, "EqQB".to_owned(), false));
    assert_eq!(opaque(&parts[1]), (0, OpaqueKind::AnthropicSignature, "ErUB".to_owned(), false));
    assert_eq!(opaque(&parts[2]), (0, OpaqueKind::AnthropicRedacted, "Emw".to_owned(), true));
    let Part::ToolCall(call) = &parts[4] else { panic!("no call") };
    assert!(matches!(call.arguments, Arguments::Json(r#"{"path": "a", "n": 1.0}"#)));
    let Part::ToolResult(result) = &request.turns[4].parts[0] else { panic!("no result") };
    assert_eq!((result.is_error, &result.call_id, result.parts.len()), (Some(false), &Text::plain("toolu_1"), 3));
    assert!(matches!(&result.parts[1], Part::Image(media) if matches!(media.source, Source::Base64 { .. })));
    assert!(matches!(&result.parts[2],
        Part::Other { kind: "tool_reference", readable: Some(text), .. } if *text == *"Grep"));
}

#[test]
fn tools_are_the_clients_or_anthropics_own() {
    let (request, _) = read(CLAUDE_CODE);
    let [reading, deferred, search] = request.tools.as_slice() else { panic!("three tools") };
    // Trap 47: the order of a schema's members is what caches know it by.
    let schema = r#"{"type": "object", "properties": {"z": {}, "a": {}}}"#;
    assert_eq!(reading.kind, ToolKind::Function { schema: Some(schema) });
    assert_eq!(reading.extra, [Extra { name: "eager_input_streaming", value: "true" }]);
    assert!(deferred.deferred && matches!(deferred.kind, ToolKind::Function { .. }));
    let value = r#"{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}"#;
    assert_eq!(search.kind, ToolKind::BuiltIn { kind: "web_search_20250305".into(), value });
}

#[test]
fn texts_borrow_their_escapes() {
    let (request, _) = read(CLAUDE_CODE);
    assert!(matches!(&request.turns[1].parts[0], Part::Text { text: Text::Json(r#"Hi \"you\""#), .. }));
}

#[test]
fn every_source_is_read() {
    let body = json!({"messages": [{"role": "user", "content": [
        {"type": "image", "source": {"type": "url", "url": "https://a"}},
        {"type": "image", "source": {"type": "file", "file_id": "f"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}, "title": "T", "context": "C", "citations": {"enabled": true}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "t"}},
        {"type": "document", "source": {"type": "content", "content": "flat"}},
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "a"}]}},
        {"type": "search_result", "source": "https://b", "title": "B", "content": [{"type": "text", "text": "b"}]},
    ]}]})
    .to_string();
    let (request, losses) = read(&body);
    let parts = &request.turns[0].parts;
    let source = |at: usize| match &parts[at] {
        Part::Image(media) | Part::Document(media) => &media.source,
        _ => panic!("no media"),
    };
    assert!(matches!(source(0), Source::Url(url) if *url == *"https://a"));
    assert!(matches!(source(1), Source::File(file) if *file == *"f"));
    assert!(matches!(&parts[2], Part::Document(media)
        if media.cited && media.name == Some("T".into()) && media.context == Some("C".into())));
    assert!(matches!(source(3), Source::Text(text) if *text == *"t"));
    assert!(matches!(source(4), Source::Parts(parts) if parts.len() == 1));
    assert!(matches!(source(5), Source::Parts(parts) if parts.len() == 1));
    assert!(matches!(&parts[6], Part::SearchResult { source, text, .. } if *source == *"https://b" && text.len() == 1));
    assert!(losses.is_empty());
}

#[test]
fn settings_are_read_in_every_form() {
    let read_one = |field: &str, value: serde_json::Value| {
        let body = json!({field: value, "messages": []}).to_string();
        let (request, losses) = read(&body);
        let schema = match &request.format {
            Format::Schema { schema, .. } => (*schema).to_owned(),
            _ => String::new(),
        };
        let lost = lost(&losses).iter().map(|(field, fate)| format!("{field} {}", fate.id())).collect::<Vec<_>>();
        let choice = match &request.tool_choice {
            ToolChoice::Named(name) => format!("named {name:?}"),
            other => format!("{other:?}"),
        };
        (request.thinking, request.tier, request.parallel_tools, choice, schema, lost.join(","))
    };
    assert_eq!(
        read_one("thinking", json!({"type": "enabled", "budget_tokens": 2048})).0.mode,
        ThinkingMode::Budget(2048)
    );
    assert_eq!(read_one("thinking", json!({"type": "between_tools"})).0.mode, ThinkingMode::BetweenTools);
    assert_eq!(read_one("thinking", json!({"type": "disabled"})).0.mode, ThinkingMode::Off);
    assert_eq!(read_one("thinking", json!({"type": "deep"})).5, "thinking.type approximated");
    assert_eq!(read_one("output_config", json!({"effort": "xhigh"})).0.effort, Some(Effort::ExtraHigh));
    let odd = read_one("output_config", json!({"effort": "extreme", "task_budget": {"total": 1}}));
    assert_eq!(odd.5, "output_config.effort approximated,output_config.task_budget dropped");
    let format = json!({"type": "json_schema", "schema": {"b": 1, "a": 2}});
    assert_eq!(read_one("output_config", json!({"format": format})).4, r#"{"b":1,"a":2}"#);
    assert_eq!(read_one("output_format", format).4, r#"{"b":1,"a":2}"#);
    assert_eq!(read_one("service_tier", json!("standard_only")).1, Some(Tier::Standard));
    assert_eq!(read_one("speed", json!("fast")).1, Some(Tier::Fast));
    assert_eq!(read_one("tool_choice", json!({"type": "any", "disable_parallel_tool_use": true})).2, Some(false));
    assert_eq!(read_one("tool_choice", json!({"type": "tool", "name": "x"})).3, "named \"x\"");
    assert_eq!(read_one("tool_choice", json!({"type": "none"})).3, "None");
    assert_eq!(read_one("metadata", json!({"user_id": "u", "team": 1})).5, "metadata.team dropped");
}

#[test]
fn a_request_that_counts_tokens_has_no_longest_answer() {
    let body = r#"{"model":"m","system":"s","messages":[{"role":"user","content":"hello there"}]}"#;
    let (request, _) = read(body);
    assert_eq!((request.max_output, request.turns.len()), (None, 2));
    assert!(super::super::input_estimate(&request) > 0);
}

#[test]
fn what_only_anthropic_can_do_is_refused_with_its_place() {
    let upload = json!([{"type": "text", "text": "a"}, {"type": "container_upload", "file_id": "f"}]);
    let turn = |content: serde_json::Value| json!({"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": content}]});
    assert_eq!(refused(&turn(upload)), "messages[1].content[1]");
    assert_eq!(
        refused(&turn(json!([{"type": "image", "source": {"type": "hologram"}}]))),
        "messages[1].content[0].source"
    );
    assert_eq!(refused(&turn(json!([{"text": "x"}]))), "messages[1].content[0].type");
    assert_eq!(refused(&turn(json!(7))), "messages[1].content");
    assert_eq!(refused(&turn(json!([7]))), "messages[1].content[0]");
    assert_eq!(refused(&json!({"messages": [{"role": "robot", "content": "x"}]})), "messages[0].role");
    assert_eq!(refused(&json!({"messages": "x"})), "messages");
    assert_eq!(refused(&json!({"tools": [7]})), "tools[0]");
    assert_eq!(refused(&json!({"mcp_servers": [{"url": "https://a"}]})), "mcp_servers");
    assert!(request(r#"{"messages":[],"mcp_servers":[],"tools":null,"system":null}"#, &mut Losses::default()).is_ok());
}

#[test]
fn blocks_of_anthropics_own_tools_are_kept_with_what_can_be_read_of_them() {
    let body = json!({"messages": [{"role": "assistant", "content": [
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "rust"}},
        {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"type": "web_search_result", "title": "Rust", "url": "https://r", "encrypted_content": "xxx"}]},
        {"type": "compaction", "content": "before that", "encrypted_content": "xxx"},
        {"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}},
        {"type": "hologram", "text": "new"},
    ]}]})
    .to_string();
    let (request, _) = read(&body);
    let readable = request.turns[0].parts.iter().map(|part| match part {
        Part::Other { readable, .. } => readable.as_ref().map(|text| text.decoded().into_owned()),
        _ => panic!("a place in the model"),
    });
    let readable: Vec<_> = readable.collect();
    let expected =
        [Some(r#"web_search {"query":"rust"}"#), Some("Rust\nhttps://r"), Some("before that"), None, Some("new")];
    assert_eq!(readable, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn members_without_a_place_are_noted() {
    let body = r#"{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{},"toolset_name":"c"}]}]}"#;
    assert_eq!(lost(&read(body).1), [("messages[].content[].toolset_name", Fate::Dropped)]);
}

fn any_block() -> impl Strategy<Value = serde_json::Value> {
    let kinds = prop::sample::select(vec![
        "text",
        "image",
        "document",
        "search_result",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "tool_result",
        "server_tool_use",
        "x",
    ]);
    let leaf = prop_oneof![Just(json!(null)), any::<i32>().prop_map(|n| json!(n)), ".{0,4}".prop_map(|s| json!(s))];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec(
                (prop::sample::select(vec!["type", "source", "content", "data", "text", "enabled"]), inner),
                0..4
            )
            .prop_map(|members| members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    });
    let names = prop::sample::select(vec!["text", "source", "content", "data", "citations", "input", "id", "is_error"]);
    (kinds, prop::collection::vec((names, value), 0..5)).prop_map(|(kind, members)| {
        let mut block: serde_json::Map<_, _> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        block.insert("type".to_owned(), json!(kind));
        block.into()
    })
}

proptest! {
    #[test]
    fn any_blocks_are_survived(blocks in prop::collection::vec(any_block(), 0..4), role in "(user|assistant|system)") {
        let body = json!({"system": blocks, "messages": [{"content": blocks, "role": role}], "tools": blocks}).to_string();
        let _ = request(&body, &mut Losses::default());
    }

    #[test]
    fn any_text_is_survived(text in ".*", cut in any::<prop::sample::Index>()) {
        let _ = request(&text, &mut Losses::default());
        let at = (0..=cut.index(CLAUDE_CODE.len())).rev().find(|at| CLAUDE_CODE.is_char_boundary(*at)).unwrap();
        prop_assert!(request(&CLAUDE_CODE[..at], &mut Losses::default()).is_err());
        let _ = request(&format!("{}{text}{}", &CLAUDE_CODE[..at], &CLAUDE_CODE[at..]), &mut Losses::default());
    }
}
