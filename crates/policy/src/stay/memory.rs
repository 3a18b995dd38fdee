//! Where conversations are, over a restart: those whose cache is still warm.

use std::time::Duration;

use super::{CACHE_WARM_LONG, Stay, Stays};
use crate::memory::{Calendar, Home};

impl Stays {
    /// Those that are warm.
    pub(crate) fn export(&self, calendar: &Calendar) -> impl Iterator<Item = Home> {
        let warm = self.stays.iter().filter(|(_, stay)| stay.warm_until > calendar.now);
        warm.map(|(key, stay)| {
            let warm = stay.warm_until.saturating_sub(stay.at);
            Home(*key, stay.provider, calendar.date(stay.at), warm.as_secs())
        })
    }

    /// Takes over what was kept.
    pub(crate) fn restore(&mut self, calendar: &Calendar, Home(key, provider, at, warm): &Home) {
        let at = calendar.moment(*at).min(calendar.now);
        let warm_until = at + Duration::from_secs(*warm).min(CACHE_WARM_LONG);
        self.stays.insert(*key, Stay { provider: *provider, at, warm_until });
    }
}
