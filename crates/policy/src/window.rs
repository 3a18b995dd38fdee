//! Successes and failures of the last minute.

use std::time::Duration;

/// Parts of the minute: the oldest is forgotten as a whole.
const BUCKETS: usize = 10;

/// Length of a part.
const BUCKET: Duration = Duration::from_secs(6);

/// Fewer results than this say nothing about one of several.
pub(crate) const SAMPLES_MIN: u32 = 8;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Window {
    buckets: [Bucket; BUCKETS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// Number of its part of time; of another one it is empty.
    part: u64,
    good: u32,
    bad: u32,
}

impl Window {
    /// Counts a result.
    pub(crate) fn count(&mut self, now: Duration, good: bool) {
        let part = part(now);
        let Some(bucket) = self.buckets.get_mut((part % BUCKETS as u64) as usize) else { return };
        if bucket.part != part {
            *bucket = Bucket { part, ..Bucket::default() };
        }
        let count = if good { &mut bucket.good } else { &mut bucket.bad };
        *count = count.saturating_add(1);
    }

    /// Whether at least so many results are known and less than so many percent of them were good.
    pub(crate) fn is_bad(&self, now: Duration, samples: u32, percent: u32) -> bool {
        let (good, bad) = self.sums(now);
        let all = good.saturating_add(bad);
        all >= samples && u64::from(good) * 100 < u64::from(all) * u64::from(percent)
    }

    /// How much was good in about the last ten seconds.
    pub(crate) fn lately(&self, now: Duration) -> u32 {
        let newest = part(now);
        let recent = self.buckets.iter().filter(|bucket| bucket.part + 2 > newest);
        recent.fold(0, |sum, bucket| sum.saturating_add(bucket.good))
    }

    /// How much was good, and how much bad.
    pub(crate) fn sums(&self, now: Duration) -> (u32, u32) {
        let newest = part(now);
        let recent = self.buckets.iter().filter(|bucket| bucket.part + BUCKETS as u64 > newest);
        recent.fold((0, 0), |(good, bad), bucket| (good.saturating_add(bucket.good), bad.saturating_add(bucket.bad)))
    }
}

const fn part(now: Duration) -> u64 {
    now.as_secs() / BUCKET.as_secs()
}
