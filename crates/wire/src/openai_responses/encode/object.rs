//! The response object around the items.

use super::item::Item;
use crate::conversation::Finish;
use crate::defect::Defect;
use crate::error::WireError;
use crate::json::Writer;
use crate::openai_responses::read;
use crate::translate::{Plan, ids};
use crate::usage::Usage;

/// What Codex is told to wait when a limit names no time: it reads the delay from the words.
const WAIT: &str = "Please try again in 10s.";

/// What never changes in the response object.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: String,
    model: String,
    created: u64,
    echo: String,
    input_estimate: u64,
}

/// How the response stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    Incomplete(&'static str),
    Failed { code: &'static str, message: String },
}

impl Status {
    /// Of a complete answer.
    pub(super) const fn of(finish: &Finish, refused_in_words: bool) -> Self {
        match finish {
            Finish::MaxOutput | Finish::ContextFull => Self::Incomplete("max_output_tokens"),
            Finish::Refusal if !refused_in_words => Self::Incomplete("content_filter"),
            _ => Self::Completed,
        }
    }

    /// Of an answer that its upstream ended with an error.
    pub(super) fn failed(error: &WireError) -> Self {
        let code = code(error);
        let mut message = error.words().into_owned();
        if code == "rate_limit_exceeded" && !message.contains("try again in") {
            message.push(' ');
            message.push_str(WAIT);
        }
        Self::Failed { code, message }
    }

    /// Of an answer that broke off.
    pub(super) fn cut() -> Self {
        Self::Failed { code: "server_error", message: Defect::Cut.to_string() }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed { .. } => "failed",
        }
    }

    pub(super) const fn event(&self) -> &'static str {
        match self {
            Self::InProgress => "response.in_progress",
            Self::Completed => "response.completed",
            Self::Incomplete(_) => "response.incomplete",
            Self::Failed { .. } => "response.failed",
        }
    }
}

/// The code Codex acts on. It repeats on `server_error`; the others stop it, or tell it what to do instead.
fn code(error: &WireError) -> &'static str {
    let says = |word: &str| {
        [error.code.as_deref(), error.kind.as_deref(), Some(&error.message)]
            .into_iter()
            .flatten()
            .any(|text| text.contains(word))
    };
    let named = |words: &[&str]| {
        words.iter().any(|word| [&error.code, &error.kind].into_iter().any(|text| text.as_deref() == Some(word)))
    };
    if says("context_length_exceeded") || says("prompt is too long") || says("maximum context length") {
        "context_length_exceeded"
    } else if named(&["insufficient_quota", "billing_error", "usage_not_included"]) {
        "insufficient_quota"
    } else if named(&["rate_limit_exceeded", "rate_limit_error", "429"]) {
        "rate_limit_exceeded"
    } else if named(&["invalid_request_error", "invalid_prompt", "content_filter", "not_found_error"]) {
        "invalid_prompt"
    } else {
        "server_error"
    }
}

impl Head {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            id: ids::derived("resp_", plan.seed, 0),
            model: plan.model.clone(),
            created: plan.created,
            echo: if plan.echo.is_empty() { read::echo("") } else { plan.echo.clone() },
            input_estimate: plan.input_estimate,
        }
    }

    /// The response object.
    pub(super) fn write(&self, status: &Status, items: &[Item], usage: &Usage, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("object").string("response");
            writer.key("created_at").count(self.created);
            writer.key("status").string(status.word());
            writer.key("error");
            match status {
                Status::Failed { code, message } => writer.object(|writer| {
                    writer.key("code").string(code);
                    writer.key("message").string(message);
                }),
                _ => writer.null(),
            }
            writer.key("incomplete_details");
            match status {
                Status::Incomplete(reason) => writer.object(|writer| writer.key("reason").string(reason)),
                _ => writer.null(),
            }
            writer.key("model").string(&self.model);
            writer.key("output").array(|writer| {
                items.iter().filter_map(Item::done).for_each(|item| writer.raw(item));
            });
            writer.key("usage");
            match status {
                Status::InProgress => writer.null(),
                Status::Failed { .. } if usage.is_empty() => writer.null(),
                _ => self.usage(usage, writer),
            }
            writer.raw(&self.echo);
        });
    }

    /// The object that answers `POST /responses/compact`.
    pub(super) fn write_compaction(&self, items: &[Item], usage: &Usage, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("object").string("response.compaction");
            writer.key("created_at").count(self.created);
            writer.key("output").array(|writer| {
                items.iter().filter_map(Item::done).for_each(|item| writer.raw(item));
            });
            self.usage(usage, writer.key("usage"));
        });
    }

    /// All counts as numbers: Codex fails on missing ones.
    fn usage(&self, usage: &Usage, writer: &mut Writer) {
        let written = [usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other];
        let input = usage.input_total().unwrap_or(self.input_estimate);
        let output = usage.output_total.unwrap_or(0);
        writer.object(|writer| {
            writer.key("input_tokens").count(input);
            writer.key("input_tokens_details").object(|writer| {
                writer.key("cached_tokens").count(usage.cache_read.unwrap_or(0));
                writer.key("cache_write_tokens").count(written.into_iter().flatten().fold(0, u64::saturating_add));
            });
            writer.key("output_tokens").count(output);
            writer.key("output_tokens_details").object(|writer| {
                writer.key("reasoning_tokens").count(usage.output_reasoning.unwrap_or(0));
            });
            writer.key("total_tokens").count(input.saturating_add(output));
        });
    }
}
