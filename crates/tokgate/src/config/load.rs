//! From a file, the environment and flags to one validated [`Config`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::model::Config;
use super::paths::{Env, Paths};
use super::problem::{Note, Rejected};

/// A configuration that was accepted.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The file it came from; `None` when there is none.
    pub file: Option<PathBuf>,
    /// Remarks to show.
    pub notes: Vec<Note>,
    /// Where each value comes from.
    pub origins: Origins,
    /// Vendor key variables that became providers because none was configured.
    pub found_in_env: Vec<FoundKey>,
    /// The text of the file, for the last good copy.
    text: String,
}

/// Dotted key → where its value comes from. A key that is not in here has its default.
pub type Origins = BTreeMap<String, Origin>;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A vendor preset, by id.
    Preset(String),
    /// A line of the file, counted from 1.
    File(usize),
    /// An environment variable.
    Env(String),
    /// A command line flag.
    Flag(String),
}

/// A vendor key variable that became a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// Name of the variable.
    pub variable: String,
    /// Name of the provider made of it.
    pub provider: String,
    /// Vendor preset it uses.
    pub preset: String,
}

/// Values given on the command line; they beat everything.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    values: Vec<Override>,
}

#[derive(Debug, Clone)]
struct Override {
    flag: String,
    key: String,
    value: String,
}

impl Overrides {
    /// `flag` (as the user typed it) sets the dotted `key`. The key `use` chooses the default profile or provider.
    #[must_use]
    pub fn with(mut self, flag: &str, key: &str, value: &str) -> Self {
        self.values.push(Override { flag: flag.to_owned(), key: key.to_owned(), value: value.to_owned() });
        self
    }
}

/// Reads and validates: file, then environment, then flags.
pub fn load(paths: &Paths, explicit: Option<&Path>, env: &Env, flags: &Overrides) -> Result<Loaded, Box<Rejected>> {
    let _ = (explicit, env, flags);
    Err(Box::new(Rejected {
        errors: Vec::new(),
        path: Some(paths.config_file.clone()),
        text: String::new(),
        secrets: Vec::new(),
        home: PathBuf::new(),
    }))
}
