//! Switching between profiles: what a request of the default profile may fall back to, when the default is left, and
//! how it is come back to.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::absent::KEPT_FOR;
use crate::explain::millis;
use crate::facts::Facts;
use crate::flight::{Flight, Place};
use crate::params::Params;
use crate::profile::{By, Choice};
use crate::refusal::{Refusal, Why};
use crate::route::To;
use crate::snapshot::{FailoverSnapshot, SwitchSnapshot};
use crate::tier::{Away, Cause, Missed, Recover, Switched, Tier, Tiers};

impl Engine {
    /// Sends requests without a rule of their own to this profile from now on, until `lasts` is over or somebody says
    /// otherwise.
    pub fn switch(
        &mut self,
        now: Duration,
        profile: &str,
        reason: Option<&str>,
        lasts: Option<Duration>,
    ) -> Result<(), Refusal> {
        let found = self.params.profiles.iter().position(|known| *known.name == *profile);
        let index = found.ok_or_else(|| Refusal::UnknownProfile(profile.into()))?;
        let away = Away {
            profile: index,
            cause: Cause::Manual,
            reason: reason.map(Arc::from),
            since: now,
            until: lasts.and_then(|lasts| now.checked_add(lasts)),
            retry_at: Duration::MAX,
            recovered: 0,
        };
        self.go(now, (index != self.params.default_profile).then_some(away), Cause::Manual, reason);
        Ok(())
    }

    /// Back to the default profile at once. Whether requests went elsewhere.
    pub fn switch_back(&mut self, now: Duration, reason: Option<&str>) -> bool {
        let was_away = self.tiers.away.is_some();
        self.go(now, None, Cause::Manual, reason);
        was_away
    }

    /// Makes no switch by itself for so long; nothing: from now on again.
    pub fn pause_failover(&mut self, now: Duration, lasts: Option<Duration>) {
        self.tiers.paused_until = lasts.and_then(|lasts| now.checked_add(lasts));
    }

    /// How switching stands.
    pub(super) fn failover_snapshot(&self, now: Duration) -> FailoverSnapshot {
        let (tiers, away) = (&self.tiers, self.tiers.away.as_ref());
        let left = |at: Duration| millis(at.saturating_sub(now));
        let history = tiers.history.iter().rev().map(|switched| SwitchSnapshot {
            ago_ms: millis(now.saturating_sub(switched.at)),
            from: Arc::clone(&switched.from),
            to: Arc::clone(&switched.to),
            cause: switched.cause.id(),
            reason: switched.reason.clone(),
        });
        FailoverSnapshot {
            profile: self.profile_name(self.current()),
            cause: away.map(|away| away.cause.id()),
            reason: away.and_then(|away| away.reason.clone()),
            since_ms: away.map(|away| millis(now.saturating_sub(away.since))),
            until_left_ms: away.and_then(|away| away.until).map(left),
            retry_left_ms: away.filter(|away| away.retry_at < Duration::MAX).map(|away| left(away.retry_at)),
            paused_left_ms: tiers.paused_until.filter(|until| *until > now).map(left),
            failures: tiers.failures,
            history: history.collect(),
        }
    }

    /// The chain of a configuration; where requests go stays the same while that profile exists.
    pub(super) fn adopt_tiers(&mut self, now: Duration, old: &Params) {
        let away = self.tiers.away.take();
        let name =
            away.as_ref().and_then(|away| old.profiles.get(away.profile)).map(|profile| Arc::clone(&profile.name));
        self.tiers.chain = chain(&self.params, self.params.default_profile);
        let found = name.as_ref().and_then(|name| self.params.profiles.iter().position(|it| it.name == *name));
        match (away, found.filter(|index| *index != self.params.default_profile)) {
            (Some(away), Some(profile)) => self.tiers.away = Some(Away { profile, ..away }),
            (Some(away), None) => {
                let to = self.profile_name(self.params.default_profile);
                let from = name.unwrap_or_else(|| Arc::clone(&to));
                if away.cause == Cause::Manual && from != to {
                    self.tiers.missed = Some(Missed { name: Arc::clone(&from), away, since: now });
                }
                self.tiers.note(Switched { at: now, from, to, cause: Cause::Gone, reason: None });
            }
            (None, _) => self.take_up_missed(now),
        }
    }

    /// What somebody said holds again when the profile is back, unless he has said something else since.
    fn take_up_missed(&mut self, now: Duration) {
        let Some(missed) = self.tiers.missed.take() else { return };
        if missed.since + KEPT_FOR <= now || missed.away.until.is_some_and(|until| until <= now) {
            return;
        }
        let found = self.params.profiles.iter().position(|profile| profile.name == missed.name);
        match found {
            Some(profile) if profile != self.params.default_profile => {
                let said = missed.away.reason.clone();
                self.go(now, Some(Away { profile, ..missed.away }), Cause::Manual, said.as_deref());
            }
            Some(_) => {}
            None => self.tiers.missed = Some(missed),
        }
    }

    /// A switch whose time is over is over, whether or not a request comes.
    pub(super) fn end_switch(&mut self, now: Duration) {
        if self.tiers.away.as_ref().and_then(|away| away.until).is_some_and(|until| until <= now) {
            self.go(now, None, Cause::Expired, None);
        }
    }

    /// Which profiles a request may use, the first first. Empty: the one that was chosen, and nothing else.
    pub(super) fn profiles_in_use(&mut self, now: Duration, choice: &mut Choice, facts: &Facts<'_>) -> Vec<usize> {
        if choice.by != By::Default || (self.tiers.chain.len() < 2 && self.tiers.away.is_none()) {
            return Vec::new();
        }
        self.end_switch(now);
        let failover = self.params.failover;
        let mut first = self.current();
        if let Some(away) = &self.tiers.away
            && away.cause == Cause::Failures
            && failover.recover == Recover::Auto
            && away.retry_at <= now
            && !self.is_at_home(now, away.profile, facts)
        {
            // A new conversation finds out whether the default profile works again; the others wait for their cache.
            first = self.params.default_profile;
        }
        choice.to = To::Profile(first);
        if first != self.params.default_profile {
            choice.by = By::Switched;
        }
        if !failover.auto || self.tiers.is_paused(now) {
            return vec![first];
        }
        let at = self.tiers.chain.iter().position(|index| *index == first);
        let rest = at.and_then(|at| self.tiers.chain.get(at + 1..)).unwrap_or_default();
        std::iter::once(first).chain(rest.iter().copied()).collect()
    }

    /// The profiles that a rule's request may go on to, behind the rule's own: those of lower tiers, unless the rule is
    /// strict. They are not judged by it: who is asked first was no default.
    pub(super) fn profiles_below(&self, now: Duration, choice: &Choice) -> Vec<usize> {
        let rule = choice.route.and_then(|route| self.params.routes.get(route)).filter(|rule| !rule.strict);
        let may_leave = self.params.failover.auto && !self.tiers.is_paused(now);
        match rule.and(choice.profile()).filter(|_| may_leave) {
            Some(profile) => chain(&self.params, profile),
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

    /// Whether a profile costs too much to be taken without being told to: its cheapest candidate against the cheapest
    /// of the profile that is left. What is not known is not held against it.
    pub(super) fn is_too_expensive(&self, facts: &Facts<'_>, left: &[Place], taken: &[Place]) -> bool {
        let cheapest = |places: &[Place]| {
            let prices = places.iter().filter_map(|place| {
                let provider = self.params.providers.get(place.provider)?;
                (facts.price)(&provider.name, place.model.as_deref().or(facts.model)?, false)
            });
            prices.min()
        };
        let Some((left, taken)) = cheapest(left).zip(cheapest(taken)) else { return false };
        taken.saturating_mul(100) > left.saturating_mul(self.params.failover.confirm_above.into())
    }

    /// A request of the default profile has succeeded at this place.
    pub(super) fn tier_succeeded(&mut self, now: Duration, flight: &mut Flight, at: usize) {
        let Some(profile) = self.judged_profile(flight) else { return };
        if flight.places.get(at).is_some_and(|place| place.profile != profile) {
            return self.tier_failed(now, flight, profile);
        }
        self.tiers.failures = 0;
        let failover = self.params.failover;
        if profile == self.params.default_profile
            && let Some(away) = self.tiers.away.as_mut().filter(|away| away.cause == Cause::Failures)
        {
            away.recovered += 1;
            if away.recovered >= failover.recover_after {
                self.go(now, None, Cause::Recovered, None);
            }
        }
    }

    /// A request of the default profile has failed for good.
    pub(super) fn tier_gave_up(&mut self, now: Duration, flight: &mut Flight, why: Why) {
        let about_providers = match why {
            Why::Cooling | Why::Overloaded | Why::Unavailable | Why::Exhausted | Why::KeysRejected => true,
            Why::RequestFault | Why::OwnLogin | Why::Committed | Why::ModelNotFound | Why::Ended => false,
            // That there is no place here says nothing about how the providers are.
            Why::Full | Why::Limited => false,
        };
        // What stays with its provider, as configured, is no reason to leave its profile either.
        if about_providers
            && !flight.kept
            && let Some(profile) = self.judged_profile(flight)
        {
            self.tier_failed(now, flight, profile);
        }
    }

    /// The profile that a request began at, once per request.
    fn judged_profile(&self, flight: &mut Flight) -> Option<usize> {
        let same = Arc::ptr_eq(&self.params, &flight.params);
        let tiered = same && !flight.tiers.is_empty() && !std::mem::replace(&mut flight.tiers_judged, true);
        flight.tiers.first().copied().filter(|_| tiered)
    }

    fn tier_failed(&mut self, now: Duration, flight: &Flight, profile: usize) {
        let failover = self.params.failover;
        if let Some(away) = self.tiers.away.as_mut().filter(|away| away.profile != profile) {
            // It was the default profile, looked at again.
            away.recovered = 0;
            away.retry_at = now + failover.cooldown;
            return;
        }
        self.tiers.failures = self.tiers.failures.saturating_add(1);
        let manual = self.tiers.away.as_ref().is_some_and(|away| away.cause == Cause::Manual);
        let next = flight.tiers.iter().copied().find(|index| *index != profile);
        if let Some(next) = next
            && self.tiers.failures >= failover.after
            && !manual
            && failover.auto
            && !self.tiers.is_paused(now)
            && self.tiers.may_switch(now, failover.max_per_hour)
        {
            let away = Away {
                profile: next,
                cause: Cause::Failures,
                reason: None,
                since: now,
                until: None,
                retry_at: now + failover.cooldown,
                recovered: 0,
            };
            self.go(now, Some(away), Cause::Failures, None);
        }
    }

    fn current(&self) -> usize {
        self.tiers.away.as_ref().map_or(self.params.default_profile, |away| away.profile)
    }

    fn profile_name(&self, index: usize) -> Arc<str> {
        self.params.profiles.get(index).map_or_else(|| "".into(), |profile| Arc::clone(&profile.name))
    }

    fn go(&mut self, now: Duration, away: Option<Away>, cause: Cause, reason: Option<&str>) {
        let from = self.profile_name(self.current());
        self.tiers.missed = None;
        self.tiers.away = away;
        let to = self.profile_name(self.current());
        if from != to {
            self.tiers.note(Switched { at: now, from, to, cause, reason: reason.map(Arc::from) });
        }
    }
}

/// The state of switching under a new configuration.
pub(super) fn tiers(params: &Params) -> Tiers {
    Tiers { chain: chain(params, params.default_profile), ..Tiers::default() }
}

/// A profile and those of lower tiers, tier by tier, as written.
pub(crate) fn chain(params: &Params, first: usize) -> Vec<usize> {
    let tier = |index: usize| params.profiles.get(index).map_or(Tier::Primary, |profile| profile.tier);
    let own = tier(first);
    let mut chain: Vec<usize> = (0..params.profiles.len())
        .filter(|index| tier(*index) > own && (params.failover.fallback || tier(*index) != Tier::Fallback))
        .collect();
    chain.sort_by_key(|index| tier(*index));
    chain.insert(0, first);
    chain
}
