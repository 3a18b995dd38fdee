//! A provider among others that share the requests fails more often than they do, and yet too seldom for its breaker: how
//! much it gets.

use std::sync::Arc;

use tokgate_policy::engine::{FailoverParams, Params, ProfileParams, ProviderParams, Sticky, Strategy};
use tokgate_simulator::Rng;

use crate::corpus::Corpus;
use crate::invariant::{self, Violation};
use crate::mind::Bug;
use crate::swarm::Swarm;
use crate::world::{EPOCH, Event, HOUR, Journal, World};

/// Part of its answers that fail. The others' never do.
const FAILS: f64 = 0.4;

/// Lives through an hour of it. Attempts of the last two minutes at it, and at all.
pub(crate) fn outlier(seed: u64, bug: Option<Bug>, corpus: &Arc<Corpus>) -> Result<(u32, u32), Violation> {
    let mut rng = Rng::new(seed);
    let providers = (1..=3).map(|identity| ProviderParams::new(&format!("p{}", identity - 1), identity, vec![0, 1, 2]));
    let swarm = Swarm {
        rate: 4.0,
        sessions: 24,
        streams: 0.9,
        repeats: 0.0,
        tiers: 0,
        failover: FailoverParams::default(),
        providers: providers.collect(),
        ..Swarm::calm(&mut rng, corpus)
    };
    let profile = ProfileParams {
        strategy: Strategy::RoundRobin,
        sticky: Sticky::Off,
        ..ProfileParams::new("all", vec![0, 1, 2])
    };
    let params = Params { providers: swarm.providers.clone(), profiles: vec![profile], ..Params::default() };
    let mut world = World::of(swarm, rng, corpus, bug, 0);
    world.configure(params.into());
    world.journal = Some(Journal::default());
    world.ends = EPOCH + HOUR;
    world.at(EPOCH, Event::Traffic);
    world.at(EPOCH, Event::Tick);
    let fault = world.key_faults.of("500").unwrap();
    world.upstreams.get_mut(&1).unwrap().fail(fault, FAILS);
    if let Some(violation) = world.run() {
        return Err(violation);
    }
    let asked = |identity| world.ledger.roster.get(identity).map_or(0, |member| member.seen.asked);
    let (its, all) = (asked(1), asked(1) + asked(2) + asked(3));
    invariant::o1_an_outlier_gets_less(its, all)?;
    Ok((its, all))
}
