//! So many a minute: a bucket that fills evenly. What is taken beyond an estimate makes it owe.

use std::time::Duration;

/// A unit is this many parts, so that one millisecond fills in whole parts, `per_minute` of them.
const PARTS: i64 = 60_000;

/// More a minute than any provider or person means; keeps the parts in range.
pub(crate) const PER_MINUTE_MAX: u64 = 1_000_000_000;

/// A minute's worth at most, filled evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    per_minute: i64,
    /// In parts; below zero when more was used than had been estimated.
    level: i64,
    at: Duration,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(per_minute: u64) -> Self {
        let per_minute = i64::try_from(per_minute.clamp(1, PER_MINUTE_MAX)).unwrap_or(1);
        Self { per_minute, level: per_minute * PARTS, at: Duration::ZERO }
    }

    /// Takes another size over, with what is owed.
    pub(crate) fn resized(self, per_minute: u64) -> Self {
        let fresh = Self::new(per_minute);
        Self { level: self.level.min(fresh.level), at: self.at, ..fresh }
    }

    pub(crate) fn per_minute(&self) -> u64 {
        self.per_minute.unsigned_abs()
    }

    /// Whole units there are now.
    pub(crate) fn left(&self, now: Duration) -> u64 {
        u64::try_from(self.level(now) / PARTS).unwrap_or(0)
    }

    /// How long until `units` are there; nothing when they are. Who wants more than a whole bucket gets it when it is full.
    pub(crate) fn wait(&self, now: Duration, units: u64) -> Option<Duration> {
        let wanted = self.parts(units).min(self.per_minute * PARTS);
        let lacking = wanted - self.level(now);
        if lacking <= 0 {
            return None;
        }
        let millis = (lacking + self.per_minute - 1) / self.per_minute;
        Some(Duration::from_millis(millis.unsigned_abs()))
    }

    /// How long until it is full.
    pub(crate) fn full_in(&self, now: Duration) -> Duration {
        self.wait(now, self.per_minute()).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, now: Duration, units: u64) {
        self.level = self.level(now).saturating_sub(self.parts(units));
        self.at = self.at.max(now);
    }

    pub(crate) fn give_back(&mut self, now: Duration, units: u64) {
        self.level = self.level(now).saturating_add(self.parts(units)).min(self.per_minute * PARTS);
        self.at = self.at.max(now);
    }

    fn parts(&self, units: u64) -> i64 {
        i64::try_from(units.min(PER_MINUTE_MAX)).unwrap_or(i64::MAX / PARTS) * PARTS
    }

    fn level(&self, now: Duration) -> i64 {
        // Longer than a minute fills it from zero; what is owed may be more.
        let passed = i64::try_from(now.saturating_sub(self.at).as_millis()).unwrap_or(i64::MAX);
        self.level.saturating_add(passed.saturating_mul(self.per_minute)).min(self.per_minute * PARTS)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_each_has_to_wait_for_its_own() {
        let mut bucket = Bucket::new(60);
        for _ in 0..60 {
            assert_eq!(bucket.wait(ms(5), 1), None);
            bucket.take(ms(5), 1);
        }
        assert_eq!(bucket.wait(ms(5), 1), Some(ms(1_000)));
        assert_eq!(bucket.wait(ms(1_005), 1), None);
        assert_eq!((bucket.left(ms(3_005)), bucket.full_in(ms(30_005))), (3, ms(30_000)));
    }

    #[test]
    fn who_wants_more_than_a_whole_bucket_gets_it_when_it_is_full_and_the_next_ones_wait_for_it() {
        let mut bucket = Bucket::new(100);
        assert_eq!(bucket.wait(ms(0), 250), None);
        bucket.take(ms(0), 250);
        assert_eq!(bucket.wait(ms(0), 1), Some(ms(90_600)));
    }

    #[test]
    fn what_was_estimated_too_high_comes_back() {
        let mut bucket = Bucket::new(100);
        bucket.take(ms(0), 100);
        bucket.give_back(ms(0), 70);
        assert_eq!(bucket.left(ms(0)), 70);
        bucket.give_back(ms(0), 900);
        assert_eq!(bucket.left(ms(0)), 100, "never more than a minute's worth");
    }

    #[test]
    fn another_size_keeps_what_is_owed() {
        let mut bucket = Bucket::new(100);
        bucket.take(ms(0), 100);
        assert_eq!(bucket.resized(10).left(ms(0)), 0);
        assert_eq!(Bucket::new(100).resized(10).left(ms(0)), 10);
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_lets_more_through_than_a_minutes_worth_and_its_share(
            per_minute in 1u64..600, steps in prop::collection::vec((0u64..5_000, 1u64..20), 1..200)
        ) {
            let mut bucket = Bucket::new(per_minute);
            let (mut now, mut through, mut largest) = (0u64, 0u64, 0u64);
            for (pause, units) in steps {
                now += pause;
                if bucket.wait(ms(now), units).is_none() {
                    bucket.take(ms(now), units);
                    through += units;
                    largest = largest.max(units);
                }
                prop_assert!(through * 60_000 <= per_minute * (60_000 + now) + largest * 60_000);
            }
        }

        #[test]
        fn after_the_wait_that_was_told_it_is_there(per_minute in 1u64..100_000, taken in 0u64..300_000, units in 1u64..200_000) {
            let mut bucket = Bucket::new(per_minute);
            bucket.take(ms(7), taken);
            if let Some(wait) = bucket.wait(ms(7), units) {
                prop_assert_eq!(bucket.wait(ms(7) + wait, units), None);
                prop_assert!(bucket.wait(ms(7) + wait - ms(1), units).is_some());
            }
        }
    }
}
