//! What a seed turns on: which faults there are in its world and how often, who asks how much, and what else happens.
//! Each world has only some of everything, so that rare combinations are not drowned by common ones.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{
    FailoverParams, KeyChoice, KeyParams, Params, ProfileParams, ProviderParams, Recover, Sticky, Strategy, Tier,
};
use tokgate_simulator::Rng;

use crate::corpus::Corpus;

/// Protocols of clients.
pub(crate) const PROTOCOLS: u8 = 3;

/// Most providers of a world.
const PROVIDERS_MAX: usize = 8;

/// Chances and choices from the one generator of a world.
pub(crate) trait Chance {
    /// Whether something of this probability happens.
    fn chance(&mut self, probability: f64) -> bool;
    /// A number between the two.
    fn between(&mut self, low: f64, high: f64) -> f64;
    /// A time between the two, in seconds; short ones are as likely as long ones of the next magnitude.
    fn seconds(&mut self, low: f64, high: f64) -> Duration;
}

impl Chance for Rng {
    fn chance(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        let part = f64::from((self.next() >> 32) as u32) / f64::from(u32::MAX);
        low + (high - low) * part
    }

    fn seconds(&mut self, low: f64, high: f64) -> Duration {
        Duration::from_secs_f64(low * (high / low).powf(self.between(0.0, 1.0)))
    }
}

/// What there is in a world.
#[derive(Debug)]
pub(crate) struct Swarm {
    /// Requests per second.
    pub(crate) rate: f64,
    pub(crate) sessions: usize,
    /// Faults of the corpus.
    pub(crate) faults: Vec<usize>,
    /// Failures of the way to a provider.
    pub(crate) ways: bool,
    pub(crate) silence: bool,
    pub(crate) unreadable_keys: bool,
    pub(crate) key_trouble: bool,
    /// Chance of a fault outside of any bad time.
    pub(crate) background: f64,
    /// Bad and good times of a provider: shortest, longest, in seconds.
    pub(crate) bad: (f64, f64),
    pub(crate) good: (f64, f64),
    /// Shares of requests.
    pub(crate) streams: f64,
    pub(crate) cancels: f64,
    pub(crate) logins: f64,
    pub(crate) tied: f64,
    pub(crate) deadlines: f64,
    pub(crate) repeats: f64,
    /// Seconds between, when there are any.
    pub(crate) reloads: Option<f64>,
    pub(crate) jumps: Option<f64>,
    pub(crate) sleeps: Option<f64>,
    pub(crate) drains: Option<f64>,
    pub(crate) outages: Option<f64>,
    pub(crate) switches: Option<f64>,
    /// Profiles of lower tiers.
    pub(crate) tiers: usize,
    pub(crate) failover: FailoverParams,
    /// Answers that refuse name moments to come back at.
    pub(crate) hints: bool,
    pub(crate) providers: Vec<ProviderParams>,
    /// What each of them takes for a request.
    pub(crate) prices: Vec<u64>,
}

impl Swarm {
    /// The swarm of a seed.
    pub(crate) fn draw(rng: &mut Rng, corpus: &Corpus) -> Self {
        let share = [0.1, 0.3, 0.6][rng.below(3)];
        let maybe = |rng: &mut Rng, low, high| rng.chance(0.5).then(|| rng.between(low, high));
        let part = |rng: &mut Rng, most| if rng.chance(0.5) { rng.between(0.0, most) } else { 0.0 };
        Self {
            rate: [0.2, 0.5, 1.0, 1.0, 2.0][rng.below(5)],
            sessions: 1 + rng.below(24),
            faults: (0..corpus.faults.len()).filter(|_| rng.chance(share)).collect(),
            ways: rng.chance(0.7),
            silence: rng.chance(0.4),
            unreadable_keys: rng.chance(0.2),
            key_trouble: rng.chance(0.6),
            background: part(rng, 0.05),
            bad: [(2.0, 20.0), (10.0, 300.0), (60.0, 1200.0)][rng.below(3)],
            good: [(30.0, 300.0), (120.0, 1800.0)][rng.below(2)],
            streams: [0.0, 0.7, 0.9, 1.0][rng.below(4)],
            cancels: part(rng, 0.05),
            logins: part(rng, 0.2),
            tied: part(rng, 0.05),
            deadlines: part(rng, 0.1),
            repeats: part(rng, 0.8),
            reloads: maybe(rng, 60.0, 1200.0),
            jumps: maybe(rng, 120.0, 1800.0),
            sleeps: maybe(rng, 600.0, 3600.0),
            drains: maybe(rng, 900.0, 3600.0),
            outages: maybe(rng, 600.0, 3600.0),
            switches: maybe(rng, 300.0, 1800.0),
            tiers: [0, 0, 1, 2][rng.below(4)],
            failover: failover(rng),
            hints: true,
            providers: (0..1 + rng.below(PROVIDERS_MAX)).map(|number| provider(rng, number)).collect(),
            prices: (0..PROVIDERS_MAX).map(|_| [1_000, 1_000, 1_400, 2_600, 20_000][rng.below(5)]).collect(),
        }
    }

    /// What a provider takes for a request.
    pub(crate) fn price(&self, name: &str) -> u64 {
        let at = self.providers.iter().position(|provider| *provider.name == *name);
        self.prices[at.unwrap()]
    }
}

impl Swarm {
    /// A swarm in which nothing goes wrong.
    pub(crate) fn calm(rng: &mut Rng, corpus: &Corpus) -> Self {
        Self {
            faults: Vec::new(),
            ways: false,
            silence: false,
            unreadable_keys: false,
            key_trouble: false,
            background: 0.0,
            cancels: 0.0,
            logins: 0.0,
            tied: 0.0,
            deadlines: 0.0,
            reloads: None,
            jumps: None,
            sleeps: None,
            drains: None,
            outages: None,
            switches: None,
            ..Self::draw(rng, corpus)
        }
    }
}

fn provider(rng: &mut Rng, number: usize) -> ProviderParams {
    let identity = number as u64 + 1;
    let keys = [0, 1, 1, 2, 3, 4][rng.below(6)];
    let client = keys > 0 && rng.chance(0.15);
    let key =
        |place: usize| KeyParams { client: client && place == 0, ..KeyParams::new(identity * 100 + place as u64) };
    let all: Vec<u8> = (0..PROTOCOLS).collect();
    let (own, translated) = all.into_iter().partition(|_| rng.chance(0.8));
    let declares = |rng: &mut Rng, unit: u64| rng.chance(0.3).then(|| unit * (1 + rng.below(3) as u64));
    ProviderParams {
        keys: (0..keys).map(key).collect(),
        key_choice: if rng.chance(0.5) { KeyChoice::RoundRobin } else { KeyChoice::FillFirst },
        translates: if rng.chance(0.5) { translated } else { Vec::new() },
        weight: [100, 100, 50, 1, 0][rng.below(5)],
        attempts_max: [4, 4, 4, 2, 1][rng.below(5)],
        body_max: declares(rng, 1000),
        context_max: declares(rng, 100_000),
        ..ProviderParams::new(&format!("p{number}"), identity, own)
    }
}

fn failover(rng: &mut Rng) -> FailoverParams {
    FailoverParams {
        auto: rng.chance(0.8),
        after: 1 + rng.below(4) as u32,
        cooldown: rng.seconds(10.0, 300.0),
        recover: [Recover::Auto, Recover::Auto, Recover::Ask, Recover::Never][rng.below(4)],
        recover_after: 1 + rng.below(3) as u32,
        max_per_hour: [1, 12, 60][rng.below(3)],
        confirm_above: [150, 1_000][rng.below(2)],
        fallback: rng.chance(0.8),
        ..FailoverParams::default()
    }
}

/// A configuration with some of the providers, in some order, shared out among its profiles.
pub(crate) fn configuration(rng: &mut Rng, swarm: &Swarm, first: bool) -> Arc<Params> {
    let providers = &swarm.providers;
    let mut chosen: Vec<ProviderParams> = providers.to_vec();
    if !first {
        for place in (1..chosen.len()).rev() {
            if rng.chance(0.3) {
                chosen.swap(place, rng.below(place + 1));
            }
        }
        chosen.retain(|_| rng.chance(0.9));
        for provider in &mut chosen {
            provider.enabled = rng.chance(0.9);
            provider.keys.retain(|_| rng.chance(0.95));
            for key in &mut provider.keys {
                key.enabled = rng.chance(0.95);
            }
        }
    }
    if chosen.is_empty() {
        chosen.extend(providers.first().cloned());
    }
    let strategy = if rng.chance(0.4) { Strategy::Failover } else { Strategy::ALL[rng.below(Strategy::ALL.len())] };
    let sticky = if rng.chance(0.7) { Sticky::Session } else { Sticky::Off };
    let ordered = rng.chance(0.7);
    let names = ["all", "spare", "last"];
    let tiers = [Tier::Primary, Tier::Secondary, Tier::Fallback];
    let count = if first || rng.chance(0.9) { 1 + swarm.tiers.min(chosen.len() - 1) } else { 1 };
    let profiles = (0..count).map(|number| {
        // Each has its own providers; one may stand in two profiles.
        let own = (0..chosen.len()).filter(|place| place % count == number || rng.chance(0.1)).collect();
        ProfileParams { ordered, strategy, sticky, tier: tiers[number], ..ProfileParams::new(names[number], own) }
    });
    let profiles = profiles.collect();
    Arc::new(Params { providers: chosen, profiles, failover: swarm.failover, ..Params::default() })
}
