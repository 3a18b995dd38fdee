//! Frames of ours.

use serde_json::{Map, Value, json};

use super::client_event::Steer;
use crate::error;
use crate::json::Writer;

/// An error as a frame says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The status that HTTP would have.
    pub status: u16,
    /// `error.type`
    pub kind: &'a str,
    /// `error.code`
    pub code: Option<&'a str>,
    /// For people.
    pub message: &'a str,
    /// The member at fault.
    pub param: Option<&'a str>,
}

/// An error before anything of an answer was sent.
pub fn error<'a>(
    failure: &Failure<'_>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    lane: Option<&str>,
) -> Vec<u8> {
    error_at(failure, headers, lane, None)
}

pub(super) fn error_at<'a>(
    failure: &Failure<'_>,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    lane: Option<&str>,
    sequence: Option<u64>,
) -> Vec<u8> {
    let Failure { status, kind, code, message, param } = failure;
    let error = json!({"type": kind, "code": code, "message": message, "param": param});
    written(*status, error, headers, lane, sequence)
}

/// The error that an answer over HTTP with this status and body is.
pub fn error_of_answer<'a>(
    status: u16,
    body: &[u8],
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    lane: Option<&str>,
) -> Vec<u8> {
    let said = serde_json::from_slice::<Map<String, Value>>(body).ok().and_then(|mut body| body.remove("error"));
    let error = match said {
        Some(Value::Object(mut error)) => {
            // What the SDK insists on.
            error.entry("message").or_insert_with(|| format!("status {status}").into());
            let kind = error.entry("type").or_insert(Value::Null);
            if !kind.is_string() {
                *kind = "server_error".into();
            }
            Value::Object(error)
        }
        _ => {
            let read = error::read(body).unwrap_or_default();
            let message = if read.message.is_empty() { format!("status {status}") } else { read.message };
            let kind = read.kind.unwrap_or_else(|| "server_error".to_owned());
            json!({"type": kind, "code": read.code, "message": message, "param": null})
        }
    };
    written(status, error, headers, lane, None)
}

fn written<'a>(
    status: u16,
    error: Value,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    lane: Option<&str>,
    sequence: Option<u64>,
) -> Vec<u8> {
    let headers: Map<String, Value> = headers.map(|(name, value)| (name.to_owned(), value.into())).collect();
    let mut frame = json!({"type": "error", "status": status, "error": error});
    if let Some(sequence) = sequence {
        frame["sequence_number"] = sequence.into();
    }
    if !headers.is_empty() {
        frame["headers"] = headers.into();
    }
    in_lane(&frame.to_string(), lane)
}

/// Headers of an answer over HTTP that Codex goes by: over a WebSocket it reads them in an event, as the handshake is
/// over before there is an answer. Measured with 0.169.0.
const SAID_OF_ANSWER: [&str; 4] = ["openai-model", "x-codex-turn-state", "x-models-etag", "x-reasoning-included"];

/// What an answer's headers say to the client, as an event; `None`: nothing.
pub fn metadata<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>, lane: Option<&str>) -> Option<Vec<u8>> {
    let said = headers.filter(|(name, _)| SAID_OF_ANSWER.contains(name));
    let said: Map<String, Value> = said.map(|(name, value)| (name.to_owned(), value.into())).collect();
    let frame = || json!({"type": "response.metadata", "headers": said});
    (!said.is_empty()).then(|| in_lane(&frame().to_string(), lane))
}

/// The two frames that answer a request to get ready: an answer without output that cost nothing.
pub fn warmed_up(id: &str, model: &str, created_s: u64, lane: Option<&str>) -> [Vec<u8>; 2] {
    let frame = |sequence: u64, kind: &str, status: &str, usage: Value| {
        let mut response = error::response(id, model, status, &Value::Null);
        response["created_at"] = created_s.into();
        response["usage"] = usage;
        let frame = json!({"type": kind, "sequence_number": sequence, "response": response});
        in_lane(&frame.to_string(), lane)
    };
    let nothing = json!({
        "input_tokens": 0,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 0,
    });
    [frame(0, "response.created", "in_progress", Value::Null), frame(1, "response.completed", "completed", nothing)]
}

/// Steering is not done; the input is given back, so that the client can say it in its next request.
pub fn steer_failed(steer: &Steer<'_>, message: &str) -> Vec<u8> {
    let mut out = Writer::with_capacity(steer.input.len() + 256);
    out.object(|out| {
        out.key("type").string("response.steer.failed");
        out.key("sequence_number").count(0);
        out.key("error").object(|out| {
            out.key("type").string("invalid_request_error");
            out.key("code").string("steering_not_supported");
            out.key("message").string(message);
        });
        out.key("steer").object(|out| {
            out.key("previous_response_id").raw(steer.previous);
            out.key("input").raw(steer.input);
        });
    });
    out.into_bytes()
}

/// A sign of life where no event says one. Codex counts the time since the last frame; an unknown one counts.
pub fn keepalive(lane: Option<&str>) -> Vec<u8> {
    in_lane(r#"{"type":"keepalive","sequence_number":0}"#, lane)
}

/// A JSON object with the lane's name put in.
pub(super) fn in_lane(object: &str, lane: Option<&str>) -> Vec<u8> {
    let inside = object.trim_ascii_start().strip_prefix('{');
    let (Some(lane), Some(inside)) = (lane, inside) else { return object.as_bytes().to_vec() };
    let mut out = Writer::with_capacity(object.len() + lane.len() + 16);
    out.frame(b"{");
    out.key("stream_id").string(lane);
    if inside.trim_ascii_start() != "}" {
        out.frame(b",");
    }
    out.frame(inside.as_bytes());
    out.into_bytes()
}
