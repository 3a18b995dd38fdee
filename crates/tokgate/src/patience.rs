//! patience: deadlines that are fair to what arrived while this process stood still. A stopped process (a signal, the
//! pause of a virtual machine) finds its deadlines passed as soon as it goes on, and what it waited for perhaps still on
//! its way through the task that reads the connection.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::clock;

/// A deadline that is found to have passed by more was nobody's to meet: a busy machine is late by less.
const LATE: Duration = Duration::from_secs(1);

/// How long what has arrived may take to be read then.
const AGAIN: Duration = Duration::from_secs(2);

/// Of one answer: only once is a passed deadline set anew.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    again: Option<Instant>,
}

impl Patience {
    /// What `work` comes to until then; `None`: too late.
    pub(crate) async fn until<F: Future>(&mut self, deadline: Instant, work: F) -> Option<F::Output> {
        let mut work = pin!(work);
        let deadline = self.again.map_or(deadline, |again| again.max(deadline));
        if let Ok(done) = timeout_at(deadline, work.as_mut()).await {
            return Some(done);
        }
        let again = self.again(deadline, clock::now())?;
        timeout_at(again, work).await.ok()
    }

    /// The deadline that counts instead of one that is found at `now` to have passed; `None`: it has passed.
    pub(crate) fn again(&mut self, deadline: Instant, now: Instant) -> Option<Instant> {
        let late = self.again.is_none() && now.saturating_duration_since(deadline) > LATE;
        late.then(|| *self.again.insert(now + AGAIN))
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);

    /// After a stop of 40 s streams were broken off as silent for as long, with all of their events in the socket.
    #[tokio::test(start_paused = true)]
    async fn what_arrived_while_the_process_stood_still_is_not_late() {
        let (arrived, waits) = oneshot::channel();
        let deadline = clock::now() + DEADLINE;
        let waiting = tokio::spawn(async move { Patience::default().until(deadline, waits).await });
        tokio::task::yield_now().await;
        tokio::time::advance(DEADLINE + DEADLINE).await;
        tokio::task::yield_now().await;
        arrived.send(()).unwrap_or_default();
        assert_eq!(waiting.await.ok().flatten(), Some(Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_set_anew_once_and_only_when_it_is_found_passed_by_far() {
        let began = clock::now();
        let mut patience = Patience::default();
        assert_eq!(patience.until(began + DEADLINE, pending::<()>()).await, None);
        assert_eq!(clock::now() - began, DEADLINE, "a deadline that is met in time is kept");
        let passed = clock::now() - LATE * 2;
        assert_eq!(patience.until(passed, pending::<()>()).await, None);
        assert_eq!(clock::now() - began, DEADLINE + AGAIN);
        assert_eq!(patience.until(passed, pending::<()>()).await, None);
        assert_eq!(clock::now() - began, DEADLINE + AGAIN, "no third time");
        assert_eq!(patience.until(clock::now() + DEADLINE, async { 7 }).await, Some(7));
    }
}
