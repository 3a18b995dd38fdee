//! Requests that refer to something one provider keeps: they go there, or nowhere.

use serde_json::{Value, json};
use tokgate_simulator::{Fault, FaultPlan, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};

/// Two providers of a protocol, the first one first.
async fn two(protocol: Protocol) -> (House, Running, Running) {
    let (one, other) = (provider().await, provider().await);
    let sections = section("one", protocol, &one.url(), "") + &section("other", protocol, &other.url(), "");
    (House::open(&sections).await, one, other)
}

fn down() -> Script {
    Script::always(FaultPlan { status: 502, ..Fault::Status.into() })
}

async fn ask(house: &House, session: &str, content: Value) -> Reply {
    let messages = json!([{"role": "user", "content": content}]);
    let body = json!({"model": "m-1", "max_tokens": 64, "messages": messages}).to_string();
    let call = Call::post(Protocol::Anthropic.path(), body).header("x-claude-code-session-id", session);
    guarded(call.send(house.address)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_asked_for_where_it_is_though_that_provider_is_left_alone() {
    let (house, one, other) = two(Protocol::Anthropic).await;
    let file = || json!([{"type": "document", "source": {"type": "file", "file_id": "file_abc"}}]);
    assert_eq!(ask(&house, "first", json!("hello")).await.header("x-tokgate-provider"), Some("one"));
    one.script(down());
    for session in 0..6 {
        let reply = ask(&house, &format!("session-{session}"), json!("hello")).await;
        assert_eq!(reply.header("x-tokgate-provider"), Some("other"), "{}", reply.text());
    }
    let before = other.log().len();
    let refused = ask(&house, "first", file()).await;
    assert_eq!((refused.status, other.log().len()), (503, before), "{}", refused.text());
    for word in ["TG325", "`file_id`", "one: 502"] {
        assert!(refused.text().contains(word), "{word}: {}", refused.text());
    }
    assert!(refused.header("retry-after").is_some() && refused.header("x-tokgate-attempts").is_some(), "{refused:?}");
    one.script(Script::default());
    let reply = ask(&house, "first", file()).await;
    assert_eq!((reply.status, reply.header("x-tokgate-provider")), (200, Some("one")), "{}", reply.text());
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_gone_on_with_where_it_was_given_also_by_clients_that_name_no_conversation() {
    for stream in [true, false] {
        let (house, one, other) = two(Protocol::OpenaiResponses).await;
        let call = |previous: Option<&str>| {
            let mut body = json!({"model": "m-1", "stream": stream, "input": "hello"});
            if let Some(previous) = previous {
                body["previous_response_id"] = previous.into();
            }
            Call::post(Protocol::OpenaiResponses.path(), body.to_string())
        };
        one.script(down());
        let reply = guarded(call(None).send(house.address)).await;
        assert_eq!((reply.status, other.log().len()), (200, 1), "{}", reply.text());
        one.script(Script::default());
        let text = reply.text();
        let id = text.split("\"id\":\"").find_map(|rest| rest.starts_with("resp").then(|| rest.split('"').next()));
        let next = guarded(call(Some(id.flatten().unwrap())).send(house.address)).await;
        assert_eq!((next.status, other.log().len()), (200, 2), "{text} {}", next.text());
        assert_eq!(guarded(call(None).send(house.address)).await.header("x-tokgate-provider"), Some("one"));
        house.stop().await;
    }
}
