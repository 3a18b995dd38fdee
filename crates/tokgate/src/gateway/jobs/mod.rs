//! Jobs: requests whose clients do not wait. They are stored before they are promised, and then go down the same line as
//! every request, a few at a time, behind those that somebody waits for.
//!
//! [`conductor`] says which one begins, [`ceiling`] that none does today, [`work`] is one try, [`judge`] what its end means.

pub mod admin;
mod ceiling;
mod conductor;
mod desk;
mod judge;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokgate_policy::job::{Moved, Settled, State};
use tokio::sync::{Notify, watch};

use crate::clock;
use crate::config::model::Queue;
use crate::proxy::live::Live;
use crate::store::jobs::seal::Seal;
use crate::store::jobs::{Bounds, Content, JobId, JobRow, JobStore, JobsError, NewJob, Owner, Submitted};
pub use desk::Desk;

/// Largest answer of a job.
pub const ANSWER_MAX: usize = 16 << 20;

/// Milliseconds of a day, by which spending is counted (UTC).
const DAY_MS: u64 = 86_400_000;

/// Wall time, as jobs count it: it goes on while no gateway runs.
pub fn wall() -> Duration {
    Duration::from_millis(clock::unix_ms())
}

/// The jobs of this gateway.
#[derive(Debug)]
pub struct Jobs {
    store: JobStore,
    seal: Seal,
    index: Mutex<Index>,
    /// Something is due, or there is room.
    changed: Notify,
    /// A try has ended.
    ended: Notify,
}

/// The jobs that are not over.
#[derive(Debug, Default)]
struct Index {
    jobs: BTreeMap<JobId, Entry>,
    running: usize,
    /// Spent on that day, millionths of a US dollar.
    spent: (u64, u64),
}

/// One of them.
#[derive(Debug)]
struct Entry {
    row: JobRow,
    /// The answer of the try that is under way.
    live: Arc<Live>,
    /// Ends that try.
    stop: Arc<Notify>,
    /// True once it is over.
    over: watch::Sender<bool>,
}

/// What a job is, for whoever asks.
#[derive(Debug)]
pub enum Found {
    /// Not over.
    Under(Box<JobRow>, Arc<Live>),
    /// Over, with its answer when it has one.
    Over(Box<JobRow>, Option<Content>),
}

/// How many there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Tried now.
    pub running: usize,
    /// Waiting to be tried.
    pub waiting: usize,
}

impl Entry {
    fn new(row: JobRow) -> Self {
        Self { row, live: Arc::default(), stop: Arc::default(), over: watch::Sender::new(false) }
    }
}

impl Jobs {
    fn new(store: JobStore, seal: Seal, live: Vec<JobRow>, spent: (u64, u64)) -> Self {
        let jobs = live.into_iter().map(|row| (row.id, Entry::new(row))).collect();
        let index = Mutex::new(Index { jobs, running: 0, spent });
        Self { store, seal, index, changed: Notify::new(), ended: Notify::new() }
    }

    /// Digests who somebody is and what he says.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The file.
    pub fn store(&self) -> &JobStore {
        &self.store
    }

    /// Stores a job. When this returns `New`, it is on the disk and will be carried out.
    pub async fn submit(&self, new: NewJob, queue: &Queue) -> Result<Submitted, JobsError> {
        let bounds = Bounds { jobs: queue.max, bytes: queue.max_size };
        let row = new.row.clone();
        let submitted = self.store.with(move |base| base.submit(&new, bounds)).await?;
        if submitted == Submitted::New {
            self.index.lock().jobs.insert(row.id, Entry::new(row));
            self.changed.notify_one();
        }
        Ok(submitted)
    }

    /// One job of `owner`. Reading an answer starts its last term.
    pub async fn find(&self, id: JobId, owner: Owner, reads: bool) -> Result<Option<Found>, JobsError> {
        if let Some(entry) = self.index.lock().jobs.get(&id) {
            let mine = entry.row.owner == owner;
            return Ok(mine.then(|| Found::Under(Box::new(entry.row.clone()), Arc::clone(&entry.live))));
        }
        let now = clock::unix_ms();
        self.store
            .with(move |base| {
                let Some(row) = base.row(id)?.filter(|row| row.owner == owner) else { return Ok(None) };
                let answer = if reads { base.answer(id, now)? } else { base.peek_answer(id)? };
                Ok(Some(Found::Over(Box::new(row), answer)))
            })
            .await
    }

    /// Waits until a job is over, at most so long.
    pub async fn wait(&self, id: JobId, within: Duration) {
        let over = self.index.lock().jobs.get(&id).map(|entry| entry.over.subscribe());
        if let Some(mut over) = over {
            // An entry that has gone is over too.
            let _ = tokio::time::timeout(within, over.wait_for(|over| *over)).await;
        }
    }

    /// Takes a job back. One that is over stays as it is.
    pub async fn cancel(&self, id: JobId) -> Result<(), JobsError> {
        let cancelled = {
            let mut index = self.index.lock();
            let Some(entry) = index.jobs.get_mut(&id) else { return Ok(()) };
            let runs = entry.row.job.state == State::Running;
            if entry.row.job.cancel().is_err() {
                return Ok(());
            }
            // A try under way is ended by whoever carries it out, which also writes it down.
            if runs {
                entry.stop.notify_one();
            }
            (!runs).then_some(entry.row.job)
        };
        if let Some(job) = cancelled {
            self.store.with(move |base| base.change(id, &job, clock::unix_ms())).await?;
            self.leave(id);
        }
        Ok(())
    }

    /// Has a job tried again that is over or waits.
    pub async fn retry(&self, id: JobId) -> Result<Result<(), Moved>, JobsError> {
        let waiting = self.index.lock().jobs.get(&id).map(|entry| entry.row.clone());
        let known = match waiting {
            Some(row) => Some(row),
            None => self.store.with(move |base| base.row(id)).await?,
        };
        let Some(mut row) = known.filter(|row| !row.swept) else { return Ok(Err(Moved)) };
        if row.job.retry(wall()).is_err() {
            return Ok(Err(Moved));
        }
        let job = row.job;
        self.store.with(move |base| base.change(id, &job, clock::unix_ms())).await?;
        self.index.lock().jobs.insert(id, Entry::new(row));
        self.changed.notify_one();
        Ok(Ok(()))
    }

    /// What is due is looked at again: other settings are in force.
    pub fn look_again(&self) {
        self.changed.notify_one();
    }

    /// How many there are.
    pub fn counts(&self) -> Counts {
        let index = self.index.lock();
        Counts { running: index.running, waiting: index.jobs.len().saturating_sub(index.running) }
    }

    /// Done when no try is under way.
    pub async fn idle(&self) {
        loop {
            let ended = self.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            if self.index.lock().running == 0 {
                return;
            }
            ended.await;
        }
    }

    /// Whether the jobs of today have cost so much, millionths of a US dollar.
    pub fn has_spent(&self, most: u64) -> bool {
        let index = self.index.lock();
        index.spent.0 == clock::unix_ms() / DAY_MS && index.spent.1 >= most
    }

    /// A job is over: whoever waits for it hears of it.
    fn leave(&self, id: JobId) {
        if let Some(entry) = self.index.lock().jobs.remove(&id) {
            entry.over.send_replace(true);
        }
    }
}

impl Index {
    fn spend(&mut self, micros: u64) {
        let today = clock::unix_ms() / DAY_MS;
        let before = if self.spent.0 == today { self.spent.1 } else { 0 };
        self.spent = (today, before.saturating_add(micros));
    }
}

/// Whether a job ended in a way that has an answer to show.
pub fn has_answer(row: &JobRow) -> bool {
    matches!(row.job.state, State::Settled(Settled::Done | Settled::Failed | Settled::Expired)) && row.status > 0
}
