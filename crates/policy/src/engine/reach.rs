//! How far a request may go: the profiles it may use, in order, and which of their candidates cost too much to be taken
//! without being told to.

use std::time::Duration;

use super::{Engine, tiers};
use crate::candidates::Candidates;
use crate::facts::Facts;
use crate::flight::{Flight, Place, Skip, SkipWhy};
use crate::params::Params;
use crate::profile::{By, Choice};
use crate::route::To;
use crate::tier::{Cause, Recover};

/// What the candidates of other profiles are measured by.
#[derive(Clone, Copy)]
pub(super) struct Measure {
    /// The profile that is taken as a matter of course.
    profile: Option<usize>,
    /// What its cheapest candidate costs, millionths of a US dollar, where that is known.
    price: Option<u64>,
}

impl Engine {
    /// Which profiles a request may use, the one it begins at first. Empty: the one that was chosen, and nothing else.
    pub(super) fn profiles_in_use(&mut self, now: Duration, choice: &mut Choice, facts: &Facts<'_>) -> Vec<usize> {
        match choice.by {
            By::Default if self.tiers.chain.len() > 1 || self.tiers.away.is_some() => {}
            By::Route => return self.profiles_below(now, choice),
            By::Default | By::Switched | By::PinnedProfile | By::PinnedProvider => return Vec::new(),
        }
        self.end_switch(now);
        let first = if self.tries_default(now, facts) { self.params.default_profile } else { self.current() };
        choice.to = To::Profile(first);
        if self.may_leave(now) { self.tiers.order(now, first) } else { vec![first] }
    }

    /// A new conversation finds out whether the default profile works again; the others wait for their cache.
    fn tries_default(&self, now: Duration, facts: &Facts<'_>) -> bool {
        self.params.failover.recover == Recover::Auto
            && self
                .tiers
                .left_for_failures()
                .is_some_and(|away| away.retry_at <= now && !self.is_at_home(now, away.profile, facts))
    }

    /// Whether profiles are left without being told to.
    fn may_leave(&self, now: Duration) -> bool {
        self.params.failover.auto && !self.tiers.is_paused(now)
    }

    /// The profiles that a rule's request may go on to, behind the rule's own: those of lower tiers, unless the rule is
    /// strict. They are not judged by it: who is asked first was no default.
    fn profiles_below(&self, now: Duration, choice: &Choice) -> Vec<usize> {
        let rule = choice.route.and_then(|route| self.params.routes.get(route)).filter(|rule| !rule.strict);
        match rule.and(choice.profile()).filter(|_| self.may_leave(now)) {
            Some(profile) => tiers::chain(&self.params, profile),
            None => Vec::new(),
        }
    }

    /// Whether the conversation has a warm cache at a provider of this profile.
    fn is_at_home(&self, now: Duration, profile: usize, facts: &Facts<'_>) -> bool {
        let Some(profile) = self.params.profiles.get(profile) else { return false };
        let warm = super::order::session(profile, facts).and_then(|key| self.stays.warm(now, key));
        let mut members = profile.providers.iter().filter_map(|index| self.params.providers.get(*index));
        warm.is_some_and(|(identity, _)| members.any(|provider| provider.identity == identity))
    }

    /// The candidates of the profile that a request begins at, and what the others are measured by. A profile that nobody
    /// chose is passed over by what has nobody in it, or costs too much there.
    pub(super) fn begin<'r, 'f>(
        &self,
        params: &'r Params,
        facts: &'r Facts<'f>,
        choice: &mut Choice,
        profiles: &mut Vec<usize>,
    ) -> (Candidates<'r, 'f>, Measure) {
        let default = params.default_profile;
        let first = profiles.first().copied();
        let was_left = choice.by == By::Default && self.tiers.left_for_failures().is_some();
        let mut candidates = Candidates::new(params, facts);
        if !was_left || first.is_none_or(|first| first == default) {
            candidates.add(choice, facts.caller_has_login);
            let price = if profiles.len() > 1 { usual_price(&candidates, choice) } else { None };
            self.name_choice(choice);
            return (candidates, Measure { profile: first, price });
        }
        // What was left is what is replaced: were each profile measured by the one before it, the price would creep.
        let left = Choice { to: To::Profile(default), ..*choice };
        let candidates_left = |with_login: bool| {
            let mut candidates = Candidates::new(params, facts);
            candidates.add(&left, with_login);
            candidates
        };
        // The gateway's own keys pay elsewhere; a caller's login is the measure where there is nothing else.
        let own = candidates_left(false);
        let own = if own.places.is_empty() { candidates_left(facts.caller_has_login) } else { own };
        let measure = Measure { profile: Some(default), price: usual_price(&own, &left) };
        while let Some(first) = profiles.first() {
            choice.to = To::Profile(*first);
            add_affordable(choice, measure, &mut candidates);
            if !candidates.places.is_empty() {
                self.name_choice(choice);
                return (candidates, measure);
            }
            profiles.remove(0);
        }
        *choice = left;
        candidates.add(choice, facts.caller_has_login);
        (candidates, measure)
    }

    /// Notes who of lower tiers would be asked for a request that is given up, were switching not paused or off.
    pub(super) fn note_kept_back(&self, now: Duration, flight: &mut Flight) {
        let params = std::sync::Arc::clone(&flight.params);
        let rule = flight.choice.route.and_then(|route| params.routes.get(route));
        let may_go_down = match flight.choice.by {
            By::Default | By::Switched => true,
            By::Route => rule.is_some_and(|rule| !rule.strict),
            By::PinnedProfile | By::PinnedProvider => false,
        };
        let stays = flight.is_own_login() || flight.stored.is_some() || flight.kept;
        if self.may_leave(now) || flight.end.is_some() || !may_go_down || stays {
            return;
        }
        let Some(first) = flight.choice.profile() else { return };
        let (why, left) = match self.tiers.paused_until.filter(|_| params.failover.auto) {
            Some(until) => (SkipWhy::Paused, Some(until.saturating_sub(now))),
            None => (SkipWhy::NotByItself, None),
        };
        let below = tiers::chain(&params, first).into_iter().skip(1).filter_map(|index| params.profiles.get(index));
        for provider in below.flat_map(|profile| &profile.providers).copied() {
            let is_enabled = params.providers.get(provider).is_some_and(|it| it.enabled);
            if is_enabled && !flight.places.iter().any(|place| place.provider == provider) {
                flight.skip(Skip { provider, key: None, why, left });
            }
        }
    }

    /// A request that begins elsewhere than at the default profile, or there because somebody said so, says so.
    fn name_choice(&self, choice: &mut Choice) {
        let was_told = self.tiers.away.as_ref().is_some_and(|away| away.cause == Cause::Manual);
        if choice.by == By::Default && (was_told || choice.profile() != Some(self.params.default_profile)) {
            choice.by = By::Switched;
        }
    }

    /// Adds the candidates of the other profiles, each in its own order, behind those there are. Returns the first and
    /// those that have any.
    pub(super) fn add_profiles(
        &mut self,
        now: Duration,
        measure: Measure,
        mut profiles: Vec<usize>,
        candidates: &mut Candidates<'_, '_>,
    ) -> Vec<usize> {
        let Candidates { params, facts, .. } = *candidates;
        // A caller's own login belongs to one account; the next request may begin elsewhere all the same.
        let stays = candidates.places.iter().any(|place| place.own_login.is_some());
        let mut first = profiles.first().copied();
        profiles.retain(|profile| {
            if first.take().is_some() {
                return true;
            }
            let choice = Choice { by: By::Default, route: None, to: To::Profile(*profile) };
            let mut more = Candidates::new(params, facts);
            more.add(&choice, false);
            more.places.retain(|place| !candidates.places.iter().any(|known| known.provider == place.provider));
            leave_dear(measure, &mut more);
            let has_any = !more.places.is_empty();
            if !stays {
                self.arrange(now, facts, &choice, &mut more.places);
                candidates.append(more);
            }
            has_any
        });
        profiles
    }
}

/// Notes who was left and is no candidate, as no request leaves the profile in use by itself.
pub(super) fn note_left(choice: &Choice, profiles: &[usize], candidates: &mut Candidates<'_, '_>) {
    let params = candidates.params;
    let default = params.default_profile;
    if choice.by != By::Switched || profiles.contains(&default) {
        return;
    }
    let Some(left) = params.profiles.get(default) else { return };
    for index in left.providers.iter().copied() {
        let is_enabled = params.providers.get(index).is_some_and(|provider| provider.enabled);
        if is_enabled && !candidates.places.iter().any(|place| place.provider == index) {
            candidates.pass_over(index, SkipWhy::Left);
        }
    }
}

/// Adds the candidates of a profile that nobody chose, where there are none yet. Where the account of a caller's login
/// costs too much, the others are asked with what the gateway has.
fn add_affordable(choice: &Choice, measure: Measure, candidates: &mut Candidates<'_, '_>) {
    let (from, with_login) = (candidates.skips.len(), candidates.facts.caller_has_login);
    candidates.add(choice, with_login);
    leave_dear(measure, candidates);
    if !candidates.places.is_empty() || !with_login {
        return;
    }
    let mut dear = candidates.skips.split_off(from);
    dear.retain(|skip| skip.why == SkipWhy::Price);
    candidates.add(choice, false);
    leave_dear(measure, candidates);
    let is_told = |skip: &Skip| dear.iter().any(|other| other.provider == skip.provider);
    let told = candidates.skips.split_off(from).into_iter().filter(|skip| !is_told(skip));
    candidates.skips.extend(told.chain(dear.iter().copied()).collect::<Vec<_>>());
}

/// Takes out what costs too much to be taken without being told to. What is not known is not held against anybody.
fn leave_dear(measure: Measure, candidates: &mut Candidates<'_, '_>) {
    let Some(measured) = measure.price else { return };
    let Candidates { params, facts, .. } = *candidates;
    let most = measured.saturating_mul(params.failover.confirm_above.into());
    candidates.leave_out(|place| {
        let costs = || price(params, facts, place);
        let is_dear = Some(place.profile) != measure.profile && costs().is_some_and(|it| it.saturating_mul(100) > most);
        is_dear.then_some(SkipWhy::Price)
    });
}

/// What a request costs at least at those who may answer it, or would where nobody may just now: that they are switched
/// off is no leave to pay more.
fn usual_price(candidates: &Candidates<'_, '_>, choice: &Choice) -> Option<u64> {
    let price = |place: &Place| price(candidates.params, candidates.facts, place);
    let may = candidates.places.iter().filter_map(price).min();
    may.or_else(|| candidates.members(choice).filter_map(|place| price(&place)).min())
}

/// What a request is expected to cost at a place.
fn price(params: &Params, facts: &Facts<'_>, place: &Place) -> Option<u64> {
    let provider = params.providers.get(place.provider)?;
    (facts.price)(&provider.name, place.model.as_deref().or(facts.model)?, false)
}

/// The profile that a request begins at: the chosen one, or the next where that has nobody for it. Nothing for a provider
/// that was named.
pub(super) fn begins_at(choice: &Choice, places: &[Place]) -> Option<usize> {
    let chosen = choice.profile()?;
    let has_any = places.iter().any(|place| place.profile == chosen);
    if has_any { Some(chosen) } else { places.first().map(|place| place.profile) }
}

/// Whether a conversation may begin at a candidate because it is there already: not where that is only a member of
/// profiles before the one which requests begin at by now.
pub(super) fn may_be_home(params: &Params, first: Option<usize>, place: &Place) -> bool {
    let Some(first) = first else { return true };
    let mut profiles = params.profiles.iter().enumerate();
    profiles.any(|(index, profile)| {
        (index == first || tiers::is_below(params, index, first)) && profile.providers.contains(&place.provider)
    })
}
