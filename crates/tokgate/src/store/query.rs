//! Reading records: for the command line and the admin interface, on connections that cannot write.

use std::path::Path;

use crate::store::id::{RequestId, Wanted};
use crate::store::record::Record;
use crate::store::run::RunRow;

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is no database yet.
    #[error("no records yet")]
    None,
    /// SQLite's words.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Which records are wanted. All given conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Client id.
    pub client: Option<String>,
    /// Provider that answered or was tried.
    pub provider: Option<String>,
    /// Status or class of it.
    pub status: Option<StatusFilter>,
    /// Took longer, microseconds.
    pub slower_than_us: Option<u64>,
    /// Arrived at or after, milliseconds since the Unix epoch.
    pub since_ms: Option<u64>,
    /// Part of any text of the record, upper or lower case.
    pub grep: Option<String>,
    /// Arrived after this one.
    pub after: Option<RequestId>,
    /// At most so many, the newest. 0 is [`LIST_MAX`].
    pub limit: usize,
}

/// Most records one call returns.
pub const LIST_MAX: usize = 10_000;

/// `--status`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// `5xx`: the first digit.
    Class(u16),
    /// `429`
    Exact(u16),
    /// `error`: everything that did not complete.
    Error,
}

/// Where a follower stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor(pub i64);

/// A connection that only reads.
#[derive(Debug)]
pub struct Reader {}

impl Reader {
    /// Opens the database.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let _ = path;
        Err(ReadError::None)
    }

    /// The newest that fit, oldest first.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Record>, ReadError> {
        let _ = filter;
        Ok(Vec::new())
    }

    /// One by number or part of it; the newest when several fit.
    pub fn find(&self, wanted: Wanted) -> Result<Option<Record>, ReadError> {
        let _ = wanted;
        Ok(None)
    }

    /// The newest.
    pub fn last(&self) -> Result<Option<Record>, ReadError> {
        Ok(None)
    }

    /// The newest that did not complete.
    pub fn last_error(&self) -> Result<Option<Record>, ReadError> {
        Ok(None)
    }

    /// Where the end is now.
    pub fn end(&self) -> Result<Cursor, ReadError> {
        Ok(Cursor(0))
    }

    /// What was written after `cursor`, in the order of writing (that is: of finishing), and where that ends.
    pub fn tail(&self, cursor: Cursor, filter: &Filter) -> Result<(Vec<Record>, Cursor), ReadError> {
        let _ = filter;
        Ok((Vec::new(), cursor))
    }

    /// The newest runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, ReadError> {
        let _ = limit;
        Ok(Vec::new())
    }
}
