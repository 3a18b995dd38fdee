//! Where conversations are, over a restart: those whose cache is still warm.

use super::{CACHE_WARM, Stay, Stays};
use crate::memory::{Calendar, Homes};

/// Conversations kept: those used last. More than a person and a team have at once, and small enough to write often.
const KEPT_MAX: usize = 1_000;

impl Stays {
    /// The conversations used last.
    pub(crate) fn export(&self, calendar: &Calendar) -> Homes {
        let warm = self.stays.iter().filter(|(_, stay)| stay.at + CACHE_WARM > calendar.now);
        let mut homes: Homes = warm.map(|(key, stay)| (*key, stay.provider, calendar.date(stay.at))).collect();
        homes.sort_unstable_by_key(|(key, _, at)| (std::cmp::Reverse(*at), *key));
        homes.truncate(KEPT_MAX);
        homes
    }

    /// Takes over what was kept, at providers that are still there.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &Homes, is_known: impl Fn(u64) -> bool) {
        // The newest last, as they would have come.
        for (key, provider, at) in kept.iter().rev().filter(|(_, provider, _)| is_known(*provider)) {
            let at = calendar.moment(*at).min(calendar.now);
            self.stays.insert(*key, Stay { provider: *provider, at });
        }
    }
}
