//! A table being read: its keys are asked for one by one, and those nobody asked for are reported.

use std::cell::RefCell;

use super::{Field, Reader, type_name};
use crate::config::nearest::nearest;
use crate::config::problem::{ConfigError, Place, Rule};
use crate::config::quote::joined;
use crate::config::tree::{Entry, Table, Value};
use crate::config::{mask, rules};
use crate::i18n::{Both, config as messages};

/// A table being read.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    reader: &'a Reader,
    /// Dotted path with real names.
    pub(crate) path: String,
    pattern: String,
    table: Option<&'a Table>,
    /// Where the table begins.
    pub(crate) place: Place,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// `path` has real names, `pattern` has `*` for them.
    pub(super) fn new(
        reader: &'a Reader,
        path: String,
        pattern: String,
        table: Option<&'a Table>,
        place: Place,
    ) -> Self {
        Self { reader, path, pattern, table, place, known: RefCell::default() }
    }

    pub(crate) fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// Dotted path of a key in here.
    pub(crate) fn key(&self, key: &str) -> String {
        joined(&self.path, key)
    }

    /// The value of a key, when there is one.
    pub(crate) fn field(&self, key: &'static str) -> Option<Field<'a>> {
        self.reader.asked.borrow_mut().insert(below(&self.pattern, key));
        let entry = self.entry(key)?;
        let path = self.key(key);
        self.reader.origin_place(&path, &entry.node.place);
        Some(Field::new(self.reader, path, &entry.node))
    }

    /// Is it there, and a table?
    pub(crate) fn is_table(&self) -> bool {
        self.table.is_some()
    }

    /// Is the key written at all?
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.entry(key).is_some())
    }

    /// Where the key stands, or the table when it is not written.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        self.table
            .and_then(|table| table.entry(key))
            .map_or_else(|| self.place.clone(), |entry| entry.key_place.clone())
    }

    /// A table under `key`; an empty one when it is not written or is no table.
    pub(crate) fn section(&self, key: &'static str) -> Self {
        let pattern = below(&self.pattern, key);
        let entry = self.entry(key);
        let table = entry.and_then(|entry| self.table_of(entry, &self.key(key)));
        let place = entry.map_or_else(|| self.place.clone(), |entry| entry.key_place.clone());
        Self::new(self.reader, self.key(key), pattern, table, place)
    }

    /// The tables under `key` whose names are the user's: `[key.NAME]`.
    pub(crate) fn named(&self, key: &'static str) -> Vec<(&'a Entry, Self)> {
        let outer = self.section(key);
        let entries = outer.table.map(|table| table.entries.as_slice()).unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                let path = joined(&outer.path, &entry.key);
                let table = outer.table_of(entry, &path);
                let section = Self::new(self.reader, path, below(&outer.pattern, "*"), table, entry.key_place.clone());
                (entry, section)
            })
            .collect()
    }

    /// The tables of `[[key]]`.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Self> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let path = self.key(key);
        let Value::List(items) = &entry.node.value else {
            self.reader.error(
                ConfigError::new(&rules::WRONG_TYPE, path, entry.key_place.clone())
                    .with("expected", &messages::TYPE_TABLES)
                    .with("found", type_name(&entry.node.value)),
            );
            return Vec::new();
        };
        let pattern = below(&self.pattern, key);
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let path = format!("{path}[{}]", index + 1);
                let field = Field::new(self.reader, path.clone(), item);
                let table = field.table()?;
                Some(Self::new(self.reader, path, pattern.clone(), Some(table), item.place.clone()))
            })
            .collect()
    }

    /// Texts under names of the user's: `key = { NAME = "text" }`.
    pub(crate) fn texts_by_name(&self, key: &'static str) -> Vec<(&'a Entry, Field<'a>)> {
        self.reader.asked.borrow_mut().insert(below(&below(&self.pattern, key), "*"));
        let inner = self.section(key);
        let entries = inner.table.map(|table| table.entries.as_slice()).unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                let path = joined(&inner.path, &entry.key);
                self.reader.origin_place(&path, &entry.node.place);
                (entry, Field::new(self.reader, path, &entry.node))
            })
            .collect()
    }

    /// An error about this table.
    pub(crate) fn error(&self, rule: &'static Rule) -> ConfigError {
        ConfigError::new(rule, self.path.clone(), self.place.clone())
    }

    /// Reports a missing key.
    pub(crate) fn missing(&self, key: &str, example: &str) {
        if !self.is_table() {
            // That it is no table has been said.
            return;
        }
        self.reader.error(
            ConfigError::new(&rules::MISSING, self.key(key), self.place.clone())
                .with("name", key)
                .with("example", example),
        );
    }

    /// Reports keys that nobody asked for. Every section must end with this.
    pub(crate) fn finish(self) {
        let Some(table) = self.table else { return };
        let known = self.known.borrow();
        for entry in table.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            self.reader.error(unknown(entry, &self.path, &known));
        }
    }

    fn entry(&self, key: &'static str) -> Option<&'a Entry> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.table?.entry(key)
    }

    fn table_of(&self, entry: &'a Entry, path: &str) -> Option<&'a Table> {
        match &entry.node.value {
            Value::Table(table) => Some(table),
            other => {
                self.reader.error(
                    ConfigError::new(&rules::WRONG_TYPE, path, entry.node.place.clone())
                        .with("expected", &messages::TYPE_TABLE)
                        .with("found", type_name(other)),
                );
                None
            }
        }
    }
}

/// Names under which people know a key that has another one here.
const OTHER_NAMES: [(&str, &str); 2] = [("deployments", "models"), ("aws", "keys")];

fn unknown(entry: &Entry, section: &str, known: &[&'static str]) -> ConfigError {
    let name = mask::shown(&entry.key);
    let rule = if section.is_empty() { &rules::UNKNOWN_SECTION } else { &rules::UNKNOWN_KEY };
    let error = ConfigError::new(rule, joined(section, &entry.key), entry.key_place.clone())
        .with("name", name)
        .with("section", section)
        .with("known", Both::list(known));
    let other = OTHER_NAMES.iter().find(|(name, key)| *name == entry.key && known.contains(key)).map(|(_, key)| *key);
    match other.or_else(|| nearest(&entry.key, known.iter().copied())) {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN).fix(&messages::RENAME_FIX),
        None => error,
    }
}

/// As [`joined`], for paths with `*` in them.
fn below(pattern: &str, key: &str) -> String {
    if pattern.is_empty() { key.to_owned() } else { format!("{pattern}.{key}") }
}
