//! `health` and `learned`: what is known of providers.

use clap::{Args, Subcommand};

/// `learned`
#[derive(Debug, Clone, Args)]
pub struct Learned {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<LearnedAction>,
}

/// `learned …`
#[derive(Debug, Clone, Subcommand)]
pub enum LearnedAction {
    /// Forgets it.
    Forget {
        /// Of this provider alone.
        #[arg(value_name = "PROVIDER")]
        provider: Option<String>,
    },
}

/// `health`
#[derive(Debug, Clone, Args)]
pub struct Health {
    /// Without one: how all are.
    #[command(subcommand)]
    pub action: Option<HealthAction>,
}

/// `health …`
#[derive(Debug, Clone, Subcommand)]
pub enum HealthAction {
    /// How all are.
    Status,
    /// Looked at now.
    Check {
        /// Which.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// What one has answered.
    History {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// As if it had never failed.
    Reset {
        /// Which.
        #[arg(value_name = "NAME")]
        name: String,
    },
}
