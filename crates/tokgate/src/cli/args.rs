//! What may be typed. Help texts are not here: [`super::help`] takes them from the message catalogue.

pub mod queue;
pub mod route;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::store::query::StatusFilter;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "tokgate",
    version,
    disable_help_flag = true,
    disable_help_subcommand = true,
    disable_version_flag = true
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// Without one: the home screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// JSON, with the fields wanted or all.
    #[arg(long, global = true, value_name = "FIELDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub json: Option<String>,
    /// Tab-separated.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Only data and errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More words.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Language.
    #[arg(long, global = true, value_name = "LANG", value_parser = ["en", "zh"])]
    pub lang: Option<String>,
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print help.
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    pub help: Option<bool>,
    /// Print the version.
    #[arg(short = 'V', long, action = ArgAction::Version)]
    pub version: Option<bool>,
}

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// When a person looks at it.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the gateway.
    Up(Up),
    /// Start a client through it.
    Run(Run),
    /// How it is.
    Status,
    /// Requests.
    Logs(Logs),
    /// One request.
    Show(Show),
    /// Why it went where it went.
    Why(Show),
    /// Rules.
    Route(route::Route),
    /// Address and key for SDKs.
    Env(Env),
    /// Stop it.
    Stop(Stop),
    /// What providers have been found not to take.
    Learned(Learned),
    /// Which profile answers.
    Failover(Failover),
    /// Another profile from now on.
    Use {
        /// Which.
        #[arg(value_name = "PROFILE", value_parser = NonEmptyStringValueParser::new())]
        profile: String,
    },
    /// Jobs and failed requests.
    Queue(queue::Queue),
    /// Providers.
    #[command(visible_alias = "endpoint")]
    Provider(Provider),
    /// Profiles.
    Profile(Profile),
    /// When profiles are used.
    #[command(visible_alias = "priority")]
    Tier(Tier),
    /// How well providers answer.
    Health(Health),
    /// Limits.
    Limit(Limit),
    /// Client adapters.
    Adapters(Adapters),
    /// What models cost.
    Price(Price),
    /// The configuration.
    Config(Config),
    /// Version.
    Version,
    /// About a command, a code or a key.
    Help {
        /// Which.
        #[arg(value_name = "TOPIC")]
        words: Vec<String>,
    },
    /// Words of an older tool.
    #[command(hide = true)]
    Proxy(Proxy),
    /// The detached gateway itself.
    #[command(hide = true, name = "gateway-child")]
    GatewayChild(GatewayChild),
}

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

/// `price`
#[derive(Debug, Clone, Args)]
pub struct Price {
    /// Without one: all that are known.
    #[arg(value_name = "MODEL", value_parser = NonEmptyStringValueParser::new())]
    pub model: Option<String>,
    /// At this provider, or vendor.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub provider: Option<String>,
}

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
        #[arg(long = "for", value_name = "TIME", value_parser = duration)]
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
        #[arg(value_name = "TIME", value_parser = duration, default_value = "30m")]
        lasts: Duration,
    },
    /// By itself again.
    Resume,
}

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

/// `limit`
#[derive(Debug, Clone, Args)]
pub struct Limit {
    /// What of them.
    #[command(subcommand)]
    pub action: LimitAction,
}

/// `limit …`
#[derive(Debug, Clone, Subcommand)]
pub enum LimitAction {
    /// What is limited, and how much is taken.
    Show,
}

/// `adapters`
#[derive(Debug, Clone, Args)]
pub struct Adapters {
    /// Without one: the list.
    #[command(subcommand)]
    pub action: Option<AdaptersAction>,
}

/// `adapters …`
#[derive(Debug, Clone, Subcommand)]
pub enum AdaptersAction {
    /// What would become of a captured request.
    Test {
        /// The request, as HTTP/1.1 writes it.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

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
    #[arg(short = 'n', long, value_name = "COUNT")]
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

/// `90s`, `30min`, `1h`, `7d`, `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or("unit")?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err("unit".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "number")?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "range".to_owned())
}

/// `429`, `5xx`, `error`.
fn status(text: &str) -> Result<StatusFilter, String> {
    if text.eq_ignore_ascii_case("error") {
        return Ok(StatusFilter::Error);
    }
    let lower = text.to_ascii_lowercase();
    if let Some(class) = lower.strip_suffix("xx") {
        return class
            .parse()
            .ok()
            .filter(|class| (1..=5).contains(class))
            .map(StatusFilter::Class)
            .ok_or("class".into());
    }
    lower.parse().ok().filter(|status| (100..600).contains(status)).map(StatusFilter::Exact).ok_or("status".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_statuses_are_read_or_refused() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * 86_400)));
        for bad in ["", "10", "s", "1y", "-1s", "1e999d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(status("5xx"), Ok(StatusFilter::Class(5)));
        assert_eq!(status("429"), Ok(StatusFilter::Exact(429)));
        assert_eq!(status("Error"), Ok(StatusFilter::Error));
        for bad in ["9xx", "42", "ok", "xx"] {
            assert!(status(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn everything_after_two_dashes_belongs_to_the_client() {
        let cli = Cli::try_parse_from(["tokgate", "run", "claude", "-p", "work", "--", "-p", "hi", "--json"]).unwrap();
        let Some(Command::Run(run)) = cli.command else { panic!("not run") };
        assert_eq!(run.client.as_deref(), Some("claude"));
        assert_eq!(run.profile.as_deref(), Some("work"));
        assert_eq!(run.args, ["-p", "hi", "--json"]);
        assert!(cli.global.json.is_none());
    }

    #[test]
    fn json_takes_fields_only_after_an_equals_sign() {
        let cli = Cli::try_parse_from(["tokgate", "--json", "status"]).unwrap();
        assert_eq!(cli.global.json.as_deref(), Some(""));
        let cli = Cli::try_parse_from(["tokgate", "status", "--json=address,pid"]).unwrap();
        assert_eq!(cli.global.json.as_deref(), Some("address,pid"));
    }
}
