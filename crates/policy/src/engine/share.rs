//! Compares providers that share requests: who does much worse than the others gets less for a while.

use std::time::Duration;

use super::Engine;
use crate::flight::Flight;
use crate::outlier;

impl Engine {
    /// Counts a result of a request whose candidates share the work, and after a failure looks whether the provider does
    /// much worse than they do.
    pub(super) fn compare(&mut self, now: Duration, flight: &Flight, at: usize, good: bool) {
        let Some(place) = flight.places.get(at).filter(|_| flight.strategy.is_some()) else { return };
        let Some(identity) = flight.provider(at).map(|provider| provider.identity) else { return };
        let Some(state) = self.state_mut(identity) else { return };
        state.record.count(now, good);
        if good || state.record.out_until(now).is_some() {
            return;
        }
        let own = state.record.results(now);
        let members = || {
            let places = flight.places.iter().filter(|other| other.profile == place.profile);
            let providers = places.filter_map(|other| flight.params.providers.get(other.provider));
            providers.filter_map(|provider| self.state(provider.identity))
        };
        let out = members().filter(|state| state.record.out_until(now).is_some()).count();
        let others = members().filter(|state| state.identity != identity).map(|state| state.record.results(now));
        if outlier::may_put_out(members().count(), out)
            && outlier::is_outlier(own, others)
            && let Some(state) = self.state_mut(identity)
        {
            state.record.put_out(now);
        }
    }
}
