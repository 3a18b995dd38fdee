//! The day's ceiling of what jobs may cost (`queue.cost_per_day`). Who is due while it is reached waits for the next day,
//! and says so; a larger ceiling lets them go on at once.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::job::Job;

use super::{DAY_MS, Jobs, wall};
use crate::clock;
use crate::store::jobs::{Ended, JobId};

/// Why a job waits, or failed: a word of `queue.reason`.
const REASON: &str = "cost-per-day";

/// A job as it is, and as it is to be.
struct Move {
    id: JobId,
    from: Job,
    to: Job,
}

/// Puts off who is due while the ceiling of `most` millionths of a US dollar is reached, and takes up who need not wait any
/// more.
pub(super) async fn look(jobs: &Jobs, most: u64) {
    let until = jobs.spent_until(most);
    for Move { id, from, to } in moves(jobs, until) {
        let reason = until.map(|_| REASON);
        let ended = Arc::new(Ended { reason: reason.map(Into::into), ..Ended::default() });
        let written = Arc::clone(&ended);
        match jobs.store.with(move |base| base.ended(id, &to, &written, clock::unix_ms())).await {
            Ok(()) if to.is_settled() => jobs.leave(id),
            Ok(()) => {
                if let Some(entry) = jobs.index.lock().jobs.get_mut(&id).filter(|entry| entry.row.job == from) {
                    entry.row.job = to;
                    entry.row.reason.clone_from(&ended.reason);
                }
            }
            // Tried again at the next look.
            Err(error) => tracing::error!(code = "TG609", %error, job = %id, "that a job waits could not be written"),
        }
    }
}

fn moves(jobs: &Jobs, until: Option<Duration>) -> Vec<Move> {
    let now = wall();
    let index = jobs.index.lock();
    let moved = index.jobs.iter().filter_map(|(id, entry)| {
        let mut to = entry.row.job;
        let is_put_off = entry.row.reason.as_deref() == Some(REASON);
        let moves = match until {
            Some(until) => to.put_off(now, until),
            None => is_put_off && to.take_up(),
        };
        moves.then_some(Move { id: *id, from: entry.row.job, to })
    });
    moved.collect()
}

impl Jobs {
    /// Until when no job begins as those of today have cost so much, millionths of a US dollar; 0: no ceiling.
    pub fn spent_until(&self, most: u64) -> Option<Duration> {
        let today = clock::unix_ms() / DAY_MS;
        (most > 0 && self.has_spent(most)).then(|| Duration::from_millis((today + 1) * DAY_MS))
    }
}
