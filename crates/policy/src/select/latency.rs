//! How long providers take to their first event, by model: a moving average that follows a rise at once and a fall slowly,
//! and forgets while nobody asks, so that a slow provider gets its next chance.

use std::time::Duration;

use crate::bounded::Bounded;

/// After this long a measurement weighs 1/e of a new one; unasked, an estimate falls at the same rate.
const DECAY: Duration = Duration::from_secs(60);

/// Models measured apart. Made-up names must not fill the memory.
const MODELS_MAX: usize = 16;

#[derive(Debug, Clone, Copy)]
struct Average {
    seconds: f64,
    at: Duration,
}

/// The estimates of one provider.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    models: Bounded<u64, Average>,
}

impl Latencies {
    pub(crate) fn new() -> Self {
        Self { models: Bounded::new(MODELS_MAX) }
    }

    /// Takes a measurement in.
    pub(crate) fn measured(&mut self, now: Duration, model: u64, latency: Duration) {
        let latency = latency.as_secs_f64();
        let seconds = match self.models.peek(&model) {
            // A peak counts at once: what has become slow is slow for the next one too.
            Some(old) if latency < old.seconds => {
                let weight = decay(now.saturating_sub(old.at));
                old.seconds * weight + latency * (1.0 - weight)
            }
            Some(_) | None => latency,
        };
        self.models.insert(model, Average { seconds, at: now });
    }

    /// The estimate; `None` when nothing was measured.
    pub(crate) fn expected(&self, now: Duration, model: u64) -> Option<Duration> {
        let known = self.models.peek(&model)?;
        Some(Duration::from_secs_f64(known.seconds * decay(now.saturating_sub(known.at))))
    }
}

fn decay(age: Duration) -> f64 {
    (-age.as_secs_f64() / DECAY.as_secs_f64()).exp()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_rise_counts_at_once_and_a_fall_slowly() {
        let mut known = Latencies::new();
        known.measured(millis(1_000), 1, millis(200));
        known.measured(millis(2_000), 1, millis(3_000));
        assert_eq!(known.expected(millis(2_000), 1), Some(millis(3_000)));
        known.measured(millis(3_000), 1, millis(200));
        assert!(known.expected(millis(3_000), 1).unwrap() > millis(2_500));
        for second in 4..400 {
            known.measured(millis(second * 1_000), 1, millis(200));
        }
        assert!(known.expected(millis(400_000), 1).unwrap() < millis(220));
    }

    #[test]
    fn whom_nobody_asks_is_thought_faster_with_time() {
        let mut known = Latencies::new();
        known.measured(millis(0), 1, millis(8_000));
        assert!(known.expected(millis(180_000), 1).unwrap() < millis(500));
        assert_eq!(known.expected(millis(0), 2), None, "another model was not measured");
    }
}
