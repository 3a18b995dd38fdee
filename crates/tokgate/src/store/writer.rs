//! The recorder: takes records from the request path and writes them, batch by batch, on a thread of its own.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::model::{LogFormat, LogKeep};
use crate::i18n::Lang;
use crate::store::record::Record;
use crate::store::run::RunRow;
use crate::telemetry::redact::Redactor;
use crate::telemetry::sink::Sink;

/// What the recorder needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    /// The database file; `None` keeps the newest records in memory only.
    pub path: Option<PathBuf>,
    /// How long records stay.
    pub keep: LogKeep,
    /// Where request lines go; `None` writes none.
    pub access: Option<Access>,
    /// Language of what it has to say.
    pub lang: Lang,
    /// Applied to every text that came from outside.
    pub redactor: Arc<Redactor>,
    /// How long another program's lock is waited for (on the writer thread).
    pub busy_timeout: Duration,
}

/// Where and how request lines are written.
#[derive(Debug, Clone)]
pub struct Access {
    /// The log.
    pub sink: Sink,
    /// For people or for programs.
    pub format: LogFormat,
    /// Colour in the `Pretty` form.
    pub colour: bool,
}

/// How the recorder is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Where records go now.
    pub place: Place,
    /// Records lost since the start.
    pub dropped: u64,
    /// Records not yet written.
    pub waiting: usize,
}

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The thread has not opened the database yet.
    Opening,
    /// Into the database.
    Disk,
    /// Into memory, the newest 1,000; the reason is a text for people.
    Memory(Box<str>),
}

/// The handle every request has; cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {}

impl Recorder {
    /// Starts the thread; the database is opened there.
    pub fn start(options: Options) -> io::Result<Self> {
        let _ = options;
        Ok(Self {})
    }

    /// Hands a record over. Never blocks on anything but a short lock.
    pub fn push(&self, record: Record) {
        let _ = record;
    }

    /// Remembers a run.
    pub fn put_run(&self, run: RunRow) {
        let _ = run;
    }

    /// Records lost since the start.
    pub fn dropped(&self) -> u64 {
        0
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        Health { place: Place::Opening, dropped: 0, waiting: 0 }
    }

    /// The records held in memory because they could not be written, oldest first.
    pub fn held(&self) -> Vec<Record> {
        Vec::new()
    }

    /// Takes new settings over (configuration reload).
    pub fn reconfigure(&self, keep: LogKeep, access: Option<Access>) {
        let _ = (keep, access);
    }

    /// Blocks until everything handed over so far is written, or held in memory when it cannot be.
    pub fn flush(&self) {}

    /// Blocks until old records are gone.
    pub fn tidy(&self) {}

    /// Writes what waits and ends the thread.
    pub fn close(&self) {}
}
