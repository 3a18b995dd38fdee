//! Switching between profiles: when the default one is left, by itself or by hand, and how it is come back to.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::absent::KEPT_FOR;
use crate::explain::millis;
use crate::flight::Flight;
use crate::params::Params;
use crate::refusal::{Refusal, Why};
use crate::snapshot::{FailoverSnapshot, SwitchSnapshot};
use crate::tier::{Away, Cause, Missed, Recover, Switched, Tier, Tiers};

impl Engine {
    /// Sends requests without a rule of their own to this profile from now on, until `lasts` is over or somebody says
    /// otherwise; if it is the default profile, they begin there even when they fail.
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
        self.tiers.missed = None;
        self.go(now, Some(away), Cause::Manual, reason);
        Ok(())
    }

    /// Back to the default profile at once. Whether requests went elsewhere.
    pub fn switch_back(&mut self, now: Duration, reason: Option<&str>) -> bool {
        let was_away = self.tiers.away.is_some();
        self.tiers.missed = None;
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
        let recover = self.params.failover.recover;
        let stopped = tiers.stopped_until(now, self.params.failover.max_per_hour);
        let retry = tiers.left_for_failures().filter(|_| recover != Recover::Never).map(|away| away.retry_at);
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
            retry_left_ms: retry.filter(|at| *at > now).map(left),
            may_go_back: retry.is_some_and(|at| at <= now) && recover == Recover::Ask,
            stopped_left_ms: stopped.filter(|until| *until < Duration::MAX).map(left),
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
        let default = self.params.default_profile;
        let is_kept = |index: &usize| *index != default || away.as_ref().is_some_and(|it| it.cause == Cause::Manual);
        match (found.filter(is_kept), away) {
            (Some(profile), Some(away)) => self.tiers.away = Some(Away { profile, ..away }),
            (None, Some(away)) => {
                let to = self.profile_name(default);
                let from = name.unwrap_or_else(|| Arc::clone(&to));
                if away.cause == Cause::Manual {
                    self.tiers.missed = Some(Missed { name: Arc::clone(&from), away, since: now });
                }
                if from != to {
                    self.tiers.note(Switched { at: now, from, to, cause: Cause::Gone, reason: None });
                }
            }
            (_, None) => {}
        }
        self.take_up_missed(now);
    }

    /// What somebody said holds again when the profile is back, unless he has said something else since.
    fn take_up_missed(&mut self, now: Duration) {
        let Some(missed) = self.tiers.missed.take() else { return };
        if missed.since + KEPT_FOR <= now || missed.away.until.is_some_and(|until| until <= now) {
            return;
        }
        let found = self.params.profiles.iter().position(|profile| profile.name == missed.name);
        match found {
            Some(profile) => {
                let said = missed.away.reason.clone();
                self.go(now, Some(Away { profile, ..missed.away }), Cause::Manual, said.as_deref());
            }
            None => self.tiers.missed = Some(missed),
        }
    }

    /// A switch whose time is over is over, whether or not a request comes.
    pub(super) fn end_switch(&mut self, now: Duration) {
        if self.tiers.away.as_ref().and_then(|away| away.until).is_some_and(|until| until <= now) {
            self.go(now, None, Cause::Expired, None);
        }
    }

    /// A request of the default profile has succeeded at this place.
    pub(super) fn tier_succeeded(&mut self, now: Duration, flight: &mut Flight, at: usize) {
        let Some(profile) = self.judged_profile(flight) else { return };
        let answered = flight.places.get(at).map(|place| place.profile);
        if answered != Some(profile) {
            return self.tier_failed(now, flight, profile, answered);
        }
        if profile == self.current() {
            self.tiers.failures = 0;
        }
        let failover = self.params.failover;
        let is_back = profile == self.params.default_profile && failover.recover == Recover::Auto;
        if let Some(away) = self.tiers.left_for_failures_mut().filter(|away| is_back && away.retry_at <= now) {
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
            self.tier_failed(now, flight, profile, None);
        }
    }

    /// The profile that a request began at, once per request.
    fn judged_profile(&self, flight: &mut Flight) -> Option<usize> {
        let same = Arc::ptr_eq(&self.params, &flight.params);
        let tiered = same && !flight.tiers.is_empty() && !std::mem::replace(&mut flight.tiers_judged, true);
        flight.tiers.first().copied().filter(|_| tiered)
    }

    /// A request that began at this profile failed in it; who answered it instead, if somebody did.
    fn tier_failed(&mut self, now: Duration, flight: &mut Flight, profile: usize, answered: Option<usize>) {
        let failover = self.params.failover;
        if profile != self.current() {
            let default = self.params.default_profile;
            if let Some(away) = self.tiers.left_for_failures_mut().filter(|_| profile == default) {
                // It was the default profile, looked at again.
                away.recovered = 0;
                away.retry_at = now + failover.cooldown;
            }
            return;
        }
        self.tiers.failures = self.tiers.failures.saturating_add(1);
        let manual = self.tiers.away.as_ref().is_some_and(|away| away.cause == Cause::Manual);
        if let Some(next) = self.next_profile(flight, profile, answered)
            && self.tiers.failures >= failover.after
            && !manual
            && failover.auto
            && !self.tiers.is_paused(now)
        {
            if let Some(until) = self.tiers.stopped_until(now, failover.max_per_hour) {
                flight.stopped = until < Duration::MAX;
                return;
            }
            let away = Away {
                profile: next,
                cause: Cause::Failures,
                reason: None,
                since: now,
                until: None,
                retry_at: now + failover.cooldown,
                recovered: 0,
            };
            self.go(now, (next != self.params.default_profile).then_some(away), Cause::Failures, None);
        }
    }

    /// Where the requests of a profile that failed go: where this one was answered, which may be the way back if that is
    /// taken without being told to; else down, as nothing speaks for those before it.
    fn next_profile(&self, flight: &Flight, profile: usize, answered: Option<usize>) -> Option<usize> {
        let tier = |index: usize| self.params.profiles.get(index).map(|profile| profile.tier);
        let down = || flight.tiers.iter().copied().find(|index| tier(*index) > tier(profile));
        let goes_back = self.params.failover.recover == Recover::Auto;
        answered.or_else(down).filter(|next| goes_back || *next != self.params.default_profile)
    }

    /// The profile that requests begin at.
    pub(super) fn current(&self) -> usize {
        self.tiers.away.as_ref().map_or(self.params.default_profile, |away| away.profile)
    }

    fn profile_name(&self, index: usize) -> Arc<str> {
        self.params.profiles.get(index).map_or_else(|| "".into(), |profile| Arc::clone(&profile.name))
    }

    fn go(&mut self, now: Duration, away: Option<Away>, cause: Cause, reason: Option<&str>) {
        let from = self.profile_name(self.current());
        // One that begins or ends at the default profile leads nowhere, and is a switch all the same.
        let is_switch = self.tiers.away.is_some() || away.is_some();
        self.tiers.away = away;
        let to = self.profile_name(self.current());
        if is_switch {
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
    let mut chain: Vec<usize> = (0..params.profiles.len()).filter(|index| is_below(params, *index, first)).collect();
    chain.sort_by_key(|index| tier(params, *index));
    chain.insert(0, first);
    chain
}

/// Whether the requests of the second profile may go down to the first.
pub(super) fn is_below(params: &Params, index: usize, first: usize) -> bool {
    let (own, other) = (tier(params, first), tier(params, index));
    other > own && (params.failover.fallback || other != Tier::Fallback)
}

fn tier(params: &Params, index: usize) -> Tier {
    params.profiles.get(index).map_or(Tier::Primary, |profile| profile.tier)
}
