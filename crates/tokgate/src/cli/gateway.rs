//! The seam to the running part: what the command line needs from the gateway, and what it hands over.
//!
//! The program's `main` gives an implementation; `up` calls [`Gateway::serve`] with everything a gateway needs.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::{CliError, Text, exit};
use crate::config::model::SecretRef;
use crate::config::{Env, Loaded, Overrides, Paths};
use crate::i18n::{self, Lang};
use crate::process::admin::AdminHandler;
use crate::process::port_owner;
use crate::process::shutdown::{Reload, Shutdown};
use crate::secret::Secret;

/// A gateway that runs until it is shut down.
pub type Serving<'a> = Pin<Box<dyn Future<Output = Result<(), CliError>> + 'a>>;

/// The running part.
pub trait Gateway: Sync {
    /// Binds, says that it is ready, serves, drains, returns. Runs inside the runtime. On [`Shutdown`] `Draining`: no new
    /// requests, running ones may take [`Start::drain`]; on `Now` they end with their protocol's error event.
    fn serve(&self, start: Start) -> Serving<'_>;

    /// The value behind a reference: for `tokgate env`, which is asked to show the local key. The reason why there is
    /// none is in `lang`.
    fn resolve(&self, reference: &SecretRef, lang: Lang) -> Result<Secret, CliError>;
}

/// What a gateway is started with.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub loaded: Loaded,
    /// Where files are; the folders exist and are private.
    pub paths: Paths,
    /// `--config`, for reading the configuration again.
    pub explicit: Option<PathBuf>,
    /// The environment the configuration was read with.
    pub env: Env,
    /// Values of the command line, for reading the configuration again.
    pub flags: Overrides,
    /// Language of texts inside answers.
    pub lang: Lang,
    /// Without a terminal: standard error is the log file.
    pub background: bool,
    /// How long running streams may take on a stop.
    pub drain: Duration,
    /// To be told when the gateway serves.
    pub ready: Ready,
    /// When to stop.
    pub shutdown: Shutdown,
    /// When to read the configuration again (SIGHUP), besides watching the file.
    pub reload: Reload,
}

/// Told once, when all addresses are bound and requests are served.
#[derive(Debug)]
pub struct Ready(oneshot::Sender<Arc<dyn AdminHandler>>);

impl Ready {
    /// Both ends.
    pub fn channel() -> (Self, oneshot::Receiver<Arc<dyn AdminHandler>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), receiver)
    }

    /// The gateway serves; `handler` answers the admin interface from now on.
    pub fn announce(self, handler: Arc<dyn AdminHandler>) {
        // A starter that was interrupted does not listen any more; the shutdown reaches the gateway anyway.
        let _ = self.0.send(handler);
    }
}

impl std::fmt::Debug for dyn AdminHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminHandler")
    }
}

/// The error for an address that cannot be bound, with the program that has it.
pub fn bind_failed(address: SocketAddr, error: &std::io::Error) -> CliError {
    if error.kind() != std::io::ErrorKind::AddrInUse {
        let error = i18n::faults::system(error);
        let text = Text::new(&i18n::process::ADDRESS_FAILED).with("address", address).with_words("error", error);
        return CliError::new("TG201", exit::ADDRESS, text).at("server.listen").fix(&i18n::process::ADDRESS_FAILED_FIX);
    }
    let message = match port_owner::find(address) {
        Some(owner) => Text::new(&i18n::process::ADDRESS_TAKEN_BY)
            .with("address", address)
            .with("program", &owner.program)
            .with("pid", owner.pid),
        None => Text::new(&i18n::process::ADDRESS_TAKEN).with("address", address),
    };
    let mut other = address;
    other.set_port(address.port().checked_add(1).unwrap_or(7711));
    CliError::new("TG201", exit::ADDRESS, message)
        .at(format!("server.listen = \"{address}\""))
        .fix(Text::new(&i18n::process::ADDRESS_TAKEN_FIX).with("other", other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_names_the_program_that_has_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let refused = std::net::TcpListener::bind(address).unwrap_err();
        let error = bind_failed(address, &refused);
        assert_eq!((error.code.as_ref(), error.exit), ("TG201", exit::ADDRESS));
        let text = error.lines(Lang::En);
        if cfg!(target_os = "linux") {
            assert!(text.contains(&format!("pid {}", std::process::id())), "{text}");
        }
        assert!(text.contains("--listen 127.0.0.1:"), "{text}");
    }

    #[test]
    fn an_address_of_another_machine_says_so() {
        let address: SocketAddr = "192.0.2.1:7711".parse().unwrap();
        let refused = std::net::TcpListener::bind(address).unwrap_err();
        let error = bind_failed(address, &refused);
        assert!(error.lines(Lang::En).contains("192.0.2.1"), "{error:?}");
    }
}
