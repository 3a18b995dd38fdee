//! What is to be done next for a request: try somebody, wait, or give up.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::ready::{Pick, Resting};
use crate::breaker::Gate;
use crate::flight::{Attempt, Decision, Flight, Patience, Pending, Place, RetryPlan, Target};
use crate::keys::Readiness;

/// A provider that is left alone after failures is waited for no longer than this when nobody else is there: what fails
/// may go on failing, and one try now says more.
const OPEN_WAIT_MAX: Duration = Duration::from_secs(10);

impl Engine {
    /// What is to be done next. While an attempt is under way it is that attempt again.
    pub fn decide(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        flight.note_waited(now);
        let decision = self.next(now, flight);
        flight.given_up = matches!(decision, Decision::GiveUp(_));
        flight.time_up = flight.given_up && !flight.is_in_time(now);
        flight.waits_since = matches!(decision, Decision::Wait { .. }).then_some(now);
        decision
    }

    fn next(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        if let Some(pending) = &flight.pending {
            return Decision::Try(pending.target.clone());
        }
        if flight.end.is_some() || !flight.may_go_on(now) {
            return self.give_up(now, flight);
        }
        if let Some(wait) = self.enter(now, flight) {
            return wait;
        }
        flight.claim.unblock();
        if let Some((place, plan)) = flight.at_once
            && let Some(test) = self.may_relieve(now, flight, place, plan)
        {
            if self.has_no_room(now, flight, place, plan.key) {
                return self.wait_in_line(now, flight, None, None);
            }
            flight.at_once = None;
            return self.launch(now, flight, Pick { place, key: plan.key, test }, plan.fresh);
        }
        flight.at_once = None;
        let mut resting = None;
        while let Some(pick) = self.ready(now, flight, &mut resting) {
            if let Some(until) = self.home_is_full(now, flight, pick.place) {
                return self.wait_in_line(now, flight, Some(until), None);
            }
            if let Some(until) = self.worth_waiting(now, flight, pick.place) {
                return self.pause(now, flight, until);
            }
            if let Some(wait) = self.stand_back(now, flight, pick.place) {
                return wait;
            }
            if self.may_move(now, flight, pick.place) {
                return self.launch(now, flight, pick, false);
            }
            // Somebody further down may be worth asking.
            flight.hold_back(pick.place);
        }
        if flight.is_held_back() {
            return self.wait_for_budget(now, flight).unwrap_or_else(|| self.give_up(now, flight));
        }
        let plan = self.retry_plan(now, flight);
        if flight.claim.is_blocked() && plan.is_none_or(|(_, plan)| plan.not_before > now) {
            let rest = resting.as_ref().and_then(|rest| flight.provider(rest.place)).map(|provider| provider.identity);
            let wake = [resting.map(|rest| rest.until), plan.map(|(_, plan)| plan.not_before)];
            return self.wait_in_line(now, flight, wake.into_iter().flatten().min(), rest);
        }
        let rest_ends_first = |rest: &Resting| plan.is_none_or(|(_, plan)| rest.until < plan.not_before);
        let decision = match (resting, plan) {
            (Some(rest), _) if rest_ends_first(&rest) => self.rest_or_gamble(now, flight, rest),
            (_, Some((place, plan))) => self.again(now, flight, place, plan),
            (_, None) => None,
        };
        decision.unwrap_or_else(|| self.give_up(now, flight))
    }

    /// The earliest further try at a provider that failed.
    fn retry_plan(&self, now: Duration, flight: &Flight) -> Option<(usize, RetryPlan)> {
        let plans = flight.places.iter().enumerate().filter_map(|(index, place)| {
            let plan = place.retry.filter(|_| flight.place_may_go_on(place))?;
            let possible = self.may_retry(now, flight, index, plan)
                && (plan.not_before <= now || flight.may_wait(plan.not_before));
            possible.then_some((index, plan))
        });
        plans.min_by_key(|(index, plan)| (plan.not_before, *index))
    }

    /// Another try at a provider that failed, now that nobody else is left.
    fn again(&mut self, now: Duration, flight: &mut Flight, place: usize, plan: RetryPlan) -> Option<Decision> {
        if !self.may_spend_retry(now, flight, place, plan.fresh) {
            return None;
        }
        if plan.not_before > now {
            return Some(self.pause(now, flight, plan.not_before));
        }
        if self.has_no_room(now, flight, place, plan.key) {
            return Some(self.wait_in_line(now, flight, None, None));
        }
        if let Some(wait) = self.stand_back(now, flight, place) {
            return Some(wait);
        }
        if !plan.fresh {
            self.spend_retry(now, flight, place);
        }
        let at = flight.places.get_mut(place)?;
        at.retry = None;
        at.retried = true;
        Some(self.launch(now, flight, Pick { place, key: plan.key, test: false }, plan.fresh))
    }

    /// Whether the provider may be asked at once again with the same key, and whether that is the key's test; not when
    /// either was shut, or the key told to rest, meanwhile by other requests.
    fn may_relieve(&self, now: Duration, flight: &Flight, place: usize, plan: RetryPlan) -> Option<bool> {
        let provider = flight.provider(place)?;
        if self.gate(now, flight, place) != Gate::Pass {
            return None;
        }
        let Some(key) = plan.key.and_then(|index| provider.keys.get(index)) else { return Some(false) };
        match self.key_readiness(now, provider, Some(key.id)) {
            _ if key.client => Some(false),
            Readiness::Ready => Some(false),
            Readiness::Test => Some(true),
            // A rest is kept where somebody else may answer.
            Readiness::Cooling { .. } => (flight.places.len() == 1).then_some(false),
            Readiness::Exhausted { .. } | Readiness::Quarantined { .. } => None,
        }
    }

    /// A key that was shut meanwhile (by another request) is not used again, nor a provider that is left alone by now.
    fn may_retry(&self, now: Duration, flight: &Flight, place: usize, plan: RetryPlan) -> bool {
        let Some(provider) = flight.provider(place) else { return false };
        if self.gate(now, flight, place) != Gate::Pass || self.is_too_late(now.max(plan.not_before), flight, place) {
            return false;
        }
        let Some(key) = plan.key.and_then(|index| provider.keys.get(index)) else { return true };
        key.client
            || match self.key_readiness(now, provider, Some(key.id)) {
                Readiness::Ready | Readiness::Cooling { .. } => true,
                Readiness::Test | Readiness::Exhausted { .. } | Readiness::Quarantined { .. } => false,
            }
    }

    /// Everything that could be used rests. A rest is waited out in line where that is short enough; else the candidate
    /// that failed least recently is tried once all the same: refusing always would make the gateway less reachable than
    /// its upstreams.
    fn rest_or_gamble(&mut self, now: Duration, flight: &mut Flight, resting: Resting) -> Option<Decision> {
        let Resting { place, until, open, last_resort, .. } = resting;
        let most = if open { flight.claim.until.min(now + OPEN_WAIT_MAX) } else { flight.claim.until };
        if until <= most {
            let identity = flight.provider(place).map(|provider| provider.identity);
            return Some(self.wait_in_line(now, flight, Some(until), identity));
        }
        flight.note_rest(now, place, until);
        if flight.gambled || flight.has_tried(last_resort.place, last_resort.key) {
            return None;
        }
        if let Some(wait) = self.stand_back(now, flight, last_resort.place) {
            return Some(wait);
        }
        if !self.may_panic(now, flight, last_resort.place) {
            return None;
        }
        flight.gambled = true;
        let decision = self.launch(now, flight, last_resort, false);
        if let Some(attempt) = flight.attempts.last_mut() {
            attempt.last_resort = true;
        }
        Some(decision)
    }

    fn launch(&mut self, now: Duration, flight: &mut Flight, pick: Pick, fresh: bool) -> Decision {
        let Pick { place: index, key, test } = pick;
        let Some(place) = flight.places.get(index) else { return self.give_up(now, flight) };
        let patience = self.patience(now, flight, place);
        let target = Target {
            provider: place.provider,
            key,
            model: place.model.clone(),
            attempt: flight.attempts() + 1,
            fresh,
            lacks: self.lacks(now, flight, place),
            max_output_tokens: flight.admits(place).max_output_tokens,
            without_reasoning: place.without_reasoning,
            patience,
        };
        if place.own_login.is_none() {
            self.use_key(now, flight, index, key, test);
        }
        if let Some(place) = flight.places.get_mut(index) {
            place.tries += 1;
        }
        flight.tested |= test;
        let moved = self.earn(now, flight, index);
        let told_until = Duration::ZERO;
        flight.attempts.push(Attempt {
            place: index,
            key,
            test,
            last_resort: false,
            impatient_after: patience.map(|patience| patience.failures),
            outcome: None,
            told_until,
            asked_until: None,
        });
        self.take_place(now, flight, index, key);
        let identity = flight.provider(index).map(|provider| provider.identity);
        let epoch = identity.and_then(|identity| self.state_mut(identity)).map_or(0, |state| state.breaker.begin(now));
        let paid = std::mem::take(&mut flight.paid);
        let target_now = target.clone();
        flight.pending =
            Some(Pending { place: index, epoch, started: now, target: target_now, test, began: false, moved, paid });
        Decision::Try(target)
    }

    /// How much less is waited for a provider that is asked although it is left alone after failures. The test of one whose
    /// time has come is waited for as usual: that it is slow must not keep it away for ever.
    fn patience(&self, now: Duration, flight: &Flight, place: &Place) -> Option<Patience> {
        let provider = flight.params.providers.get(place.provider)?;
        let state = self.state_at(place.provider, provider.identity)?;
        let failures = state.health.failures_in_a_row();
        (state.breaker.standing(now).name == "open" && failures > 0).then(|| Patience::after(failures))
    }

    /// What is known of a place's lacks, and what it refused of this very request.
    fn lacks(&self, now: Duration, flight: &Flight, place: &Place) -> Option<Arc<[Arc<str>]>> {
        let provider = flight.params.providers.get(place.provider)?;
        let learned = &self.state(provider.identity)?.lacks;
        let mut lacks: Vec<Arc<str>> = learned.of(now, place.model_hash).cloned().collect();
        lacks.extend(place.refused.iter().filter(|lack| !lacks.contains(lack)).cloned().collect::<Vec<_>>());
        (!lacks.is_empty()).then(|| lacks.into())
    }

    /// Moves round-robin on and claims a test.
    fn use_key(&mut self, now: Duration, flight: &Flight, place: usize, key: Option<usize>, test: bool) {
        let Some((provider, index)) = flight.provider(place).zip(key) else { return };
        let Some(id) = provider.keys.get(index).map(|key| key.id) else { return };
        self.pay_turn(provider, id);
        let Some(state) = self.state_mut(provider.identity) else { return };
        state.cursor = index + 1;
        if test && let Some(key) = state.key_mut(Some(id)) {
            key.claim_test(now);
        }
    }

    pub(super) fn give_up(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        self.note_kept_back(now, flight);
        self.leave_line(now, flight, false);
        let place = flight.claim.full_until.filter(|_| flight.claim.is_blocked() || flight.claim.denied.is_some());
        let again = place.map_or_else(|| self.usable_again_in(now, flight), |until| Some(until.saturating_sub(now)));
        let mut given = flight.give_up(again);
        if let Some(wait) = self.asked_again_in(now, flight) {
            given.named = true;
            given.usable_again_in = given.usable_again_in.max(Some(wait));
        }
        self.tier_gave_up(now, flight, given.why);
        Decision::GiveUp(given)
    }
}
