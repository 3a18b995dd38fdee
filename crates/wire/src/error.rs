//! Errors on the wire: reading any provider's, writing each protocol's. Which errors are retried is not decided here.

use std::borrow::Cow;

use crate::defect::{Defect, Words};
use crate::protocol::Protocol;

mod overflow;
mod read;
mod write;

pub use overflow::lengths;
pub(crate) use overflow::overflow;
pub use read::{exception, read, retry_delay};
pub(crate) use read::{nested, read_object};
pub(crate) use write::response;
pub use write::{body, codex_refusal, event};

/// Longest message that is kept of an upstream's error.
pub const MESSAGE_MAX: usize = 2 << 10;

/// An error as a provider wrote it, or as we found it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireError {
    /// `error.type`
    pub kind: Option<String>,
    /// `error.code`; numbers as text.
    pub code: Option<String>,
    /// What it says, at most [`MESSAGE_MAX`] bytes.
    pub message: String,
    /// What we found, where the provider said nothing: then `message` says it.
    pub defect: Option<Box<Defect>>,
}

impl WireError {
    /// What is said of it: its message, and never nothing.
    pub(crate) fn words(&self) -> Cow<'_, str> {
        if self.message.is_empty() { Defect::Unexplained.to_string().into() } else { (&self.message).into() }
    }

    /// The same in `words`, where they are ours.
    pub(crate) fn said(mut self, words: Words) -> Self {
        if self.message.is_empty() {
            self.defect.get_or_insert_with(|| Box::new(Defect::Unexplained));
        }
        if let Some(defect) = &self.defect {
            self.message = words.say(defect);
        }
        self
    }
}

impl From<Defect> for WireError {
    fn from(defect: Defect) -> Self {
        Self { message: defect.to_string(), defect: Some(Box::new(defect)), ..Self::default() }
    }
}

/// What went wrong, in one form for all protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is wrong.
    InvalidRequest,
    /// The conversation is longer than the model reads.
    ContextOverflow,
    /// Not known who asks.
    Auth,
    /// Payment is missing.
    Billing,
    /// Known who asks, and it is not allowed.
    Permission,
    /// No such model or path.
    NotFound,
    /// The path exists with another method.
    MethodNotAllowed,
    /// It took too long.
    Timeout,
    /// It collides with another request.
    Conflict,
    /// The body is too long.
    TooLarge,
    /// The body is of a type nobody reads here.
    UnsupportedMedia,
    /// Too many requests for the moment.
    RateLimited,
    /// A quota is used up.
    QuotaExhausted,
    /// Too many requests of everybody.
    Overloaded,
    /// The upstream failed.
    Upstream,
    /// Nobody can serve it now.
    Unavailable,
    /// A filter refused it.
    ContentFiltered,
    /// tokgate's own fault.
    Internal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::InvalidRequest,
        Self::ContextOverflow,
        Self::Auth,
        Self::Billing,
        Self::Permission,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::Conflict,
        Self::TooLarge,
        Self::UnsupportedMedia,
        Self::RateLimited,
        Self::QuotaExhausted,
        Self::Overloaded,
        Self::Upstream,
        Self::Unavailable,
        Self::ContentFiltered,
        Self::Internal,
    ];

    /// The status that goes with it when nothing better is known. Sources: the status tables of the Anthropic and
    /// OpenAI documentation; 529 is Anthropic's own, which OpenAI clients do not know.
    pub const fn status(self, protocol: Protocol) -> u16 {
        let anthropic = matches!(protocol, Protocol::Anthropic);
        match self {
            Self::InvalidRequest | Self::ContextOverflow | Self::ContentFiltered => 400,
            Self::Auth => 401,
            Self::Billing if anthropic => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMedia => 415,
            Self::Billing | Self::RateLimited | Self::QuotaExhausted => 429,
            Self::Overloaded if anthropic => 529,
            Self::Overloaded | Self::Unavailable => 503,
            Self::Timeout => 504,
            Self::Upstream if anthropic => 500,
            Self::Upstream => 502,
            Self::Internal => 500,
        }
    }
}

/// An error answer to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What went wrong.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// A code for programs: OpenAI's `error.code`, Anthropic's `error.details.error_code`. `None`: the kind's own,
    /// where the protocol has one.
    pub code: Option<&'a str>,
    /// For people.
    pub message: &'a str,
    /// The field of the request that is wrong: OpenAI's `error.param`.
    pub param: Option<&'a str>,
    /// Our id of the request, as in `request-id`.
    pub request_id: &'a str,
}

/// Where in a stream an error event is put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventContext<'a> {
    /// The next Responses `sequence_number`.
    pub sequence: Option<u64>,
    /// The response that was begun.
    pub response_id: Option<&'a str>,
    /// The model that was answering.
    pub model: Option<&'a str>,
}

#[cfg(test)]
mod tests;
