//! `kill -9` at any moment: what was promised is kept, and nothing is done twice that was not allowed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokgate_simulator::{Answer, Options, Script, Simulator, Step};

use super::home::{Door, Gateway, Home};

/// Kills of a usual run; `TOKGATE_KILLS` asks for more.
const KILLS: u32 = 30;
/// Submitters at the same time.
const SUBMITTERS: u32 = 3;
/// The longest life of a gateway.
const LIFE_MAX_MS: u64 = 250;

/// A job that was promised.
#[derive(Debug)]
struct Promised {
    location: String,
    twice: bool,
}

fn kills() -> u32 {
    std::env::var("TOKGATE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

/// Every third may be repeated.
fn may_be_repeated(says: &str) -> bool {
    says.rsplit('-').next().and_then(|number| number.parse().ok()).is_some_and(|number: u32| number.is_multiple_of(3))
}

/// Submits until the gateway is gone.
fn submit(door: &Door, name: &str, stop: &AtomicBool, promised: &Mutex<BTreeMap<String, Promised>>) {
    for number in 0_u32.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let says = format!("{name}-{number}");
        let twice = may_be_repeated(&says);
        let headers = format!("prefer: respond-async\r\nx-tokgate-job-at-least-once: {twice}\r\n");
        let Some((202, answer)) = door.messages(&headers, &says) else { return };
        let location = answer.split_once("location: ").unwrap().1.lines().next().unwrap().to_owned();
        promised.lock().insert(says, Promised { location, twice });
    }
}

#[test]
fn no_promised_job_is_lost_and_none_is_done_twice_unasked_however_often_the_gateway_is_killed() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { log_max: 1 << 20, ..Options::default() };
    let upstream = runtime.block_on(Simulator::start(options)).unwrap();
    upstream.script(Script::always(Answer { gap_ms: 3, chunks: 6, ..Answer::text("one two three four five six") }));
    let home = Home::with(&format!(
        "[queue]\nmax = 100000\nat_once = 8\nmax_size = \"4GiB\"\n[log]\nlevel = \"error\"\n[provider.a]\n\
         type = \"anthropic\"\nurl = \"{}\"\nkeys = [\"env:A_KEY\"]\nhttp_proxy = \"none\"\n",
        upstream.url()
    ));
    let key = [("A_KEY", "sk-accepted-0123456789")];
    let promised = Arc::new(Mutex::new(BTreeMap::new()));
    let kills = kills();
    for kill in 0..kills {
        let gateway = Gateway::start(&home, &key);
        let (door, stop) = (home.door(), Arc::new(AtomicBool::new(false)));
        let submitters: Vec<_> = (0..SUBMITTERS)
            .map(|number| {
                let (door, stop, promised) = (door.clone(), Arc::clone(&stop), Arc::clone(&promised));
                std::thread::spawn(move || submit(&door, &format!("job-{kill}-{number}"), &stop, &promised))
            })
            .collect();
        std::thread::park_timeout(Duration::from_millis(rand::random::<u64>() % LIFE_MAX_MS));
        gateway.kill();
        stop.store(true, Ordering::Relaxed);
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    }

    let _gateway = Gateway::start(&home, &key);
    let door = home.door();
    let mut asked: BTreeMap<String, u32> = BTreeMap::new();
    let mut states: BTreeMap<String, u32> = BTreeMap::new();
    let promised = std::mem::take(&mut *promised.lock());
    for (says, job) in &promised {
        let (status, answer) = loop {
            match door.request(&format!("GET {}", job.location), "", "").expect("the gateway lives") {
                (202, _) => std::thread::park_timeout(Duration::from_millis(5)),
                over => break over,
            }
        };
        let state = answer.split_once("x-tokgate-job-state: ").map(|(_, rest)| rest.lines().next().unwrap());
        let state = state.unwrap_or_else(|| panic!("{says} is lost: {answer}"));
        assert!(matches!((status, state), (200, "done") | (502, "unknown")), "{says}: {status} {state}");
        assert!(state == "done" || !job.twice, "{says} was to be repeated: {answer}");
        assert!(state == "unknown" || answer.contains("four five"), "{says}: {answer}");
        *states.entry(state.to_owned()).or_default() += 1;
    }
    for seen in upstream.log() {
        let text = String::from_utf8_lossy(&seen.body).into_owned();
        let says = text.split_once("\"job-").map(|(_, rest)| format!("job-{}", rest.split('"').next().unwrap()));
        *asked.entry(says.unwrap_or_default()).or_default() += 1;
    }
    let mut repeated = 0;
    for (says, times) in asked {
        // Also of those that were stored, but killed before the promise reached the client.
        assert!(times == 1 || may_be_repeated(&says), "{says} was done {times} times");
        repeated += u32::from(times > 1);
    }
    assert!(promised.len() as u32 >= kills, "hardly anything was tried: {}", promised.len());
    println!("{kills} kills: {} promised, {states:?}, {repeated} repeated as allowed", promised.len());
}

/// What a killed process may lose of its records.
const LOST: Duration = Duration::from_secs(1);

#[test]
fn what_was_under_way_for_a_second_leaves_a_record_and_what_had_ended_keeps_its_own() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let upstream = runtime.block_on(Simulator::start(Options::default())).unwrap();
    upstream.script(Script::of([
        Step::from(Answer::text("at once")),
        Answer { gap_ms: 50, chunks: 2_000, ..Answer::text("word ".repeat(2_000)) }.into(),
    ]));
    let home = Home::with(&format!(
        "[log]\nlevel = \"error\"\n[provider.a]\ntype = \"anthropic\"\nurl = \"{}\"\nkeys = [\"env:A_KEY\"]\n\
         http_proxy = \"none\"\n",
        upstream.url()
    ));
    let key = [("A_KEY", "sk-accepted-0123456789")];
    let gateway = Gateway::start(&home, &key);
    assert_eq!(home.ask().0, 200);
    let door = home.door();
    let client = std::thread::spawn(move || {
        let body = r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
        door.request("POST /v1/messages", "", body)
    });
    runtime.block_on(upstream.until(|log, _| log.len() == 2));
    std::thread::park_timeout(LOST);
    gateway.kill();
    client.join().unwrap();

    let _gateway = Gateway::start(&home, &key);
    let records = || -> Vec<serde_json::Value> {
        home.done(&["logs", "--json"]).out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let [whole, killed] = &records()[..] else { panic!("{:?}", records()) };
    assert_eq!(whole["outcome"], "completed");
    assert_eq!((&killed["outcome"], &killed["error"]), (&"failed".into(), &"TG610".into()), "{killed}");
    assert_eq!((&killed["provider"], &killed["stream"]), (&"a".into(), &true.into()), "{killed}");
    assert_eq!(killed["model"], "m", "{killed}");
    assert!(killed["total_ms"].as_f64() > Some(0.0), "{killed}");
}
