//! From a file, the environment and flags to one validated [`Config`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::env::{self, Outside};
use super::model::{Config, Defaults, LocalKey, Profile, Provider, SecretRef};
use super::own::Own;
use super::paths::{Env, Paths};
use super::problem::{ConfigError, Note, Place, Rejected};
use super::reader::{Findings, Reader};
use super::tree::{Table, Value};
use super::{discover, file, legacy, rules, section, syntax};
use crate::i18n::config as messages;

/// The format this version reads.
const VERSION: i64 = 1;

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
    /// A provider is described, not only found or built in.
    described: bool,
}

/// How much the configuration file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contents {
    /// There is none.
    None,
    /// Nothing.
    Blank,
    /// Something, and no provider.
    Settings,
    /// Providers; those may also stand in variables.
    Providers,
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

/// Reads and validates: the file, then the environment, then flags. `explicit` is the file the user named: it must exist.
pub fn load(paths: &Paths, explicit: Option<&Path>, env: &Env, flags: &Overrides) -> Result<Loaded, Rejected> {
    let path = &paths.config_file;
    let content = match file::read(path) {
        Ok(None) if explicit.is_some() => Err(file::about(&rules::FILE_MISSING, path)),
        Ok(content) => Ok(content),
        Err(error) => Err(*error),
    }
    .map_err(|error| Rejected::of_text(error, path, "", env.home()))?;
    of_content(paths, content, explicit, env, flags)
}

/// What [`load`] says to this content in the file's place.
pub(crate) fn of_content(
    paths: &Paths,
    content: Option<file::Content>,
    explicit: Option<&Path>,
    env: &Env,
    flags: &Overrides,
) -> Result<Loaded, Rejected> {
    let path = &paths.config_file;
    let text = content.as_ref().map(|content| content.text.as_str()).unwrap_or_default();
    let reject = |error| Rejected::of_text(error, path, text, env.home());
    let tree = syntax::parse(text).map_err(|error| reject(offer_copy(*error, paths)))?;
    if let Some(error) = newer_version(&tree) {
        return Err(reject(error));
    }
    let mut read = read(text, tree, path.parent().unwrap_or(Path::new("/")), env, flags);
    if let Some(content) = &content {
        let findings = &mut read.findings;
        match file::check_mode(path, content.access, findings.holds_secret, findings.runs_command) {
            // A file named by the caller may be mounted or shared on purpose, and often cannot be changed: it is said
            // aloud. The file in its usual place is ours to be strict about.
            Some(error) if explicit.is_some() && error.code == rules::FILE_MODE.code => {
                findings.notes.push(file::readable_by_others(path, content.access));
            }
            error => findings.errors.extend(error),
        }
        findings.notes.extend(content.text.trim().is_empty().then(|| empty_file(path)));
    }
    read.findings.notes.extend(unset_variables(&read.config, env));
    if !read.findings.errors.is_empty() {
        let Findings { errors, hidden, harmless, .. } = read.findings;
        let mut rejected = Rejected { errors, ..Rejected::at(path, text, env.home()) };
        rejected.source.secrets = hidden;
        rejected.source.harmless = harmless;
        return Err(rejected);
    }
    Ok(Loaded {
        config: read.config,
        file: content.as_ref().map(|_| path.clone()),
        notes: read.findings.notes,
        origins: read.findings.origins,
        found_in_env: read.found_in_env,
        text: text.to_owned(),
        described: read.described,
    })
}

/// Keys that name a variable which is not set here. Only a remark: the gateway may be started elsewhere.
fn unset_variables(config: &Config, env: &Env) -> Vec<Note> {
    let enabled = config.providers.iter().filter(|provider| provider.enabled);
    let keys = enabled.flat_map(|provider| provider.keys.iter().map(move |key| (provider, key)));
    let unset = keys.filter_map(|(provider, key)| match &key.from {
        SecretRef::Env(name) if key.enabled && env.var(name).is_none() => Some((&provider.name, name)),
        _ => None,
    });
    let unset = unset.map(|(provider, name)| (format!("provider.{provider}.keys"), name));
    let note = |(key, name): (String, &String)| {
        Note::new(rules::VARIABLE_UNSET, &messages::VARIABLE_UNSET, key, Place::Nowhere).with("name", name.clone())
    };
    let local = match &config.server.local_key {
        LocalKey::Given(SecretRef::Env(name)) if env.var(name).is_none() => Some(("server.local_key".to_owned(), name)),
        _ => None,
    };
    unset.chain(local).map(note).collect()
}

impl Loaded {
    /// How much of it the file says.
    pub fn contents(&self) -> Contents {
        match &self.file {
            None => Contents::None,
            Some(_) if self.text.trim().is_empty() => Contents::Blank,
            Some(_) if self.described => Contents::Providers,
            Some(_) => Contents::Settings,
        }
    }

    /// The environment variables that something of this configuration comes from.
    pub fn variables(&self) -> BTreeSet<String> {
        let origins = self.origins.values().filter_map(|origin| match origin {
            Origin::Env(name) => Some(name.clone()),
            _ => None,
        });
        let found = self.found_in_env.iter().map(|key| key.variable.clone());
        let keys = self.config.providers.iter().filter(|provider| provider.enabled).flat_map(|provider| &provider.keys);
        let keys = keys.filter(|key| key.enabled).map(|key| &key.from);
        let local = match &self.config.server.local_key {
            LocalKey::Given(reference) => Some(reference),
            LocalKey::Auto | LocalKey::Off => None,
        };
        let named = keys.chain(local).filter_map(|reference| match reference {
            SecretRef::Env(name) => Some(name.clone()),
            _ => None,
        });
        origins.chain(found).chain(named).collect()
    }
}

/// What a running gateway goes on with after its file was broken: the copy it keeps, read as if it stood in its place,
/// or nothing but defaults when it runs without a file. `None` when that cannot be used here.
pub fn last_good(paths: &Paths, from_file: bool, env: &Env) -> Option<Loaded> {
    let text = if from_file { file::read(&paths.last_good).ok()??.text } else { String::new() };
    let tree = syntax::parse(&text).ok()?;
    let folder = paths.config_file.parent().unwrap_or(Path::new("/"));
    let read = read(&text, tree, folder, env, &Overrides::default());
    read.findings.errors.is_empty().then(|| Loaded {
        config: read.config,
        file: from_file.then(|| paths.config_file.clone()),
        notes: read.findings.notes,
        origins: read.findings.origins,
        found_in_env: read.found_in_env,
        text,
        described: read.described,
    })
}

/// Keeps a copy of the file that was just accepted, to offer it should the file be damaged one day.
pub fn keep_last_good(loaded: &Loaded, paths: &Paths) -> io::Result<()> {
    match &loaded.file {
        Some(_) if !loaded.text.trim().is_empty() => file::keep(&paths.last_good, &loaded.text),
        _ => Ok(()),
    }
}

/// A tree that was read, with everything that was found on the way.
pub(crate) struct Read {
    pub(crate) config: Config,
    pub(crate) findings: Findings,
    pub(crate) found_in_env: Vec<FoundKey>,
    /// A provider is described, not only found or built in.
    pub(crate) described: bool,
}

/// Lays the environment and flags over the tree and reads it. Touches no file.
pub(crate) fn read(text: &str, mut tree: Table, folder: &Path, env: &Env, flags: &Overrides) -> Read {
    let mut outside = Outside::default();
    legacy::lay_over(&mut tree, env, &mut outside);
    env::lay_over(&mut tree, env, &mut outside);
    for flag in &flags.values {
        let place = Place::Flag(flag.flag.clone());
        if flag.key == "use" {
            outside.chosen = Some((flag.value.clone(), place));
            continue;
        }
        let path: Vec<&str> = flag.key.split('.').collect();
        env::put(&mut tree, &path, &flag.value, place, &mut outside);
    }
    let described = discover::described(&tree);
    let found_in_env = discover::fill(&mut tree, env, &mut outside);
    let reader = Reader::new(text, folder, env.home());
    let config = sections(&reader, &tree, env, outside.chosen.as_ref());
    let mut findings = reader.findings();
    findings.errors.extend(outside.errors);
    findings.notes.extend(outside.notes);
    Read { config, findings, found_in_env, described }
}

fn sections(reader: &Reader, tree: &Table, env: &Env, chosen: Option<&(String, Place)>) -> Config {
    let root = reader.root(tree);
    root.field("version").map(|field| field.integer(VERSION..=VERSION));
    let server = section::server::read(&root);
    let listeners = std::iter::once(server.listen).chain(server.also_listen.iter().copied()).collect();
    let own = Own::new(listeners, &server.hosts, env.machine());
    let defaults = root.section("defaults");
    let transport = section::transport::read(&defaults, &section::transport::DEFAULT, &own);
    defaults.finish();
    let around = section::provider::Around { own: &own, defaults: &transport, env };
    let providers = section::provider::read(&root, &around);
    let mut profiles = section::profile::read(&root, &providers);
    let targets = section::route::Targets { providers: &providers, profiles: &profiles };
    let routes = section::route::read(&root, &targets);
    let clients = section::client::read(&root, &profiles);
    let adapters = section::adapter::read(&root);
    let default_profile = chosen
        .and_then(|(name, place)| choose(reader, name, place, &mut profiles, &providers))
        .or_else(|| profiles.iter().position(|profile| &*profile.name == section::profile::DEFAULT))
        .unwrap_or(0);
    let failover = section::failover::read(&root);
    let config = Config {
        server,
        defaults: Defaults { transport },
        providers,
        profiles,
        default_profile,
        routes,
        failover: failover.params,
        budgets: failover.budgets,
        breaker: failover.breaker,
        queue: section::queue::read(&root),
        health: section::health::read(&root),
        hold: section::limit::hold(&root),
        limits: section::limit::read(&root),
        log: section::log::read(&root),
        clients,
        adapters,
        ui: section::ui::read(&root),
    };
    root.finish();
    config
}

/// Makes a profile the default one, or puts a provider in front of the default profile.
fn choose(
    reader: &Reader,
    name: &str,
    place: &Place,
    profiles: &mut [Profile],
    providers: &[Arc<Provider>],
) -> Option<usize> {
    if let Some(index) = profiles.iter().position(|profile| &*profile.name == name) {
        reader.origin_place("use", place);
        return Some(index);
    }
    let Some(provider) = providers.iter().position(|provider| &*provider.name == name) else {
        let known =
            profiles.iter().map(|profile| &*profile.name).chain(providers.iter().map(|provider| &*provider.name));
        let error = ConfigError::new(&rules::MISSING_TARGET, "use", place.clone());
        reader.error(section::profile::missing_target(error, &messages::KIND_EITHER, name, known));
        return None;
    };
    reader.origin_place("use", place);
    let index = profiles.iter().position(|profile| &*profile.name == section::profile::DEFAULT).unwrap_or(0);
    let profile = profiles.get_mut(index)?;
    profile.ordered = true;
    let members = &mut profile.providers;
    members.retain(|member| *member != provider);
    members.insert(0, provider);
    Some(index)
}

/// A file of a newer version is not read further: what looks wrong in it may be right there.
fn newer_version(tree: &Table) -> Option<ConfigError> {
    let entry = tree.entry("version")?;
    match entry.node.value {
        // Anything but a number is said with the other errors.
        Value::Integer(number) if number != VERSION => {
            let error = ConfigError::new(&rules::VERSION, "version", entry.node.place.clone());
            Some(error.with("value", number.to_string()).with("known", VERSION.to_string()))
        }
        _ => None,
    }
}

/// After a crash or a full disk the file may be torn: then the copy that worked is worth naming.
fn offer_copy(error: ConfigError, paths: &Paths) -> ConfigError {
    let Ok(changed) = std::fs::metadata(&paths.last_good).and_then(|metadata| metadata.modified()) else {
        return error;
    };
    let Ok(time) = jiff::Timestamp::try_from(changed) else { return error };
    let time = time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
    error
        .with("time", time)
        .with("copy", file::shell_word(&paths.last_good))
        .with("path", file::shell_word(&paths.config_file))
        .fix(&messages::LAST_GOOD_FIX)
}

fn empty_file(path: &Path) -> Note {
    Note::new(rules::EMPTY_FILE, &messages::EMPTY_FILE, "", Place::Nowhere).with("path", path.display().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::config::{ShowOptions, keys, render, show};
    use crate::i18n::Lang;

    fn read_text(text: &str) -> Read {
        let home = Path::new("/home/ada");
        let env = Env::from_pairs(home, [("", "")]);
        read(text, syntax::parse(text).unwrap(), home, &env, &Overrides::default())
    }

    fn accepted(text: &str) -> Config {
        let read = read_text(text);
        let source = Box::new(crate::config::problem::Source { text: text.to_owned(), ..Default::default() });
        let rejected = Rejected { errors: read.findings.errors, path: None, source };
        assert!(rejected.errors.is_empty(), "{}", render(&rejected, Lang::En, false));
        read.config
    }

    fn shown(config: &Config) -> String {
        show(config, &Origins::new(), ShowOptions::default())
    }

    #[test]
    fn the_list_of_keys_and_the_parser_know_the_same_keys() {
        let text = "[provider.a]\nurl = \"https://a.example\"\nkeys = [{ from = \"env:A\" }]\nauth = { header = \"x-k\" }\n\
                    price.a = { input = 1, output = 2, tiers = [{ above = 1, input = 1, output = 2 }], busy = {} }\nmodel.a = { dialect = {} }\n\
                    [profile.a]\nproviders = [\"a\"]\n[[route]]\nto = \"provider:a\"\n[[limit]]\nrpm = 1\n[client.a]\n[adapter.opencat]\n";
        let asked = read_text(text).findings.asked;
        let listed: BTreeSet<String> = keys::all().map(|key| key.path.to_owned()).collect();
        assert_eq!(listed.len(), keys::all().count(), "a key is listed twice");
        assert_eq!(asked, listed);
    }

    #[test]
    fn the_documented_defaults_are_the_real_ones() {
        let mut plain = String::new();
        let mut provider =
            "provider.a.url = \"https://a.example\"\nprovider.a.price.a.input = 1\nprovider.a.price.a.output = 2\n"
                .to_owned();
        let mut practice = "provider.a.type = \"simulated\"\n".to_owned();
        let mut azure =
            "provider.a = { type = \"azure\", url = \"https://a.example\", default_model = \"m\"".to_owned();
        let mut bedrock = "provider.a = { type = \"bedrock\", region = \"us-east-1\", keys = [\"aws:env\"]".to_owned();
        let mut profile = "provider.a.url = \"https://a.example\"\nprofile.a.providers = [\"a\"]\n".to_owned();
        let bare_profile = profile.clone();
        let mut keyed = "provider.a = { url = \"https://a.example\", keys = [{ from = \"env:A\"".to_owned();
        let bare_keyed = keyed.clone() + " }] }";
        let mut limit = "[[limit]]\nrpm = 1\n".to_owned();
        let bare_limit = limit.clone();
        let (bare_provider, bare_practice) = (provider.clone(), practice.clone());
        let (bare_azure, bare_bedrock) = (azure.clone() + " }", bedrock.clone() + " }");
        for key in keys::all().filter(|key| !key.default.is_empty()) {
            let line = format!("{} = {}\n", key.path.replace('*', "a"), key.default);
            match key.path.split('.').next() {
                _ if key.path.starts_with("provider.*.simulate") => practice.push_str(&line),
                _ if key.path == "provider.*.api_version" => azure += &format!(", api_version = {}", key.default),
                _ if key.path == "provider.*.anthropic_version" => {
                    bedrock += &format!(", anthropic_version = {}", key.default);
                }
                // What a key has of its own stands inside a list.
                Some("provider") if key.path.starts_with("provider.*.keys.") => {
                    keyed += &format!(", {} = {}", key.path.trim_start_matches("provider.*.keys."), key.default);
                }
                Some("provider") => provider.push_str(&line),
                Some("profile") => profile.push_str(&line),
                Some("limit") => limit.push_str(line.trim_start_matches("limit.")),
                Some("client" | "adapter") => {}
                _ => plain.push_str(&line),
            }
        }
        (azure, bedrock, keyed) = (azure + " }", bedrock + " }", keyed + " }] }");
        let own = [
            (&provider, &bare_provider),
            (&practice, &bare_practice),
            (&azure, &bare_azure),
            (&bedrock, &bare_bedrock),
            (&profile, &bare_profile),
            (&limit, &bare_limit),
            (&keyed, &bare_keyed),
        ];
        for (with, without) in
            [(plain.as_str(), "")].into_iter().chain(own.map(|(with, without)| (&**with, &**without)))
        {
            assert_eq!(shown(&accepted(with)), shown(&accepted(without)));
        }
    }

    #[test]
    fn every_number_of_a_code_is_used_once() {
        let mut codes: Vec<&str> = rules::ALL.iter().map(|rule| rule.code).collect();
        codes.extend(rules::REMARKS.iter().chain(rules::SECRETS).map(|(code, _)| *code));
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
