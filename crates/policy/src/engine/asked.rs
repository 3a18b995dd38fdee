//! When the providers themselves want to be asked again: a moment that is known, where everything else is guessed.

use std::time::Duration;

use super::Engine;
use crate::cooldown::Subject;
use crate::flight::{Flight, Place};
use crate::keys::Readiness;

impl Engine {
    /// How long until the first candidate may be asked again, when all that are not shut have named a moment.
    pub(super) fn asked_again_in(&self, now: Duration, flight: &Flight) -> Option<Duration> {
        let mut first: Option<Duration> = None;
        for (index, place) in flight.places.iter().enumerate() {
            if self.is_shut(now, flight, place) {
                continue;
            }
            let until = self.asked_until(now, flight, index, place)?;
            first = Some(first.map_or(until, |first| first.min(until)));
        }
        first.map(|until| until.saturating_sub(now))
    }

    /// Whether no key of a place may be used, whatever else is said.
    fn is_shut(&self, now: Duration, flight: &Flight, place: &Place) -> bool {
        let Some(provider) = flight.params.providers.get(place.provider) else { return true };
        self.keys_by_choice(provider, None).all(|(_, id)| {
            let readiness = self.key_readiness(now, provider, id);
            matches!(readiness, Readiness::Exhausted { .. } | Readiness::Quarantined { .. })
        })
    }

    /// When a candidate wants to be asked again, where it said so: of it, or with each of its keys.
    fn asked_until(&self, now: Duration, flight: &Flight, index: usize, place: &Place) -> Option<Duration> {
        let provider = flight.params.providers.get(place.provider)?;
        let subject = Subject { provider: provider.identity, key: None, model: place.model_hash };
        let told = flight.attempts.iter().filter(|attempt| attempt.place == index);
        let told = told.filter_map(|attempt| attempt.asked_until).max().filter(|until| *until > now);
        let state = self.state(provider.identity);
        let whole = [self.rests.asked(now, &subject), state.and_then(|state| state.breaker.asked(now)), told];
        let whole = whole.into_iter().flatten().max();
        let keys = self.keys_by_choice(provider, None).map(|(_, id)| {
            let rest = id.and_then(|id| state?.key(Some(id))).and_then(|key| key.asked(now));
            rest.max(whole)
        });
        keys.fold(None, |first: Option<Option<Duration>>, until| match (first, until) {
            (None, until) => Some(until),
            (Some(Some(first)), Some(until)) => Some(Some(first.min(until))),
            (Some(_), _) => Some(None),
        })?
    }
}
