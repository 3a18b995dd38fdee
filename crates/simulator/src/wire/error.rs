//! Error bodies and in-stream error events in each protocol's own envelope.

use serde_json::{Value, json};

use super::{Class, Frame};
use crate::protocol::Protocol;

/// An error as a provider states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Error<'a> {
    /// `error.type` in Anthropic's words; OpenAI's follow from it.
    pub(crate) kind: &'a str,
    /// OpenAI's `error.code`.
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
}

pub(crate) fn body(protocol: Protocol, error: Error<'_>, number: u64) -> Value {
    match protocol {
        Protocol::Anthropic => json!({
            "type": "error",
            "error": {"type": error.kind, "message": error.message},
            "request_id": format!("req_sim{number:08}"),
        }),
        _ => json!({"error": openai(error)}),
    }
}

fn openai(error: Error<'_>) -> Value {
    json!({"message": error.message, "type": openai_type(error.kind), "param": null, "code": error.code})
}

fn openai_type(kind: &str) -> &str {
    match kind {
        "rate_limit_error" => "requests",
        "billing_error" => "insufficient_quota",
        "api_error" | "overloaded_error" | "timeout_error" => "server_error",
        "not_found_error" | "authentication_error" => "invalid_request_error",
        other => other,
    }
}

/// The event(s) that end a stream with an error. `sequence` continues a Responses stream.
pub(crate) fn event(protocol: Protocol, error: Error<'_>, sequence: u64) -> Frame {
    let (name, data) = match protocol {
        Protocol::Anthropic => {
            let data = json!({"type": "error", "error": {"type": error.kind, "message": error.message}});
            (Some("error"), data)
        }
        Protocol::OpenaiChat => (None, json!({"error": openai(error)})),
        Protocol::OpenaiResponses => {
            let code = error.code.unwrap_or(openai_type(error.kind));
            let data = json!({"type": "error", "sequence_number": sequence,
                "code": code, "message": error.message, "param": null});
            (Some("error"), data)
        }
    };
    Frame { name, data: data.to_string(), class: Class::Terminal }
}

/// The event by which a Responses stream says that the response failed.
pub(crate) fn failed(model: &str, error: Error<'_>, number: u64, sequence: u64) -> Frame {
    let code = error.code.unwrap_or("server_error");
    let mut response = super::responses::begun_object(model, number);
    response["status"] = json!("failed");
    response["error"] = json!({"code": code, "message": error.message});
    let data = json!({"type": "response.failed", "sequence_number": sequence, "response": response});
    Frame { name: Some("response.failed"), data: data.to_string(), class: Class::Terminal }
}
