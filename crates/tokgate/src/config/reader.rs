//! Typed access to the tree: each read checks type and range, collects errors, and remembers which keys were asked for.
//!
//! Nothing stops at the first error. A key that no reader asked for is unknown; that is how the list of known keys and
//! the parser cannot differ.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::load::{Origin, Origins};
use super::mask;
use super::nearest::nearest;
use super::problem::{Arg, ConfigError, Note, Place, Rule};
use super::quote::joined;
use super::tree::{Entry, Node, Table, Value};
use super::{duration, reference, rules, size};
use crate::i18n::{Message, config as messages};

/// Longest free text (a note, a label, a glob), in bytes.
const TEXT_MAX: usize = 4096;

/// What is collected while the tree is read.
#[derive(Debug)]
pub(crate) struct Reader {
    folder: PathBuf,
    home: PathBuf,
    line_ends: Vec<usize>,
    errors: RefCell<Vec<ConfigError>>,
    notes: RefCell<Vec<Note>>,
    origins: RefCell<Origins>,
    asked: RefCell<BTreeSet<String>>,
    secrets: RefCell<Vec<Range<usize>>>,
    hidden: RefCell<Vec<Range<usize>>>,
    harmless: RefCell<Vec<Range<usize>>>,
    runs_command: Cell<bool>,
}

/// What a [`Reader`] found out.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<ConfigError>,
    pub(crate) notes: Vec<Note>,
    pub(crate) origins: Origins,
    /// Keys that were asked for, names replaced by `*`.
    pub(crate) asked: BTreeSet<String>,
    /// Parts of the file that must not be shown.
    pub(crate) hidden: Vec<Range<usize>>,
    /// Parts of the file that may be shown although they look like secrets.
    pub(crate) harmless: Vec<Range<usize>>,
    /// The file itself holds a secret.
    pub(crate) holds_secret: bool,
    /// The file names a program to run.
    pub(crate) runs_command: bool,
}

impl Reader {
    /// A reader of `text`; relative files are looked for in `folder`.
    pub(crate) fn new(text: &str, folder: &Path, home: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            home: home.to_owned(),
            line_ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            errors: RefCell::default(),
            notes: RefCell::default(),
            origins: RefCell::default(),
            asked: RefCell::default(),
            secrets: RefCell::default(),
            hidden: RefCell::default(),
            harmless: RefCell::default(),
            runs_command: Cell::new(false),
        }
    }

    /// The tree's top level.
    pub(crate) fn root<'a>(&'a self, table: &'a Table) -> Section<'a> {
        Section {
            reader: self,
            path: String::new(),
            pattern: String::new(),
            table: Some(table),
            place: Place::Nowhere,
            known: RefCell::default(),
        }
    }

    pub(crate) fn error(&self, error: ConfigError) {
        self.errors.borrow_mut().push(error);
    }

    pub(crate) fn note(&self, note: Note) {
        self.notes.borrow_mut().push(note);
    }

    /// Remembers that a part of the file is secret: it is hidden, and the file must be private.
    pub(crate) fn secret(&self, place: &Place) {
        if let Place::File(span) = place {
            self.secrets.borrow_mut().push(span.clone());
        }
    }

    /// Hides a value in what is shown; unlike [`Reader::secret`] it does not make the whole file a secret.
    pub(crate) fn secret_value(&self, place: &Place) {
        if let Place::File(span) = place {
            self.hidden.borrow_mut().push(span.clone());
        }
    }

    /// Remembers that a value is no secret, although it stands where secrets stand.
    pub(crate) fn harmless(&self, place: &Place) {
        if let Place::File(span) = place {
            self.harmless.borrow_mut().push(span.clone());
        }
    }

    /// Remembers that the file names a program to run.
    pub(crate) fn runs_command(&self) {
        self.runs_command.set(true);
    }

    /// Remembers where a value comes from.
    pub(crate) fn origin(&self, key: &str, origin: Origin) {
        self.origins.borrow_mut().insert(key.to_owned(), origin);
    }

    /// Remembers it from a place.
    pub(crate) fn origin_place(&self, key: &str, place: &Place) {
        let origin = match place {
            Place::File(span) => Origin::File(self.line_ends.partition_point(|end| *end < span.start) + 1),
            Place::Env(name) => Origin::Env(name.clone()),
            Place::Flag(name) => Origin::Flag(name.clone()),
            Place::Nowhere => return,
        };
        self.origin(key, origin);
    }

    /// Everything that was collected, errors in the order of the file.
    pub(crate) fn findings(self) -> Findings {
        let mut errors = self.errors.into_inner();
        errors.sort_by_key(|error| match &error.place {
            Place::File(span) => (0, span.start),
            Place::Env(_) => (1, 0),
            Place::Flag(_) => (2, 0),
            Place::Nowhere => (3, 0),
        });
        let secrets = self.secrets.into_inner();
        let holds_secret = !secrets.is_empty();
        let mut hidden = self.hidden.into_inner();
        hidden.extend(secrets);
        Findings {
            errors,
            notes: self.notes.into_inner(),
            origins: self.origins.into_inner(),
            asked: self.asked.into_inner(),
            hidden: mask::merged(hidden),
            harmless: self.harmless.into_inner(),
            holds_secret,
            runs_command: self.runs_command.get(),
        }
    }
}

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
        Some(Field { reader: self.reader, path, node: &entry.node })
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
    pub(crate) fn section(&self, key: &'static str) -> Section<'a> {
        let pattern = below(&self.pattern, key);
        let entry = self.entry(key);
        let table = entry.and_then(|entry| self.table_of(entry, &self.key(key)));
        let place = entry.map_or_else(|| self.place.clone(), |entry| entry.key_place.clone());
        Section { reader: self.reader, path: self.key(key), pattern, table, place, known: RefCell::default() }
    }

    /// The tables under `key` whose names are the user's: `[key.NAME]`.
    pub(crate) fn named(&self, key: &'static str) -> Vec<(&'a Entry, Section<'a>)> {
        let outer = self.section(key);
        let entries = outer.table.map(|table| table.entries.as_slice()).unwrap_or_default();
        entries
            .iter()
            .map(|entry| {
                let path = joined(&outer.path, &entry.key);
                let table = outer.table_of(entry, &path);
                let section = Section {
                    reader: self.reader,
                    pattern: below(&outer.pattern, "*"),
                    path,
                    table,
                    place: entry.key_place.clone(),
                    known: RefCell::default(),
                };
                (entry, section)
            })
            .collect()
    }

    /// The tables of `[[key]]`.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Section<'a>> {
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
                let field = Field { reader: self.reader, path: path.clone(), node: item };
                let table = field.table()?;
                Some(Section {
                    reader: self.reader,
                    path,
                    pattern: pattern.clone(),
                    table: Some(table),
                    place: item.place.clone(),
                    known: RefCell::default(),
                })
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
                (entry, Field { reader: self.reader, path, node: &entry.node })
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

fn unknown(entry: &Entry, section: &str, known: &[&'static str]) -> ConfigError {
    let name = mask::shown(&entry.key);
    let rule = if section.is_empty() { &rules::UNKNOWN_SECTION } else { &rules::UNKNOWN_KEY };
    let error = ConfigError::new(rule, joined(section, &entry.key), entry.key_place.clone())
        .with("name", name)
        .with("section", section)
        .with("known", known.join(", "));
    match nearest(&entry.key, known.iter().copied()) {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN).fix(&messages::RENAME_FIX),
        None => error,
    }
}

/// A value being read.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    reader: &'a Reader,
    /// Dotted path.
    pub(crate) path: String,
    node: &'a Node,
}

impl<'a> Field<'a> {
    pub(crate) fn place(&self) -> &'a Place {
        &self.node.place
    }

    pub(crate) fn reader(&self) -> &'a Reader {
        self.reader
    }

    /// An error about this value; `{value}` is filled in as far as it may be shown.
    pub(crate) fn error(&self, rule: &'static Rule) -> ConfigError {
        ConfigError::new(rule, self.path.clone(), self.node.place.clone()).with("value", self.shown())
    }

    /// Reports such an error.
    pub(crate) fn refuse(&self, rule: &'static Rule) {
        self.reader.error(self.error(rule));
    }

    /// A remark about this value.
    pub(crate) fn note(&self, code: &'static str, message: &'static Message) -> Note {
        Note::new(code, message, self.path.clone(), self.node.place.clone()).with("value", self.shown())
    }

    fn shown(&self) -> String {
        if let Place::Env(name) = &self.node.place
            && mask::secret_name(name)
        {
            return "…".to_owned();
        }
        match &self.node.value {
            Value::Text(text) => mask::shown(text),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Date | Value::List(_) | Value::Table(_) => "…".to_owned(),
        }
    }

    fn wrong_type(&self, expected: &'static Message) {
        // What comes from outside is always text: its value says more than its type.
        let found = match (&self.node.place, &self.node.value) {
            (Place::Env(_) | Place::Flag(_), Value::Text(_)) => Arg::Text(format!("`{}`", self.shown())),
            (_, value) => type_name(value),
        };
        self.reader.error(self.error(&rules::WRONG_TYPE).with("expected", expected).with("found", found));
    }

    /// Text of at least one and at most [`TEXT_MAX`] bytes, without control characters.
    pub(crate) fn text(&self) -> Option<&'a str> {
        let text = self.raw_text()?;
        let fine = !text.trim().is_empty() && text.len() <= TEXT_MAX && !text.chars().any(char::is_control);
        if !fine {
            self.reader.error(self.error(&rules::BAD_TEXT).with("most", TEXT_MAX.to_string()));
        }
        fine.then_some(text)
    }

    /// Text of any kind.
    pub(crate) fn raw_text(&self) -> Option<&'a str> {
        match &self.node.value {
            Value::Text(text) => Some(text),
            _ => {
                self.wrong_type(&messages::TYPE_TEXT);
                None
            }
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.node.value, Value::Text(_))
    }

    pub(crate) fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    pub(crate) fn is_integer(&self) -> bool {
        matches!(self.node.value, Value::Integer(_))
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.node.value {
            Value::Bool(flag) => Some(flag),
            _ => {
                self.wrong_type(&messages::TYPE_BOOL);
                None
            }
        }
    }

    pub(crate) fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let Value::Integer(number) = self.node.value else {
            self.wrong_type(&messages::TYPE_INTEGER);
            return None;
        };
        if !range.contains(&number) {
            self.out_of_range(range.start().to_string(), range.end().to_string());
            return None;
        }
        Some(number)
    }

    pub(crate) fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        let parsed = match &self.node.value {
            Value::Text(text) => duration::parse(text),
            _ => None,
        };
        let Some(parsed) = parsed else {
            let example = match self.node.value {
                Value::Integer(number) if number > 0 => format!("{number}s"),
                _ => "90s".to_owned(),
            };
            self.reader.error(self.error(&rules::BAD_DURATION).with("example", example));
            return None;
        };
        if !range.contains(&parsed) {
            self.out_of_range(duration::format(*range.start()), duration::format(*range.end()));
            return None;
        }
        Some(parsed)
    }

    pub(crate) fn size(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let parsed = match &self.node.value {
            Value::Text(text) => size::parse(text),
            _ => None,
        };
        let Some(parsed) = parsed else {
            self.refuse(&rules::BAD_SIZE);
            return None;
        };
        if !range.contains(&parsed) {
            self.out_of_range(size::format(*range.start()), size::format(*range.end()));
            return None;
        }
        Some(parsed)
    }

    fn out_of_range(&self, least: String, most: String) {
        self.reader.error(self.error(&rules::OUT_OF_RANGE).with("least", least).with("most", most));
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.raw_text()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let error = self.error(&rules::BAD_CHOICE).with("known", list.join(", "));
        self.reader.error(match nearest(text, list.iter().copied()) {
            Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN),
            None => error,
        });
        None
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            self.wrong_type(&messages::TYPE_LIST);
            return None;
        };
        let item = |(index, node)| Field { reader: self.reader, path: format!("{}[{}]", self.path, index + 1), node };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// A list of texts without repetition.
    pub(crate) fn texts(&self) -> Option<Vec<(&'a str, Self)>> {
        let mut seen: BTreeMap<&str, Place> = BTreeMap::new();
        let mut texts = Vec::new();
        for item in self.list()? {
            let Some(text) = item.text() else { continue };
            match seen.get(text) {
                Some(first) => self.reader.error(item.error(&rules::LISTED_TWICE).and(first.clone())),
                None => {
                    seen.insert(text, item.place().clone());
                    texts.push((text, item));
                }
            }
        }
        Some(texts)
    }

    /// The table this is, or an error.
    pub(crate) fn table(&self) -> Option<&'a Table> {
        match &self.node.value {
            Value::Table(table) => Some(table),
            _ => {
                self.wrong_type(&messages::TYPE_TABLE);
                None
            }
        }
    }

    /// The table as a section; `pattern` is its path with names replaced by `*`.
    pub(crate) fn as_section(&self, pattern: &str) -> Option<Section<'a>> {
        let table = self.table()?;
        Some(Section {
            reader: self.reader,
            path: self.path.clone(),
            pattern: pattern.to_owned(),
            table: Some(table),
            place: self.node.place.clone(),
            known: RefCell::default(),
        })
    }

    /// A file, `~` and relative parts filled in.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let text = self.text()?;
        Some(reference::expand(text, &self.reader.folder, &self.reader.home))
    }

    /// Folder of relative files, and home.
    pub(crate) fn folders(&self) -> (&'a Path, &'a Path) {
        (&self.reader.folder, &self.reader.home)
    }
}

fn type_name(value: &Value) -> Arg {
    Arg::Message(match value {
        Value::Text(_) => &messages::TYPE_TEXT,
        Value::Integer(_) => &messages::TYPE_INTEGER,
        Value::Float(_) => &messages::TYPE_FLOAT,
        Value::Bool(_) => &messages::TYPE_BOOL,
        Value::Date => &messages::TYPE_DATE,
        Value::List(_) => &messages::TYPE_LIST,
        Value::Table(_) => &messages::TYPE_TABLE,
    })
}

/// As [`joined`], for paths with `*` in them.
fn below(pattern: &str, key: &str) -> String {
    if pattern.is_empty() { key.to_owned() } else { format!("{pattern}.{key}") }
}
