//! What may be typed. Help texts are not here: [`super::help`] takes them from the message catalogue.

mod config;
mod gateway;
mod global;
mod health;
mod limit;
mod logs;
mod profile;
mod provider;
pub mod queue;
pub mod route;
mod run;
mod value;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};

pub use config::{Config, ConfigAction};
pub use gateway::{Env, GatewayChild, Proxy, ProxyAction, Shell, Stop, Up};
pub use global::{ColorWhen, Global};
pub use health::{Health, HealthAction, Learned, LearnedAction};
pub use limit::{Limit, LimitAction, LimitNumber, LimitSet, LimitUnset};
pub use logs::{Logs, LogsWhich, Show};
pub use profile::{Failover, FailoverAction, Profile, ProfileAction, Tier, TierAction};
pub use provider::{KeyAction, Provider, ProviderAction};
pub use run::Run;

use value::some_time;

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
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// How long.
        #[arg(long = "for", value_name = "TIME", value_parser = some_time)]
        lasts: Option<Duration>,
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

#[cfg(test)]
mod tests {
    use super::*;

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
