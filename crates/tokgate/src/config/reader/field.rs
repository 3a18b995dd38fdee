//! A value being read: type and range are checked, and what is wrong is reported with its place.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokgate_wire::price::Rate;

use super::{Reader, Section, type_name};
use crate::config::nearest::nearest;
use crate::config::problem::{Arg, ConfigError, Note, Place, Rule};
use crate::config::tree::{Node, Table, Value};
use crate::config::{dollars, duration, mask, reference, rules, size};
use crate::i18n::{Both, Message, config as messages};

/// Longest free text (a note, a label, a glob), in bytes.
const TEXT_MAX: usize = 4096;

/// A value being read.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    reader: &'a Reader,
    /// Dotted path.
    pub(crate) path: String,
    node: &'a Node,
}

impl<'a> Field<'a> {
    pub(super) fn new(reader: &'a Reader, path: String, node: &'a Node) -> Self {
        Self { reader, path, node }
    }

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

    /// What a million tokens cost. A fraction is taken by its shortest decimal, which is what was written up to fifteen
    /// digits; no rate has more.
    pub(crate) fn rate(&self) -> Option<Rate> {
        let rate = match &self.node.value {
            Value::Text(text) => Rate::parse(text.trim()),
            Value::Integer(number) => Rate::parse(&number.to_string()),
            Value::Float(number) => Rate::parse(&number.to_string()),
            _ => None,
        };
        if rate.is_none() {
            self.reader.error(self.error(&rules::BAD_RATE).with("most", Rate::UNITS_MAX.to_string()));
        }
        rate
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

    /// A number with at most two decimals that count, in hundredths; the range is in whole ones.
    pub(crate) fn hundredths(&self, range: RangeInclusive<u32>) -> Option<u32> {
        let number = match &self.node.value {
            Value::Text(text) => text.trim().parse().ok(),
            Value::Integer(number) => number.to_string().parse().ok(),
            Value::Float(number) => Some(*number),
            _ => None,
        };
        let Some(number) = number else {
            self.wrong_type(&messages::TYPE_FLOAT);
            return None;
        };
        let (least, most) = (f64::from(*range.start()), f64::from(*range.end()));
        if !(least..=most).contains(&number) {
            self.out_of_range(least.to_string(), most.to_string());
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the range")]
        Some((number * 100.0).round() as u32)
    }

    /// An amount of US dollars in millionths, exactly as it is written; the range is in whole dollars.
    pub(crate) fn dollars(&self, range: RangeInclusive<u32>) -> Option<u64> {
        let text = match &self.node.value {
            Value::Text(text) => text.trim().to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            _ => {
                self.wrong_type(&messages::TYPE_FLOAT);
                return None;
            }
        };
        let Ok(number) = text.parse::<f64>() else {
            self.wrong_type(&messages::TYPE_FLOAT);
            return None;
        };
        if !(f64::from(*range.start())..=f64::from(*range.end())).contains(&number) {
            self.out_of_range(range.start().to_string(), range.end().to_string());
            return None;
        }
        let millionths = dollars::parse(&text);
        if millionths.is_none() {
            self.refuse(&rules::BAD_DOLLARS);
        }
        millionths
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
        let error = self.error(&rules::BAD_CHOICE).with("known", Both::list(&list));
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
        let item = |(index, node)| Self::new(self.reader, format!("{}[{}]", self.path, index + 1), node);
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
        Some(Section::new(self.reader, self.path.clone(), pattern.to_owned(), Some(table), self.node.place.clone()))
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
