//! A client of one protocol and a provider of another: the answer arrives whole and in the client's own shape, what
//! cannot be said is refused or reported, and a broken answer never looks complete.

use serde_json::{Value, json};
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Fault, FaultPlan, Protocol, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::scripted::{Says, Scripted};
use crate::stream::{self, Kind};

const TEXT: &str = "Some words, 世界, and \"quotes\"\n\nevent: error\n\n in a text.";

fn answer() -> Answer {
    Answer::text(TEXT).tool("bash", json!({"command": "ls -la"}))
}

/// Every client with every provider that does not speak its protocol.
fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    Protocol::ALL
        .iter()
        .flat_map(|client| Protocol::ALL.iter().map(move |upstream| (*client, *upstream)))
        .filter(|(client, upstream)| client != upstream)
}

/// A request with a tool, in each protocol.
fn ask(protocol: Protocol, stream: bool) -> Call {
    let schema = json!({"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]});
    let body = match protocol {
        Protocol::Anthropic => json!({
            "model": "m-1", "max_tokens": 64, "stream": stream, "system": "Be brief.",
            "messages": [{"role": "user", "content": "hello"}],
            "tools": [{"name": "bash", "description": "Runs a command.", "input_schema": schema}],
        }),
        Protocol::OpenaiChat => json!({
            "model": "m-1", "max_completion_tokens": 64, "stream": stream, "stream_options": {"include_usage": true},
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}],
            "tools": [{"type": "function", "function": {"name": "bash", "description": "Runs a command.", "parameters": schema}}],
        }),
        Protocol::OpenaiResponses => json!({
            "model": "m-1", "max_output_tokens": 64, "stream": stream, "instructions": "Be brief.", "input": "hello",
            "tools": [{"type": "function", "name": "bash", "description": "Runs a command.", "parameters": schema, "strict": false}],
        }),
        Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
    };
    let mut body = body;
    if !stream && protocol == Protocol::OpenaiChat {
        body.as_object_mut().unwrap().remove("stream_options");
    }
    Call::post(protocol.path(), body.to_string())
}

/// What an answer says, whatever its protocol.
#[derive(Debug, Default, PartialEq)]
struct Said {
    text: String,
    tool: String,
    arguments: String,
    finish: String,
    input: u64,
    output: u64,
}

fn said_whole(protocol: Protocol, body: &[u8]) -> Said {
    let body: Value = serde_json::from_slice(body).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said = Said::default();
    match protocol {
        Protocol::Anthropic => {
            for block in body["content"].as_array().unwrap() {
                match block["type"].as_str().unwrap() {
                    "text" => said.text.push_str(&text(&block["text"])),
                    "tool_use" => (said.tool, said.arguments) = (text(&block["name"]), block["input"].to_string()),
                    _ => {}
                }
            }
            said.finish = text(&body["stop_reason"]);
        }
        Protocol::OpenaiChat => {
            let choice = &body["choices"][0];
            said.text = text(&choice["message"]["content"]);
            let call = &choice["message"]["tool_calls"][0]["function"];
            (said.tool, said.arguments) = (text(&call["name"]), text(&call["arguments"]));
            said.finish = text(&choice["finish_reason"]);
        }
        Protocol::OpenaiResponses => {
            for item in body["output"].as_array().unwrap() {
                match item["type"].as_str().unwrap() {
                    "message" => said.text.push_str(&text(&item["content"][0]["text"])),
                    "function_call" => (said.tool, said.arguments) = (text(&item["name"]), text(&item["arguments"])),
                    _ => {}
                }
            }
            said.finish = text(&body["status"]);
        }
        Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
    }
    let usage = &body["usage"];
    let count = |names: [&str; 2]| names.iter().find_map(|name| usage[*name].as_u64()).unwrap_or_default();
    said.input = count(["input_tokens", "prompt_tokens"]);
    said.output = count(["output_tokens", "completion_tokens"]);
    said
}

fn said_streamed(protocol: Protocol, body: &[u8]) -> Said {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut said = Said::default();
    for data in stream::events(body).iter().filter(|data| *data != "[DONE]") {
        let event: Value = serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"));
        match protocol {
            Protocol::Anthropic => match event["type"].as_str().unwrap() {
                "content_block_start" if event["content_block"]["type"] == "tool_use" => {
                    said.tool = text(&event["content_block"]["name"]);
                }
                "content_block_delta" => {
                    said.text.push_str(&text(&event["delta"]["text"]));
                    said.arguments.push_str(&text(&event["delta"]["partial_json"]));
                }
                "message_delta" => {
                    said.finish = text(&event["delta"]["stop_reason"]);
                    said.input = event["usage"]["input_tokens"].as_u64().unwrap_or_default();
                    said.output = event["usage"]["output_tokens"].as_u64().unwrap_or_default();
                }
                _ => {}
            },
            Protocol::OpenaiChat => {
                let choice = &event["choices"][0];
                said.text.push_str(&text(&choice["delta"]["content"]));
                let call = &choice["delta"]["tool_calls"][0]["function"];
                said.tool.push_str(&text(&call["name"]));
                said.arguments.push_str(&text(&call["arguments"]));
                if choice["finish_reason"].is_string() {
                    said.finish = text(&choice["finish_reason"]);
                }
                if event["usage"].is_object() {
                    said.input = event["usage"]["prompt_tokens"].as_u64().unwrap_or_default();
                    said.output = event["usage"]["completion_tokens"].as_u64().unwrap_or_default();
                }
            }
            Protocol::OpenaiResponses => match event["type"].as_str().unwrap() {
                "response.output_text.delta" => said.text.push_str(&text(&event["delta"])),
                "response.function_call_arguments.delta" => said.arguments.push_str(&text(&event["delta"])),
                "response.output_item.added" if event["item"]["type"] == "function_call" => {
                    said.tool = text(&event["item"]["name"]);
                }
                "response.completed" => {
                    let whole = said_whole(protocol, event["response"].to_string().as_bytes());
                    assert_eq!((&whole.text, &whole.tool, &whole.arguments), (&said.text, &said.tool, &said.arguments));
                    (said.finish, said.input, said.output) = (whole.finish, whole.input, whole.output);
                }
                _ => {}
            },
            Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
        }
    }
    said
}

fn wanted(protocol: Protocol) -> Said {
    let finish = match protocol {
        Protocol::Anthropic => "tool_use",
        Protocol::OpenaiChat => "tool_calls",
        Protocol::OpenaiResponses => "completed",
        Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
    };
    Said {
        text: TEXT.to_owned(),
        tool: "bash".to_owned(),
        arguments: r#"{"command":"ls -la"}"#.to_owned(),
        finish: finish.to_owned(),
        input: 120,
        output: 24,
    }
}

async fn house(upstream: Protocol, url: &str) -> House {
    House::open(&section("other", upstream, url, "keys = [\"sk-other-0123456789abcdef\"]")).await
}

/// Arguments may be spelt with or without spaces.
fn compact(mut said: Said) -> Said {
    said.arguments = serde_json::from_str::<Value>(&said.arguments).unwrap_or_default().to_string();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_gets_the_answer_of_every_provider_streamed_and_whole() {
    for (client, upstream) in pairs() {
        let far = provider().await;
        far.script(Script::always(answer()));
        let house = house(upstream, &far.url()).await;
        for streamed in [false, true] {
            let reply = guarded(ask(client, streamed).send(house.address)).await;
            let text = String::from_utf8_lossy(&reply.body).into_owned();
            assert_eq!(reply.status, 200, "{client:?} at {upstream:?}: {text}");
            let said = if streamed { said_streamed(client, &reply.body) } else { said_whole(client, &reply.body) };
            assert_eq!(compact(said), wanted(client), "{client:?} at {upstream:?}, stream {streamed}: {text}");
            if streamed {
                assert_eq!(stream::ends(client, &reply.body), [Kind::End], "{client:?} at {upstream:?}: {text}");
            }
            assert_eq!(reply.header("x-tokgate-provider"), Some("other"));
            let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
            assert_eq!((record.outcome, record.usage.output_total), (Outcome::Completed, Some(24)));
        }
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_gets_a_request_of_its_own_protocol_and_none_of_the_clients_headers() {
    for (client, upstream) in pairs() {
        let far = provider().await;
        let house = house(upstream, &far.url()).await;
        let mut call = ask(client, true).header("anthropic-beta", "x-1").header("openai-beta", "y-1");
        // As Anthropic's SDK adds it; nobody else knows it.
        call.path.push_str("?beta=true");
        guarded(call.send(house.address)).await;
        let request = far.log().pop().unwrap();
        assert_eq!(request.path_and_query, upstream.path(), "{client:?} at {upstream:?}");
        let body = request.json();
        assert_eq!(body["model"], "m-1");
        assert_eq!(body["tools"].as_array().map(Vec::len), Some(1), "{body}");
        let system = match upstream {
            Protocol::Anthropic => body["system"].to_string(),
            Protocol::OpenaiChat => body["messages"][0].to_string(),
            Protocol::OpenaiResponses => body["instructions"].to_string(),
            Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
        };
        assert!(system.contains("Be brief."), "{body}");
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert!(!names.contains(&"anthropic-beta") && !names.contains(&"openai-beta"), "{names:?}");
        assert_eq!(names.contains(&"anthropic-version"), upstream == Protocol::Anthropic);
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_stream_that_is_cut_never_looks_complete() {
    for (client, upstream) in pairs() {
        let far = provider().await;
        let house = house(upstream, &far.url()).await;
        far.script(Script::always(answer()));
        let whole = Call::ask(upstream, true).send(far.addr).await.body.len();
        for fault in [Fault::CutReset, Fault::CutClean, Fault::CutEof] {
            for at in (1..whole).step_by(whole / 24) {
                far.script(Script::always(FaultPlan { after_bytes: Some(at), answer: answer(), ..fault.into() }));
                let reply = guarded(ask(client, true).send(house.address)).await;
                let place = format!("{client:?} at {upstream:?}, {fault:?} after {at} of {whole}");
                check_cut(client, &reply, &place);
            }
        }
        house.stop().await;
    }
}

/// Says half a call and then, as its last word or none, nothing of why.
async fn halving() -> Scripted {
    let call =
        r#""tool_calls":[{"index":0,"id":"c","function":{"name":"bash","arguments":"{\"command\":\"rm -r /tm"}}]"#;
    Scripted::start(move |seen| {
        if seen.text().contains("\"stream\":true") {
            let chunk = format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{{call}}}}}]}}\n\n");
            return Says::new(200, "text/event-stream", chunk + "data: [DONE]\n\n");
        }
        Says::json(200, &format!("{{\"choices\":[{{\"message\":{{{call}}},\"finish_reason\":null}}]}}"))
    })
    .await
}

/// Clients were told to run a tool with half of its arguments, and the record said that all was well.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_tool_call_is_never_handed_on_as_a_whole_one() {
    let (half, next) = (halving().await, provider().await);
    next.script(Script::always(answer()));
    let both = section("half", Protocol::OpenaiChat, &half.url(), "order = 1")
        + &section("next", Protocol::OpenaiChat, &next.url(), "");
    for client in [Protocol::Anthropic, Protocol::OpenaiResponses] {
        let house = House::open(&both).await;
        let reply = guarded(ask(client, true).send(house.address)).await;
        let record = house.record(reply.id()).await;
        assert_eq!(stream::ends(client, &reply.body), [Kind::Error], "{}", reply.text());
        assert_eq!(record.outcome, Outcome::Truncated, "{record:?}");
        house.stop().await;
        let house = House::open(&both).await;
        let reply = guarded(ask(client, false).send(house.address)).await;
        let record = house.record(reply.id()).await;
        assert_eq!((reply.status, record.attempts.len()), (200, 2), "the other one was asked: {record:?}");
        assert_eq!(compact(said_whole(client, &reply.body)).arguments, wanted(client).arguments);
        house.stop().await;
    }
}

/// Failed over to nobody (an error answer), or the protocol's error after what was said.
fn check_cut(client: Protocol, reply: &Reply, place: &str) {
    let text = String::from_utf8_lossy(&reply.body);
    if reply.status != 200 {
        return;
    }
    let ends = stream::ends(client, &reply.body);
    if ends == [Kind::Error] {
        return;
    }
    // Only behind the last word of the provider's answer is there nothing left to break.
    assert_eq!(ends, [Kind::End], "{place}: {text}");
    let (said, wanted) = (compact(said_streamed(client, &reply.body)), wanted(client));
    assert_eq!((said.text, said.tool, said.arguments), (wanted.text, wanted.tool, wanted.arguments), "{place}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_provider_is_told_in_the_clients_words() {
    for (client, upstream) in pairs() {
        let far = provider().await;
        far.script(Script::always(Fault::PromptTooLong));
        let house = house(upstream, &far.url()).await;
        let reply = guarded(ask(client, true).send(house.address)).await;
        assert_eq!(reply.status, 400, "{client:?} at {upstream:?}");
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        match client {
            Protocol::Anthropic => {
                assert_eq!(body["type"], "error", "{body}");
                assert!(body["error"]["message"].as_str().unwrap().starts_with("prompt is too long"), "{body}");
            }
            _ => assert_eq!(body["error"]["code"], "context_length_exceeded", "{body}"),
        }
        house.stop().await;
    }
}
