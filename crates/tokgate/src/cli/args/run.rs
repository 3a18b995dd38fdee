//! `run`.

use std::ffi::OsString;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

/// `run`
#[derive(Debug, Clone, Args)]
pub struct Run {
    /// Which client.
    #[arg(index = 1)]
    pub client: Option<String>,
    /// Profile.
    #[arg(short, long, value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
    pub profile: Option<String>,
    /// Provider.
    #[arg(long, value_name = "NAME", conflicts_with = "profile", value_parser = NonEmptyStringValueParser::new())]
    pub provider: Option<String>,
    /// Model.
    #[arg(long, value_name = "MODEL", value_parser = NonEmptyStringValueParser::new())]
    pub model: Option<String>,
    /// For rules.
    #[arg(long, value_name = "TAG", value_parser = NonEmptyStringValueParser::new())]
    pub tag: Option<String>,
    /// Only show.
    #[arg(long)]
    pub print: bool,
    /// For the client.
    #[arg(index = 2, last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}
