//! How many requests a key bears at once, found out by asking: a refusal takes a share away, successes give one place
//! back at a time (additive increase, multiplicative decrease).

use std::time::Duration;

/// Successes in a row for one place more.
const SUCCESSES_PER_PLACE: u32 = 10;

/// What remains after a refusal, in tenths.
const LEFT_TENTHS: u32 = 7;

/// Nobody knows a limit before the first refusal, so none is guessed; beyond this many it would not matter.
const UNKNOWN: u32 = 100_000;

/// A limit that follows the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aimd {
    limit: u32,
    successes: u32,
    /// When it was last lowered: refusals of requests that had begun before say nothing new.
    lowered_at: Duration,
}

impl Aimd {
    pub(crate) const fn new() -> Self {
        Self { limit: UNKNOWN, successes: 0, lowered_at: Duration::ZERO }
    }

    /// Requests allowed at once; `None` while no refusal has shown a limit.
    pub(crate) fn limit(&self) -> Option<u32> {
        (self.limit < UNKNOWN).then_some(self.limit)
    }

    /// A request that began at `started`, one of `in_flight`, was refused for their number.
    pub(crate) fn refused(&mut self, now: Duration, started: Duration, in_flight: u32) {
        self.successes = 0;
        if started < self.lowered_at {
            return;
        }
        let held = self.limit.min(in_flight.max(1));
        self.limit = (held * LEFT_TENTHS / 10).max(1);
        self.lowered_at = now;
    }

    /// A request succeeded.
    pub(crate) fn succeeded(&mut self) {
        if self.limit >= UNKNOWN {
            return;
        }
        self.successes += 1;
        if self.successes >= SUCCESSES_PER_PLACE {
            self.successes = 0;
            self.limit += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_limited_before_the_first_refusal_and_then_seven_tenths_of_what_was_under_way() {
        let mut aimd = Aimd::new();
        (0..100).for_each(|_| aimd.succeeded());
        assert_eq!(aimd.limit(), None);
        aimd.refused(secs(10), secs(9), 20);
        assert_eq!(aimd.limit(), Some(14));
        aimd.refused(secs(12), secs(11), 14);
        assert_eq!(aimd.limit(), Some(9));
    }

    #[test]
    fn one_burst_of_refusals_is_one_refusal() {
        let mut aimd = Aimd::new();
        (0..20).for_each(|_| aimd.refused(secs(10), secs(9), 20));
        assert_eq!(aimd.limit(), Some(14));
    }

    #[test]
    fn ten_successes_in_a_row_give_one_place_back() {
        let mut aimd = Aimd::new();
        aimd.refused(secs(10), secs(9), 1);
        assert_eq!(aimd.limit(), Some(1));
        (0..9).for_each(|_| aimd.succeeded());
        assert_eq!(aimd.limit(), Some(1));
        aimd.succeeded();
        assert_eq!(aimd.limit(), Some(2));
    }

    proptest! {
        #[test]
        fn one_request_is_always_allowed_and_a_limit_never_grows_by_more_than_a_place(
            steps in prop::collection::vec((any::<bool>(), 0u32..2_000), 1..300)
        ) {
            let mut aimd = Aimd::new();
            let mut before = None;
            for (now, (refused, in_flight)) in (1..).zip(steps) {
                if refused { aimd.refused(secs(now), secs(now), in_flight) } else { aimd.succeeded() }
                let limit = aimd.limit();
                prop_assert!(limit.is_none_or(|limit| limit >= 1));
                if let (Some(before), Some(limit)) = (before, limit) {
                    prop_assert!(limit <= before + 1);
                    prop_assert!(!refused || limit <= before);
                }
                before = limit;
            }
        }
    }
}
