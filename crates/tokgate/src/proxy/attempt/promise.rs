//! promise: what the head of an answer announces, and so how the answer is read.

use http::{HeaderMap, StatusCode};

use crate::proxy::classify::is_event_stream;

/// How an answer is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// As an error: it says no.
    Refusal,
    /// As the stream that was asked for.
    Stream,
    /// As the whole answer that was asked for.
    Whole,
    /// Not as an answer: it is of the kind that was not asked for.
    Unasked,
}

impl Promise {
    /// What a head with this status and these headers announces to a request that asked for a stream, or did not.
    pub fn of(status: StatusCode, headers: &HeaderMap, asked_for_stream: bool) -> Self {
        if !status.is_success() {
            return Self::Refusal;
        }
        match (asked_for_stream, is_event_stream(headers)) {
            (true, true) => Self::Stream,
            (false, false) => Self::Whole,
            (true, false) | (false, true) => Self::Unasked,
        }
    }
}
