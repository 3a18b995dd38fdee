//! Writing errors in the shapes the SDKs and command lines accept, as bodies and as the last event of a stream.

use serde_json::{Value, json};

use super::{Answer, EventContext, Kind, overflow};
use crate::protocol::Protocol;

/// The body of an error answer.
pub fn body(protocol: Protocol, a: &Answer<'_>) -> Vec<u8> {
    match protocol {
        Protocol::Anthropic => anthropic(a, anthropic_type(a.kind)),
        Protocol::OpenaiChat | Protocol::OpenaiResponses => openai(a),
    }
    .to_string()
    .into_bytes()
}

/// The event that ends a stream with an error; never a clean end, so no `message_stop`, no `[DONE]`.
///
/// For Codex the message of a rate limit must contain "try again in Ns": it reads the delay from the text.
pub fn event(protocol: Protocol, a: &Answer<'_>, at: EventContext<'_>) -> Vec<u8> {
    match protocol {
        Protocol::Anthropic => frame(Some("error"), &anthropic(a, anthropic_event_type(a.kind))),
        Protocol::OpenaiChat => frame(None, &openai(a)),
        Protocol::OpenaiResponses => {
            let known = a.code.filter(|code| CODEX_CODES.contains(code));
            let code = known.unwrap_or(responses_code(a.kind));
            failed(a, code, at.sequence.unwrap_or(0), at.response_id, at.model.unwrap_or(""))
        }
    }
}

/// A refusal that Codex shows at once and does not repeat: a whole stream, to be sent with status 200. Measured: only
/// `response.failed` with the code `invalid_prompt` shows our text after one try; every 4xx and 5xx but 400 is repeated.
pub fn codex_refusal(a: &Answer<'_>, model: &str) -> Vec<u8> {
    let created = json!({
        "type": "response.created",
        "sequence_number": 0,
        "response": response(&response_id(a), model, "in_progress", &Value::Null),
    });
    let mut stream = frame(Some("response.created"), &created);
    // Codex compacts its history when it reads this one code.
    let code = if a.kind == Kind::ContextOverflow { "context_length_exceeded" } else { "invalid_prompt" };
    stream.extend(failed(a, code, 1, None, model));
    stream
}

fn anthropic(a: &Answer<'_>, kind: &str) -> Value {
    let message = if a.kind == Kind::ContextOverflow { overflow(a.message) } else { a.message.into() };
    let mut error = json!({"type": kind, "message": message});
    if let (Some(code), Some(error)) = (a.code, error.as_object_mut()) {
        error.insert("details".to_owned(), json!({"error_code": code}));
    }
    json!({"type": "error", "error": error, "request_id": a.request_id})
}

fn openai(a: &Answer<'_>) -> Value {
    let (kind, code) = openai_type(a.kind);
    json!({"error": {"message": a.message, "type": kind, "param": a.param, "code": a.code.or(code)}})
}

fn failed(a: &Answer<'_>, code: &str, sequence: u64, id: Option<&str>, model: &str) -> Vec<u8> {
    let error = json!({"code": code, "message": a.message});
    let id = id.map_or_else(|| response_id(a), str::to_owned);
    let event = json!({
        "type": "response.failed",
        "sequence_number": sequence,
        "response": response(&id, model, "failed", &error),
    });
    frame(Some("response.failed"), &event)
}

/// The fields without which the OpenAI SDKs do not build a response. `created_at` is 0: this crate has no clock, and no
/// client reads it.
pub(crate) fn response(id: &str, model: &str, status: &str, error: &Value) -> Value {
    json!({
        "id": id,
        "object": "response",
        "created_at": 0,
        "status": status,
        "error": error,
        "incomplete_details": null,
        "model": model,
        "output": [],
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": null,
    })
}

fn response_id(a: &Answer<'_>) -> String {
    format!("resp_{}", a.request_id)
}

/// One event. JSON on one line never contains a line end, so text cannot forge an event.
fn frame(name: Option<&str>, data: &Value) -> Vec<u8> {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
    .into_bytes()
}

/// Source: Anthropic API documentation, "Errors".
const fn anthropic_type(kind: Kind) -> &'static str {
    match kind {
        Kind::InvalidRequest
        | Kind::ContextOverflow
        | Kind::TooLarge
        | Kind::MethodNotAllowed
        | Kind::UnsupportedMedia
        | Kind::ContentFiltered => "invalid_request_error",
        Kind::Auth => "authentication_error",
        Kind::Billing => "billing_error",
        Kind::Permission => "permission_error",
        Kind::NotFound => "not_found_error",
        Kind::Timeout => "timeout_error",
        Kind::Conflict => "conflict_error",
        Kind::RateLimited | Kind::QuotaExhausted => "rate_limit_error",
        Kind::Overloaded => "overloaded_error",
        Kind::Upstream | Kind::Unavailable | Kind::Internal => "api_error",
    }
}

/// Inside a stream a `rate_limit_error` is fatal to Claude Code, while after an `overloaded_error` it goes on.
const fn anthropic_event_type(kind: Kind) -> &'static str {
    match kind {
        Kind::RateLimited => "overloaded_error",
        other => anthropic_type(other),
    }
}

/// `type` and `code`. Source: OpenAI API documentation, "Error codes".
const fn openai_type(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::InvalidRequest | Kind::Conflict | Kind::UnsupportedMedia | Kind::TooLarge => {
            ("invalid_request_error", None)
        }
        Kind::MethodNotAllowed => ("invalid_request_error", Some("method_not_allowed")),
        Kind::ContextOverflow => ("invalid_request_error", Some("context_length_exceeded")),
        Kind::ContentFiltered => ("invalid_request_error", Some("content_filter")),
        Kind::Auth => ("invalid_request_error", Some("invalid_api_key")),
        Kind::Permission => ("permission_error", None),
        Kind::NotFound => ("invalid_request_error", Some("model_not_found")),
        Kind::Billing | Kind::QuotaExhausted => ("insufficient_quota", Some("insufficient_quota")),
        Kind::RateLimited => ("rate_limit_error", Some("rate_limit_exceeded")),
        Kind::Timeout => ("server_error", Some("timeout")),
        Kind::Overloaded | Kind::Upstream | Kind::Unavailable | Kind::Internal => {
            ("server_error", Some("server_error"))
        }
    }
}

/// The codes of `response.failed` that Codex acts on. Others, ours too, would make it repeat what cannot succeed.
const CODEX_CODES: &[&str] = &[
    "context_length_exceeded",
    "insufficient_quota",
    "invalid_prompt",
    "rate_limit_exceeded",
    "server_is_overloaded",
    "usage_not_included",
];

/// `response.error.code`. Codex repeats on codes it does not know, and `server_error` is one it repeats; the codes for
/// which it stops are only given where repeating cannot help.
const fn responses_code(kind: Kind) -> &'static str {
    match kind {
        Kind::ContextOverflow => "context_length_exceeded",
        Kind::Billing | Kind::QuotaExhausted => "insufficient_quota",
        Kind::RateLimited => "rate_limit_exceeded",
        Kind::InvalidRequest
        | Kind::Auth
        | Kind::Permission
        | Kind::NotFound
        | Kind::MethodNotAllowed
        | Kind::TooLarge
        | Kind::UnsupportedMedia
        | Kind::ContentFiltered => "invalid_prompt",
        Kind::Timeout | Kind::Conflict | Kind::Overloaded | Kind::Upstream | Kind::Unavailable | Kind::Internal => {
            "server_error"
        }
    }
}
