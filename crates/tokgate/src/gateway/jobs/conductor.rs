//! Which job begins, and when: one task that looks whenever something changes and sleeps otherwise.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokgate_policy::job;

use super::{Jobs, ceiling, wall, work};
use crate::clock;
use crate::gateway::Gateway;
use crate::store::jobs::{JobId, Keep};

/// The longest sleep: the wall clock may be set while it lasts.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How soon it is looked again when people leave no room.
const YIELD: Duration = Duration::from_millis(500);
/// How often contents whose time is over are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Runs as long as the gateway lives.
pub(super) async fn conduct(jobs: Arc<Jobs>, gateway: Weak<Gateway>) {
    let mut swept: Option<tokio::time::Instant> = None;
    loop {
        let Some(gateway) = gateway.upgrade() else { return };
        if swept.is_none_or(|at| clock::now() >= at + SWEEP_EVERY) {
            swept = Some(clock::now());
            sweep(&jobs, &gateway).await;
        }
        expire(&jobs).await;
        let most = gateway.snapshot().config.queue.cost_per_day;
        ceiling::look(&jobs, most).await;
        let pause = begin_due(&jobs, &gateway);
        drop(gateway);
        tokio::select! {
            () = jobs.changed.notified() => {}
            () = tokio::time::sleep(pause.min(SLEEP_MAX)) => {}
        }
    }
}

/// Begins what is due, as long as there is room. Returns how long nothing has to be looked at.
fn begin_due(jobs: &Arc<Jobs>, gateway: &Arc<Gateway>) -> Duration {
    let snapshot = Arc::clone(&gateway.snapshot());
    let queue = &snapshot.config.queue;
    let most = queue.cost_per_day;
    loop {
        if gateway.is_draining() || (most > 0 && jobs.has_spent(most)) {
            return SLEEP_MAX;
        }
        if gateway.somebody_waits() {
            return YIELD;
        }
        let now = wall();
        let mut index = jobs.index.lock();
        if index.running >= queue.at_once {
            return SLEEP_MAX;
        }
        let all = index.jobs.iter().map(|(id, entry)| (*id, entry.row.priority, &entry.row.job));
        let (next, later) = job::next(all, now);
        let Some(id) = next else { return later.map_or(SLEEP_MAX, |later| later.saturating_sub(now)) };
        let Some(entry) = index.jobs.get_mut(&id).filter(|entry| entry.row.job.due().is_some()) else { continue };
        if entry.row.job.begin(now).is_err() {
            // Its time is over since it was looked at.
            return Duration::ZERO;
        }
        entry.live = Arc::default();
        index.running += 1;
        drop(index);
        tokio::spawn(work::carry_out(Arc::clone(jobs), Arc::clone(gateway), id));
    }
}

/// Jobs whose time is over while they wait.
async fn expire(jobs: &Jobs) {
    let now = wall();
    let expired: Vec<(JobId, job::Job)> = {
        let mut index = jobs.index.lock();
        let all = index.jobs.iter_mut();
        all.filter_map(|(id, entry)| {
            let over = entry.row.job.look(now) || is_left_over(&entry.row.job);
            over.then_some((*id, entry.row.job))
        })
        .collect()
    };
    for (id, job) in expired {
        match jobs.store.with(move |base| base.change(id, &job, clock::unix_ms())).await {
            Ok(()) => jobs.leave(id),
            // Tried again at the next look.
            Err(error) => tracing::error!(code = "TG609", %error, job = %id, "the end of a job could not be written"),
        }
    }
}

/// Expired, but that could not be written down so far.
fn is_left_over(job: &job::Job) -> bool {
    job.state == job::State::Settled(job::Settled::Expired)
}

async fn sweep(jobs: &Jobs, gateway: &Gateway) {
    let keep = {
        let snapshot = gateway.snapshot();
        Keep { unread: snapshot.config.queue.keep, read: snapshot.config.queue.keep_read }
    };
    if let Err(error) = jobs.store.with(move |base| base.sweep(keep, clock::unix_ms())).await {
        tracing::warn!(code = "TG609", %error, "old jobs could not be removed");
    }
}
