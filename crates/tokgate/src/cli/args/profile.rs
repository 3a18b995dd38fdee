//! `profile`, `tier` and `failover`.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::value::some_time;

/// `failover`
#[derive(Debug, Clone, Args)]
pub struct Failover {
    /// Without one: how it stands, and the last switches.
    #[command(subcommand)]
    pub action: Option<FailoverAction>,
}

/// `failover …`
#[derive(Debug, Clone, Subcommand)]
pub enum FailoverAction {
    /// To a profile.
    Switch {
        /// Which.
        #[arg(value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
        profile: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// How long.
        #[arg(long = "for", value_name = "TIME", value_parser = some_time)]
        lasts: Option<Duration>,
    },
    /// To the configuration's profile.
    Back {
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Nothing by itself.
    Pause {
        /// How long.
        #[arg(value_name = "TIME", value_parser = some_time, default_value = "30m")]
        lasts: Duration,
    },
    /// By itself again.
    Resume,
}

/// `profile`
#[derive(Debug, Clone, Args)]
pub struct Profile {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<ProfileAction>,
}

/// `profile …`
#[derive(Debug, Clone, Subcommand)]
pub enum ProfileAction {
    /// All.
    List,
    /// One in full.
    Show {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `tier`
#[derive(Debug, Clone, Args)]
pub struct Tier {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<TierAction>,
}

/// `tier …`
#[derive(Debug, Clone, Subcommand)]
pub enum TierAction {
    /// All.
    List,
    /// When a profile is used.
    Set {
        /// Which.
        #[arg(value_name = "PROFILE")]
        profile: String,
        /// When.
        #[arg(value_name = "TIER", value_parser = ["primary", "secondary", "fallback"])]
        tier: String,
    },
}
