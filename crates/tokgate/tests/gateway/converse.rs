//! Bedrock's Converse: signed requests of a protocol that no client speaks, and answers in frames of their own.

use serde_json::{Value as Json, json};
use tokgate_simulator::{Answer, Protocol, Script, Transport};
use tokgate_wire::eventstream::encode;

use crate::bedrock::{FRAMES, Model, SECRET, amazon, assert_signed, exception, text};
use crate::call::Call;
use crate::house::{House, guarded};
use crate::scripted::{Says, Scripted, Seen};
use crate::stream::{self, Kind};
use crate::switching::Client;

const NOVA: Model = Model { id: "us.amazon.nova-2-lite-v1:0", answer };
const STREAM_PATH: &str = "/model/us.amazon.nova-2-lite-v1%3A0/converse-stream";
const WHOLE_PATH: &str = "/model/us.amazon.nova-2-lite-v1%3A0/converse";

/// The events of a small answer.
const EVENTS: [(&str, &str); 5] = [
    ("messageStart", r#"{"role":"assistant","p":"abc"}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hello"},"p":"ab"}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":0,"p":"a"}"#),
    ("messageStop", r#"{"stopReason":"end_turn","p":"abcd"}"#),
    (
        "metadata",
        r#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{"latencyMs":7},"p":"abcde"}"#,
    ),
];
const WHOLE: &str = r#"{"metrics":{"latencyMs":7},"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#;

fn frames(events: &[(&str, &str)]) -> Vec<u8> {
    let frame = |(name, payload): &(&str, &str)| {
        let headers = [(":event-type", *name), (":content-type", "application/json"), (":message-type", "event")];
        encode(&headers.map(text), payload.as_bytes()).unwrap()
    };
    events.iter().flat_map(frame).collect()
}

/// What Bedrock answers to whatever path it is asked under.
fn answer(seen: &Seen) -> Says {
    match seen.target.as_str() {
        STREAM_PATH => Says::new(200, FRAMES, frames(&EVENTS)),
        WHOLE_PATH => Says::json(200, WHOLE),
        _ => Says::json(404, r#"{"message":"no such path"}"#),
    }
}

#[tokio::test]
async fn every_client_reaches_another_maker_by_converse() {
    for client in Protocol::ALL.iter().copied() {
        for streams in [true, false] {
            let name = format!("{client:?} stream {streams}");
            let bedrock = Scripted::start(answer).await;
            let house = House::open(&NOVA.section("aws", &bedrock.url(), "")).await;
            let reply = guarded(Call::ask(client, streams).send(house.address)).await;
            assert_eq!(reply.status, 200, "{name}: {}", reply.text());
            assert!(reply.text().contains("Hello"), "{name}: {}", reply.text());
            if streams {
                assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{name}: {}", reply.text());
            }
            let usage = house.record(reply.id()).await.usage;
            assert_eq!((usage.input_total(), usage.output_total), (Some(3), Some(2)), "{name}");
            let seen = bedrock.only();
            assert_eq!(seen.target, if streams { STREAM_PATH } else { WHOLE_PATH }, "{name}");
            assert_signed(&seen);
            let body: Json = serde_json::from_slice(&seen.body).unwrap();
            assert_eq!(body["messages"], json!([{"role": "user", "content": [{"text": "hello"}]}]), "{name}");
            assert!(body["model"].is_null() && body["stream"].is_null(), "{name}: {body}");
            house.stop().await;
        }
    }
}

#[tokio::test]
async fn amazon_finds_signatures_and_requests_right_over_both_versions_of_http() {
    for (transport, more) in [(Transport::Http1, ""), (Transport::Http2PriorKnowledge, "http2 = \"prior-knowledge\"")] {
        let amazon = amazon(SECRET, transport).await;
        let house = House::open(&NOVA.section("aws", &amazon.url(), more)).await;
        for client in Protocol::ALL.iter().copied() {
            for streams in [true, false] {
                let reply = guarded(Call::ask(client, streams).send(house.address)).await;
                assert_eq!(reply.status, 200, "{client:?} stream {streams}: {}", reply.text());
                let record = house.record(reply.id()).await;
                assert_eq!(record.attempts.len(), 1, "{:?}", record.attempts);
                if streams {
                    assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{client:?}: {}", reply.text());
                }
            }
        }
        house.stop().await;
    }
}

#[tokio::test]
async fn reasoning_comes_back_to_its_issuer_in_a_turn_with_a_tool() {
    let signature = "own-nova-1/+==";
    for (client, thinking) in [
        (Protocol::Anthropic, json!({"type": "enabled", "budget_tokens": 2048})),
        (Protocol::OpenaiResponses, Json::Null),
    ] {
        for streams in [true, false] {
            let name = format!("{client:?} stream {streams}");
            let amazon = amazon(SECRET, Transport::Http1).await;
            let first =
                Answer::text("Let me look.").thinking("a thought", signature).tool("bash", json!({"command": "ls"}));
            amazon.script(Script::always(first).issuer("own-nova-"));
            let house = House::open(&NOVA.section("aws", &amazon.url(), "")).await;
            let mut talk = Client::new(client, thinking.clone());
            for turn in 1..=2 {
                let reply = guarded(talk.call("nova", streams).send(house.address)).await;
                assert_eq!(reply.status, 200, "{name}, turn {turn}: {}", reply.text());
                talk.keep(streams, &reply);
            }
            let sent = amazon.log().pop().unwrap().json();
            let blocks: Vec<&Json> =
                sent["messages"].as_array().unwrap().iter().flat_map(|m| m["content"].as_array().unwrap()).collect();
            let thought = json!({"reasoningText": {"text": "a thought", "signature": signature}});
            assert!(blocks.iter().any(|block| block["reasoningContent"] == thought), "{name}: {sent}");
            let called = blocks.iter().find(|block| !block["toolUse"].is_null()).unwrap();
            let result = blocks.iter().find(|block| !block["toolResult"].is_null()).unwrap();
            assert_eq!(called["toolUse"]["input"], json!({"command": "ls"}), "{name}");
            assert_eq!(called["toolUse"]["toolUseId"], result["toolResult"]["toolUseId"], "{name}");
            house.stop().await;
        }
    }
}

#[tokio::test]
async fn an_exception_before_content_is_not_seen_by_the_client() {
    let rows = [
        ("internalServerException", "server-error"),
        ("modelStreamErrorException", "server-error"),
        ("throttlingException", "overloaded"),
        ("modelTimeoutException", "request-timeout"),
        ("serviceUnavailableException", "unavailable"),
    ];
    NOVA.hides_exceptions(&frames(&EVENTS[..1]), rows).await;
}

#[tokio::test]
async fn an_exception_after_content_ends_in_the_clients_own_error_event() {
    for name in ["modelStreamErrorException", "throttlingException", "internalServerException", "validationException"] {
        for client in Protocol::ALL.iter().copied() {
            // Behind the reason to stop only the tokens are missing, and still nothing was said to be well.
            for before in [2, 3, 4] {
                let body = [frames(&EVENTS[..before]), exception(name)].concat();
                let (reply, others, _) = NOVA.asked_after(Says::new(200, FRAMES, body), client, true).await;
                let place = format!("{name} {client:?} after {before}");
                assert_eq!((reply.status, others), (200, 0), "{place}");
                assert_eq!(stream::ends(client, &reply.body), [Kind::Error], "{place}: {}", reply.text());
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_ends_inside_a_frame_or_is_damaged_is_a_cut() {
    let whole = frames(&EVENTS);
    let in_content = frames(&EVENTS[..3]).len() - 9;
    let mut damaged = frames(&EVENTS[..3]);
    *damaged.last_mut().unwrap() ^= 1;
    let inside = [
        ("inside the tokens", whole[..whole.len() - 9].to_vec()),
        ("inside a block", whole[..in_content].to_vec()),
        ("damaged", damaged),
        ("between frames", frames(&EVENTS[..3])),
    ];
    for (name, body) in inside {
        for client in Protocol::ALL.iter().copied() {
            let (reply, others, _) = NOVA.asked_after(Says::new(200, FRAMES, body.clone()), client, true).await;
            assert_eq!((reply.status, others), (200, 0), "{name} {client:?}");
            assert_eq!(stream::ends(client, &reply.body), [Kind::Error], "{name} {client:?}: {}", reply.text());
        }
    }
    let (reply, others, row) =
        NOVA.asked_after(Says::new(200, FRAMES, whole[..40].to_vec()), Protocol::OpenaiResponses, true).await;
    assert_eq!((others, &*row), (1, "empty-stream"));
    assert_eq!(stream::ends(Protocol::OpenaiResponses, &reply.body), [Kind::End]);
}

#[tokio::test]
async fn an_answer_whose_tokens_are_missing_is_whole() {
    for client in Protocol::ALL.iter().copied() {
        let (reply, others, _) = NOVA.asked_after(Says::new(200, FRAMES, frames(&EVENTS[..4])), client, true).await;
        assert_eq!((reply.status, others), (200, 0), "{client:?}");
        assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{client:?}: {}", reply.text());
    }
}

/// Bedrock has one call that counts, for the models of every maker.
#[tokio::test]
async fn bedrock_is_asked_to_count_and_an_estimate_says_that_it_is_one() {
    const REFUSED: &str = r#"{"message":"The provided model doesn't support counting tokens."}"#;
    for (model, segment) in [(NOVA.id, "us.amazon.nova-2-lite-v1%3A0"), ("anthropic.claude-x", "anthropic.claude-x")] {
        for (path, member) in [("/v1/messages/count_tokens", "messages"), ("/v1/responses/input_tokens", "input")] {
            for counts in [true, false] {
                let bedrock = Scripted::start(move |_| match counts {
                    true => Says::json(200, r#"{"inputTokens":4711}"#),
                    false => Says::json(400, REFUSED),
                });
                let bedrock = bedrock.await;
                let house = House::open(&Model { id: model, answer }.section("aws", &bedrock.url(), "")).await;
                let body = json!({"model": "m-1", member: [{"role": "user", "content": "hello"}]});
                let reply = guarded(Call::post(path, body.to_string()).send(house.address)).await;
                assert_eq!(reply.status, 200, "{}", reply.text());
                let told: Json = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!(told["input_tokens"] == 4711, counts, "{told}");
                assert_eq!(reply.header("x-tokgate-estimated"), (!counts).then_some("true"));
                let seen = bedrock.only();
                assert_eq!(seen.target, format!("/model/{segment}/count-tokens"));
                assert_signed(&seen);
                let asked: Json = serde_json::from_slice(&seen.body).unwrap();
                let messages = &asked["input"]["converse"]["messages"];
                assert_eq!(messages, &json!([{"role": "user", "content": [{"text": "hello"}]}]), "{asked}");
                house.stop().await;
            }
        }
    }
}
