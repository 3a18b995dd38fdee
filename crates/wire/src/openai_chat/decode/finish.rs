//! Why an answer ended, in the words of this protocol and of its imitators.

use serde_json::Value;

use crate::conversation::{End, Finish};
use crate::defect::Defect;
use crate::error::{self, WireError};
use crate::json::Text;

/// What `finish_reason` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// The answer is complete.
    Finished(Finish),
    /// The provider failed, in this word.
    Failed(String),
    /// Nothing.
    Unsaid,
}

impl Reason {
    pub(super) fn read(word: &Text<'_>, stop_text: Option<&Text<'_>>) -> Self {
        let word = word.decoded();
        Self::Finished(match word.as_ref() {
            "stop" if stop_text.is_some() => Finish::StopText(stop_text.map(super::plain)),
            "stop" | "end_turn" | "eos" | "eos_token" | "end" => Finish::Done,
            "stop_sequence" => Finish::StopText(None),
            "tool_calls" | "function_call" | "tool_use" => Finish::ToolUse,
            "length" | "max_tokens" | "max_output_tokens" => Finish::MaxOutput,
            "model_context_window_exceeded" | "model_length" => Finish::ContextFull,
            "content_filter" | "sensitive" | "refusal" | "safety" => Finish::Refusal,
            failed if is_failure(failed) => return Self::Failed(word.into_owned()),
            _ => Finish::Other(word.into_owned()),
        })
    }

    /// How the answer ended. Calls that were made wait for results, whatever word the provider has for it; without any,
    /// nobody waits.
    pub(super) fn end(self, called: bool, refused: bool) -> End {
        End::Complete(match self {
            Self::Failed(word) => return End::Failed(failed(word)),
            Self::Unsaid | Self::Finished(Finish::Done | Finish::Other(_)) if called => Finish::ToolUse,
            Self::Unsaid | Self::Finished(Finish::Done) if refused => Finish::Refusal,
            Self::Unsaid => Finish::Done,
            Self::Finished(Finish::ToolUse) if !called => Finish::Done,
            Self::Finished(finish) => finish,
        })
    }
}

/// Whether the answer broke off at the provider: OpenRouter, Zhipu, DeepSeek say so in these words.
pub(crate) fn is_failure(word: &str) -> bool {
    matches!(word, "error" | "network_error" | "insufficient_system_resource" | "abort")
}

fn failed(word: String) -> WireError {
    let error = Defect::ended("finish_reason", &word).into();
    WireError { code: Some(word), ..error }
}

/// The error of a choice that ended in a word that means failure; in the provider's words where it has some.
pub(crate) fn failure(choice: &Value) -> Option<WireError> {
    let word = choice.get("finish_reason")?.as_str().filter(|word| is_failure(word))?;
    choice.as_object().and_then(error::nested).or_else(|| Some(failed(word.to_owned())))
}
