//! Where our files live, and the environment they are derived from.
//!
//! Linux and macOS alike follow the XDG folders, as command line programs are expected to. A configuration given with
//! `--config` is an *instance* of its own: its data and state live apart from those of the usual configuration, so that
//! two gateways with two configurations do not share a lock, a local key or a database.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::machine::Machine;

/// Name of the instance that belongs to the usual configuration file.
pub const DEFAULT_INSTANCE: &str = "default";

/// The process environment and the machine as an argument, so that tests need not change the real ones.
#[derive(Clone)]
pub struct Env {
    vars: BTreeMap<String, String>,
    home: PathBuf,
    machine: Machine,
}

impl Env {
    /// The environment of this process. Variables that are not UTF-8 are left out.
    pub fn from_process() -> Self {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        // Without any home (a bare container) a folder of this user alone is used.
        let home = std::env::home_dir()
            .filter(|home| home.is_absolute())
            .unwrap_or_else(|| std::env::temp_dir().join(format!("tokgate-{}", rustix::process::getuid().as_raw())));
        Self { vars, home, machine: Machine::this() }
    }

    /// An environment made of `pairs`, with `home` as home folder, on a machine of which nothing is known.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(home: &Path, pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let vars = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { vars, home: home.to_owned(), machine: Machine::default() }
    }

    /// The same on this machine.
    #[must_use]
    pub fn on(self, machine: Machine) -> Self {
        Self { machine, ..self }
    }

    /// A variable's value. A variable that is set to nothing counts as not set.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables that are set to something, by name.
    pub fn vars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Home folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }
}

/// Variables hold secrets, so only how many there are.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env({} variables, home {})", self.vars.len(), self.home.display())
    }
}

/// The places of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `default`, or a name derived from the path of the explicit configuration file.
    pub instance: String,
    /// The configuration file; may not exist.
    pub config_file: PathBuf,
    /// Database, local key.
    pub data_dir: PathBuf,
    /// Log, lock, last good configuration.
    pub state_dir: PathBuf,
    /// Sockets.
    pub runtime_dir: PathBuf,
    /// Copy of the configuration that was loaded last without an error.
    pub last_good: PathBuf,
}

/// The places for the usual configuration, or for the `explicit` one.
pub fn paths(env: &Env, explicit: Option<&Path>) -> Paths {
    let usual = base(env, "XDG_CONFIG_HOME", ".config").join("config.toml");
    let config_file = explicit.map_or_else(|| usual.clone(), absolute);
    let instance =
        if same_file(&config_file, &usual) { DEFAULT_INSTANCE.to_owned() } else { instance_of(&config_file) };
    let data_dir = place(base(env, "XDG_DATA_HOME", ".local/share"), &instance);
    let state_dir = place(base(env, "XDG_STATE_HOME", ".local/state"), &instance);
    let runtime_dir = match folder(env, "XDG_RUNTIME_DIR") {
        Some(dir) => place(dir.join("tokgate"), &instance),
        None => state_dir.clone(),
    };
    let last_good = state_dir.join("last-good.toml");
    Paths { instance, config_file, data_dir, state_dir, runtime_dir, last_good }
}

fn base(env: &Env, variable: &str, below_home: &str) -> PathBuf {
    folder(env, variable).unwrap_or_else(|| env.home().join(below_home)).join("tokgate")
}

/// The XDG rules say that a relative folder is to be ignored.
fn folder(env: &Env, variable: &str) -> Option<PathBuf> {
    env.var(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn place(base: PathBuf, instance: &str) -> PathBuf {
    if instance == DEFAULT_INSTANCE { base } else { base.join("instances").join(instance) }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || canonical(one) == canonical(other)
}

/// Readable and distinct: the file's folder or stem, and eight hex digits of the whole path.
fn instance_of(config_file: &Path) -> String {
    let path = canonical(config_file);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("config");
    let word: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(24).collect();
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digits}", if word.is_empty() { "config" } else { &word })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::from_pairs(Path::new("/home/ada"), pairs.iter().copied())
    }

    #[test]
    fn xdg_folders_are_used_and_relative_ones_ignored() {
        let paths = paths(&env(&[("XDG_CONFIG_HOME", "/etc/ada"), ("XDG_STATE_HOME", "relative")]), None);
        assert_eq!(paths.config_file, Path::new("/etc/ada/tokgate/config.toml"));
        assert_eq!(paths.state_dir, Path::new("/home/ada/.local/state/tokgate"));
        assert_eq!(paths.data_dir, Path::new("/home/ada/.local/share/tokgate"));
        assert_eq!(paths.runtime_dir, paths.state_dir);
        assert_eq!(paths.instance, DEFAULT_INSTANCE);
    }

    #[test]
    fn an_explicit_configuration_shares_nothing_with_the_usual_one_or_another() {
        let env = env(&[]);
        let usual = paths(&env, None);
        let one = paths(&env, Some(Path::new("/srv/one/work.toml")));
        let two = paths(&env, Some(Path::new("/srv/two/work.toml")));
        assert!(one.instance.starts_with("work-"), "{}", one.instance);
        assert!(one.state_dir != usual.state_dir && one.data_dir != usual.data_dir);
        assert!(one.state_dir != two.state_dir && one.data_dir != two.data_dir);
    }

    #[test]
    fn naming_the_usual_file_explicitly_is_the_usual_instance() {
        let env = env(&[]);
        assert_eq!(paths(&env, Some(Path::new("/home/ada/.config/tokgate/config.toml"))), paths(&env, None));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        assert_eq!(env(&[("A", "")]).var("A"), None);
    }
}
