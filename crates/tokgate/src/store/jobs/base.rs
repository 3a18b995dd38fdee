//! The jobs as the thread sees them. Each call is one transaction, on the disk when it returns.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use tokgate_policy::job::{Job, Settled, State};

use super::row::{self, COLUMNS, Ended, JobId, JobRow, NewJob, millis, signed};
use super::seal::{Digested, Seal};
use super::{Content, JobsError, schema};
use crate::store::id::RequestId;

/// Free room on the disk below which nothing new is accepted: what is under way needs some to be written down.
const FREE_MIN: u64 = 200 << 20;
/// Rows of jobs whose contents are gone, kept so that whoever asks late hears `410` and not `404`.
const SWEPT_MAX: i64 = 10_000;
/// Milliseconds of a day, by which spending is counted (UTC).
const DAY_MS: u64 = 86_400_000;
/// Pages given back to the system at once.
const VACUUM_PAGES: u32 = 1_024;

/// How every file of SQLite begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Which content.
#[derive(Debug, Clone, Copy)]
enum Part {
    Request = 0,
    Answer = 1,
}

/// How much may be kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Jobs that are not over.
    pub jobs: usize,
    /// Bytes of all contents.
    pub bytes: u64,
}

/// How long the contents of jobs that are over are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// After the end.
    pub unread: Duration,
    /// After the answer was first read.
    pub read: Duration,
}

/// What became of a submission.
#[derive(Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored.
    New,
    /// The same was submitted before, with the same key: that one.
    Same(Box<JobRow>),
    /// Something else was submitted with that key.
    Other,
}

/// The open file.
#[derive(Debug)]
pub struct Base {
    connection: Connection,
    seal: Option<Seal>,
    path: PathBuf,
    /// Bytes of all contents.
    used: u64,
}

impl Base {
    /// Opens the file, and makes it when there is none.
    pub fn open(path: &Path, seal: Seal) -> Result<Self, JobsError> {
        Self::of(schema::open(path)?, Some(seal), path)
    }

    /// Opens it for reading, beside a gateway that writes. Without `seal` contents stay closed.
    pub fn open_to_read(path: &Path, seal: Option<Seal>) -> Result<Self, JobsError> {
        Self::of(schema::open_to_read(path)?, seal, path)
    }

    fn of(connection: Connection, seal: Option<Seal>, path: &Path) -> Result<Self, JobsError> {
        let used = connection.query_row("SELECT coalesce(sum(length(sealed)), 0) FROM content", [], number)?;
        Ok(Self { connection, seal, path: path.to_owned(), used })
    }

    /// Judges what was under way when the last process died, and learns where the numbers end.
    pub fn recover(&mut self, unix_ms: u64) -> Result<(), JobsError> {
        let newest = self.connection.query_row("SELECT coalesce(max(id), 0) FROM job", [], number)?;
        RequestId::continue_after(RequestId(newest), unix_ms);
        for row in self.rows("WHERE state = 'running'", i64::MAX)? {
            let mut job = row.job;
            job.crashed();
            self.change(row.id, &job, unix_ms)?;
        }
        Ok(())
    }

    /// Jobs that are not over, the oldest first.
    pub fn live(&self) -> Result<Vec<JobRow>, JobsError> {
        self.rows("WHERE state IN ('accepted', 'running', 'waiting') ORDER BY id", i64::MAX)
    }

    /// The newest jobs, the newest first.
    pub fn newest(&self, limit: usize) -> Result<Vec<JobRow>, JobsError> {
        self.rows("ORDER BY id DESC", i64::try_from(limit).unwrap_or(i64::MAX))
    }

    /// One job.
    pub fn row(&self, id: JobId) -> Result<Option<JobRow>, JobsError> {
        let sql = format!("SELECT {COLUMNS} FROM job WHERE id = ?");
        Ok(self.connection.prepare_cached(&sql)?.query_row([signed(id.0.0)], row::read).optional()?)
    }

    /// Stores a job, unless its key has been used.
    pub fn submit(&mut self, new: &NewJob, bounds: Bounds) -> Result<Submitted, JobsError> {
        if let Some(before) = self.by_key(new.key)? {
            let same = before.hash == new.row.hash;
            return Ok(if same { Submitted::Same(Box::new(before)) } else { Submitted::Other });
        }
        let live = "SELECT count(*) FROM job WHERE state IN ('accepted', 'running', 'waiting')";
        let live = self.connection.query_row(live, [], number)?;
        let sealed = self.sealed(new.row.id, Part::Request, &new.content)?;
        if live >= bounds.jobs as u64 || self.used.saturating_add(sealed.len() as u64) > bounds.bytes {
            return Err(JobsError::Full);
        }
        self.add(new, &sealed)?;
        Ok(Submitted::New)
    }

    /// Keeps a request that failed, as a job that did. When there is no room it is not kept.
    pub fn put_aside(&mut self, new: &NewJob, most: u64) -> Result<(), JobsError> {
        let sealed = self.sealed(new.row.id, Part::Request, &new.content)?;
        if self.used.saturating_add(sealed.len() as u64) > most {
            return Err(JobsError::Full);
        }
        self.add(new, &sealed)
    }

    fn add(&mut self, new: &NewJob, sealed: &[u8]) -> Result<(), JobsError> {
        self.is_whole()?;
        self.has_room()?;
        let transaction = self.connection.transaction()?;
        insert(&transaction, new)?;
        put(&transaction, new.row.id, Part::Request, sealed)?;
        transaction.commit()?;
        self.used += sealed.len() as u64;
        Ok(())
    }

    /// Writes down where a job is.
    pub fn change(&mut self, id: JobId, job: &Job, unix_ms: u64) -> Result<(), JobsError> {
        update(&self.connection, id, job, unix_ms).map(drop)
    }

    /// A try begins: that is on the disk before anything of it is sent. Returns the request.
    pub fn begin(&mut self, id: JobId, job: &Job, unix_ms: u64) -> Result<Content, JobsError> {
        let request = self.content(id, Part::Request)?.ok_or(JobsError::Unreadable)?;
        self.change(id, job, unix_ms)?;
        Ok(request)
    }

    /// A try has ended. The request stays for another one unless the job is done.
    pub fn ended(&mut self, id: JobId, job: &Job, ended: &Ended, unix_ms: u64) -> Result<(), JobsError> {
        let answer = ended.answer.as_ref().map(|answer| self.sealed(id, Part::Answer, answer)).transpose()?;
        let transaction = self.connection.transaction()?;
        if !update(&transaction, id, job, unix_ms)? {
            return Ok(());
        }
        transaction.execute(
            "UPDATE job SET status = ?, reason = ?, cost = cost + ?, last = coalesce(?, last) WHERE id = ?",
            params![
                ended.status,
                ended.reason.as_deref(),
                signed(ended.cost_micros),
                ended.last.map(|last| signed(last.0)),
                signed(id.0.0)
            ],
        )?;
        if ended.cost_micros > 0 {
            transaction.execute(
                "INSERT INTO spent (day, micros) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET micros = micros + excluded.micros",
                params![signed(unix_ms / DAY_MS), signed(ended.cost_micros)],
            )?;
        }
        if let Some(answer) = &answer {
            put(&transaction, id, Part::Answer, answer)?;
        }
        if job.state == State::Settled(Settled::Done) {
            let sql = "DELETE FROM content WHERE job = ? AND part = ?";
            transaction.execute(sql, params![signed(id.0.0), Part::Request as i64])?;
        }
        transaction.commit()?;
        self.count()
    }

    /// The stored answer; the first time it is read is remembered.
    pub fn answer(&mut self, id: JobId, unix_ms: u64) -> Result<Option<Content>, JobsError> {
        let answer = self.content(id, Part::Answer)?;
        if answer.is_some() {
            let sql = "UPDATE job SET read_ms = ? WHERE id = ? AND read_ms IS NULL";
            self.connection.prepare_cached(sql)?.execute(params![signed(unix_ms), signed(id.0.0)])?;
        }
        Ok(answer)
    }

    /// The stored answer, without a trace of its being read.
    pub fn peek_answer(&self, id: JobId) -> Result<Option<Content>, JobsError> {
        self.content(id, Part::Answer)
    }

    /// The stored request.
    pub fn peek_request(&self, id: JobId) -> Result<Option<Content>, JobsError> {
        self.content(id, Part::Request)
    }

    /// Spent on jobs on the day of `unix_ms`, millionths of a US dollar.
    pub fn spent_on_day(&self, unix_ms: u64) -> Result<u64, JobsError> {
        let sql = "SELECT coalesce(sum(micros), 0) FROM spent WHERE day = ?";
        Ok(self.connection.query_row(sql, [signed(unix_ms / DAY_MS)], number)?)
    }

    /// Removes the contents of jobs that have been over for long, and the oldest rows without contents.
    pub fn sweep(&mut self, keep: Keep, unix_ms: u64) -> Result<usize, JobsError> {
        let before = |age: Duration| signed(unix_ms.saturating_sub(millis(age)));
        let over = "state NOT IN ('accepted', 'running', 'waiting') AND swept = 0";
        let sql = format!("SELECT id FROM job WHERE {over} AND (changed_ms < ? OR read_ms < ?)");
        let ids: Vec<i64> = self
            .connection
            .prepare_cached(&sql)?
            .query_map(params![before(keep.unread), before(keep.read)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.remove_contents(&ids)?;
        self.connection.execute(
            "DELETE FROM job WHERE swept = 1 AND id < (SELECT id FROM job WHERE swept = 1 ORDER BY id DESC LIMIT 1 OFFSET ?)",
            [SWEPT_MAX],
        )?;
        Ok(ids.len())
    }

    /// Removes one job that is over, or all of them. Returns how many went.
    pub fn remove(&mut self, id: Option<JobId>) -> Result<usize, JobsError> {
        let over = "state NOT IN ('accepted', 'running', 'waiting')";
        let sql = format!("SELECT id FROM job WHERE {over} AND (?1 IS NULL OR id = ?1)");
        let id = id.map(|id| signed(id.0.0));
        let ids: Vec<i64> =
            self.connection.prepare_cached(&sql)?.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        self.remove_contents(&ids)?;
        for id in &ids {
            self.connection.prepare_cached("DELETE FROM job WHERE id = ?")?.execute([id])?;
        }
        Ok(ids.len())
    }

    /// Seals, opens and digests.
    pub fn seal(&self) -> Option<&Seal> {
        self.seal.as_ref()
    }

    fn remove_contents(&mut self, ids: &[i64]) -> Result<(), JobsError> {
        if ids.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for id in ids {
            transaction.prepare_cached("DELETE FROM content WHERE job = ?")?.execute([id])?;
            // The key is free again: what it stood for is gone.
            transaction.prepare_cached("UPDATE job SET swept = 1, key = NULL WHERE id = ?")?.execute([id])?;
        }
        transaction.commit()?;
        self.connection.execute_batch(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES});"))?;
        self.count()
    }

    fn count(&mut self) -> Result<(), JobsError> {
        self.used = self.connection.query_row("SELECT coalesce(sum(length(sealed)), 0) FROM content", [], number)?;
        Ok(())
    }

    fn by_key(&self, key: Option<Digested>) -> Result<Option<JobRow>, JobsError> {
        let Some(key) = key else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM job WHERE key = ?");
        Ok(self.connection.prepare_cached(&sql)?.query_row([key], row::read).optional()?)
    }

    fn rows(&self, condition: &str, limit: i64) -> Result<Vec<JobRow>, JobsError> {
        let sql = format!("SELECT {COLUMNS} FROM job {condition} LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit], row::read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn sealed(&self, id: JobId, part: Part, content: &Content) -> Result<Vec<u8>, JobsError> {
        let seal = self.seal.as_ref().ok_or(JobsError::Unreadable)?;
        seal.close(&what(id, part), &content.to_bytes())
    }

    fn content(&self, id: JobId, part: Part) -> Result<Option<Content>, JobsError> {
        let sql = "SELECT sealed FROM content WHERE job = ? AND part = ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![signed(id.0.0), part as i64], |row| row.get::<_, Vec<u8>>(0));
        let Some(sealed) = found.optional()? else { return Ok(None) };
        let seal = self.seal.as_ref().ok_or(JobsError::Unreadable)?;
        let opened = seal.open(&what(id, part), &sealed)?;
        Content::from_bytes(opened).map(Some).ok_or(JobsError::Unreadable)
    }

    /// What SQLite holds in memory hides that the file was written over: a job would be promised that nobody finds again.
    fn is_whole(&self) -> Result<(), JobsError> {
        let mut begins = [0; MAGIC.len()];
        File::open(&self.path)?.read_exact(&mut begins)?;
        if begins == *MAGIC { Ok(()) } else { Err(JobsError::damaged()) }
    }

    fn has_room(&self) -> Result<(), JobsError> {
        let room = rustix::fs::statvfs(&self.path).map_err(std::io::Error::from)?;
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        if free < FREE_MIN { Err(JobsError::DiskFull) } else { Ok(()) }
    }
}

/// What a content is sealed as: it cannot be put in the place of another.
fn what(id: JobId, part: Part) -> [u8; 9] {
    let mut what = [part as u8; 9];
    what[..8].copy_from_slice(&id.0.0.to_le_bytes());
    what
}

fn insert(transaction: &Transaction<'_>, new: &NewJob) -> Result<(), JobsError> {
    let row = &new.row;
    transaction
        .prepare_cached(
            "INSERT INTO job (id, owner, key, state, until_ms, tries, accepted_ms, deadline_ms, terms, priority, protocol,
             path, query, model, stream, run, named, bytes, hash, status, cost, reason, last, changed_ms)
             VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,?,?,?)",
        )?
        .execute(params![
            signed(row.id.0.0),
            row.owner.0,
            new.key,
            row.job.state.id(),
            row::until(row.job.state),
            row.job.tries,
            signed(millis(row.job.accepted)),
            signed(millis(row.job.deadline)),
            row::terms_text(&row.job.terms),
            row.priority.id(),
            row.protocol.id(),
            row.path,
            row.query,
            row.model,
            row.stream,
            row.run,
            row.named,
            signed(row.bytes),
            row.hash,
            row.reason,
            row.last.map(|last| signed(last.0)),
            signed(row.changed_ms),
        ])?;
    Ok(())
}

fn put(transaction: &Transaction<'_>, id: JobId, part: Part, sealed: &[u8]) -> Result<(), JobsError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO content (job, part, sealed) VALUES (?, ?, ?)")?
        .execute(params![signed(id.0.0), part as i64, sealed])?;
    Ok(())
}

/// False: there is no such job any more; it went with a damaged file.
fn update(connection: &Connection, id: JobId, job: &Job, unix_ms: u64) -> Result<bool, JobsError> {
    let changed = connection
        .prepare_cached(
            "UPDATE job SET state = ?, until_ms = ?, tries = ?, accepted_ms = ?, deadline_ms = ?, changed_ms = ? WHERE id = ?",
        )?
        .execute(params![
            job.state.id(),
            row::until(job.state),
            job.tries,
            signed(millis(job.accepted)),
            signed(millis(job.deadline)),
            signed(unix_ms),
            signed(id.0.0)
        ])?;
    Ok(changed > 0)
}

fn number(row: &rusqlite::Row<'_>) -> rusqlite::Result<u64> {
    row.get::<_, i64>(0).map(i64::unsigned_abs)
}
