//! How a breaker stands, over a restart. What it counted in the last minute is not worth keeping.

use std::time::Duration;

use super::{Breaker, Phase};
use crate::memory::{BreakerMemory, Calendar};

impl Breaker {
    /// What is to be kept; nothing of one that has nothing to say.
    pub(crate) fn export(&self, calendar: &Calendar) -> Option<BreakerMemory> {
        let (phase, until, passed) = match self.phase {
            Phase::Closed if self.steps == 0 && self.asked(calendar.now).is_none() => return None,
            Phase::Closed => ("closed", calendar.now, 0),
            Phase::Open { until } => ("open", until, 0),
            Phase::HalfOpen { passed, .. } => ("half-open", calendar.now, passed),
            Phase::SlowStart { until } => ("slow-start", until, 0),
        };
        // A date that moves with the clock would be written again each second.
        let until =
            if matches!(self.phase, Phase::Open { .. } | Phase::SlowStart { .. }) { calendar.date(until) } else { 0 };
        let steps_since = calendar.date(self.steps_since);
        let asked_until = self.asked(calendar.now).map(|until| calendar.date(until));
        Some(BreakerMemory { phase: phase.to_owned(), until, passed, steps: self.steps, steps_since, asked_until })
    }

    /// Takes over what was kept.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &BreakerMemory) {
        let until = calendar.moment(kept.until);
        self.steps = kept.steps.min(self.params.steps_max());
        self.steps_since = calendar.moment(kept.steps_since);
        self.asked_until = kept.asked_until.map_or(Duration::ZERO, |until| calendar.moment(until));
        self.enter(match kept.phase.as_str() {
            "open" => Phase::Open { until },
            "half-open" => Phase::HalfOpen { test: None, passed: kept.passed },
            "slow-start" => Phase::SlowStart { until },
            _ => Phase::Closed,
        });
    }
}
