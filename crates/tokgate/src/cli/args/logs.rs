//! `logs`, `show` and `why`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::value::{duration, status};
use crate::store::query::StatusFilter;

/// `logs`
#[derive(Debug, Clone, Default, Args)]
#[command(subcommand_negates_reqs = true)]
pub struct Logs {
    /// Requests or the gateway's own log.
    #[command(subcommand)]
    pub which: Option<LogsWhich>,
    /// Go on.
    #[arg(short, long, global = true)]
    pub follow: bool,
    /// Client.
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// Provider.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Status.
    #[arg(long, value_name = "STATUS", value_parser = status)]
    pub status: Option<StatusFilter>,
    /// Took longer.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub slow: Option<Duration>,
    /// Newer.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub since: Option<Duration>,
    /// Containing.
    #[arg(long, value_name = "TEXT")]
    pub grep: Option<String>,
    /// At most.
    #[arg(short = 'n', long, global = true, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// `logs daemon`
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum LogsWhich {
    /// The gateway's own log.
    Daemon,
}

/// `show`
#[derive(Debug, Clone, Args)]
pub struct Show {
    /// Which request.
    #[arg(value_name = "REQUEST", default_value = "last")]
    pub request: String,
}
