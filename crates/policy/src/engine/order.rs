//! Orders the candidates of a request: by its profile's strategy, and where its conversation is first.

use std::time::Duration;

use super::{Engine, reach};
use crate::breaker::Gate;
use crate::candidates::Candidates;
use crate::classify::WAIT_MAX;
use crate::cooldown::Subject;
use crate::facts::Facts;
use crate::flight::{Flight, Place};
use crate::keys::Readiness;
use crate::params::{Params, ProfileParams, ProviderParams, WEIGHT};
use crate::profile::Choice;
use crate::select::{self, Standing, Sticky, Strategy};
use crate::state::ProviderState;
use crate::stay::{CACHE_WARM, CACHE_WARM_LONG, Home, Loss};

/// What came of ordering.
#[derive(Default)]
pub(super) struct Arranged {
    pub(super) strategy: Option<Strategy>,
    pub(super) stay_key: Option<u64>,
}

impl Engine {
    /// Orders the candidates of a profile. One candidate needs no order.
    pub(super) fn arrange(
        &mut self,
        now: Duration,
        facts: &Facts<'_>,
        choice: &Choice,
        places: &mut [Place],
    ) -> Arranged {
        let params = std::sync::Arc::clone(&self.params);
        let Some((index, profile)) = choice.profile().and_then(|index| Some((index, params.profiles.get(index)?)))
        else {
            return Arranged::default();
        };
        let session = session(profile, facts);
        let strategy = Some(profile.strategy).filter(|it| *it != Strategy::Failover && places.len() > 1);
        if let Some(strategy) = strategy {
            let known = session.filter(|key| !facts.is_new(*key));
            self.by_strategy(now, facts, &params, strategy, index, known, places);
        }
        Arranged { strategy, stay_key: session }
    }

    /// Those that cannot be asked first, then the others as the strategy wants them.
    #[expect(clippy::too_many_arguments, reason = "what a strategy may look at")]
    fn by_strategy(
        &mut self,
        now: Duration,
        facts: &Facts<'_>,
        params: &Params,
        strategy: Strategy,
        profile: usize,
        session: Option<u64>,
        places: &mut [Place],
    ) {
        let mut total = 0;
        for (at, place) in places.iter_mut().enumerate() {
            let Some(provider) = params.providers.get(place.provider) else { continue };
            let standing = self.standing(now, facts, strategy, provider, place);
            place.figure = figure(strategy, &standing);
            let state = self.state_at(place.provider, provider.identity);
            place.outlier = state.is_some_and(|state| state.record.out_until(now).is_some());
            place.rank = if !standing.usable {
                f64::NEG_INFINITY
            } else {
                match (strategy, session) {
                    // A session's place follows from its name alone: it is the same after a restart.
                    (Strategy::Weighted, Some(session)) => {
                        -select::rendezvous(session, provider.identity, standing.effective())
                    }
                    (Strategy::Weighted | Strategy::RoundRobin, _) => {
                        let weight = share(strategy, &standing);
                        total += weight;
                        self.owed(profile, at, provider.identity, weight)
                    }
                    _ => select::score(strategy, &standing),
                }
            };
        }
        places.sort_unstable_by(|one, other| select::ascending((one.rank, one.provider), (other.rank, other.provider)));
        if total > 0
            && let Some(first) = places.iter().find(|place| place.rank > f64::NEG_INFINITY)
            && let Some(provider) = params.providers.get(first.provider)
            && let Some(turns) = self.turns.get_mut(profile)
        {
            turns.pay(provider.identity, total);
        }
    }

    /// What a provider is owed once this request has come, as a rank: who is owed most comes first.
    #[expect(clippy::cast_precision_loss, reason = "what is owed stays below the sum of the weights")]
    fn owed(&mut self, profile: usize, at: usize, identity: u64, weight: u64) -> f64 {
        let Some(turns) = self.turns.get_mut(profile).filter(|_| weight > 0) else { return f64::INFINITY };
        -(turns.earn(at, identity, weight) as f64)
    }

    fn standing(
        &self,
        now: Duration,
        facts: &Facts<'_>,
        strategy: Strategy,
        provider: &ProviderParams,
        place: &Place,
    ) -> Standing {
        let state = self.state_at(place.provider, provider.identity);
        let price = || {
            let model = place.model.as_deref().or(facts.model)?;
            (facts.price)(&provider.name, model, false)
        };
        Standing {
            usable: self.is_usable(now, provider, place, state),
            weight: provider.weight,
            share: state.map_or(100, |state| state.breaker.share(now) * state.record.share(now) / 100),
            in_flight: state.map_or(0, |state| state.gauge.in_flight()),
            latency: state
                .filter(|_| strategy == Strategy::Fastest)
                .and_then(|state| state.latencies.expected(now, place.model_hash)),
            price: if strategy == Strategy::Cheapest { price() } else { None },
        }
    }

    /// Whether a provider can be asked now, as the deciding code will find it.
    fn is_usable(
        &self,
        now: Duration,
        provider: &ProviderParams,
        place: &Place,
        state: Option<&ProviderState>,
    ) -> bool {
        let Some(state) = state else { return true };
        let subject = Subject { provider: provider.identity, key: None, model: place.model_hash };
        if state.breaker.gate(now) != Gate::Pass || self.rests.rest(now, &subject).is_some() {
            return false;
        }
        let ready = |id: Option<u64>| {
            let key = state.key(id).is_none_or(|key| key.readiness(now) == Readiness::Ready);
            key && (id.is_none() || self.rests.rest(now, &Subject { key: id, ..subject }).is_none())
        };
        let mut own = provider.keys.iter().filter(|key| key.enabled && !key.client);
        provider.keys.is_empty() && ready(None) || own.any(|key| ready(Some(key.id)))
    }

    /// Puts the provider that has a conversation in its cache first, and says what leaving it would cost. One candidate
    /// needs no order.
    pub(super) fn bring_home(
        &self,
        now: Duration,
        choice: &Choice,
        key: u64,
        candidates: &mut Candidates<'_, '_>,
    ) -> Option<Home> {
        let Candidates { params, facts, ref mut places, .. } = *candidates;
        let (identity, idle) = self.stays.warm(now, key).filter(|_| places.len() > 1)?;
        let is_it = |place: &Place| params.providers.get(place.provider).is_some_and(|it| it.identity == identity);
        let at = places.iter().position(is_it)?;
        let first = reach::begins_at(choice, places);
        if !places.get(at).is_some_and(|place| reach::may_be_home(params, first, place)) {
            return None;
        }
        if let Some(before) = places.get_mut(..=at) {
            before.rotate_right(1);
        }
        let price = |place: Option<&Place>, cached| {
            let place = place?;
            let provider = params.providers.get(place.provider)?;
            (facts.price)(&provider.name, place.model.as_deref().or(facts.model)?, cached)
        };
        let next = places.iter().skip(1).find(|place| place.rank > f64::NEG_INFINITY);
        let loss = Loss::of(facts.body_bytes, price(places.first(), true), price(next, false));
        Some(Home { provider: places.first()?.provider, idle, loss })
    }

    /// Until when it is better to wait for the provider that has the conversation in its cache than to go to another,
    /// which would read, and bill, all of it again.
    pub(super) fn worth_waiting(&self, now: Duration, flight: &Flight, picked: usize) -> Option<Duration> {
        let home = flight.home.filter(|_| picked != 0 && flight.attempts.is_empty())?;
        let (place, provider) = flight.places.first().zip(flight.params.providers.get(home.provider))?;
        let rests = self.ends(now, provider, place).filter(|(shut, _)| !shut).map(|(_, wait)| wait);
        let until = now + rests.min()?;
        let most = home.loss.worth().min(WAIT_MAX);
        (until > now && until <= now + most && flight.may_wait(until)).then_some(until)
    }

    /// A conversation is at this candidate now. Where the list decides, its first provider needs no note, unless
    /// it is the first with room enough, or an older request of the conversation has noted another since.
    pub(super) fn remember_stay(&mut self, now: Duration, flight: &Flight, at: usize) {
        let key = flight.stay_key.filter(|_| flight.has_choice() || flight.narrowed);
        let Some((key, provider)) = key.zip(flight.provider(at)) else { return };
        // That of a lower tier is first only for as long as those before it are left.
        let of_its_profile = flight.places.first().map(|place| place.profile) == flight.choice.profile();
        let by_list =
            flight.strategy.is_none() && flight.home.is_none() && at == 0 && of_its_profile && !flight.narrowed;
        if !by_list || self.stays.is_elsewhere(now, key, provider.identity) {
            let warm = if flight.long_cache { CACHE_WARM_LONG } else { CACHE_WARM };
            self.stays.remember(now, key, provider.identity, warm);
        }
    }

    /// The state of the provider at an index, which it has but for requests older than the configuration.
    pub(super) fn state_at(&self, index: usize, identity: u64) -> Option<&ProviderState> {
        let here = self.states.get(index).filter(|state| state.identity == identity);
        here.or_else(|| self.state(identity))
    }
}

/// What stays together, as one number.
pub(super) fn session(profile: &ProfileParams, facts: &Facts<'_>) -> Option<u64> {
    match profile.sticky {
        Sticky::Off => None,
        Sticky::Session => facts.session,
        Sticky::Project => facts.project.map(crate::candidates::hash).or(facts.session),
    }
}

/// Weight in turns, in hundredths.
fn share(strategy: Strategy, standing: &Standing) -> u64 {
    let weight = if strategy == Strategy::RoundRobin { WEIGHT } else { standing.weight };
    Standing { weight, ..*standing }.effective()
}

/// What a strategy looked at, for people.
fn figure(strategy: Strategy, standing: &Standing) -> Option<u64> {
    match strategy {
        Strategy::Failover | Strategy::RoundRobin => None,
        Strategy::Weighted => Some(standing.effective() / 100),
        Strategy::LeastBusy => Some(standing.in_flight.into()),
        Strategy::Fastest => standing.latency.map(crate::explain::millis),
        Strategy::Cheapest => standing.price,
    }
}
