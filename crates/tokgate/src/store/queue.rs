//! What waits for the writer thread: a bounded queue behind a short lock, and the sleep of the thread.
//!
//! The thread is not woken per record. It sleeps in ticks while records come, and long when none come; only the first
//! record after a long sleep, a full batch and commands wake it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::store::record::Record;
use crate::store::run::RunRow;

/// Records that wait at most: ten seconds of a thousand requests per second while the disk stands still.
pub(super) const ROWS_MAX: usize = 10_000;
/// Bytes that wait at most.
pub(super) const BYTES_MAX: usize = 16 << 20;
/// Runs that wait at most; people start few.
const RUNS_MAX: usize = 1_000;
/// A batch that is written without waiting for the tick.
const BATCH: usize = 256;
/// How long records gather: what a killed process may lose.
const TICK: Duration = Duration::from_millis(200);
/// Ticks without a record after which the thread sleeps long.
const QUIET_TICKS: u32 = 10;
/// The long sleep: retention and the search for a lost database go on at this pace.
const LONG: Duration = Duration::from_secs(30);

/// Values by the name they are kept under; the names are ours, and few.
pub(super) type Kept = BTreeMap<&'static str, String>;

/// What the thread is given.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Records in the order of finishing.
    pub(super) records: VecDeque<Record>,
    /// Runs.
    pub(super) runs: Vec<RunRow>,
    /// Values kept under a name, the newest of each.
    pub(super) kept: Kept,
    /// Somebody waits for this round.
    pub(super) flush: bool,
    /// Somebody waits for old records to go.
    pub(super) tidy: bool,
    /// The last round.
    pub(super) close: bool,
}

#[derive(Debug, Default)]
struct State {
    work: Work,
    bytes: usize,
    asleep: bool,
    /// Rounds asked for, and rounds done.
    asked: u64,
    done: u64,
    ended: bool,
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    thread: Condvar,
    waiters: Condvar,
    dropped: AtomicU64,
}

impl Queue {
    /// Adds a record. When there is no room the oldest go: what happened last is what people ask for.
    pub(super) fn push(&self, record: Record) {
        let weight = record.weight();
        let mut state = self.state.lock();
        if state.ended {
            self.drop_count(1);
            return;
        }
        state.bytes += weight;
        state.work.records.push_back(record);
        let mut gone = None;
        while state.work.records.len() > ROWS_MAX || state.bytes > BYTES_MAX {
            let Some(oldest) = state.work.records.pop_front() else { break };
            state.bytes = state.bytes.saturating_sub(oldest.weight());
            gone = Some(oldest);
            self.drop_count(1);
        }
        let wake = state.work.records.len() == BATCH || std::mem::take(&mut state.asleep);
        drop(state);
        drop(gone);
        if wake {
            self.thread.notify_one();
        }
    }

    /// Adds a run.
    pub(super) fn push_run(&self, run: RunRow) {
        let mut state = self.state.lock();
        if state.work.runs.len() < RUNS_MAX {
            state.work.runs.push(run);
        }
        self.thread.notify_one();
    }

    /// Keeps a value under a name, in place of the one before.
    pub(super) fn keep(&self, name: &'static str, value: String) {
        self.state.lock().work.kept.insert(name, value);
        self.thread.notify_one();
    }

    /// Asks for a round now and waits for its end.
    pub(super) fn request(&self, ask: impl FnOnce(&mut Work)) {
        let mut state = self.state.lock();
        ask(&mut state.work);
        state.asked += 1;
        let mine = state.asked;
        self.thread.notify_one();
        while state.done < mine && !state.ended {
            self.waiters.wait(&mut state);
        }
    }

    /// Asks for the last round without waiting for it.
    pub(super) fn hang_up(&self) {
        self.state.lock().work.close = true;
        self.thread.notify_one();
    }

    /// The thread's sleep, then everything that came. `spare` is an empty queue whose memory is used again.
    pub(super) fn take(&self, quiet_ticks: u32, spare: VecDeque<Record>) -> (Work, u64) {
        let mut state = self.state.lock();
        self.sleep(&mut state, quiet_ticks);
        state.take(spare)
    }

    /// The same without the sleep.
    pub(super) fn take_now(&self, spare: VecDeque<Record>) -> (Work, u64) {
        self.state.lock().take(spare)
    }

    fn sleep(&self, state: &mut MutexGuard<'_, State>, quiet_ticks: u32) {
        if quiet_ticks >= QUIET_TICKS && state.work.records.is_empty() && !state.urgent() {
            state.asleep = true;
            self.thread.wait_for(state, LONG);
            state.asleep = false;
        }
        if !state.urgent() {
            self.thread.wait_for(state, TICK);
        }
    }

    /// Tells those who wait that the round which began with `asked` is over.
    pub(super) fn done(&self, asked: u64, last: bool) {
        let mut state = self.state.lock();
        state.done = asked;
        state.ended |= last;
        drop(state);
        self.waiters.notify_all();
    }

    /// Counts lost records.
    pub(super) fn drop_count(&self, rows: u64) {
        self.dropped.fetch_add(rows, Ordering::Relaxed);
    }

    /// Records lost since the start.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Records that wait.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().work.records.len()
    }
}

impl State {
    fn take(&mut self, spare: VecDeque<Record>) -> (Work, u64) {
        self.bytes = 0;
        let next = Work { records: spare, ..Work::default() };
        (std::mem::replace(&mut self.work, next), self.asked)
    }

    fn urgent(&self) -> bool {
        let work = &self.work;
        work.records.len() >= BATCH
            || !work.runs.is_empty()
            || !work.kept.is_empty()
            || work.flush
            || work.tidy
            || work.close
    }
}

/// An emptied queue worth keeping: one that grew in a burst is given back.
pub(super) fn spare(mut used: VecDeque<Record>) -> VecDeque<Record> {
    used.clear();
    if used.capacity() > 2 * BATCH { VecDeque::new() } else { used }
}
