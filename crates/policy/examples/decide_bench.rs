//! What a decision costs: 64 providers with 8 keys each, by strategy. `start` chooses and orders the candidates,
//! `decide` takes one, `observe` remembers the answer.
//!
//! `cargo run --profile quick -p tokgate-policy --example decide_bench`

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a measurement reads the time and prints it")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokgate_policy::engine::{Decision, Engine, Facts, KeyParams, Outcome, Params, ProfileParams, ProviderParams};
use tokgate_policy::engine::{Sticky, Strategy};

const PROVIDERS: u64 = 64;
const KEYS: u64 = 8;
const ROUNDS: u32 = 20_000;

fn params(providers: u64, strategy: Strategy, sticky: Sticky) -> Arc<Params> {
    let provider = |identity: u64| {
        let key = |place| KeyParams::new(identity * 100 + place);
        let keys = (0..KEYS).map(key).collect();
        ProviderParams { keys, ..ProviderParams::new(&format!("p{identity}"), identity, vec![0]) }
    };
    let providers: Vec<_> = (1..=providers).map(provider).collect();
    let all = (0..providers.len()).collect();
    let profile = ProfileParams { strategy, sticky, ..ProfileParams::new("all", all) };
    Arc::new(Params { providers, profiles: vec![profile], default_profile: 0, routes: Vec::new(), ..Params::default() })
}

fn measure(providers: u64, strategy: Strategy, sticky: Sticky) {
    let mut engine = Engine::new(params(providers, strategy, sticky), 1);
    let [mut start, mut decide, mut observe] = [const { Vec::new() }; 3];
    for round in 0..ROUNDS {
        let now = Duration::from_millis(u64::from(round));
        let session = Some(u64::from(round % 500));
        let price = |name: &str, _: &str, _: bool| Some(name.len() as u64);
        let facts = Facts { model: Some("claude-sonnet-5"), session, price: &price, ..Facts::new(0) };
        let at = Instant::now();
        let Ok(mut flight) = engine.start(now, &facts) else { continue };
        let started = Instant::now();
        let decision = engine.decide(now, &mut flight);
        let decided = Instant::now();
        assert!(matches!(black_box(decision), Decision::Try(_)), "everything is healthy");
        let before = Instant::now();
        engine.observe(now, &mut flight, &Outcome::Success);
        observe.push(before.elapsed());
        start.push(started - at);
        decide.push(decided - started);
    }
    println!(
        "{providers:>3} providers  {:<12} sticky {:<8} start {:>6} ns  decide {:>5} ns  observe {:>5} ns",
        strategy.id(),
        format!("{sticky:?}").to_lowercase(),
        median(start),
        median(decide),
        median(observe),
    );
}

/// In nanoseconds. Not the mean: others run on this machine too.
fn median(mut all: Vec<Duration>) -> u128 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default().as_nanos()
}

fn main() {
    for providers in [1, PROVIDERS] {
        for strategy in Strategy::ALL {
            measure(providers, strategy, Sticky::Off);
            measure(providers, strategy, Sticky::Session);
        }
    }
}
