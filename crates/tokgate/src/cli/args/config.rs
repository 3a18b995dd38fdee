//! `config`.

use clap::{Args, Subcommand};

/// `config`
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub action: ConfigAction,
}

/// `config …`
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigAction {
    /// Check the file.
    Validate,
    /// Where it is.
    Path,
    /// Values in effect.
    Show {
        /// With where they come from.
        #[arg(long)]
        origin: bool,
    },
    /// One value in effect.
    Get {
        /// Which.
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Changes a key in the file.
    Set {
        /// Which.
        #[arg(value_name = "KEY")]
        key: String,
        /// To what.
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Removes one.
    Unset {
        /// Which.
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Takes the last change back.
    Undo,
}
