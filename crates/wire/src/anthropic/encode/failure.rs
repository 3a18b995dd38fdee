//! An answer that is not complete, as the client is told.

use std::borrow::Cow;

use crate::conversation::End;
use crate::defect::{Defect, Words};
use crate::error::{WireError, overflow};
use crate::json::Writer;

/// Type and message of an error.
pub(super) struct Failure<'e> {
    kind: &'static str,
    message: Cow<'e, str>,
}

/// Words for an upstream that has too much to do. After `rate_limit_error` in a stream Claude Code gives up, after
/// `overloaded_error` it goes on.
const BUSY: [&str; 5] = ["overloaded", "rate_limit", "rate limit", "too_many_requests", "server_is_overloaded"];

/// Words for a conversation that is too long; with this type and message Claude Code makes it shorter by itself.
const TOO_LONG: [&str; 4] =
    ["context_length_exceeded", "prompt is too long", "maximum context length", "context window"];

impl<'e> Failure<'e> {
    /// Of an end that is not complete.
    pub(super) fn of(end: &'e End) -> Self {
        match end {
            End::Failed(error) => Self::of_error(error),
            End::Cut | End::Complete(_) => Self { kind: "api_error", message: Defect::Cut.to_string().into() },
        }
    }

    /// More had to wait than is kept.
    pub(super) fn out_of_order(words: Words) -> Self {
        Self { kind: "api_error", message: words.say(&Defect::OutOfOrder).into() }
    }

    fn of_error(error: &'e WireError) -> Self {
        let said = error.words();
        let words = [error.kind.as_deref().unwrap_or_default(), error.code.as_deref().unwrap_or_default()];
        let says = |mark: &&str| words.iter().any(|word| word.contains(mark)) || said.contains(mark);
        let named = |mark: &str| words.iter().any(|word| word.contains(mark));
        if TOO_LONG.iter().any(says) {
            return Self { kind: "invalid_request_error", message: overflow(&said).into_owned().into() };
        }
        // Whose key is wrong is no client's business: a program would ask its user to log in again.
        let kind = match () {
            () if BUSY.iter().any(|mark| named(mark)) => "overloaded_error",
            () if named("timeout") => "timeout_error",
            () if named("invalid_request") || named("invalid_prompt") => "invalid_request_error",
            () => "api_error",
        };
        Self { kind, message: said }
    }

    /// Writes the error object.
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("type").string("error");
            writer.key("error").object(|writer| {
                writer.key("type").string(self.kind);
                writer.key("message").string(&self.message);
            });
        });
    }
}
