//! `up`, `stop`, `env`, and the older words for them.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

use super::Logs;

/// `up`
#[derive(Debug, Clone, Default, Args)]
pub struct Up {
    /// In the background.
    #[arg(short, long)]
    pub detach: bool,
    /// Address and port.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
}

/// `gateway-child`
#[derive(Debug, Clone, Args)]
pub struct GatewayChild {
    /// Address and port.
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// `env`
#[derive(Debug, Clone, Args)]
pub struct Env {
    /// Recorded under this name.
    pub client: Option<String>,
    /// Syntax.
    #[arg(long, value_name = "SHELL", default_value = "sh")]
    pub shell: Shell,
}

/// `--shell`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash, zsh, dash.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
}

/// `stop`
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Stop {
    /// At once.
    #[arg(long)]
    pub now: bool,
}

/// `proxy …`
#[derive(Debug, Clone, Args)]
pub struct Proxy {
    /// What to do.
    #[command(subcommand)]
    pub action: ProxyAction,
}

/// Old words for `up`, `stop`, `status`, `logs`.
#[derive(Debug, Clone, Subcommand)]
pub enum ProxyAction {
    /// `up`
    Start {
        /// `up -d`
        #[arg(short, long, alias = "daemon")]
        detach: bool,
    },
    /// `stop`
    Stop(Stop),
    /// `status`
    Status,
    /// `logs`
    Logs(Logs),
}
