//! Requests whose clients do not wait: accepted, carried out, tried again, read, taken back.

use std::sync::Arc;
use std::time::Duration;

use tokgate::gateway::jobs::Counts;
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Ended, Fault, FaultPlan, Protocol, Script, Step};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

const KEY: &str = "keys = [\"sk-alpha-0001\"]";
/// A retry that comes at once.
const AT_ONCE: &str = "[queue]\nstrategy = \"immediate\"\n";

fn ask(protocol: Protocol, stream: bool) -> Call {
    Call::ask(protocol, stream).header("prefer", "respond-async")
}

/// What there is once a job is over.
async fn over(house: &House, location: &str) -> Reply {
    let id = location.rsplit('/').next().unwrap().parse().unwrap();
    let jobs = house.gateway().jobs().opened().unwrap();
    guarded(jobs.wait(id, Duration::from_secs(300))).await;
    guarded(Call::of("GET", location).send(house.address)).await
}

async fn location(house: &House, call: Call) -> String {
    let reply = guarded(call.send(house.address)).await;
    assert_eq!((reply.status, reply.header("preference-applied")), (202, Some("respond-async")), "{}", reply.text());
    assert!(reply.header("retry-after").is_some());
    reply.header("location").unwrap().to_owned()
}

fn fails(status: u16) -> FaultPlan {
    FaultPlan { status, ..Fault::Status.into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_answered_later_with_what_its_client_would_have_got() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer::text("later")));
    for protocol in [Protocol::Anthropic, Protocol::OpenaiChat, Protocol::OpenaiResponses] {
        let house = House::open(&section("a", protocol, &upstream.url(), KEY)).await;
        for stream in [false, true] {
            let now = guarded(Call::ask(protocol, stream).send(house.address)).await;
            let location = location(&house, ask(protocol, stream).header("x-note", "kept")).await;
            assert!(location.starts_with("/tokgate/v1/jobs/job_"), "{location}");
            let later = over(&house, &location).await;
            assert_eq!((later.status, later.header("x-tokgate-job-state")), (200, Some("done")), "{}", later.text());
            assert_eq!(later.header("content-type"), now.header("content-type"));
            assert_eq!(later.header("x-tokgate-provider"), Some("a"));
            let length = |reply: &Reply| reply.text().split("later").count();
            assert_eq!(length(&later), length(&now));
            let record = house.record(later.id()).await;
            assert_eq!((record.outcome, record.status), (Outcome::Completed, 200));
            assert_eq!(upstream.log().last().unwrap().header("x-note"), Some("kept"), "the client's headers travel");
            assert!(upstream.log().last().unwrap().header("prefer").is_none());
        }
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_waits_a_little_gets_the_answer_itself() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer::text("at once")));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let call = Call::ask(Protocol::Anthropic, false).header("prefer", "respond-async, wait=50");
    let reply = guarded(call.send(house.address)).await;
    assert_eq!((reply.status, reply.header("preference-applied")), (200, Some("wait")));
    assert!(reply.text().contains("at once"));
    let records = house.records().await;
    assert_eq!(records.iter().filter(|record| record.operation == "job").count(), 1);
    assert_eq!(records.len(), 2, "the submission and the try");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_passes_is_tried_again_and_one_that_stays_is_the_answer() {
    let upstream = provider().await;
    let house = House::open(&(AT_ONCE.to_owned() + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    upstream.script(Script::of([Step::from(fails(503)), fails(503).into(), Answer::text("third").into()]));
    let answer = over(&house, &location(&house, ask(Protocol::Anthropic, false)).await).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("third"));

    upstream.reset();
    upstream.script(Script::always(fails(400)));
    let place = location(&house, ask(Protocol::Anthropic, false)).await;
    let answer = over(&house, &place).await;
    assert_eq!((answer.status, answer.header("x-tokgate-job-state")), (400, Some("failed")));
    assert_eq!(upstream.log().len(), 1, "asked once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_come_to_an_end_and_the_last_error_is_the_answer() {
    let upstream = provider().await;
    upstream.script(Script::always(fails(529)));
    let queue = "[hold]\nmax = \"200ms\"\n[queue]\nstrategy = \"immediate\"\ntries = 3\n".to_owned();
    let house = House::open(&(queue + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    let place = location(&house, ask(Protocol::Anthropic, false)).await;
    let answer = over(&house, &place).await;
    assert_eq!(answer.header("x-tokgate-job-state"), Some("failed"));
    assert!(answer.status >= 500, "{}", answer.text());
    let tries = house.records().await.iter().filter(|record| record.operation == "messages-job").count();
    assert_eq!(tries, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_stands_for_one_request_however_often_it_comes() {
    let upstream = provider().await;
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let keyed = |call: Call| call.header("idempotency-key", "order-17");
    let first = location(&house, keyed(ask(Protocol::Anthropic, false))).await;
    over(&house, &first).await;
    assert_eq!(location(&house, keyed(ask(Protocol::Anthropic, false))).await, first);
    let other = guarded(keyed(ask(Protocol::Anthropic, true)).send(house.address)).await;
    assert_eq!((other.status, &other.json()["error"]["type"]), (422, &"invalid_request_error".into()));
    assert_eq!(upstream.log().len(), 1);
    // Somebody else's key is another one.
    let mut call = keyed(ask(Protocol::Anthropic, true));
    call.path = format!("/c/other{}", call.path);
    assert_ne!(location(&house, call).await, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_for_whoever_submitted_it_alone() {
    let upstream = provider().await;
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let mut call = ask(Protocol::Anthropic, false);
    call.path = format!("/c/mine{}", call.path);
    let place = location(&house, call).await;
    assert!(place.starts_with("/c/mine/tokgate/v1/jobs/"), "{place}");
    over(&house, &place).await;
    let bare = place.strip_prefix("/c/mine").unwrap();
    for method in ["GET", "DELETE"] {
        for path in [bare.to_owned(), format!("/c/other{bare}"), "/tokgate/v1/jobs/job_0000000000000".to_owned()] {
            let reply = guarded(Call::of(method, &path).send(house.address)).await;
            assert_eq!((reply.status, &reply.json()["error"]["code"]), (404, &"TG340".into()), "{method} {path}");
        }
        let reply = guarded(Call::of(method, "/tokgate/v1/jobs/job_nothing").send(house.address)).await;
        assert!(reply.text().contains("no job `job_nothing` of yours"), "{}", reply.text());
        assert_eq!(guarded(Call::bare(method, &place).send(house.address)).await.status, 401);
    }
    assert_eq!(over(&house, &place).await.status, 200, "and it is still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_taken_back_ends_at_its_provider_too() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 20, chunks: 500, ..Answer::text("word ".repeat(500)) }));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let place = location(&house, ask(Protocol::Anthropic, true)).await;
    guarded(upstream.until(|log, _| log.len() == 1)).await;
    let reply = guarded(Call::of("DELETE", &place).send(house.address)).await;
    assert_eq!((reply.status, &reply.json()["status"]), (200, &"cancelled".into()));
    let at_once = guarded(Call::of("GET", &place).send(house.address)).await;
    assert_eq!((at_once.status, at_once.header("x-tokgate-job-state")), (410, Some("cancelled")));
    guarded(upstream.until(|log, _| log[0].ended == Ended::Cancelled)).await;
    let gone = over(&house, &place).await;
    assert_eq!((gone.status, &gone.json()["error"]["type"]), (410, &"not_found_error".into()), "{}", gone.text());
    assert_eq!(guarded(Call::of("DELETE", &place).send(house.address)).await.status, 200, "twice is the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_read_from_its_first_byte_while_it_comes_and_after() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 5, chunks: 40, ..Answer::text("word ".repeat(40)) }));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let place = location(&house, ask(Protocol::Anthropic, true)).await;
    let follow = Call::of("GET", &format!("{place}?stream=1"));
    let (early, late) = guarded(async {
        loop {
            let coming = follow.open(house.address).await;
            if coming.status == 200 {
                let early = coming.whole().await;
                return (early, over(&house, &place).await);
            }
        }
    })
    .await;
    assert!(!early.cut && early.body == late.body, "{}\n---\n{}", early.text(), late.text());
    assert!(early.text().starts_with("event: message_start") && early.text().contains("message_stop"));
    assert_eq!(early.header("content-type"), Some("text/event-stream; charset=utf-8"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_may_cost_and_say_is_bounded() {
    let upstream = provider().await;
    let queue = "[queue]\nmax = 2\nat_once = 1\ncost_per_job = 1\n";
    let price = "[provider.a.price.\"dear-*\"]\ninput = 900000\noutput = 900000\n";
    let house =
        House::open(&format!("{queue}{}{price}", section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    let dear = r#"{"model":"dear-1","max_tokens":64,"messages":[{"role":"user","content":"hello"}]}"#;
    let refused = |call: Call| {
        let address = house.address;
        async move { guarded(call.send(address)).await }
    };
    let reply = refused(Call::post("/v1/messages", dear).header("prefer", "respond-async")).await;
    assert_eq!((reply.status, reply.header("x-should-retry")), (402, Some("false")), "{}", reply.text());
    let reply = refused(ask(Protocol::Anthropic, false).header("x-tokgate-job-deadline", "soon")).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("x-tokgate-job-deadline"), "{}", reply.text());
    let reply = refused(Call::post("/v1/messages", "{").header("prefer", "respond-async")).await;
    assert_eq!(reply.status, 400, "what cannot be read is refused at once");

    upstream.script(Script::always(Answer { gap_ms: 50, chunks: 900, ..Answer::text("word ".repeat(900)) }));
    let first = location(&house, ask(Protocol::Anthropic, true)).await;
    location(&house, ask(Protocol::Anthropic, true)).await;
    assert_eq!(refused(ask(Protocol::Anthropic, true)).await.status, 507, "as many as may be");
    guarded(upstream.until(|log, _| !log.is_empty())).await;
    assert_eq!(house.gateway().jobs().opened().unwrap().counts(), Counts { running: 1, waiting: 1 });
    guarded(Call::of("DELETE", &first).send(house.address)).await;
    guarded(upstream.until(|log, _| log.len() == 2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_may_cost_is_measured_by_the_longest_answer_it_allows() {
    let upstream = provider().await;
    let price = "[provider.a.price.\"m-*\"]\ninput = 1\noutput = 50\n";
    let section = section("a", Protocol::Anthropic, &upstream.url(), KEY);
    let house = House::open(&format!("[queue]\ncost_per_job = 0.01\n{section}{price}")).await;
    let asked = |most: u32| {
        let body = format!(r#"{{"model":"m-1","max_tokens":{most},"messages":[{{"role":"user","content":"hello"}}]}}"#);
        Call::post("/v1/messages", body).header("prefer", "respond-async")
    };
    let short = guarded(asked(16).send(house.address)).await;
    assert_eq!(short.status, 202, "{}", short.text());
    let long = guarded(asked(1_000).send(house.address)).await;
    assert_eq!(long.status, 402);
    assert!(long.text().contains("about $0.05002 even") && long.text().contains("may cost $0.01 "), "{}", long.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_whose_time_is_over_is_not_answered_any_more() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 100, chunks: 900, ..Answer::text("word ".repeat(900)) }));
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let place = location(&house, ask(Protocol::Anthropic, true).header("x-tokgate-job-deadline", "1")).await;
    let gone = over(&house, &place).await;
    assert_eq!((gone.status, gone.header("x-tokgate-job-state")), (410, Some("expired")), "{}", gone.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_or_not_asked_for_a_request_is_answered_at_once() {
    let upstream = provider().await;
    let off = "[queue]\njobs = false\n".to_owned() + &section("a", Protocol::Anthropic, &upstream.url(), KEY);
    let house = House::open(&off).await;
    let reply = guarded(ask(Protocol::Anthropic, false).send(house.address)).await;
    assert_eq!((reply.status, reply.header("preference-applied")), (200, None));
    let on = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let call = Call::ask(Protocol::Anthropic, false).header("prefer", "return=minimal, wait=5");
    assert_eq!(guarded(call.send(on.address)).await.status, 200);
    assert!(on.gateway().jobs().opened().is_none() && !on.gateway().jobs().has_file(), "no file before the first job");
    let missing = guarded(Call::of("GET", "/tokgate/v1/jobs/job_0000000000000").send(on.address)).await;
    assert_eq!(missing.status, 404);
    assert!(!on.gateway().jobs().has_file());
    tokio::time::timeout(Duration::from_secs(60), on.stop()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_under_way_may_finish_when_the_gateway_is_told_to_stop_and_none_begins() {
    let upstream = provider().await;
    upstream.script(Script::always(Answer { gap_ms: 5, chunks: 60, ..Answer::text("word ".repeat(60)) }));
    let queue = "[queue]\nat_once = 1\n".to_owned();
    let house = House::open(&(queue + &section("a", Protocol::Anthropic, &upstream.url(), KEY))).await;
    location(&house, ask(Protocol::Anthropic, true)).await;
    location(&house, ask(Protocol::Anthropic, true)).await;
    guarded(upstream.until(|log, _| log.len() == 1)).await;
    guarded(house.stop()).await;
    let log = upstream.log();
    assert_eq!((log.len(), log[0].ended), (1, Ended::Done));
}

/// It once stayed accepted without a word, and a retry of it was said to go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_waits_for_the_days_ceiling_says_so_and_goes_on_when_that_is_raised() {
    let upstream = provider().await;
    let section = section("a", Protocol::Anthropic, &upstream.url(), KEY);
    let with = |most: &str| {
        let price = "[provider.a.price.\"*\"]\ninput = 1000\noutput = 1000\n";
        format!("[queue]\nat_once = 1\ncost_per_day = {most}\n{section}{price}")
    };
    let mut house = House::open(&with("0.0001")).await;
    upstream.script(Script::of([
        Step::from(Answer { gap_ms: 20, chunks: 20, ..Answer::text("word ".repeat(20)) }),
        Answer::text("later").into(),
    ]));
    let lasting = |call: Call| call.header("x-tokgate-job-deadline", "86400");
    let first = location(&house, lasting(ask(Protocol::Anthropic, true))).await;
    let second = location(&house, lasting(ask(Protocol::Anthropic, false))).await;
    assert_eq!(over(&house, &first).await.status, 200);
    let id = second.rsplit('/').next().unwrap().parse().unwrap();
    let jobs = Arc::clone(house.gateway().jobs().opened().unwrap());
    let stored = async || jobs.store().with(move |base| base.row(id)).await.unwrap().unwrap();
    let row = guarded(async {
        loop {
            let row = stored().await;
            if row.reason.is_some() {
                return row;
            }
        }
    })
    .await;
    assert_eq!((row.reason.as_deref(), row.job.tries, row.job.is_settled()), (Some("cost-per-day"), 0, false));
    assert!(row.job.due().unwrap().as_secs().is_multiple_of(86_400), "the day's end: {:?}", row.job);
    house.reconfigure(&with("100"), |house| house.gateway().snapshot().config.queue.cost_per_day > 1_000_000).await;
    let answer = over(&house, &second).await;
    assert!(answer.status == 200 && answer.text().contains("later"), "{}", answer.text());
}
