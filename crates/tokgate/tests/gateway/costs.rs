//! What an answer cost stands in its record: by the vendor's price, by the owner's own, and not at all where neither is
//! known.

use serde_json::json;
use tokgate::store::record::Record;
use tokgate_simulator::{Answer, Protocol, Script, Usage};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

const CLIENTS: [Protocol; 3] = [Protocol::Anthropic, Protocol::OpenaiChat, Protocol::OpenaiResponses];
const USAGE: Usage = Usage { input: 1_234, cache_read: 44_000, cache_write: 2_000, output: 812, reasoning: 0 };
/// 1 234 × 4 + 44 000 × 0.7 + 2 000 × 4.125 + 812 × 16, in millionths: 0.056978.
const OWN: &str = r#"{ input = 4, cache_read = "0.7", cache_write = 4.125, output = 16.0, currency = "CNY" }"#;

async fn far() -> tokgate_simulator::Running {
    let far = provider().await;
    far.script(Script::always(Answer { usage: USAGE, ..Answer::text("fine") }));
    far
}

/// The provider of a preset, in truth `url`.
fn preset(id: &str, url: &str, more: &str) -> String {
    format!(
        "[provider.far]\npreset = \"{id}\"\nurl = \"{url}\"\nkeys = [\"sk-some-0123456789abcdef\"]\nhttp_proxy = \"none\"\n{more}\n"
    )
}

/// Asks for `model` as a client of `protocol`, and waits for the record.
async fn ask(house: &House, protocol: Protocol, model: &str, stream: bool) -> Record {
    let mut body = match protocol {
        Protocol::OpenaiResponses => json!({"input": "hello"}),
        _ => json!({"max_tokens": 1_000, "messages": [{"role": "user", "content": "hello"}]}),
    };
    body["model"] = json!(model);
    body["stream"] = json!(stream);
    if stream && protocol == Protocol::OpenaiChat {
        body["stream_options"] = json!({"include_usage": true});
    }
    let reply = guarded(Call::post(protocol.path(), body.to_string()).send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    house.record(reply.header("x-tokgate-request-id").unwrap()).await
}

/// Amount and currency.
fn told(record: &Record) -> Option<(String, &'static str)> {
    record.cost.map(|cost| (cost.amount(), cost.currency.id()))
}

/// The same for expectations.
fn is(amount: &str, currency: &'static str) -> Option<(String, &'static str)> {
    Some((amount.to_owned(), currency))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_price_makes_the_cost_whatever_the_client_speaks() {
    let far = far().await;
    let house = House::open(&preset("anthropic", &far.url(), "")).await;
    for protocol in CLIENTS {
        for stream in [false, true] {
            let record = ask(&house, protocol, "claude-opus-5", stream).await;
            assert_eq!(told(&record), is("0.06097", "USD"), "{protocol:?} {stream}");
        }
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_price_counts_at_providers_nobody_knows() {
    let far = far().await;
    for upstream in CLIENTS {
        let more = format!("price = {{ \"m-*\" = {OWN} }}\nmodels = {{ \"asked\" = \"m-1\" }}");
        let house = House::open(&section("far", upstream, &far.url(), &more)).await;
        for client in CLIENTS {
            for stream in [false, true] {
                let record = ask(&house, client, "asked", stream).await;
                assert_eq!(told(&record), is("0.056978", "CNY"), "{client:?} → {upstream:?} {stream}");
            }
        }
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_price_goes_before_the_vendors_and_a_whole_name_before_patterns() {
    let far = far().await;
    let free = "{ input = 0, cache_read = 0, cache_write = 0, output = 0 }";
    let more = format!("price = {{ \"claude-opus-*\" = {OWN}, \"claude-opus-5\" = {free} }}");
    let house = House::open(&preset("anthropic", &far.url(), &more)).await;
    for (model, cost) in [
        ("claude-opus-4-8", is("0.056978", "CNY")),
        ("claude-opus-5", is("0", "USD")),
        // 1 234 × 3 + 44 000 × 0.3 + 2 000 × 3.75 + 812 × 15
        ("claude-sonnet-4-6", is("0.036582", "USD")),
    ] {
        assert_eq!(told(&ask(&house, Protocol::Anthropic, model, true).await), cost, "{model}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_has_no_cost() {
    let far = far().await;
    let unread = "price = { \"m-1\" = { input = 1, output = 2, cache_write = 1 } }";
    for (sections, model) in [
        (preset("anthropic", &far.url(), ""), "claude-unheard-of"),
        (section("far", Protocol::Anthropic, &far.url(), ""), "claude-opus-5"),
        // Tokens read from the cache have no rate.
        (section("far", Protocol::Anthropic, &far.url(), unread), "m-1"),
    ] {
        let house = House::open(&sections).await;
        for stream in [false, true] {
            let record = ask(&house, Protocol::Anthropic, model, stream).await;
            assert_eq!(record.usage.output_total, Some(812));
            assert_eq!(told(&record), None, "{sections}");
        }
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_client_did_not_ask_for_tokens_has_no_cost() {
    let far = far().await;
    let price = format!("price = {{ \"m-1\" = {OWN} }}");
    let house = House::open(&section("far", Protocol::OpenaiChat, &far.url(), &price)).await;
    let reply = guarded(Call::ask(Protocol::OpenaiChat, true).send(house.address)).await;
    let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
    assert_eq!((record.usage.output_total, told(&record)), (None, None));
    house.stop().await;
}

/// It was taken out of the configuration in the middle of its answer, and then nobody knew a price.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_provider_is_taken_out_meanwhile_has_its_cost() {
    let far = far().await;
    far.script(Script::always(Answer {
        usage: USAGE,
        gap_ms: 100,
        ..Answer::text("one two three four five six seven eight")
    }));
    let other = section("other", Protocol::Anthropic, "http://127.0.0.1:9", "");
    let priced = section("far", Protocol::Anthropic, &far.url(), &format!("order = 1\nprice = {{ \"m-*\" = {OWN} }}"));
    let mut house = House::open(&(priced + &other)).await;
    let body = json!({"model": "m-1", "max_tokens": 9, "stream": true, "messages": [{"role": "user", "content": "x"}]});
    let call = Call::post(Protocol::Anthropic.path(), body.to_string());
    let address = house.address;
    let asked = tokio::spawn(async move { guarded(call.send(address)).await });
    guarded(far.until(|_, counters| counters.requests_open > 0)).await;
    let is_known = |house: &House| house.gateway().snapshot().providers.iter().any(|it| &*it.name == "far");
    house.reconfigure(&other, |house| !is_known(house)).await;
    let reply = asked.await.unwrap();
    let record = house.record(reply.id()).await;
    assert_eq!(told(&record), is("0.056978", "CNY"), "{record:?}");
    house.stop().await;
}
