//! What every command has at hand: environment, places, output, the gateway's admin interface.

use std::path::PathBuf;
use std::process::Command;

use tokio::time::Instant;

use super::args::Global;
use super::error::{CliError, Text, exit};
use super::gateway::Gateway;
use super::output::Out;
use crate::config::{self, Env, Loaded, Overrides, Paths};
use crate::i18n::{self, Lang};
use crate::process::admin::client::AdminClient;
use crate::process::background::{self, Running};
use crate::process::folders::Instance;

/// Worker threads of a gateway at most; beyond, they only steal work from each other.
const WORKERS_MAX: usize = 8;

/// One call of the program.
pub(super) struct Context<'g> {
    pub(super) env: Env,
    pub(super) paths: Paths,
    pub(super) explicit: Option<PathBuf>,
    pub(super) out: Out,
    pub(super) gateway: &'g dyn Gateway,
    pub(super) started: Instant,
}

impl<'g> Context<'g> {
    pub(super) fn new(global: Global, env: Env, out: Out, gateway: &'g dyn Gateway, started: Instant) -> Self {
        // A background gateway runs in another directory.
        let explicit = global.config.map(|path| std::path::absolute(&path).unwrap_or(path));
        let paths = config::paths(&env, explicit.as_deref());
        Self { env, paths, explicit, out, gateway, started }
    }

    /// Reads the configuration; a rejected one is printed here, with all its errors.
    pub(super) fn load(&self, flags: &Overrides) -> Result<Loaded, CliError> {
        config::load(&self.paths, self.explicit.as_deref(), &self.env, flags).map_err(|rejected| {
            self.out.say_always(&config::render(&rejected, self.out.lang, self.out.paint_err.on));
            CliError::reported(exit::CONFIG)
        })
    }

    pub(super) fn instance(&self) -> Instance {
        Instance::from(&self.paths)
    }

    pub(super) fn admin(&self) -> AdminClient {
        AdminClient::new(self.instance().socket())
    }

    /// The running gateway, started in the background when there is none.
    pub(super) fn ensure_gateway(&self, flags: &[String]) -> Result<Running, CliError> {
        background::ensure(&self.instance(), &self.admin(), self.child_command(flags)?)
    }

    fn child_command(&self, flags: &[String]) -> Result<Command, CliError> {
        let program = std::env::current_exe().map_err(|error| runtime_failed(&error))?;
        let mut command = Command::new(program);
        command.arg("gateway-child").args(flags).args(["--color", "never", "--lang"]);
        command.arg(if self.out.lang == Lang::Zh { "zh" } else { "en" });
        if let Some(path) = &self.explicit {
            command.arg("--config").arg(path);
        }
        Ok(command)
    }

    /// The file that is or would be read, with the home folder as `~`.
    pub(super) fn config_path(&self) -> String {
        super::output::tilde(&self.paths.config_file, self.env.home())
    }
}

/// The runtime of a gateway: one thread where there is one processor.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = if processors == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(processors.min(WORKERS_MAX));
        builder
    };
    builder.enable_all().build().map_err(|error| runtime_failed(&error))
}

/// The system did not give what every program needs.
pub(super) fn runtime_failed(error: &std::io::Error) -> CliError {
    CliError::new("TG207", exit::FAILED, Text::new(&i18n::cli::RUNTIME_FAILED).with("error", error))
        .at("tokgate")
        .fix(&i18n::cli::RUNTIME_FIX)
}

/// A command needs a running gateway and there is none.
pub(super) fn not_running(socket: &std::path::Path) -> CliError {
    CliError::new("TG208", exit::NOT_RUNNING, &i18n::cli::NOT_RUNNING).at(socket.display()).run("tokgate up -d")
}
