//! Requests that refer to something one provider keeps: they go there, or nowhere.

use serde_json::{Value, json};
use tokgate::process::admin::{AdminHandler, RouteTest};
use tokgate_simulator::{Fault, FaultPlan, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::scripted::{Says, Scripted};

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

/// An answer of Anthropic's that has run code in a container.
fn from_a_container(stream: bool) -> Says {
    let container = json!({"id": "container_1", "expires_at": "2026-11-28T18:00:00Z"});
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "content": [],
        "stop_reason": null, "usage": usage});
    if !stream {
        let mut whole = message;
        whole["container"] = container;
        whole["stop_reason"] = "end_turn".into();
        return Says::json(200, &whole.to_string());
    }
    let delta = json!({"stop_reason": "end_turn", "stop_sequence": null, "container": container});
    let events = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}}),
        json!({"type": "message_stop"}),
    ];
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    Says::new(200, "text/event-stream", events.iter().map(event).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_asked_for_where_it_was_made_also_by_another_conversation() {
    for stream in [true, false] {
        let (one, other) = (provider().await, Scripted::saying(from_a_container(stream)).await);
        let protocol = Protocol::Anthropic;
        let sections = section("one", protocol, &one.url(), "") + &section("other", protocol, &other.url(), "");
        let house = House::open(&sections).await;
        let call = |session: &str, container: Option<&str>| {
            let messages = json!([{"role": "user", "content": "hello"}]);
            let mut body = json!({"model": "m-1", "max_tokens": 64, "stream": stream, "messages": messages});
            if let Some(container) = container {
                body["container"] = container.into();
            }
            Call::post(protocol.path(), body.to_string()).header("x-claude-code-session-id", session)
        };
        one.script(down());
        let reply = guarded(call("first", None).send(house.address)).await;
        assert_eq!((reply.status, other.seen().len()), (200, 1), "{}", reply.text());
        one.script(Script::default());
        for (session, container, asked) in
            [("second", Some("container_1"), "other"), ("third", Some("container_2"), "one"), ("fourth", None, "one")]
        {
            let reply = guarded(call(session, container).send(house.address)).await;
            assert_eq!(reply.header("x-tokgate-provider"), Some(asked), "{container:?}: {}", reply.text());
            let stored = container.map(|id| ("container".to_owned(), Some(id.to_owned())));
            let request = RouteTest { path: protocol.path().to_owned(), stored, ..RouteTest::default() };
            let tested = house.handler.route(&request).unwrap();
            assert_eq!(tested.candidates[0].provider, asked, "a rehearsal knows it too: {tested:?}");
            let request = RouteTest { session: Some("second".to_owned()), ..request };
            assert_eq!(
                house.handler.route(&request).unwrap().candidates.len(),
                if container.is_some() { 1 } else { 2 }
            );
        }
        house.stop().await;
    }
}
