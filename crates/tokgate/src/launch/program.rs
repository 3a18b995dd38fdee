//! Finding a client's program before anything is started for it.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::known;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;

/// The full path of `program`: itself when it names a folder, else the first in `path` (the variable `PATH`) that can be
/// executed.
pub fn find(program: &OsStr, path: Option<&OsStr>) -> Option<PathBuf> {
    if program.as_encoded_bytes().contains(&b'/') {
        return is_executable(Path::new(program)).then(|| PathBuf::from(program));
    }
    std::env::split_paths(path?).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The program is not there.
pub fn not_installed(client: &str, program: &OsStr) -> CliError {
    let program = program.to_string_lossy();
    let error = CliError::new(
        "TG501",
        exit::FAILED,
        Text::new(&i18n::launch::NOT_INSTALLED).with("client", client).with("program", &program),
    )
    .at(format!("PATH: {program}"));
    match known(client) {
        Some(known) => error.run(known.install),
        None => error.fix(Text::new(&i18n::launch::NOT_INSTALLED_FIX).with("client", client)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn the_first_executable_in_path_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("claude");
        std::fs::write(&file, "").unwrap();
        let path = std::env::join_paths([Path::new("/nowhere"), dir.path()]).unwrap();
        assert_eq!(find(OsStr::new("claude"), Some(&path)), None);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find(OsStr::new("claude"), Some(&path)), Some(file.clone()));
        assert_eq!(find(file.as_os_str(), None), Some(file));
        assert_eq!(find(OsStr::new("claude"), None), None);
    }

    #[test]
    fn a_missing_client_names_the_command_that_installs_it() {
        let text = not_installed("codex", OsStr::new("codex")).lines(Lang::En);
        assert!(text.contains("TG501") && text.contains("npm install -g @openai/codex"), "{text}");
        assert!(not_installed("mine", OsStr::new("mine")).lines(Lang::En).contains("client.mine"));
    }
}
