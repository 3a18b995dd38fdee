//! `limit`

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

/// `limit`
#[derive(Debug, Clone, Args)]
pub struct Limit {
    /// Without one: as `show`.
    #[command(subcommand)]
    pub action: Option<LimitAction>,
}

/// `limit …`
#[derive(Debug, Clone, Subcommand)]
pub enum LimitAction {
    /// What is limited, and how much is taken.
    Show,
    /// Another limit, or another number.
    Set(LimitSet),
    /// Out with one, or with some of its numbers.
    Unset(LimitUnset),
}

/// `limit set`
#[derive(Debug, Clone, Args)]
pub struct LimitSet {
    /// Of callers, by its name; `provider:NAME`: of a provider.
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: String,
    /// Whose requests.
    #[arg(long = "match", value_name = "KEY=VALUE")]
    pub conditions: Vec<String>,
    /// Requests at once.
    #[arg(long, value_name = "NUMBER")]
    pub concurrent: Option<String>,
    /// Requests a minute.
    #[arg(long, value_name = "NUMBER")]
    pub rpm: Option<u32>,
    /// Tokens a minute.
    #[arg(long, value_name = "NUMBER")]
    pub tpm: Option<u32>,
    /// What becomes of more.
    #[arg(long, value_name = "WORD", value_parser = ["wait", "reject"])]
    pub over: Option<String>,
}

/// `limit unset`
#[derive(Debug, Clone, Args)]
pub struct LimitUnset {
    /// Which.
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: String,
    /// Only these.
    #[arg(value_name = "NUMBER")]
    pub numbers: Vec<LimitNumber>,
}

/// A number of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LimitNumber {
    /// Requests at once.
    Concurrent,
    /// Requests a minute.
    Rpm,
    /// Tokens a minute.
    Tpm,
}

impl LimitNumber {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Concurrent, Self::Rpm, Self::Tpm];

    /// Its key in the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Concurrent => "concurrent",
            Self::Rpm => "rpm",
            Self::Tpm => "tpm",
        }
    }
}
