//! What is remembered of each provider between requests. Kept over a reload by identity, keys by their id.

use std::time::Duration;

use crate::absent::{Absent, Identified};
use crate::breaker::{Breaker, BreakerParams};
use crate::budget::Budget;
use crate::capacity::{Allowance, Concurrent, Gauge};
use crate::classify::Row;
use crate::health::Health;
use crate::keys::KeyState;
use crate::lacks::Learned;
use crate::outlier::Record;
use crate::params::{Params, ProviderParams};
use crate::select::Latencies;
use crate::sizes::Sizes;

#[derive(Debug, Clone)]
pub(crate) struct ProviderState {
    pub(crate) identity: u64,
    /// One per key; one without an id when the provider needs no key, so that it can rest like a key does.
    pub(crate) keys: Vec<KeyState>,
    /// Those of keys that are missing from the configuration.
    pub(crate) absent_keys: Absent<KeyState>,
    /// Whether it is to be left alone.
    pub(crate) breaker: Breaker,
    /// Where round-robin goes on.
    pub(crate) cursor: usize,
    /// What it bears, and what is under way.
    pub(crate) gauge: Gauge,
    /// How long it takes to begin.
    pub(crate) latencies: Latencies,
    pub(crate) last_failure: Option<(Row, Duration)>,
    pub(crate) last_success: Option<Duration>,
    pub(crate) lacks: Learned,
    /// What it refused for its size.
    pub(crate) sizes: Sizes,
    /// How well it has answered, for those who look.
    pub(crate) health: Health,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// For asking it again.
    pub(crate) retries: Budget,
    /// Compared with others that share requests with it.
    pub(crate) record: Record,
}

/// A failure this long ago says no more that a provider fails.
const FAILING_FOR: Duration = Duration::from_secs(60);

impl ProviderState {
    fn new(now: Duration, params: &ProviderParams, generation: u64) -> Self {
        let mut state = Self { breaker: Breaker::new(generation, params.breaker), ..Self::unseen(params.identity, []) };
        state.adopt(now, params);
        state
    }

    /// One that no configuration has described yet, with these keys.
    pub(crate) fn unseen(identity: u64, keys: impl IntoIterator<Item = u64>) -> Self {
        let unlimited = Allowance::default();
        Self {
            identity,
            keys: keys.into_iter().map(|id| KeyState::with(id, &unlimited)).collect(),
            absent_keys: Absent::default(),
            breaker: Breaker::new(0, BreakerParams::default()),
            cursor: 0,
            gauge: Gauge::new(&unlimited),
            latencies: Latencies::new(),
            last_failure: None,
            last_success: None,
            lacks: Learned::default(),
            sizes: Sizes::default(),
            health: Health::default(),
            failures: 0,
            retries: Budget::new(),
            record: Record::default(),
        }
    }

    /// Whether it is not known to fail.
    pub(crate) fn is_promising(&self, now: Duration) -> bool {
        let worked = self.last_success.unwrap_or_default();
        let fails = self.last_failure.is_some_and(|(_, at)| at >= worked && at + FAILING_FOR > now);
        !fails
    }

    /// Takes over the keys of a configuration; those that were there before, or lately, keep how they stand, and those
    /// that are not in it are absent from `now` on.
    fn adopt(&mut self, now: Duration, params: &ProviderParams) {
        self.breaker.adopt(params.breaker);
        self.absent_keys.sweep(now);
        let mut old = std::mem::take(&mut self.keys);
        let mut take = |id, own: Allowance| {
            let allowed = each(params, own);
            let here = old.iter().position(|key| key.id == id);
            match here.map(|at| old.swap_remove(at)).or_else(|| self.absent_keys.take(id)) {
                Some(mut key) => {
                    key.gauge.adopt(&allowed);
                    key
                }
                None => KeyState::with(id, &allowed),
            }
        };
        self.keys = if params.keys.is_empty() {
            vec![take(NO_KEY, Allowance::default())]
        } else {
            params.keys.iter().map(|key| take(key.id, key.allowed)).collect()
        };
        old.into_iter().for_each(|key| self.absent_keys.leave(now, key));
        self.gauge.adopt(&whole(params));
    }

    /// Something was kept of this key: when no configuration describes it, it is absent since then.
    pub(crate) fn expect_key(&mut self, id: u64, since: Duration) {
        if self.key(Some(id)).is_none() {
            self.absent_keys.leave(since, KeyState::with(id, &Allowance::default()));
        }
    }

    /// How many requests could begin now, as far as limits go.
    pub(crate) fn room(&self, now: Duration) -> u32 {
        let keys = self.keys.iter().fold(0u32, |sum, key| sum.saturating_add(key.gauge.room(now)));
        self.gauge.room(now).min(keys)
    }

    /// Nothing is known of it any more, but what it does not take and what is under way.
    pub(crate) fn forget(&mut self, generation: u64) {
        self.keys.iter_mut().chain(self.absent_keys.iter_mut()).for_each(KeyState::forget);
        self.breaker = Breaker::new(generation, self.breaker.params());
        self.health = Health::default();
        (self.last_failure, self.last_success) = (None, None);
    }

    /// The same of one key.
    pub(crate) fn forget_key(&mut self, id: u64) {
        self.keys.iter_mut().filter(|key| key.id == id).for_each(KeyState::forget);
    }

    /// The state of a key; `None` names the one of a provider without keys. A request that started under an older
    /// configuration knows the key by another place, and maybe one that is missing now, so it is found by its id.
    pub(crate) fn key(&self, id: Option<u64>) -> Option<&KeyState> {
        let id = id.unwrap_or(NO_KEY);
        self.keys.iter().find(|key| key.id == id).or_else(|| self.absent_keys.get(id))
    }

    /// See [`Self::key`].
    pub(crate) fn key_mut(&mut self, id: Option<u64>) -> Option<&mut KeyState> {
        let id = id.unwrap_or(NO_KEY);
        self.keys.iter_mut().find(|key| key.id == id).or_else(|| self.absent_keys.get_mut(id))
    }
}

impl Identified for ProviderState {
    fn identity(&self) -> u64 {
        self.identity
    }
}

/// Id of the state of a provider that needs no key.
pub(crate) const NO_KEY: u64 = 0;

/// What a provider bears in all: what is found out, is found out for each key.
fn whole(params: &ProviderParams) -> Allowance {
    let fixed = params.allowed.concurrent.filter(|concurrent| *concurrent != Concurrent::Auto);
    Allowance { concurrent: fixed, ..params.allowed }
}

/// What one of its keys bears.
fn each(params: &ProviderParams, own: Allowance) -> Allowance {
    let auto = params.allowed.concurrent.filter(|concurrent| *concurrent == Concurrent::Auto);
    Allowance { concurrent: own.concurrent.or(auto), ..own }
}

/// The states for a configuration, the `generation`th, taking over what is known of the same providers; those that are not
/// in it are absent from `now` on.
pub(crate) fn states(
    now: Duration,
    params: &Params,
    mut old: Vec<ProviderState>,
    absent: &mut Absent<ProviderState>,
    generation: u64,
) -> Vec<ProviderState> {
    absent.sweep(now);
    let state = |provider: &ProviderParams| {
        let here = old.iter().position(|state| state.identity == provider.identity);
        match here.map(|at| old.swap_remove(at)).or_else(|| absent.take(provider.identity)) {
            Some(mut state) => {
                state.adopt(now, provider);
                state
            }
            None => ProviderState::new(now, provider, generation),
        }
    };
    let states = params.providers.iter().map(state).collect();
    old.into_iter().for_each(|state| absent.leave(now, state));
    states
}
