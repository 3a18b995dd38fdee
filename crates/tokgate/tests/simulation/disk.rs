//! The records of a world on a real file, which another program locks now and then, which is away for a while, or which
//! is slow. The writer is the gateway's own; only its sleep is the world's.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use tokgate::config::model::{LogKeep, Retention};
use tokgate::i18n::Lang;
use tokgate::store::id::RequestId;
use tokgate::store::record::{Outcome, Record};
use tokgate::store::writer::{Options, Recorder, Rounds};
use tokgate_simulator::Rng;
use tokio::time::Instant;

use crate::invariant::{self, Violation};
use crate::swarm::Chance;

/// One world in so many has a file: writing costs more than the whole rest of an hour.
const WORLDS: u64 = 40;

/// Between two rounds of the writer, as in the gateway.
const TICK: Duration = Duration::from_millis(200);

/// A lost file is looked for again within this time.
const FOUND_AGAIN: Duration = Duration::from_secs(60);

/// Milliseconds since the Unix epoch of the first record.
const UNIX_MS: u64 = 1_795_000_000_000;

/// What is wrong with the disk.
enum Trouble {
    /// Another program holds the file.
    Locked(Connection),
    /// Its folder is away, and something else is in its place.
    Away,
    /// A round takes as long.
    Slow,
}

/// The disk.
pub(crate) struct Disk {
    folder: TempDir,
    rng: Rng,
    recorder: Recorder,
    rounds: Rounds,
    trouble: Option<Trouble>,
    /// When that, or the good time, is over.
    until: Duration,
    /// Records handed over, and those that were lost with a gateway that ended.
    pushed: u64,
    lost: u64,
}

impl Disk {
    /// That of a seed, if it has one.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        seed.is_multiple_of(WORLDS).then(|| Self::new(Rng::new(seed ^ u64::MAX)))
    }

    fn new(mut rng: Rng) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let until = rng.seconds(10.0, 600.0);
        let (recorder, rounds) = start(folder.path().join("data/tokgate.db"));
        Self { folder, rng, recorder, rounds, trouble: None, until, pushed: 0, lost: 0 }
    }

    /// A request is over.
    pub(crate) fn push(&mut self, millis: u64, outcome: Outcome) {
        self.pushed += 1;
        let id = RequestId::next(UNIX_MS + millis);
        self.recorder.push(Record { outcome, ..Record::blank(id, "sdk", "messages") });
    }

    /// The writer's round, so long after the beginning of the world; how long until the next one.
    pub(crate) fn round(&mut self, now: Instant, since: Duration) -> Duration {
        if since >= self.until {
            self.turn(since);
        }
        self.rounds.round(now);
        if matches!(self.trouble, Some(Trouble::Slow)) { self.rng.seconds(1.0, 120.0) } else { TICK }
    }

    fn turn(&mut self, since: Duration) {
        if self.trouble.is_some() {
            self.mend();
            self.until = since + self.rng.seconds(10.0, 900.0);
            return;
        }
        self.trouble = Some(match self.rng.below(3) {
            0 => {
                let other = Connection::open(self.file()).unwrap();
                other.execute_batch("BEGIN IMMEDIATE").unwrap();
                Trouble::Locked(other)
            }
            1 => {
                fs::rename(self.folder.path().join("data"), self.folder.path().join("away")).unwrap();
                fs::write(self.folder.path().join("data"), "no folder").unwrap();
                Trouble::Away
            }
            _ => Trouble::Slow,
        });
        self.until = since + self.rng.seconds(1.0, 1_200.0);
    }

    fn mend(&mut self) {
        match self.trouble.take() {
            Some(Trouble::Locked(other)) => other.execute_batch("COMMIT").unwrap(),
            Some(Trouble::Away) => {
                fs::remove_file(self.folder.path().join("data")).unwrap();
                fs::rename(self.folder.path().join("away"), self.folder.path().join("data")).unwrap();
            }
            Some(Trouble::Slow) | None => {}
        }
    }

    /// The gateway ends, and is started again: what could not be written by then is lost with it.
    pub(crate) fn restart(&mut self, now: Instant) {
        self.rounds.round(now);
        let health = self.recorder.health();
        self.lost += health.dropped + self.recorder.held().len() as u64 + health.waiting as u64;
        (self.recorder, self.rounds) = start(self.file());
    }

    /// I17, once the disk is well again.
    pub(crate) fn check(&mut self, now: Instant) -> Result<(), Violation> {
        self.mend();
        self.rounds.round(now);
        self.rounds.round(now + FOUND_AGAIN);
        let file = Connection::open(self.file()).unwrap();
        let rows = file.query_row("SELECT count(*) FROM request", [], |row| row.get(0)).unwrap_or(0_i64);
        let lost = self.lost + self.recorder.dropped();
        invariant::i17_rows_are_requests_less_drops(rows.unsigned_abs(), self.pushed, lost)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("data/tokgate.db")
    }
}

fn start(path: PathBuf) -> (Recorder, Rounds) {
    let keep = Retention::Count(10_000_000);
    Recorder::by_hand(Options {
        path: Some(path),
        keep: LogKeep { requests: keep, max_size: 2 << 30 },
        access: None,
        lang: Lang::En,
        redactor: Arc::default(),
        busy_timeout: Duration::ZERO,
    })
}
