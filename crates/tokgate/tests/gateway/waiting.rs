//! Places, rates and rests over sockets: who waits, who is called, who is told no, and in which words.

use std::net::SocketAddr;

use tokgate::process::admin::AdminHandler;
use tokgate_simulator::{Fault, FaultPlan, Protocol, Running, Script};
use tokio::task::JoinSet;

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

const PROTOCOL: Protocol = Protocol::Anthropic;

/// A provider whose answers begin after so many milliseconds.
async fn slow(wait_ms: u64) -> Running {
    let far = provider().await;
    far.script(Script::always(FaultPlan { wait_ms, ..Fault::SlowHead.into() }));
    far
}

/// Asks so many times at once.
fn ask_at_once(address: SocketAddr, count: usize, stream: bool) -> JoinSet<Reply> {
    let mut asking = JoinSet::new();
    for _ in 0..count {
        asking.spawn(async move { guarded(Call::ask(PROTOCOL, stream).send(address)).await });
    }
    asking
}

/// Waits until so many requests stand in line.
async fn until_waiting(house: &House, wanted: u64) {
    guarded(async {
        loop {
            let capacity = house.handler.status().capacity;
            if capacity.waiting + capacity.outside >= wanted {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_beyond_a_providers_places_wait_and_all_are_answered() {
    let far = slow(100).await;
    let sections = section("far", PROTOCOL, &far.url(), "limits = { concurrent = 2 }") + "[hold]\nmax = \"60s\"\n";
    let house = House::open(&sections).await;
    let asking = ask_at_once(house.address, 20, true);
    until_waiting(&house, 10).await;
    let status = house.handler.status().capacity;
    let limit = status.limits.iter().find(|limit| limit.of == "provider").unwrap();
    assert_eq!((limit.in_flight, limit.concurrent), (2, Some(2)));
    assert!(status.clients.len() as u64 >= status.waiting.min(10), "{status:?}");
    assert!(status.clients.iter().all(|client| client.model.is_some() && client.tries == 0), "{status:?}");
    assert!(status.clients.is_sorted_by_key(|client| client.at_ms));
    let replies = asking.join_all().await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    assert_eq!(far.log().len(), 20);
    let records = house.records().await;
    assert!(records.iter().any(|record| record.trail.contains("\"why\":\"full\"")));
    let status = house.handler.status().capacity;
    assert!((status.waiting, status.clients.len()) == (0, 0), "{status:?}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_every_provider_rests_all_turns_are_held_and_end_well() {
    let (mut sections, mut fars) = ("[hold]\nmax = \"20s\"\n".to_owned(), Vec::new());
    for name in ["a", "b"] {
        let far = provider().await;
        let resting = FaultPlan { retry_after: "2".into(), ..Fault::RetryAfter.into() };
        far.script(Script::of([resting.clone(), resting]));
        sections += &section(name, PROTOCOL, &far.url(), "");
        fars.push(far);
    }
    let house = House::open(&sections).await;
    let replies = ask_at_once(house.address, 12, true).join_all().await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.text().contains("message_stop")));
    assert_eq!(house.handler.status().failed, 0);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_six_providers_that_all_ask_to_wait_the_turn_is_answered_by_the_first_to_be_free() {
    let (mut sections, mut fars) = (String::new(), Vec::new());
    for name in ["a", "b", "c", "d", "e", "f"] {
        let far = provider().await;
        far.script(Script::of([FaultPlan { retry_after: "1".into(), ..Fault::RetryAfter.into() }]));
        sections += &section(name, PROTOCOL, &far.url(), "");
        fars.push(far);
    }
    let house = House::open(&sections).await;
    let reply = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(fars.iter().map(|far| far.log().len()).collect::<Vec<_>>(), [2, 1, 1, 1, 1, 1]);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_waited_in_vain_is_still_answered_with_a_status_and_when_to_come_again() {
    let far = provider().await;
    far.script(Script::always(FaultPlan { retry_after: "1".into(), ..Fault::RetryAfter.into() }));
    let house = House::open(&(section("far", PROTOCOL, &far.url(), "") + "[hold]\nmax = \"6s\"\n")).await;
    let reply = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
    assert_eq!((reply.status, reply.header("retry-after").is_some()), (429, true), "{}", reply.text());
    assert_eq!(far.log().len(), 5, "all tries were used, and the first one that it was asked to wait");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_provider_is_asked_again_after_it_was_overloaded() {
    let far = provider().await;
    far.script(Script::of([Fault::Overloaded]));
    let house = House::open(&(section("far", PROTOCOL, &far.url(), "") + "[hold]\nmax = \"20s\"\n")).await;
    let reply = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
    assert_eq!((reply.status, far.log().len()), (200, 2), "{}", reply.text());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_full_is_said_with_its_length_and_when_to_come_again() {
    let far = slow(3_000).await;
    let sections = section("far", PROTOCOL, &far.url(), "limits = { concurrent = 1 }") + "[hold]\nmax = \"60s\"\n";
    let house = House::open(&sections).await;
    let mut asking = ask_at_once(house.address, 65, false);
    until_waiting(&house, 64).await;
    let refused = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("gateway queue full (64)") && refused.text().contains("rate_limit_error"));
    assert!(refused.header("retry-after").is_some());
    asking.abort_all();
    // Who leaves makes room.
    guarded(async {
        while house.handler.status().capacity.waiting > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_waited_as_long_as_it_may_is_told_so() {
    let far = slow(3_000).await;
    let sections = section("far", PROTOCOL, &far.url(), "limits = { concurrent = 1 }") + "[hold]\nmax = \"200ms\"\n";
    let house = House::open(&sections).await;
    let mut first = ask_at_once(house.address, 1, false);
    guarded(async {
        while far.log().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let refused = guarded(Call::ask(PROTOCOL, false).send(house.address)).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("TG328") && refused.text().contains("hold.max"), "{}", refused.text());
    first.abort_all();
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_for_callers_is_told_in_the_headers_their_sdk_reads() {
    let far = provider().await;
    let limit = "[[limit]]\nname = \"guests\"\nmatch = { model = \"m-*\" }\nrpm = 1\ntpm = 5000\nover = \"reject\"\n";
    for (protocol, names) in [
        (Protocol::Anthropic, ["anthropic-ratelimit-requests-limit", "anthropic-ratelimit-tokens-remaining"]),
        (Protocol::OpenaiChat, ["x-ratelimit-limit-requests", "x-ratelimit-remaining-tokens"]),
    ] {
        let house = House::open(&(section("far", protocol, &far.url(), "") + limit)).await;
        assert_eq!(guarded(Call::ask(protocol, false).send(house.address)).await.status, 200);
        let refused = guarded(Call::ask(protocol, false).send(house.address)).await;
        assert_eq!(refused.status, 429);
        assert!(refused.text().contains("guests") && refused.text().contains("1 requests a minute"));
        assert_eq!(refused.header(names[0]), Some("1"));
        let left: u64 = refused.header(names[1]).unwrap().parse().unwrap();
        assert!((4_800..5_000).contains(&left), "what was really used is counted: {left}");
        assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 59);
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_all_places_of_the_gateway_taken_waits_at_the_door_unless_too_many_do() {
    let far = slow(100).await;
    let server = "max_concurrent = 2\nmax_waiting = 20";
    let house = House::with_server(server, &section("far", PROTOCOL, &far.url(), "")).await;
    let replies = ask_at_once(house.address, 120, false).join_all().await;
    let answered = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(answered >= 22, "{answered}");
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(refused.status, 503);
        assert!(refused.text().contains("gateway queue full (20)") && refused.header("retry-after").is_some());
    }
    assert_eq!((house.gateway().in_flight(), house.gateway().waiting_outside()), (0, 0));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_full_is_passed_over_and_weights_share_the_others() {
    let far = provider().await;
    let keys = "keys = [{ from = \"sk-one-of-several-0001\", weight = 300 }, { from = \"sk-two-of-several-0002\", weight = 100 }]";
    let house = House::open(&section("far", PROTOCOL, &far.url(), keys)).await;
    for _ in 0..8 {
        assert_eq!(guarded(Call::ask(PROTOCOL, false).send(house.address)).await.status, 200);
    }
    let with = |key: &str| far.log().iter().filter(|seen| format!("{seen:?}").contains(key)).count();
    assert_eq!((with("0001"), with("0002")), (6, 2));
    house.stop().await;
}
