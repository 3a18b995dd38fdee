//! Why an edit was not made. The file is as it was.

use std::io;
use std::path::{Path, PathBuf};

use crate::cli::error::{CliError, Text, exit};
use crate::config::problem::Rejected;
use crate::i18n::{Lang, edit as text};

/// Why an edit was not made.
#[derive(Debug)]
pub enum EditError {
    /// The file cannot be read, or what it would become is no good configuration: all reasons.
    Rejected(Box<Rejected>),
    /// A change made text that is no TOML.
    Unparsable,
    /// There is no such key, table or element.
    NoSuch(String),
    /// A table stands where a value is to be set.
    IsTable(String),
    /// Something else stands where a list of tables is meant.
    NotList(String),
    /// Somebody else wrote the file at the same time.
    Changed(PathBuf),
    /// No former text is kept.
    NothingToUndo,
    /// Somebody else edited the file after the edit that would be undone; the former text is in this file.
    EditedSince(PathBuf),
    /// Reading or writing failed.
    Io(PathBuf, io::Error),
    /// The state folder cannot be used.
    State(Box<CliError>),
}

impl EditError {
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self {
        move |error| Self::Io(path.to_owned(), error)
    }

    /// As a person sees it; of many reasons the first, in `lang`.
    pub fn describe(&self, lang: Lang) -> CliError {
        let named = |code, message, path: &str| {
            CliError::new(code, exit::USAGE, Text::new(message).with("key", path)).fix(&text::SEE_SHOW)
        };
        match self {
            Self::Rejected(rejected) => {
                let cause = rejected.first(lang);
                CliError::new("TG196", exit::CONFIG, Text::new(&text::REJECTED).with("cause", cause))
                    .fix(&text::REJECTED_FIX)
            }
            Self::Unparsable => CliError::new("TG195", exit::FAILED, &text::UNPARSABLE).run("tokgate config validate"),
            Self::NoSuch(path) => named("TG190", &text::NO_SUCH, path),
            Self::IsTable(path) => named("TG191", &text::IS_TABLE, path),
            Self::NotList(path) => named("TG191", &text::NOT_LIST, path),
            Self::Changed(path) => CliError::new("TG192", exit::FAILED, &text::CHANGED_MEANWHILE)
                .at(path.display())
                .fix(&text::CHANGED_MEANWHILE_FIX),
            Self::NothingToUndo => CliError::new("TG193", exit::FAILED, &text::NOTHING_TO_UNDO).fix(&text::UNDO_WHAT),
            Self::EditedSince(path) => CliError::new("TG194", exit::FAILED, &text::EDITED_SINCE)
                .at(path.display())
                .fix(&text::EDITED_SINCE_FIX),
            Self::Io(path, error) => CliError::file(path, error),
            Self::State(error) => (**error).clone(),
        }
    }
}
