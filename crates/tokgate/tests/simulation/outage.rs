//! Everything fails for ten minutes under a hundred clients, and works again: what that costs the providers, and how it
//! ends.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{FailoverParams, ProviderParams};
use tokgate_simulator::Rng;

use crate::corpus::Corpus;
use crate::invariant::Violation;
use crate::mind::Bug;
use crate::swarm::Swarm;
use crate::upstream::Outage;
use crate::world::{EPOCH, Event, Journal, World};

/// Clients, each with a conversation of its own.
const CLIENTS: usize = 100;

/// Requests a second of all of them together, besides those they repeat.
const RATE: f64 = 20.0;

/// From the beginning of the world.
const BEGINS: Duration = Duration::from_secs(120);
const ENDS: Duration = Duration::from_secs(720);
const OVER: Duration = Duration::from_secs(900);

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    /// While it lasted, but for the first ten seconds.
    pub(crate) requests: usize,
    pub(crate) attempts: usize,
    /// From the moment on at which somebody could be tested again: until an attempt began that succeeded.
    pub(crate) recovered_after: Duration,
    /// Attempts of the first tenth of a second from that moment on.
    pub(crate) first_tenth: usize,
}

/// Lives through it with this many providers.
pub(crate) fn outage(
    seed: u64,
    providers: usize,
    how: Outage,
    bug: Option<Bug>,
    corpus: &Arc<Corpus>,
) -> Result<Report, Violation> {
    let mut rng = Rng::new(seed);
    let swarm = Swarm {
        rate: RATE,
        sessions: CLIENTS,
        streams: 0.9,
        repeats: 0.8,
        hints: false,
        tiers: 0,
        failover: FailoverParams::default(),
        providers: (0..providers).map(provider).collect(),
        ..Swarm::calm(&mut rng, corpus)
    };
    let mut world = World::of(swarm, rng, corpus, bug, 0);
    world.journal = Some(Journal::default());
    world.ends = EPOCH + OVER;
    world.at(EPOCH, Event::Traffic);
    world.at(EPOCH, Event::Tick);
    world.at(EPOCH + BEGINS, Event::Down(Some(how)));
    world.at(EPOCH + ENDS, Event::Down(None));
    match world.run() {
        Some(violation) => Err(violation),
        None => Ok(report(&world)),
    }
}

fn provider(number: usize) -> ProviderParams {
    let identity = number as u64 + 1;
    ProviderParams::new(&format!("p{number}"), identity, vec![0, 1, 2])
}

fn report(world: &World) -> Report {
    let journal = world.journal.as_ref().unwrap();
    let between = |times: &[Duration], from: Duration, to: Duration| {
        times.iter().filter(|at| **at >= EPOCH + from && **at < EPOCH + to).count()
    };
    let late = BEGINS + Duration::from_secs(10);
    let end = EPOCH + ENDS;
    let due = journal.due_at_end.map_or(end, |due| due.max(end));
    let first_success = journal.succeeded.iter().copied().filter(|at| *at >= end).min();
    let first = journal.attempted.iter().copied().filter(|at| *at >= end).min().unwrap_or(end);
    let tenth = first + Duration::from_millis(100);
    Report {
        requests: between(&journal.arrived, late, ENDS),
        attempts: between(&journal.attempted, late, ENDS),
        recovered_after: first_success.map_or(Duration::MAX, |at| at.saturating_sub(due)),
        first_tenth: journal.attempted.iter().filter(|at| **at >= first && **at < tenth).count(),
    }
}
