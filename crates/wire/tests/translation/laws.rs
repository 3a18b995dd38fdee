//! What holds of every request and every answer, whatever the pair.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokgate_wire::conversation::End;
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::sse::Framer;
use tokgate_wire::stream::TransportEnd;
use tokgate_wire::translate::dialect::{ReasoningIn, ThinkingSwitch};
use tokgate_wire::translate::{AnswerStream, Dialect, dialect};

use crate::fold::{self, Said};
use crate::pair::{A, C, R, SCOPE, frames, hear, hear_as, hear_whole, hear_whole_stream, plan, try_ask, try_ask_as};
use crate::provider::{Part, answers};

/// Every client with every provider, the equal ones too: they show that the halves of one protocol fit.
fn all_pairs() -> impl Iterator<Item = (Protocol, UpstreamProtocol)> {
    Protocol::ALL.into_iter().flat_map(|client| UpstreamProtocol::ALL.map(|upstream| (client, upstream)))
}

/// With the arguments of calls read, so that their spelling does not count.
fn compared(said: &Said) -> Value {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    let calls: Vec<Value> = said.calls.iter().map(|call| json!([call.id, call.name, read(&call.arguments)])).collect();
    json!({"text": said.text, "reasoning": said.reasoning, "opaque": said.opaque, "calls": calls, "finish": said.finish, "tokens": [said.tokens.0, said.tokens.1]})
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn p2_a_stream_put_together_is_the_answer_that_is_not_streamed(answer in answers(), piece in 1_usize..9) {
        for (client, upstream) in all_pairs() {
            let streamed = hear_whole_stream(client, upstream, &answer.stream(upstream, piece));
            let (body, end) = hear_whole(client, upstream, &answer.whole(upstream));
            prop_assert!(matches!(end, End::Complete(_)));
            let whole = fold::whole(client, &body);
            prop_assert_eq!(compared(&streamed), compared(&whole), "{:?} to {:?}", upstream, client);
        }
    }

    #[test]
    fn p2_what_is_said_is_what_arrives(answer in answers()) {
        for (client, upstream) in all_pairs() {
            let said = hear_whole_stream(client, upstream, &answer.stream(upstream, 3));
            let text: String = answer.parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(&text[..]) } else { None }).collect();
            // Chat has one text: what a call parted stays apart by an empty line.
            let bare = |text: &str| text.replace('\n', "");
            prop_assert_eq!(bare(&said.text), bare(&text), "{:?} to {:?}", upstream, client);
            let sent = answer.parts.iter().filter_map(|part| if let Part::Call(name, input) = part { Some((name.clone(), input.clone())) } else { None });
            let came = said.calls.iter().map(|call| (call.name.clone(), serde_json::from_str(&call.arguments).unwrap()));
            prop_assert!(sent.eq(came), "{:?} to {:?}: {:?}", upstream, client, said.calls);
        }
    }

    #[test]
    fn p3_any_cut_of_the_bytes_gives_the_same(answer in answers(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        for (client, upstream) in all_pairs() {
            let events = answer.stream(upstream, 2);
            let bytes = frames(upstream, &events).into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.sort_unstable();
            let (mut framer, mut stream, mut came, mut from) = (Framer::new(), AnswerStream::new(&plan(client, upstream)), Vec::new(), 0);
            for to in cuts.into_iter().chain([bytes.len()]) {
                stream.push(&framer.push(bytes::Bytes::copy_from_slice(&bytes[from..to])).unwrap());
                came.extend(stream.take());
                from = to;
            }
            stream.finish(TransportEnd::Proven);
            came.extend(stream.take());
            prop_assert!(came == hear(client, upstream, &events).bytes, "{:?} to {:?}", upstream, client);
        }
    }

    #[test]
    fn p4_no_truncation_ends_in_success(answer in answers(), cut in any::<prop::sample::Index>()) {
        for (client, upstream) in all_pairs() {
            let events = answer.stream(upstream, 3);
            // A stream is whole without its tokens and `[DONE]`, when the transport says that it is.
            let needed = events.len()
                - match upstream {
                    UpstreamProtocol::OpenaiChat => 2,
                    UpstreamProtocol::BedrockConverse => 1,
                    _ => 0,
                };
            for end in [TransportEnd::Cut, TransportEnd::Proven] {
                let heard = hear_as(&plan(client, upstream), &events[..cut.index(needed)], end);
                prop_assert!(!heard.said.complete, "{:?} to {:?}: {:?}", upstream, client, heard.events);
            }
        }
    }

    #[test]
    fn p6_whatever_order_events_come_in_the_client_gets_a_valid_stream(answer in answers(), picked in proptest::collection::vec(any::<prop::sample::Index>(), 0..24), end in any::<bool>()) {
        for (client, upstream) in all_pairs() {
            let events = answer.stream(upstream, 4);
            let mixed: Vec<Value> = picked.iter().map(|at| events[at.index(events.len())].clone()).collect();
            // The fold panics at the first event that breaks a rule of the client's protocol.
            hear_as(&plan(client, upstream), &mixed, if end { TransportEnd::Proven } else { TransportEnd::Cut });
        }
    }

    #[test]
    fn p8_tokens_are_the_same_in_every_protocol(answer in answers()) {
        for (client, upstream) in all_pairs() {
            let heard = hear(client, upstream, &answer.stream(upstream, 9));
            prop_assert_eq!(heard.said.tokens, (answer.input(), answer.tokens[3]), "{:?} to {:?}", upstream, client);
        }
    }

    #[test]
    fn p7_calls_and_results_are_a_bijection_whatever_the_client_sent(messages in proptest::collection::vec(said_in_turn(), 0..8)) {
        for from in Protocol::ALL {
            let body = conversation(from, &messages);
            for to in UpstreamProtocol::ALL {
                let Ok(sent) = try_ask(from, to, &body) else { continue };
                let (calls, results) = calls_and_results(&sent.body);
                prop_assert_eq!(&calls, &results, "{:?} to {:?}: {}", from, to, sent.text);
                prop_assert_eq!(calls.iter().collect::<HashSet<_>>().len(), calls.len());
            }
        }
    }

    #[test]
    fn p9_no_request_panics_and_what_goes_out_is_json(body in junk()) {
        for from in Protocol::ALL {
            for to in UpstreamProtocol::ALL {
                // `try_ask` reads what goes out.
                if let Err(refused) = try_ask(from, to, &body) {
                    prop_assert!(!refused.why.id().is_empty());
                }
            }
        }
    }

    #[test]
    fn p9_no_answer_panics(events in proptest::collection::vec(junk(), 0..6)) {
        for (client, upstream) in all_pairs() {
            hear_as(&plan(client, upstream), &events, TransportEnd::Cut);
            for event in &events {
                hear_whole(client, upstream, event);
            }
        }
    }

    #[test]
    fn p10_what_only_its_maker_reads_never_reaches_another(secret in "[A-Za-z0-9]{24,40}", redacted in any::<bool>()) {
        for (client, maker) in all_pairs() {
            let Some(carried) = carried(client, maker, &secret, redacted) else { continue };
            for to in UpstreamProtocol::ALL {
                for reasoning_in in [ReasoningIn::None, ReasoningIn::Content, ReasoningIn::Reasoning, ReasoningIn::Details] {
                    let facts = Dialect { reasoning_in, thinking_switch: ThinkingSwitch::Protocol, ..dialect::of(to) };
                    // The same scope in another protocol is another scope: a scope is of one provider and protocol.
                    let Ok(sent) = try_ask_as(client, to, &carried.to_string(), &facts, SCOPE + 1) else { continue };
                    let genuine = maker == client && to == maker;
                    prop_assert!(genuine || !sent.text.contains(&secret), "{:?} by {:?} to {:?}: {}", maker, client, to, sent.text);
                    prop_assert!(genuine || !sent.text.contains("tg1."), "{}", sent.text);
                }
            }
        }
    }
}

/// A turn of a client that holds what `maker` said with `secret` in it, as the client got it.
pub(crate) fn carried(client: Protocol, maker: UpstreamProtocol, secret: &str, redacted: bool) -> Option<Value> {
    let answer = crate::provider::Answer {
        parts: vec![
            Part::Reasoning(if redacted { String::new() } else { "hm".to_owned() }, secret.to_owned()),
            Part::Text("so".to_owned()),
        ],
        tokens: [1, 0, 0, 1],
        cut: false,
    };
    let (body, _) = hear_whole(client, maker, &answer.whole(maker));
    let user = json!({"role": "user", "content": "go on"});
    Some(match client {
        A => {
            json!({"model": "m", "max_tokens": 9, "messages": [user, {"role": "assistant", "content": body["content"]}, user]})
        }
        C => json!({"model": "m", "messages": [user, body["choices"][0]["message"], user]}),
        R => {
            let mut input = vec![user.clone()];
            input.extend(body["output"].as_array()?.iter().cloned());
            input.push(user);
            json!({"model": "m", "store": false, "input": input})
        }
    })
}

/// One thing that is said in a conversation: who, what.
#[derive(Debug, Clone)]
pub(crate) enum Turn {
    User(String),
    Assistant(String),
    Call(String),
    Result(String),
    Developer(String),
}

pub(crate) fn said_in_turn() -> impl Strategy<Value = Turn> {
    let id = || "[ab.:]{1,2}";
    prop_oneof![
        "[a-z]{0,3}".prop_map(Turn::User),
        "[a-z]{0,3}".prop_map(Turn::Assistant),
        id().prop_map(Turn::Call),
        id().prop_map(Turn::Result),
        "[a-z]{0,3}".prop_map(Turn::Developer),
    ]
}

/// The conversation as a client of `protocol` sends it.
pub(crate) fn conversation(protocol: Protocol, turns: &[Turn]) -> Value {
    let anthropic = |turn: &Turn| match turn {
        Turn::User(text) => json!({"role": "user", "content": text}),
        Turn::Assistant(text) => json!({"role": "assistant", "content": text}),
        Turn::Developer(text) => json!({"role": "system", "content": text}),
        Turn::Call(id) => {
            json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "read", "input": {}}]})
        }
        Turn::Result(id) => {
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "x"}]})
        }
    };
    let chat = |turn: &Turn| match turn {
        Turn::Developer(text) => json!({"role": "developer", "content": text}),
        Turn::Call(id) => {
            json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": {"name": "read", "arguments": "{}"}}]})
        }
        Turn::Result(id) => json!({"role": "tool", "tool_call_id": id, "content": "x"}),
        plain => anthropic(plain),
    };
    let responses = |turn: &Turn| match turn {
        Turn::Call(id) => json!({"type": "function_call", "call_id": id, "name": "read", "arguments": "{}"}),
        Turn::Result(id) => json!({"type": "function_call_output", "call_id": id, "output": "x"}),
        plain => chat(plain),
    };
    match protocol {
        A => json!({"model": "m", "max_tokens": 9, "messages": turns.iter().map(anthropic).collect::<Vec<_>>()}),
        C => json!({"model": "m", "messages": turns.iter().map(chat).collect::<Vec<_>>()}),
        R => json!({"model": "m", "input": turns.iter().map(responses).collect::<Vec<_>>()}),
    }
}

/// Ids of calls and results in their order, in any protocol.
fn calls_and_results(body: &Value) -> (Vec<String>, Vec<String>) {
    let (mut calls, mut results) = (Vec::new(), Vec::new());
    let note = |list: &mut Vec<String>, id: &Value| list.extend(id.as_str().map(str::to_owned));
    for item in [&body["messages"], &body["input"], &body["contents"]].into_iter().filter_map(Value::as_array).flatten()
    {
        item["tool_calls"].as_array().into_iter().flatten().for_each(|call| note(&mut calls, &call["id"]));
        note(&mut results, &item["tool_call_id"]);
        let is_result = item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"));
        note(if is_result { &mut results } else { &mut calls }, &item["call_id"]);
        for block in item["content"].as_array().into_iter().flatten() {
            note(&mut results, &block["tool_use_id"]);
            if block["type"] == "tool_use" {
                note(&mut calls, &block["id"]);
            }
            note(&mut calls, &block["toolUse"]["toolUseId"]);
            note(&mut results, &block["toolResult"]["toolUseId"]);
        }
        for part in item["parts"].as_array().into_iter().flatten() {
            note(&mut calls, &part["functionCall"]["id"]);
            note(&mut results, &part["functionResponse"]["id"]);
        }
    }
    (calls, results)
}

/// JSON of any shape, with the names and words of the protocols in it.
fn junk() -> impl Strategy<Value = Value> {
    const NAMES: &[&str] = &[
        "model",
        "messages",
        "input",
        "role",
        "content",
        "type",
        "text",
        "tools",
        "function",
        "name",
        "arguments",
        "tool_calls",
        "index",
        "id",
        "choices",
        "delta",
        "message",
        "usage",
        "input_tokens",
        "prompt_tokens",
        "source",
        "data",
        "image_url",
        "url",
        "tool_choice",
        "thinking",
        "signature",
        "output",
        "item",
        "output_index",
        "response",
        "content_block",
        "stop_reason",
        "finish_reason",
        "reasoning",
        "summary",
        "encrypted_content",
        "error",
        "part",
        "system",
        "instructions",
        "max_tokens",
        "stop",
        "response_format",
        "format",
        "schema",
        "call_id",
        "tool_use_id",
        "reasoning_content",
        "reasoning_details",
        "partial_json",
        "parameters",
        "input_schema",
        "stream",
        "candidates",
        "parts",
        "functionCall",
        "thoughtSignature",
        "groundingMetadata",
        "groundingSupports",
        "segment",
        "contentBlockIndex",
        "toolUse",
        "reasoningContent",
        "web_search",
        "web_search_options",
        "user_location",
    ];
    const WORDS: &[&str] = &[
        "user",
        "assistant",
        "system",
        "tool",
        "developer",
        "text",
        "image",
        "document",
        "tool_use",
        "tool_result",
        "thinking",
        "function",
        "custom",
        "function_call",
        "function_call_output",
        "message",
        "reasoning",
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "auto",
        "text_delta",
        "input_json_delta",
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.completed",
        "input_text",
        "output_text",
        "base64",
        "json_schema",
        "{}",
        "",
        "data:image/png;base64,AAAA",
        "stop",
        "tool_calls",
        "chat.completion.chunk",
        "web_search",
        "namespace",
        "shell",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~é世\n\u{0}]{0,6}".prop_map(Value::from),
        proptest::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(NAMES), inner), 0..6).prop_map(
                |members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            ),
        ]
    })
}
