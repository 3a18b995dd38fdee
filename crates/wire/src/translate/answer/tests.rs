#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::stream::{StreamEnd, Tap};

/// One answer (a sentence, then a call) as each protocol streams it.
const ANTHROPIC: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"up-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"look."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"call_1","name":"read","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"path\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"a\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}

event: message_stop
data: {"type":"message_stop"}

"#;

const CHAT: &str = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{"content":"Let me "},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{"content":"look."},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read","arguments":"{\"path\":"}}]},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"a\"}"}}]},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"up-1","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":9,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":3}}}

data: [DONE]

"#;

const RESPONSES: &str = r#"event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1,"status":"in_progress","model":"up-1","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Let me "}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"look."}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"text":"Let me look."}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me look.","annotations":[]}]}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":7,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"read","arguments":""}}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","sequence_number":8,"item_id":"fc_1","output_index":1,"delta":"{\"path\":\"a\"}"}

event: response.function_call_arguments.done
data: {"type":"response.function_call_arguments.done","sequence_number":9,"item_id":"fc_1","output_index":1,"arguments":"{\"path\":\"a\"}"}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":10,"output_index":1,"item":{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"read","arguments":"{\"path\":\"a\"}"}}

event: response.completed
data: {"type":"response.completed","sequence_number":11,"response":{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"up-1","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me look.","annotations":[]}]},{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"read","arguments":"{\"path\":\"a\"}"}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":3},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":19}}}

"#;

const GEMINI: &str = r#"data: {"candidates":[{"content":{"parts":[{"text":"Let me "}],"role":"model"}}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":3,"totalTokenCount":10},"modelVersion":"up-1","responseId":"r1"}

data: {"candidates":[{"content":{"parts":[{"text":"look."}],"role":"model"}}],"modelVersion":"up-1","responseId":"r1"}

data: {"candidates":[{"content":{"parts":[{"functionCall":{"id":"call_1","name":"read","args":{"path":"a"}},"thoughtSignature":"c2ln"}],"role":"model"}}],"modelVersion":"up-1","responseId":"r1"}

data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":3,"candidatesTokenCount":9,"totalTokenCount":19},"modelVersion":"up-1","responseId":"r1"}

"#;

const CONVERSE: &str = r#"event: messageStart
data: {"role":"assistant"}

event: contentBlockDelta
data: {"contentBlockIndex":0,"delta":{"text":"Let me "}}

event: contentBlockDelta
data: {"contentBlockIndex":0,"delta":{"text":"look."}}

event: contentBlockStop
data: {"contentBlockIndex":0}

event: contentBlockStart
data: {"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"call_1","name":"read"}}}

event: contentBlockDelta
data: {"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"path\":"}}}

event: contentBlockDelta
data: {"contentBlockIndex":1,"delta":{"toolUse":{"input":"\"a\"}"}}}

event: contentBlockStop
data: {"contentBlockIndex":1}

event: messageStop
data: {"stopReason":"tool_use"}

event: metadata
data: {"usage":{"inputTokens":7,"outputTokens":9,"totalTokens":19,"cacheReadInputTokens":3},"metrics":{"latencyMs":1}}

"#;

const STREAMS: [(UpstreamProtocol, &str); 5] = [
    (UpstreamProtocol::Anthropic, ANTHROPIC),
    (UpstreamProtocol::OpenaiChat, CHAT),
    (UpstreamProtocol::OpenaiResponses, RESPONSES),
    (UpstreamProtocol::Gemini, GEMINI),
    (UpstreamProtocol::BedrockConverse, CONVERSE),
];

/// The model that an answer names: one protocol names none.
fn model(upstream: UpstreamProtocol) -> Option<&'static str> {
    (upstream != UpstreamProtocol::BedrockConverse).then_some("up-1")
}

/// The plan of a request from `client` to `upstream`.
fn plan(client: Protocol, upstream: impl Into<UpstreamProtocol>) -> Plan {
    Plan { model: "asked".to_owned(), want_usage: true, seed: 7, ..Plan::new(client, upstream) }
}

/// All pairs, the equal ones too: they show that decoder and encoder of one protocol fit.
fn pairs() -> impl Iterator<Item = (Protocol, UpstreamProtocol, &'static str)> {
    STREAMS.iter().flat_map(|(upstream, stream)| Protocol::ALL.map(|client| (client, *upstream, *stream)))
}

fn translate(plan: &Plan, stream: &str, end: TransportEnd) -> (Vec<u8>, End, AnswerStream) {
    let mut answer = AnswerStream::new(plan);
    let mut bytes = Vec::new();
    for event in stream.split_inclusive("\n\n") {
        answer.push(event.as_bytes());
        bytes.extend(answer.take());
    }
    let end = answer.finish(end);
    bytes.extend(answer.take());
    (bytes, end, answer)
}

/// How the watcher of passing streams, which knows nothing of translation, sees the bytes.
fn watched(client: Protocol, bytes: &[u8]) -> (StreamEnd, Tap) {
    let mut tap = Tap::new(client);
    tap.push(bytes::Bytes::copy_from_slice(bytes)).unwrap();
    (tap.finish(TransportEnd::Cut), tap)
}

/// Everything that a stream says in `text`, `content`, `delta`, `arguments`, `partial_json`, put together.
fn said(client: Protocol, bytes: &[u8]) -> (String, String) {
    let (mut text, mut arguments) = (String::new(), String::new());
    for event in sse::events(bytes) {
        let Ok(data) = serde_json::from_slice::<Value>(&event.data) else { continue };
        let (one, two) = match client {
            Protocol::Anthropic => (&data["delta"]["text"], &data["delta"]["partial_json"]),
            Protocol::OpenaiChat => {
                let delta = &data["choices"][0]["delta"];
                (&delta["content"], &delta["tool_calls"][0]["function"]["arguments"])
            }
            Protocol::OpenaiResponses => match data["type"].as_str() {
                Some("response.output_text.delta") => (&data["delta"], &Value::Null),
                Some("response.function_call_arguments.delta") => (&Value::Null, &data["delta"]),
                _ => (&Value::Null, &Value::Null),
            },
        };
        text.push_str(one.as_str().unwrap_or_default());
        arguments.push_str(two.as_str().unwrap_or_default());
    }
    (text, arguments)
}

#[test]
fn an_answer_reaches_every_client_from_every_provider() {
    for (client, upstream, stream) in pairs() {
        let (bytes, end, answer) = translate(&plan(client, upstream), stream, TransportEnd::Proven);
        let shown = String::from_utf8_lossy(&bytes);
        assert_eq!(end, End::Complete(Finish::ToolUse), "{upstream:?} to {client:?}: {shown}");
        let (end, tap) = watched(client, &bytes);
        assert_eq!(end, StreamEnd::Complete, "{upstream:?} to {client:?}: {shown}");
        let expected = ("Let me look.".to_owned(), r#"{"path":"a"}"#.to_owned());
        assert_eq!(said(client, &bytes), expected, "{upstream:?} to {client:?}: {shown}");
        assert!(shown.contains("call_1"), "{shown}");
        assert_eq!(tap.model(), Some("asked"), "clients are told the model they asked for");
        assert_eq!(answer.model(), model(upstream));
        let tokens = |usage: &Usage| (usage.input_uncached, usage.cache_read, usage.output_total);
        assert_eq!(tokens(answer.usage()), (Some(7), Some(3), Some(9)), "{upstream:?}");
        assert_eq!(tokens(tap.usage()), (Some(7), Some(3), Some(9)), "{upstream:?} to {client:?}: {shown}");
    }
}

#[test]
fn the_record_has_the_upstreams_own_words() {
    let word = |upstream| {
        let stream = STREAMS.iter().find(|(protocol, _)| *protocol == upstream).unwrap().1;
        let (_, _, answer) = translate(&plan(Protocol::Anthropic, upstream), stream, TransportEnd::Proven);
        answer.stop().unwrap().to_owned()
    };
    assert_eq!(UpstreamProtocol::ALL.map(word), ["tool_use", "tool_calls", "completed", "STOP", "tool_use"]);
}

#[test]
fn it_says_what_each_event_brought() {
    for (upstream, stream) in STREAMS {
        let mut answer = AnswerStream::new(&plan(Protocol::Anthropic, upstream));
        let mut fresh = 0;
        let mut last = Progress::default();
        for event in stream.split_inclusive("\n\n") {
            let progress = answer.push(event.as_bytes());
            assert_eq!(progress.events, 1, "{event}");
            assert!(!progress.fresh || progress.generated);
            assert!(!last.terminal || progress.terminal, "what has ended stays so");
            fresh += usize::from(progress.fresh);
            last = progress;
        }
        let ended = last.terminal || upstream == UpstreamProtocol::Gemini;
        assert!(fresh >= 3 && ended && last.generated, "{upstream:?}: {fresh} {last:?}");
    }
}

#[test]
fn trap_14_a_stream_that_breaks_off_never_ends_cleanly() {
    for (client, upstream, stream) in pairs() {
        let events: Vec<&str> = stream.split_inclusive("\n\n").collect();
        // Without the events that say why it ended; a Chat stream is complete without its [DONE], and one of Gemini only
        // when the transport says so.
        let kept = match upstream {
            UpstreamProtocol::OpenaiChat => events.len() - 3,
            UpstreamProtocol::Gemini => events.len(),
            _ => events.len() - 2,
        };
        for count in 0..=kept {
            let (bytes, end, _) = translate(&plan(client, upstream), &events[..count].concat(), TransportEnd::Cut);
            assert!(!matches!(end, End::Complete(_)), "{upstream:?} to {client:?} after {count}");
            let (end, _) = watched(client, &bytes);
            assert_ne!(end, StreamEnd::Complete, "{upstream:?} to {client:?} after {count}");
        }
    }
}

#[test]
fn an_error_of_the_upstream_is_told_in_the_clients_protocol() {
    let errors = [
        (
            UpstreamProtocol::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n",
        ),
        (
            UpstreamProtocol::OpenaiChat,
            "data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"code\":null}}\n\n",
        ),
        (
            UpstreamProtocol::OpenaiResponses,
            "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"busy\",\"param\":null,\"sequence_number\":1}\n\n",
        ),
        (
            UpstreamProtocol::Gemini,
            "data: {\"error\":{\"code\":503,\"message\":\"busy\",\"status\":\"UNAVAILABLE\"}}\n\n",
        ),
        (UpstreamProtocol::BedrockConverse, "event: serviceUnavailableException\ndata: {\"message\":\"busy\"}\n\n"),
    ];
    for (upstream, error) in errors {
        for client in Protocol::ALL {
            let stream = STREAMS.iter().find(|(protocol, _)| *protocol == upstream).unwrap().1;
            let mut answer = AnswerStream::new(&plan(client, upstream));
            let first = answer.push(error.as_bytes());
            assert!(first.error_first && !first.generated, "{upstream:?}");
            assert_eq!(first.error.unwrap().message, "busy");

            let mut answer = AnswerStream::new(&plan(client, upstream));
            let begun: String = stream.split_inclusive("\n\n").take(5).collect();
            answer.push(begun.as_bytes());
            let later = answer.push(error.as_bytes());
            assert!(!later.error_first && later.generated && !later.terminal, "{upstream:?}");
            assert!(matches!(answer.finish(TransportEnd::Proven), End::Failed(_)));
            let (end, _) = watched(client, &answer.take());
            assert_eq!(end, StreamEnd::Failed, "{upstream:?} to {client:?}");
        }
    }
}

#[test]
fn a_stop_text_ends_the_answer_wherever_it_is_cut() {
    for (client, upstream, stream) in pairs() {
        let plan = Plan { stop: vec!["me look".to_owned()], ..plan(client, upstream) };
        let mut answer = AnswerStream::new(&plan);
        let stopped = stream.split_inclusive("\n\n").filter(|event| answer.push(event.as_bytes()).stopped).count();
        assert_eq!(stopped, 1, "{upstream:?}");
        let end = answer.finish(TransportEnd::Cut);
        assert_eq!(end, End::Complete(Finish::StopText(Some("me look".to_owned()))));
        let bytes = answer.take();
        assert_eq!(said(client, &bytes), ("Let ".to_owned(), String::new()), "{upstream:?} to {client:?}");
        assert_eq!(watched(client, &bytes).0, StreamEnd::Complete, "{upstream:?} to {client:?}");
    }
}

#[test]
fn comments_change_nothing_of_what_is_said() {
    for (client, upstream, stream) in pairs() {
        let mut answer = AnswerStream::new(&plan(client, upstream));
        let quiet = answer.push(b": processing\n\n\n\n");
        assert_eq!(quiet, Progress::default(), "{upstream:?}");
        let commented = stream.replace("\n\n", "\n\n: processing\n\n");
        let (bytes, end, _) = translate(&plan(client, upstream), &commented, TransportEnd::Proven);
        assert_eq!(end, End::Complete(Finish::ToolUse), "{upstream:?} to {client:?}");
        let expected = ("Let me look.".to_owned(), r#"{"path":"a"}"#.to_owned());
        assert_eq!(said(client, &bytes), expected, "{upstream:?} to {client:?}");
    }
}

#[test]
fn nothing_is_said_after_the_end() {
    for (client, upstream, stream) in pairs() {
        let (_, end, mut answer) = translate(&plan(client, upstream), stream, TransportEnd::Proven);
        answer.push(stream.as_bytes());
        answer.ping();
        answer.fail(WireError::default());
        assert_eq!(answer.finish(TransportEnd::Cut), end);
        assert_eq!(answer.take(), b"", "{upstream:?} to {client:?}");
    }
}

#[test]
fn the_gateway_can_break_off_and_the_client_is_told() {
    for (client, upstream, stream) in pairs() {
        let begun: String = stream.split_inclusive("\n\n").take(5).collect();
        let mut answer = AnswerStream::new(&plan(client, upstream));
        answer.push(begun.as_bytes());
        answer.fail(WireError { message: "the gateway was stopped".to_owned(), ..WireError::default() });
        let bytes = answer.take();
        assert_eq!(watched(client, &bytes).0, StreamEnd::Failed);
        assert!(String::from_utf8_lossy(&bytes).contains("the gateway was stopped"), "{client:?}");
    }
}

#[test]
fn trap_32_a_signature_comes_back_from_every_client_to_who_made_it() {
    use crate::translate::convert;
    let signed = [
        (UpstreamProtocol::Gemini, GEMINI.to_owned(), "\"thoughtSignature\":\"c2ln\""),
        (
            UpstreamProtocol::BedrockConverse,
            CONVERSE.replacen(
                "event: contentBlockDelta\n",
                "event: contentBlockDelta\ndata: {\"contentBlockIndex\":7,\"delta\":{\"reasoningContent\":{\"text\":\"Hm\"}}}\n\nevent: contentBlockDelta\ndata: {\"contentBlockIndex\":7,\"delta\":{\"reasoningContent\":{\"signature\":\"c2ln\"}}}\n\nevent: contentBlockStop\ndata: {\"contentBlockIndex\":7}\n\nevent: contentBlockDelta\n",
                1,
            ),
            "\"signature\":\"c2ln\"",
        ),
    ];
    for (upstream, stream, expected) in signed {
        for client in Protocol::ALL {
            let plan = Plan { scope: 9, ..plan(client, upstream) };
            let mut whole = WholeEncoder::new(&plan);
            let mut decoder = Decoder::new(&plan);
            let mut end = None;
            for event in sse::events(stream.as_bytes()) {
                end = end.or(decoder.push(&event, &mut whole));
            }
            let end = end.unwrap_or_else(|| decoder.finish(TransportEnd::Proven, &mut whole));
            let body: Value = serde_json::from_slice(&whole.finish(&end)).unwrap();
            let again = follow_up(client, &body).to_string();
            let dialect = crate::translate::dialect::of(upstream);
            let sent = |scope| {
                let sent = convert::request(client, upstream, &again, &dialect, scope, "m", "m", 0, 0).unwrap();
                String::from_utf8(sent.body).unwrap()
            };
            assert!(sent(9).contains(expected), "{upstream:?} through {client:?}: {}", sent(9));
            assert!(!sent(8).contains(expected), "another scope gets it: {client:?}");
        }
    }
}

/// The request with which a client goes on after `answer`, which called a tool.
fn follow_up(client: Protocol, answer: &Value) -> Value {
    use serde_json::json;
    match client {
        Protocol::Anthropic => json!({"model": "m", "max_tokens": 9, "messages": [
            {"role": "user", "content": "hi"}, {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "x"}]}]}),
        Protocol::OpenaiChat => json!({"model": "m", "messages": [
            {"role": "user", "content": "hi"}, answer["choices"][0]["message"],
            {"role": "tool", "tool_call_id": "call_1", "content": "x"}]}),
        Protocol::OpenaiResponses => {
            let mut input = vec![json!({"role": "user", "content": "hi"})];
            input.extend(answer["output"].as_array().unwrap().iter().cloned());
            input.push(json!({"type": "function_call_output", "call_id": "call_1", "output": "x"}));
            json!({"model": "m", "store": false, "input": input})
        }
    }
}

/// P2: streamed and whole say the same. The whole answer is what a client of the same protocol would have got.
#[test]
fn a_whole_answer_says_what_a_streamed_one_says() {
    let bodies = [
        (
            UpstreamProtocol::Anthropic,
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"up-1","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"call_1","name":"read","input":{"path":"a"}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":9}}"#,
        ),
        (
            UpstreamProtocol::OpenaiChat,
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"up-1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"Let me look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a\"}"}}]}}],"usage":{"prompt_tokens":10,"completion_tokens":9,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":3}}}"#,
        ),
        (
            UpstreamProtocol::OpenaiResponses,
            r#"{"id":"resp_1","object":"response","created_at":1,"status":"completed","model":"up-1","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me look.","annotations":[]}]},{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"read","arguments":"{\"path\":\"a\"}"}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":3},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":19}}"#,
        ),
        (
            UpstreamProtocol::Gemini,
            r#"{"candidates":[{"content":{"parts":[{"text":"Let me look."},{"functionCall":{"id":"call_1","name":"read","args":{"path":"a"}}}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":3,"candidatesTokenCount":9},"modelVersion":"up-1","responseId":"r1"}"#,
        ),
        (
            UpstreamProtocol::BedrockConverse,
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"Let me look."},{"toolUse":{"toolUseId":"call_1","name":"read","input":{"path":"a"}}}]}},"stopReason":"tool_use","usage":{"inputTokens":7,"outputTokens":9,"totalTokens":19,"cacheReadInputTokens":3}}"#,
        ),
    ];
    for (upstream, body) in bodies {
        for client in Protocol::ALL {
            let (translated, end, seen) = whole_seen(&plan(client, upstream), body);
            let text = String::from_utf8(translated).unwrap();
            assert_eq!(end, End::Complete(Finish::ToolUse), "{upstream:?} to {client:?}: {text}");
            let again = whole_seen(&plan(client, client), &text);
            // Ids of answers are made from the upstream's.
            let [value, again] = [text.as_bytes(), &again.0].map(|body| {
                let mut value: Value = serde_json::from_slice(body).unwrap();
                value.as_object_mut().unwrap().remove("id");
                value
            });
            assert_eq!(again, value, "{client:?} reads what it writes");
            assert_eq!(value["model"], "asked");
            let arguments = match client {
                Protocol::Anthropic => value["content"][1]["input"].to_string(),
                Protocol::OpenaiChat => {
                    let call = &value["choices"][0]["message"]["tool_calls"][0];
                    call["function"]["arguments"].as_str().unwrap().to_owned()
                }
                Protocol::OpenaiResponses => value["output"][1]["arguments"].as_str().unwrap().to_owned(),
            };
            assert_eq!(arguments, r#"{"path":"a"}"#, "{upstream:?} to {client:?}");
            assert!(text.contains("Let me look."), "{text}");
            assert_eq!((seen.usage().output_total, seen.model()), (Some(9), model(upstream)));
            for broken in ["", "{", "[]", "null", "<html>", r#"{"error":{"message":"no","type":"x"}}"#] {
                let (body, end) = whole(&plan(client, upstream), broken);
                assert!(!matches!(end, End::Complete(_)) && body.is_empty(), "{upstream:?}: {broken}");
            }
        }
    }
}

/// The provider's own last event came behind half a call: the client was told so, the record was not.
#[test]
fn half_a_call_before_the_last_event_is_an_error_for_everybody() {
    let half = CHAT.split("\n\n").take(4).collect::<Vec<_>>().join("\n\n") + "\n\ndata: [DONE]\n\n";
    for client in [Protocol::Anthropic, Protocol::OpenaiResponses] {
        let mut stream = AnswerStream::new(&Plan::new(client, Protocol::OpenaiChat));
        let progress = stream.push(half.as_bytes());
        assert!(!progress.terminal && !progress.error_first, "{progress:?}");
        assert_eq!(progress.error, Some(Defect::Cut.into()));
        let told = String::from_utf8(stream.take()).unwrap();
        assert!(told.contains("broke off") && !told.contains("message_stop"), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// P3: the pieces in which whole events come make no difference.
    #[test]
    fn any_run_of_events_gives_the_same_bytes(cuts in proptest::collection::vec(any::<bool>(), 16)) {
        for (client, upstream, stream) in pairs() {
            let (one_by_one, end, _) = translate(&plan(client, upstream), stream, TransportEnd::Proven);
            let mut answer = AnswerStream::new(&plan(client, upstream));
            let mut run = String::new();
            for (event, cut) in stream.split_inclusive("\n\n").zip(&cuts) {
                run.push_str(event);
                if *cut {
                    answer.push(std::mem::take(&mut run).as_bytes());
                }
            }
            answer.push(run.as_bytes());
            prop_assert_eq!(answer.finish(TransportEnd::Proven), end);
            prop_assert_eq!(answer.take(), one_by_one);
        }
    }

    /// P4 and P9: whatever is lost or mixed up, nothing panics, and no end is clean that the upstream did not say.
    #[test]
    fn events_lost_or_mixed_up_never_panic(
        picked in proptest::collection::vec(0_usize..12, 0..20),
        junk in "[ -~]{0,30}",
    ) {
        for (client, upstream, stream) in pairs() {
            let events: Vec<&str> = stream.split_inclusive("\n\n").collect();
            let mut mixed: String = picked.iter().filter_map(|at| events.get(*at)).copied().collect();
            mixed.push_str(&format!("data: {junk}\n\n"));
            let (bytes, end, _) = translate(&plan(client, upstream), &mixed, TransportEnd::Cut);
            let shown = String::from_utf8_lossy(&bytes);
            if !matches!(end, End::Complete(_)) {
                prop_assert_ne!(watched(client, &bytes).0, StreamEnd::Complete, "{:?} to {:?}: {}", upstream, client, shown);
            } else {
                prop_assert!(mixed.contains("messageStop") || mixed.contains("message_stop") || mixed.contains("[DONE]") || mixed.contains("response.completed"));
            }
        }
    }
}
