//! The file: its tables, and how it is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::JobsError;
use crate::process::folders::{private_folder, repair_file};

/// Marks the file as ours (`tokj` in ASCII).
const APPLICATION_ID: i64 = 0x746f_6b6a;

/// How long another program's lock is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The steps from each version to the next. Released steps never change.
///
/// Contents stand apart: a row that changes its state would else be written with its body each time.
const STEPS: &[&str] = &["CREATE TABLE job (
        id INTEGER PRIMARY KEY, owner BLOB NOT NULL, key BLOB, state TEXT NOT NULL, until_ms INTEGER,
        tries INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL, terms TEXT NOT NULL,
        priority TEXT NOT NULL, protocol TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, model TEXT,
        stream INTEGER NOT NULL, run TEXT, named TEXT, bytes INTEGER NOT NULL, hash BLOB NOT NULL,
        status INTEGER NOT NULL, reason TEXT, cost INTEGER NOT NULL, last INTEGER,
        changed_ms INTEGER NOT NULL, read_ms INTEGER, swept INTEGER NOT NULL DEFAULT 0);
     CREATE UNIQUE INDEX job_key ON job (key) WHERE key IS NOT NULL;
     CREATE TABLE content (
        job INTEGER NOT NULL, part INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (job, part));
     CREATE TABLE spent (day INTEGER PRIMARY KEY, micros INTEGER NOT NULL);"];

/// The version this program writes.
const VERSION: i64 = STEPS.len() as i64;

/// Opens the file for writing. Every commit is on the disk when it returns.
pub(super) fn open(path: &Path) -> Result<Connection, JobsError> {
    if let Some(folder) = path.parent() {
        private_folder(folder).map_err(|_| std::io::Error::from(std::io::ErrorKind::PermissionDenied))?;
    }
    let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, mode)?;
    repair_file(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA cache_size = -512; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;",
    )?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(JobsError::Newer(found));
    }
    let done = usize::try_from(found).unwrap_or(0);
    for (at, step) in STEPS.iter().enumerate().skip(done) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}; COMMIT;",
            at + 1
        ))?;
    }
    Ok(connection)
}

/// Opens the file for reading; it may be in use.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, JobsError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}
