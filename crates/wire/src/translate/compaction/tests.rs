//! Compaction asked, answered, and sent back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::stream::TransportEnd;
use crate::translate::{AnswerStream, Plan, answer, convert, dialect};

const PROVIDERS: [UpstreamProtocol; 4] = [
    UpstreamProtocol::Anthropic,
    UpstreamProtocol::OpenaiChat,
    UpstreamProtocol::Gemini,
    UpstreamProtocol::BedrockConverse,
];

fn asked(to: UpstreamProtocol, body: &Value, compaction: Option<Compaction>) -> (Value, Plan) {
    let dialect = dialect::of(to);
    let from = Protocol::OpenaiResponses;
    let sent =
        convert::recalling(from, to, &body.to_string(), &dialect, 1, "m", "m", 7, 7, compaction, |_| {}).unwrap();
    (serde_json::from_slice(&sent.body).unwrap(), sent.plan)
}

fn request() -> Value {
    json!({
        "model": "m", "stream": true, "tools": [{"type": "function", "name": "ls", "parameters": {"type": "object"}}],
        "input": [{"role": "user", "content": "hello"}, {"type": "compaction_trigger"}],
    })
}

fn plan(compaction: Compaction) -> Plan {
    Plan { compaction: Some(compaction), ..Plan::new(Protocol::OpenaiResponses, UpstreamProtocol::Anthropic) }
}

fn message(content: &Value, stop: &str) -> String {
    json!({"type": "message", "id": "m", "role": "assistant", "model": "c", "content": content, "stop_reason": stop,
           "usage": {"input_tokens": 5, "output_tokens": 3}})
    .to_string()
}

fn chat_stream(delta: &Value, finish: &str) -> Vec<u8> {
    let chunk = json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]});
    format!("data: {chunk}\n\ndata: {end}\n\ndata: [DONE]\n\n").into_bytes()
}

fn streamed(bytes: &[u8]) -> (Vec<Value>, End) {
    let plan = Plan {
        compaction: Some(Compaction::Item),
        ..Plan::new(Protocol::OpenaiResponses, UpstreamProtocol::OpenaiChat)
    };
    let mut stream = AnswerStream::new(&plan);
    stream.push(bytes);
    let end = stream.finish(TransportEnd::Proven);
    let bytes = stream.take();
    let events = crate::sse::events(&bytes).map(|event| serde_json::from_slice(&event.data).unwrap()).collect();
    (events, end)
}

#[test]
fn a_trigger_asks_every_provider_for_a_summary_and_no_tool() {
    for to in PROVIDERS {
        let (body, plan) = asked(to, &request(), None);
        assert_eq!(plan.compaction, Some(Compaction::Item), "{to:?}");
        let text = body.to_string();
        assert!(text.contains(&serde_json::to_string(ASK).unwrap()), "{to:?}: {text}");
        let forbids = match to {
            UpstreamProtocol::Anthropic => body["tool_choice"]["type"] == "none",
            UpstreamProtocol::OpenaiChat => body["tool_choice"] == "none",
            UpstreamProtocol::Gemini => body["toolConfig"]["functionCallingConfig"]["mode"] == "NONE",
            _ => body["toolConfig"].is_null(),
        };
        assert!(forbids, "{to:?}: {text}");
    }
}

#[test]
fn a_streamed_summary_is_exactly_one_item_that_reads_back() {
    let (events, end) = streamed(&chat_stream(&json!({"content": "We did \"x\"."}), "stop"));
    assert!(matches!(end, End::Complete(_)));
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let wanted = ["created", "in_progress", "output_item.added", "output_item.done", "completed"];
    assert_eq!(kinds, wanted.map(|kind| format!("response.{kind}")));
    let item = &events[3]["item"];
    assert_eq!((&item["type"], &events[4]["response"]["output"]), (&json!("compaction"), &json!([item])));
    let back = open(item["encrypted_content"].as_str().unwrap()).unwrap();
    assert_eq!(back, format!("{PREFACE}We did \"x\"."));
}

#[test]
fn a_whole_summary_is_a_response_or_the_object_of_its_call() {
    let body = message(
        &json!([{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "all of it"}]),
        "end_turn",
    );
    for (compaction, object) in [(Compaction::Item, "response"), (Compaction::Call, "response.compaction")] {
        let (bytes, end) = answer::whole(&plan(compaction), &body);
        assert!(matches!(end, End::Complete(_)));
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((&value["object"], &value["usage"]["input_tokens"]), (&json!(object), &json!(5)));
        let output = value["output"].as_array().unwrap();
        assert_eq!(output.len(), 1);
        let summary = open(output[0]["encrypted_content"].as_str().unwrap()).unwrap();
        assert_eq!(summary, format!("{PREFACE}all of it"));
    }
}

#[test]
fn a_summary_that_is_empty_or_cut_or_a_call_is_an_error() {
    let text = json!([{"type": "text", "text": "half"}]);
    let call = json!([{"type": "text", "text": "x"}, {"type": "tool_use", "id": "t", "name": "ls", "input": {}}]);
    let blank = json!([{"type": "text", "text": " \n"}]);
    for (content, stop) in
        [(&text, "max_tokens"), (&text, "refusal"), (&call, "tool_use"), (&blank, "end_turn"), (&json!([]), "end_turn")]
    {
        let (bytes, end) = answer::whole(&plan(Compaction::Call), &message(content, stop));
        assert!(matches!(end, End::Failed(_)) && bytes.is_empty(), "{content} {stop}: {end:?}");
    }
    for (delta, finish) in [(json!({"content": "half"}), "length"), (json!({"content": " "}), "stop")] {
        let (events, end) = streamed(&chat_stream(&delta, finish));
        assert!(matches!(end, End::Failed(_)), "{delta} {finish}");
        assert_eq!(events.last().unwrap()["type"], "response.failed");
        assert!(!events.iter().any(|event| event.to_string().contains("encrypted_content\":\"tg1")));
    }
}

#[test]
fn a_summary_goes_back_to_every_provider_in_words() {
    let body = json!({"model": "m", "input": [
        {"type": "compaction", "id": "cmp_1", "encrypted_content": wrap("we did x")},
        {"role": "user", "content": "go on"},
    ]});
    for to in PROVIDERS {
        let (sent, plan) = asked(to, &body, None);
        let text = sent.to_string();
        assert!(text.contains("we did x") && !text.contains("tg1."), "{to:?}: {text}");
        assert_eq!(plan.compaction, None);
    }
}

#[test]
fn the_call_by_itself_asks_without_a_trigger() {
    let body = json!({"model": "m", "instructions": "be", "input": [{"role": "user", "content": "hello"}]});
    let (sent, plan) = asked(UpstreamProtocol::OpenaiChat, &body, Some(Compaction::Call));
    assert_eq!(sent["messages"].as_array().unwrap().last().unwrap()["content"], ASK);
    assert_eq!((plan.compaction, sent.get("tool_choice")), (Some(Compaction::Call), None));
}
