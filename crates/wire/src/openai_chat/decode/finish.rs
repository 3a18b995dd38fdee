//! Why an answer ended, in the words of this protocol and of its imitators.

use crate::conversation::{End, Finish};
use crate::defect::Defect;
use crate::error::WireError;
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
            // OpenRouter, Zhipu, DeepSeek: the answer broke off at the provider.
            "error" | "network_error" | "insufficient_system_resource" | "abort" => {
                return Self::Failed(word.into_owned());
            }
            _ => Finish::Other(word.into_owned()),
        })
    }

    /// How the answer ended. Calls that were made wait for results, whatever word the provider has for it; without any,
    /// nobody waits.
    pub(super) fn end(self, called: bool, refused: bool) -> End {
        End::Complete(match self {
            Self::Failed(word) => {
                let error = Defect::ended("finish_reason", &word).into();
                return End::Failed(WireError { code: Some(word), ..error });
            }
            Self::Unsaid | Self::Finished(Finish::Done | Finish::Other(_)) if called => Finish::ToolUse,
            Self::Unsaid | Self::Finished(Finish::Done) if refused => Finish::Refusal,
            Self::Unsaid => Finish::Done,
            Self::Finished(Finish::ToolUse) if !called => Finish::Done,
            Self::Finished(finish) => finish,
        })
    }
}
