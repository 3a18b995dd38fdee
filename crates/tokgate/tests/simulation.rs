//! Deterministic simulation: the policy's engine and the steps of the attempt line in a world whose clock nobody waits
//! for. A seed is a virtual hour; the same seed is the same hour. How far it reaches stands in docs/evidence.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "simulation/corpus.rs"]
mod corpus;
#[path = "simulation/invariant.rs"]
mod invariant;
#[path = "simulation/ledger.rs"]
mod ledger;
#[path = "simulation/line.rs"]
mod line;
#[path = "simulation/mind.rs"]
mod mind;
#[path = "simulation/request.rs"]
mod request;
#[path = "simulation/swarm.rs"]
mod swarm;
#[path = "simulation/trace.rs"]
mod trace;
#[path = "simulation/upstream.rs"]
mod upstream;
#[path = "simulation/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use corpus::Corpus;
use mind::Bug;
use tokgate_policy::classify::Row;
use world::World;

/// Virtual hours of this test.
const HOURS: u64 = 500;

/// Hours within which a planted bug must show.
const SEEDS_TO_FIND: u64 = 60;

/// Rows of the failure table that this world does not meet, with and without a stream, and why.
const ELSEWHERE: [(&str, &str, &str); 19] = [
    ("untranslatable", "json", "same protocol on both sides here"),
    ("untranslatable", "stream", "same protocol on both sides here"),
    ("reset-reused", "json", "the sender's pool repeats it, below this line"),
    ("reset-reused", "stream", "the sender's pool repeats it, below this line"),
    ("too-slow", "stream", "a stream has other deadlines"),
    ("field-refused", "json", "edits of bodies are not made here"),
    ("field-refused", "stream", "edits of bodies are not made here"),
    ("deployment-not-found", "json", "clouds are not here"),
    ("deployment-not-found", "stream", "clouds are not here"),
    ("empty-stream", "json", "no stream"),
    ("malformed-event", "json", "no stream"),
    ("truncated", "json", "no stream"),
    ("idle-timeout", "json", "no stream"),
    ("malformed-late", "json", "after content a damaged event is only flagged"),
    ("malformed-late", "stream", "after content a damaged event is only flagged"),
    ("error-in-stream", "json", "no stream"),
    ("refused-in-stream", "json", "no stream"),
    ("client-gone", "json", "told as cancelled, not as a failure"),
    ("client-gone", "stream", "told as cancelled, not as a failure"),
];

/// Rows met in some runs of this length and not in others: too seldom to be asked for.
const SELDOM: [(&str, &str); 1] = [("answer-cut", "stream")];

/// Runs one hour; the text of a violation says how to see it again.
fn hour(seed: u64, corpus: &Arc<Corpus>) -> World {
    let mut world = World::new(seed, corpus, None, 0);
    if let Some(violation) = world.run() {
        let mut again = World::new(seed, corpus, None, 80);
        again.run();
        panic!(
            "seed {seed}: {} at {:.3} s: {}\nagain: make simulate SEED={seed}\n{}",
            violation.law,
            again.now.as_secs_f64(),
            violation.text,
            again.trace.lines(),
        );
    }
    world
}

#[test]
fn five_hundred_virtual_hours_break_no_invariant_and_meet_every_kind_of_failure() {
    let corpus = Arc::new(Corpus::read());
    let mut all = world::Counters::default();
    let mut met = BTreeSet::new();
    for seed in 0..HOURS {
        let world = hour(seed, &corpus);
        all.requests += world.counters.requests;
        all.attempts += world.counters.attempts;
        met.extend(world.met.into_keys());
    }
    println!("{HOURS} virtual hours, {} requests, {} attempts", all.requests, all.attempts);
    let mut unmet = Vec::new();
    for row in Row::ALL.iter().map(|row| row.id()) {
        for (kind, rest) in [("json", 0), ("stream", 1)] {
            if !SELDOM.contains(&(row, kind))
                && !(0..corpus::MODES).any(|mode| mode % 2 == rest && met.contains(&(row, mode)))
            {
                unmet.push((row, kind));
            }
        }
    }
    let elsewhere: Vec<_> = ELSEWHERE.iter().map(|(row, kind, _)| (*row, *kind)).collect();
    assert_eq!(unmet, elsewhere);
}

#[test]
fn the_same_seed_is_the_same_hour() {
    let corpus = Arc::new(Corpus::read());
    let trace = |seed| hour(seed, &corpus).trace.hash();
    for seed in [3, 7] {
        assert_eq!(trace(seed), trace(seed), "seed {seed}");
    }
    assert_ne!(trace(3), trace(7));
}

/// A checker that never fails proves nothing.
#[test]
fn each_planted_bug_is_found_by_its_invariant() {
    let corpus = Arc::new(Corpus::read());
    for (bug, law) in Bug::ALL {
        let found = (0..SEEDS_TO_FIND).find_map(|seed| {
            let violation = World::new(seed, &corpus, Some(bug), 0).run()?;
            (violation.law == law).then_some(seed)
        });
        println!("{bug:?}: {law} at seed {found:?}");
        assert!(found.is_some(), "{bug:?} was not found by {law} within {SEEDS_TO_FIND} hours");
    }
}

/// What the list says of each fault over sockets, the simulated line says too.
#[test]
fn an_answer_means_here_what_it_means_over_sockets() {
    for entry in &Corpus::read().faults {
        for take in entry.takes.iter().flatten() {
            let corpus::Heard::Whole(Some(result)) = &take.heard else { continue };
            let row = result.map_or_else(|verdict| verdict.row.id(), |()| "ok");
            let fits = take.truth.row.split('|').any(|wanted| match wanted.strip_suffix('*') {
                Some(start) => row.starts_with(start),
                None => row == wanted,
            });
            assert!(fits, "{}: {row}, and the list says {}", entry.name, take.truth.row);
        }
    }
}
