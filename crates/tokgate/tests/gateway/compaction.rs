//! Compaction at a provider that has no such call: its summary takes the place of the conversation, or nothing does.

use serde_json::{Value, json};
use tokgate_simulator::{Answer, Protocol, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::stream;

const UPSTREAMS: [Protocol; 2] = [Protocol::Anthropic, Protocol::OpenaiChat];
const SUMMARY: &str = "The user wants \"x\"; 世界 is done.";

fn trigger(stream: bool) -> Call {
    let input = json!([{"type": "message", "role": "user", "content": "hello"}, {"type": "compaction_trigger"}]);
    Call::post("/v1/responses", json!({"model": "m-1", "stream": stream, "input": input}).to_string())
}

fn call() -> Call {
    Call::post("/v1/responses/compact", json!({"model": "m-1", "input": "hello"}).to_string())
}

fn events(reply: &Reply) -> Vec<Value> {
    stream::events(&reply.body).iter().map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// The only item of an output.
fn item(output: &Value) -> Value {
    let items = output.as_array().unwrap();
    assert_eq!((items.len(), &items[0]["type"]), (1, &json!("compaction")), "{output}");
    items[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_compacted_by_any_provider_and_goes_on_at_any_other() {
    for upstream in UPSTREAMS {
        let far = provider().await;
        far.script(Script::always(Answer::text(SUMMARY)));
        let house = House::open(&section("far", upstream, &far.url(), "")).await;

        let streamed = guarded(trigger(true).send(house.address)).await;
        let events = events(&streamed);
        let last = events.last().unwrap();
        assert_eq!(last["type"], "response.completed", "{last}");
        let compacted = item(&last["response"]["output"]);
        let done = events.iter().filter(|event| event["type"] == "response.output_item.done");
        assert_eq!(done.map(|event| &event["item"]).collect::<Vec<_>>(), [&compacted]);
        assert_eq!(streamed.header("x-tokgate-lost"), Some("input[].compaction_trigger emulated"));

        let whole = guarded(trigger(false).send(house.address)).await;
        let by_call = guarded(call().send(house.address)).await;
        for (reply, object) in [(whole, "response"), (by_call, "response.compaction")] {
            let body: Value = serde_json::from_slice(&reply.body).unwrap();
            assert_eq!((reply.status, &body["object"]), (200, &json!(object)), "{body}");
            assert_eq!(item(&body["output"])["encrypted_content"], compacted["encrypted_content"]);
            assert!(body["usage"]["output_tokens"].as_u64().is_some_and(|tokens| tokens > 0), "{body}");
        }
        assert_eq!(far.log().pop().unwrap().path_and_query, upstream.path());
        house.stop().await;

        for next in [Protocol::Anthropic, Protocol::OpenaiChat, Protocol::OpenaiResponses] {
            let far = provider().await;
            let house = House::open(&section("next", next, &far.url(), "")).await;
            let input = json!([compacted, {"type": "message", "role": "user", "content": "go on"}]);
            let body = json!({"model": "m-1", "stream": true, "input": input}).to_string();
            let reply = guarded(Call::post("/v1/responses", body).send(house.address)).await;
            assert_eq!(reply.status, 200);
            let sent = far.log().pop().unwrap().json().to_string();
            assert!(sent.contains("世界 is done") && !sent.contains("encrypted_content\":"), "{next:?}: {sent}");
            house.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_call_or_a_cut_text_in_the_place_of_a_summary_is_an_error() {
    for upstream in UPSTREAMS {
        let cut = Answer {
            stop: Some(if upstream == Protocol::Anthropic { "max_tokens" } else { "length" }.to_owned()),
            ..Answer::text(SUMMARY)
        };
        for answer in [Answer::text(SUMMARY).tool("bash", json!({"command": "ls"})), cut] {
            let far = provider().await;
            far.script(Script::always(answer));
            let house = House::open(&section("far", upstream, &far.url(), "")).await;
            let streamed = guarded(trigger(true).send(house.address)).await;
            let text = String::from_utf8_lossy(&streamed.body).into_owned();
            assert!(!text.contains("response.completed") && !text.contains("\"compaction\""), "{upstream:?}: {text}");
            if streamed.status == 200 {
                assert_eq!(events(&streamed).last().unwrap()["type"], "response.failed", "{text}");
            }
            for whole in [trigger(false), call()] {
                let reply = guarded(whole.send(house.address)).await;
                assert!(reply.status >= 500, "{}: {}", reply.status, String::from_utf8_lossy(&reply.body));
            }
            house.stop().await;
        }
    }
}
