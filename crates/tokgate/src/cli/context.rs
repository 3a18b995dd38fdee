//! What every command has at hand: environment, places, output, the gateway's admin interface.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use tokio::time::Instant;

use super::args::Global;
use super::error::{CliError, Text, exit};
use super::gateway::Gateway;
use super::output::Out;
use crate::config::{self, Contents, Env, Loaded, Overrides, Paths};
use crate::i18n::{self, Lang};
use crate::process::admin::client::AdminClient;
use crate::process::background::{self, Running};
use crate::process::environment::{Asked, Unseen};
use crate::process::folders::Instance;

/// Worker threads of a gateway at most; beyond, they only steal work from each other.
const WORKERS_MAX: usize = 8;

/// One call of the program.
pub(super) struct Context<'g> {
    /// What was typed.
    pub(super) args: Vec<OsString>,
    pub(super) env: Env,
    pub(super) paths: Paths,
    pub(super) explicit: Option<PathBuf>,
    pub(super) out: Out,
    pub(super) gateway: &'g dyn Gateway,
    pub(super) started: Instant,
}

impl<'g> Context<'g> {
    pub(super) fn new(
        global: Global,
        args: Vec<OsString>,
        env: Env,
        out: Out,
        gateway: &'g dyn Gateway,
        started: Instant,
    ) -> Self {
        // A background gateway runs in another directory.
        let explicit = global.config.map(|path| std::path::absolute(&path).unwrap_or(path));
        let paths = config::paths(&env, explicit.as_deref());
        Self { args, env, paths, explicit, out, gateway, started }
    }

    /// Reads the configuration; a rejected one is printed here, with all its errors.
    pub(super) fn load(&self, flags: &Overrides) -> Result<Loaded, CliError> {
        config::load(&self.paths, self.explicit.as_deref(), &self.env, flags).map_err(|rejected| {
            self.out.say_always(&config::render(&rejected, self.out.lang, self.out.paint_err.on));
            CliError::reported(exit::CONFIG)
        })
    }

    /// The configuration for a command that works with the running gateway: when the file cannot be used, that is the one
    /// the gateway goes on with, after a warning.
    pub(super) fn load_beside_gateway(&self) -> Result<Loaded, CliError> {
        let flags = Overrides::default();
        match config::load(&self.paths, self.explicit.as_deref(), &self.env, &flags) {
            Ok(loaded) if loaded.contents() == Contents::Providers => Ok(loaded),
            Ok(loaded) => Ok(self.kept_in_place_of_lost().unwrap_or(loaded)),
            Err(rejected) => {
                if let Some(loaded) = self.last_good() {
                    let problem = super::output::clean(&rejected.first(self.out.lang));
                    let command = format!("tokgate{} config validate", self.config_flag());
                    let args: [(&str, &dyn std::fmt::Display); 2] = [("problem", &problem), ("command", &command)];
                    self.out.warn(self.out.text(&i18n::cli::CONFIG_NOT_IN_USE, &args));
                    return Ok(loaded);
                }
                self.out.say_always(&config::render(&rejected, self.out.lang, self.out.paint_err.on));
                Err(CliError::reported(exit::CONFIG))
            }
        }
    }

    /// What the running gateway goes on with when its file is gone or empty, after a warning.
    fn kept_in_place_of_lost(&self) -> Option<Loaded> {
        let refused = self.admin().status().ok()??.config_problem?;
        let loaded = self.last_good()?;
        let (problem, fix) = (refused.what.say(self.out.lang), refused.fix.say(self.out.lang));
        let args: [(&str, &dyn std::fmt::Display); 2] = [("problem", &problem), ("fix", &fix)];
        self.out.warn(self.out.text(&i18n::cli::STATUS_CONFIG_PROBLEM, &args));
        Some(loaded)
    }

    /// Whether a gateway that is started now would run as the running one does.
    fn could_restart(&self) -> bool {
        let readable = config::load(&self.paths, self.explicit.as_deref(), &self.env, &Overrides::default()).is_ok();
        readable && self.admin().status().is_ok_and(|status| status.is_none_or(|it| it.config_problem.is_none()))
    }

    fn last_good(&self) -> Option<Loaded> {
        let status = self.admin().status().ok()??;
        config::last_good(&self.paths, status.config.is_some(), &self.env)
    }

    /// Variables of this shell that the configuration reads and that the running gateway does not have like this. A
    /// gateway that cannot say has nothing to hide from anyone: that is no reason to stop.
    pub(super) fn unseen_variables(&self, loaded: &Loaded) -> Vec<Unseen> {
        let names = loaded.variables();
        if names.is_empty() {
            return Vec::new();
        }
        let seen = self.admin().environment(&Asked { names: names.clone() });
        seen.ok().flatten().map(|seen| seen.lacks(&names, &self.env)).unwrap_or_default()
    }

    /// Says which variables the running gateway lacks, and what takes them over. A restart with a broken file would take
    /// the gateway down: then the file comes first.
    pub(super) fn unseen_text(&self, unseen: &[Unseen]) -> Option<String> {
        if unseen.is_empty() {
            return None;
        }
        let names = unseen.iter().map(|variable| variable.name.as_str());
        let names = super::output::clean(&self.out.list(names));
        let config = self.config_flag();
        let command = format!("tokgate{config} stop && tokgate{config} up -d");
        let check = format!("tokgate{config} config validate");
        let args: [(&str, &dyn std::fmt::Display); 3] = [("names", &names), ("command", &command), ("check", &check)];
        let message =
            if self.could_restart() { &i18n::cli::VARIABLES_UNSEEN } else { &i18n::cli::VARIABLES_UNSEEN_BROKEN };
        Some(self.out.text(message, &args))
    }

    /// ` --config FILE` for a command that is printed to be copied, when this call had one.
    fn config_flag(&self) -> String {
        let file = self.explicit.as_deref().map(|file| super::output::quoted(file.as_os_str()));
        file.map(|file| format!(" --config {file}")).unwrap_or_default()
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
    CliError::new(
        "TG207",
        exit::FAILED,
        Text::new(&i18n::cli::RUNTIME_FAILED).with_words("error", i18n::faults::system(error)),
    )
    .at("tokgate")
    .fix(&i18n::cli::RUNTIME_FIX)
}

/// A command needs a running gateway and there is none.
pub(super) fn not_running(socket: &std::path::Path) -> CliError {
    CliError::new("TG208", exit::NOT_RUNNING, &i18n::cli::NOT_RUNNING).at(socket.display()).run("tokgate up -d")
}
