//! What is to be started: program, arguments, environment, private file. A value, not an action.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::error::Text;
use crate::config::model::Client;
use crate::process::admin::RunGrant;
use crate::secret::Secret;

/// Everything a plan is made of.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// `claude`, `codex`, `opencode` or the name of a `[client.NAME]`.
    pub client: &'a str,
    /// `[client.NAME]`, or its defaults.
    pub config: &'a Client,
    /// The user's own arguments for the client.
    pub args: &'a [OsString],
    /// Variable of the environment we were started in.
    pub var: &'a dyn Fn(&str) -> Option<String>,
    /// What the gateway gave us for this run.
    pub grant: &'a RunGrant,
    /// `--model`
    pub model: Option<&'a str>,
    /// Where a private file of this run may be.
    pub file: &'a Path,
    /// Reads a file of the user's that an argument names.
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
}

impl std::fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ask").field("client", &self.client).field("grant", &self.grant).finish_non_exhaustive()
    }
}

impl Ask<'_> {
    /// The base address of this run, without `/v1`.
    pub(super) fn base(&self) -> String {
        format!("{}/r/{}", self.grant.address, self.grant.tag)
    }

    /// The base address of this run as the OpenAI family wants it.
    pub(super) fn base_v1(&self) -> String {
        format!("{}/v1", self.base())
    }

    /// What the client shows the gateway; `None` when its own login is forwarded. A gateway that asks for no key still
    /// gets a word, because clients refuse to start without one.
    pub(super) fn key(&self) -> Option<Secret> {
        match (&self.grant.key, self.grant.own_login) {
            (_, true) => None,
            (Some(key), false) => Some(key.clone()),
            (None, false) => Some(Secret::new("tokgate")),
        }
    }

    /// Whether the client's own telemetry and update traffic is switched off.
    pub(super) fn quiet(&self) -> bool {
        self.config.quiet_traffic.unwrap_or(true)
    }

    /// A plan with the configured program, arguments and variables; `default` is the client's usual program.
    pub(super) fn begin(&self, default: &str) -> Plan {
        let mut plan = Plan::new(self.config.command.as_deref().unwrap_or(default));
        plan.args.extend(self.config.args.iter().map(OsString::from));
        for (name, value) in &self.config.env {
            plan.set(name, Value::from_config(name, value));
        }
        plan
    }
}

/// A client ready to be started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Program, looked up in `PATH` unless it is a path.
    pub program: OsString,
    /// Its arguments. Never a long-lived secret.
    pub args: Vec<OsString>,
    /// Variables that are set.
    pub env_set: BTreeMap<String, Value>,
    /// Variables of ours that are taken away, because they would lead around the gateway.
    pub env_clear: BTreeSet<&'static str>,
    /// A private file that exists while the client runs.
    pub file: Option<PrivateFile>,
    /// The certificates it is to trust, in a private file that exists while the client runs.
    pub trust: Option<PrivateFile>,
    /// What the user should know.
    pub notes: Vec<Text>,
}

impl Plan {
    pub(super) fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env_set: BTreeMap::new(),
            env_clear: BTreeSet::new(),
            file: None,
            trust: None,
            notes: Vec::new(),
        }
    }

    /// The private files of the run.
    pub fn files(&self) -> impl Iterator<Item = &PrivateFile> {
        self.file.iter().chain(&self.trust)
    }

    pub(super) fn set(&mut self, name: impl Into<String>, value: Value) {
        self.env_set.insert(name.into(), value);
    }

    pub(super) fn clear(&mut self, names: &[&'static str]) {
        self.env_clear.extend(names);
    }
}

/// A value of the environment or of a private file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// Must not.
    Secret(Secret),
}

impl Value {
    /// The value for the child.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }

    /// The value for a person.
    pub fn shown(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Secret(secret) => secret.tail(),
        }
    }

    /// A value of `[client.NAME.env]`: the name tells whether it is a secret.
    pub(super) fn from_config(name: &str, value: &str) -> Self {
        let name = name.to_ascii_uppercase();
        if ["KEY", "TOKEN", "SECRET", "PASSWORD", "HEADERS", "AUTH"].iter().any(|word| name.contains(word)) {
            Self::Secret(Secret::new(value))
        } else {
            Self::Plain(value.to_owned())
        }
    }
}

/// A file of ours, mode 0600, with a secret in it.
#[derive(Debug, Clone)]
pub struct PrivateFile {
    /// Where.
    pub path: PathBuf,
    /// What, for the client.
    pub contents: Secret,
    /// What, for a person.
    pub shown: String,
}
