//! `route`

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::value::duration;

/// `route`
#[derive(Debug, Clone, Args)]
pub struct Route {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<RouteAction>,
}

/// `route …`
#[derive(Debug, Clone, Subcommand)]
pub enum RouteAction {
    /// The rules.
    List,
    /// What would become of a request.
    Test(Box<RouteTest>),
    /// One more.
    Add(RouteAdd),
    /// Out with one.
    Remove {
        /// Which.
        #[arg(value_name = "RULE", value_parser = NonEmptyStringValueParser::new())]
        rule: String,
    },
    /// To another place.
    Move {
        /// Which.
        #[arg(value_name = "RULE", value_parser = NonEmptyStringValueParser::new())]
        rule: String,
        /// Where to, from 1.
        #[arg(value_name = "PLACE")]
        place: usize,
    },
    /// Other values.
    Edit {
        /// Which.
        #[arg(value_name = "RULE", value_parser = NonEmptyStringValueParser::new())]
        rule: String,
        /// Keys and values.
        #[arg(value_name = "KEY=VALUE", required = true)]
        set: Vec<String>,
    },
}

/// `route test`
#[derive(Debug, Clone, Default, Args)]
pub struct RouteTest {
    /// Model asked for.
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Client.
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// Directory of the run.
    #[arg(long, value_name = "FOLDER")]
    pub project: Option<String>,
    /// What it is marked with.
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// User it names.
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Its path.
    #[arg(long, value_name = "PATH", default_value = "/v1/messages")]
    pub path: String,
    /// A header.
    #[arg(long = "header", value_name = "NAME=VALUE")]
    pub headers: Vec<String>,
    /// Profile it asks for.
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Provider it asks for.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,
    /// Hour of the day.
    #[arg(long, value_name = "HOUR", value_parser = clap::value_parser!(u8).range(0..24))]
    pub hour: Option<u8>,
    /// A stream.
    #[arg(long)]
    pub stream: bool,
    /// Its conversation.
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// What it refers to.
    #[arg(long, value_name = "FIELD=ID")]
    pub stored: Option<String>,
    /// How long its caller waits.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// Its caller's own login.
    #[arg(long)]
    pub login: bool,
    /// Model its run asks for.
    #[arg(long, value_name = "MODEL")]
    pub run_model: Option<String>,
    /// Size of its body.
    #[arg(long, value_name = "SIZE")]
    pub size: Option<String>,
    /// It offers tools.
    #[arg(long)]
    pub tools: bool,
    /// It shows images.
    #[arg(long)]
    pub images: bool,
    /// It wants thinking.
    #[arg(long)]
    pub thinking: bool,
    /// It wants the web searched.
    #[arg(long)]
    pub web_search: bool,
    /// Its body.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `route add`
#[derive(Debug, Clone, Args)]
pub struct RouteAdd {
    /// Its name.
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: String,
    /// Where to.
    #[arg(long, value_name = "TARGET", value_parser = NonEmptyStringValueParser::new())]
    pub to: String,
    /// Conditions.
    #[arg(long = "match", value_name = "KEY=VALUE")]
    pub conditions: Vec<String>,
    /// Model sent instead.
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Never left.
    #[arg(long)]
    pub strict: bool,
    /// Its place among those that wait.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub priority: Option<i16>,
    /// Where among the rules, from 1; else at the end.
    #[arg(long, value_name = "PLACE")]
    pub place: Option<usize>,
}
