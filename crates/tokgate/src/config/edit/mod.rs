//! Edits of the configuration file: one change in the text as it stands, comments and order kept.
//!
//! [`apply`] makes a change in a text. [`Editor`] does it to the file: under a lock, validated by the loader before
//! anything is written, whole or not at all, and with the former text kept so that it can be undone. A running gateway
//! sees the file change and reloads by itself; commands ask it to, and wait.

mod cut;
mod fault;
mod path;
mod place;
mod replace;
mod typed;
mod versions;

pub use fault::EditError;
pub use path::KeyPath;
pub(crate) use path::element;
pub use toml_edit::{Table as NewTable, Value as NewValue};
pub use typed::{typed, writes_secret};

use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::load::{self, Loaded, Overrides};
use super::paths::{Env, Paths};
use super::problem::{ConfigError, Rejected};
use super::{file, syntax};
use crate::process::lock::Lock;

/// One change. A step of a path that is a number means an element of a list, counted from 0.
#[derive(Debug, Clone)]
pub enum Change {
    /// This key has this value; tables on the way are made.
    Set(KeyPath, NewValue),
    /// This key, table or element is gone.
    Unset(KeyPath),
    /// One more `[[table]]` at the end of this list.
    Append(KeyPath, NewTable),
    /// The element of this list at the first place stands at the second afterwards.
    Move(KeyPath, usize, usize),
}

/// Makes the changes one after the other. Pure: says nothing about whether the result is a good configuration.
pub fn apply(text: &str, changes: &[Change]) -> Result<String, EditError> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    // The writer ends lines in one way only; a file that ends them all in the other gets that back.
    let crlf = body.contains('\n') && body.matches('\n').count() == body.matches("\r\n").count();
    let mut lines = if crlf { body.replace("\r\n", "\n") } else { body.to_owned() };
    for change in changes {
        lines = one(&lines, change)?;
    }
    let lines = if crlf { lines.replace('\n', "\r\n") } else { lines };
    Ok(format!("{mark}{lines}"))
}

fn one(text: &str, change: &Change) -> Result<String, EditError> {
    match change {
        Change::Set(path, value) => in_tree(text, |document| place::set(document, path, value.clone())),
        Change::Append(list, table) => in_tree(text, |document| place::append(document, list, table.clone())),
        // Lines are taken out of the text: the tree has no place for a comment whose key is gone.
        Change::Unset(path) => match cut::remove(text, path)? {
            Some(left) => Ok(left),
            None => in_tree(text, |document| place::remove(document, path)),
        },
        Change::Move(list, from, to) if from == to => cut::reorder(text, list, *from, *from),
        Change::Move(list, from, to) => cut::reorder(text, list, *from, *to),
    }
}

fn in_tree(text: &str, edit: impl FnOnce(&mut DocumentMut) -> Result<(), EditError>) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse().map_err(|_| EditError::Unparsable)?;
    edit(&mut document)?;
    Ok(document.to_string())
}

/// Edits the file of one instance.
#[derive(Debug, Clone, Copy)]
pub struct Editor<'a> {
    /// Where it is, and where former texts are kept.
    pub paths: &'a Paths,
    /// `--config`: the file may then be shared on purpose.
    pub explicit: Option<&'a Path>,
    /// What the file is validated with.
    pub env: &'a Env,
}

/// What became of an edit.
#[derive(Debug)]
pub struct Edited {
    /// The configuration as it is now.
    pub loaded: Loaded,
    /// The file that was written; the target, where the configuration is a link.
    pub file: PathBuf,
    /// Whether the text is another than before.
    pub changed: bool,
}

impl Editor<'_> {
    /// Makes the changes in the file, or none of them.
    pub fn edit(&self, changes: &[Change]) -> Result<Edited, EditError> {
        let _lock = self.lock()?;
        let file = self.target();
        let before = self.read(&file)?;
        let former = before.as_ref().map(|content| content.text.as_str());
        if let Err(error) = syntax::parse(former.unwrap_or_default()) {
            let text = former.unwrap_or_default();
            return Err(self.rejected(*error, text));
        }
        let after = apply(former.unwrap_or_default(), changes)?;
        let loaded = self.validate(before.as_ref(), Some(&after))?;
        if former == Some(&after) {
            return Ok(Edited { loaded, file, changed: false });
        }
        // Before the file: an undo that finds the former text in the file goes further back.
        let kept = versions::keep(self.paths, former, Some(&after))?;
        if let Err(error) = self.replace(&file, former, Some(&after)) {
            kept.forget();
            return Err(error);
        }
        Ok(Edited { loaded, file, changed: true })
    }

    /// Takes the last edit back. One that was followed by others' edits stays: they would be lost.
    pub fn undo(&self) -> Result<Edited, EditError> {
        let _lock = self.lock()?;
        let file = self.target();
        let current = self.read(&file)?;
        let text = current.as_ref().map(|content| content.text.as_str());
        let kept = versions::newest(self.paths, text)?;
        let loaded = self.validate(current.as_ref(), kept.text.as_deref())?;
        self.replace(&file, text, kept.text.as_deref())?;
        kept.forget();
        Ok(Edited { loaded, file, changed: true })
    }

    fn replace(&self, file: &Path, before: Option<&str>, after: Option<&str>) -> Result<(), EditError> {
        let unchanged = || Ok(self.read(file)?.as_ref().map(|now| now.text.as_str()) == before);
        replace::replace(file, after, unchanged)
    }

    /// What the loader says to a text in the file's place.
    fn validate(&self, before: Option<&file::Content>, text: Option<&str>) -> Result<Loaded, EditError> {
        let access = before.map_or(file::Access { mode: replace::MODE, ours: true }, |content| content.access);
        let content = text.map(|text| file::Content { text: text.to_owned(), access });
        let checked = load::of_content(self.paths, content, self.explicit, self.env, &Overrides::default());
        checked.map_err(|mut rejected| {
            rejected.source.proposed = before.map(|content| content.text.as_str()) != text;
            EditError::Rejected(Box::new(rejected))
        })
    }

    fn lock(&self) -> Result<Lock, EditError> {
        let folder = &self.paths.state_dir;
        crate::process::folders::private_folder(folder).map_err(|error| EditError::State(Box::new(error)))?;
        let path = folder.join("config.lock");
        Lock::wait(&path).map_err(|error| EditError::Io(path, error))
    }

    /// A link is followed once, here; from now on its target alone is meant.
    fn target(&self) -> PathBuf {
        let path = &self.paths.config_file;
        path.canonicalize().unwrap_or_else(|_| path.clone())
    }

    fn read(&self, file: &Path) -> Result<Option<file::Content>, EditError> {
        file::read(file).map_err(|error| self.rejected(*error, ""))
    }

    fn rejected(&self, error: ConfigError, text: &str) -> EditError {
        EditError::Rejected(Box::new(Rejected::of_text(error, &self.paths.config_file, text, self.env.home())))
    }
}

#[cfg(test)]
mod tests;
