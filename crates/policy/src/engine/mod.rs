//! The one place where decisions are made: which candidate is next, whether to wait, when to give up; and where
//! results are remembered. Time and randomness are arguments; the shell keeps it behind one short lock.

mod learn;
mod order;
mod tiers;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod switching;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use crate::explain::{Skipped, Trail, Tried};
pub use crate::facts::Facts;
pub use crate::flight::{ATTEMPTS_MAX, ATTEMPTS_PER_PROVIDER_MAX, Decision, Flight, Outcome, Target};
pub use crate::lacks::LEARNED_FOR;
pub use crate::params::{KeyChoice, KeyParams, Params, ProfileParams, ProviderParams, WEIGHT};
pub use crate::refusal::{GiveUp, Refusal, Why};
pub use crate::route::{Match, RouteParams, To};
pub use crate::select::{Sticky, Strategy};
pub use crate::snapshot::{FailoverSnapshot, KeySnapshot, LackSnapshot, ProviderSnapshot, Snapshot, SwitchSnapshot};
pub use crate::tier::{FailoverParams, Recover, Tier};

use crate::bounded::Bounded;
use crate::breaker::Gate;
use crate::candidates::{candidates, refusal};
use crate::classify::WAIT_MAX;
use crate::cooldown::{Cause, Cooldowns, Subject};
use crate::explain::millis;
use crate::flight::{Attempt, End, Pending, Place, RetryPlan, Skip, SkipWhy};
use crate::jitter::Jitter;
use crate::keys::{self, Readiness};
use crate::profile;
use crate::select::Turns;
use crate::state::{self, ProviderState};
use crate::stay::Stays;
use crate::tier::Tiers;
use order::Arranged;

/// A request that the client repeats within this time does not start where it failed.
const FAILED_LATELY: Duration = Duration::from_secs(60);

/// Sessions of which the last failure is remembered.
const SESSIONS_MAX: usize = 1024;

/// Decides and remembers.
#[derive(Debug)]
pub struct Engine {
    params: Arc<Params>,
    /// Parallel to `params.providers`.
    states: Vec<ProviderState>,
    /// Counts the configurations.
    generation: u64,
    rests: Cooldowns,
    /// Session or body hash → identity of the provider that failed it, and when.
    failed_lately: Bounded<u64, (u64, Duration)>,
    /// Parallel to `params.profiles`.
    turns: Vec<Turns>,
    stays: Stays,
    tiers: Tiers,
    jitter: Jitter,
}

/// A usable candidate, and whether it is a test of its key.
struct Pick {
    place: usize,
    key: Option<usize>,
    test: bool,
}

/// The candidate whose rest ends first.
struct Resting {
    pick: Pick,
    until: Duration,
}

impl Engine {
    /// An engine without memories.
    pub fn new(params: Arc<Params>, seed: u64) -> Self {
        Self {
            states: state::states(&params, Vec::new(), 0),
            generation: 0,
            turns: turns(&params, &[]),
            stays: Stays::new(),
            tiers: tiers::tiers(&params),
            params,
            rests: Cooldowns::new(),
            failed_lately: Bounded::new(SESSIONS_MAX),
            jitter: Jitter::new(seed),
        }
    }

    /// Takes over a new configuration. Providers and keys that are still there keep how they stand; requests under
    /// way go on with the configuration they started under.
    pub fn reload(&mut self, now: Duration, params: Arc<Params>) {
        self.generation += 1;
        self.states = state::states(&params, std::mem::take(&mut self.states), self.generation);
        self.turns = turns(&params, &self.turns);
        let old = std::mem::replace(&mut self.params, params);
        self.adopt_tiers(now, &old);
        self.handle_timeout(now);
    }

    /// What decisions are made from now.
    pub fn params(&self) -> &Arc<Params> {
        &self.params
    }

    /// Chooses the candidates of a request.
    pub fn start(&mut self, now: Duration, facts: &Facts<'_>) -> Result<Flight, Refusal> {
        let params = Arc::clone(&self.params);
        let mut choice = profile::choose(&params, facts)?;
        let tiers = self.profiles_in_use(now, &mut choice, facts);
        let mut skips = Vec::new();
        let mut places = candidates(&params, &choice, facts, &mut skips);
        let Arranged { strategy, stay_key } = self.arrange(now, facts, &choice, &mut places);
        self.add_tiers(now, facts, &tiers, &mut places, &mut skips);
        let home = stay_key.and_then(|key| self.bring_home(now, facts, &params, key, &mut places));
        if places.is_empty() {
            return Err(refusal(&params, &choice, facts));
        }
        if facts.retry_count > 0 {
            self.start_elsewhere(now, facts, &params, &mut places, &mut skips);
        }
        let home = home.filter(|home| places.first().is_some_and(|first| first.provider == home.provider));
        let allowed = places.iter().filter_map(|place| params.providers.get(place.provider));
        let attempts_max = allowed.map(|provider| provider.attempts_max).max().unwrap_or(1).clamp(1, ATTEMPTS_MAX);
        Ok(Flight {
            params,
            choice,
            places,
            attempts: Vec::new(),
            skips,
            pending: None,
            end: None,
            counted: 0,
            not_sent: 0,
            ambiguous: 0,
            waits: 0,
            asked: None,
            at_once: None,
            waiting: None,
            tested: false,
            gambled: false,
            attempts_max,
            body_bytes: facts.body_bytes,
            affinity: facts.affinity,
            tiers,
            tiers_judged: false,
            strategy,
            stay_key,
            home,
            deadline: facts.deadline,
        })
    }

    /// What is to be done next. While an attempt is under way it is that attempt again.
    pub fn decide(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        if let Some(pending) = &flight.pending {
            return Decision::Try(pending.target.clone());
        }
        if flight.end.is_some() || !flight.may_go_on(now) {
            return self.give_up(now, flight);
        }
        if let Some((place, plan)) = flight.at_once.take()
            && let Some(test) = self.may_relieve(now, flight, place, plan)
        {
            return self.launch(now, flight, Pick { place, key: plan.key, test }, plan.fresh);
        }
        let mut resting = None;
        if let Some(pick) = self.ready(now, flight, &mut resting) {
            if let Some(until) = self.worth_waiting(now, flight, pick.place) {
                return flight.wait(until);
            }
            return self.launch(now, flight, pick, false);
        }
        let plan = self.retry_plan(now, flight);
        let rest_ends_first = |rest: &Resting| plan.is_none_or(|(_, plan)| rest.until < plan.not_before);
        let decision = match (resting, plan) {
            (Some(rest), _) if rest_ends_first(&rest) => self.rest_or_gamble(now, flight, rest),
            (_, Some((place, plan))) => self.again(now, flight, place, plan),
            (_, None) => None,
        };
        decision.unwrap_or_else(|| self.give_up(now, flight))
    }

    /// The attempt under way generates: its first event is there. Needs not be told of a request without a choice.
    pub fn began(&mut self, now: Duration, flight: &mut Flight) {
        let Some(pending) = flight.pending.as_mut().filter(|pending| !pending.began) else { return };
        pending.began = true;
        let (at, latency) = (pending.place, now.saturating_sub(pending.started));
        let Some((provider, place)) = flight.provider(at).zip(flight.places.get(at)) else { return };
        let model = place.model_hash;
        if let Some(state) = self.state_mut(provider.identity) {
            state.latencies.measured(now, model, latency);
        }
        self.remember_stay(now, flight, at);
    }

    /// Remembers how the attempt under way ended.
    pub fn observe(&mut self, now: Duration, flight: &mut Flight, outcome: &Outcome) {
        let Some(pending) = flight.pending.take() else { return };
        if let Some(attempt) = flight.attempts.last_mut() {
            attempt.outcome = Some(*outcome);
        }
        self.ended(flight, &pending);
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

    /// Forgets what was learned of a provider's lacks, or of all; how much it was.
    pub fn forget_lacks(&mut self, provider: Option<&str>) -> usize {
        let both = self.params.providers.iter().zip(&mut self.states);
        let meant = both.filter(|(params, _)| provider.is_none_or(|name| *params.name == *name));
        meant.map(|(_, state)| state.lacks.forget()).sum()
    }

    /// When something changes by itself next.
    pub fn poll_timeout(&self, now: Duration) -> Option<Duration> {
        let keys = self.states.iter().flat_map(|state| &state.keys).filter_map(|key| key.next_change(now));
        let breakers = self.states.iter().filter_map(|state| state.breaker.standing(now).until);
        keys.chain(breakers).chain(self.rests.next_end(now)).min()
    }

    /// Forgets what is over.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.rests.sweep(now);
        self.failed_lately.retain(|(_, at)| *at + FAILED_LATELY > now);
        self.stays.sweep(now);
    }

    /// How everything stands.
    pub fn snapshot(&self, now: Duration) -> Snapshot {
        let both = self.params.providers.iter().zip(&self.states);
        let providers = both.map(|(params, state)| self.provider_snapshot(now, params, state)).collect();
        Snapshot { providers, failover: self.failover_snapshot(now) }
    }

    fn provider_snapshot(&self, now: Duration, params: &ProviderParams, state: &ProviderState) -> ProviderSnapshot {
        let keys = params.keys.iter().zip(&state.keys).map(|(params, key)| {
            let (state, until) = match key.readiness(now) {
                Readiness::Ready => ("ok", None),
                Readiness::Test => (key.name(), Some(now)),
                Readiness::Cooling { until } | Readiness::Exhausted { until } | Readiness::Quarantined { until } => {
                    (key.name(), Some(until))
                }
            };
            let left_ms = until.map(|until| millis(until.saturating_sub(now)));
            KeySnapshot { enabled: params.enabled, client: params.client, state, left_ms }
        });
        let ago = |at: Duration| millis(now.saturating_sub(at));
        let without_keys = state.keys.first().filter(|_| params.keys.is_empty());
        let resting = without_keys.and_then(|state| state.next_change(now));
        let breaker = state.breaker.standing(now);
        let lacks = state.lacks.all(now).map(|lack| LackSnapshot {
            what: Arc::clone(&lack.what),
            model: Arc::clone(&lack.model),
            left_ms: millis(lack.until.saturating_sub(now)),
        });
        ProviderSnapshot {
            name: Arc::clone(&params.name),
            enabled: params.enabled,
            keys: keys.collect(),
            resting_left_ms: resting.map(|until| millis(until.saturating_sub(now))),
            lacks: lacks.collect(),
            resting_models: self.rests.count(now, params.identity),
            breaker: breaker.name,
            breaker_left_ms: breaker.until.map(|until| millis(until.saturating_sub(now))),
            last_failure: state.last_failure.map(|(row, _)| row.id()),
            last_failure_ago_ms: state.last_failure.map(|(_, at)| ago(at)),
            last_success_ago_ms: state.last_success.map(ago),
        }
    }

    /// A client that repeats a request has seen it fail: the provider that failed it goes last.
    fn start_elsewhere(
        &self,
        now: Duration,
        facts: &Facts<'_>,
        params: &Params,
        places: &mut Vec<Place>,
        skips: &mut Vec<Skip>,
    ) {
        let Some((identity, at)) = facts.affinity.and_then(|affinity| self.failed_lately.peek(&affinity)) else {
            return;
        };
        let is_it = |place: &Place| params.providers.get(place.provider).is_some_and(|it| it.identity == *identity);
        if *at + FAILED_LATELY > now
            && places.len() > 1
            && let Some(index) = places.iter().position(is_it)
        {
            let place = places.remove(index);
            skips.push(Skip { provider: place.provider, key: None, why: SkipWhy::FailedLately, left: None });
            places.push(place);
        }
    }

    /// The first candidate that may be used now. Notes those passed over, and which of them is free first. Providers
    /// at which two keys have failed come after those that were not asked yet.
    fn ready(&self, now: Duration, flight: &mut Flight, resting: &mut Option<Resting>) -> Option<Pick> {
        for worn in [false, true] {
            for index in 0..flight.places.len() {
                let Some(place) = flight.places.get(index) else { continue };
                let is_worn = place.tries >= ATTEMPTS_PER_PROVIDER_MAX;
                if place.closed || is_worn != worn || !flight.place_may_go_on(place) {
                    continue;
                }
                let pick = match place.own_login {
                    Some(key) if flight.has_tried(index, Some(key)) => None,
                    Some(key) => Some(Pick { place: index, key: Some(key), test: false }),
                    None => self.ready_key(now, flight, index, resting),
                };
                let Some(pick) = pick else { continue };
                match self.gate(now, flight, index) {
                    Gate::Pass => return Some(pick),
                    Gate::Shut { until } => Self::pass_over(now, flight, pick, until, resting),
                }
            }
        }
        None
    }

    /// Whether the provider of a place is to be left alone. With one candidate it never is: refusing here would help
    /// nobody.
    fn gate(&self, now: Duration, flight: &Flight, index: usize) -> Gate {
        let Some(provider) = flight.provider(index).filter(|_| flight.places.len() > 1) else { return Gate::Pass };
        self.state(provider.identity).map_or(Gate::Pass, |state| state.breaker.gate(now))
    }

    /// Notes a candidate whose provider is left alone.
    fn pass_over(now: Duration, flight: &mut Flight, pick: Pick, until: Duration, resting: &mut Option<Resting>) {
        if let Some(provider) = flight.places.get(pick.place).map(|place| place.provider) {
            let left = Some(until.saturating_sub(now));
            flight.skip(Skip { provider, key: None, why: SkipWhy::Open, left });
        }
        if resting.as_ref().is_none_or(|first| until < first.until) {
            *resting = Some(Resting { pick, until });
        }
    }

    /// The first key of a place that may be used now.
    fn ready_key(
        &self,
        now: Duration,
        flight: &mut Flight,
        index: usize,
        resting: &mut Option<Resting>,
    ) -> Option<Pick> {
        let params = Arc::clone(&flight.params);
        let place = flight.places.get(index)?;
        let (at, model) = (place.provider, place.model_hash);
        let provider = params.providers.get(at)?;
        let whole = self.rests.rest(now, &Subject { provider: provider.identity, key: None, model });
        for (key, id) in self.keys_in_order(provider) {
            if flight.has_tried(index, key) {
                continue;
            }
            let alone =
                id.and_then(|id| self.rests.rest(now, &Subject { provider: provider.identity, key: Some(id), model }));
            let readiness = self.key_readiness(now, provider, id);
            let (why, until) = match (readiness, later(whole, alone)) {
                (Readiness::Ready, None) => return Some(Pick { place: index, key, test: false }),
                (Readiness::Test, None) if !flight.tested => return Some(Pick { place: index, key, test: true }),
                (Readiness::Ready, Some((until, cause))) => (resting_name(cause), until),
                (Readiness::Cooling { until }, rest) => match rest {
                    Some((end, cause)) if end > until => (resting_name(cause), end),
                    Some(_) | None => (SkipWhy::Cooling, until),
                },
                (Readiness::Exhausted { until }, _) => (SkipWhy::Exhausted, until),
                (Readiness::Quarantined { until }, _) => (SkipWhy::Quarantined, until),
                (Readiness::Test, _) => (SkipWhy::Quarantined, now),
            };
            flight.skip(Skip { provider: at, key, why, left: Some(until.saturating_sub(now)) });
            let usable = matches!(readiness, Readiness::Ready | Readiness::Cooling { .. });
            if usable && resting.as_ref().is_none_or(|first| until < first.until) {
                *resting = Some(Resting { pick: Pick { place: index, key, test: false }, until });
            }
        }
        None
    }

    /// The keys that may stand for the gateway, in the order in which they are tried now.
    fn keys_in_order<'a>(
        &self,
        provider: &'a ProviderParams,
    ) -> impl Iterator<Item = (Option<usize>, Option<u64>)> + use<'a> {
        let cursor = self.state(provider.identity).map_or(0, |state| state.cursor);
        let none = provider.keys.is_empty().then_some((None, None));
        let keys = keys::order(provider.key_choice, provider.keys.len(), cursor).filter_map(|index| {
            let key = provider.keys.get(index)?;
            (key.enabled && !key.client).then_some((Some(index), Some(key.id)))
        });
        none.into_iter().chain(keys)
    }

    /// How a key stands. One that a newer configuration no longer has is as good as it was.
    fn key_readiness(&self, now: Duration, provider: &ProviderParams, id: Option<u64>) -> Readiness {
        let state = self.state(provider.identity).and_then(|state| state.key(id));
        state.map_or(Readiness::Ready, |key| key.readiness(now))
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
        if plan.not_before > now {
            return Some(flight.wait(plan.not_before));
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

    /// A key that was shut meanwhile (by another request) is not used again.
    fn may_retry(&self, now: Duration, flight: &Flight, place: usize, plan: RetryPlan) -> bool {
        let Some(provider) = flight.provider(place) else { return false };
        let Some(key) = plan.key.and_then(|index| provider.keys.get(index)) else { return true };
        key.client
            || match self.key_readiness(now, provider, Some(key.id)) {
                Readiness::Ready | Readiness::Cooling { .. } => true,
                Readiness::Test | Readiness::Exhausted { .. } | Readiness::Quarantined { .. } => false,
            }
    }

    /// Everything that could be used rests. A short rest is waited out; else the candidate that is free first is tried
    /// once all the same: refusing here would make the gateway less reachable than its upstreams.
    fn rest_or_gamble(&mut self, now: Duration, flight: &mut Flight, resting: Resting) -> Option<Decision> {
        let Resting { pick, until } = resting;
        if until <= now + WAIT_MAX && flight.may_wait(until) {
            return Some(flight.wait(until));
        }
        if flight.gambled {
            return None;
        }
        flight.gambled = true;
        Some(self.launch(now, flight, pick, false))
    }

    fn launch(&mut self, now: Duration, flight: &mut Flight, pick: Pick, fresh: bool) -> Decision {
        let Pick { place: index, key, test } = pick;
        let Some(place) = flight.places.get(index) else { return self.give_up(now, flight) };
        let target = Target {
            provider: place.provider,
            key,
            model: place.model.clone(),
            attempt: flight.attempts() + 1,
            fresh,
            lacks: self.lacks(now, flight, place),
            without_reasoning: place.without_reasoning,
        };
        if place.own_login.is_none() {
            self.use_key(now, flight, index, key, test);
        }
        if let Some(place) = flight.places.get_mut(index) {
            place.tries += 1;
        }
        flight.tested |= test;
        flight.attempts.push(Attempt { place: index, key, test, outcome: None });
        let identity = flight.provider(index).map(|provider| provider.identity);
        let state = identity.and_then(|identity| self.state_mut(identity));
        let epoch = state.map_or(0, |state| {
            state.in_flight = state.in_flight.saturating_add(1);
            state.breaker.begin(now)
        });
        flight.pending =
            Some(Pending { place: index, epoch, started: now, target: target.clone(), test, began: false });
        Decision::Try(target)
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
        let Some(state) = self.state_mut(provider.identity) else { return };
        state.cursor = index + 1;
        if test && let Some(key) = state.key_mut(Some(id)) {
            key.claim_test(now);
        }
    }

    fn give_up(&mut self, now: Duration, flight: &mut Flight) -> Decision {
        let given = flight.give_up(self.usable_again_in(now, flight));
        self.tier_gave_up(now, flight, given.why);
        Decision::GiveUp(given)
    }

    /// The earliest moment at which something that is shut or resting now may be used, or which an upstream named.
    fn usable_again_in(&self, now: Duration, flight: &Flight) -> Option<Duration> {
        let rests = flight.places.iter().flat_map(|place| {
            let provider = flight.params.providers.get(place.provider);
            provider.into_iter().flat_map(move |provider| self.ends(now, provider, place))
        });
        let asked = flight.attempts.iter().filter_map(|attempt| match attempt.outcome {
            Some(Outcome::Failed(verdict)) => verdict.retry_after,
            Some(Outcome::Success | Outcome::Cancelled) | None => None,
        });
        // The test of a shut key counts only when nothing else is coming.
        rests.chain(asked.map(|wait| (false, wait))).min().map(|(_, wait)| wait)
    }

    /// How much longer the keys of a place are not to be used, and whether they are shut rather than resting.
    fn ends<'a>(
        &'a self,
        now: Duration,
        provider: &'a ProviderParams,
        place: &'a Place,
    ) -> impl Iterator<Item = (bool, Duration)> + 'a {
        let (identity, model) = (provider.identity, place.model_hash);
        let whole = self.rests.rest(now, &Subject { provider: identity, key: None, model });
        let open = self.state(identity).map(|state| state.breaker.standing(now));
        let open = open.filter(|breaker| breaker.name == "open").and_then(|breaker| breaker.until);
        self.keys_in_order(provider).filter_map(move |(_, id)| {
            let alone = id.and_then(|id| self.rests.rest(now, &Subject { provider: identity, key: Some(id), model }));
            let state = self.state(identity).and_then(|state| state.key(id));
            let readiness = state.map(|key| key.readiness(now));
            let shut = matches!(readiness, Some(Readiness::Exhausted { .. } | Readiness::Quarantined { .. }));
            let key = state.and_then(|key| key.next_change(now));
            let ends = [whole.map(|(until, _)| until), alone.map(|(until, _)| until), key, open];
            ends.into_iter().flatten().max().map(|until| (shut, until.saturating_sub(now)))
        })
    }

    fn state(&self, identity: u64) -> Option<&ProviderState> {
        self.states.iter().find(|state| state.identity == identity)
    }

    fn state_mut(&mut self, identity: u64) -> Option<&mut ProviderState> {
        self.states.iter_mut().find(|state| state.identity == identity)
    }
}

fn turns(params: &Params, old: &[Turns]) -> Vec<Turns> {
    let turns = |profile: &ProfileParams| {
        let members = profile.providers.iter().filter_map(|index| params.providers.get(*index));
        Turns::new(Arc::clone(&profile.name), members.map(|provider| provider.identity)).resume(old)
    };
    params.profiles.iter().map(turns).collect()
}

fn resting_name(cause: Cause) -> SkipWhy {
    match cause {
        Cause::Busy => SkipWhy::Cooling,
        Cause::Missing => SkipWhy::NoSuchModel,
    }
}

fn later(one: Option<(Duration, Cause)>, other: Option<(Duration, Cause)>) -> Option<(Duration, Cause)> {
    [one, other].into_iter().flatten().max_by_key(|(until, _)| *until)
}
