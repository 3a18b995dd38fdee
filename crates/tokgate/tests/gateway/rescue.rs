//! A client that leaves after a provider was asked, and comes back with the same request.

use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Behaviour, Ended, Protocol, Raw, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

const KEY: &str = "keys = [\"sk-alpha-0001\"]";
const ON: &str = "[queue]\nrescue = true\n";

fn words() -> Answer {
    Answer { gap_ms: 5, chunks: 40, ..Answer::text("word ".repeat(40)) }
}

fn ask(stream: bool, retries: &str) -> Call {
    Call::ask(Protocol::Anthropic, stream).header("x-stainless-retry-count", retries)
}

/// Sends it, reads a little of the answer when it is streamed, and leaves. Returns the request's number.
async fn leave(house: &House, call: &Call) -> String {
    let mut coming = guarded(call.open(house.address)).await;
    guarded(coming.chunk()).await.unwrap().unwrap();
    coming.headers.iter().find(|(name, _)| name == "x-tokgate-request-id").unwrap().1.clone()
}

async fn retry(house: &House, call: &Call) -> Reply {
    let reply = guarded(call.send(house.address)).await;
    assert_eq!((reply.status, reply.cut), (200, false), "{}", reply.text());
    reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_identical_retry_of_a_client_that_left_is_answered_without_asking_again() {
    let upstream = provider().await;
    upstream.script(Script::always(words()));
    let house = House::open(&(ON.to_owned() + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    let first = leave(&house, &ask(true, "0")).await;
    // While it is still coming, and when it is whole.
    for count in ["1", "2"] {
        let reply = retry(&house, &ask(true, count)).await;
        assert_eq!(reply.header("x-tokgate-rescued"), Some(&*first));
        assert!(reply.text().starts_with("event: message_start") && reply.text().contains("message_stop"));
        let record = house.record(reply.id()).await;
        assert_eq!((record.outcome, record.attempts.len(), record.cost), (Outcome::Completed, 0, None));
        assert!(record.detail.unwrap().contains(&first));
        assert_eq!(record.bytes_out, reply.text().len() as u64, "whether it was whole or still came");
    }
    assert_eq!(house.record(&first).await.outcome, Outcome::Completed);
    assert_eq!((upstream.log().len(), upstream.log()[0].ended), (1, Ended::Done));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_streamed_is_rescued_too() {
    let upstream = provider().await;
    let body = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[{"type":"text","text":"whole"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":2}}"#;
    upstream.script(Script::always(Behaviour::Raw(Raw {
        body: body.into(),
        write_bytes: 20,
        gap_ms: 20,
        ..Raw::default()
    })));
    let house = House::open(&(ON.to_owned() + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    let call = Call::ask(Protocol::Anthropic, false).header("idempotency-key", "k-1");
    let address = house.address;
    let first = call.clone();
    let client = tokio::spawn(async move { first.try_open(address).await.is_some() });
    guarded(upstream.until(|log, _| log.len() == 1)).await;
    client.abort();
    let _ = client.await;
    guarded(upstream.until(|log, _| log[0].ended == Ended::Done)).await;
    let reply = retry(&house, &call).await;
    assert!(reply.header("x-tokgate-rescued").is_some() && reply.text().contains("whole"), "{}", reply.text());
    assert_eq!(upstream.log().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_and_nothing_else_is_answered_from_it() {
    let upstream = provider().await;
    upstream.script(Script::always(words()));
    let house = House::open(&(ON.to_owned() + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    leave(&house, &ask(true, "0")).await;
    let mut other = ask(true, "1");
    other.path = format!("/c/other{}", other.path);
    let body = |call: Call| Call { body: call.body.iter().copied().chain(*b" ").collect::<Vec<u8>>().into(), ..call };
    let named = ask(true, "1").header("idempotency-key", "k");
    for call in [other, body(ask(true, "1")), named, ask(true, "0"), Call::ask(Protocol::Anthropic, true)] {
        assert_eq!(retry(&house, &call).await.header("x-tokgate-rescued"), None, "{call:?}");
    }
    assert!(retry(&house, &ask(true, "1")).await.header("x-tokgate-rescued").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_name_or_is_not_wanted_is_cancelled_as_always() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 20, chunks: 500, ..Answer::text("word ".repeat(500)) }));
    let section = section("a", Protocol::Anthropic, &upstream.url(), KEY);
    let (on, off) = (House::open(&(ON.to_owned() + &section)).await, House::open(&section).await);
    leave(&on, &Call::ask(Protocol::Anthropic, true)).await;
    leave(&off, &ask(true, "0")).await;
    let gone = |log: &[tokgate_simulator::Seen]| log.iter().filter(|seen| seen.ended == Ended::Cancelled).count();
    guarded(upstream.until(|log, _| gone(log) == 2)).await;
}
