//! The recorder: takes records from the request path and writes them, batch by batch, on a thread of its own.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::cli::error::Text;
use crate::clock;
use crate::config::model::{LogFormat, LogKeep};
use crate::i18n::Lang;
use crate::store::database::{Database, Shown};
use crate::store::format::{self, Shape, Style};
use crate::store::queue::{self, Queue, Work};
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

/// [`Options::busy_timeout`] of the gateway.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// The thread has not opened the database yet.
    #[default]
    Opening,
    /// Into the database.
    Disk,
    /// Into memory, the newest 1,000, for this reason; `None` when no file was asked for.
    Memory(Option<Text>),
}

/// The handle every request has; cheap to clone. When the last one goes, what waits is still written.
#[derive(Debug, Clone)]
pub struct Recorder(Arc<Handle>);

#[derive(Debug)]
struct Handle {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What handles and thread have in common.
#[derive(Debug)]
struct Shared {
    queue: Queue,
    shown: Arc<Shown>,
    settings: Mutex<Settings>,
}

/// What a reload may change.
#[derive(Debug, Clone)]
struct Settings {
    keep: LogKeep,
    access: Option<Access>,
    lang: Lang,
}

impl Recorder {
    /// Starts the thread; the database is opened there.
    pub fn start(options: Options) -> io::Result<Self> {
        let (shared, mut rounds) = Rounds::new(options);
        let thread = thread::Builder::new().name("tokgate-records".to_owned()).spawn(move || rounds.run())?;
        Ok(Self(Arc::new(Handle { shared, thread: Mutex::new(Some(thread)) })))
    }

    /// Without a thread: whoever holds the rounds makes them, in a time of its own. What waits for a round would wait for
    /// ever.
    pub fn by_hand(options: Options) -> (Self, Rounds) {
        let (shared, rounds) = Rounds::new(options);
        (Self(Arc::new(Handle { shared, thread: Mutex::new(None) })), rounds)
    }

    /// Hands a record over. Never blocks on anything but a short lock. When too many wait, the oldest are lost.
    pub fn push(&self, record: Record) {
        self.0.shared.queue.push(record);
    }

    /// Remembers a run.
    pub fn put_run(&self, run: RunRow) {
        self.0.shared.queue.push_run(run);
    }

    /// Keeps a value under a name, for [`crate::store::query::Reader::kept`] after a restart. Of several that come quickly
    /// the last is written.
    pub fn keep(&self, name: &'static str, value: String) {
        self.0.shared.queue.keep(name, value);
    }

    /// Records lost since the start.
    pub fn dropped(&self) -> u64 {
        self.0.shared.queue.dropped()
    }

    /// How it is doing.
    pub fn health(&self) -> Health {
        let shared = &self.0.shared;
        Health {
            place: shared.shown.place.lock().clone(),
            dropped: shared.queue.dropped(),
            waiting: shared.queue.waiting(),
        }
    }

    /// Why records do not go into the file, when they do not.
    pub fn problem(&self) -> Option<Text> {
        match &*self.0.shared.shown.place.lock() {
            Place::Memory(why) => why.clone(),
            Place::Opening | Place::Disk => None,
        }
    }

    /// The records held in memory because they could not be written, oldest first.
    pub fn held(&self) -> Vec<Record> {
        self.0.shared.shown.held.lock().iter().cloned().collect()
    }

    /// Takes new settings over (configuration reload).
    pub fn reconfigure(&self, keep: LogKeep, access: Option<Access>, lang: Lang) {
        *self.0.shared.settings.lock() = Settings { keep, access, lang };
    }

    /// Blocks until everything handed over so far is written, or held in memory when it cannot be. Tries a lost
    /// database again at once.
    pub fn flush(&self) {
        self.0.shared.queue.request(|work| work.flush = true);
    }

    /// Blocks until old records are gone.
    pub fn tidy(&self) {
        self.0.shared.queue.request(|work| work.tidy = true);
    }

    /// Writes what waits and ends the thread; records that come later are lost and counted.
    pub fn close(&self) {
        self.0.shared.queue.request(|work| work.close = true);
        if let Some(thread) = self.0.thread.lock().take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.queue.hang_up();
    }
}

/// The writer's work, round by round: take, log, write, tidy.
pub struct Rounds {
    shared: Arc<Shared>,
    database: Database,
    redactor: Arc<Redactor>,
    /// An emptied queue whose memory is used again.
    spare: VecDeque<Record>,
    style: Option<Style>,
    /// Rounds without a record.
    quiet: u32,
}

impl std::fmt::Debug for Rounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rounds").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Rounds {
    fn new(options: Options) -> (Arc<Shared>, Self) {
        let Options { path, keep, access, lang, redactor, busy_timeout } = options;
        let shown = Arc::new(Shown::default());
        let database = Database::new(path, busy_timeout, lang, Arc::clone(&shown));
        let settings = Mutex::new(Settings { keep, access, lang });
        let shared = Arc::new(Shared { queue: Queue::default(), shown, settings });
        let theirs = Arc::clone(&shared);
        (shared, Self { shared: theirs, database, redactor, spare: VecDeque::new(), style: None, quiet: 0 })
    }

    /// The thread: opens the database, sleeps, works, until it is told to end.
    fn run(&mut self) {
        let shared = Arc::clone(&self.shared);
        let _end = End(&shared.queue);
        self.database.ensure_open(clock::now(), true);
        loop {
            let (work, asked) = shared.queue.take(self.quiet, std::mem::take(&mut self.spare));
            let last = work.close;
            self.work(clock::now(), work);
            shared.queue.done(asked, last);
            if last {
                return;
            }
        }
    }

    /// One round now, without sleep. Never blocks on anything but the disk.
    pub fn round(&mut self, now: Instant) {
        let (work, asked) = self.shared.queue.take_now(std::mem::take(&mut self.spare));
        let last = work.close;
        self.work(now, work);
        self.shared.queue.done(asked, last);
    }

    fn work(&mut self, now: Instant, mut work: Work) {
        let settings = self.shared.settings.lock().clone();
        let database = &mut self.database;
        database.set_lang(settings.lang);
        let busy = !work.records.is_empty();
        self.quiet = if busy { 0 } else { self.quiet.saturating_add(1) };
        work.records.iter_mut().for_each(|record| clean(record, &self.redactor));
        if let Some(access) = settings.access.as_ref().filter(|_| busy) {
            log(&work.records, access, self.style.get_or_insert_with(Style::here));
        }
        database.ensure_open(now, work.flush || work.close);
        self.shared.queue.drop_count(database.write(now, &mut work.records, &mut work.runs, work.kept));
        if work.tidy {
            while database.tidy(now, settings.keep, true) {}
        } else if !busy || database.tidy_is_overdue(now) {
            let more = database.tidy(now, settings.keep, false);
            self.quiet = if more { 0 } else { self.quiet };
        }
        self.spare = queue::spare(work.records);
    }
}

/// Frees those who wait, also when the thread dies.
struct End<'a>(&'a Queue);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.done(u64::MAX, true);
    }
}

fn clean(record: &mut Record, redactor: &Redactor) {
    for text in record.outside() {
        if let Cow::Owned(clean) = redactor.clean(text) {
            *text = clean.into();
        }
    }
    for reason in record.reasons() {
        **reason = reason.as_ref().clone().map(&|piece| redactor.clean(piece).into_owned());
    }
}

/// Writes the lines of a batch at once. The records are clean already.
fn log(records: &VecDeque<Record>, access: &Access, style: &mut Style) {
    let shape = match access.format {
        LogFormat::Pretty => Shape::Pretty,
        LogFormat::Json => Shape::Json,
    };
    style.colour = access.colour;
    let mut lines = String::with_capacity(records.len() * 160);
    for record in records {
        format::line(&mut lines, record, shape, style);
    }
    access.sink.write(&lines);
}
