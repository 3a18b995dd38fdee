//! `queue …`

use clap::{Args, Subcommand};

/// `queue`
#[derive(Debug, Clone, Args)]
pub struct Queue {
    /// Without one: how many there are.
    #[command(subcommand)]
    pub action: Option<QueueAction>,
}

/// `queue …`
#[derive(Debug, Clone, Subcommand)]
pub enum QueueAction {
    /// How many there are.
    Status,
    /// All of them.
    List {
        /// At most.
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
    },
    /// One.
    Show {
        /// Which.
        #[arg(value_name = "ID")]
        id: String,
        /// The answer alone.
        #[arg(long)]
        answer: bool,
    },
    /// Again.
    Retry {
        /// Which.
        #[arg(value_name = "ID", conflicts_with = "all")]
        ids: Vec<String>,
        /// All that failed.
        #[arg(long)]
        all: bool,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
        /// Request faults too.
        #[arg(long)]
        force: bool,
    },
    /// Away.
    Drop {
        /// Which.
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
    },
    /// All that are over, away.
    Clear {
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
    /// As JSON lines.
    Export,
    /// Settings.
    Config,
}
