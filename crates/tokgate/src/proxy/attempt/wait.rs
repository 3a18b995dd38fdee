//! wait: a request that is to be tried later, in line or after a pause.

use std::time::Duration;

use tokio::time::Instant;

use super::Attempting;
use crate::clock;

/// A stream that has waited in line for so long gets its head and keep-alives. Not before: until then the answer may still
/// be an error with a status and a moment to come again, which clients heed better than an event. The coding clients wait
/// 300 s for a head, proxies in between 60 s.
const WAITING_HEAD: Duration = Duration::from_secs(40);

impl Attempting {
    /// Waits until then, or until it is this request's turn. True: the client of a stream must get its head first, and
    /// keep-alives, so that it stays.
    pub(super) async fn wait(&self, until: Duration) -> bool {
        let now = clock::now();
        let end = now + until.saturating_sub(clock::since_start(now));
        let owes_head = self.streams() && !self.head_sent;
        let (wake, head_due) = waking(end, owes_head.then(|| self.context.settle.started()));
        let bell = self.context.settle.bell();
        let rung = async {
            match &bell {
                Some(bell) => bell.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = rung => false,
            () = tokio::time::sleep_until(wake) => head_due,
        }
    }
}

/// When a request that waits until `end` is to be looked at, and whether its head is due then. `began`: a stream whose
/// client has no head yet.
fn waking(end: Instant, began: Option<Instant>) -> (Instant, bool) {
    match began.map(|began| began + WAITING_HEAD) {
        Some(head_at) if head_at < end => (head_at, true),
        Some(_) | None => (end, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_waits_gets_its_head_after_forty_seconds_and_not_before() {
        let began = clock::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(waking(at(30), Some(began)), (at(30), false), "its answer may still be a status");
        assert_eq!(waking(at(90), Some(began)), (at(40), true));
        assert_eq!(waking(at(90), None), (at(90), false), "it has its head, or is no stream");
    }
}
