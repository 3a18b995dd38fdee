//! The configuration changes while streams run: none is cut, no connection is refused, and a wrong file changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokgate_simulator::{Options, Protocol, Raw, Script, Simulator, expected_bytes};
use tokio::task::JoinSet;

use crate::call::Call;
use crate::house::{House, guarded, section};

/// Reloads; every second one is of a file that must be refused.
const RELOADS: usize = 500;
/// Streams that run all the time.
const STREAMS: usize = 200;
/// Bytes of each stream, in pieces with a pause: about a second.
const STREAM_BYTES: usize = 10_000;
const PIECE_BYTES: usize = 500;
const PAUSE_MS: u64 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_reloads_cut_no_stream_and_refuse_no_connection() {
    let stream = Arc::new(expected_bytes(Protocol::Anthropic, 7, STREAM_BYTES));
    let upstream = Simulator::start(Options { log_max: 0, ..Options::default() }).await.unwrap();
    upstream.script(Script::always(tokgate_simulator::Behaviour::Raw(Raw {
        content_type: "text/event-stream".to_owned(),
        body: String::from_utf8(stream.to_vec()).unwrap(),
        write_bytes: PIECE_BYTES,
        gap_ms: PAUSE_MS,
        ..Raw::default()
    })));
    let url = upstream.url();
    let mut house = House::open(&valid(&url, 0)).await;
    let over = Arc::new(AtomicBool::new(false));
    let finished = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..STREAMS {
        let (over, finished, stream, address) = (over.clone(), finished.clone(), stream.clone(), house.address);
        clients.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let reply = guarded(Call::ask(Protocol::Anthropic, true).send(address)).await;
                assert_eq!((reply.status, reply.cut), (200, false), "{}", reply.text());
                assert!(reply.body == *stream, "{} of {} bytes", reply.body.len(), stream.len());
                finished.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    guarded(upstream.until(|_, counters| counters.requests_open >= STREAMS as u64)).await;
    for round in 1..=RELOADS {
        if round % 2 == 0 {
            house
                .reconfigure(&invalid(&url, round), |house| {
                    problem(house).is_some_and(|text| text.contains(&mark(round)))
                })
                .await;
            assert_eq!(note(&house), Some(mark(round - 1)), "the running configuration stays");
        } else {
            house
                .reconfigure(&valid(&url, round), |house| note(house) == Some(mark(round)) && problem(house).is_none())
                .await;
        }
        assert!(house.gateway().in_flight() > 0, "streams run");
    }
    over.store(true, Ordering::Relaxed);
    // A client that met a refused connection or a wrong stream has panicked.
    clients.join_all().await;
    let finished = finished.load(Ordering::Relaxed);
    println!("reload: {RELOADS} reloads under {STREAMS} running streams, {finished} streams, all whole");
    assert!(finished >= STREAMS);
    let version = house.gateway().snapshot().version;
    assert!(version > (RELOADS / 2) as u64, "{version}");
}

fn mark(round: usize) -> String {
    format!("round-{round}")
}

fn valid(url: &str, round: usize) -> String {
    let more = format!("keys = [\"sk-alpha-0001\"]\nnote = \"{}\"", mark(round));
    section("a", Protocol::Anthropic, url, &more)
}

/// Wrong in a different way each time.
fn invalid(url: &str, round: usize) -> String {
    let good = valid(url, round);
    let mark = mark(round);
    match round / 2 % 4 {
        0 => format!("{good}\n[[route]]\nto = \"provider:{mark}\"\n"),
        1 => format!("{good}\n\"{mark}\" = 1\n"),
        2 => format!("{good}\n[profile.x]\nproviders = [\"{mark}\"]\n"),
        // A torn file: the error shows its last line.
        _ => format!("{good}\n\"{mark}\" = [1, "),
    }
}

fn note(house: &House) -> Option<String> {
    house.gateway().snapshot().config.providers[0].note.clone()
}

fn problem(house: &House) -> Option<String> {
    house.handler.config_problem.lock().clone()
}
