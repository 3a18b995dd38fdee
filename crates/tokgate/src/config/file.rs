//! The configuration file on disk: read it only when it can be trusted, and keep a copy of one that worked.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::problem::{ConfigError, Note, Place};
use super::{rules, size};
use crate::i18n::{Both, config as messages, faults};

/// No configuration of a person is larger.
const FILE_MAX: u64 = 1 << 20;
const MODE_BITS: u32 = 0o7777;
const OTHERS_READ: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
const WORLD_WRITE: u32 = 0o002;

/// How the name of a copy begins that is not written to its end.
pub(crate) const UNFINISHED: &str = ".tmp";

/// What was read.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) access: Access,
}

/// Whose it is and who may touch it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    /// Permission bits.
    pub(crate) mode: u32,
    /// It belongs to this user, who can change its permissions then.
    pub(crate) ours: bool,
}

/// Reads the file; `Ok(None)` when there is none. A pipe or device is not opened for reading, so nothing hangs.
pub(crate) fn read(path: &Path) -> Result<Option<Content>, Box<ConfigError>> {
    let unreadable = |error: &io::Error| Box::new(unreadable(path, error, user_of));
    // Without O_NONBLOCK the open itself waits for the writer of a pipe.
    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if is_special(path) => {
            let _ = error;
            return Err(Box::new(about(&rules::FILE_KIND, path)));
        }
        Err(error) => return Err(unreadable(&error)),
    };
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(Box::new(about(&rules::FILE_KIND, path)));
    }
    if metadata.len() > FILE_MAX {
        return Err(Box::new(about(&rules::FILE_TOO_LARGE, path).with("most", size::format(FILE_MAX))));
    }
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user && metadata.uid() != 0 {
        let error = about(&rules::FILE_OWNER, path).with("owner", metadata.uid().to_string());
        return Err(Box::new(error.with("user", user.to_string())));
    }
    let bytes = bounded(file).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(Box::new(about(&rules::FILE_TOO_LARGE, path).with("most", size::format(FILE_MAX))));
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let access = Access { mode: metadata.permissions().mode() & MODE_BITS, ours: metadata.uid() == user };
            Ok(Some(Content { text, access }))
        }
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            Err(Box::new(about(&rules::NOT_UTF8, path).with("offset", offset.to_string())))
        }
    }
}

/// Who may touch a file with this content?
pub(crate) fn check_mode(path: &Path, access: Access, holds_secret: bool, runs_command: bool) -> Option<ConfigError> {
    let mode = access.mode;
    let rule = if mode & WORLD_WRITE != 0 || (runs_command && mode & OTHERS_WRITE != 0) {
        &rules::FILE_WRITABLE
    } else if holds_secret && mode & OTHERS_READ != 0 {
        &rules::FILE_MODE
    } else {
        return None;
    };
    let error = about(rule, path).with("mode", format!("{mode:04o}"));
    Some(match access.ours {
        true => error,
        // Only its owner may say who may touch it.
        false if rule.code == rules::FILE_MODE.code => error.with("user", me()).fix(&messages::FILE_MODE_FOREIGN_FIX),
        false => error.fix(&messages::FILE_WRITABLE_FOREIGN_FIX),
    })
}

/// The owner of a file or folder, when the way there is open.
fn user_of(path: &Path) -> io::Result<u32> {
    std::fs::metadata(path).map(|metadata| metadata.uid())
}

fn me() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

/// A file that cannot be opened. What stands in the way is the file itself, or a folder above it.
fn unreadable(path: &Path, error: &io::Error, owner: impl Fn(&Path) -> io::Result<u32>) -> ConfigError {
    let described = about(&rules::FILE_UNREADABLE, path)
        .with("reason", Both::of(|lang| faults::system(error).say(lang)))
        .with("user", me());
    if error.kind() != io::ErrorKind::PermissionDenied {
        return described.fix(&messages::FILE_UNREADABLE_OTHER_FIX);
    }
    let ours = |user: u32| user.to_string() == me();
    match owner(path) {
        Ok(user) if ours(user) => described,
        Ok(_) => described.fix(&messages::FILE_OWNER_FIX),
        Err(_) => {
            // The deepest folder that can be seen is the one that cannot be entered.
            let folder = path.ancestors().skip(1).find_map(|folder| Some((folder, owner(folder).ok()?)));
            let Some((folder, user)) = folder else { return described };
            let described = described.with("folder", shell_word(folder));
            described.fix(if ours(user) { &messages::FOLDER_CLOSED_FIX } else { &messages::FOLDER_FOREIGN_FIX })
        }
    }
}

/// The remark that stands for the error where the caller named the file.
pub(crate) fn readable_by_others(path: &Path, access: Access) -> Note {
    let mode = access.mode;
    let note = Note::new(rules::FILE_SHARED, &messages::FILE_SHARED, "", Place::Nowhere);
    let command = match access.ours {
        true => format!("chmod 600 {}", shell_word(path)),
        false => format!("sudo chown {} {path} && chmod 600 {path}", me(), path = shell_word(path)),
    };
    note.with("path", shell_word(path)).with("mode", format!("{mode:04o}")).with("command", command)
}

/// An error about the file as a whole.
pub(crate) fn about(rule: &'static super::Rule, path: &Path) -> ConfigError {
    ConfigError::new(rule, "", Place::Nowhere).with("path", shell_word(path))
}

/// The path as a command line needs it.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+:@%".contains(&byte) || byte >= 0x80);
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Keeps `text` as the copy that worked, private, whole or not at all.
pub(crate) fn keep(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

fn bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A socket cannot even be opened.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::i18n::Lang;

    fn code(path: &Path) -> &'static str {
        read(path).unwrap_err().code
    }

    #[test]
    fn a_missing_file_is_none_and_an_ordinary_one_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        assert!(read(&path).unwrap().is_none());
        std::fs::write(&path, "version = 1\n").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().text, "version = 1\n");
    }

    #[test]
    fn folders_pipes_huge_and_binary_files_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        assert_eq!(code(&pipe), "TG117");
        assert_eq!(code(folder.path()), "TG117");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&pipe, &link).unwrap();
        assert_eq!(code(&link), "TG117");
        let huge = folder.path().join("huge");
        File::create(&huge).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(code(&huge), "TG118");
        let binary = folder.path().join("binary");
        std::fs::write(&binary, b"a = \"\xff\"").unwrap();
        assert_eq!(code(&binary), "TG121");
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, "version = 1\n").unwrap();
        // Only root can give a file away; for others the rule is tested where root runs the tests.
        if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
            assert_eq!(code(&path), "TG119");
        }
    }

    #[test]
    fn only_what_needs_privacy_needs_a_private_file() {
        let path = Path::new("/c.toml");
        let code = |mode, secret, command| {
            check_mode(path, Access { mode, ours: true }, secret, command).map(|error| error.code)
        };
        assert_eq!(code(0o644, false, false), None);
        assert_eq!(code(0o644, true, false), Some("TG120"));
        assert_eq!(code(0o600, true, true), None);
        assert_eq!(code(0o664, false, true), Some("TG124"));
        assert_eq!(code(0o664, false, false), None);
        assert_eq!(code(0o666, false, false), Some("TG124"));
    }

    #[test]
    fn a_fix_for_a_file_of_another_user_is_one_this_user_can_carry_out() {
        let path = Path::new("/etc/tokgate.toml");
        let fix = |mode, secret| {
            check_mode(path, Access { mode, ours: false }, secret, false).map(|error| error.fix_text(Lang::En)).unwrap()
        };
        assert_eq!(fix(0o644, true), format!("sudo chown {} {path} && chmod 600 {path}", me(), path = path.display()));
        assert_eq!(fix(0o666, false), "sudo chmod go-w /etc/tokgate.toml");
        let note = readable_by_others(path, Access { mode: 0o644, ours: false }).text(Lang::En);
        assert!(note.contains("sudo chown"), "{note}");
        let note = readable_by_others(path, Access { mode: 0o644, ours: true }).text(Lang::En);
        assert!(note.ends_with("better: chmod 600 /etc/tokgate.toml"), "{note}");
    }

    #[test]
    fn a_closed_folder_is_named_and_not_the_file_in_it() {
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let me = rustix::process::geteuid().as_raw();
        let seen = |visible: &'static [(&'static str, u32)]| {
            let owner = move |path: &Path| {
                let found = visible.iter().find(|(name, _)| Path::new(name) == path);
                found.map(|(_, more)| me + more).ok_or_else(denied)
            };
            unreadable(Path::new("/h/c/tokgate/config.toml"), &denied(), owner).fix_text(Lang::En)
        };
        assert!(seen(&[("/h", 0), ("/h/c", 0), ("/h/c/tokgate", 0)]).ends_with("chmod u+rwx /h/c/tokgate"));
        assert!(seen(&[("/h", 0), ("/h/c", 0)]).ends_with("chmod u+rwx /h/c"));
        assert!(seen(&[("/h", 1)]).contains("--config"));
        assert!(seen(&[("/h/c/tokgate/config.toml", 0)]).ends_with("chmod u+r /h/c/tokgate/config.toml"));
        assert!(seen(&[("/h/c/tokgate/config.toml", 1)]).contains("sudo chown"));
    }

    #[test]
    fn the_kept_copy_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/last-good.toml");
        keep(&path, "version = 1\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & MODE_BITS, 0o600);
        keep(&path, "").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }
}
