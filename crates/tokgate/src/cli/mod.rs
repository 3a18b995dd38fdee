//! The command line: what is typed, what is printed, which exit code.
//!
//! [`main`] reads the arguments and hands over to one file per command in [`command`]. Everything a running gateway has
//! to answer goes through the admin socket, everything about records through the store's reader.

pub mod args;
mod command;
mod confirm;
mod context;
pub mod error;
pub mod gateway;
pub mod help;
mod language;
pub mod output;
mod pasted;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use args::{Cli, Command};
use context::Context;
use error::CliError;
use gateway::Gateway;
use output::Out;

use crate::clock;
use crate::config::{self, Env, Overrides};
use crate::i18n::Lang;

/// Runs one call of the program. `gateway` is the running part, used by `up`.
pub fn main(gateway: &dyn Gateway) -> ExitCode {
    let started = clock::now();
    let args: Vec<OsString> = std::env::args_os().collect();
    let env = Env::from_process();
    let lang = language(&args, &env);
    let matches = help::command(lang).try_get_matches_from(&args);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(refused) => return ExitCode::from(refuse(&refused, &args, &env, lang)),
    };
    let out = Out::new(&cli.global, &env, lang);
    let context = Context::new(cli.global, args, env, out, gateway, started);
    let result = dispatch(&context, cli.command);
    let code = result.unwrap_or_else(|error| {
        if !error.is_reported() {
            context.out.error(&error);
        }
        error.exit
    });
    let missed = code == error::exit::DONE && context.out.missed_a_field();
    ExitCode::from(if missed { error::exit::USAGE } else { code })
}

fn dispatch(context: &Context<'_>, command: Option<Command>) -> Result<u8, CliError> {
    match command {
        None => command::home::show(context),
        Some(Command::Up(up)) => command::up::up(context, &up),
        Some(Command::GatewayChild(child)) => command::up::child(context, child.listen),
        Some(Command::Run(run)) => command::run::run(context, &run),
        Some(Command::Status) => command::status::show(context),
        Some(Command::Logs(logs)) => command::logs::show(context, &logs),
        Some(Command::Show(show)) => command::show::show(context, &show),
        Some(Command::Why(why)) => command::why::show(context, &why),
        Some(Command::Route(route)) => command::route::run(context, route.action.as_ref()),
        Some(Command::Env(env)) => command::env::print(context, &env),
        Some(Command::Stop(stop)) => command::stop::stop(context, stop),
        Some(Command::Learned(learned)) => command::learned::run(context, learned.action.as_ref()),
        Some(Command::Failover(failover)) => command::failover::run(context, failover.action.as_ref()),
        Some(Command::Use { profile, reason, lasts }) => {
            command::failover::switch(context, &profile, reason.as_deref(), lasts)
        }
        Some(Command::Queue(queue)) => command::queue::run(context, queue.action.as_ref()),
        Some(Command::Provider(provider)) => command::provider::run(context, provider.action.as_ref()),
        Some(Command::Profile(profile)) => command::profile::run(context, profile.action.as_ref()),
        Some(Command::Tier(tier)) => command::profile::tier(context, tier.action.as_ref()),
        Some(Command::Health(health)) => command::health::run(context, health.action.as_ref()),
        Some(Command::Limit(limit)) => command::limit::run(context, limit.action.as_ref()),
        Some(Command::Adapters(adapters)) => command::adapters::run(context, adapters.action.as_ref()),
        Some(Command::Price(price)) => command::price::show(context, &price),
        Some(Command::Config(config)) => command::config::run(context, &config.action),
        Some(Command::Version) => Ok(command::version::print(context)),
        Some(Command::Help { words }) => command::help::print(context, &words),
        Some(Command::Proxy(proxy)) => old_words(context, proxy.action),
    }
}

/// `tokgate proxy …`, as people know it from elsewhere.
fn old_words(context: &Context<'_>, action: args::ProxyAction) -> Result<u8, CliError> {
    match action {
        args::ProxyAction::Start { detach } => command::up::up(context, &args::Up { detach, listen: None }),
        args::ProxyAction::Stop(stop) => command::stop::stop(context, stop),
        args::ProxyAction::Status => command::status::show(context),
        args::ProxyAction::Logs(logs) => command::logs::show(context, &logs),
    }
}

/// The language is needed before parsing, for help and usage errors.
fn language(args: &[OsString], env: &Env) -> Lang {
    let (flag, file) = language::before_parsing(args);
    language::choose(flag.as_deref(), env, || {
        let paths = config::paths(env, file.as_deref());
        // A broken configuration is reported by the command that needs it.
        config::load(&paths, file.as_deref(), env, &Overrides::default()).ok()?.config.ui.language
    })
}

/// Help and version go to stdout and are no error; everything else is wrong usage.
fn refuse(refused: &clap::Error, args: &[OsString], env: &Env, lang: Lang) -> u8 {
    let global = args::Global {
        json: None,
        plain: false,
        quiet: false,
        verbose: 0,
        color: args::ColorWhen::Auto,
        lang: None,
        config: None,
        help: None,
        version: None,
    };
    let out = Out::new(&global, env, lang);
    if matches!(refused.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        out.data(&help::set(&refused.to_string(), lang));
        return error::exit::DONE;
    }
    let error = usage::error(refused, args);
    out.error(&error);
    error.exit
}
