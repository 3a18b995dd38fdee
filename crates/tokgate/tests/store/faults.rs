//! A disk that refuses to write: what is asked of it is in the file, is held, or is counted as lost, at every moment.
//!
//! The failures are the system's own. A process may be forbidden to write beyond a size, and every write of the database
//! beyond that fails. As the limit holds for a whole process, the test runs again in one of its own, which is started by a
//! shell that has the signal ignored which would otherwise end it.

use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokgate::clock;
use tokgate::store::writer::{Place, Recorder};
use tokgate_simulator::Rng;

use super::{Bench, record};

/// Set in the process that may not write.
const INSIDE: &str = "TOKGATE_TEST_DISK_FAILS";

/// Rounds of the writer.
const ROUNDS: u64 = 3_000;

/// From now on no write of this process beyond so many bytes of a file succeeds.
fn allow(bytes: Option<u64>) {
    setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[test]
fn on_a_disk_that_fails_rows_are_requests_less_counted_drops() {
    if std::env::var_os(INSIDE).is_some() {
        return fail_and_recover();
    }
    let test = "faults::on_a_disk_that_fails_rows_are_requests_less_counted_drops";
    let shell = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&shell.stdout).into_owned() + &String::from_utf8_lossy(&shell.stderr);
    assert!(shell.status.success() && said.contains("1 passed"), "{said}");
    println!("{}", said.lines().find(|line| line.contains("rounds")).unwrap_or_default());
}

/// The writer's rounds are made by hand, in a time that nobody waits for.
fn fail_and_recover() {
    let bench = Bench::new();
    let (recorder, mut rounds) = Recorder::by_hand(bench.options());
    let mut rng = Rng::new(17);
    let mut now = clock::now();
    let (mut pushed, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        // Short failures and long ones: within the 30 s after which a lost file is looked for again, and longer.
        if rng.below(40) == 0 {
            let size = [0, 4_096, 40_000, 400_000, 4_000_000][rng.below(5)];
            allow((rng.below(3) > 0).then_some(size));
        }
        let came = rng.below(60);
        (0..came).for_each(|_| recorder.push(record()));
        pushed += came as u64;
        now += Duration::from_millis([200, 1_000, 31_000][rng.below(3)]);
        rounds.round(now);
        refused += u64::from(matches!(recorder.health().place, Place::Memory(_)));
        if round % 100 == 99 {
            allow(None);
            balance(&bench, &recorder, pushed);
        }
    }
    allow(None);
    rounds.round(now + Duration::from_secs(60));
    assert_eq!((recorder.health().place, recorder.held().len()), (Place::Disk, 0));
    balance(&bench, &recorder, pushed);
    println!("{ROUNDS} rounds, {refused} without a file, {pushed} records, {} lost", recorder.dropped());
    assert!(refused > ROUNDS / 10 && recorder.dropped() > 0);
}

fn balance(bench: &Bench, recorder: &Recorder, pushed: u64) {
    let health = recorder.health();
    let elsewhere = health.waiting as u64 + recorder.held().len() as u64 + health.dropped;
    assert_eq!(rows(bench) + elsewhere, pushed, "{health:?}");
}

/// What another program finds in the file.
fn rows(bench: &Bench) -> u64 {
    let Ok(file) = Connection::open(bench.path()) else { return 0 };
    let rows = file.query_row("SELECT count(*) FROM request", [], |row| row.get(0));
    rows.map_or(0, |rows: i64| rows.unsigned_abs())
}
