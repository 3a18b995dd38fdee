//! The database as the writer thread sees it: open, lost, found again. What cannot be written is held in memory.

use std::collections::VecDeque;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::time::Instant;

use crate::cli::error::Text;
use crate::clock;
use crate::config::model::LogKeep;
use crate::i18n::{Lang, records as text};
use crate::store::id::RequestId;
use crate::store::queue::Kept;
use crate::store::record::Record;
use crate::store::retention::Retention;
use crate::store::row;
use crate::store::run::RunRow;
use crate::store::schema::{self, Trouble};
use crate::store::writer::Place;

/// Records held while there is no database.
pub(super) const HELD_MAX: usize = 1_000;
/// Runs held while there is no database.
const HELD_RUNS_MAX: usize = 100;
/// How long after a failure the database is tried again.
const RETRY: Duration = Duration::from_secs(30);
/// Damaged files put aside by one process; with more the disk itself is broken, and its copies would fill it.
const ASIDE_MAX: u32 = 3;

/// What the handles may look at.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Where records go.
    pub(super) place: Mutex<Place>,
    /// Records that wait for a database.
    pub(super) held: Mutex<VecDeque<Record>>,
}

/// The writer's side.
pub(super) struct Database {
    path: Option<PathBuf>,
    busy_timeout: Duration,
    lang: Lang,
    shown: Arc<Shown>,
    open: Option<Open>,
    retry_at: Option<Instant>,
    held_runs: Vec<RunRow>,
    /// Values not yet written, the newest under each name.
    kept: Kept,
    /// Records lost from memory since the database was lost.
    lost: u64,
    put_aside: u32,
}

struct Open {
    connection: Connection,
    identity: Option<(u64, u64)>,
    retention: Retention,
}

impl Database {
    pub(super) fn new(path: Option<PathBuf>, busy_timeout: Duration, lang: Lang, shown: Arc<Shown>) -> Self {
        Self {
            path,
            busy_timeout,
            lang,
            shown,
            open: None,
            retry_at: None,
            held_runs: Vec::new(),
            kept: Kept::new(),
            lost: 0,
            put_aside: 0,
        }
    }

    /// Language of what it has to say.
    pub(super) fn set_lang(&mut self, lang: Lang) {
        self.lang = lang;
    }

    /// Opens the database if it is not open and its time has come. `at_once`: do not wait for that time.
    pub(super) fn ensure_open(&mut self, now: Instant, at_once: bool) {
        let due = self.retry_at.is_none_or(|at| at_once || now >= at);
        if self.path.is_none() {
            *self.shown.place.lock() = Place::Memory(None);
        } else if self.open.is_none() && due {
            match self.open_file() {
                Ok(open) => self.found(open),
                Err(trouble) => self.lost(now, &trouble),
            }
        }
    }

    /// Writes a batch in one transaction, with what was held before it; takes what it cannot write. Returns how many
    /// records were lost.
    pub(super) fn write(
        &mut self,
        now: Instant,
        records: &mut VecDeque<Record>,
        runs: &mut Vec<RunRow>,
        kept: Kept,
    ) -> u64 {
        self.kept.extend(kept);
        if let Some(open) = &self.open
            && self.path.as_deref().is_some_and(|path| schema::identity(path) != open.identity)
        {
            self.lost(now, &Trouble::Gone);
            self.ensure_open(now, true);
        }
        let held_any = !self.shown.held.lock().is_empty() || !self.held_runs.is_empty() || !self.kept.is_empty();
        if records.is_empty() && runs.is_empty() && !held_any {
            return 0;
        }
        if self.try_write(now, records, runs) || (self.open.is_some() && self.try_write(now, records, runs)) {
            return 0;
        }
        self.hold(records, runs)
    }

    /// Whether old records have waited too long for a quiet moment.
    pub(super) fn tidy_is_overdue(&self, now: Instant) -> bool {
        self.open.as_ref().is_some_and(|open| open.retention.is_overdue(now))
    }

    /// One step of retention; `at_once`: although it is not time. Returns whether there is more to do.
    pub(super) fn tidy(&mut self, now: Instant, keep: LogKeep, at_once: bool) -> bool {
        let Some(open) = &mut self.open else { return false };
        match open.retention.step(&open.connection, keep, clock::unix_ms(), now, at_once) {
            Ok(more) => more,
            Err(error) => {
                self.failed(now, &error.into());
                false
            }
        }
    }

    /// One try, with what was held before.
    fn try_write(&mut self, now: Instant, records: &VecDeque<Record>, runs: &[RunRow]) -> bool {
        let Some(open) = &mut self.open else { return false };
        let held = std::mem::take(&mut *self.shown.held.lock());
        let result = open.insert(held.iter().chain(records), self.held_runs.iter().chain(runs), &self.kept);
        if let Err(error) = result {
            *self.shown.held.lock() = held;
            self.failed(now, &error.into());
            return false;
        }
        self.held_runs.clear();
        self.kept.clear();
        true
    }

    /// The open database failed: a damaged file is replaced at once, so that the caller may try again.
    fn failed(&mut self, now: Instant, trouble: &Trouble) {
        self.open = None;
        if matches!(trouble, Trouble::Damaged) && self.put_aside < ASIDE_MAX {
            match self.replace_damaged() {
                Ok(open) => self.found(open),
                Err(trouble) => self.lost(now, &trouble),
            }
        } else {
            self.lost(now, trouble);
        }
    }

    fn hold(&mut self, records: &mut VecDeque<Record>, runs: &mut Vec<RunRow>) -> u64 {
        let mut held = self.shown.held.lock();
        held.extend(records.drain(..));
        let over = held.len().saturating_sub(HELD_MAX);
        held.drain(..over);
        let room = HELD_RUNS_MAX.saturating_sub(self.held_runs.len());
        self.held_runs.extend(runs.drain(..).take(room));
        self.lost += over as u64;
        // Without a file the newest records in memory are all that is wanted; nothing is lost then.
        if self.path.is_some() { over as u64 } else { 0 }
    }

    fn open_file(&mut self) -> Result<Open, Trouble> {
        match schema::open(self.path.as_deref().unwrap_or(Path::new("")), self.busy_timeout) {
            Err(Trouble::Damaged) if self.put_aside < ASIDE_MAX => self.replace_damaged(),
            other => self.begin(other?),
        }
    }

    fn replace_damaged(&mut self) -> Result<Open, Trouble> {
        let path = self.path.clone().unwrap_or_default();
        self.put_aside += 1;
        let aside = schema::move_aside(&path, clock::unix_ms())?;
        let args: [(&str, &dyn Display); 2] = [("path", &path.display()), ("aside", &aside.display())];
        tracing::error!(code = "TG602", "{}", text::DAMAGED.text(self.lang, &args));
        self.begin(schema::open(&path, self.busy_timeout)?)
    }

    /// Learns where the request numbers of this file end.
    fn begin(&self, connection: Connection) -> Result<Open, Trouble> {
        let identity = self.path.as_deref().and_then(schema::identity);
        let newest: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM request", [], |row| row.get(0))?;
        RequestId::continue_after(RequestId(newest.unsigned_abs()), clock::unix_ms());
        Ok(Open { connection, identity, retention: Retention::default() })
    }

    fn found(&mut self, open: Open) {
        let before = std::mem::replace(&mut *self.shown.place.lock(), Place::Disk);
        if matches!(before, Place::Memory(_)) {
            let held = self.shown.held.lock().len();
            let args: [(&str, &dyn Display); 2] = [("held", &held), ("lost", &self.lost)];
            tracing::info!("{}", text::BACK.text(self.lang, &args));
        }
        self.open = Some(open);
        self.retry_at = None;
        self.lost = 0;
    }

    /// Records go to memory from now on; said once per cause.
    fn lost(&mut self, now: Instant, trouble: &Trouble) {
        self.open = None;
        self.retry_at = Some(now + RETRY);
        let path = self.path.clone().unwrap_or_default();
        let (code, message) = match trouble {
            Trouble::Newer { .. } => ("TG603", &text::NEWER),
            Trouble::Locked => ("TG604", &text::LOCKED),
            Trouble::Full => ("TG605", &text::FULL),
            Trouble::Gone => ("TG606", &text::GONE),
            Trouble::Foreign => ("TG607", &text::FOREIGN),
            Trouble::Damaged | Trouble::Sqlite(_) | Trouble::Io(_) => ("TG601", &text::UNUSABLE),
        };
        let why = Text::new(message).with("path", path.display()).with_words("cause", trouble.text());
        let words = why.say(self.lang);
        let memory = Place::Memory(Some(why));
        let mut place = self.shown.place.lock();
        if *place != memory {
            tracing::error!(code, "{words}");
            *place = memory;
        }
    }
}

impl Open {
    fn insert<'r>(
        &mut self,
        records: impl Iterator<Item = &'r Record> + Clone,
        runs: impl Iterator<Item = &'r RunRow>,
        kept: &Kept,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut rows = 0;
        let mut statement = transaction.prepare_cached(row::INSERT)?;
        for record in records.clone() {
            statement.clear_bindings();
            row::bind(&mut statement, record)?;
            statement.raw_execute()?;
            rows += 1;
        }
        if rows > 0 {
            let ids = row::batch_to_bytes(records.map(|record| record.id));
            transaction.prepare_cached(row::INSERT_BATCH)?.execute([ids])?;
            transaction.prepare_cached(row::FORGET_BATCHES)?.execute([])?;
        }
        for run in runs {
            let mut statement = transaction.prepare_cached(row::INSERT_RUN)?;
            statement.clear_bindings();
            row::bind_run(&mut statement, run)?;
            statement.raw_execute()?;
        }
        drop(statement);
        for (name, value) in kept {
            let at = i64::try_from(clock::unix_ms()).unwrap_or(i64::MAX);
            transaction.prepare_cached(row::KEEP)?.execute(rusqlite::params![name, at, value])?;
        }
        transaction.commit()?;
        self.retention.wrote(rows);
        Ok(())
    }
}
