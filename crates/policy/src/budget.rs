//! What may be spent on attempts beyond the first: a bucket that fills with the requests of the last minute. Without it
//! an outage multiplies the traffic by the number of attempts, just when upstreams have least to give.

use std::time::Duration;

use crate::window::Window;

/// How a budget fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Further attempts for a hundred requests, in the long run.
    pub percent: u32,
    /// What may be saved up, for a hundred requests of ten seconds: the beginning of a failure is answered in full.
    pub burst_percent: u32,
    /// Further attempts in a minute that are always allowed: somebody who asks once a minute needs them too. Also what
    /// may be saved up at least.
    pub floor: u32,
}

impl Terms {
    /// For asking the same provider again.
    pub const RETRY: Self = Self::retry(20, 10);

    /// For asking the next provider: everybody for about ten seconds, then three in ten.
    pub const FAILOVER: Self = Self::failover(30, 10);

    /// For asking the same provider again: so many of a hundred requests, and so many a minute that are always allowed.
    pub const fn retry(percent: u32, floor: u32) -> Self {
        Self { percent, burst_percent: percent, floor }
    }

    /// For asking the next provider, likewise. What may be saved up answers the beginning of a failure in full, unless
    /// nothing may be spent at all.
    pub const fn failover(percent: u32, floor: u32) -> Self {
        let burst_percent = if percent == 0 { 0 } else { 100u32.saturating_sub(percent) };
        Self { percent, burst_percent, floor }
    }

    /// What is never used up. For tests and simulations.
    pub const UNLIMITED: Self = Self { percent: 1_000_000, burst_percent: 1_000_000, floor: 1_000_000 };
}

/// On top of a moment that was reckoned in fractions, so that what was waited for is there.
const ROUNDED: Duration = Duration::from_millis(1);

/// A budget.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    requests: Window,
    left: f64,
    /// When `left` was true.
    at: Duration,
}

impl Budget {
    /// Full, knowing of no request.
    pub(crate) fn new() -> Self {
        Self { requests: Window::default(), left: f64::INFINITY, at: Duration::ZERO }
    }

    /// A request has come.
    pub(crate) fn earn(&mut self, now: Duration, terms: Terms) {
        self.fill(now, terms);
        self.requests.count(now, true);
    }

    /// Spends on one further attempt; false when nothing is left.
    pub(crate) fn spend(&mut self, now: Duration, terms: Terms) -> bool {
        self.fill(now, terms);
        let enough = self.left >= 1.0;
        self.left -= f64::from(u8::from(enough));
        enough
    }

    /// Whether a further attempt could be paid for now.
    pub(crate) fn has_left(&self, now: Duration, terms: Terms) -> bool {
        self.filled(now, terms) >= 1.0
    }

    /// When a further attempt could be paid for, if no request comes until then; nothing: never.
    pub(crate) fn again_at(&self, now: Duration, terms: Terms) -> Option<Duration> {
        let (most, a_second) = self.bounds(now, terms);
        let missing = 1.0 - self.filled(now, terms);
        let wait = Duration::try_from_secs_f64(missing.max(0.0) / a_second).ok()?;
        (most >= 1.0).then(|| now + wait + ROUNDED)
    }

    /// Requests of about the last ten seconds.
    pub(crate) fn lately(&self, now: Duration) -> u32 {
        self.requests.lately(now)
    }

    /// That attempt was of use, or burdened nobody.
    pub(crate) fn give_back(&mut self) {
        self.left += 1.0;
    }

    fn fill(&mut self, now: Duration, terms: Terms) {
        self.left = self.filled(now, terms);
        self.at = now;
    }

    fn filled(&self, now: Duration, terms: Terms) -> f64 {
        let (most, a_second) = self.bounds(now, terms);
        most.min(self.left + a_second * now.saturating_sub(self.at).as_secs_f64())
    }

    /// What may be saved up, and what comes in a second.
    fn bounds(&self, now: Duration, terms: Terms) -> (f64, f64) {
        let (requests, _) = self.requests.sums(now);
        let share = |percent: u32| f64::from(requests) * f64::from(percent) / 100.0;
        let floor = f64::from(terms.floor);
        // The window is a minute, what may be saved up is counted in ten seconds.
        ((share(terms.burst_percent) / 6.0).max(floor), share(terms.percent).max(floor) / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_secs(1_000) + Duration::from_millis(millis)
    }

    /// So many requests a second, each of which wants one further attempt, from a second to another; how many got it.
    fn spent(budget: &mut Budget, terms: Terms, rate: u64, seconds: std::ops::Range<u64>) -> u64 {
        let times = (seconds.start * rate..seconds.end * rate).map(|number| at(number * 1_000 / rate));
        times.map(|now| (budget.earn(now, terms), u64::from(budget.spend(now, terms))).1).sum()
    }

    #[test]
    fn somebody_alone_always_has_ten_a_minute() {
        for terms in [Terms::RETRY, Terms::FAILOVER] {
            let mut budget = Budget::new();
            let taken = (0..20).filter(|_| budget.spend(at(0), terms)).count();
            assert_eq!(taken, 10);
            assert!(!budget.has_left(at(5_000), terms));
            assert!(budget.spend(at(6_001), terms), "one more every six seconds");
            assert!(!budget.spend(at(6_001), terms));
        }
    }

    #[test]
    fn a_failure_of_everything_is_followed_in_full_for_ten_seconds_and_then_by_three_in_ten() {
        let terms = Terms::FAILOVER;
        let mut budget = Budget::new();
        for number in 0..600 {
            budget.earn(at(number * 100), terms);
        }
        // From the sixtieth second on, ten a second, everything fails.
        let first = spent(&mut budget, terms, 10, 60..70);
        // The window forgets a tenth of the minute at once, so it counts a little less than a minute.
        assert!((93..=100).contains(&first), "{first} of 100");
        spent(&mut budget, terms, 10, 70..80);
        let later = spent(&mut budget, terms, 10, 80..680);
        assert!((1_690..=1_800).contains(&later), "{later} of 6000");
    }

    #[test]
    fn two_in_ten_requests_are_repeated_in_place() {
        let terms = Terms::RETRY;
        let mut budget = Budget::new();
        spent(&mut budget, terms, 10, 0..60);
        let later = spent(&mut budget, terms, 10, 60..660);
        assert!((1_130..=1_200).contains(&later), "{later} of 6000");
    }

    #[test]
    fn what_was_of_use_is_given_back_but_not_beyond_the_brim() {
        let terms = Terms::FAILOVER;
        let mut budget = Budget::new();
        assert!((0..10).all(|_| budget.spend(at(0), terms)));
        budget.give_back();
        assert!(budget.spend(at(0), terms) && !budget.spend(at(0), terms));
        for _ in 0..50 {
            budget.give_back();
        }
        assert_eq!((0..50).filter(|_| budget.spend(at(1), terms)).count(), 10);
    }
}
