//! Error bodies and in-stream error events in each protocol's own envelope.

use serde_json::{Value, json};

use super::{Class, Form, Frame, bedrock};
use crate::protocol::{Protocol, Service, Surface};

/// An error as a provider states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Error<'a> {
    /// `error.type` in Anthropic's words; OpenAI's follow from it.
    pub(crate) kind: &'a str,
    /// OpenAI's `error.code`.
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
}

pub(crate) fn body(surface: impl Into<Surface>, error: Error<'_>, number: u64) -> Value {
    let surface = surface.into();
    match (surface.protocol, surface.service) {
        (_, Service::Bedrock) => json!({"message": error.message}),
        (Protocol::Anthropic, _) => json!({
            "type": "error",
            "error": {"type": error.kind, "message": error.message},
            "request_id": format!("req_sim{number:08}"),
        }),
        (Protocol::Gemini, _) => google(error),
        (_, Service::Azure) => azure(error),
        _ => json!({"error": openai(error)}),
    }
}

/// Azure's own gateway stands before the models, and speaks of most errors in its own way.
fn azure(error: Error<'_>) -> Value {
    let code = match error.kind {
        "authentication_error" => "401",
        "permission_error" => "403",
        "rate_limit_error" => "429",
        "not_found_error" => "DeploymentNotFound",
        _ => return json!({"error": openai(error)}),
    };
    json!({"error": {"code": code, "message": error.message}})
}

fn google(error: Error<'_>) -> Value {
    let (code, status) = google_status(error.kind);
    json!({"error": {"code": code, "message": error.message, "status": status}})
}

/// Google's status for an error in Anthropic's words. Source: "Error Model" of Google's API design guide.
pub(crate) fn google_status(kind: &str) -> (u16, &'static str) {
    match kind {
        "authentication_error" => (401, "UNAUTHENTICATED"),
        "permission_error" => (403, "PERMISSION_DENIED"),
        "not_found_error" => (404, "NOT_FOUND"),
        "rate_limit_error" | "billing_error" => (429, "RESOURCE_EXHAUSTED"),
        "api_error" => (500, "INTERNAL"),
        "overloaded_error" => (503, "UNAVAILABLE"),
        "timeout_error" => (504, "DEADLINE_EXCEEDED"),
        _ => (400, "INVALID_ARGUMENT"),
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
pub(crate) fn event(surface: Surface, error: Error<'_>, sequence: u64) -> Frame {
    if surface.is_binary() {
        let name = bedrock::stream_exception(error.kind);
        let data = json!({"message": error.message});
        return Frame { form: Form::Exception, ..Frame::new(Some(name), data.to_string(), Class::Terminal) };
    }
    let (name, data) = match surface.protocol {
        Protocol::Anthropic => {
            let data = json!({"type": "error", "error": {"type": error.kind, "message": error.message}});
            (Some("error"), data)
        }
        Protocol::OpenaiResponses => {
            let code = error.code.unwrap_or(openai_type(error.kind));
            let data = json!({"type": "error", "sequence_number": sequence,
                "code": code, "message": error.message, "param": null});
            (Some("error"), data)
        }
        Protocol::Gemini => (None, google(error)),
        Protocol::OpenaiChat | Protocol::BedrockConverse => (None, json!({"error": openai(error)})),
    };
    Frame::new(name, data.to_string(), Class::Terminal)
}

/// The event by which a Responses stream says that the response failed.
pub(crate) fn failed(model: &str, error: Error<'_>, number: u64, sequence: u64) -> Frame {
    let code = error.code.unwrap_or("server_error");
    let mut response = super::responses::begun_object(model, number);
    response["status"] = json!("failed");
    response["error"] = json!({"code": code, "message": error.message});
    let data = json!({"type": "response.failed", "sequence_number": sequence, "response": response});
    Frame::new(Some("response.failed"), data.to_string(), Class::Terminal)
}
