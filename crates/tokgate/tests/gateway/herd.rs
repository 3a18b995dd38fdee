//! Many clients at once when a provider fails and when it comes back: what it costs in requests, counted where they
//! arrive.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::memory::Calendar;
use tokgate_simulator::{Answer, Behaviour, Fault, Options, Protocol, Running, Script, Simulator};
use tokio::task::JoinSet;

use crate::call::{Call, Reply};
use crate::house::{House, guarded, section};
use crate::time::Unhurried;

const CLIENTS: usize = 100;
/// Requests of each client, one after the other.
const EACH: usize = 4;

async fn provider(behaviour: impl Into<Behaviour>) -> Running {
    let running = Simulator::start(Options { log_max: 1 << 16, ..Options::default() }).await.unwrap();
    running.script(Script::always(behaviour));
    running
}

async fn house(a: &Running, b: &Running) -> Arc<House> {
    let sections = section("a", Protocol::Anthropic, &a.url(), "keys = [\"sk-a-000000000001\"]")
        + &section("b", Protocol::Anthropic, &b.url(), "keys = [\"sk-b-000000000001\"]")
        + "[profile.default]\nproviders = [\"a\", \"b\"]\n";
    Arc::new(House::open(&sections).await)
}

/// All clients ask at the same time, each a few times.
fn storm(house: &Arc<House>) -> JoinSet<Vec<Reply>> {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let house = Arc::clone(house);
        clients.spawn(async move {
            let mut replies = Vec::new();
            for _ in 0..EACH {
                replies.push(guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await);
            }
            replies
        });
    }
    clients
}

/// What is wrong with an answer that is none.
fn all_good(replies: &[Reply]) {
    let bad = replies.iter().find(|reply| reply.status != 200);
    assert!(bad.is_none(), "{:?}", bad.map(|reply| (reply.status, &reply.headers, reply.text())));
}

/// For the engine it is so much later: what rests or is left alone until then is tried again.
fn later(house: &House, by: Duration) {
    let calendar = Calendar { now: Duration::from_secs(1_000_000), unix_ms: 1_700_000_000_000 };
    let now = tokgate::clock::since_start(tokgate::clock::now());
    let mut engine = house.gateway().engine();
    let kept = engine.export(&Calendar { now, ..calendar });
    let unix_ms = calendar.unix_ms + u64::try_from(by.as_millis()).unwrap();
    engine.restore(&Calendar { now, unix_ms }, &kept);
}

/// How many may begin right after that is a matter of time, and tested without sockets.
#[tokio::test(start_paused = true)]
async fn a_provider_that_comes_back_is_tried_by_one_while_the_others_go_elsewhere() {
    let _time = Unhurried::begin();
    let (a, b) = (provider(Fault::Unavailable).await, provider(Answer::default()).await);
    let house = house(&a, &b).await;
    all_good(&storm(&house).join_all().await.concat());
    let dead = a.log().len();
    assert!(dead <= CLIENTS, "a dead provider was asked {dead} times");
    // It listens again, and thinks for long.
    a.script(Script::of([Fault::StallBeforeHead]));
    later(&house, Duration::from_secs(600));
    let mut clients = storm(&house);
    let mut replies = Vec::new();
    for _ in 1..CLIENTS {
        replies.extend(clients.join_next().await.unwrap().unwrap());
    }
    all_good(&replies);
    println!(
        "herd: {dead} requests while dead, {} after its return, {} elsewhere",
        a.log().len() - dead,
        replies.len()
    );
    assert_eq!(a.log().len() - dead, 1);
}

/// Both are down: each request asks each of them once at most, and soon only tests are sent.
#[tokio::test(start_paused = true)]
async fn an_outage_of_all_multiplies_no_requests() {
    let _time = Unhurried::begin();
    let (a, b) = (provider(Fault::Overloaded).await, provider(Fault::Overloaded).await);
    let house = house(&a, &b).await;
    let statuses: Vec<u16> = storm(&house).join_all().await.concat().iter().map(|reply| reply.status).collect();
    let asked = a.log().len() + b.log().len();
    println!("outage: {} requests, {asked} asked of providers", statuses.len());
    // 429: who finds everything resting, and the line full, is told when to come again.
    assert!(statuses.iter().all(|status| matches!(status, 429 | 503 | 529)), "{statuses:?}");
    assert!(asked * 10 <= statuses.len() * 13, "{asked} for {} requests", statuses.len());
}
