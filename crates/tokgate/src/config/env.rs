//! Environment variables and flags laid over the file: `TOKGATE_SERVER__LISTEN`, `TOKGATE_PROVIDER__KIMI__KEYS`, …
//!
//! Here is only the spelling: which variable means which key, and how a text becomes a list or a number. Whether the
//! value is good is for the readers, who then name the variable.

use super::keys::{self, Kind};
use super::model::SecretRef;
use super::paths::Env;
use super::preset;
use super::problem::{ConfigError, Note, Place};
use super::tree::{Node, Table, Value};
use super::{reference, rules};
use crate::i18n::config as messages;

const PREFIX: &str = "TOKGATE_";
const LEVEL: &str = "__";
/// Lists of tables have no names to address them by.
const FILE_ONLY: [&str; 1] = ["route"];
/// Sections whose second level is a name of the user's.
const NAMED: [&str; 4] = ["provider", "profile", "client", "adapter"];

/// What came from outside the file besides values.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    pub(crate) errors: Vec<ConfigError>,
    pub(crate) notes: Vec<Note>,
    /// Default profile or provider, and who says so.
    pub(crate) chosen: Option<(String, Place)>,
}

/// Lays every `TOKGATE_…` variable over the tree.
pub(crate) fn lay_over(tree: &mut Table, env: &Env, outside: &mut Outside) {
    for (name, value) in env.vars() {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if rest == "USE" {
            outside.chosen = Some((value.to_owned(), Place::Env(name.to_owned())));
        } else if rest.contains(LEVEL) {
            let path = path_of(rest, tree);
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            put(tree, &path, value, Place::Env(name.to_owned()), outside);
        } else if let Some(meant) = with_two_underscores(rest) {
            let note = Note::new(rules::ONE_UNDERSCORE, &messages::ONE_UNDERSCORE, "", Place::Env(name.to_owned()));
            outside.notes.push(note.with("name", name).with("new", meant));
        }
    }
    complete_providers(tree);
}

/// Puts one value from outside into the tree.
pub(crate) fn put(tree: &mut Table, path: &[&str], value: &str, place: Place, outside: &mut Outside) {
    if path.first().is_some_and(|first| FILE_ONLY.contains(first)) {
        let name = match &place {
            Place::Env(name) | Place::Flag(name) => name.clone(),
            _ => String::new(),
        };
        let error = ConfigError::new(&rules::NOT_FROM_OUTSIDE, path.join("."), place);
        outside.errors.push(error.with("name", name));
        return;
    }
    let value = keys::find(path).map_or_else(|| Value::Text(value.to_owned()), |key| typed(value, key.kind, &place));
    tree.put(path, Node { place, value });
}

/// `PROVIDER__MOONSHOT_CN__KEYS` → `provider`, `moonshot-cn`, `keys`.
fn path_of(rest: &str, tree: &Table) -> Vec<String> {
    let parts: Vec<&str> = rest.split(LEVEL).collect();
    let mut path: Vec<String> = parts.iter().map(|part| part.to_ascii_lowercase()).collect();
    if let [section, name, ..] = path.as_mut_slice()
        && NAMED.contains(&section.as_str())
    {
        *name = known_name(section, name, tree);
    }
    // Names of variables keep their letters.
    if let [section, _, key, variable] = path.as_mut_slice()
        && section == "client"
        && key == "env"
    {
        *variable = parts[3].to_owned();
    }
    path
}

/// A variable cannot hold `-`, so `MOONSHOT_CN` also means `moonshot-cn` when there is such a name.
fn known_name(section: &str, name: &str, tree: &Table) -> String {
    let same = |other: &str| other.replace('-', "_") == *name;
    let entries = tree.table(section).map(|table| table.entries.as_slice()).unwrap_or_default();
    if let Some(entry) =
        entries.iter().find(|entry| entry.key == name).or_else(|| entries.iter().find(|entry| same(&entry.key)))
    {
        return entry.key.clone();
    }
    let ids = preset::ids();
    ids.into_iter().find(|id| section == "provider" && same(id)).unwrap_or(name).to_owned()
}

fn typed(value: &str, kind: Kind, place: &Place) -> Value {
    let text = || Value::Text(value.to_owned());
    match kind {
        Kind::Integer => value.trim().parse().map_or_else(|_| text(), Value::Integer),
        Kind::Bool => match value.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Value::Bool(true),
            "false" | "0" | "no" | "off" => Value::Bool(false),
            _ => text(),
        },
        Kind::Reference => Value::Text(by_reference(value, place)),
        kind if kind.is_list() => {
            let items: Vec<&str> = value.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
            let item = |item: &str| match (kind, items.len()) {
                (Kind::References, 1) => by_reference(item, place),
                _ => item.to_owned(),
            };
            let node = |text: &&str| Node { place: place.clone(), value: Value::Text(item(text)) };
            Value::List(items.iter().map(node).collect())
        }
        _ => text(),
    }
}

/// A variable that holds the key itself is the reference to that key: the value then stays out of our memory and output.
fn by_reference(value: &str, place: &Place) -> String {
    let nowhere = std::path::Path::new("");
    match (place, reference::parse(value, nowhere, nowhere)) {
        (Place::Env(name), Ok(SecretRef::Literal(_))) if !matches!(value, "auto" | "off") => format!("env:{name}"),
        _ => value.to_owned(),
    }
}

/// A provider that only the environment names and that has no address is the vendor of that name.
fn complete_providers(tree: &mut Table) {
    let Some(table) = tree.entries.iter_mut().find(|entry| entry.key == "provider") else { return };
    let Value::Table(providers) = &mut table.node.value else { return };
    for entry in &mut providers.entries {
        let (Place::Env(_), Value::Table(provider)) = (&entry.node.place, &mut entry.node.value) else { continue };
        let addressed = ["url", "type", "preset"].iter().any(|key| provider.entry(key).is_some());
        if let Some(preset) = preset::by_name(&entry.key).filter(|_| !addressed) {
            let node = Node { place: entry.node.place.clone(), value: Value::Text(preset.id.to_owned()) };
            provider.put(&["preset"], node);
        }
    }
}

/// `SERVER_LISTEN` → `TOKGATE_SERVER__LISTEN`, when that would be a key.
fn with_two_underscores(rest: &str) -> Option<String> {
    let lower = rest.to_ascii_lowercase();
    let (section, key) = lower.split_once('_')?;
    let mut parts = vec![section];
    if NAMED.contains(&section) {
        let (name, key) = key.split_once('_')?;
        parts.extend([name, key]);
    } else {
        parts.push(key);
    }
    keys::find(&parts)?;
    Some(format!("{PREFIX}{}", parts.join(LEVEL).to_ascii_uppercase()))
}
