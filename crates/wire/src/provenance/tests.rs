#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::conversation::OpaqueKind;

const OWN: u64 = 1;

fn carried(kind: OpaqueKind, scope: u64, data: &str) -> String {
    carrier::wrap(kind, scope, None, data)
}

/// The body that a target of [`OWN`] gets, and what was lost, for bodies in which `foreign` are known to be foreign.
fn sent(protocol: Protocol, body: &str, foreign: &[&str]) -> (String, Vec<String>) {
    let mut digests: Vec<u64> = foreign.iter().map(|blob| digest::of(blob)).collect();
    digests.sort_unstable();
    let target = Provenance { scope: OWN, foreign: Foreign::Known(&digests) };
    let change = change(protocol, body, &target).unwrap();
    let losses = change.losses.all().iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (String::from_utf8(change.edits.apply(body)).unwrap(), losses)
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_body_without_foreign_blobs_keeps_every_byte() {
    let bodies = [
        (
            Protocol::Anthropic,
            r#"{ "messages":[ {"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"EqQB"}]}]}"#,
        ),
        (Protocol::OpenaiResponses, r#"{"input":[{"type":"reasoning","encrypted_content":"gAAA","summary":[]} ] }"#),
        (Protocol::OpenaiResponses, r#"{"input":"hello"}"#),
        (Protocol::OpenaiChat, r#"{"messages":[{"role":"assistant","reasoning_details":[{"signature":"EqQB"}]}]}"#),
    ];
    for (protocol, body) in bodies {
        assert_eq!(sent(protocol, body, &[]), (body.to_owned(), vec![]));
    }
}

#[test]
fn a_foreign_thinking_block_goes_and_its_neighbours_stay_as_they_are() {
    let body = r#"{"messages":[{"role":"assistant","content":[ {"type":"thinking","thinking":"a","signature":"theirs"} , {"type":"text","text":"x"},{"type":"thinking","thinking":"b","signature":"ours"}]}]}"#;
    let (sent, losses) = sent(Protocol::Anthropic, body, &["theirs"]);
    let wanted = r#"{"messages":[{"role":"assistant","content":[ {"type":"text","text":"x"},{"type":"thinking","thinking":"b","signature":"ours"}]}]}"#;
    assert_eq!(sent, wanted);
    assert_eq!(losses, ["messages[].content[].thinking dropped"]);
}

#[test]
fn trap_25_to_27_a_carrier_of_another_provider_never_leaves_and_ones_own_comes_out() {
    let redacted = carried(OpaqueKind::AnthropicRedacted, OWN, "Eo\"0");
    let signature = carried(OpaqueKind::AnthropicSignature, OWN, "EqQB");
    let theirs = carried(OpaqueKind::OpenaiEncrypted, 2, "gAAA");
    let body = json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": signature},
            {"type": "redacted_thinking", "data": redacted},
            {"type": "thinking", "thinking": "t", "signature": theirs},
            {"type": "text", "text": "x"},
        ]},
    ]});
    let (sent, _) = sent(Protocol::Anthropic, &body.to_string(), &[]);
    let wanted = json!([
        {"type": "thinking", "thinking": "t", "signature": "EqQB"},
        {"type": "redacted_thinking", "data": "Eo\"0"},
        {"type": "text", "text": "x"},
    ]);
    assert_eq!(value(&sent)["messages"][1]["content"], wanted);
}

#[test]
fn a_message_of_nothing_but_foreign_thinking_goes_as_a_whole() {
    let body = json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": "theirs"}]},
        {"role": "user", "content": "go on"},
    ]});
    let (sent, _) = sent(Protocol::Anthropic, &body.to_string(), &["theirs"]);
    let roles: Vec<_> = value(&sent)["messages"].as_array().unwrap().iter().map(|one| one["role"].clone()).collect();
    assert_eq!(roles, ["user", "user"]);
}

/// A last turn that calls a tool, with this `thinking` switch and this signature in front.
fn calls(thinking: &Value, signature: &str) -> String {
    json!({
        "thinking": thinking,
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}, {"type": "clear_tool_uses_20250919"}]},
        "messages": [
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "t", "signature": signature},
                {"type": "tool_use", "id": "t1", "name": "bash", "input": {}},
            ]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "ok"}]},
        ],
    })
    .to_string()
}

#[test]
fn manual_thinking_is_switched_off_when_the_turn_it_goes_on_with_has_lost_its_own() {
    let (off, losses) =
        sent(Protocol::Anthropic, &calls(&json!({"type": "enabled", "budget_tokens": 2048}), "theirs"), &["theirs"]);
    assert_eq!(value(&off)["thinking"], json!({"type": "disabled"}));
    assert_eq!(value(&off)["context_management"], json!({"edits": [{"type": "clear_tool_uses_20250919"}]}));
    assert_eq!(losses, ["messages[].content[].thinking dropped", "thinking approximated"]);
    for (switch, signature) in
        [(json!({"type": "adaptive"}), "theirs"), (json!({"type": "enabled", "budget_tokens": 2048}), "ours")]
    {
        let (sent, _) = sent(Protocol::Anthropic, &calls(&switch, signature), &["theirs"]);
        assert_eq!(value(&sent)["thinking"], switch);
        assert_eq!(value(&sent)["context_management"]["edits"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn foreign_items_of_responses_go_and_compactions_with_them() {
    let body = json!({"input": [
        {"type": "message", "role": "user", "content": "hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "theirs"},
        {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": carried(OpaqueKind::AnthropicSignature, 2, "EqQB")},
        {"type": "reasoning", "id": "rs_3", "summary": [], "encrypted_content": "ours"},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "compaction", "encrypted_content": "theirs"},
    ]});
    let (sent, losses) = sent(Protocol::OpenaiResponses, &body.to_string(), &["theirs"]);
    let kinds: Vec<_> = value(&sent)["input"].as_array().unwrap().iter().map(|item| item["type"].clone()).collect();
    assert_eq!(kinds, ["message", "reasoning", "function_call"]);
    assert_eq!(losses, ["input[].reasoning dropped", "input[].encrypted_content dropped"]);
}

#[test]
fn a_conversation_that_we_compacted_reaches_a_provider_in_words() {
    let content = crate::translate::compaction::wrap("we did \"x\"");
    let body = json!({"model": "m", "input": [
        {"type": "compaction", "id": "cmp_1", "encrypted_content": content}, {"role": "user", "content": "go on"},
    ]});
    let (sent, losses) = sent(Protocol::OpenaiResponses, &body.to_string(), &[]);
    let input = &value(&sent)["input"];
    assert_eq!((&input[0]["type"], &input[0]["role"]), (&json!("message"), &json!("user")));
    assert!(input[0]["content"][0]["text"].as_str().unwrap().ends_with("we did \"x\""));
    assert_eq!((input.as_array().unwrap().len(), losses.len()), (2, 0));
    assert!(!sent.contains("tg1."));
}

#[test]
fn foreign_details_of_chat_go_and_the_words_stay() {
    let theirs = carried(OpaqueKind::AnthropicSignature, 2, "EqQB");
    let body = json!({"messages": [
        {"role": "assistant", "reasoning_content": "a", "reasoning_details": [{"type": "reasoning.text", "signature": theirs}], "content": "x"},
        {"role": "assistant", "reasoning_details": [{"type": "reasoning.encrypted", "data": "theirs"}], "content": "y"},
        {"role": "assistant", "content": "z", "reasoning_details": [{"type": "reasoning.encrypted", "data": "ours"}]},
    ]});
    let (sent, losses) = sent(Protocol::OpenaiChat, &body.to_string(), &["theirs"]);
    let wanted = json!([
        {"role": "assistant", "reasoning_content": "a", "content": "x"},
        {"role": "assistant", "content": "y"},
        {"role": "assistant", "content": "z", "reasoning_details": [{"type": "reasoning.encrypted", "data": "ours"}]},
    ]);
    assert_eq!(value(&sent)["messages"], wanted);
    assert_eq!(losses, ["messages[].reasoning_details dropped"]);
}

#[test]
fn a_target_that_cannot_verify_gets_no_blob_at_all() {
    let body = calls(&json!({"type": "adaptive"}), "whose");
    let change = change(Protocol::Anthropic, &body, &Provenance { scope: OWN, foreign: Foreign::All }).unwrap();
    assert!(!String::from_utf8(change.edits.apply(&body)).unwrap().contains("whose"));
}
