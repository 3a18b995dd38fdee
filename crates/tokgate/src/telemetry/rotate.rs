//! A log file that stays small: when it is full it becomes `NAME.1`, that one `NAME.2` and so on; the last one goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Size at which a new file is begun.
const FILE_MAX: u64 = 10 << 20;
/// Old files kept.
const KEPT: u32 = 5;

/// The file.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    size: u64,
    max: u64,
    kept: u32,
}

impl RotatingFile {
    /// Opens or makes it, readable by its owner only.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with_limits(path, FILE_MAX, KEPT)
    }

    fn with_limits(path: &Path, max: u64, kept: u32) -> io::Result<Self> {
        let file = append_to(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, max, kept })
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }

    /// Moves every file one further. One that is missing is no fault.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.kept).rev() {
            let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        fs::rename(&self.path, self.numbered(1))?;
        self.file = append_to(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    /// Writes the whole block into one file, so that no line is torn.
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + block.len() as u64 > self.max && self.rotate().is_err() {
            // A folder that cannot be written: go on in the old file, and try again after as much again.
            self.size = 0;
        }
        self.file.write_all(block)?;
        self.size += block.len() as u64;
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_full_file_is_put_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = RotatingFile::with_limits(&path, 10, 2).unwrap();
        for block in ["first--", "second-", "third--", "fourth-"] {
            log.write_all(block.as_bytes()).unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        assert_eq!(read("log").as_deref(), Some("fourth-"));
        assert_eq!(read("log.1").as_deref(), Some("third--"));
        assert_eq!(read("log.2").as_deref(), Some("second-"));
        assert_eq!(read("log.3"), None);
    }

    #[test]
    fn a_restart_goes_on_in_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        RotatingFile::with_limits(&path, 10, 2).unwrap().write_all(b"12345").unwrap();
        let mut log = RotatingFile::with_limits(&path, 10, 2).unwrap();
        log.write_all(b"678").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"12345678");
        log.write_all(b"901").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"901");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        RotatingFile::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
