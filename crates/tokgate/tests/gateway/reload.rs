//! The configuration changes while streams run: none is cut, no connection is refused, and a wrong file changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokgate::process::admin::AdminHandler as _;
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
                    // Of a torn file only the place and the kind are told.
                    problem(house).is_some_and(|text| text.contains(&mark(round)) || text.contains("TOML"))
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

#[tokio::test]
async fn a_file_that_vanishes_or_is_emptied_under_a_running_gateway_leaves_it_where_it_is() {
    let mut house = House::open(&valid("http://127.0.0.1:9", 1)).await;
    let bare = "[server]\nlisten = \"127.0.0.1:0\"\n";
    for (contents, word) in [
        (None, "there is no configuration file"),
        (Some(""), "is empty"),
        (Some("\n\n"), "is empty"),
        (Some(bare), "no provider"),
    ] {
        house.leave(contents, |house| problem(house).is_some_and(|text| text.contains(word))).await;
        assert_eq!(note(&house), Some(mark(1)), "{contents:?}");
        assert!(!house.gateway().snapshot().is_practice_only());
        assert_eq!(house.handler.status().address, format!("http://{}", house.address), "{contents:?}");
    }
    house.reconfigure(&valid("http://127.0.0.1:9", 3), |house| note(house) == Some(mark(3))).await;
    assert_eq!(problem(&house), None);
}

#[tokio::test]
async fn why_a_reload_was_refused_is_one_sentence_with_its_place_in_both_languages() {
    let mut house = House::open(&valid("http://127.0.0.1:9", 1)).await;
    house.leave(Some("[server]\nlisten = \"127.0.0.1:0\"\nlocal_key = \""), |house| problem(house).is_some()).await;
    let refused = house.handler.config_problem.lock().clone().unwrap();
    assert!(refused.what.en.contains(".toml:3:") && refused.what.en.contains("TOML"), "{refused:?}");
    assert!(refused.what.zh.contains("不是合法的 TOML"), "{refused:?}");
    assert!(!refused.what.en.contains('\n') && refused.fix.en.ends_with("config validate"), "{refused:?}");
}

#[tokio::test]
async fn a_reload_to_a_taken_port_says_so_and_does_not_send_to_the_file() {
    let mut house = House::open(&valid("http://127.0.0.1:9", 1)).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let moved = format!("[server]\nlisten = \"{address}\"\n{}", valid("http://127.0.0.1:9", 3));
    house.leave(Some(&moved), |house| problem(house).is_some()).await;
    let refused = house.handler.config_problem.lock().clone().unwrap();
    assert!(refused.what.en.starts_with(&address) && !refused.what.en.contains('\n'), "{refused:?}");
    assert!(!refused.fix.en.contains("validate") && refused.fix.en.contains("another address"), "{refused:?}");
    assert_eq!(note(&house), Some(mark(1)));
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
        // A torn file.
        _ => format!("{good}\n\"{mark}\" = [1, "),
    }
}

fn note(house: &House) -> Option<String> {
    house.gateway().snapshot().config.providers[0].note.clone()
}

fn problem(house: &House) -> Option<String> {
    house.handler.config_problem.lock().as_ref().map(|refused| refused.what.en.clone())
}
