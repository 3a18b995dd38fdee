//! How many tokens a request has: the provider's number where it counts, an estimate that says so everywhere else.

use serde_json::{Value, json};
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Behaviour, Fault, Protocol, Raw, Script, Usage, When};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

/// A client's question.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asks {
    CountTokens,
    InputTokens,
}

impl Asks {
    const ALL: [Self; 2] = [Self::CountTokens, Self::InputTokens];

    fn path(self) -> &'static str {
        match self {
            Self::CountTokens => "/v1/messages/count_tokens",
            Self::InputTokens => "/v1/responses/input_tokens",
        }
    }

    fn call(self, text: &str) -> Call {
        let body = match self {
            Self::CountTokens => {
                json!({"model": "m-1", "system": "Be brief.", "messages": [{"role": "user", "content": text}]})
            }
            Self::InputTokens => json!({"model": "m-1", "instructions": "Be brief.", "input": text}),
        };
        Call::post(self.path(), body.to_string())
    }
}

fn tokens(reply: &Reply, asks: Asks) -> u64 {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"));
    assert_eq!(reply.status, 200, "{body}");
    let object = (asks == Asks::InputTokens).then_some("response.input_tokens");
    assert_eq!(body["object"].as_str(), object);
    body["input_tokens"].as_u64().unwrap()
}

/// Questions go like this; conversations go well.
fn questions(behaviour: impl Into<Behaviour>) -> Script {
    let behaviour = behaviour.into();
    let when = |path: &str| When { path: Some(path.to_owned()), ..When::default() };
    Script::default().rule(when("tokens"), behaviour.clone()).rule(when("countTokens"), behaviour)
}

fn is_estimated(reply: &Reply) -> bool {
    reply.header("x-tokgate-estimated") == Some("true")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_counts_is_asked_in_its_own_words() {
    for asks in Asks::ALL {
        for upstream in [Protocol::Anthropic, Protocol::OpenaiResponses] {
            let far = provider().await;
            let house = House::open(&section("far", upstream, &far.url(), "")).await;
            let reply = guarded(asks.call("hello, how are you?").send(house.address)).await;
            assert!(tokens(&reply, asks) > 0);
            assert!(!is_estimated(&reply), "{asks:?} at {upstream:?}");
            let seen = far.log().pop().unwrap();
            let path = if upstream == Protocol::Anthropic { Asks::CountTokens } else { Asks::InputTokens }.path();
            assert_eq!(seen.path_and_query, path);
            let body = seen.json();
            let names: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
            let odd = ["max_tokens", "stream", "store", "include", "temperature"];
            assert!(!names.iter().any(|name| odd.contains(name)), "{names:?}");
            assert!(body.to_string().contains("how are you") && body.to_string().contains("Be brief"), "{body}");
            let record = house.records().await.pop().unwrap();
            assert_eq!((record.counted, record.estimated), (Some(tokens(&reply, asks)), false));
            assert_eq!(record.outcome, Outcome::Completed);
            house.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gemini_counts_in_its_own_words() {
    let far = provider().await;
    far.script(questions(Behaviour::Raw(Raw { body: r#"{"totalTokens": 4711}"#.to_owned(), ..Raw::default() })));
    let gemini = format!("[provider.far]\ntype = \"gemini\"\nurl = \"{}/v1beta\"\nhttp_proxy = \"none\"\n", far.url());
    let house = House::open(&gemini).await;
    for asks in Asks::ALL {
        let reply = guarded(asks.call("hello, how are you?").send(house.address)).await;
        assert_eq!((tokens(&reply, asks), is_estimated(&reply)), (4_711, false));
        let seen = far.log().pop().unwrap();
        assert_eq!(seen.path_and_query, "/v1beta/models/m-1:countTokens");
        let asked = seen.json()["generateContentRequest"].to_string();
        assert!(asked.contains("models/m-1") && asked.contains("how are you"), "{asked}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_such_a_call_is_not_asked() {
    let far = provider().await;
    let house = House::open(&section("far", Protocol::OpenaiChat, &far.url(), "")).await;
    for asks in Asks::ALL {
        let short = guarded(asks.call("hello").send(house.address)).await;
        let long = guarded(asks.call(&"hello world, ".repeat(200)).send(house.address)).await;
        assert!(is_estimated(&short) && tokens(&short, asks) < 40);
        assert!((500..1_200).contains(&tokens(&long, asks)), "{}", tokens(&long, asks));
        let record = house.records().await.pop().unwrap();
        assert_eq!((record.counted, record.estimated), (Some(tokens(&long, asks)), true));
        assert_eq!(record.provider.as_deref(), Some("far"));
    }
    assert!(far.log().is_empty());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_with_the_question_an_estimate_answers_it() {
    let faults = [
        Fault::Unauthorized,
        Fault::Forbidden,
        Fault::ModelNotFound,
        Fault::PathNotFound,
        Fault::RateLimited,
        Fault::InsufficientQuota,
        Fault::Internal,
        Fault::NotImplemented,
        Fault::BadGatewayHtml,
        Fault::Overloaded,
        Fault::Redirect,
        Fault::OkHtml,
        Fault::OkEmpty,
        Fault::OkErrorBody,
        Fault::ResetBeforeHead,
        Fault::CutHead,
    ];
    for fault in faults {
        let far = provider().await;
        far.script(questions(fault));
        let house = House::open(&section("far", Protocol::Anthropic, &far.url(), "")).await;
        let reply = guarded(Asks::CountTokens.call("hello").send(house.address)).await;
        assert!(is_estimated(&reply), "{fault:?}");
        tokens(&reply, Asks::CountTokens);
        // And nobody is blamed for it.
        let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
        assert_eq!(reply.status, 200, "{fault:?}: {}", String::from_utf8_lossy(&reply.body));
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_count_is_asked_once() {
    let far = provider().await;
    far.script(questions(Fault::PathNotFound));
    let house = House::open(&section("far", Protocol::Anthropic, &far.url(), "")).await;
    for _ in 0..5 {
        let reply = guarded(Asks::CountTokens.call("hello").send(house.address)).await;
        assert!(is_estimated(&reply));
    }
    assert_eq!(far.log().len(), 1);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_request_is_the_clients_to_see() {
    let far = provider().await;
    far.script(questions(Fault::BadRequest));
    let house = House::open(&section("far", Protocol::Anthropic, &far.url(), "")).await;
    let reply = guarded(Asks::CountTokens.call("hello").send(house.address)).await;
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status, body["type"].as_str()), (400, Some("error")), "{body}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_six_questions_at_once_take_no_place_among_the_requests() {
    let far = provider().await;
    let house = House::with_server("max_concurrent = 1", &section("far", Protocol::Anthropic, &far.url(), "")).await;
    let address = house.address;
    let asked = (0..26).map(|_| tokio::spawn(async move { Asks::CountTokens.call("hello").send(address).await }));
    for reply in asked.collect::<Vec<_>>() {
        let reply = guarded(reply).await.unwrap();
        assert!(!is_estimated(&reply));
        tokens(&reply, Asks::CountTokens);
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_teach_how_far_estimates_are_off() {
    let far = provider().await;
    let house = House::open(&section("far", Protocol::OpenaiChat, &far.url(), "")).await;
    let text = "hello world, ".repeat(200);
    let before = tokens(&guarded(Asks::CountTokens.call(&text).send(house.address)).await, Asks::CountTokens);
    let usage = Usage { input: before * 2, output: 5, ..Usage::default() };
    far.script(Script::always(Answer { usage, ..Answer::text("fine") }));
    let body = json!({"model": "m-1", "max_tokens": 9, "system": "Be brief.", "messages": [{"role": "user", "content": text}]});
    for stream in [false, true] {
        let mut body = body.clone();
        body["stream"] = json!(stream);
        let reply = guarded(Call::post("/v1/messages", body.to_string()).send(house.address)).await;
        assert_eq!(reply.status, 200);
        let record = house.records().await.pop().unwrap();
        assert_eq!(record.usage.input_total(), Some(before * 2));
    }
    let after = tokens(&guarded(Asks::CountTokens.call(&text).send(house.address)).await, Asks::CountTokens);
    assert!(after.abs_diff(before * 2) <= 4, "{before} {after}");
    house.stop().await;
}
