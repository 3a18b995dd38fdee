//! Typed access to the tree: each read checks type and range, collects errors, and remembers which keys were asked for.
//!
//! Nothing stops at the first error. A key that no reader asked for is unknown; that is how the list of known keys and
//! the parser cannot differ.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::load::{Origin, Origins};
use super::mask;
use super::problem::{Arg, ConfigError, Note, Place};
use super::tree::{Table, Value};
use crate::i18n::config as messages;

mod field;
mod section;

pub(crate) use field::Field;
pub(crate) use section::Section;

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
    /// Keys that were asked for, names replaced by `*`: the list of keys is tested against it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for tests"))]
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
        Section::new(self, String::new(), String::new(), Some(table), Place::Nowhere)
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

/// What a value is, in words.
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
