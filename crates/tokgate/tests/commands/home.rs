//! A home folder, the program called in it, and its gateway.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a call printed and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What `--json` printed.
    pub(crate) fn data(&self) -> serde_json::Value {
        let json: serde_json::Value =
            serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err));
        json["data"].clone()
    }
}

/// A home folder whose gateway is stopped at the end, whatever the test did.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With this configuration, private.
    pub(crate) fn with(config: &str) -> Self {
        let home = Self::new();
        home.write(config);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join(".config/tokgate/config.toml")
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    pub(crate) fn write(&self, config: &str) {
        std::fs::create_dir_all(self.config().parent().unwrap()).unwrap();
        std::fs::write(self.config(), config).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.config(), private).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokgate"));
        command.env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).args(args);
        command
    }

    pub(crate) fn call(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// The same, and it must succeed.
    pub(crate) fn done(&self, args: &[&str]) -> Said {
        let said = self.call(args);
        assert_eq!(said.code, 0, "{args:?}: {}{}", said.out, said.err);
        said
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.call(&["stop", "--now"]);
    }
}
