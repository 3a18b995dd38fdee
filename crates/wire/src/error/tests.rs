//! Errors are read whoever wrote them and written so that every SDK reads them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::sse;

fn found(body: &str) -> (Option<String>, Option<String>, String) {
    let error = read(body.as_bytes()).unwrap_or_else(|| panic!("not read: {body}"));
    (error.kind, error.code, error.message)
}

fn parts(kind: Option<&str>, code: Option<&str>, message: &str) -> (Option<String>, Option<String>, String) {
    (kind.map(str::to_owned), code.map(str::to_owned), message.to_owned())
}

#[test]
fn every_known_envelope_is_read() {
    let cases = [
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            parts(Some("overloaded_error"), None, "Overloaded"),
        ),
        (
            r#"{"error":{"message":"no","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            parts(Some("insufficient_quota"), Some("insufficient_quota"), "no"),
        ),
        (
            r#"{"type":"error","code":"server_error","message":"m","param":null,"sequence_number":3}"#,
            parts(None, Some("server_error"), "m"),
        ),
        (
            r#"{"type":"response.failed","response":{"id":"r","error":{"code":"rate_limit_exceeded","message":"m"}}}"#,
            parts(None, Some("rate_limit_exceeded"), "m"),
        ),
        (r#"{"error":"overloaded"}"#, parts(None, None, "overloaded")),
        (r#"{"error":"Forbidden","message":"not for you","code":7}"#, parts(None, Some("7"), "not for you")),
        (r#"{"error":{"code":"1113","message":"余额不足"}}"#, parts(None, Some("1113"), "余额不足")),
        (
            r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#,
            parts(Some("RESOURCE_EXHAUSTED"), Some("429"), "m"),
        ),
        (r#"[{"error":{"code":400,"message":"m"}}]"#, parts(None, Some("400"), "m")),
        (r#"{"message":"Too many tokens"}"#, parts(None, None, "Too many tokens")),
        (r#"{"__type":"ThrottlingException","Message":"slow"}"#, parts(Some("ThrottlingException"), None, "slow")),
        (
            r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"m"}"#,
            parts(Some("UnrecognizedClientException"), None, "m"),
        ),
        (r#"{"detail":"Not Found"}"#, parts(None, None, "Not Found")),
        (
            r#"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#,
            parts(None, None, "field required"),
        ),
        (r#"{"code":"InvalidApiKey","message":"bad","request_id":"x"}"#, parts(None, Some("InvalidApiKey"), "bad")),
        (r#"{"code":1302,"msg":"busy","success":false}"#, parts(None, Some("1302"), "busy")),
        (r#"{"base_resp":{"status_code":1004,"status_msg":"login fail"}}"#, parts(None, Some("1004"), "login fail")),
        (r#"{"error":{}}"#, parts(None, None, "")),
        (r#"{"error":true,"message":"m"}"#, parts(None, None, "m")),
    ];
    for (body, expected) in cases {
        assert_eq!(found(body), expected, "{body}");
    }
}

#[test]
fn what_is_no_error_is_not_read_as_one() {
    for body in [
        "",
        "<html>502</html>",
        "null",
        "[]",
        "7",
        "{}",
        r#"{"error":null}"#,
        r#"{"error":false}"#,
        r#"{"error":""}"#,
        r#"{"id":"chatcmpl-1","choices":[]}"#,
        r#"{"response":{"error":null}}"#,
        r#"{"base_resp":{"status_code":0,"status_msg":"ok"}}"#,
        r#"{"type":"ping"}"#,
    ] {
        assert_eq!(read(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_long_message_is_cut_at_a_whole_character() {
    let body = json!({"error": {"message": "世".repeat(2000)}}).to_string();
    let message = read(body.as_bytes()).unwrap().message;
    assert!(message.len() <= MESSAGE_MAX && message.len() > MESSAGE_MAX - 3);
    assert!(message.chars().all(|c| c == '世'));
}

fn answer(kind: Kind, protocol: Protocol) -> Answer<'static> {
    Answer {
        kind,
        status: kind.status(protocol),
        code: None,
        message: "it\nfailed \"here\"",
        param: None,
        request_id: "req_1",
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn anthropic_bodies_carry_type_message_and_request_id() {
    let body = json(&body(Protocol::Anthropic, &answer(Kind::Overloaded, Protocol::Anthropic)));
    let error = json!({"type": "overloaded_error", "message": "it\nfailed \"here\""});
    assert_eq!(body, json!({"type": "error", "error": error, "request_id": "req_1"}));
    let coded = Answer { code: Some("TG301"), ..answer(Kind::NotFound, Protocol::Anthropic) };
    assert_eq!(json(&super::body(Protocol::Anthropic, &coded))["error"]["details"]["error_code"], "TG301");
}

#[test]
fn openai_bodies_carry_message_type_param_and_code() {
    let body = json(&body(Protocol::OpenaiChat, &answer(Kind::ContextOverflow, Protocol::OpenaiChat)));
    let error = json!({
        "message": "it\nfailed \"here\"", "type": "invalid_request_error", "param": null, "code": "context_length_exceeded",
    });
    assert_eq!(body, json!({"error": error}));
}

#[test]
fn statuses_and_types_are_those_of_the_two_companies() {
    let table = [
        (Kind::InvalidRequest, 400, "invalid_request_error", 400, "invalid_request_error"),
        (Kind::ContextOverflow, 400, "invalid_request_error", 400, "invalid_request_error"),
        (Kind::Auth, 401, "authentication_error", 401, "invalid_request_error"),
        (Kind::Billing, 402, "billing_error", 429, "insufficient_quota"),
        (Kind::Permission, 403, "permission_error", 403, "permission_error"),
        (Kind::NotFound, 404, "not_found_error", 404, "invalid_request_error"),
        (Kind::MethodNotAllowed, 405, "invalid_request_error", 405, "invalid_request_error"),
        (Kind::Timeout, 504, "timeout_error", 504, "server_error"),
        (Kind::Conflict, 409, "conflict_error", 409, "invalid_request_error"),
        (Kind::TooLarge, 413, "invalid_request_error", 413, "invalid_request_error"),
        (Kind::UnsupportedMedia, 415, "invalid_request_error", 415, "invalid_request_error"),
        (Kind::RateLimited, 429, "rate_limit_error", 429, "rate_limit_error"),
        (Kind::QuotaExhausted, 429, "rate_limit_error", 429, "insufficient_quota"),
        (Kind::Overloaded, 529, "overloaded_error", 503, "server_error"),
        (Kind::Upstream, 500, "api_error", 502, "server_error"),
        (Kind::Unavailable, 503, "api_error", 503, "server_error"),
        (Kind::ContentFiltered, 400, "invalid_request_error", 400, "invalid_request_error"),
        (Kind::Internal, 500, "api_error", 500, "server_error"),
    ];
    assert_eq!(table.map(|row| row.0), Kind::ALL);
    for (kind, anthropic_status, anthropic_type, openai_status, openai_type) in table {
        let kind_in = |protocol| json(&body(protocol, &answer(kind, protocol)))["error"]["type"].clone();
        assert_eq!(kind.status(Protocol::Anthropic), anthropic_status, "{kind:?}");
        assert_eq!(kind_in(Protocol::Anthropic), anthropic_type, "{kind:?}");
        for protocol in [Protocol::OpenaiChat, Protocol::OpenaiResponses] {
            assert_eq!(kind.status(protocol), openai_status, "{kind:?}");
            assert_eq!(kind_in(protocol), openai_type, "{kind:?}");
        }
    }
}

#[test]
fn an_error_ends_an_anthropic_stream_as_an_error_event() {
    let bytes = event(Protocol::Anthropic, &answer(Kind::RateLimited, Protocol::Anthropic), EventContext::default());
    let events: Vec<_> = sse::events(&bytes).collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].name, Some("error"));
    assert_eq!(json(&events[0].data)["error"]["type"], "overloaded_error");
}

#[test]
fn an_error_ends_a_chat_stream_without_done() {
    let bytes = event(Protocol::OpenaiChat, &answer(Kind::Upstream, Protocol::OpenaiChat), EventContext::default());
    let events: Vec<_> = sse::events(&bytes).collect();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].name, None);
    assert!(json(&events[0].data)["error"].is_object());
    assert!(!bytes.windows(6).any(|window| window == b"[DONE]"));
}

#[test]
fn an_error_ends_a_responses_stream_as_the_response_that_had_begun() {
    let at = EventContext { sequence: Some(12), response_id: Some("resp_7"), model: Some("gpt-5.5") };
    let bytes = event(Protocol::OpenaiResponses, &answer(Kind::Upstream, Protocol::OpenaiResponses), at);
    let event = sse::events(&bytes).next().unwrap();
    let data = json(&event.data);
    assert_eq!(event.name, Some("response.failed"));
    assert_eq!(data["type"], "response.failed");
    assert_eq!(data["sequence_number"], 12);
    let response = &data["response"];
    for (field, value) in [
        ("id", json!("resp_7")),
        ("object", json!("response")),
        ("created_at", json!(0)),
        ("status", json!("failed")),
        ("model", json!("gpt-5.5")),
        ("output", json!([])),
        ("parallel_tool_calls", json!(true)),
        ("tool_choice", json!("auto")),
        ("tools", json!([])),
        ("error", json!({"code": "server_error", "message": "it\nfailed \"here\""})),
    ] {
        assert_eq!(response[field], value, "{field}");
    }
}

#[test]
fn codex_gets_only_codes_it_knows_inside_a_stream() {
    let code = |code| {
        let a = Answer { code, ..answer(Kind::InvalidRequest, Protocol::OpenaiResponses) };
        let bytes = event(Protocol::OpenaiResponses, &a, EventContext::default());
        json(&sse::events(&bytes).next().unwrap().data)["response"]["error"]["code"].clone()
    };
    assert_eq!(code(None), "invalid_prompt");
    assert_eq!(code(Some("TG301")), "invalid_prompt");
    assert_eq!(code(Some("server_is_overloaded")), "server_is_overloaded");
}

#[test]
fn codex_is_refused_with_a_whole_stream_and_the_one_code_it_does_not_repeat() {
    let bytes = codex_refusal(&answer(Kind::Unavailable, Protocol::OpenaiResponses), "gpt-5.5");
    let events: Vec<_> = sse::events(&bytes).map(|event| (event.name.unwrap().to_owned(), json(&event.data))).collect();
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["response.created", "response.failed"]);
    assert_eq!((&events[0].1["sequence_number"], &events[1].1["sequence_number"]), (&json!(0), &json!(1)));
    assert_eq!(events[0].1["response"]["id"], events[1].1["response"]["id"]);
    assert_eq!(events[1].1["response"]["error"]["code"], "invalid_prompt");
}

proptest! {
    #[test]
    fn reading_never_panics_and_never_keeps_more_than_the_limit(body in any::<Vec<u8>>(), text in any::<String>()) {
        let _ = read(&body);
        let body = json!({"error": {"message": text.repeat(50), "type": text, "code": text}}).to_string();
        if let Some(error) = read(body.as_bytes()) {
            prop_assert!(error.message.len() <= MESSAGE_MAX);
        }
    }

    #[test]
    fn what_is_written_reads_back_and_no_message_forges_an_event(message in "[ -~\n\r\u{2028}世]{0,60}", kind in prop::sample::select(&Kind::ALL[..])) {
        let a = Answer { kind, status: 500, code: None, message: &message, param: None, request_id: "req_1" };
        for protocol in Protocol::ALL {
            let full = kind == Kind::ContextOverflow && protocol == Protocol::Anthropic;
            let message = if full { overflow(&message).into_owned() } else { message.clone() };
            let error = read(&body(protocol, &a)).unwrap();
            prop_assert_eq!(&error.message, &message);
            let bytes = event(protocol, &a, EventContext::default());
            let events: Vec<_> = sse::events(&bytes).collect();
            prop_assert_eq!(events.len(), 1);
            prop_assert_eq!(read(&events[0].data).unwrap().message, message.clone());
        }
    }
}

/// What a client must be able to read in the error, whole and as the last event of a stream.
fn said(protocol: Protocol, kind: Kind, streamed: bool) -> Value {
    let message = "at most 128000 tokens, these are 130512; please try again in 7s";
    let answer = Answer { kind, status: kind.status(protocol), code: None, message, param: None, request_id: "r" };
    let bytes = match streamed {
        false => body(protocol, &answer),
        true => event(protocol, &answer, EventContext::default()),
    };
    let text = String::from_utf8(bytes).unwrap();
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(&text);
    let value: Value = serde_json::from_str(data).unwrap();
    let at = if value["response"].is_object() { &value["response"] } else { &value };
    let error = at["error"].clone();
    assert!(error["message"].as_str().unwrap().contains("try again in 7s"), "{protocol:?} {kind:?}: the words stay");
    error
}

#[test]
fn every_kind_is_said_to_anthropics_clients_in_the_words_that_they_read() {
    for streamed in [false, true] {
        for (kind, typed) in [
            (Kind::InvalidRequest, "invalid_request_error"),
            (Kind::ContextOverflow, "invalid_request_error"),
            (Kind::Auth, "authentication_error"),
            (Kind::Billing, "billing_error"),
            (Kind::Permission, "permission_error"),
            (Kind::NotFound, "not_found_error"),
            (Kind::Timeout, "timeout_error"),
            // Inside a stream the former is fatal to Claude Code.
            (Kind::RateLimited, if streamed { "overloaded_error" } else { "rate_limit_error" }),
            (Kind::Overloaded, "overloaded_error"),
            (Kind::Unavailable, "api_error"),
            (Kind::Internal, "api_error"),
        ] {
            assert_eq!(said(Protocol::Anthropic, kind, streamed)["type"], typed, "{kind:?} {streamed}");
        }
        let full = said(Protocol::Anthropic, Kind::ContextOverflow, streamed);
        assert!(full["message"].as_str().unwrap().starts_with("prompt is too long: 130512 tokens > 128000 maximum"));
    }
}

#[test]
fn every_kind_is_said_to_openais_clients_with_the_code_that_they_read() {
    for streamed in [false, true] {
        for protocol in [Protocol::OpenaiChat, Protocol::OpenaiResponses] {
            for (kind, code) in [
                (Kind::ContextOverflow, "context_length_exceeded"),
                (Kind::QuotaExhausted, "insufficient_quota"),
                (Kind::Billing, "insufficient_quota"),
                (Kind::RateLimited, "rate_limit_exceeded"),
                (Kind::Overloaded, "server_error"),
            ] {
                assert_eq!(said(protocol, kind, streamed)["code"], code, "{protocol:?} {kind:?} {streamed}");
            }
        }
    }
}

#[test]
fn googles_errors_say_their_reason_and_how_long_to_wait() {
    let body = br#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[
        {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#;
    let error = read(body).unwrap();
    assert_eq!((error.kind.as_deref(), error.code.as_deref()), (Some("INVALID_ARGUMENT"), Some("API_KEY_INVALID")));
    assert_eq!(retry_delay(body), None);
    let limited = |delay: &str| {
        format!(
            r#"{{"error":{{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[
            {{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]}},
            {{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":{delay}}}]}}}}"#
        )
    };
    let error = read(limited("\"1s\"").as_bytes()).unwrap();
    assert_eq!((error.kind.as_deref(), error.code.as_deref()), (Some("RESOURCE_EXHAUSTED"), Some("429")));
    for (delay, wait) in
        [("\"34s\"", Some(34_000)), ("\"0.5s\"", Some(500)), ("\"-1s\"", None), ("\"1e99s\"", None), ("7", None)]
    {
        assert_eq!(retry_delay(limited(delay).as_bytes()).map(|wait| wait.as_millis()), wait, "{delay}");
        assert_eq!(retry_delay(format!("[{}]", limited(delay)).as_bytes()).map(|wait| wait.as_millis()), wait);
    }
    for body in ["", "null", "[]", "{\"error\":1}", "{\"error\":{\"details\":{}}}"] {
        assert_eq!(retry_delay(body.as_bytes()), None);
    }
}

#[test]
fn aws_errors_are_called_by_their_plain_names() {
    let body = br#"{"__type":"com.amazon.coral.service#ThrottlingException","Message":"Too many"}"#;
    let error = read(body).unwrap();
    assert_eq!((error.kind.as_deref(), &*error.message), (Some("ThrottlingException"), "Too many"));
    let header = "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    assert_eq!(exception(header), "ValidationException");
}
