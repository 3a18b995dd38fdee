//! Client adapters: a chat program's requests are rewritten as the configuration says, in every protocol; everybody
//! else's go on untouched.

use serde_json::{Value, json};
use tokgate_simulator::{Narrow, Protocol, Script};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

const CHERRY: &str = "Mozilla/5.0 AppleWebKit/537.36 CherryStudio/1.7.19 Chrome/140.0 Electron/38.7.0 Safari/537.36";

const ADAPTER: &str = r#"
[adapter.cherrystudio]
system = "You are a coding assistant."
strip = ["top_k"]
session = "body:metadata.user_id"
remove_headers = ["x-title"]
[adapter.cherrystudio.set_headers]
x-relay = "yes"
"#;

fn key() -> &'static str {
    "keys = [\"sk-far-1Zx8c7V6b5N4m3\"]"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_programs_request_is_rewritten_in_every_protocol_and_nobody_elses() {
    for protocol in Protocol::ALL.iter().copied() {
        let far = provider().await;
        let house = House::open(&format!("{}{ADAPTER}", section("far", protocol, &far.url(), key()))).await;
        let plain = Call::ask(protocol, false);
        let reply = guarded(plain.send(house.address)).await;
        assert_eq!((reply.status, reply.header("x-tokgate-adapter")), (200, None));
        assert_eq!(far.log()[0].body, plain.body, "{protocol:?}: others go on as they are");
        let mut body: Value = serde_json::from_slice(&plain.body).unwrap();
        body["top_k"] = json!(5);
        let call = Call::post(protocol.path(), body.to_string())
            .header("user-agent", CHERRY)
            .header("x-title", "Cherry Studio");
        let reply = guarded(call.send(house.address)).await;
        assert_eq!((reply.status, reply.header("x-tokgate-adapter")), (200, Some("cherrystudio")), "{}", reply.text());
        assert_eq!(reply.header("x-tokgate-lost"), Some("top_k dropped"));
        let seen = far.log().pop().unwrap();
        let sent: Value = serde_json::from_slice(&seen.body).unwrap();
        let system = match protocol {
            Protocol::Anthropic => &sent["system"],
            Protocol::OpenaiChat => &sent["messages"][0]["content"],
            _ => &sent["instructions"],
        };
        assert_eq!(system, "You are a coding assistant.", "{protocol:?}: {sent}");
        assert!(sent.get("top_k").is_none() && sent["model"] == "m-1", "{sent}");
        assert_eq!(sent["metadata"]["user_id"].as_str().map(str::len), Some(24), "{sent}");
        assert_eq!((seen.header("x-relay"), seen.header("x-title")), (Some("yes"), None));
        house.stop().await;
    }
}

/// The user's word counts more than what is thought of the provider: then the provider's own words reach the client.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_adapter_keeps_is_not_taken_out_for_a_provider_that_refuses_it() {
    let far = provider().await;
    let refuses = vec!["thinking".to_owned()];
    far.script(Script::default().narrow(Narrow { refuses, ..Narrow::default() }));
    let keeps = "[adapter.x]\nheader = { x-client-type = \"x\" }\nkeep = [\"thinking\"]\n";
    let house = House::open(&format!("{}{keeps}", section("far", Protocol::Anthropic, &far.url(), key()))).await;
    let body =
        r#"{"model":"m-1","max_tokens":64,"thinking":{"type":"disabled"},"messages":[{"role":"user","content":"hi"}]}"#;
    let call = Call::post(Protocol::Anthropic.path(), body);
    let kept = guarded(call.clone().header("x-client-type", "X").send(house.address)).await;
    assert_eq!((kept.status, far.log().len()), (400, 1));
    assert_eq!(guarded(call.send(house.address)).await.status, 200);
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_adapters_is_for_callers_with_the_key() {
    let far = provider().await;
    let house = House::open(&format!("{}{ADAPTER}", section("far", Protocol::Anthropic, &far.url(), key()))).await;
    assert_eq!(guarded(Call::bare("GET", "/adapters").send(house.address)).await.status, 401);
    let list = guarded(Call::of("GET", "/adapters").send(house.address)).await.json();
    let names: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|one| (one["name"].clone(), one["active"].clone())).collect();
    assert_eq!(
        names,
        [(json!("cherrystudio"), json!(true)), (json!("lobechat"), json!(false)), (json!("opencat"), json!(false))]
    );
    assert_eq!(list["data"][0]["rewrite"]["session_every_s"], 43_200);
    house.stop().await;
}
