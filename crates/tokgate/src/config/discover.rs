//! Providers when none is configured: a vendor's usual key variable makes one; without any, the practice provider answers.

use std::net::SocketAddr;

use super::env::Outside;
use super::load::FoundKey;
use super::own::Own;
use super::paths::Env;
use super::preset::{self, Preset};
use super::problem::{Note, Place};
use super::section::{address, provider, server};
use super::tree::{Node, Table, Value};
use super::{listen, rules};
use crate::i18n::config as messages;

/// Name of the provider that answers when there is no other.
pub(crate) const PRACTICE: &str = "practice";
/// Local keys of ours begin so; a variable that holds one was set by `tokgate run` and is no provider's.
const LOCAL_KEY_PREFIX: &str = "tg-";
/// Such a variable wants `authorization: Bearer`, whatever the protocol's own way is.
const BEARER_SUFFIX: &str = "_AUTH_TOKEN";

/// Whether the tree describes a provider.
pub(crate) fn described(tree: &Table) -> bool {
    let entry = tree.entry("provider");
    entry.is_some_and(|entry| !matches!(&entry.node.value, Value::Table(table) if table.entries.is_empty()))
}

/// Adds providers to a tree without any.
pub(crate) fn fill(tree: &mut Table, env: &Env, outside: &mut Outside) -> Vec<FoundKey> {
    if described(tree) {
        return Vec::new();
    }
    let own = Own::new(own_addresses(tree), &[], env.machine());
    let mut found: Vec<FoundKey> = Vec::new();
    // A key for a program on this machine does not say that it runs.
    for preset in preset::all().filter(|preset| !preset.local && preset.is_placed(env)) {
        let base = base(&preset, env, &own, outside);
        let taken = |name: &str| found.iter().any(|key: &FoundKey| key.variable == name);
        let usable = |name: &&&str| {
            let ours = base == Base::Us && name.ends_with(BEARER_SUFFIX);
            env.var(name).is_some_and(|value| !value.starts_with(LOCAL_KEY_PREFIX)) && !ours && !taken(name)
        };
        let mut variables = preset.key_vars.clone();
        if matches!(base, Base::Elsewhere(..)) {
            // Next to another address the token belongs there; a key may well be the vendor's own.
            variables.sort_by_key(|name| !name.ends_with(BEARER_SUFFIX));
        }
        let Some(variable) = variables.iter().find(usable) else { continue };
        add(tree, &preset, variable, base);
        found.push(FoundKey {
            variable: (*variable).to_owned(),
            provider: preset.id.to_owned(),
            preset: preset.id.to_owned(),
        });
    }
    if found.is_empty() {
        let node = Node { place: Place::Nowhere, value: Value::Text(provider::SIMULATED.to_owned()) };
        tree.put(&["provider", PRACTICE, "type"], node);
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base<'a> {
    Usual,
    /// Variable and address.
    Elsewhere(&'static str, &'a str),
    /// The variable leads back to us.
    Us,
}

/// Where the vendor's own SDKs would go.
fn base<'a>(preset: &Preset, env: &'a Env, own: &Own<'_>, outside: &mut Outside) -> Base<'a> {
    let Some((variable, value)) = preset.base_var().and_then(|name| Some((name, env.var(name)?))) else {
        return Base::Usual;
    };
    let ours = address::parse(value).is_some_and(|url| address::is_leftover(&url, own, server::PORT));
    if !ours {
        return Base::Elsewhere(variable, value);
    }
    let note = Note::new(rules::BASE_IS_US, &messages::BASE_IS_US, "", Place::Env(variable.to_owned()));
    outside.notes.push(note.with("name", variable));
    Base::Us
}

fn add(tree: &mut Table, preset: &Preset, variable: &str, base: Base<'_>) {
    let text =
        |name: &str, text: &str| Node { place: Place::Env(name.to_owned()), value: Value::Text(text.to_owned()) };
    let key = text(variable, &format!("env:{variable}"));
    let keys = Node { place: key.place.clone(), value: Value::List(vec![key]) };
    tree.put(&["provider", preset.id, "preset"], text(variable, preset.id));
    tree.put(&["provider", preset.id, "keys"], keys);
    if variable.ends_with(BEARER_SUFFIX) {
        tree.put(&["provider", preset.id, "auth"], text(variable, "bearer"));
    }
    if let Base::Elsewhere(name, url) = base {
        tree.put(&["provider", preset.id, "url"], text(name, url));
    }
}

/// The addresses we shall listen on, as far as they can be read; what is wrong with them is said elsewhere.
fn own_addresses(tree: &Table) -> Vec<SocketAddr> {
    let server = tree.table("server");
    let text = |node: &Node| match &node.value {
        Value::Text(text) => listen::parse(text).map(|listen| listen.address),
        _ => None,
    };
    let main = server.and_then(|table| table.entry("listen")).and_then(|entry| text(&entry.node));
    let also = server.and_then(|table| table.entry("also_listen")).map(|entry| match &entry.node.value {
        Value::List(items) => items.iter().filter_map(text).collect(),
        _ => Vec::new(),
    });
    std::iter::once(main.unwrap_or(server::LISTEN)).chain(also.unwrap_or_default()).collect()
}
