//! A provider that does much worse than the others of its group gets less for a while, although it fails too seldom for
//! its breaker. Only where providers share requests: an order that somebody wrote down is kept.

use std::time::Duration;

use crate::window::{SAMPLES_MIN, Window};

/// So many of a hundred results worse than those of the others together.
const WORSE_BY: u64 = 25;

/// How long an outlier gets less: first, longest. Longer each time.
const OUT: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(300));

/// Percent of its usual share that an outlier gets, so that its getting better can be seen.
const SHARE: u32 = 10;

/// This long without being one makes the next time as short as the first.
const FORGIVEN_AFTER: Duration = Duration::from_secs(300);

/// Results of one provider, whatever the model.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    window: Window,
    /// End of the present or last time as an outlier.
    until: Duration,
    times: u32,
}

impl Record {
    /// Counts a result.
    pub(crate) fn count(&mut self, now: Duration, good: bool) {
        self.window.count(now, good);
    }

    /// Good and bad results of the last minute.
    pub(crate) fn results(&self, now: Duration) -> (u32, u32) {
        self.window.sums(now)
    }

    /// Until when it gets less, if it does.
    pub(crate) fn out_until(&self, now: Duration) -> Option<Duration> {
        (self.until > now).then_some(self.until)
    }

    /// Percent of its usual share.
    pub(crate) fn share(&self, now: Duration) -> u32 {
        if self.until > now { SHARE } else { 100 }
    }

    /// Gives it less for a while. What was counted before says nothing about the time after.
    pub(crate) fn put_out(&mut self, now: Duration) {
        let forgiven = now >= self.until + FORGIVEN_AFTER;
        self.times = if forgiven { 1 } else { self.times.saturating_add(1) };
        self.until = now + OUT.1.min(OUT.0 * self.times);
        self.window = Window::default();
    }
}

/// Whether these results are much worse than those of the others together.
pub(crate) fn is_outlier(own: (u32, u32), others: impl Iterator<Item = (u32, u32)>) -> bool {
    let others = others.fold((0_u32, 0_u32), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1)));
    let percent = |(good, bad): (u32, u32)| {
        let all = u64::from(good) + u64::from(bad);
        (all >= u64::from(SAMPLES_MIN)).then(|| u64::from(good) * 100 / all.max(1))
    };
    percent(own).zip(percent(others)).is_some_and(|(own, others)| own + WORSE_BY <= others)
}

/// Whether one more of a group may get less: half of it never does, or the rest would be overrun.
pub(crate) const fn may_put_out(members: usize, out: usize) -> bool {
    (out + 1) * 2 <= members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(1_000 + seconds)
    }

    #[test]
    fn a_provider_much_worse_than_the_others_together_is_an_outlier() {
        for (own, others, wanted) in [
            ((12, 8), vec![(20, 0)], true),
            ((16, 4), vec![(20, 0)], false),
            ((15, 5), vec![(10, 0), (10, 0)], true),
            ((12, 8), vec![(12, 8), (11, 9)], false),
            ((0, 8), vec![(8, 0)], true),
            ((0, 7), vec![(100, 0)], false),
            ((0, 20), vec![(7, 0)], false),
            ((0, 20), vec![], false),
            ((0, 20), vec![(0, 20)], false),
        ] {
            assert_eq!(is_outlier(own, others.iter().copied()), wanted, "{own:?} among {others:?}");
        }
    }

    #[test]
    fn at_most_half_of_a_group_gets_less() {
        let most = |members| (0..members).take_while(|out| may_put_out(members, *out)).count();
        assert_eq!([1, 2, 3, 4, 5, 8].map(most), [0, 1, 1, 2, 2, 4]);
    }

    #[test]
    fn an_outlier_gets_a_tenth_for_half_a_minute_longer_each_time_and_is_forgiven() {
        let mut record = Record::default();
        let mut now = secs(0);
        for wanted in [30, 60, 90] {
            record.put_out(now);
            assert_eq!(record.share(now), 10);
            assert_eq!(record.out_until(now), Some(now + Duration::from_secs(wanted)));
            now += Duration::from_secs(wanted);
            assert_eq!((record.share(now), record.out_until(now)), (100, None));
        }
        record.put_out(now + FORGIVEN_AFTER);
        assert_eq!(record.out_until(now + FORGIVEN_AFTER), Some(now + FORGIVEN_AFTER + OUT.0));
        for _ in 0..100 {
            record.put_out(now);
        }
        assert!(record.out_until(now) <= Some(now + OUT.1));
    }

    #[test]
    fn what_was_counted_before_does_not_put_it_out_again() {
        let mut record = Record::default();
        for _ in 0..20 {
            record.count(secs(0), false);
        }
        record.put_out(secs(1));
        assert_eq!(record.results(secs(2)), (0, 0));
    }
}
