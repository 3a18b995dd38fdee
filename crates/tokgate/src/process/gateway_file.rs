//! `gateway.json`: process number and address of the running gateway, for people and scripts.
//!
//! It is a hint. Whether a gateway runs is decided by its lock and its admin socket, never by this file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::folders::write_private;

/// Contents of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayFile {
    /// Process number.
    pub pid: u32,
    /// `http://127.0.0.1:7711`
    pub address: String,
    /// Version of the program.
    pub version: String,
    /// When it started, milliseconds since the Unix epoch.
    pub started_ms: u64,
}

impl GatewayFile {
    /// Reads the file; `None` when there is none or it is not ours.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Writes the file; it goes away with the returned value.
    pub fn write(&self, path: PathBuf) -> io::Result<Written> {
        write_private(&path, &serde_json::to_vec(self)?)?;
        Ok(Written { path })
    }
}

/// Removes the file on drop.
#[derive(Debug)]
pub struct Written {
    path: PathBuf,
}

impl Drop for Written {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_lives_as_long_as_the_gateway() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gateway.json");
        let file = GatewayFile { pid: 7, address: "http://a".into(), version: "0".into(), started_ms: 1 };
        let written = file.write(path.clone()).unwrap();
        assert_eq!(GatewayFile::read(&path), Some(file));
        drop(written);
        assert_eq!(GatewayFile::read(&path), None);
    }
}
