//! Which candidate may be used now, with which of its keys, and when those that may not will.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::breaker::Gate;
use crate::classify::KeyEffect;
use crate::cooldown::{Cause, Subject};
use crate::flight::{ATTEMPTS_PER_PROVIDER_MAX, Attempt, Flight, Place, Skip, SkipWhy};
use crate::keys::Readiness;
use crate::params::ProviderParams;

/// A usable candidate, and whether it is a test of its key.
pub(super) struct Pick {
    pub(super) place: usize,
    pub(super) key: Option<usize>,
    pub(super) test: bool,
}

/// The candidates that rest.
pub(super) struct Resting {
    /// The one whose rest ends first.
    pub(super) place: usize,
    pub(super) until: Duration,
    /// Its provider is left alone after failures.
    pub(super) open: bool,
    /// The one to be tried all the same, when nobody else is there: one that was left alone after failures, of these the
    /// one that failed least recently; else the one that is free first.
    pub(super) last_resort: Pick,
    /// What it is chosen by; the least counts.
    order: (bool, Duration),
}

impl Resting {
    /// Takes note of a candidate. `failed` is when one that is left alone failed last; else it rests because it was asked
    /// to.
    fn note(resting: &mut Option<Self>, pick: Pick, until: Duration, failed: Option<Duration>) {
        let open = failed.is_some();
        let order = (!open, failed.unwrap_or(until));
        match resting {
            None => *resting = Some(Self { place: pick.place, until, open, last_resort: pick, order }),
            Some(known) => {
                if until < known.until {
                    (known.place, known.until, known.open) = (pick.place, until, open);
                }
                if order < known.order {
                    (known.last_resort, known.order) = (pick, order);
                }
            }
        }
    }
}

impl Engine {
    /// The first candidate that may be used now. Notes those passed over, and which of them is free first. Providers
    /// at which two keys have failed come after those that were not asked yet.
    pub(super) fn ready(&self, now: Duration, flight: &mut Flight, resting: &mut Option<Resting>) -> Option<Pick> {
        // Who told this request to wait is asked again only when nobody else is ready.
        for (again, worn) in [(false, false), (false, true), (true, false), (true, true)] {
            for index in 0..flight.places.len() {
                let Some(place) = flight.places.get(index) else { continue };
                let is_worn = place.tries >= ATTEMPTS_PER_PROVIDER_MAX;
                if place.closed || is_worn != worn || !flight.place_may_go_on(place) {
                    continue;
                }
                let own_login = place.own_login;
                if self.is_too_late(now, flight, index) {
                    let provider = place.provider;
                    flight.skip(Skip { provider, key: None, why: SkipWhy::NoTime, left: None });
                    continue;
                }
                if self.provider_is_full(now, flight, index) {
                    continue;
                }
                let pick = match own_login {
                    Some(key) => self.ready_login(now, flight, (index, key), again, resting),
                    None => self.ready_key(now, flight, index, again, resting),
                };
                let Some(pick) = pick else { continue };
                match self.gate(now, flight, index) {
                    Gate::Pass => return Some(pick),
                    Gate::Shut { until } => self.pass_over(now, flight, pick, until, resting),
                }
            }
        }
        None
    }

    /// Whether the provider of a place would begin to answer when the client has stopped waiting, as far as known. The
    /// first attempt is always made: a caller in a hurry still gets its chance.
    pub(super) fn is_too_late(&self, now: Duration, flight: &Flight, index: usize) -> bool {
        let Some(deadline) = flight.deadline.filter(|_| !flight.attempts.is_empty()) else { return false };
        let Some((place, provider)) = flight.places.get(index).zip(flight.provider(index)) else { return false };
        let state = self.state_at(place.provider, provider.identity);
        let expected = state.and_then(|state| state.latencies.expected(now, place.model_hash));
        expected.is_some_and(|expected| now + expected > deadline)
    }

    /// Whether the provider of a place is to be left alone. With one candidate it never is: refusing here would help
    /// nobody.
    pub(super) fn gate(&self, now: Duration, flight: &Flight, index: usize) -> Gate {
        let Some(provider) = flight.provider(index).filter(|_| flight.places.len() > 1) else { return Gate::Pass };
        self.state(provider.identity).map_or(Gate::Pass, |state| state.breaker.gate(now))
    }

    /// Notes a candidate whose provider is left alone.
    fn pass_over(
        &self,
        now: Duration,
        flight: &mut Flight,
        pick: Pick,
        until: Duration,
        resting: &mut Option<Resting>,
    ) {
        if let Some(provider) = flight.places.get(pick.place).map(|place| place.provider) {
            let left = Some(until.saturating_sub(now));
            flight.skip(Skip { provider, key: None, why: SkipWhy::Open, left });
        }
        let state = flight.provider(pick.place).and_then(|provider| self.state(provider.identity));
        let failed = state.and_then(|state| state.last_failure).map(|(_, at)| at);
        Resting::note(resting, pick, until, Some(failed.unwrap_or_default()));
    }

    /// The caller's own login, which goes to one place: asked again only where that was overloaded. What is said of the
    /// login itself is for its client to hear.
    fn ready_login(
        &self,
        now: Duration,
        flight: &mut Flight,
        (index, key): (usize, usize),
        again: bool,
        resting: &mut Option<Resting>,
    ) -> Option<Pick> {
        let overloaded = |attempt: &Attempt| attempt.effect() == Some(KeyEffect::CoolProviderModel);
        let mut here = flight.attempts.iter().filter(|attempt| attempt.place == index);
        let told = flight.told_until(index, Some(key));
        if told.is_some() != again || !here.all(overloaded) {
            return None;
        }
        let pick = Pick { place: index, key: Some(key), test: false };
        let kept = self.keeps_last_try(now, flight);
        let Some(until) = kept.max(told).filter(|until| *until > now) else { return Some(pick) };
        let (provider, left) = (flight.places.get(index)?.provider, Some(until.saturating_sub(now)));
        flight.skip(Skip { provider, key: Some(key), why: SkipWhy::Overloaded, left });
        if until <= flight.claim.until {
            Resting::note(resting, pick, until, None);
        }
        None
    }

    /// The first key of a place that may be used now.
    fn ready_key(
        &self,
        now: Duration,
        flight: &mut Flight,
        index: usize,
        again: bool,
        resting: &mut Option<Resting>,
    ) -> Option<Pick> {
        let params = Arc::clone(&flight.params);
        let place = flight.places.get(index)?;
        let (at, model, place_tries) = (place.provider, place.model_hash, place.tries);
        let provider = params.providers.get(at)?;
        let whole = self.rests.rest(now, &Subject { provider: provider.identity, key: None, model });
        for (key, id) in self.keys_by_choice(provider, flight.claim.session) {
            if flight.is_spent(index, key) {
                continue;
            }
            let told = flight.told_until(index, key);
            let tried = told.is_some();
            let is_too_many = !tried && place_tries > 0 && flight.tries.is_told_enough();
            if tried != again || is_too_many {
                continue;
            }
            let told = told.filter(|until| *until > now);
            let alone =
                id.and_then(|id| self.rests.rest(now, &Subject { provider: provider.identity, key: Some(id), model }));
            let readiness = self.key_readiness(now, provider, id);
            let rest = later(whole, alone);
            let test = readiness == Readiness::Test && !flight.tested;
            let kept = self.keeps_last_try(now, flight).filter(|_| tried).max(told);
            if kept.is_none() && rest.is_none() && (readiness == Readiness::Ready || test) {
                if self.key_is_full(now, flight, at, provider, (key, id)) {
                    continue;
                }
                return Some(Pick { place: index, key, test });
            }
            let (why, until) = match (readiness, rest) {
                (Readiness::Ready, None) if kept > told => (SkipWhy::LastTry, kept.unwrap_or(now)),
                (Readiness::Ready, None) => (SkipWhy::Cooling, kept.unwrap_or(now)),
                (Readiness::Ready, Some((until, cause))) => (resting_name(cause, whole.is_some()), until),
                (Readiness::Cooling { until }, rest) => match rest {
                    Some((end, cause)) if end > until => (resting_name(cause, whole.is_some()), end),
                    Some(_) | None => (SkipWhy::Cooling, until),
                },
                (Readiness::Exhausted { until }, _) => (SkipWhy::Exhausted, until),
                (Readiness::Quarantined { until }, _) => (SkipWhy::Quarantined, until),
                (Readiness::Test, _) => (SkipWhy::Quarantined, now),
            };
            let why = if tried && flight.is_rest_too_long(until) { SkipWhy::RestTooLong } else { why };
            flight.skip(Skip { provider: at, key, why, left: Some(until.saturating_sub(now)) });
            // Who was told to wait asks again only when the wait is over.
            let usable = matches!(readiness, Readiness::Ready | Readiness::Cooling { .. })
                && (!tried || until <= flight.claim.until);
            if usable {
                Resting::note(resting, Pick { place: index, key, test: false }, until, None);
            }
        }
        None
    }

    /// How a key stands. One that has been missing from the configuration for too long counts as usable.
    pub(super) fn key_readiness(&self, now: Duration, provider: &ProviderParams, id: Option<u64>) -> Readiness {
        let state = self.state(provider.identity).and_then(|state| state.key(id));
        state.map_or(Readiness::Ready, |key| key.readiness(now))
    }

    /// The earliest moment at which something that is shut or resting now may be used, or which an upstream named.
    pub(super) fn usable_again_in(&self, now: Duration, flight: &Flight) -> Option<Duration> {
        let rests = flight.places.iter().flat_map(|place| {
            let provider = flight.params.providers.get(place.provider);
            provider.into_iter().flat_map(move |provider| self.ends(now, provider, place))
        });
        let asked = flight.attempts.iter().filter_map(|attempt| attempt.asked_until);
        let asked = asked.map(|until| until.saturating_sub(now));
        // The test of a shut key counts only when nothing else is coming.
        rests.chain(asked.map(|wait| (false, wait))).min().map(|(_, wait)| wait)
    }

    /// How much longer the keys of a place are not to be used, and whether they are shut rather than resting.
    pub(super) fn ends<'a>(
        &'a self,
        now: Duration,
        provider: &'a ProviderParams,
        place: &'a Place,
    ) -> impl Iterator<Item = (bool, Duration)> + 'a {
        let (identity, model) = (provider.identity, place.model_hash);
        let whole = self.rests.rest(now, &Subject { provider: identity, key: None, model });
        let open = self.state(identity).map(|state| state.breaker.standing(now));
        let open = open.filter(|breaker| breaker.name == "open").and_then(|breaker| breaker.until);
        self.keys_by_choice(provider, None).filter_map(move |(_, id)| {
            let alone = id.and_then(|id| self.rests.rest(now, &Subject { provider: identity, key: Some(id), model }));
            let state = self.state(identity).and_then(|state| state.key(id));
            let readiness = state.map(|key| key.readiness(now));
            let shut = matches!(readiness, Some(Readiness::Exhausted { .. } | Readiness::Quarantined { .. }));
            let key = state.and_then(|key| key.next_change(now));
            let ends = [whole.map(|(until, _)| until), alone.map(|(until, _)| until), key, open];
            ends.into_iter().flatten().max().map(|until| (shut, until.saturating_sub(now)))
        })
    }
}

/// Why something rests: a whole provider because it is overloaded, one of its keys because of its limit.
fn resting_name(cause: Cause, whole: bool) -> SkipWhy {
    match cause {
        Cause::Busy if whole => SkipWhy::Overloaded,
        Cause::Busy => SkipWhy::Cooling,
        Cause::Missing => SkipWhy::NoSuchModel,
        Cause::Denied => SkipWhy::NotPermitted,
    }
}

fn later(one: Option<(Duration, Cause)>, other: Option<(Duration, Cause)>) -> Option<(Duration, Cause)> {
    [one, other].into_iter().flatten().max_by_key(|(until, _)| *until)
}
