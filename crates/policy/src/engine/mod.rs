//! The one place where decisions are made: which candidate is next, whether to wait, when to give up; and where
//! results are remembered. Time and randomness are arguments; the shell keeps it behind one short lock.

mod asked;
mod capacity;
mod decide;
mod health;
mod learn;
mod memory;
mod order;
mod reach;
mod ready;
mod rehearse;
mod resume;
mod share;
mod size;
mod snapshot;
mod spend;
mod start;
mod stored;
pub(crate) mod tiers;

#[cfg(test)]
mod asked_tests;
#[cfg(test)]
mod breaker_tests;
#[cfg(test)]
mod capacity_tests;
#[cfg(test)]
mod elsewhere_tests;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod origin_tests;
#[cfg(test)]
mod outage_tests;
#[cfg(test)]
mod overload_tests;
#[cfg(test)]
mod patience_tests;
#[cfg(test)]
mod refused_field_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tiers_tests;
#[cfg(test)]
mod trail_tests;
#[cfg(test)]
mod wait_tests;

use std::sync::Arc;
use std::time::Duration;

pub use crate::breaker::BreakerParams;
pub use crate::budget::Terms;
pub use crate::capacity::{Allowance, Class, Concurrent, Denial, GaugeSnapshot, LineSnapshot, RoomSnapshot, Ticket};
pub use crate::classify::{Elsewhere, Families, Family};
pub use crate::explain::{RuleTried, Skipped, Trail, Tried, Untried, number};
pub use crate::facts::{Facts, Origin, Stored, Traits};
pub use crate::flight::{
    ATTEMPTS_MAX, ATTEMPTS_PER_PROVIDER_MAX, Decision, Flight, Outcome, Patience, TOLD_TO_WAIT_MAX, Target,
};
pub use crate::kind::Kind;
pub use crate::lacks::LEARNED_FOR;
pub use crate::params::{
    Admits, Budgets, HoldParams, KeyChoice, KeyParams, LimitParams, Over, Params, ProfileParams, ProviderParams, WEIGHT,
};
pub use crate::refusal::{GiveUp, Refusal, SizeLimit, Why};
pub use crate::route::{Condition, Hours, Match, RouteParams, To, span};
pub use crate::select::{Sticky, Strategy};
pub use crate::snapshot::{
    FailoverSnapshot, KeySnapshot, LackSnapshot, LimitSnapshot, ProviderSnapshot, SizeSnapshot, Snapshot,
    SwitchSnapshot,
};
pub use crate::tier::{FailoverParams, Recover, SWITCHES_PER_HOUR_MAX, Tier};
pub use rehearse::Rehearsal;

use crate::absent::Absent;
use crate::bounded::Bounded;
use crate::capacity::Room;
use crate::cooldown::Cooldowns;
use crate::group::{self, Group};
use crate::jitter::Jitter;
use crate::keepers::Keepers;
use crate::select::Turns;
use crate::state::{self, ProviderState};
use crate::stay::Stays;
use crate::tier::Tiers;

/// A request that the client repeats within this time does not start where it failed.
const FAILED_LATELY: Duration = Duration::from_secs(60);

/// Sessions of which the last failure is remembered.
const SESSIONS_MAX: usize = 1024;

/// Decides and remembers.
#[derive(Debug, Clone)]
pub struct Engine {
    params: Arc<Params>,
    /// Parallel to `params.providers`.
    states: Vec<ProviderState>,
    /// Those of providers that are missing from the configuration.
    absent: Absent<ProviderState>,
    /// Counts the configurations.
    generation: u64,
    rests: Cooldowns,
    /// Session or body hash → identity of the provider that failed it, and when.
    failed_lately: Bounded<u64, (u64, Duration)>,
    /// Parallel to `params.profiles`.
    turns: Vec<Turns>,
    /// Parallel to `params.profiles`; behind them those of profiles that are gone.
    groups: Vec<Group>,
    /// When the machine last woke up, or came into another network.
    resumed_at: Option<Duration>,
    stays: Stays,
    keepers: Keepers,
    tiers: Tiers,
    /// Who waits.
    room: Room,
    /// Parallel to `params.limits`.
    rules: Vec<capacity::Rule>,
    jitter: Jitter,
}

impl Engine {
    /// An engine without memories.
    pub fn new(params: Arc<Params>, seed: u64) -> Self {
        Self {
            states: state::states(Duration::ZERO, &params, Vec::new(), &mut Absent::default(), 0),
            absent: Absent::default(),
            generation: 0,
            turns: turns(&params, &[]),
            groups: group::groups(&params, Vec::new()),
            resumed_at: None,
            stays: Stays::new(),
            keepers: Keepers::new(),
            tiers: tiers::tiers(&params),
            room: Room::new(params.hold.waiting),
            rules: capacity::rules(&params, Vec::new()),
            params,
            rests: Cooldowns::new(),
            failed_lately: Bounded::new(SESSIONS_MAX),
            jitter: Jitter::new(seed),
        }
    }

    /// Takes over a new configuration. Providers and keys that are still there, or were lately, keep how they stand;
    /// requests under way go on with the configuration they started under.
    pub fn reload(&mut self, now: Duration, params: Arc<Params>) {
        self.generation += 1;
        let old = std::mem::take(&mut self.states);
        self.states = state::states(now, &params, old, &mut self.absent, self.generation);
        self.turns = turns(&params, &self.turns);
        self.groups = group::groups(&params, std::mem::take(&mut self.groups));
        self.rules = capacity::rules(&params, std::mem::take(&mut self.rules));
        self.room.resize(params.hold.waiting);
        self.room.call_all();
        let old = std::mem::replace(&mut self.params, params);
        self.adopt_tiers(now, &old);
        self.handle_timeout(now);
    }

    /// What decisions are made from now.
    pub fn params(&self) -> &Arc<Params> {
        &self.params
    }

    /// Forgets what was learned of a provider's lacks, or of all; how much it was.
    pub fn forget_lacks(&mut self, provider: Option<&str>) -> usize {
        let both = self.params.providers.iter().zip(&mut self.states);
        let meant = both.filter(|(params, _)| provider.is_none_or(|name| *params.name == *name));
        meant.map(|(_, state)| state.lacks.forget() + state.sizes.forget()).sum()
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
        self.absent.sweep(now);
        self.states.iter_mut().chain(self.absent.iter_mut()).for_each(|state| state.absent_keys.sweep(now));
        self.end_switch(now);
    }

    fn state(&self, identity: u64) -> Option<&ProviderState> {
        self.states.iter().find(|state| state.identity == identity).or_else(|| self.absent.get(identity))
    }

    fn state_mut(&mut self, identity: u64) -> Option<&mut ProviderState> {
        known_mut(&mut self.states, &mut self.absent, identity)
    }
}

/// A provider of the configuration, or one that is missing from it and may be back.
fn known_mut<'s>(
    states: &'s mut [ProviderState],
    absent: &'s mut Absent<ProviderState>,
    identity: u64,
) -> Option<&'s mut ProviderState> {
    let here = states.iter_mut().find(|state| state.identity == identity);
    here.or_else(|| absent.get_mut(identity))
}

fn turns(params: &Params, old: &[Turns]) -> Vec<Turns> {
    let turns = |profile: &ProfileParams| {
        let members = profile.providers.iter().filter_map(|index| params.providers.get(*index));
        Turns::new(Arc::clone(&profile.name), members.map(|provider| provider.identity)).resume(old)
    };
    params.profiles.iter().map(turns).collect()
}
