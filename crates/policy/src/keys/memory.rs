//! How a key stands, over a restart.

use std::time::Duration;

use super::{KeyState, QUARANTINE_RETEST, Standing};
use crate::memory::{Calendar, KeyMemory};

impl KeyState {
    /// What is to be kept; nothing of a key that is simply usable.
    pub(crate) fn export(&self, calendar: &Calendar) -> Option<KeyMemory> {
        let (until, step) = match self.standing {
            Standing::Ok if self.denied_model.is_none() => return None,
            Standing::Ok => (Duration::ZERO, 0),
            Standing::Cooling { until } if until <= calendar.now => return None,
            Standing::Cooling { until } | Standing::Exhausted { until } => (until, 0),
            Standing::Quarantined { until, step } => (until, step),
        };
        Some(KeyMemory {
            id: self.id,
            gone: None,
            state: self.name().to_owned(),
            until: calendar.date(until),
            step,
            denied_model: self.denied_model,
        })
    }

    /// Takes over what was kept. A rejected key is tested by the next request: whoever restarts has often just corrected
    /// it.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &KeyMemory) {
        let until = calendar.moment(kept.until);
        self.standing = match kept.state.as_str() {
            "cooling" => Standing::Cooling { until },
            "exhausted" => Standing::Exhausted { until },
            "quarantined" => Standing::Quarantined {
                until: until.min(calendar.now),
                step: kept.step.min(QUARANTINE_RETEST.len() - 1),
            },
            _ => Standing::Ok,
        };
        self.denied_model = kept.denied_model;
    }
}
