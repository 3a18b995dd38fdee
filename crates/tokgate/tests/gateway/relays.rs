//! Providers that speak the client's protocol in an older form: what they are known to lack never reaches them, what
//! they refuse is left out at once and remembered, and everyone else gets every byte.

use serde_json::{Value, json};
use tokgate::store::record::{Outcome, Record};
use tokgate_simulator::{Fault, Narrow, Protocol, Running, Script, Wording};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::stream::{self, Kind};

/// A turn of a coding client, with the fields of this year.
const TURN: &str = r#"{"model":"m-1","messages":[{"role":"user","content":"hello"},{"role":"system","content":"be brief"}],"tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"b","input_schema":{"type":"object"},"defer_loading":true}],"max_tokens":32000,"thinking":{"type":"adaptive"},"context_management":{"edits":[]},"temperature":1.0e0,"stream":true}"#;

const NEWEST: [&str; 4] =
    ["context_management", "tools[].defer_loading", "messages[].role=system", "thinking.type=adaptive"];

/// [`TURN`] without [`NEWEST`].
const OLDER: &str = r#"{"model":"m-1","messages":[{"role":"user","content":[{"type":"text","text":"hello"},{"type":"text","text":"<system-reminder>\nbe brief\n</system-reminder>"}]}],"tools":[{"name":"a","input_schema":{"type":"object"}},{"name":"b","input_schema":{"type":"object"}}],"max_tokens":32000,"thinking":{"type":"enabled","budget_tokens":8192},"temperature":1.0e0,"stream":true}"#;

fn narrow(refuses: &[&str], wording: Wording) -> Script {
    let refuses = refuses.iter().map(|it| (*it).to_owned()).collect();
    Script::default().narrow(Narrow { refuses, betas: Vec::new(), wording })
}

async fn house(far: &Running, more: &str) -> House {
    let far = section("far", Protocol::Anthropic, &far.url(), &format!("keys = [\"sk-far-1Zx8c7V6b5N4m3\"]\n{more}"));
    House::open(&far).await
}

fn turn() -> Call {
    Call::post(Protocol::Anthropic.path(), TURN)
}

async fn ask(house: &House, call: &Call) -> (Reply, Record) {
    let reply = guarded(call.send(house.address)).await;
    let record = house.record(reply.id()).await;
    (reply, record)
}

fn bodies(far: &Running) -> Vec<String> {
    far.log().iter().map(|seen| String::from_utf8_lossy(&seen.body).into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_of_which_nothing_is_known_gets_every_byte() {
    let far = provider().await;
    let house = house(&far, "").await;
    let (reply, record) = ask(&house, &turn()).await;
    assert_eq!((reply.status, reply.header("x-tokgate-lost"), record.losses), (200, None, None));
    assert_eq!(bodies(&far), [TURN]);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_is_said_to_lack_never_reaches_it() {
    let far = provider().await;
    far.script(narrow(&NEWEST, Wording::Anthropic));
    let lacks = format!("lacks = {}", json!([NEWEST.as_slice(), &["anthropic-beta=new-2026-01-01"]].concat()));
    let house = house(&far, &lacks).await;
    let call = turn().header("anthropic-beta", "old-2024-01-01, new-2026-01-01");
    let (reply, record) = ask(&house, &call).await;
    assert_eq!((reply.status, record.outcome, record.attempts.len()), (200, Outcome::Completed, 1));
    assert_eq!(bodies(&far), [OLDER]);
    assert_eq!(far.log()[0].header("anthropic-beta"), Some("old-2024-01-01"));
    let lost = reply.header("x-tokgate-lost").unwrap();
    assert_eq!(Some(lost), record.losses.as_deref());
    for told in
        ["context_management dropped", "messages[].role=system reworded", "anthropic-beta=new-2026-01-01 dropped"]
    {
        assert!(lost.contains(told), "{lost}");
    }
    house.stop().await;
}

/// The first request teaches, the second one costs nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_refused_costs_one_more_request_and_only_once() {
    for wording in [Wording::Anthropic, Wording::Fastapi, Wording::Openai, Wording::Serde, Wording::Chinese] {
        let far = provider().await;
        far.script(narrow(&["context_management"], wording));
        let house = house(&far, "").await;
        let (reply, record) = ask(&house, &turn()).await;
        assert_eq!(reply.status, 200, "{wording:?}: {}", reply.text());
        assert_eq!(stream::ends(Protocol::Anthropic, &reply.body), [Kind::End]);
        let results: Vec<&str> = record.attempts.iter().map(|attempt| &*attempt.result).collect();
        assert_eq!(results, ["field-refused", "ok"], "{wording:?}");
        assert_eq!(reply.header("x-tokgate-lost"), Some("context_management dropped"));
        let (_, record) = ask(&house, &turn()).await;
        assert_eq!((record.attempts.len(), record.outcome), (1, Outcome::Completed));
        assert_eq!(bodies(&far), [TURN.to_owned(), without(TURN), without(TURN)], "{wording:?}");
        house.stop().await;
    }
}

fn without(turn: &str) -> String {
    turn.replace(r#""context_management":{"edits":[]},"#, "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_names_one_field_after_the_other_is_answered_to_the_end() {
    let far = provider().await;
    far.script(narrow(&NEWEST, Wording::Anthropic));
    let mut house = house(&far, "").await;
    let (reply, record) = ask(&house, &turn()).await;
    assert_eq!((reply.status, record.attempts.len()), (200, 5), "{}", reply.text());
    assert_eq!(bodies(&far).last().map(String::as_str), Some(OLDER));
    let (_, record) = ask(&house, &turn()).await;
    assert_eq!(record.attempts.len(), 1);
    // Another model may take it.
    let other = Call::post(Protocol::Anthropic.path(), TURN.replace("m-1", "m-2"));
    assert_eq!(ask(&house, &other).await.1.attempts.len(), 5);
    // A configuration with the same provider knows what was learned; who is told to forget does not.
    let version = house.gateway().snapshot().version;
    let more = "keys = [\"sk-far-1Zx8c7V6b5N4m3\"]\nnote = \"changed\"";
    let same = section("far", Protocol::Anthropic, &far.url(), more);
    house.reconfigure(&same, |house| house.gateway().snapshot().version > version).await;
    assert_eq!(ask(&house, &turn()).await.1.attempts.len(), 1);
    assert_eq!(house.gateway().engine().forget_lacks(Some("far")), 8);
    assert_eq!(ask(&house, &turn()).await.1.attempts.len(), 5);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beta_that_is_refused_is_left_out_alone() {
    let far = provider().await;
    let betas = vec!["b-2026-01-01".to_owned()];
    far.script(Script::default().narrow(Narrow { betas, ..Narrow::default() }));
    let house = house(&far, "").await;
    let call = turn().header("anthropic-beta", "a-2025-01-01,b-2026-01-01").header("anthropic-beta", "c-2024-01-01");
    let (reply, _) = ask(&house, &call).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let sent: Vec<_> = far.log().iter().map(|seen| seen.header("anthropic-beta").map(str::to_owned)).collect();
    assert_eq!(sent.last(), Some(&Some("a-2025-01-01,c-2024-01-01".to_owned())));
    assert_eq!(bodies(&far), [TURN, TURN]);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_request_is_without_is_the_clients_to_hear_of() {
    let far = provider().await;
    far.script(narrow(&["messages"], Wording::Anthropic));
    let house = house(&far, "").await;
    let (reply, record) = ask(&house, &turn()).await;
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status, record.attempts.len()), (400, 1));
    assert_eq!(body["error"]["message"], "messages: Extra inputs are not permitted");
    house.stop().await;
}

/// What was refused is not what became of the request.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_behind_a_refusal_moves_on_to_the_next_provider() {
    let (far, next) = (provider().await, provider().await);
    far.script(narrow(&["context_management"], Wording::Anthropic).then(Fault::Overloaded));
    let sections = [
        section("far", Protocol::Anthropic, &far.url(), "keys = [\"sk-far-1Zx8c7V6b5N4m3\"]\norder = 1"),
        section("next", Protocol::Anthropic, &next.url(), "keys = [\"sk-next-1Zx8c7V6b5N4m\"]"),
    ];
    let house = House::open(&sections.concat()).await;
    let (reply, record) = ask(&house, &turn()).await;
    let results: Vec<&str> = record.attempts.iter().map(|attempt| &*attempt.result).collect();
    assert_eq!((reply.status, &*results), (200, &["field-refused", "overloaded", "ok"][..]));
    assert_eq!(bodies(&next), [TURN], "nothing was refused there");
    assert_eq!((reply.header("x-tokgate-lost"), record.losses), (None, None));
    house.stop().await;
}

/// A translated request is written with what this provider is thought to take, and its refusal teaches the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_translation_is_obeyed_as_well() {
    let far = provider().await;
    far.script(narrow(&["stream_options"], Wording::Openai));
    let chat = section("far", Protocol::OpenaiChat, &far.url(), "keys = [\"sk-far-1Zx8c7V6b5N4m3\"]");
    let house = House::open(&chat).await;
    let (reply, record) = ask(&house, &turn()).await;
    assert_eq!((reply.status, record.attempts.len()), (200, 2), "{}", reply.text());
    assert_eq!(stream::ends(Protocol::Anthropic, &reply.body), [Kind::End]);
    assert_eq!(ask(&house, &turn()).await.1.attempts.len(), 1);
    house.stop().await;
}
