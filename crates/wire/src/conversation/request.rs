//! A request.

use super::{Tool, ToolChoice, Turn};
use crate::json::Text;
use crate::translate::compaction::Compaction;

/// What a client asks for.
#[derive(Debug, Clone, Default)]
pub struct Request<'a> {
    /// Model.
    pub model: Text<'a>,
    /// Everything said so far, instructions first.
    pub turns: Vec<Turn<'a>>,
    /// Tools the model may call.
    pub tools: Vec<Tool<'a>>,
    /// Which of them it must call.
    pub tool_choice: ToolChoice<'a>,
    /// Whether it may call several at once.
    pub parallel_tools: Option<bool>,
    /// Longest answer, tokens.
    pub max_output: Option<u64>,
    /// Chance.
    pub sampling: Sampling<'a>,
    /// Texts that end the answer.
    pub stop: Vec<Text<'a>>,
    /// Reasoning.
    pub thinking: Thinking,
    /// Shape of the answer.
    pub format: Format<'a>,
    /// Length of the answer's text.
    pub verbosity: Option<Verbosity>,
    /// Who asks.
    pub identity: Identity<'a>,
    /// How urgent.
    pub tier: Option<Tier>,
    /// Whether a summary is wanted in the place of an answer.
    pub compaction: Option<Compaction>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether a stream ends with its tokens (Chat must ask for them).
    pub want_usage: bool,
    /// Top-level fields without a place above, as they stand.
    pub extra: Vec<Extra<'a>>,
    /// Of fields that its protocol has under several names: the usual one, and the one that stands here. What is lost
    /// is told by the latter.
    pub spelt: Vec<(&'static str, &'static str)>,
}

/// A field without a place in the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a> {
    /// Its name in the protocol it came from.
    pub name: &'a str,
    /// Its value, JSON as it stands.
    pub value: &'a str,
}

/// Numbers that steer chance, as they are spelt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sampling<'a> {
    /// `temperature`
    pub temperature: Option<&'a str>,
    /// `top_p`
    pub top_p: Option<&'a str>,
    /// `top_k`
    pub top_k: Option<&'a str>,
    /// `frequency_penalty`
    pub frequency_penalty: Option<&'a str>,
    /// `presence_penalty`
    pub presence_penalty: Option<&'a str>,
    /// `seed`
    pub seed: Option<&'a str>,
    /// `top_logprobs`; `Some(0)` is `logprobs` alone.
    pub top_logprobs: Option<u64>,
}

/// Reasoning asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Thinking {
    /// Whether and how.
    pub mode: ThinkingMode,
    /// How much.
    pub effort: Option<Effort>,
    /// How much of it is shown: `Some(false)` asks for none of its text.
    pub shown: Option<bool>,
}

/// Whether the model reasons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ThinkingMode {
    /// Not said.
    #[default]
    Unset,
    /// No.
    Off,
    /// The model decides.
    Adaptive,
    /// Yes, with at most this many tokens.
    Budget(u64),
    /// Only between tool calls.
    BetweenTools,
}

/// How much reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// `none`
    None,
    /// `minimal`
    Minimal,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    ExtraHigh,
    /// `max`
    Max,
}

impl Effort {
    /// All, least first.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::ExtraHigh, Self::Max];

    /// The word for it, the same in every protocol.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::ExtraHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.word() == word)
    }
}

/// Shape of the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Format<'a> {
    /// Text.
    #[default]
    Text,
    /// Some JSON object.
    Json,
    /// JSON of this schema.
    Schema {
        /// Its name.
        name: Option<Text<'a>>,
        /// What it is for.
        description: Option<Text<'a>>,
        /// JSON schema as it stands.
        schema: &'a str,
        /// Whether it is enforced.
        strict: Option<bool>,
    },
}

/// Length of the answer's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
}

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// `metadata.user_id`, `safety_identifier` or `user`.
    pub user: Option<Text<'a>>,
    /// `prompt_cache_key`: what requests of one conversation have in common.
    pub cache_key: Option<Text<'a>>,
}

/// How urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The provider's choice.
    Auto,
    /// Never anything dearer than standard.
    Standard,
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Fast,
    /// Reserved capacity.
    Priority,
}
