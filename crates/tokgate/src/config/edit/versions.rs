//! Former texts of the file, in the state folder: `0007-4be1f0….toml` is what stood there before the seventh edit, and
//! the digits are those of the text that the edit made. `.none` stands for no file.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::fault::EditError;
use crate::config::file;
use crate::config::paths::Paths;

/// Edits that can be taken back.
const KEPT_MAX: usize = 10;
/// Digits of a text's hash in a name; only told apart from the other nine.
const DIGITS: usize = 16;

/// One former text.
#[derive(Debug)]
pub(super) struct Version {
    /// `None`: there was no file.
    pub(super) text: Option<String>,
    path: PathBuf,
}

impl Version {
    /// It is in the file now, or the edit was not made.
    pub(super) fn forget(&self) {
        // One that stays behind is seen to be in the file already, and skipped.
        let _ = fs::remove_file(&self.path);
    }
}

/// Keeps the text that `after` replaces.
pub(super) fn keep(paths: &Paths, before: Option<&str>, after: Option<&str>) -> Result<Version, EditError> {
    let folder = folder(paths);
    crate::process::folders::private_folder(&folder).map_err(|error| EditError::State(Box::new(error)))?;
    sweep(&folder);
    let known = list(&folder)?;
    let number = known.last().map_or(1, |newest| newest.number + 1);
    let ending = if before.is_some() { "toml" } else { "none" };
    let path = folder.join(format!("{number:04}-{}.{ending}", digits(after)));
    file::keep(&path, before.unwrap_or_default()).map_err(EditError::io(&path))?;
    for old in known.iter().rev().skip(KEPT_MAX - 1) {
        let _ = fs::remove_file(&old.path);
    }
    Ok(Version { text: before.map(str::to_owned), path })
}

/// The text before the last edit, when the file still is what that edit made of it.
pub(super) fn newest(paths: &Paths, current: Option<&str>) -> Result<Version, EditError> {
    let folder = folder(paths);
    for entry in list(&folder)?.into_iter().rev() {
        let text = fs::read_to_string(&entry.path).map_err(EditError::io(&entry.path))?;
        let text = (!entry.none).then_some(text);
        if text.as_deref() == current {
            // The edit never reached the file: its process was killed in between.
            let _ = fs::remove_file(&entry.path);
            continue;
        }
        if entry.after != digits(current) {
            return Err(EditError::EditedSince(entry.path));
        }
        return Ok(Version { text, path: entry.path });
    }
    Err(EditError::NothingToUndo)
}

struct Entry {
    number: u64,
    after: String,
    none: bool,
    path: PathBuf,
}

/// Removes what processes left that were killed while they wrote here: the caller holds the lock, so nobody else does.
fn sweep(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().starts_with(file::UNFINISHED) {
            // One that stays behind is met again by the next edit.
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Those that are kept, oldest first.
fn list(folder: &Path) -> Result<Vec<Entry>, EditError> {
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(EditError::Io(folder.to_owned(), error)),
    };
    let mut entries: Vec<Entry> = files.flatten().filter_map(|file| entry(file.path())).collect();
    entries.sort_by_key(|entry| entry.number);
    Ok(entries)
}

fn entry(path: PathBuf) -> Option<Entry> {
    let ending = path.extension()?.to_str()?;
    let none = match ending {
        "none" => true,
        "toml" => false,
        _ => return None,
    };
    let (number, after) = path.file_stem()?.to_str()?.split_once('-')?;
    Some(Entry { number: number.parse().ok()?, after: after.to_owned(), none, path: path.clone() })
}

fn folder(paths: &Paths) -> PathBuf {
    paths.state_dir.join("config-versions")
}

fn digits(text: Option<&str>) -> String {
    let Some(text) = text else { return "none".to_owned() };
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(DIGITS).collect()
}
