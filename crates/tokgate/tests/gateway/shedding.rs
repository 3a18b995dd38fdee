//! What protects the gateway and the wallet: an agent that goes round in a circle is stopped, and memory that runs short
//! is kept for those who wait.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokgate::i18n::Lang;
use tokgate::process::admin::AdminHandler;
use tokgate::proxy::read::{BUFFERED_MAX, NEARLY_FULL, PRESSED};
use tokgate::store::record::Outcome;
use tokgate::upstream::{Resolve, ResolveFuture};
use tokgate_simulator::{Fault, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

/// The same answered so often, by default.
const MOST: usize = 8;

async fn pair(protocol: Protocol, server: &str) -> (Running, House) {
    let far = provider().await;
    let house = House::with_server(server, &section("far", protocol, &far.url(), "keys = [\"sk-far\"]")).await;
    (far, house)
}

/// A turn of Claude Code's.
fn turn(session: &str, words: &str) -> Call {
    let body = format!(
        r#"{{"model":"m-1","max_tokens":64,"messages":[{{"role":"user","content":"{words}"}}],"tools":[{{"name":"Bash","input_schema":{{"type":"object"}}}}]}}"#
    );
    Call::post("/v1/messages", body)
        .header("user-agent", "claude-cli/2.1.329 (external, cli)")
        .header("x-claude-code-session-id", session)
}

async fn ask(house: &House, call: &Call) -> Reply {
    guarded(call.send(house.address)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_goes_round_in_a_circle_is_told_so_once() {
    let (far, house) = pair(Protocol::Anthropic, "").await;
    for _ in 0..MOST {
        assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 200);
    }
    let reply = ask(&house, &turn("s-1", "go on")).await;
    assert_eq!((reply.status, reply.header("x-should-retry")), (429, Some("false")), "{}", reply.text());
    assert_eq!(reply.json()["error"]["type"], "rate_limit_error", "{}", reply.text());
    assert!(reply.text().contains("8 times within a minute") && reply.text().contains("server.max_repeats"));
    assert_eq!(far.log().len(), MOST, "nobody was asked");
    // As long as it keeps coming.
    assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 429);
    for other in [turn("s-1", "go on then"), turn("s-2", "go on")] {
        assert_eq!(ask(&house, &other).await.status, 200);
    }
    let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
    assert_eq!((record.outcome, record.error.as_deref()), (Outcome::Refused, Some("TG330")));
    assert_eq!(house.handler.status().capacity.circles, 2);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_may_be_asked_again_as_often_as_it_takes() {
    let (far, house) = pair(Protocol::Anthropic, "").await;
    let failures = 3 * MOST;
    far.script(Script::of((0..failures).map(|_| Fault::Unavailable)));
    for _ in 0..failures {
        assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 503);
    }
    for _ in 0..MOST {
        assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 200);
    }
    assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 429);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_benchmarks_and_counts_of_tokens_may_repeat_themselves() {
    let (_far, house) = pair(Protocol::Anthropic, "").await;
    let script = turn("s-1", "measure").without("user-agent").header("user-agent", "Anthropic/Python 0.86.0");
    let alone = turn("s-1", "measure").without("x-claude-code-session-id");
    let count = Call { path: "/v1/messages/count_tokens".to_owned(), ..turn("s-1", "measure") };
    let toolless = Call { body: Call::ask(Protocol::Anthropic, false).body, ..turn("s-1", "") };
    for call in [script, alone, count, toolless] {
        for _ in 0..3 * MOST {
            assert_eq!(ask(&house, &call).await.status, 200, "{}", call.path);
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repetition_may_be_allowed() {
    let (_far, house) = pair(Protocol::Anthropic, "max_repeats = \"off\"").await;
    for _ in 0..3 * MOST {
        assert_eq!(ask(&house, &turn("s-1", "go on")).await.status, 200);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_agent_hears_of_its_circle_in_the_form_that_ends_it() {
    let (_far, house) = pair(Protocol::OpenaiResponses, "max_repeats = 3").await;
    let body = r#"{"model":"m-1","stream":true,"input":"go on","tools":[{"type":"function","name":"shell","parameters":{"type":"object"}}]}"#;
    let agent =
        |program: &str| Call::post("/v1/responses", body).header("user-agent", program).header("session-id", program);
    let (codex, opencode) = (agent("codex_exec/0.169.0"), agent("opencode/1.18.33"));
    for _ in 0..3 {
        assert_eq!(ask(&house, &codex).await.status, 200);
        assert_eq!(ask(&house, &opencode).await.status, 200);
    }
    let told = ask(&house, &codex).await;
    assert!(told.status == 200 && told.text().contains("response.failed"), "{}", told.text());
    assert!(told.text().contains("invalid_prompt") && told.text().contains("circle"), "{}", told.text());
    assert_eq!(ask(&house, &opencode).await.status, 403, "it tries every 429 again");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_size_that_a_provider_has_refused_does_not_travel_there_again() {
    let (a, b) = (provider().await, provider().await);
    let sections = section("a", Protocol::Anthropic, &a.url(), "keys = [\"sk-a\"]")
        + &section("b", Protocol::Anthropic, &b.url(), "keys = [\"sk-b\"]");
    let house = House::open(&sections).await;
    a.script(Script::of([Fault::TooLarge]));
    let large = turn("s-1", &"much ".repeat(5_000));
    let small = turn("s-1", "little");
    let told = ask(&house, &large).await;
    assert_eq!(told.status, 413, "its own words");
    assert!(!told.text().contains("tokgate"), "{}", told.text());
    for call in [&large, &small, &turn("s-2", "little")] {
        assert_eq!(ask(&house, call).await.status, 200);
    }
    assert_eq!(
        (a.log().len(), b.log().len()),
        (2, 2),
        "the large one went where it may fit, and its conversation stays"
    );
    let status = house.handler.status();
    let learned = &status.providers[0].learned;
    let size = Some(large.body.len() as u64);
    assert_eq!((learned.len(), &*learned[0].lack, &*learned[0].model, learned[0].bytes), (1, "size", "m-1", size));
    b.script(Script::of([Fault::TooLarge]));
    assert_eq!(ask(&house, &large).await.status, 413);
    let told = ask(&house, &large).await;
    assert_eq!((told.status, told.header("x-should-retry")), (413, Some("false")), "{}", told.text());
    assert_eq!(told.json()["error"]["type"], "invalid_request_error", "{}", told.text());
    assert!(told.text().contains("TG332") && told.text().contains("tokgate learned forget b"), "{}", told.text());
    assert_eq!((a.log().len(), b.log().len()), (2, 3), "nobody was asked");
    let records = house.records().await;
    let trail = &records.last().unwrap().trail;
    for name in ["a", "b"] {
        assert!(trail.contains(&format!("{{\"provider\":\"{name}\",\"why\":\"smaller-limit\"")), "{trail}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_that_is_too_long_for_one_goes_to_one_with_a_larger_window() {
    let (a, b) = (provider().await, provider().await);
    let sections = |b_has: &str| {
        section("a", Protocol::Anthropic, &a.url(), "keys = [\"sk-a\"]\nmax_context = 200000")
            + &section("b", Protocol::Anthropic, &b.url(), &format!("keys = [\"sk-b\"]\n{b_has}"))
    };
    let asked = |a: &Running, b: &Running| (a.log().len(), b.log().len());
    let call = turn("s-1", "much");
    for (b_has, status, wanted) in [("max_context = 1000000", 200, (1, 1)), ("max_context = 100000", 400, (1, 0))] {
        let house = House::open(&sections(b_has)).await;
        a.reset();
        b.reset();
        a.script(Script::of([Fault::PromptTooLong]));
        let told = ask(&house, &call).await;
        assert_eq!((told.status, asked(&a, &b)), (status, wanted), "{b_has}: {}", told.text());
        let trail = house.records().await.last().unwrap().trail.clone();
        assert_eq!(trail.contains("\"why\":\"smaller-context\""), status == 400, "{trail}");
        if status == 200 {
            assert_eq!(ask(&house, &call).await.status, 200);
            assert_eq!(asked(&a, &b), (1, 2), "the conversation stays there");
        }
        house.stop().await;
    }
}

/// Every name is this machine's.
#[derive(Debug)]
struct Home;

impl Resolve for Home {
    fn resolve(&self, _host: &str) -> ResolveFuture {
        Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_leads_back_here_is_a_loop_and_no_fault_of_the_network() {
    let mut house = House::naming(Arc::new(Home), Lang::En, "", "").await;
    let url = format!("http://alias.example:{}", house.address.port());
    let named = |house: &House| house.gateway().snapshot().providers.iter().any(|it| *it.name == *"far");
    house.reconfigure(&section("far", Protocol::Anthropic, &url, ""), named).await;
    let reply = ask(&house, &Call::ask(Protocol::Anthropic, true)).await;
    assert_eq!((reply.status, reply.header("x-should-retry")), (508, Some("false")), "{}", reply.text());
    assert!(reply.text().contains("TG305") && reply.text().contains("own-address"), "{}", reply.text());
    assert!(reply.text().contains("tokgate config set provider.far.url"), "{}", reply.text());
    assert_eq!(house.handler.status().requests, 1, "it did not come back");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_that_runs_short_is_kept_for_those_who_wait() {
    let (far, house) = pair(Protocol::Anthropic, "").await;
    let say = |model: &str| {
        Call::post(
            "/v1/messages",
            format!(r#"{{"model":"{model}","max_tokens":9,"messages":[{{"role":"user","content":"hello"}}]}}"#),
        )
    };
    let count = Call { path: "/v1/messages/count_tokens".to_owned(), ..say("claude-sonnet-5") };
    let gateway = house.gateway();
    assert!(gateway.buffer(PRESSED, BUFFERED_MAX));
    for call in [&say("claude-haiku-4-5"), &count] {
        let reply = ask(&house, call).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("2")), "{}", reply.text());
        assert!(reply.text().contains("TG310") && reply.text().contains("background"), "{}", reply.text());
    }
    assert!(gateway.somebody_waits(), "no job begins");
    assert_eq!(ask(&house, &say("claude-sonnet-5")).await.status, 200);
    let capacity = house.handler.status().capacity;
    assert_eq!((capacity.buffered, capacity.max_buffered, capacity.shed), (PRESSED, BUFFERED_MAX, 2));
    gateway.unbuffer(PRESSED);
    assert_eq!(ask(&house, &say("claude-haiku-4-5")).await.status, 200);
    assert_eq!(far.log().len(), 2);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_nearly_all_memory_is_taken_the_rest_is_for_small_requests() {
    let (_far, house) = pair(Protocol::Anthropic, "").await;
    let say = |bytes: usize| {
        let words = "x".repeat(bytes);
        Call::post(
            "/v1/messages",
            format!(
                r#"{{"model":"claude-sonnet-5","max_tokens":9,"messages":[{{"role":"user","content":"{words}"}}]}}"#
            ),
        )
    };
    let gateway = house.gateway();
    assert!(gateway.buffer(NEARLY_FULL, BUFFERED_MAX));
    let chunked = Call { chunks: vec![100 << 10], ..say(2 << 20) };
    for call in [&say(2 << 20), &chunked] {
        let reply = ask(&house, call).await;
        assert!(reply.status == 503 && reply.text().contains("TG310"), "{}", reply.text());
        assert_eq!(reply.header("retry-after"), Some("2"));
    }
    assert_eq!(ask(&house, &say(900 << 10)).await.status, 200);
    gateway.unbuffer(NEARLY_FULL);
    assert_eq!(ask(&house, &say(2 << 20)).await.status, 200);
    assert_eq!(gateway.buffered(), 0);
    house.stop().await;
}

/// A request that asks for an answer on which somebody waits, of so many bytes and some.
fn sized(bytes: usize) -> Call {
    let words = "x".repeat(bytes);
    let body =
        format!(r#"{{"model":"m-1","max_tokens":9,"messages":[{{"role":"user","content":"{words}"}}],"stream":true}}"#);
    Call::post("/v1/messages", body)
}

/// Waits until so many attempts have arrived at a provider.
async fn until_asked(far: &Running, wanted: usize) {
    guarded(async {
        while far.log().len() < wanted {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_made_for_a_provider_is_counted_as_long_as_it_is_held() {
    let far = provider().await;
    let house = House::open(&section("far", Protocol::OpenaiChat, &far.url(), "keys = [\"sk-far\"]")).await;
    far.script(Script::of([Fault::StallBeforeHead]));
    let call = sized(300 << 10);
    let (one, gateway) = (call.body.len() as u64, house.gateway());
    let address = house.address;
    let asking = tokio::spawn(async move { call.send(address).await });
    until_asked(&far, 1).await;
    let held = gateway.buffered();
    assert!(held > 2 * one - 1024 && held < 2 * one + 1024, "{held} for {one} and its translation");
    asking.abort();
    guarded(async {
        while gateway.buffered() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_memory_is_left_for_a_translation_who_needs_none_is_asked() {
    let (chat, own) = (provider().await, provider().await);
    let sections = |more: &str| section("chat", Protocol::OpenaiChat, &chat.url(), "keys = [\"sk-c\"]") + more;
    let spare = section("own", Protocol::Anthropic, &own.url(), "keys = [\"sk-o\"]");
    for (more, status) in [(spare.as_str(), 200), ("", 503)] {
        let profile = if more.is_empty() { "" } else { "[profile.all]\nproviders = [\"chat\", \"own\"]\n" };
        let house = House::open(&sections(&format!("{more}{profile}"))).await;
        let (call, gateway) = (sized(300 << 10), house.gateway());
        let taken = BUFFERED_MAX - call.body.len() as u64 - (100 << 10);
        assert!(gateway.buffer(taken, BUFFERED_MAX));
        let reply = ask(&house, &call).await;
        assert_eq!((reply.status, chat.log().len(), own.log().len()), (status, 0, 1), "{}", reply.text());
        assert!(status == 200 || reply.header("retry-after").is_some(), "{}", reply.text());
        let records = house.records().await;
        assert_eq!(&*records.last().unwrap().attempts[0].result, "no-memory");
        gateway.unbuffer(taken);
        assert_eq!(gateway.buffered(), 0);
        house.stop().await;
    }
}
