//! respond: the one door every error of ours leaves through, in the caller's own protocol, with a cause and a next step.
//!
//! What clients do with an error depends on its exact form: a status may be retried for minutes, a header may stop
//! that, Codex replaces the text of most. The forms below are the measured ones that show our text once and do not loop.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use tokgate_wire::client::Client;
use tokgate_wire::error::{self, Answer, Kind};
use tokgate_wire::protocol::Protocol;

use super::body::AnswerBody;
use crate::i18n::{Lang, Text};
use crate::store::record::RequestId;

/// Longest `retry-after` we send, seconds: Claude Code gives up at once above 60.
const RETRY_AFTER_MAX: u64 = 59;

/// The `retry-after` of what passes within a moment, seconds.
pub const RETRY_SOON: &str = "2";

/// May the client try again?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: the same request would fail again.
    Never,
    /// Yes, after this time.
    After(Duration),
    /// The status alone says it (a mistake in the request itself).
    ByStatus,
}

/// An error of ours: what, whose fault (`kind`), may it be retried, what to do next (`text`).
#[derive(Debug, Clone)]
pub struct Problem {
    /// `TG301` …
    pub code: &'static str,
    /// What kind, in canonical terms.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// For the user.
    pub text: Text,
    /// May it be retried?
    pub retry: Retry,
    /// The field of the request that is wrong: `messages[0].content`.
    pub param: Option<Box<str>>,
    /// Further headers (`allow`, `www-authenticate`, how much of a limit is left).
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A mistake in the request.
    pub fn request(code: &'static str, kind: Kind, status: u16, text: impl Into<Text>) -> Self {
        Self { code, kind, status, text: text.into(), retry: Retry::ByStatus, param: None, headers: Vec::new() }
    }

    /// Names the field of the request that is wrong; an empty name is none.
    pub fn about(mut self, field: &str) -> Self {
        self.param = (!field.is_empty()).then(|| field.into());
        self
    }

    /// Adds a header.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// How the caller wants to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// His protocol; a caller we cannot tell is answered in Anthropic's, whose envelope names a type and a message.
    pub protocol: Protocol,
    /// His program.
    pub client: Client,
    /// Whether he asked for a stream.
    pub stream: bool,
    /// The language he is answered in.
    pub lang: Lang,
}

/// The answer that carries `problem`.
pub fn answer(problem: &Problem, shape: Shape, id: RequestId) -> Response<AnswerBody> {
    if must_be_told_in_stream(problem, shape) {
        return codex_refusal(problem, shape.lang, id);
    }
    let id_text = id.to_string();
    let status = status_for(problem, shape.client);
    let message = words(problem, shape.protocol, shape.lang);
    let wire = wire_answer(problem, status, &message, &id_text);
    let mut response = Response::new(AnswerBody::fixed(error::body(shape.protocol, &wire)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match problem.retry {
        Retry::Never => {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        Retry::After(wait) => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s(wait)));
        }
        Retry::ByStatus => {}
    }
    for (name, value) in &problem.headers {
        headers.insert(name.clone(), value.clone());
    }
    stamp(headers, id, shape.protocol);
    response
}

/// The terminal event that carries `problem` inside a stream whose head has been sent.
pub fn event(problem: &Problem, protocol: Protocol, lang: Lang, id: RequestId, at: error::EventContext<'_>) -> Bytes {
    let id_text = id.to_string();
    let message = words(problem, protocol, lang);
    let wire = Answer { code: None, ..wire_answer(problem, problem.status, &message, &id_text) };
    Bytes::from(error::event(protocol, &wire, at))
}

/// What `problem` says. Codex waits as long as the last words say, and hammers without them.
fn words(problem: &Problem, protocol: Protocol, lang: Lang) -> String {
    let text = problem.text.say(lang);
    match problem.retry {
        Retry::After(wait) if protocol == Protocol::OpenaiResponses => {
            format!("{text} Please try again in {}s.", retry_after_s(wait))
        }
        Retry::After(_) | Retry::Never | Retry::ByStatus => text,
    }
}

/// Puts the request's number on an answer.
pub fn stamp(headers: &mut http::HeaderMap, id: RequestId, protocol: Protocol) {
    let Ok(value) = HeaderValue::from_bytes(&id.text()) else { return };
    let own = match protocol {
        Protocol::Anthropic => ANTHROPIC_ID,
        Protocol::OpenaiChat | Protocol::OpenaiResponses => OPENAI_ID,
    };
    headers.entry(own).or_insert_with(|| value.clone());
    headers.insert(OWN_ID, value);
}

/// Where each protocol's clients look for a request's number, and where ours always is.
const ANTHROPIC_ID: HeaderName = HeaderName::from_static("request-id");
const OPENAI_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The id of a request's record, for the client.
pub const OWN_ID: HeaderName = HeaderName::from_static("x-tokgate-request-id");

/// Codex shows our text once only as `response.failed` with this code; a plain 4xx or 5xx is retried up to 29 times.
fn must_be_told_in_stream(problem: &Problem, shape: Shape) -> bool {
    problem.retry == Retry::Never
        && problem.status != 401
        && shape.client == Client::Codex
        && shape.protocol == Protocol::OpenaiResponses
        && shape.stream
}

fn codex_refusal(problem: &Problem, lang: Lang, id: RequestId) -> Response<AnswerBody> {
    let id_text = id.to_string();
    let text = problem.text.say(lang);
    let wire = wire_answer(problem, problem.status, &text, &id_text);
    let mut response = Response::new(AnswerBody::fixed(error::codex_refusal(&wire, "")));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    stamp(headers, id, Protocol::OpenaiResponses);
    response
}

/// OpenCode and the AI SDK retry every 429 and 5xx and know no `x-should-retry`; a 403 is final for them.
fn status_for(problem: &Problem, client: Client) -> u16 {
    let retried = problem.status == 429 || problem.status >= 500;
    if problem.retry == Retry::Never && client == Client::Opencode && retried { 403 } else { problem.status }
}

fn wire_answer<'a>(problem: &'a Problem, status: u16, message: &'a str, id: &'a str) -> Answer<'a> {
    // Clients read their own code for a full context and would not know ours.
    let code = (problem.kind != Kind::ContextOverflow).then_some(problem.code);
    let param = problem.param.as_deref();
    Answer { kind: problem.kind, status, code, message, param, request_id: id }
}

fn retry_after_s(wait: Duration) -> u64 {
    (wait.as_millis().div_ceil(1_000) as u64).clamp(1, RETRY_AFTER_MAX)
}
