//! `up`: the gateway itself, in the foreground, detached (`-d`), or as the detached process.
//!
//! Order of a start: configuration, folders, lock (there is one gateway per user and configuration), admin socket, then
//! the gateway binds and says that it is ready.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::banner;
use crate::cli::args::Up;
use crate::cli::context::{Context, runtime, runtime_failed};
use crate::cli::error::{CliError, Text, exit};
use crate::cli::gateway::{Ready, Start};
use crate::config::model::LogLevel;
use crate::config::{Loaded, Overrides};
use crate::i18n::{self, cli as text};
use crate::process::admin::server::{Admin, AdminSocket};
use crate::process::admin::{AdminHandler, Status};
use crate::process::background::{ALREADY_UP, Handshake, refuse_stopping};
use crate::process::descriptors;
use crate::process::folders::{Instance, private_folder};
use crate::process::gateway_file::{GatewayFile, Written};
use crate::process::hardening;
use crate::process::lock::Lock;
use crate::process::shutdown::{self, Asked, Phase, Reload, Signals, Stopper};

/// How long streams may finish when somebody waits at the terminal.
const DRAIN_FOREGROUND: Duration = Duration::from_secs(30);
/// The same for a gateway nobody waits for.
const DRAIN_BACKGROUND: Duration = Duration::from_secs(600);

pub(crate) fn up(context: &Context<'_>, up: &Up) -> Result<u8, CliError> {
    if up.detach {
        return detached(context, up.listen);
    }
    let (loaded, flags) = load(context, up.listen)?;
    if let Some(status) = context.admin().status()? {
        if let Some(error) = refuse_stopping(&status) {
            return Err(error);
        }
        return already_up(context, &status, &loaded, up.listen);
    }
    match run(context, loaded.clone(), flags, false) {
        // It was just starting when we looked.
        Err(error) if error.code == ALREADY_UP => match context.admin().status()? {
            Some(status) => already_up(context, &status, &loaded, up.listen),
            None => Err(error),
        },
        other => other.map(|()| exit::DONE),
    }
}

fn detached(context: &Context<'_>, listen: Option<SocketAddr>) -> Result<u8, CliError> {
    // Read here as well: a rejected configuration is shown where the user is.
    let (loaded, _) = load(context, listen)?;
    let running = context.ensure_gateway(&arguments(listen, context.out.verbose))?;
    if running.started {
        let page =
            banner::block(context, &loaded, &running.status, true) + &banner::ready(context, &running.status, true);
        if !context.out.quiet {
            context.out.data(&page);
        }
    } else {
        return already_up(context, &running.status, &loaded, listen);
    }
    Ok(exit::DONE)
}

/// The detached process: everything goes to its starter as one line, then to the log.
pub(crate) fn child(context: &Context<'_>, listen: Option<SocketAddr>) -> Result<u8, CliError> {
    // Away from the terminal: its signals and its end are none of our business. Fails only when already done.
    let _ = rustix::process::setsid();
    let result = load(context, listen).and_then(|(loaded, flags)| run(context, loaded, flags, true));
    if let Err(error) = &result {
        Handshake::Failed(Box::new(error.clone())).send();
    }
    result.map(|()| exit::DONE)
}

/// A gateway runs already. That is as good as a new one, unless another address was asked for.
fn already_up(
    context: &Context<'_>,
    status: &Status,
    loaded: &Loaded,
    listen: Option<SocketAddr>,
) -> Result<u8, CliError> {
    if let Some(asked) = listen.filter(|asked| !is_heard(*asked, status)) {
        let cause = Text::new(&text::UP_ELSEWHERE).with("address", &status.address);
        let command = format!("tokgate stop && tokgate up --listen {asked}");
        return Err(
            CliError::new(ALREADY_UP, exit::ADDRESS, cause.with("pid", status.pid).with("asked", asked)).run(command)
        );
    }
    context.out.say(context.out.text(&text::UP_ALREADY, &[("address", &status.address), ("pid", &status.pid)]));
    if let Some(words) = context.unseen_text(&context.unseen_variables(loaded)) {
        context.out.warn(words);
    }
    Ok(exit::DONE)
}

/// Whether the gateway listens where that is; any port will do for port 0.
fn is_heard(asked: SocketAddr, status: &Status) -> bool {
    let wanted = if asked.ip().is_unspecified() { format!(":{}", asked.port()) } else { asked.to_string() };
    let mut heard = std::iter::once(&status.address).chain(&status.also);
    asked.port() == 0 || heard.any(|address| address.ends_with(&wanted))
}

/// The configuration with what the command line lays over it, and that alone for reading it again.
fn load(context: &Context<'_>, listen: Option<SocketAddr>) -> Result<(Loaded, Overrides), CliError> {
    let flags = match listen {
        Some(address) => Overrides::default().with("--listen", "server.listen", &address.to_string()),
        None => Overrides::default(),
    };
    let loaded = context.load(&flags)?;
    match finer(loaded.config.log.level, context.out.verbose) {
        Some((flag, level)) => {
            let flags = flags.with(flag, "log.level", level);
            Ok((context.load(&flags)?, flags))
        }
        None => Ok((loaded, flags)),
    }
}

/// The log level that `-v` asks for, unless the configured one is as fine already.
fn finer(configured: LogLevel, verbose: u8) -> Option<(&'static str, &'static str)> {
    let (flag, level, word) = match verbose {
        0 => return None,
        1 => ("-v", LogLevel::Debug, "debug"),
        _ => ("-vv", LogLevel::Trace, "trace"),
    };
    (configured < level).then_some((flag, word))
}

/// What the detached process is told.
fn arguments(listen: Option<SocketAddr>, verbose: u8) -> Vec<String> {
    let address = listen.map(|address| ["--listen".to_owned(), address.to_string()]);
    let finer = (verbose > 0).then(|| format!("-{}", "v".repeat(verbose.into())));
    address.into_iter().flatten().chain(finer).collect()
}

fn run(context: &Context<'_>, loaded: Loaded, flags: Overrides, background: bool) -> Result<(), CliError> {
    hardening::apply();
    descriptors::raise_limit();
    let instance = context.instance();
    instance.prepare()?;
    private_folder(&context.paths.data_dir)?;
    let lock_path = instance.lock();
    let lock = Lock::try_take(&lock_path).map_err(|error| CliError::file(&lock_path, &error))?;
    let Some(_lock) = lock else {
        return Err(CliError::new(ALREADY_UP, exit::ADDRESS, &i18n::process::ALREADY_UP)
            .at(lock_path.display())
            .run("tokgate status"));
    };
    runtime()?.block_on(Session { context, instance, background, flags }.run(loaded))
}

/// One life of a gateway, seen from the command line.
struct Session<'c, 'g> {
    context: &'c Context<'g>,
    instance: Instance,
    background: bool,
    flags: Overrides,
}

impl Session<'_, '_> {
    async fn run(self, loaded: Loaded) -> Result<(), CliError> {
        let path = self.instance.prepare_socket()?;
        let socket = AdminSocket::bind(&path).map_err(|error| CliError::file(&path, &error))?;
        let mut signals = Signals::listen().map_err(|error| runtime_failed(&error))?;
        let drain = loaded.config.server.drain;
        let drain = drain.unwrap_or(if self.background { DRAIN_BACKGROUND } else { DRAIN_FOREGROUND });
        let (stopper, shutdown) = shutdown::channel();
        let (ready, mut is_ready) = Ready::channel();
        let reload: Reload = Arc::new(Notify::new());
        let mut serving = self.context.gateway.serve(Start {
            loaded: loaded.clone(),
            paths: self.context.paths.clone(),
            explicit: self.context.explicit.clone(),
            env: self.context.env.clone(),
            flags: self.flags.clone(),
            lang: self.context.out.lang,
            background: self.background,
            drain,
            ready,
            shutdown,
            reload: Arc::clone(&reload),
        });
        let handler = loop {
            tokio::select! {
                result = &mut serving => return result,
                Ok(handler) = &mut is_ready => break handler,
                asked = signals.next() => self.signalled(asked, &stopper, None, &reload, drain),
            }
        };
        let admin = Admin { handler: Arc::clone(&handler), stopper: stopper.clone(), drain };
        let admin = tokio::spawn(async move {
            socket.serve(Arc::new(admin)).await;
        });
        let _file = self.announce(&loaded, &handler.status());
        let result = loop {
            tokio::select! {
                result = &mut serving => break result,
                asked = signals.next() => self.signalled(asked, &stopper, Some(&*handler), &reload, drain),
            }
        };
        // Only now: until the last stream is done, `status` and `stop` are answered.
        admin.abort();
        let _ = admin.await;
        if !self.background {
            self.context.out.say(format!("  {}", self.context.out.word(&text::UP_STOPPED)));
        }
        result
    }

    /// Tells the starter, or shows the block; leaves the note for scripts.
    fn announce(&self, loaded: &Loaded, status: &Status) -> Option<Written> {
        let file = GatewayFile {
            pid: status.pid,
            address: status.address.clone(),
            version: status.version.clone(),
            started_ms: status.started_ms,
        };
        let written = file.write(self.instance.gateway_file()).ok();
        if self.background {
            Handshake::Ready(Box::new(status.clone())).send();
        } else if !self.context.out.quiet {
            let page = banner::block(self.context, loaded, status, false) + &banner::ready(self.context, status, false);
            self.context.out.data(&page);
        }
        written
    }

    fn signalled(
        &self,
        asked: Asked,
        stopper: &Stopper,
        handler: Option<&dyn AdminHandler>,
        reload: &Reload,
        drain: Duration,
    ) {
        // Without a terminal a hang-up asks for the configuration to be read again; with one it is closing.
        if asked == Asked::Hangup && self.background {
            reload.notify_one();
            return;
        }
        if stopper.press() != Phase::Draining || self.background {
            return;
        }
        let count = handler.map_or(0, |handler| handler.status().in_flight);
        if count > 0 {
            let args: [(&str, &dyn std::fmt::Display); 2] = [("count", &count), ("seconds", &drain.as_secs())];
            self.context.out.say(format!("\n  {}", self.context.out.text(&text::UP_DRAINING, &args)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v_makes_the_log_finer_and_never_coarser() {
        assert_eq!(finer(LogLevel::Info, 0), None);
        assert_eq!(finer(LogLevel::Info, 1), Some(("-v", "debug")));
        assert_eq!(finer(LogLevel::Debug, 1), None);
        assert_eq!(finer(LogLevel::Debug, 2), Some(("-vv", "trace")));
        assert_eq!(finer(LogLevel::Trace, 9), None);
    }

    #[test]
    fn the_detached_process_is_told_what_its_starter_was() {
        let address = "127.0.0.1:1".parse().unwrap();
        assert_eq!(arguments(Some(address), 2), ["--listen", "127.0.0.1:1", "-vv"]);
        assert_eq!(arguments(None, 0), Vec::<String>::new());
    }
}
