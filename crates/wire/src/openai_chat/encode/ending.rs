//! How an answer ends in this protocol: its reason, its tokens, its error.

use crate::conversation::{End, Finish};
use crate::defect::Defect;
use crate::error::{self, Answer, Kind, WireError};
use crate::json::Writer;
use crate::protocol::Protocol;
use crate::usage::Usage;

/// `finish_reason`. Whoever called a tool waits for it, unless the answer was cut off.
pub(super) const fn finish_reason(finish: &Finish, called: bool) -> &'static str {
    match finish {
        Finish::MaxOutput | Finish::ContextFull => "length",
        Finish::Refusal => "content_filter",
        Finish::ToolUse => "tool_calls",
        Finish::Done | Finish::StopText(_) | Finish::Pause | Finish::Compaction | Finish::Other(_) => {
            if called {
                "tool_calls"
            } else {
                "stop"
            }
        }
    }
}

/// `usage`: numbers only, never null, and the details that clients insist on.
pub(super) fn usage(usage: &Usage, body: &mut Writer) {
    let written = [usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other];
    let written: u64 = written.into_iter().flatten().fold(0, u64::saturating_add);
    let (input, output) = (usage.input_total().unwrap_or(0), usage.output_total.unwrap_or(0));
    body.object(|body| {
        body.key("prompt_tokens").count(input);
        body.key("completion_tokens").count(output);
        body.key("total_tokens").count(input.saturating_add(output));
        body.key("prompt_tokens_details").object(|body| {
            body.key("cached_tokens").count(usage.cache_read.unwrap_or(0));
            body.key("cache_write_tokens").count(written);
        });
        body.key("completion_tokens_details").object(|body| {
            body.key("reasoning_tokens").count(usage.output_reasoning.unwrap_or(0));
        });
    });
}

/// `{"error": …}` of an answer that is not complete.
pub(super) fn error(end: &End, body: &mut Writer) {
    let cut = WireError::from(Defect::Cut);
    let error = if let End::Failed(error) = end { error } else { &cut };
    let message = &error.words();
    let kind = kind(error);
    let answer =
        Answer { kind, status: kind.status(Protocol::OpenaiChat), code: None, message, param: None, request_id: "" };
    let written = error::body(Protocol::OpenaiChat, &answer);
    body.frame(&written);
}

/// What went wrong, by the words of any protocol. What concerns the account is the gateway's affair: a client must not
/// take it for its own.
fn kind(error: &WireError) -> Kind {
    let words = [error.code.as_deref(), error.kind.as_deref()];
    let found = words.into_iter().flatten().find_map(|word| {
        Some(match word {
            "context_length_exceeded" => Kind::ContextOverflow,
            "rate_limit_error" | "rate_limit_exceeded" => Kind::RateLimited,
            "insufficient_quota" => Kind::QuotaExhausted,
            "overloaded_error" | "server_is_overloaded" | "slow_down" => Kind::Overloaded,
            "timeout_error" | "timeout" => Kind::Timeout,
            "content_filter" => Kind::ContentFiltered,
            "invalid_request_error" | "invalid_prompt" => Kind::InvalidRequest,
            _ => return None,
        })
    });
    found.unwrap_or(Kind::Upstream)
}
