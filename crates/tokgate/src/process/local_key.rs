//! The automatic local key: what callers of this gateway must show. Made on first use, kept in the data folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::folders::{private_folder, repair_file, write_private};
use super::lock::Lock;
use crate::cli::error::{CliError, exit};
use crate::config::Paths;
use crate::i18n;
use crate::secret::Secret;

/// 256 random bits.
const KEY_BYTES: usize = 32;
/// Every local key starts so; it tells a local key from a vendor's at a glance.
const PREFIX: &str = "tg-";

/// Where the key is kept.
pub fn path(paths: &Paths) -> PathBuf {
    paths.data_dir.join("local.key")
}

/// Reads the key, or makes it. Safe to call from several processes at once.
pub fn load_or_make(paths: &Paths) -> Result<Secret, CliError> {
    private_folder(&paths.data_dir)?;
    let path = path(paths);
    let failed = |error: io::Error| CliError::file(&path, &error);
    let _lock = Lock::wait(&paths.data_dir.join("local.key.lock")).map_err(failed)?;
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let key = fresh();
    write_private(&path, format!("{}\n", key.expose()).as_bytes()).map_err(failed)?;
    Ok(key)
}

/// Reads the key without making one.
pub fn read(path: &Path) -> Result<Option<Secret>, CliError> {
    let failed = |error: io::Error| CliError::file(path, &error);
    repair_file(path).map_err(failed)?;
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let key = text.trim_end_matches(['\n', '\r']);
    // A torn or edited file must not become a weak or unsendable key.
    let usable = key.starts_with(PREFIX) && key.len() >= 24 && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !usable {
        return Err(CliError::new("TG401", exit::FAILED, &i18n::process::LOCAL_KEY_BROKEN)
            .at(path.display())
            .run(format!("rm '{}' && tokgate stop && tokgate up -d", path.display())));
    }
    Ok(Some(Secret::new(key)))
}

fn fresh() -> Secret {
    let bytes: [u8; KEY_BYTES] = rand::random();
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn paths(dir: &tempfile::TempDir) -> Paths {
        crate::config::paths(&crate::config::Env::from_pairs(dir.path(), [("", ""); 0]), None)
    }

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir);
        let first = load_or_make(&paths).unwrap();
        assert!(first.expose().starts_with("tg-") && first.expose().len() > 40);
        assert_eq!(load_or_make(&paths).unwrap(), first);
        assert_eq!(fs::metadata(path(&paths)).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_torn_key_file_is_an_error_with_a_fix() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir);
        fs::create_dir_all(&paths.data_dir).unwrap();
        fs::write(path(&paths), "tg-\n").unwrap();
        let error = load_or_make(&paths).unwrap_err();
        assert_eq!(error.code, "TG401");
        assert!(error.fix.is_some());
    }
}
