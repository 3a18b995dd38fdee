//! When a breaker opens, for how long, and what closes it again.

use std::time::Duration;

/// Doublings of the first opening, at most: beyond it nothing that may be configured is longer.
const STEPS_MAX: u32 = 16;

/// When a breaker opens, for how long, and what closes it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerParams {
    /// Hard failures in a row that open it.
    pub failures: u32,
    /// Results of a minute that are needed before their ratio says anything.
    pub samples: u32,
    /// Percent of them that must succeed; below it opens.
    pub success_percent: u32,
    /// How long it stays open first; doubled each time.
    pub open: Duration,
    /// And at most.
    pub open_max: Duration,
    /// Successes of test requests that close it again.
    pub tests: u32,
    /// On probation after it has closed: one hard failure opens it again, and the share grows from a tenth to the whole.
    pub slow_start: Duration,
}

impl Default for BreakerParams {
    fn default() -> Self {
        Self {
            failures: 3,
            samples: 8,
            success_percent: 50,
            open: Duration::from_secs(5),
            open_max: Duration::from_secs(300),
            tests: 2,
            slow_start: Duration::from_secs(60),
        }
    }
}

impl BreakerParams {
    /// How long the next opening is after so many doublings.
    pub(super) fn opening(&self, steps: u32) -> Duration {
        self.open_max.min(self.open.saturating_mul(1 << steps.min(STEPS_MAX)))
    }

    /// Doublings after which the longest opening is reached. More would only be remembered for longer.
    pub(super) fn steps_max(&self) -> u32 {
        (0..STEPS_MAX).find(|steps| self.opening(*steps) >= self.open_max).unwrap_or(STEPS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openings_double_up_to_the_longest_and_no_further_doubling_is_remembered() {
        let usual = BreakerParams::default();
        let lengths: Vec<u64> = (0..8).map(|steps| usual.opening(steps).as_secs()).collect();
        assert_eq!((lengths, usual.steps_max()), (vec![5, 10, 20, 40, 80, 160, 300, 300], 6));
        let even = BreakerParams { open: Duration::from_secs(30), open_max: Duration::from_secs(30), ..usual };
        assert_eq!((even.opening(9), even.steps_max()), (Duration::from_secs(30), 0));
        let wide = BreakerParams { open: Duration::from_millis(100), open_max: Duration::from_secs(86_400), ..usual };
        assert_eq!((wide.steps_max(), wide.opening(u32::MAX).as_secs()), (16, 6_553));
    }
}
