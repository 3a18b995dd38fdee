//! `provider` and `provider key`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::value::duration;

/// `provider`
#[derive(Debug, Clone, Args)]
pub struct Provider {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<ProviderAction>,
}

/// `provider …`
#[derive(Debug, Clone, Subcommand)]
pub enum ProviderAction {
    /// All.
    List,
    /// One in full.
    Show {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Used again.
    Enable {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Not used.
    Disable {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Looked at now.
    Test {
        /// Which.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// What they have answered.
    Stats {
        /// Newer.
        #[arg(long, value_name = "TIME", value_parser = duration, default_value = "24h")]
        since: Duration,
    },
    /// Its keys.
    Key {
        /// What to do.
        #[command(subcommand)]
        action: KeyAction,
    },
}

/// `provider key …`
#[derive(Debug, Clone, Subcommand)]
pub enum KeyAction {
    /// All.
    List {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Tried now.
    Test {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// Used again.
    Enable {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
        /// Number or reference.
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Not used.
    Disable {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
        /// Number or reference.
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Another in its place.
    Set {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
        /// Number or reference.
        #[arg(value_name = "KEY")]
        key: String,
        /// Where the new one comes from.
        #[arg(value_name = "SOURCE")]
        source: String,
    },
    /// As if it had never failed.
    Reset {
        /// Of which provider.
        #[arg(value_name = "NAME")]
        name: String,
        /// Number or reference; all without one.
        #[arg(value_name = "KEY")]
        key: Option<String>,
    },
}
