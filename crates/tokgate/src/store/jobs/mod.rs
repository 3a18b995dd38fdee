//! Jobs on disk: a file of their own, so that what was promised is safe (every change is synced) while records are not
//! slowed down by it. One thread writes; whoever waits for it is a job, never another request.
//!
//! What a job says and is answered stands here sealed: see [`seal`].

mod base;
mod content;
mod row;
mod schema;
pub mod seal;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::ErrorCode;
use tokio::sync::{mpsc, oneshot};

pub use base::{Base, Bounds, Keep, Submitted};
pub use content::{Content, Headers};
pub use row::{Ended, JobId, JobRow, NewJob, Owner};
use seal::Seal;

use crate::i18n::{Text, faults, jobs as text, records, refusals};

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
            Self::Sqlite(_) if self.is_damage() => (&records::CAUSE_DAMAGED).into(),
            Self::Sqlite(error) => Text::verbatim(error),
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

/// Makes room for a new file: in a damaged one no job is found again, and none could be stored.
fn put_aside(path: &Path, unix_ms: u64) -> Result<(), JobsError> {
    let aside = crate::store::schema::move_aside(path, unix_ms)?;
    let text = Text::new(&text::DAMAGED).with("path", path.display()).with("aside", aside.display());
    tracing::error!(code = "TG602", "{text}");
    Ok(())
}

type Ask = Box<dyn FnOnce(&mut Base) + Send>;

/// The handle; cheap to clone. The thread ends with the last one.
#[derive(Debug, Clone)]
pub struct JobStore {
    asks: mpsc::Sender<Ask>,
}

impl JobStore {
    /// Opens the file, makes it when there is none, and starts the thread. What was under way when the last process died
    /// has been judged. Returns the jobs that are not over. Blocks.
    pub fn start(places: &Places, unix_ms: u64) -> Result<(Self, Vec<JobRow>), JobsError> {
        let (mut base, live) = match Self::open(places, unix_ms) {
            Err(error) if error.is_damage() => {
                put_aside(&places.database, unix_ms)?;
                Self::open(places, unix_ms)?
            }
            opened => opened?,
        };
        let (asks, mut asked) = mpsc::channel::<Ask>(ASKS_MAX);
        thread::Builder::new().name("tokgate-jobs".to_owned()).spawn(move || {
            while let Some(ask) = asked.blocking_recv() {
                ask(&mut base);
            }
        })?;
        Ok((Self { asks }, live))
    }

    fn open(places: &Places, unix_ms: u64) -> Result<(Base, Vec<JobRow>), JobsError> {
        let mut base = Base::open(&places.database, Seal::load_or_make(&places.seal)?)?;
        base.recover(unix_ms)?;
        let live = base.live()?;
        Ok((base, live))
    }

    /// Does something in the thread and waits for it: what changed is on the disk then.
    pub async fn with<T, F>(&self, ask: F) -> Result<T, JobsError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Base) -> Result<T, JobsError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let ask: Ask = Box::new(move |base| {
            // Whoever asked may have gone; the change stays.
            let _ = tell.send(ask(base));
        });
        self.asks.send(ask).await.map_err(|_| JobsError::Away)?;
        told.await.map_err(|_| JobsError::Away)?
    }
}
