//! Capacity at work: what is full is passed over, who finds everything full waits in line, who ends makes room.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::capacity::{
    Arrival, Candidate, Claim, Class, Denial, Full, Gauge, Held, Ticket, key_order, plain_key_order,
};
use crate::classify::KeyEffect;
use crate::facts::Facts;
use crate::flight::{Decision, Flight, Outcome, Pending, Skip, SkipWhy, TIME_LEFT_MIN};
use crate::params::{KeyChoice, Over, Params, ProviderParams};
use crate::profile::Choice;
use crate::route::To;
use crate::snapshot::LimitSnapshot;
use crate::state::NO_KEY;

/// Bytes of a request for one token, roughly: it is put right by what is counted.
const BYTES_PER_TOKEN: u64 = 4;

/// A conversation waits so long for a place where its prompt is in the cache before it goes elsewhere.
const HOME_WAIT: Duration = Duration::from_secs(2);

/// The last try of a request that was told to wait again is kept until so shortly before it has waited as long as it may.
const LAST_TRY: Duration = Duration::from_secs(2);

/// A limit for callers at work.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    id: u64,
    gauge: Gauge,
}

/// The rules of a configuration; what is taken of those that were there before stays taken.
pub(super) fn rules(params: &Params, mut old: Vec<Rule>) -> Vec<Rule> {
    let rule = |limit: &crate::params::LimitParams| match old.iter().position(|rule| rule.id == limit.id) {
        Some(at) => {
            let mut rule = old.swap_remove(at);
            rule.gauge.adopt(&limit.allowed);
            rule
        }
        None => Rule { id: limit.id, gauge: Gauge::new(&limit.allowed) },
    };
    params.limits.iter().map(rule).collect()
}

impl Engine {
    /// Tickets of those who were called since this was last asked: they are to ask [`Engine::decide`] again.
    pub fn woken(&mut self) -> Vec<Ticket> {
        self.room.woken()
    }

    /// The request is over, whatever came of it. `used` is how many tokens its answer cost, as far as known.
    pub fn land(&mut self, now: Duration, flight: &mut Flight, used: Option<u64>) {
        flight.note_waited(now);
        self.leave_line(now, flight, false);
        if let Some((held, used)) = flight.claim.unsettled.take().zip(used)
            && let Some(state) = self.state_mut(held.provider)
        {
            state.gauge.settle(now, held.taken, used);
            if let Some(key) = held.key.and_then(|key| state.key_mut(Some(key))) {
                key.gauge.settle(now, held.taken, used);
            }
            self.call(now, held.provider);
        }
        for (id, taken) in std::mem::take(&mut flight.claim.limits) {
            let rule = self.rules.iter_mut().find(|rule| rule.id == id);
            if let Some((rule, taken)) = rule.zip(taken) {
                rule.gauge.leave();
                rule.gauge.settle(now, taken, used.unwrap_or(taken.tokens));
                self.call(now, id);
            }
        }
    }

    /// What a request asks for.
    pub(super) fn claim(&self, now: Duration, facts: &Facts<'_>, choice: &Choice) -> Claim {
        let params = &self.params;
        let until = now + params.hold.max;
        let patience = facts.deadline.map(|deadline| deadline.saturating_sub(TIME_LEFT_MIN));
        let limits = params.limits.iter().filter(|limit| limit.when.holds(facts)).map(|limit| (limit.id, None));
        Claim {
            class: Class::of(facts),
            priority: choice.route.and_then(|at| params.routes.get(at)).map_or(0, |route| route.priority.into()),
            tokens: facts.body_bytes / BYTES_PER_TOKEN,
            since: now,
            until: patience.map_or(until, |patience| until.min(patience)),
            limits: limits.collect(),
            session: facts.session,
            ..Claim::default()
        }
    }

    /// Lets a request in by the limits for callers; `Some`: not now.
    pub(super) fn enter(&mut self, now: Duration, flight: &mut Flight) -> Option<Decision> {
        if flight.claim.limits.iter().all(|(_, taken)| taken.is_some()) {
            return None;
        }
        flight.claim.unblock();
        let params = Arc::clone(&flight.params);
        for at in 0..flight.claim.limits.len() {
            let Some((id, _)) = flight.claim.limits.get(at).copied() else { continue };
            let Some(rule) = self.rules.iter().find(|rule| rule.id == id) else { continue };
            let Claim { tokens, ticket, class, priority, .. } = flight.claim;
            let full = rule.gauge.full(now, tokens);
            if full.is_none() && !self.room.is_behind(ticket, class, priority, id) {
                continue;
            }
            flight.claim.blocked_by(id, full.and_then(Full::until));
            let Some(limit) = params.limits.iter().find(|limit| limit.id == id) else { continue };
            if limit.over == Over::Reject || now >= flight.claim.until {
                let (name, gauge) = (Arc::clone(&limit.name), rule.gauge.snapshot(now));
                flight.claim.denied = Some(Denial::Limit { name, gauge });
                return Some(self.give_up(now, flight));
            }
        }
        if flight.claim.is_blocked() {
            flight.waits_for = flight.claim.full.first().copied();
            return Some(self.wait_in_line(now, flight, None, None));
        }
        let tokens = flight.claim.tokens;
        for (id, taken) in &mut flight.claim.limits {
            // A limit that a newer configuration no longer has holds nobody.
            let rule = self.rules.iter_mut().find(|rule| rule.id == *id);
            *taken = rule.map(|rule| rule.gauge.take(now, tokens));
        }
        flight.claim.limits.retain(|(_, taken)| taken.is_some());
        self.leave_line(now, flight, true);
        None
    }

    /// Whether the provider of a place is full, or others stand before this request there. Noted, with what to wait for.
    pub(super) fn provider_is_full(&self, now: Duration, flight: &mut Flight, index: usize) -> bool {
        let Some(at) = flight.places.get(index).map(|place| place.provider) else { return false };
        let Some(identity) = flight.provider(index).map(|provider| provider.identity) else { return false };
        let Claim { tokens, ticket, class, priority, .. } = flight.claim;
        let full = self.state_at(at, identity).and_then(|state| state.gauge.full(now, tokens));
        if full.is_none() && !self.room.is_behind(ticket, class, priority, identity) {
            return false;
        }
        Self::note_full(now, flight, at, None, identity, full);
        true
    }

    /// Whether a key is full. Noted, with what to wait for.
    pub(super) fn key_is_full(
        &self,
        now: Duration,
        flight: &mut Flight,
        at: usize,
        provider: &ProviderParams,
        (place, id): (Option<usize>, Option<u64>),
    ) -> bool {
        let state = self.state_at(at, provider.identity).and_then(|state| state.key(id));
        let Some(full) = state.and_then(|key| key.gauge.full(now, flight.claim.tokens)) else { return false };
        Self::note_full(now, flight, at, place, provider.identity, Some(full));
        true
    }

    /// Whether a place that is to be asked once more has no room for it.
    pub(super) fn has_no_room(&self, now: Duration, flight: &mut Flight, index: usize, key: Option<usize>) -> bool {
        let params = Arc::clone(&flight.params);
        let Some(at) = flight.places.get(index).map(|place| place.provider) else { return false };
        let Some(provider) = params.providers.get(at) else { return false };
        let whole = self.state_at(at, provider.identity).and_then(|state| state.gauge.full(now, flight.claim.tokens));
        if let Some(full) = whole {
            Self::note_full(now, flight, at, None, provider.identity, Some(full));
            return true;
        }
        let own_login = flight.places.get(index).is_some_and(|place| place.own_login.is_some());
        let id = key.and_then(|key| provider.keys.get(key)).map(|key| key.id);
        !own_login && self.key_is_full(now, flight, at, provider, (key, id))
    }

    fn note_full(
        now: Duration,
        flight: &mut Flight,
        provider: usize,
        key: Option<usize>,
        point: u64,
        full: Option<Full>,
    ) {
        let until = full.and_then(Full::until);
        let left = until.map(|until| until.saturating_sub(now));
        flight.skip(Skip { provider, key, why: SkipWhy::Full, left });
        flight.claim.blocked_by(point, until);
    }

    /// Waits in line until it is called, until `wake`, or as long as it may. `rest`: the provider whose rest ends then.
    pub(super) fn wait_in_line(
        &mut self,
        now: Duration,
        flight: &mut Flight,
        wake: Option<Duration>,
        rest: Option<u64>,
    ) -> Decision {
        if now >= flight.claim.until {
            return self.deny(now, flight, Denial::NoPlace);
        }
        let ticket = match flight.claim.ticket {
            Some(ticket) => ticket,
            None => match self.room.enter(now, arrival(flight)) {
                Ok(ticket) => ticket,
                // Not places are lacking here but providers that answer: what they said is told.
                Err(_) if rest.is_some() && !flight.claim.is_blocked() => return self.give_up(now, flight),
                Err(shut) => {
                    // By then everybody who waits has a place or has given up.
                    let most = flight.params.hold.max;
                    let drained = shut.drains_in.map(|wait| now + wait.min(most));
                    flight.claim.full_until = drained.or(flight.claim.full_until);
                    return self.deny(now, flight, Denial::LineFull { waiting: shut.waiting });
                }
            },
        };
        flight.claim.ticket = Some(ticket);
        let open = flight.places.iter().filter(|place| !place.closed);
        let others = open.filter_map(|place| flight.params.providers.get(place.provider)).map(|it| it.identity);
        if self.room.wait_for(ticket, &flight.claim.full, rest, others) {
            self.pass_on(now, flight, ticket);
        }
        let stagger = rest.map(|rest| self.room.stagger(ticket, rest)).unwrap_or_default();
        let wake = [wake.map(|wake| wake + stagger), flight.claim.full_until].into_iter().flatten().min();
        let until = wake.map_or(flight.claim.until, |wake| wake.min(flight.claim.until));
        Decision::Wait { until }
    }

    fn deny(&mut self, now: Duration, flight: &mut Flight, why: Denial) -> Decision {
        flight.claim.denied = Some(why);
        self.give_up(now, flight)
    }

    /// It was called and has found no place all the same: those behind it may.
    fn pass_on(&mut self, now: Duration, flight: &Flight, ticket: Ticket) {
        for point in &flight.claim.full {
            if self.room_at(now, *point) > 0 {
                self.room.pass_on(ticket, *point);
            }
        }
    }

    /// Out of the line, with a place or without.
    pub(super) fn leave_line(&mut self, now: Duration, flight: &mut Flight, served: bool) {
        let Some(ticket) = flight.claim.ticket.take() else { return };
        for point in self.room.leave(now, ticket, served) {
            self.call(now, point);
        }
    }

    /// An attempt begins: it holds a place at its provider and with its key.
    pub(super) fn take_place(&mut self, now: Duration, flight: &mut Flight, index: usize, key: Option<usize>) {
        let Some((provider, place)) = flight.provider(index).zip(flight.places.get(index)) else { return };
        let (identity, tokens) = (provider.identity, flight.claim.tokens);
        let own_login = place.own_login.is_some();
        let id = key.and_then(|key| provider.keys.get(key)).map_or(NO_KEY, |key| key.id);
        let key = (!own_login).then_some(id);
        if let Some(state) = self.state_mut(identity) {
            let taken = state.gauge.take(now, tokens);
            if let Some(key) = key.and_then(|key| state.key_mut(Some(key))) {
                key.gauge.take(now, tokens);
            }
            flight.claim.held = Some(Held { provider: identity, key, taken });
        }
        self.room.begins(now, flight.claim.ticket, identity);
        self.leave_line(now, flight, true);
    }

    /// Pauses until then, its place in the line kept.
    pub(super) fn pause(&mut self, now: Duration, flight: &mut Flight, until: Duration) -> Decision {
        let points = flight.claim.ticket.map(|ticket| self.room.step_aside(ticket));
        points.into_iter().flatten().for_each(|point| self.call(now, point));
        flight.wait(until)
    }

    /// Waits for its turn among those who waited for a provider to be back. Who has waited as long as it may goes at once.
    pub(super) fn stand_back(&mut self, now: Duration, flight: &mut Flight, index: usize) -> Option<Decision> {
        let ticket = flight.claim.ticket.filter(|_| now < flight.claim.until);
        let identity = flight.provider(index).filter(|_| ticket.is_some())?.identity;
        let until = self.room.abreast(now, ticket, identity)?;
        Some(self.wait_in_line(now, flight, Some(until), Some(identity)))
    }

    /// An attempt is over: its place is free, and what it says about how much is borne is learned.
    pub(super) fn leave_place(&mut self, now: Duration, flight: &mut Flight, pending: &Pending, outcome: &Outcome) {
        let Some(held) = flight.claim.held.take() else { return };
        let Some(state) = self.state_mut(held.provider) else { return };
        state.gauge.leave();
        let refused = matches!(outcome, Outcome::Failed(verdict) if told_to_wait(verdict.key));
        let failed = matches!(outcome, Outcome::Failed(_));
        let mut counts = state.gauge.counts_tokens();
        if failed {
            state.gauge.settle(now, held.taken, 0);
        }
        if let Some(key) = held.key.and_then(|key| state.key_mut(Some(key))) {
            key.gauge.leave();
            counts |= key.gauge.counts_tokens();
            if refused {
                key.gauge.refused(now, pending.started);
            } else if !failed && *outcome == Outcome::Success {
                key.gauge.succeeded();
            }
            if failed {
                key.gauge.settle(now, held.taken, 0);
            }
        }
        flight.claim.unsettled = (!failed && counts).then_some(held);
        self.call(now, held.provider);
        if *outcome == Outcome::Success {
            self.room.call_rested(held.provider);
        }
    }

    /// Calls as many of those who wait there as there are places.
    pub(super) fn call(&mut self, now: Duration, point: u64) {
        if !self.room.is_empty() {
            let places = self.room_at(now, point);
            self.room.call(point, places);
        }
    }

    fn room_at(&self, now: Duration, point: u64) -> u32 {
        let rule = || self.rules.iter().find(|rule| rule.id == point).map_or(u32::MAX, |rule| rule.gauge.room(now));
        self.state(point).map_or_else(rule, |state| state.room(now))
    }

    /// Where the conversation is, everything is taken: it waits a moment before it goes elsewhere.
    pub(super) fn home_is_full(&self, now: Duration, flight: &Flight, picked: usize) -> Option<Duration> {
        let home = flight.home.filter(|_| picked != 0 && flight.attempts.is_empty())?;
        let identity = flight.params.providers.get(home.provider)?.identity;
        let until = flight.claim.since + HOME_WAIT.min(home.loss.worth());
        (now < until && flight.claim.full.contains(&identity)).then_some(until)
    }

    /// Until when a request that was told to wait again keeps its last try, unless it is called because others succeed.
    pub(super) fn keeps_last_try(&self, now: Duration, flight: &Flight) -> Option<Duration> {
        let until = flight.claim.until.saturating_sub(LAST_TRY);
        (flight.tries.is_last_to_be_kept() && now < until && !self.room.was_called(flight.claim.ticket))
            .then_some(until)
    }

    /// A provider's keys that may stand for the gateway, in the order in which they are tried now.
    pub(super) fn keys_by_choice<'a>(
        &self,
        provider: &'a ProviderParams,
        session: Option<u64>,
    ) -> impl Iterator<Item = (Option<usize>, Option<u64>)> + use<'a> {
        let state = self.state(provider.identity);
        let cursor = state.map_or(0, |state| state.cursor);
        let none = provider.keys.is_empty().then_some((None, None));
        let count = provider.keys.len();
        let first = plain_key_order(provider.key_choice, cursor, provider.keys.iter().map(|key| key.weight));
        let ranked = first.is_none().then(|| {
            let candidate = |key: &crate::params::KeyParams| {
                let known = state.and_then(|state| state.key(Some(key.id)));
                Candidate {
                    id: key.id,
                    weight: key.weight,
                    in_flight: known.map_or(0, |key| key.gauge.in_flight()),
                    owed: known.map_or(0, |key| key.owed),
                }
            };
            let keys: Vec<Candidate> = provider.keys.iter().map(candidate).collect();
            key_order(provider.key_choice, session, cursor, &keys)
        });
        let at = move |step: usize| match &ranked {
            Some(ranked) => ranked.get(step).copied(),
            None => (first.unwrap_or(0) + step).checked_rem(count),
        };
        let keys = (0..count).filter_map(at).filter_map(|index| {
            let key = provider.keys.get(index)?;
            (key.enabled && !key.client).then_some((Some(index), Some(key.id)))
        });
        none.into_iter().chain(keys)
    }

    /// A key is used: those that take turns by weight are owed their share more, and it pays for all.
    pub(super) fn pay_turn(&mut self, provider: &ProviderParams, used: u64) {
        if provider.key_choice != KeyChoice::RoundRobin
            || plain_key_order(provider.key_choice, 0, provider.keys.iter().map(|key| key.weight)).is_some()
        {
            return;
        }
        let Some(state) = self.state_mut(provider.identity) else { return };
        let mut total = 0;
        for key in provider.keys.iter().filter(|key| key.enabled && !key.client) {
            if let Some(state) = state.key_mut(Some(key.id)) {
                state.owed += i64::from(key.weight);
                total += i64::from(key.weight);
            }
        }
        if let Some(state) = state.key_mut(Some(used)) {
            state.owed -= total;
        }
    }

    pub(super) fn limit_snapshots(&self, now: Duration) -> Vec<LimitSnapshot> {
        let both = self.params.limits.iter().zip(&self.rules);
        let snapshot = |(limit, rule): (&crate::params::LimitParams, &Rule)| LimitSnapshot {
            name: Arc::clone(&limit.name),
            over: if limit.over == Over::Wait { "wait" } else { "reject" },
            gauge: rule.gauge.snapshot(now),
        };
        both.map(snapshot).collect()
    }
}

/// The provider asked to come back later, and has nothing against the request.
pub(super) fn told_to_wait(effect: KeyEffect) -> bool {
    matches!(effect, KeyEffect::Cool | KeyEffect::CoolModel)
}

fn arrival(flight: &Flight) -> Arrival {
    Arrival {
        class: flight.claim.class,
        priority: flight.claim.priority,
        group: group(flight),
        bytes: flight.body_bytes,
    }
}

/// Whose line it is: the profile's, or that of the provider that was named.
fn group(flight: &Flight) -> Arc<str> {
    let Choice { to, .. } = flight.choice;
    let name = match to {
        To::Provider(at) => flight.params.providers.get(at).map(|provider| &provider.name),
        To::Profile(at) => flight.params.profiles.get(at).map(|profile| &profile.name),
    };
    name.map_or_else(|| "".into(), Arc::clone)
}
