//! The practice provider: answers inside the gateway's own process, without key, network or cost, and says so.
//! The wording belongs to the caller's catalogue; this file only chooses the language and the shape.

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;

use crate::answer::Answer;
use crate::asked::Asked;
use crate::body::SimBody;
use crate::protocol::{self, Call, Protocol};
use crate::reply::{self, Reply};
use crate::sample;
use crate::wire::{self, error::Error, lists};

/// What the practice provider says, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// English.
    pub en: String,
    /// Chinese; chosen when the last user text has Chinese, Japanese or Korean ideographs.
    pub zh: String,
    /// The title of a session, in English.
    pub title_en: String,
    /// The title of a session, in Chinese.
    pub title_zh: String,
}

/// Settings of the practice provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeOptions {
    /// Wait before the first byte of an answer.
    pub first_byte: Duration,
    /// Speed of an answer; 0 means without waits.
    pub tokens_per_second: u32,
    /// The wording.
    pub greeting: Greeting,
}

/// The practice provider.
#[derive(Debug)]
pub struct Practice {
    options: PracticeOptions,
    requests: std::sync::atomic::AtomicU64,
}

impl Practice {
    /// A practice provider with these settings.
    pub fn new(options: PracticeOptions) -> Self {
        Self { options, requests: std::sync::atomic::AtomicU64::new(1) }
    }

    /// Answers one request. The pace needs a tokio timer when the body is polled.
    pub fn answer(&self, parts: &Parts, body: Bytes) -> http::Response<SimBody> {
        let number = self.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = parts.uri.path();
        let anthropic = parts.headers.contains_key("anthropic-version");
        let estimate = || Asked::read(Protocol::Anthropic, &body).estimated_tokens();
        let reply = match protocol::call(parts.method.as_str(), path) {
            Call::Create(surface) => self.create(&Asked::at(surface, path, &body), number),
            Call::GeminiCount => Reply::json(200, &lists::gemini_count(estimate())),
            Call::BedrockCount => Reply::json(200, &lists::bedrock_count(estimate())),
            Call::GeminiModels => Reply::json(200, &lists::gemini_models()),
            Call::CountTokens => Reply::json(200, &lists::count_tokens(estimate())),
            Call::InputTokens => Reply::json(200, &lists::input_tokens(estimate())),
            Call::Compact => Reply::json(200, &lists::compaction(number, estimate())),
            Call::Models => Reply::json(200, &lists::models(anthropic)),
            Call::Model => Reply::json(200, &lists::model(anthropic, path.rsplit('/').next().unwrap_or_default())),
            Call::Hello => Reply::whole(200, "text/plain", ""),
            Call::WebSocket => upgrade_refused(),
            Call::Unknown => unknown(parts, anthropic, number),
        };
        response(reply)
    }

    fn create(&self, asked: &Asked, number: u64) -> Reply {
        let mut answer = Answer::text(self.text(asked));
        answer.usage.input = asked.estimated_tokens();
        answer.usage.output = (answer.visible().chars().count() as u64).div_ceil(4);
        answer.first_byte_ms = u64::try_from(self.options.first_byte.as_millis()).unwrap_or(u64::MAX);
        answer.gap_ms = 1000_u64.checked_div(self.options.tokens_per_second.into()).unwrap_or(0);
        // a token is about four characters; ideographs have no spaces to cut at
        answer.chunks = usize::try_from(answer.usage.output).unwrap_or(1).max(1);
        reply::good(&answer, asked, number)
    }

    fn text(&self, asked: &Asked) -> String {
        let greeting = &self.options.greeting;
        let chinese = asked.last_user_is_cjk();
        let title = if chinese { &greeting.title_zh } else { &greeting.title_en };
        let sentence = if chinese { &greeting.zh } else { &greeting.en };
        match &asked.schema {
            Some(schema) => sample::value(schema, title).to_string(),
            None => sentence.clone(),
        }
    }
}

/// 426 sends Codex to POST at once; any other refusal makes it try again for seconds.
pub(crate) fn upgrade_refused() -> Reply {
    let error = Error { kind: "invalid_request_error", code: None, message: "WebSocket is not served here; use POST." };
    Reply::json(426, &wire::error::body(Protocol::OpenaiResponses, error, 0)).header("upgrade", "HTTP/1.1")
}

fn unknown(parts: &Parts, anthropic: bool, number: u64) -> Reply {
    let protocol = if anthropic { Protocol::Anthropic } else { Protocol::OpenaiChat };
    let message = format!("the practice provider does not know {} {}", parts.method, parts.uri.path());
    let error = Error { kind: "not_found_error", code: None, message: &message };
    Reply::json(404, &wire::error::body(protocol, error, number))
}

fn response(reply: Reply) -> http::Response<SimBody> {
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in &reply.headers {
        // our own headers are all valid; one that is not is left out
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    }
    response.map(|()| SimBody::new(reply))
}

#[cfg(test)]
#[path = "practice/tests.rs"]
mod tests;
