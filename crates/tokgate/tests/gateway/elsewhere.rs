//! Which failures go to the next provider, as `[failover]` has it, and what a last resort lets in (`profile.X.allow`).

use serde_json::{Value, json};
use tokgate::i18n::Lang;
use tokgate::store::format::Style;
use tokgate::store::why;
use tokgate_simulator::{Fault, FaultPlan, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

const PROTOCOL: Protocol = Protocol::Anthropic;

/// A provider that is down and one that answers.
async fn two(more: &str, last: Protocol) -> (House, Running, Running) {
    let (down, well) = (provider().await, provider().await);
    down.script(Script::always(FaultPlan { status: 502, ..Fault::Status.into() }));
    let sections = section("down", PROTOCOL, &down.url(), "") + &section("well", last, &well.url(), "") + more;
    (House::open(&sections).await, down, well)
}

async fn why(house: &House, reply: &Reply, lang: Lang) -> String {
    let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
    why::page(&record, &[], &Style { lang, ..Style::here() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_is_not_to_go_elsewhere_is_told_with_the_list_that_keeps_it() {
    let (house, down, well) = two("[failover]\nnot_on = [\"5xx\"]\n", PROTOCOL).await;
    let reply = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
    assert_eq!((reply.status, down.log().len(), well.log().len()), (503, 1, 0), "{}", reply.text());
    let page = why(&house, &reply, Lang::En).await;
    assert!(page.contains("not tried elsewhere, `failover.not_on` has 5xx"), "{page}");
    assert!(why(&house, &reply, Lang::Zh).await.contains("`failover.not_on` 包含 5xx"));
    house.stop().await;
}

const TIERS: &str = "[profile.main]\nproviders = [\"down\"]\n[profile.last]\nproviders = [\"well\"]\n\
    tier = \"fallback\"\nallow = { max_output_tokens = 50, tools = false }\n";

fn question(tools: bool) -> Call {
    let mut body = json!({"model": "m-1", "max_tokens": 64, "messages": [{"role": "user", "content": "hello"}]});
    if tools {
        body["tools"] = json!([{"name": "ls", "input_schema": {"type": "object"}}]);
    }
    Call::post(PROTOCOL.path(), body.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_last_resort_caps_what_it_answers_says_so_and_takes_no_tools() {
    for (last, field) in [(PROTOCOL, "max_tokens"), (Protocol::OpenaiChat, "max_completion_tokens")] {
        let (house, _down, well) = two(TIERS, last).await;
        let reply = guarded(question(false).send(house.address)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let sent: Value = serde_json::from_slice(&well.log().pop().unwrap().body).unwrap();
        assert_eq!(sent[field], 50, "{sent}");
        assert!(reply.header("x-tokgate-lost").is_some_and(|lost| lost.contains("max_tokens")), "{reply:?}");
        let refused = guarded(question(true).send(house.address)).await;
        assert_eq!((refused.status, well.log().len()), (503, 1), "{}", refused.text());
        let page = why(&house, &refused, Lang::En).await;
        assert!(page.contains("takes no request with tools"), "{page}");
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_tools_to_a_profile_without_them_is_refused_in_its_own_protocol() {
    let (house, down, well) = two(TIERS, PROTOCOL).await;
    let reply = guarded(question(true).header("x-tokgate-profile", "last").send(house.address)).await;
    assert_eq!((reply.status, down.log().len() + well.log().len()), (400, 0));
    let text = reply.text();
    assert!(text.contains("invalid_request_error") && text.contains("profile.last.allow.tools"), "{text}");
    house.stop().await;
}

/// Two providers of which the first says this, and what a request that names something kept there gets.
async fn tied(first: FaultPlan) -> Reply {
    let (one, two) = (provider().await, provider().await);
    one.script(Script::always(first));
    let responses = Protocol::OpenaiResponses;
    let house =
        House::open(&(section("one", responses, &one.url(), "") + &section("two", responses, &two.url(), ""))).await;
    let body = json!({"model": "m-1", "previous_response_id": "resp_1", "input": "go on"});
    let reply = guarded(Call::post(responses.path(), body.to_string()).send(house.address)).await;
    assert_eq!(two.log().len(), 0, "it means nothing there");
    house.stop().await;
    reply
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_tied_to_a_provider_that_failed_is_told_when_to_come_again_and_what_ties_it() {
    for (status, asked, wanted) in [(503, None, "5"), (529, Some("30"), "30"), (401, None, "5")] {
        let headers = asked.map(|wait: &str| ("retry-after".to_owned(), wait.to_owned())).into_iter().collect();
        let plan = FaultPlan { status, headers, ..Fault::Status.into() };
        let reply = tied(plan).await;
        let attempts = format!("1; one={status}");
        assert_eq!(
            (reply.status, reply.header("retry-after"), reply.header("x-tokgate-attempts")),
            (503, Some(wanted), Some(&*attempts)),
            "{}",
            reply.text()
        );
        assert!(reply.text().contains("`previous_response_id`"), "{}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_tied_request_is_told_in_the_providers_words() {
    let plan = FaultPlan { message: Some("no such response".to_owned()), ..Fault::ModelNotFound.into() };
    let reply = tied(plan).await;
    assert_eq!(reply.status, 404, "{}", reply.text());
    assert!(reply.text().contains("no such response"), "{}", reply.text());
}
