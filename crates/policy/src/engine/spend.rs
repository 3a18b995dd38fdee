//! What further attempts of a request cost: the budgets of its provider and its profile, and who may try somebody although
//! everything is left alone.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::flight::{Decision, Flight, Pending, Skip, SkipWhy};
use crate::group::{self, Group};

impl Engine {
    /// Whether a request may go on to this candidate after another one has failed it. When the profile's budget is used
    /// up, only to one that is not known to fail. Without a choice it is the same one, after its rest.
    pub(super) fn may_move(&mut self, now: Duration, flight: &mut Flight, to: usize) -> bool {
        if !flight.has_burdened() || !flight.has_choice() {
            return true;
        }
        let Some(identity) = flight.provider(to).map(|provider| provider.identity) else { return false };
        let terms = flight.params.budgets.failover;
        let promising = self.state(identity).is_none_or(|state| state.is_promising(now))
            && self.group_mut(flight).is_none_or(|group| group.may_find_out(now));
        let paid = self.group_mut(flight).is_none_or(|group| group.failover.spend(now, terms));
        flight.paid = paid;
        paid || promising || Self::refuse(flight, to, SkipWhy::FailoverBudget)
    }

    /// Where somebody asked to wait it is waited, as for any rest, until the budget pays for asking again, or another
    /// request shows earlier that somebody answers.
    pub(super) fn wait_for_budget(&mut self, now: Duration, flight: &mut Flight) -> Option<Decision> {
        if !flight.was_asked_to_wait() || now >= flight.claim.until {
            return None;
        }
        let terms = flight.params.budgets.failover;
        let until = self.group_mut(flight)?.failover.again_at(now, terms)?;
        let first = *flight.held_back.first()?;
        let identity = flight.provider(first).map(|provider| provider.identity);
        flight.let_go();
        Some(self.wait_in_line(now, flight, Some(until), identity))
    }

    /// Whether the same provider may be asked again: both its own budget and that of the profile pay. A connection that was
    /// found closed is no trouble of its provider.
    pub(super) fn may_spend_retry(&mut self, now: Duration, flight: &mut Flight, place: usize, fresh: bool) -> bool {
        if fresh {
            return true;
        }
        let budgets = flight.params.budgets;
        let shared = !flight.has_choice()
            || self.group_mut(flight).is_none_or(|group| group.failover.has_left(now, budgets.failover));
        let state = flight.provider(place).and_then(|provider| self.state(provider.identity));
        let own = state.is_none_or(|state| state.retries.has_left(now, budgets.retry));
        shared && own || Self::refuse(flight, place, SkipWhy::RetryBudget)
    }

    /// The same provider is asked again.
    pub(super) fn spend_retry(&mut self, now: Duration, flight: &mut Flight, place: usize) {
        let budgets = flight.params.budgets;
        if flight.has_choice() {
            flight.paid = self.group_mut(flight).is_some_and(|group| group.failover.spend(now, budgets.failover));
        }
        let identity = flight.provider(place).map(|provider| provider.identity);
        if let Some(state) = identity.and_then(|identity| self.state_mut(identity)) {
            state.retries.spend(now, budgets.retry);
        }
    }

    /// Whether somebody may be tried although everything is left alone: one request a second of each profile finds out
    /// whether it is over, and pays for it like for any further attempt when it has failed elsewhere. With one candidate
    /// always: refusing would help nobody.
    pub(super) fn may_panic(&mut self, now: Duration, flight: &mut Flight, place: usize) -> bool {
        let (burdened, terms) = (flight.has_burdened(), flight.params.budgets.failover);
        let Some(group) = self.group_mut(flight).filter(|_| flight.has_choice()) else { return true };
        if burdened && !group.failover.has_left(now, terms) {
            return Self::refuse(flight, place, SkipWhy::FailoverBudget);
        }
        if !group.may_panic(now) {
            return Self::refuse(flight, place, SkipWhy::PanicRate);
        }
        flight.paid = burdened && group.failover.spend(now, terms);
        true
    }

    /// Counts an attempt that begins for its provider and, the first of a request that has a choice, for its profile.
    /// Whether it comes from another provider.
    pub(super) fn earn(&mut self, now: Duration, flight: &Flight, place: usize) -> bool {
        let budgets = flight.params.budgets;
        if flight.attempts.is_empty()
            && flight.has_choice()
            && let Some(group) = self.group_mut(flight)
        {
            group.failover.earn(now, budgets.failover);
        }
        let moved = flight.has_burdened() && flight.attempts.last().is_some_and(|last| last.place != place);
        if moved && let Some(group) = self.group_mut(flight) {
            group.moved += 1;
        }
        let identity = flight.provider(place).map(|provider| provider.identity);
        if let Some(state) = identity.and_then(|identity| self.state_mut(identity)) {
            state.retries.earn(now, budgets.retry);
        }
        moved
    }

    /// An attempt has begun to be answered, or is over: it no longer finds out anything, and if it was of use, or burdened
    /// nobody, it cost nothing.
    pub(super) fn settle(&mut self, flight: &Flight, pending: &mut Pending, harmless: bool) {
        if std::mem::take(&mut pending.moved)
            && let Some(group) = self.group_mut(flight)
        {
            group.moved = group.moved.saturating_sub(1);
        }
        if harmless
            && std::mem::take(&mut pending.paid)
            && let Some(group) = self.group_mut(flight)
        {
            group.failover.give_back();
        }
    }

    /// Notes that the budgets hold a candidate back.
    fn refuse(flight: &mut Flight, place: usize, why: SkipWhy) -> bool {
        if let Some(provider) = flight.places.get(place).map(|place| place.provider) {
            flight.skip(Skip { provider, key: None, why, left: None });
        }
        false
    }

    /// The profile a request started at.
    fn group_mut(&mut self, flight: &Flight) -> Option<&mut Group> {
        let place = flight.choice.profile()?;
        let name = Arc::clone(&flight.params.profiles.get(place)?.name);
        group::find(&mut self.groups, place, &name)
    }
}
