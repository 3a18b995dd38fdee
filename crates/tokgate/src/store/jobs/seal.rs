//! Bodies at rest: XChaCha20-Poly1305 with a key in a private file. It keeps them from whoever gets the database without
//! the state folder: a copy, a backup, a disk that is given away. It does not keep them from this user's other programs.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use super::JobsError;
use crate::process::folders::{private_folder, repair_file};
use crate::secret::Secret;

/// 256 random bits.
const KEY_BYTES: usize = 32;
/// XChaCha20's nonce is so long that random ones never meet.
const NONCE_BYTES: usize = 24;
/// Bytes of a digest: enough that nobody finds two bodies with one.
pub const DIGEST_BYTES: usize = 16;

/// A keyed digest: nobody without the key can find out what it is of by trying.
pub type Digested = [u8; DIGEST_BYTES];

/// Seals and opens.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    key: Secret,
}

impl Seal {
    /// Reads the key, or makes it. It is on the disk before anything is sealed with it.
    pub fn load_or_make(path: &Path) -> Result<Self, JobsError> {
        let failed = |cause| JobsError::Seal { path: path.to_owned(), cause };
        if let Some(seal) = Self::load(path)? {
            return Ok(seal);
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        private_folder(folder).map_err(|_| failed(io::ErrorKind::PermissionDenied.into()))?;
        let key: [u8; KEY_BYTES] = rand::random();
        write_synced(folder, path, &URL_SAFE_NO_PAD.encode(key)).map_err(failed)?;
        // Of two processes that make one at the same time, both read the one that stayed.
        Self::load(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
    }

    /// Reads the key; `None` when there is none.
    pub fn load(path: &Path) -> Result<Option<Self>, JobsError> {
        let failed = |cause| JobsError::Seal { path: path.to_owned(), cause };
        repair_file(path).map_err(failed)?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let broken = || failed(io::Error::new(io::ErrorKind::InvalidData, "not a sealing key"));
        Self::of(Secret::new(text.trim_end())).map(Some).ok_or_else(broken)
    }

    fn of(key: Secret) -> Option<Self> {
        let bytes: [u8; KEY_BYTES] = URL_SAFE_NO_PAD.decode(key.expose()).ok()?.try_into().ok()?;
        Some(Self { cipher: XChaCha20Poly1305::new(&Key::from(bytes)), key })
    }

    /// Seals `plain`; it opens only as what it was sealed as.
    pub fn close(&self, what: &[u8], plain: &[u8]) -> Result<Vec<u8>, JobsError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: what });
        let sealed = sealed.map_err(|_| JobsError::Unreadable)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`Seal::close`] made.
    pub fn open(&self, what: &[u8], sealed: &[u8]) -> Result<Vec<u8>, JobsError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(JobsError::Unreadable)?;
        let opened = self.cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: what });
        opened.map_err(|_| JobsError::Unreadable)
    }

    /// A digest of these parts, each for itself.
    pub fn digest(&self, parts: &[&[u8]]) -> Digested {
        let mut hash = Sha256::new();
        hash.update(self.key.expose());
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut digest = [0; DIGEST_BYTES];
        digest.copy_from_slice(&hash.finalize()[..DIGEST_BYTES]);
        digest
    }
}

/// A file of ours that is there, whole and on the disk, or not there. An existing one stays.
fn write_synced(folder: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?; // made with mode 0600
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(error.error),
        _ => {}
    }
    fs::File::open(folder)?.sync_all()
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}
