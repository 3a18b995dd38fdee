//! Jobs on disk: a file of their own, so that what was promised is safe (every change is synced) while records are not
//! slowed down by it. One thread writes; whoever waits for it is a job, never another request.
//!
//! What a job says and is answered stands here sealed: see [`seal`].

mod base;
mod content;
mod keeper;
mod row;
mod schema;
pub mod seal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use rusqlite::{ErrorCode, ffi};
use tokio::sync::{mpsc, oneshot};

pub use base::{Base, Bounds, Keep, Submitted};
pub use content::{Content, Headers};
pub use keeper::unusable;
use keeper::{Ask, Keeper, Met};
pub use row::{Ended, JobId, JobRow, NewJob, Owner};

use crate::i18n::{Text, faults, jobs as text, refusals};

/// Asks that wait for the thread at most; a disk so slow is better told than waited for.
const ASKS_MAX: usize = 256;

/// Why a job could not be stored or read.
#[derive(Debug)]
pub enum JobsError {
    /// As many jobs, or as many bytes, as may be kept.
    Full,
    /// No room on the disk.
    DiskFull,
    /// The file of the sealing key cannot be used.
    Seal {
        /// Where it is.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// What was sealed cannot be opened: another key, or damage.
    Unreadable,
    /// A later release wrote the file.
    Newer(i64),
    /// The writer has ended, or is too far behind.
    Away,
    /// SQLite's words.
    Sqlite(rusqlite::Error),
    /// The system's words.
    Io(std::io::Error),
}

impl JobsError {
    /// The file is no database any more.
    fn damaged() -> Self {
        Self::Sqlite(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_NOTADB), None))
    }

    /// The file itself is damaged, or is none of ours.
    fn is_damage(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }

    /// In words.
    pub fn text(&self) -> Text {
        match self {
            Self::Full => (&text::STORE_FULL).into(),
            Self::DiskFull => (&faults::DISK_FULL).into(),
            Self::Seal { path, cause } => {
                Text::new(&refusals::AT).with("field", path.display()).with_words("why", faults::system(cause))
            }
            Self::Unreadable => (&text::STORE_SEALED).into(),
            Self::Newer(version) => Text::new(&text::STORE_NEWER).with("found", version),
            Self::Away => (&text::STORE_AWAY).into(),
            Self::Sqlite(error) => super::schema::sqlite(error),
            Self::Io(error) => faults::system(error),
        }
    }
}

impl JobsError {
    /// What to do about it.
    pub fn fix(&self) -> Text {
        match self {
            Self::Sqlite(_) if self.is_damage() => (&text::DAMAGED_FIX).into(),
            Self::Seal { .. } => (&text::SEAL_FIX).into(),
            _ => Text::verbatim("tokgate logs daemon"),
        }
    }
}

impl fmt::Display for JobsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl std::error::Error for JobsError {}

impl From<std::io::Error> for JobsError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for JobsError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Sqlite(error),
        }
    }
}

/// Where the files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The database.
    pub database: PathBuf,
    /// The sealing key; in another folder than the database, so that a copy of one does not hold the other.
    pub seal: PathBuf,
}

impl Places {
    /// In these folders.
    pub fn of(data: &Path, state: &Path) -> Self {
        Self { database: data.join("jobs.db"), seal: state.join("seal.key") }
    }

    /// Whether there has ever been a job.
    pub fn exist(&self) -> bool {
        self.database.exists()
    }
}

/// The handle; cheap to clone. The thread ends with the last one.
#[derive(Debug, Clone)]
pub struct JobStore {
    asks: mpsc::Sender<Ask>,
    problem: Arc<Mutex<Option<Text>>>,
}

impl JobStore {
    /// Opens the file, makes it when there is none, and starts the thread. What was under way when the last process died
    /// has been judged. Returns the jobs that are not over. Blocks.
    pub fn start(places: &Places, unix_ms: u64) -> Result<(Self, Vec<JobRow>), JobsError> {
        let (keeper, live) = Keeper::open(places, unix_ms)?;
        let problem = keeper.problem();
        let (asks, asked) = mpsc::channel::<Ask>(ASKS_MAX);
        thread::Builder::new().name("tokgate-jobs".to_owned()).spawn(move || keeper.serve(asked))?;
        Ok((Self { asks, problem }, live))
    }

    /// What became of the file, when it was damaged or cannot be used.
    pub fn problem(&self) -> Option<Text> {
        self.problem.lock().clone()
    }

    /// Does something in the thread and waits for it: what changed is on the disk then.
    pub async fn with<T, F>(&self, ask: F) -> Result<T, JobsError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Base) -> Result<T, JobsError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let ask: Ask = Box::new(move |base| {
            let done = ask(base);
            let met = if done.as_ref().is_err_and(JobsError::is_damage) { Met::Damage } else { Met::Nothing };
            // Whoever asked may have gone; the change stays.
            let _ = tell.send(done);
            met
        });
        self.asks.send(ask).await.map_err(|_| JobsError::Away)?;
        told.await.map_err(|_| JobsError::Away)?
    }
}
