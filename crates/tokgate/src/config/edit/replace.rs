//! Puts a new text in a file's place: whole or not at all, also when the process is killed or the disk is full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::fault::EditError;

/// Mode of a file that was not there: it may hold references to secrets one day.
pub(super) const MODE: u32 = 0o600;

/// Writes `text` beside the file, then over it, unless `unchanged` says that somebody else was faster. Without a text the
/// file is removed. The caller holds the lock, so the name beside the file is ours; one left by a killed process is
/// replaced.
pub(super) fn replace(
    file: &Path,
    text: Option<&str>,
    unchanged: impl Fn() -> Result<bool, EditError>,
) -> Result<(), EditError> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    if !folder.exists() {
        crate::process::folders::private_folder(folder).map_err(|error| EditError::State(Box::new(error)))?;
    }
    let beside = beside(file);
    let written = text.map(|text| write(&beside, file, text)).transpose();
    let replaced = written.map_err(EditError::io(&beside)).and_then(|_| {
        if !unchanged()? {
            return Err(EditError::Changed(file.to_owned()));
        }
        let moved = if text.is_some() { fs::rename(&beside, file) } else { fs::remove_file(file) };
        moved.map_err(EditError::io(file))
    });
    if replaced.is_err() {
        // Gone already when it was never made.
        let _ = fs::remove_file(&beside);
    }
    replaced?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(EditError::io(folder))
}

/// `.config.toml.tokgate-new`
fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or("config.toml");
    file.with_file_name(format!(".{name}.tokgate-new"))
}

/// Writes the text down for good, with the rights and the owner of the file it will replace.
fn write(beside: &Path, file: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = OpenOptions::new().write(true).create_new(true).mode(MODE).open(beside)?;
    if let Ok(old) = fs::metadata(file) {
        let made = new.metadata()?;
        if (old.uid(), old.gid()) != (made.uid(), made.gid()) {
            std::os::unix::fs::fchown(&new, Some(old.uid()), Some(old.gid()))?;
        }
        new.set_permissions(fs::Permissions::from_mode(old.permissions().mode() & 0o7777))?;
    }
    new.write_all(text.as_bytes())?;
    new.sync_all()
}
