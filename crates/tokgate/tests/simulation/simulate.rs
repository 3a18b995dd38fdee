//! Runs many virtual hours, or shows one: `simulate --hours 1000 --state FILE`, `simulate --seed 7`. With a state file it
//! goes on where it stopped. A violation ends it with status 1 and is written with the seed that shows it again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a tool for the test")]
#![allow(dead_code, reason = "the tests use the rest")]

#[path = "allowance.rs"]
mod allowance;
#[path = "corpus.rs"]
mod corpus;
#[path = "disk.rs"]
mod disk;
#[path = "exposure.rs"]
mod exposure;
#[path = "invariant.rs"]
mod invariant;
#[path = "ledger.rs"]
mod ledger;
#[path = "line.rs"]
mod line;
#[path = "mind.rs"]
mod mind;
#[path = "outage.rs"]
mod outage;
#[path = "outlier.rs"]
mod outlier;
#[path = "request.rs"]
mod request;
#[path = "roster.rs"]
mod roster;
#[path = "swarm.rs"]
mod swarm;
#[path = "trace.rs"]
mod trace;
#[path = "upstream.rs"]
mod upstream;
#[path = "world.rs"]
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use corpus::Corpus;
use tokgate::clock;
use world::World;

/// Seeds below this belong to `make test`.
const FIRST_SEED: u64 = 500;

/// Hours between two looks at the state file.
const HOURS_A_LOOK: u64 = 100;

/// Lines that are shown of an hour.
const LINES: usize = 100_000;

/// What has been run.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    next_seed: u64,
    hours: u64,
    requests: u64,
    attempts: u64,
    violations: u64,
    millis: u64,
}

fn main() -> ExitCode {
    let mut hours = 0;
    let mut seed = None;
    let mut state = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match argument.as_str() {
            "--hours" => hours = value.parse().unwrap_or(0),
            "--seed" => seed = value.parse().ok(),
            "--state" => state = Some(PathBuf::from(value)),
            _ => {
                println!("simulate [--hours N] [--seed N] [--state FILE]");
                return ExitCode::from(2);
            }
        }
    }
    let corpus = Arc::new(Corpus::read());
    match seed {
        Some(seed) => show(seed, &corpus),
        None => accumulate(hours, state.as_deref(), &corpus),
    }
}

/// Shows one hour.
fn show(seed: u64, corpus: &Arc<Corpus>) -> ExitCode {
    let mut world = World::new(seed, corpus, None, LINES);
    let violation = world.run();
    print!("{}", world.trace.lines());
    println!("seed {seed}: {:?}, {:?}, trace {:016x}", world.counters, world.peak, world.trace.hash());
    match violation {
        None => ExitCode::SUCCESS,
        Some(violation) => {
            println!("{} at {:.3} s: {}", violation.law, world.now.as_secs_f64(), violation.text);
            ExitCode::FAILURE
        }
    }
}

/// Runs so many hours more.
fn accumulate(hours: u64, state: Option<&Path>, corpus: &Arc<Corpus>) -> ExitCode {
    let mut sum = state.map_or_else(Sum::default, Sum::read);
    sum.next_seed = sum.next_seed.max(FIRST_SEED);
    let mut since = clock::now();
    for hour in 0..hours {
        let seed = sum.next_seed;
        let mut world = World::new(seed, corpus, None, 0);
        let violation = world.run();
        sum.next_seed += 1;
        sum.hours += 1;
        sum.requests += world.counters.requests;
        sum.attempts += world.counters.attempts;
        if let Some(violation) = &violation {
            sum.violations += 1;
            println!("seed {seed}: {} {}; again: make simulate SEED={seed}", violation.law, violation.text);
        }
        if violation.is_some() || (hour + 1) % HOURS_A_LOOK == 0 || hour + 1 == hours {
            let now = clock::now();
            sum.millis += u64::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(0);
            since = now;
            if let Some(state) = state {
                sum.write(state);
            }
        }
        if violation.is_some() {
            return ExitCode::FAILURE;
        }
    }
    println!("{}", sum.text());
    ExitCode::SUCCESS
}

impl Sum {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            line.and_then(|value| value.parse().ok()).unwrap_or(0)
        };
        Self {
            next_seed: value("next_seed"),
            hours: value("hours"),
            requests: value("requests"),
            attempts: value("attempts"),
            violations: value("violations"),
            millis: value("millis"),
        }
    }

    fn write(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of the state file");
        }
        std::fs::write(path, self.text()).expect("the state file");
    }

    fn text(&self) -> String {
        let Self { next_seed, hours, requests, attempts, violations, millis } = self;
        let rate = *hours as f64 / Duration::from_millis((*millis).max(1)).as_secs_f64();
        format!(
            "next_seed = {next_seed}\nhours = {hours}\nrequests = {requests}\nattempts = {attempts}\n\
             violations = {violations}\nmillis = {millis}\n# virtual hours per second on one core: {rate:.1}\n"
        )
    }
}
