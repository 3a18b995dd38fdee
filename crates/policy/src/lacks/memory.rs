//! What a provider does not take, over a restart.

use super::{LEARNED_MAX, Lack, Learned};
use crate::memory::{Calendar, LackMemory};

impl Learned {
    /// All that holds.
    pub(crate) fn export(&self, calendar: &Calendar) -> Vec<LackMemory> {
        let lack = |lack: &Lack| LackMemory {
            what: lack.what.to_string(),
            model: lack.model.to_string(),
            model_hash: lack.model_hash,
            until: calendar.date(lack.until),
        };
        self.all(calendar.now).map(lack).collect()
    }

    /// Takes over what was kept.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &[LackMemory]) {
        let lack = |lack: &LackMemory| Lack {
            what: lack.what.as_str().into(),
            model: lack.model.as_str().into(),
            model_hash: lack.model_hash,
            until: calendar.moment(lack.until),
        };
        self.0.extend(kept.iter().take(LEARNED_MAX.saturating_sub(self.0.len())).map(lack));
    }
}
