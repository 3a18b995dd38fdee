//! A 200 is an answer, an error or neither.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn complete(protocol: Protocol, body: &Value) -> ReplyFacts {
    match read(protocol, body.to_string().as_bytes()) {
        Reply::Complete(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn malformed(reply: Reply) -> String {
    match reply {
        Reply::Malformed(defect) => defect.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn answers_of_all_protocols_are_read() {
    let anthropic = complete(
        Protocol::Anthropic,
        &json!({"type": "message", "model": "claude-opus-5-5", "content": [], "stop_reason": "end_turn",
            "usage": {"input_tokens": 3, "output_tokens": 4}}),
    );
    assert_eq!(anthropic.model.as_deref(), Some("claude-opus-5-5"));
    assert_eq!(anthropic.stop.as_deref(), Some("end_turn"));
    assert_eq!((anthropic.usage.input_uncached, anthropic.usage.output_total), (Some(3), Some(4)));

    let chat = complete(
        Protocol::OpenaiChat,
        &json!({"model": "kimi-k3", "choices": [{"finish_reason": "tool_calls"}], "usage": {"prompt_tokens": 3}}),
    );
    assert_eq!((chat.model.as_deref(), chat.stop.as_deref()), (Some("kimi-k3"), Some("tool_calls")));
    assert_eq!(chat.usage.input_uncached, Some(3));

    let responses = complete(
        Protocol::OpenaiResponses,
        &json!({"model": "gpt-5.5", "status": "incomplete", "error": null, "output": [],
            "incomplete_details": {"reason": "max_output_tokens"}, "usage": null}),
    );
    assert_eq!(responses.stop.as_deref(), Some("max_output_tokens"));
    assert!(responses.usage.is_empty());
}

#[test]
fn what_a_provider_keeps_of_an_answer_is_read_where_its_protocol_says_it() {
    let container = json!({"id": "container_1", "expires_at": "2026-11-28T18:00:00Z"});
    let body = json!({"id": "answer_1", "content": [], "output": [], "choices": [{}], "container": container});
    let kept = |protocol| complete(protocol, &body).kept;
    assert_eq!(kept(Protocol::Anthropic).as_deref(), Some("container_1"));
    assert_eq!(kept(Protocol::OpenaiResponses).as_deref(), Some("answer_1"));
    assert_eq!(kept(Protocol::OpenaiChat), None);
}

#[test]
fn a_whole_answer_that_ends_with_a_word_of_failure_is_an_error() {
    let body = json!({"choices": [{"message": {"content": "half"}, "finish_reason": "error"}], "usage": {}});
    let Reply::Error(error) = read(Protocol::OpenaiChat, body.to_string().as_bytes()) else { panic!() };
    assert_eq!(error.code.as_deref(), Some("error"));
}

#[test]
fn an_error_with_status_200_is_an_error() {
    for protocol in Protocol::ALL {
        for body in [
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            r#"{"error":{"message":"m","code":"x"}}"#,
            r#"{"code":500,"msg":"m"}"#,
            r#"{"base_resp":{"status_code":1008,"status_msg":"m"}}"#,
            r#"[{"error":{"message":"m"}}]"#,
            r#"{"status":"failed","output":[],"content":[],"choices":[{}],"error":{"code":"server_error","message":"m"}}"#,
        ] {
            match read(protocol, body.as_bytes()) {
                Reply::Error(error) => assert_eq!(error.message, "m"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}

#[test]
fn what_is_no_answer_is_described() {
    for protocol in Protocol::ALL {
        assert_eq!(malformed(read(protocol, b" ")), "the body is empty");
        assert!(malformed(read(protocol, b"<html>login</html>")).contains("web page"));
        assert!(malformed(read(protocol, b"data: {}\n\n")).contains("event stream"));
        assert!(malformed(read(protocol, b"{\"ok\":true}")).contains("another form"));
        assert!(malformed(read(protocol, b"hello\x1b[31m")).ends_with("no JSON: hello [31m"));
    }
}

#[test]
fn the_answer_of_another_protocol_is_no_answer() {
    let chat = json!({"choices": [{"message": {}}]}).to_string();
    malformed(read(Protocol::Anthropic, chat.as_bytes()));
    malformed(read(Protocol::OpenaiResponses, chat.as_bytes()));
    malformed(read(Protocol::OpenaiChat, b"{\"choices\":[]}"));
}

#[test]
fn counts_and_compactions_are_read() {
    let is_complete = |op, body: &[u8]| matches!(read_unary(op, body), Reply::Complete(_));
    assert!(is_complete(Unary::CountTokens, b"{\"input_tokens\":12}"));
    assert!(is_complete(Unary::InputTokens, b"{\"object\":\"response.input_tokens\",\"input_tokens\":12}"));
    assert!(is_complete(Unary::Compact, b"{\"object\":\"response.compaction\",\"output\":[]}"));
    assert!(!is_complete(Unary::CountTokens, b"{\"input_tokens\":null}"));
    assert!(matches!(read_unary(Unary::CountTokens, b"{\"error\":\"no\"}"), Reply::Error(_)));
}

proptest! {
    #[test]
    fn arbitrary_bodies_never_panic(body in any::<Vec<u8>>()) {
        for protocol in Protocol::ALL {
            let _ = read(protocol, &body);
        }
    }
}
