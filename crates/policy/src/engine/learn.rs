//! What the engine remembers of a result: how keys stand, which models rest, whom to avoid.

use std::sync::Arc;
use std::time::Duration;

use super::capacity::told_to_wait;
use super::{Engine, known_mut};
use crate::backoff;
use crate::classify::{Certainty, Failover, Fault, KeyEffect, Retry, Row, Verdict, WAIT_MAX, Weight};
use crate::cooldown::{self, Subject};
use crate::flight::{Attempt, End, Flight, Outcome, Pending, Place, RetryPlan};
use crate::params::ProviderParams;

/// Rest of a key × model after 429 without a stated moment: first, longest.
const RATE_LIMIT_REST: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// Rest of a provider × model after overload: first, longest.
const OVERLOAD_REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// A model that is not there, or not for this key, is not asked for again so soon.
const MISSING_REST: Duration = Duration::from_secs(600);

impl Engine {
    /// The attempt under way generates: its first event is there. Needs not be told of a request without a choice.
    pub fn began(&mut self, now: Duration, flight: &mut Flight) {
        let Some(mut pending) = flight.pending.take_if(|pending| !pending.began) else { return };
        pending.began = true;
        self.settle(flight, &mut pending, true);
        let (at, latency) = (pending.place, now.saturating_sub(pending.started));
        flight.pending = Some(pending);
        let Some((provider, place)) = flight.provider(at).zip(flight.places.get(at)) else { return };
        let model = place.model_hash;
        if let Some(state) = self.state_mut(provider.identity) {
            state.latencies.measured(now, model, latency);
            state.health.began(latency);
        }
        self.remember_stay(now, flight, at);
    }

    /// Remembers how the attempt under way ended.
    pub fn observe(&mut self, now: Duration, flight: &mut Flight, outcome: &Outcome) {
        let Some(mut pending) = flight.pending.take() else { return };
        let rest = self.own_rest(flight, &pending, outcome);
        if let Some(attempt) = flight.attempts.last_mut() {
            attempt.outcome = Some(*outcome);
            if let Outcome::Failed(Verdict { retry_after: Some(wait), .. }) = outcome {
                attempt.asked_until = Some(now + *wait);
            }
            if let Some(rest) = rest {
                attempt.told_until = now + rest;
            }
        }
        self.leave_place(now, flight, &pending, outcome);
        let unsent = |verdict: &Verdict| verdict.certainty == Certainty::NotSent;
        let harmless = !matches!(outcome, Outcome::Failed(verdict) if !unsent(verdict));
        self.settle(flight, &mut pending, harmless);
        match outcome {
            Outcome::Success => {
                flight.end = Some(End::Success);
                self.succeeded(now, flight, &pending);
                self.tier_succeeded(now, flight, pending.place);
            }
            Outcome::Cancelled => {
                flight.end = Some(End::Cancelled);
                self.release_breaker(flight, &pending);
                self.release(now, flight, &pending);
            }
            Outcome::Failed(verdict) => self.failed(now, flight, &pending, verdict),
        }
    }

    /// Takes note of what the attempt under way, which asked for `model`, was refused for, in words that mean something to the caller alone; to be
    /// followed by [`Self::observe`]. False when that is nothing new: then leaving it out has not helped.
    pub fn refused(&self, flight: &mut Flight, model: &str, lacks: &[Arc<str>]) -> bool {
        flight.note_refused(model, lacks)
    }

    /// Takes note that the attempt under way was refused for opaque reasoning which it still had; to be followed by
    /// [`Self::observe`]. False when it had been left out already: then that has not helped.
    pub fn reasoning_refused(&self, flight: &mut Flight) -> bool {
        flight.note_reasoning_refused()
    }

    /// Takes note that the attempt under way was refused for its key, which has another value by now where it is kept; to
    /// be followed by [`Self::observe`]. False when the value that was refused had replaced another one in this request:
    /// then a newer one helps no more.
    pub fn key_renewed(&self, flight: &mut Flight) -> bool {
        flight.note_key_renewed()
    }

    /// How long this request leaves alone whom it asked last, when that one asked it to wait.
    fn own_rest(&mut self, flight: &Flight, pending: &Pending, outcome: &Outcome) -> Option<Duration> {
        let Outcome::Failed(verdict) = outcome else { return None };
        match verdict.key {
            KeyEffect::Cool | KeyEffect::CoolModel => Some(verdict.retry_after.unwrap_or(RATE_LIMIT_REST.0)),
            // The provider rests for all, and may be found well again by another request before that is over.
            KeyEffect::CoolProviderModel if self.rests_for_all(flight, pending) => {
                Some(verdict.retry_after.unwrap_or_default())
            }
            KeyEffect::CoolProviderModel => {
                let same = |it: &&Attempt| it.place == pending.place && it.effect() == Some(verdict.key);
                let before = u32::try_from(flight.attempts.iter().filter(same).count()).unwrap_or(u32::MAX);
                Some(cooldown::length(before, OVERLOAD_REST, verdict.retry_after, &mut self.jitter))
            }
            KeyEffect::None
            | KeyEffect::Exhausted
            | KeyEffect::Quarantine
            | KeyEffect::Suspect
            | KeyEffect::Outdated
            | KeyEffect::Unsupported => None,
        }
    }

    /// Whether what this request met at a provider is remembered: not of a caller's own login, nor of a provider that has
    /// been missing from the configuration for so long that nobody knows it.
    fn rests_for_all(&self, flight: &Flight, pending: &Pending) -> bool {
        let Some((provider, place)) = flight.provider(pending.place).zip(flight.places.get(pending.place)) else {
            return false;
        };
        place.own_login.is_none() && self.state(provider.identity).is_some()
    }

    pub(super) fn succeeded(&mut self, now: Duration, flight: &Flight, pending: &Pending) {
        let Some((provider, place)) = flight.provider(pending.place).zip(flight.places.get(pending.place)) else {
            return;
        };
        let (identity, model) = (provider.identity, place.model_hash);
        let id = key_id(provider, pending, place);
        self.rests.clear(pending.started, &Subject { provider: identity, key: None, model });
        if let Some(id) = id {
            self.rests.clear(pending.started, &Subject { provider: identity, key: Some(id), model });
        }
        self.remember_stay(now, flight, pending.place);
        self.remember_kept(now, flight, identity);
        if let Some(affinity) = flight.affinity {
            self.failed_lately.remove(&affinity);
        }
        let Some(state) = self.state_mut(identity) else { return };
        state.last_success = Some(now);
        state.health.succeeded(now);
        state.failures = 0;
        if !pending.began && flight.has_choice() && state.latencies.expected(now, model).is_none() {
            // Answers that come as a whole say something only while nothing better is known.
            state.latencies.measured(now, model, now.saturating_sub(pending.started));
        }
        state.breaker.succeeded(now, pending.epoch, model);
        state.sizes.taken(model, flight.body_bytes);
        for lack in &place.refused {
            let model = place.model.as_ref().or(flight.asked.as_ref());
            state.lacks.learn(now, model.unwrap_or(&provider.name), place.model_hash, lack);
        }
        if let Some(key) = id.and_then(|id| state.key_mut(Some(id))) {
            key.worked(now, pending.started);
        }
        self.compare(now, flight, pending.place, true);
    }

    pub(super) fn failed(&mut self, now: Duration, flight: &mut Flight, pending: &Pending, verdict: &Verdict) {
        if verdict.row == Row::TooLarge {
            self.learn_size(now, flight, pending);
        }
        // A client that left says nothing about the provider.
        if verdict.row == Row::ClientGone {
            self.release_breaker(flight, pending);
        } else {
            self.apply(now, flight, pending, verdict);
            self.judge(now, flight, pending, verdict);
        }
        if verdict.retry.is_at_once() && flight.relieve(pending, now) {
            if pending.test {
                self.release(now, flight, pending);
            }
            return;
        }
        flight.note_failure(pending.place, verdict);
        if pending.test && !verdict.key.is_about_key() {
            self.release(now, flight, pending);
        }
        let plan = self.plan(now, flight, pending, verdict);
        if let Some(place) = flight.places.get_mut(pending.place) {
            // A key of ours that was told to wait rests, and is asked again when its rest is over.
            let rests = place.own_login.is_none() && told_to_wait(verdict.key);
            place.retry = plan.filter(|_| !place.retried && !rests);
        }
    }

    /// Whether and when the same provider could be asked again.
    fn plan(&mut self, now: Duration, flight: &Flight, pending: &Pending, verdict: &Verdict) -> Option<RetryPlan> {
        let state = flight.provider(pending.place).and_then(|provider| self.state(provider.identity));
        let failures = state.map_or(0, |state| state.failures);
        let (not_before, fresh) = match (verdict.retry, verdict.retry_after) {
            (Retry::Never | Retry::Without | Retry::Renewed, _) | (Retry::OnceAfter, None) => return None,
            (Retry::OnceFresh, _) => (now, true),
            (Retry::Once, Some(wait)) | (Retry::OnceAfter, Some(wait)) if wait > WAIT_MAX => return None,
            (Retry::OnceAfter, asked) => (now + backoff::pause(0, asked, &mut self.jitter), false),
            (Retry::Once, asked) if verdict.row == Row::ServerError => {
                (now + backoff::after_own_error(asked, &mut self.jitter), false)
            }
            (Retry::Once, asked) => (now + backoff::pause(failures, asked, &mut self.jitter), false),
        };
        Some(RetryPlan { key: pending.target.key, not_before, fresh })
    }

    /// Lets keys and models learn from a failure.
    fn apply(&mut self, now: Duration, flight: &Flight, pending: &Pending, verdict: &Verdict) {
        let Some((provider, place)) = flight.provider(pending.place).zip(flight.places.get(pending.place)) else {
            return;
        };
        let identity = provider.identity;
        // Whom a client's repetition should avoid; a request fault would fail everywhere.
        if let Some(affinity) = flight.affinity
            && verdict.failover == Failover::Next
        {
            self.failed_lately.insert(affinity, (identity, now));
        }
        let Some(state) = known_mut(&mut self.states, &mut self.absent, identity) else { return };
        // What is wrong with a request, or lacks here, says nothing about the provider, and is not shown as its trouble.
        if verdict.fault != Fault::Client && verdict.row != Row::NoMemory {
            state.last_failure = Some((verdict.row, now));
            state.health.failed(now, verdict.row);
        } else if verdict.certainty != Certainty::NotSent {
            state.health.refused(now);
        }
        if place.own_login.is_some() {
            // The login is one caller's; what it may not do says nothing about the others'.
            return;
        }
        let id = key_id(provider, pending, place);
        let whole = Subject { provider: identity, key: None, model: place.model_hash };
        let started = pending.started;
        match verdict.key {
            KeyEffect::None | KeyEffect::Outdated => {}
            KeyEffect::CoolProviderModel => {
                self.rests.back_off(now, started, whole, OVERLOAD_REST, verdict.retry_after, &mut self.jitter);
            }
            KeyEffect::Unsupported => self.rests.missing(now, whole, MISSING_REST),
            KeyEffect::CoolModel => {
                self.rests.back_off(
                    now,
                    started,
                    Subject { key: id, ..whole },
                    RATE_LIMIT_REST,
                    None,
                    &mut self.jitter,
                );
                if let Some(key) = id.filter(|_| pending.test).and_then(|id| state.key_mut(Some(id))) {
                    key.release_test(now, pending.started);
                }
            }
            KeyEffect::Cool => {
                let wait = verdict.retry_after.unwrap_or(RATE_LIMIT_REST.0);
                if let Some(key) = state.key_mut(id) {
                    key.cool(now, wait);
                }
            }
            // Without a key there is nothing to set aside; the answer is told, and the next request may try again.
            KeyEffect::Exhausted => {
                if let Some(key) = id.and_then(|id| state.key_mut(Some(id))) {
                    key.exhaust(now, started, verdict.retry_after);
                }
            }
            KeyEffect::Quarantine => {
                if let Some(key) = id.and_then(|id| state.key_mut(Some(id))) {
                    key.quarantine(now, started);
                }
            }
            KeyEffect::Suspect => {
                let denied = id.and_then(|id| state.key_mut(Some(id)));
                if denied.is_some_and(|key| !key.deny(now, started, place.model_hash)) {
                    self.rests.missing(now, Subject { key: id, ..whole }, MISSING_REST);
                }
            }
        }
    }

    /// Lets the provider's breaker learn from a failure. The login of one caller says nothing about the others' way there.
    fn judge(&mut self, now: Duration, flight: &mut Flight, pending: &Pending, verdict: &Verdict) {
        let identity = flight.provider(pending.place).map(|provider| provider.identity);
        let Some((identity, place)) = identity.zip(flight.places.get_mut(pending.place)) else { return };
        let counts = !place.judged && place.own_login.is_none();
        let counts = counts && !self.is_forgiven(now, pending.started);
        let weight = if counts { verdict.breaker } else { Weight::None };
        place.judged |= weight != Weight::None;
        let model = place.model_hash;
        // What is asked of a key is not asked of its provider.
        let asked = verdict.retry_after.filter(|_| !verdict.key.is_about_key());
        if let Some(state) = known_mut(&mut self.states, &mut self.absent, identity) {
            let breaker = &mut state.breaker;
            breaker.failed(now, pending.epoch, model, weight, asked, &mut self.jitter);
            state.failures = state.failures.saturating_add(u32::from(weight != Weight::None));
        }
        if weight != Weight::None {
            self.compare(now, flight, pending.place, false);
        }
    }

    /// The attempt said nothing about the provider.
    pub(super) fn release_breaker(&mut self, flight: &Flight, pending: &Pending) {
        let identity = flight.provider(pending.place).map(|provider| provider.identity);
        if let Some(state) = identity.and_then(|identity| self.state_mut(identity)) {
            state.breaker.released(pending.epoch);
        }
    }

    /// A test of a key that said nothing about the key is due again.
    pub(super) fn release(&mut self, now: Duration, flight: &Flight, pending: &Pending) {
        let Some((provider, place)) = flight.provider(pending.place).zip(flight.places.get(pending.place)) else {
            return;
        };
        let id = key_id(provider, pending, place).filter(|_| pending.test);
        if let Some(state) = self.state_mut(provider.identity)
            && let Some(key) = id.and_then(|id| state.key_mut(Some(id)))
        {
            key.release_test(now, pending.started);
        }
    }
}

/// The id of the key an attempt used, unless it was the caller's own login or there was none.
fn key_id(provider: &ProviderParams, pending: &Pending, place: &Place) -> Option<u64> {
    let key = pending.target.key.filter(|_| place.own_login.is_none())?;
    provider.keys.get(key).map(|key| key.id)
}
