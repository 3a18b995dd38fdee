//! A request from its first byte to its record: cancelled, held, drained, multiplexed, practised, written down.

use std::sync::Arc;

use tokgate::i18n::Lang;
use tokgate::store::format::Style;
use tokgate::store::record::Outcome;
use tokgate::store::why;
use tokgate_simulator::{Answer, Ended, Fault, FaultPlan, Options, Protocol, Script, Simulator, Transport, Usage};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::call::Call;
use crate::house::{House, guarded, provider, section};
use crate::stream::{self, Kind};
use crate::time::Unhurried;

const KEY: &str = "keys = [\"sk-alpha-0001\"]";
/// How long a client waits for an answer that never comes.
const HUNG: std::time::Duration = std::time::Duration::from_millis(20);
/// Clients that leave in the middle.
const CANCELS: usize = 120;
/// Streams at the same time over HTTP/2, to a provider that allows a quarter of them per connection.
const H2_STREAMS: usize = 400;
const H2_STREAMS_PER_CONNECTION: u32 = 100;

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_cancels_the_upstream_and_leaves_a_record() {
    let _time = Unhurried::begin();
    let upstream = provider().await;
    let slow = Answer { gap_ms: 20, chunks: 500, ..Answer::text("word ".repeat(500)) };
    upstream.script(Script::always(slow));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let mut clients = JoinSet::new();
    for number in 0..CANCELS {
        let address = house.address;
        clients.spawn(async move {
            let mut coming = guarded(Call::ask(Protocol::Anthropic, true).open(address)).await;
            assert_eq!(coming.status, 200, "{:?}", coming.headers);
            let id = coming.headers.iter().find(|(name, _)| name == "x-tokgate-request-id").unwrap().1.clone();
            for _ in 0..number % 5 {
                guarded(coming.chunk()).await.unwrap().unwrap();
            }
            id
        });
    }
    let ids = clients.join_all().await;
    let gone = |log: &[tokgate_simulator::Seen]| log.iter().filter(|seen| seen.ended == Ended::Cancelled).count();
    guarded(upstream.until(|log, counters| gone(log) == CANCELS && counters.requests_open == 0)).await;
    for id in ids {
        let record = house.record(&id).await;
        assert_eq!(record.outcome, Outcome::Cancelled);
        assert_eq!(record.attempts.len(), 1);
        assert_eq!(record.usage.input_uncached, Some(120), "what had been told by then is kept");
    }
    assert_eq!(house.gateway().in_flight(), 0);
    println!("lifecycle: {CANCELS} cancelled streams, all closed upstream and recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_provider_costs_the_first_requests_an_attempt_and_then_none() {
    let (dead, alive) = (provider().await, provider().await);
    dead.script(Script::always(FaultPlan { status: 503, ..Fault::Status.into() }));
    alive.script(Script::always(Answer::text("from b")));
    let both =
        section("a", Protocol::Anthropic, &dead.url(), KEY) + &section("b", Protocol::Anthropic, &alive.url(), KEY);
    let house = House::open(&both).await;
    for (number, attempts) in [2, 2, 2, 1, 1].into_iter().enumerate() {
        let reply = guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
        assert_eq!(reply.header("x-tokgate-provider"), Some("b"));
        let record = house.record(reply.id()).await;
        assert_eq!(record.attempts.len(), attempts, "request {number}");
        assert_eq!(record.trail.contains("\"why\":\"open\""), attempts == 1, "{}", record.trail);
    }
    assert_eq!(dead.log().len(), 3);
}

/// A provider that has failed and now says nothing, with nobody else to ask.
#[tokio::test(start_paused = true)]
async fn a_dead_provider_that_is_the_only_one_is_told_of_sooner_while_it_is_left_alone() {
    let _time = Unhurried::begin();
    let dead = provider().await;
    let failing = FaultPlan { status: 503, ..Fault::Status.into() };
    dead.script(Script::of([failing.clone(), failing.clone(), failing]).then(Fault::StallBeforeHead));
    let house = House::open(&section("a", Protocol::Anthropic, &dead.url(), KEY)).await;
    for _ in 0..3 {
        guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
    }
    let mut pages = Vec::new();
    for seconds in [30, 90] {
        let reply = guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
        let record = house.record(reply.id()).await;
        assert_eq!(record.attempts[0].total_ms / 1_000, seconds, "{record:?}");
        pages.push([Lang::En, Lang::Zh].map(|lang| why::page(&record, &[], &Style { lang, ..Style::here() })));
    }
    let told = ["asked with less patience, as it failed 3 times in a row", "因已连续失败 3 次，等待时间缩短"];
    for (page, told) in pages[0].iter().zip(told) {
        assert!(page.contains(told), "{page}");
    }
    assert!(!pages[1][0].contains("less patience"), "its test is waited for as usual: {}", pages[1][0]);
    house.stop().await;
}

/// The answer's head is there after a moment; the words take their time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_lasts_as_long_as_its_stream() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 5, chunks: 20, ..Answer::text("word ".repeat(20)) }));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let reply = guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
    let record = house.record(reply.id()).await;
    let (attempt, total_ms) = (&record.attempts[0], record.total_us / 1_000);
    let lasted = u64::from(attempt.total_ms);
    assert!(lasted >= 19 * 5 && lasted <= total_ms, "{lasted} of {total_ms} ms");
    assert!(attempt.head_ms.is_some_and(|head| head < attempt.total_ms), "{attempt:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_the_answer_begins_cancels_the_upstream_too() {
    let _time = Unhurried::begin();
    let upstream = provider().await;
    upstream.script(Script::always(Fault::StallBeforeHead));
    let house = House::open(&section("a", Protocol::OpenaiChat, &upstream.url(), KEY)).await;
    for stream in [true, false] {
        let address = house.address;
        upstream.reset();
        upstream.script(Script::always(Fault::StallBeforeHead));
        let waiting =
            tokio::spawn(async move { Call::ask(Protocol::OpenaiChat, stream).try_open(address).await.is_some() });
        guarded(upstream.until(|log, _| log.len() == 1)).await;
        tokio::time::sleep(HUNG).await;
        waiting.abort();
        guarded(upstream.until(|log, _| log[0].ended == Ended::Cancelled)).await;
    }
    let records = guarded(async {
        loop {
            let records = house.records().await;
            if records.len() == 2 {
                return records;
            }
        }
    })
    .await;
    for record in records {
        assert_eq!((record.outcome, record.status), (Outcome::Cancelled, 0), "{record:?}");
        // The wait is told as it was, and no answer head is made up.
        assert_eq!((record.head(), record.attempts[0].head_ms), (None, None), "{record:?}");
        assert!(u128::from(record.attempts[0].total_ms) >= HUNG.as_millis(), "{record:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_sent_head_a_silent_provider_is_still_replaced() {
    let b = provider().await;
    b.script(Script::always(Answer::text("Bravo answers.")));
    let mut waiting = JoinSet::new();
    for protocol in Protocol::ALL {
        // The first event, then nothing: the client gets a head after five seconds, the provider has six.
        let a = provider().await;
        let good = Call::ask(*protocol, true).send(a.addr).await.text();
        let first = good.find("\n\n").unwrap() + 2;
        a.script(Script::always(FaultPlan { after_bytes: Some(first), ..Fault::StallMidStream.into() }));
        let sections = section("a", *protocol, &a.url(), &format!("{KEY}\nidle_timeout = \"6s\""))
            + &section("b", *protocol, &b.url(), "keys = [\"sk-bravo-0001\"]");
        waiting.spawn(async move {
            let house = House::open(&sections).await;
            let mut coming = guarded(Call::ask(*protocol, true).open(house.address)).await;
            let first = guarded(coming.chunk()).await.unwrap().unwrap();
            let in_flight = house.gateway().in_flight();
            let rest = guarded(coming.whole()).await;
            let record = house.record(rest.id()).await;
            drop(a);
            (*protocol, first, in_flight, rest, record)
        });
    }
    for (protocol, first, in_flight, rest, record) in waiting.join_all().await {
        let first = String::from_utf8(first).unwrap();
        assert!(
            first.starts_with(':') || first.contains("ping") || first.contains("keepalive"),
            "{protocol:?}: {first}"
        );
        assert_eq!(in_flight, 1, "{protocol:?}: the keep-alive came before the answer");
        assert!(rest.text().contains("Bravo") && !rest.text().contains("simulator"), "{protocol:?}: {}", rest.text());
        assert_eq!(stream::ends(protocol, &rest.body), [Kind::End], "{protocol:?}");
        let tried: Vec<(&str, &str)> = record.attempts.iter().map(|a| (&*a.provider, &*a.result)).collect();
        assert_eq!(tried, [("a", "no-answer"), ("b", "ok")], "{protocol:?}");
        assert_eq!((record.outcome, record.status), (Outcome::Completed, 200));
        assert_eq!(record.bytes_out, (first.len() + rest.body.len()) as u64, "{protocol:?}: keep-alives count");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_gateway_finishes_what_runs_and_takes_nothing_new() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 10, chunks: 100, ..Answer::text("word ".repeat(100)) }));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let address = house.address;
    let mut coming = guarded(Call::ask(Protocol::Anthropic, true).open(address)).await;
    guarded(coming.chunk()).await.unwrap().unwrap();
    let gateway = Arc::clone(house.gateway());
    let stopping = tokio::spawn(house.stop());
    // Until the listener is closed a new request may still get in, and then it is answered in full.
    let refused = guarded(async {
        loop {
            match TcpStream::connect(address).await {
                Err(_) => return None,
                Ok(socket) => match Call::ask(Protocol::Anthropic, false).over(socket).await {
                    None => return None,
                    Some(answer) if answer.status == 503 => return Some(answer.whole().await),
                    Some(answer) => assert_eq!(answer.status, 200),
                },
            }
        }
    });
    if let Some(refused) = refused.await {
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert_eq!(refused.header("connection"), Some("close"));
    }
    assert!(!stopping.is_finished(), "a stream still runs");
    let rest = guarded(coming.whole()).await;
    assert!(!rest.cut && stream::ends(Protocol::Anthropic, &rest.body) == [Kind::End], "{}", rest.text());
    guarded(stopping).await.unwrap();
    assert_eq!(gateway.in_flight(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_streams_run_at_once_over_http2_connections_of_a_hundred() {
    let upstream = Simulator::start(Options {
        transport: Transport::Http2PriorKnowledge,
        h2_max_streams: Some(H2_STREAMS_PER_CONNECTION),
        ..Options::default()
    })
    .await
    .unwrap();
    let more = format!("{KEY}\nhttp2 = \"prior-knowledge\"");
    let house = House::open(&section("a", Protocol::OpenaiResponses, &upstream.url(), &more)).await;
    let address = house.address;
    // All stand still in the middle, so they are all open at once however slow the machine is.
    upstream.script(Script::always(Fault::StallMidStream));
    let mut clients = JoinSet::new();
    for _ in 0..H2_STREAMS {
        clients.spawn(async move {
            let mut coming = guarded(Call::ask(Protocol::OpenaiResponses, true).open(address)).await;
            guarded(coming.chunk()).await.unwrap().unwrap();
            coming
        });
    }
    let open = clients.join_all().await;
    let counters = upstream.counters();
    println!("lifecycle: HTTP/2 peak {} streams on {} connections", counters.requests_peak, counters.connections);
    assert_eq!((open.len(), counters.requests_peak), (H2_STREAMS, H2_STREAMS as u64));
    drop(open);
    guarded(upstream.until(|_, counters| counters.requests_open == 0)).await;
    // On the same connections as many streams now finish.
    upstream.script(Script::always(Answer { gap_ms: 5, chunks: 10, ..Answer::text("word ".repeat(10)) }));
    let mut clients = JoinSet::new();
    for _ in 0..H2_STREAMS {
        clients.spawn(async move { guarded(Call::ask(Protocol::OpenaiResponses, true).send(address)).await });
    }
    for reply in clients.join_all().await {
        assert_eq!((reply.status, reply.cut), (200, false), "{}", reply.text());
        assert_eq!(stream::ends(Protocol::OpenaiResponses, &reply.body), [Kind::End]);
    }
    let last = upstream.counters();
    assert_eq!(last.requests, 2 * H2_STREAMS as u64);
    // The pool opens the next one a little early; it must not open one for each stream.
    assert!(last.connections <= 2 * u64::from(H2_STREAMS as u32 / H2_STREAMS_PER_CONNECTION), "{last:?}");
    assert!(upstream.log().iter().all(|seen| seen.http_version == "HTTP/2.0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_practice_provider_answers_in_every_protocol() {
    let simulate = "simulate = { first_byte = \"0s\", tokens_per_second = 1000000 }";
    let house = House::open(&format!("[provider.practice]\ntype = \"simulated\"\n{simulate}\n")).await;
    for protocol in Protocol::ALL {
        let streamed = guarded(Call::ask(*protocol, true).send(house.address)).await;
        assert_eq!(streamed.status, 200, "{protocol:?}: {}", streamed.text());
        assert_eq!(stream::ends(*protocol, &streamed.body), [Kind::End], "{protocol:?}");
        let whole = guarded(Call::ask(*protocol, false).send(house.address)).await;
        assert_eq!(whole.status, 200, "{protocol:?}: {}", whole.text());
        let text = match protocol {
            Protocol::Anthropic => whole.json()["content"][0]["text"].clone(),
            Protocol::OpenaiChat => whole.json()["choices"][0]["message"]["content"].clone(),
            Protocol::OpenaiResponses => whole.json()["output"][0]["content"][0]["text"].clone(),
            Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
        };
        assert!(text.as_str().is_some_and(|text| text.len() > 20), "{protocol:?}: {}", whole.text());
        for reply in [streamed, whole] {
            assert_eq!(reply.header("x-tokgate-provider"), Some("practice"));
            assert_eq!(house.record(reply.id()).await.outcome, Outcome::Completed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_leaves_one_record_with_what_happened() {
    let (a, b) = (provider().await, provider().await);
    let usage = Usage { input: 1_000, cache_read: 300, cache_write: 0, output: 77, reasoning: 5 };
    a.script(Script::of([Fault::Internal]).then(Answer::text("never asked")));
    b.script(Script::always(Answer::text("Bravo answers.").usage(usage)));
    let mut requests = 0;
    for protocol in Protocol::ALL {
        for stream in [true, false] {
            a.script(Script::always(Fault::Internal));
            let house = House::open(
                &(section("a", *protocol, &a.url(), KEY)
                    + &section("b", *protocol, &b.url(), "keys = [\"sk-bravo-0001\"]")),
            )
            .await;
            let call = Call::ask(*protocol, stream);
            let reply = guarded(call.send(house.address)).await;
            let record = house.record(reply.id()).await;
            assert_eq!(house.records().await.len(), 1, "one row per request");
            let tried: Vec<(&str, u16, &str)> =
                record.attempts.iter().map(|a| (&*a.provider, a.status, &*a.result)).collect();
            assert_eq!(tried, [("a", 500, "server-error"), ("b", 200, "ok")]);
            assert_eq!((record.outcome, record.status, record.stream), (Outcome::Completed, 200, stream));
            assert_eq!((record.bytes_in, record.bytes_out), (call.body.len() as u64, reply.body.len() as u64));
            assert_eq!((record.provider.as_deref(), record.model.as_deref()), (Some("b"), Some("m-1")));
            assert_eq!(record.protocol.map(tokgate_wire::protocol::Protocol::id), Some(protocol.id()));
            // Chat tells nothing in a stream unless it was asked to.
            if !(stream && *protocol == Protocol::OpenaiChat) {
                assert_eq!(record.usage.input_uncached, Some(1_000), "{protocol:?} {stream}: {:?}", record.usage);
                assert_eq!((record.usage.cache_read, record.usage.output_total), (Some(300), Some(77)), "{protocol:?}");
            }
            assert!(record.stop.is_some() && record.head_us > 0 && record.total_us > 0, "{record:?}");
            requests += 1;
        }
    }
    assert_eq!((a.counters().requests, b.counters().requests), (requests, requests));
}

/// The first provider rejects our key; the second refuses the request inside its 200. The client is told of its request,
/// never of our key: a 401 would make it ask its user to log in.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_inside_a_200_is_not_answered_with_an_earlier_providers_401() {
    let (a, b) = (provider().await, provider().await);
    a.script(Script::always(Fault::Unauthorized));
    b.script(Script::always(Fault::FirstInvalidRequest));
    let config = section("a", Protocol::Anthropic, &a.url(), KEY)
        + &section("b", Protocol::Anthropic, &b.url(), "keys = [\"sk-bravo-0001\"]");
    let house = House::open(&config).await;
    let reply = guarded(Call::ask(Protocol::Anthropic, true).send(house.address)).await;
    let record = house.record(reply.id()).await;
    let tried: Vec<(&str, u16)> = record.attempts.iter().map(|attempt| (&*attempt.provider, attempt.status)).collect();
    assert_eq!(tried, [("a", 401), ("b", 200)]);
    assert_eq!(record.status, 400, "{record:?}");
}

/// A number that is no time must not end the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_timeout_beyond_all_time_is_ignored() {
    let a = provider().await;
    a.script(Script::always(Answer::text("Fine.")));
    let house = House::open(&section("a", Protocol::Anthropic, &a.url(), KEY)).await;
    let call = Call::ask(Protocol::Anthropic, false).header("x-stainless-timeout", "18446744073709551615");
    let reply = guarded(call.send(house.address)).await;
    assert_eq!(house.record(reply.id()).await.status, 200);
}
