//! Where our own files are, and that nobody else can read them.
//!
//! Folders are 0700 and files 0600; looser ones are repaired, ones of another user are refused.

use std::fs::{self, DirBuilder};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cli::error::{CliError, exit};
use crate::config::Paths;
use crate::i18n;

/// Longest socket path we use. The kernel allows 108 bytes on Linux and 104 on macOS, with a closing zero.
const MAX_SOCKET_PATH: usize = 100;

/// The records of an instance.
pub fn database(paths: &Paths) -> PathBuf {
    paths.data_dir.join("tokgate.db")
}

/// The state of one gateway: one user and one configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    folder: PathBuf,
}

impl From<&Paths> for Instance {
    fn from(paths: &Paths) -> Self {
        Self { folder: paths.state_dir.clone() }
    }
}

impl Instance {
    /// Makes the folders, or repairs their modes.
    pub fn prepare(&self) -> Result<(), CliError> {
        private_folder(&self.folder)?;
        private_folder(&self.runs())
    }

    /// The state folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Held by the gateway while it lives.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("gateway.lock")
    }

    /// Held by whoever is starting a background gateway, so that two at once start one.
    pub fn start_lock(&self) -> PathBuf {
        self.folder.join("start.lock")
    }

    /// Process number and address of the running gateway.
    pub fn gateway_file(&self) -> PathBuf {
        self.folder.join("gateway.json")
    }

    /// What the background gateway says.
    pub fn log(&self) -> PathBuf {
        self.folder.join("gateway.log")
    }

    /// Private files of running clients.
    pub fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// The admin socket. A path too long for the kernel moves to a private folder under the temporary one.
    pub fn socket(&self) -> PathBuf {
        let path = self.folder.join("admin.sock");
        if path.as_os_str().len() <= MAX_SOCKET_PATH {
            return path;
        }
        short_socket_folder().join(format!("{}.sock", short_hash(&self.folder)))
    }

    /// Makes the folder of [`Instance::socket`] when it is not the state folder.
    pub fn prepare_socket(&self) -> Result<PathBuf, CliError> {
        let path = self.socket();
        if !path.starts_with(&self.folder) {
            private_folder(&short_socket_folder())?;
        }
        Ok(path)
    }
}

fn short_socket_folder() -> PathBuf {
    let folder = format!("tokgate-{}", rustix::process::geteuid().as_raw());
    let path = std::env::temp_dir().join(&folder);
    // A temporary folder with a long name of its own would not help.
    if path.as_os_str().len() + 20 <= MAX_SOCKET_PATH { path } else { Path::new("/tmp").join(folder) }
}

fn short_hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a folder that only we can enter, or makes an existing one so. A link or somebody else's folder is refused.
pub fn private_folder(path: &Path) -> Result<(), CliError> {
    let failed = |error: io::Error| CliError::file(path, &error);
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let meta = fs::symlink_metadata(path).map_err(failed)?;
    if meta.is_symlink() && fs::metadata(path).map_err(failed)?.uid() == rustix::process::geteuid().as_raw() {
        return Ok(()); // the user's own link to the user's own folder
    }
    if !meta.is_dir() || meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(CliError::new("TG203", exit::FAILED, &i18n::process::NOT_OURS)
            .at(path.display())
            .fix(&i18n::process::NOT_OURS_FIX));
    }
    if meta.mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Writes a whole file that only we can read; a reader sees the old or the new one, never a part.
pub fn write_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?; // made with mode 0600
    file.write_all(contents)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Makes an existing file readable by us alone; a missing one is fine.
pub fn repair_file(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() && meta.mode() & 0o077 != 0 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_socket_path_moves_to_a_short_folder() {
        let long = Instance { folder: PathBuf::from(format!("/h/{}", "x".repeat(120))) };
        assert!(long.socket().as_os_str().len() <= MAX_SOCKET_PATH);
        assert!(!long.socket().starts_with(long.folder()));
        let short = Instance { folder: PathBuf::from("/h/s") };
        assert_eq!(short.socket(), Path::new("/h/s/admin.sock"));
    }

    #[test]
    fn loose_modes_are_repaired() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        private_folder(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);

        let file = path.join("f");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        repair_file(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        write_private(&file, b"y").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&file).unwrap(), b"y");
    }

    #[test]
    fn a_file_in_the_way_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        fs::write(&path, "").unwrap();
        assert_eq!(private_folder(&path).unwrap_err().code, "TG203");
    }
}
