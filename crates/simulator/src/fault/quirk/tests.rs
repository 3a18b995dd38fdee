//! Each habit is there, and nothing else of the answer is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::answer::Answer;
use crate::wire;

/// The events of a stream with the habit, and of the same stream without.
fn both(fault: Fault, protocol: Protocol) -> (Vec<Value>, Vec<Value>) {
    let body = json!({"stream": true, "stream_options": {"include_usage": true}});
    let asked = Asked::read(protocol, body.to_string().as_bytes());
    let answer = occasion(fault, &Answer::default()).unwrap();
    let good = wire::frames(&answer, &asked, 1);
    let quirky = rewritten(fault, &asked, &good).unwrap();
    let parse = |frames: &[Frame]| frames.iter().map(read).filter(|event| !event.is_null()).collect();
    (parse(&quirky), parse(&good))
}

fn chat_with(fault: Fault) -> Vec<Value> {
    both(fault, Protocol::OpenaiChat).0
}

/// The call fragments of a chat stream.
fn calls(events: &[Value]) -> Vec<Value> {
    events.iter().filter_map(|chunk| call(chunk).cloned()).collect()
}

fn arguments(calls: &[Value]) -> String {
    calls.iter().filter_map(|call| call["function"]["arguments"].as_str()).collect()
}

#[test]
fn members_of_calls_go() {
    let calls_without = |fault, name: &str| calls(&chat_with(fault)).iter().all(|call| call.get(name).is_none());
    assert!(calls_without(Fault::ToolNoIndex, "index"));
    assert!(calls_without(Fault::ToolNoId, "id"));
}

#[test]
fn a_late_name_comes_once_and_not_first() {
    let calls = calls(&chat_with(Fault::ToolNameLate));
    assert_eq!(calls[0]["function"]["name"], "");
    assert_eq!(calls[1]["function"]["name"], "bash");
    let named = calls.iter().filter(|call| call["function"]["name"].as_str().is_some_and(|name| !name.is_empty()));
    assert_eq!(named.count(), 2);
}

#[test]
fn a_repeated_name_is_that_of_its_own_call() {
    for call in calls(&chat_with(Fault::ToolNameRepeated)) {
        assert_eq!(call["function"]["name"], if call["index"] == 0 { "bash" } else { "read" });
        assert!(call["id"].is_string());
    }
}

#[test]
fn arguments_come_twice_or_late_and_whole() {
    let whole = [r#"{"command":"ls -l /tmp"}"#, r#"{"path":"a b c"}"#];
    assert_eq!(arguments(&calls(&chat_with(Fault::ToolArgumentsLate))), whole.concat());
    let [one, two] = whole;
    assert_eq!(arguments(&calls(&chat_with(Fault::ToolArgumentsTwice))), format!("{one}{one}{two}{two}"));
    let responses = both(Fault::ToolArgumentsLate, Protocol::OpenaiResponses).0;
    let of = |part: &str| responses.iter().filter(|e| e["type"].as_str().unwrap().contains(part)).count();
    assert_eq!((of("arguments.delta"), of("arguments.done")), (0, 2));
}

#[test]
fn deltas_without_calls_have_an_empty_list() {
    let events = chat_with(Fault::ToolCallsEmpty);
    let deltas = events.iter().filter_map(|chunk| chunk.pointer("/choices/0/delta"));
    assert!(deltas.clone().count() > 20 && deltas.clone().all(|delta| delta["tool_calls"].is_array()));
}

#[test]
fn a_stray_fragment_has_an_index_of_its_own() {
    let calls = calls(&chat_with(Fault::ToolStray));
    assert_eq!(calls.last().unwrap(), &json!({"index": 2, "function": {"arguments": ""}}));
}

#[test]
fn fragments_of_parallel_calls_take_turns() {
    let indices: Vec<_> =
        calls(&chat_with(Fault::ToolsInterleaved)).iter().filter_map(|c| c["index"].as_u64()).collect();
    assert_eq!(indices[..4], [0, 1, 0, 1]);
    let (responses, good) = both(Fault::ToolsInterleaved, Protocol::OpenaiResponses);
    let deltas: Vec<_> = responses.iter().filter_map(output_index).collect();
    assert_eq!(deltas[..4], [2, 3, 2, 3]);
    let announced =
        |index| responses.iter().position(|e| e["type"] == "response.output_item.added" && e["output_index"] == index);
    let first_delta = responses.iter().position(|e| output_index(e).is_some());
    assert!(announced(3) < first_delta);
    assert_eq!(responses.len(), good.len());
}

#[test]
fn ends_lack_a_reason_or_have_the_wrong_one() {
    assert!(chat_with(Fault::FinishMissing).iter().all(|chunk| finish(chunk).is_none()));
    let reasons: Vec<_> =
        chat_with(Fault::FinishStop).iter().filter_map(|chunk| finish(chunk).map(str::to_owned)).collect();
    assert_eq!(reasons, ["stop"]);
    let anthropic = both(Fault::FinishStop, Protocol::Anthropic).0;
    assert!(anthropic.iter().any(|event| event["delta"]["stop_reason"] == "end_turn"));
    let anthropic = both(Fault::FinishMissing, Protocol::Anthropic).0;
    assert!(anthropic.iter().all(|event| event["type"] != "message_delta"));
}

#[test]
fn figures_stand_in_the_last_choice() {
    let events = chat_with(Fault::UsageInChoices);
    assert!(events.iter().all(|chunk| !chunk["usage"].is_object()));
    let last = events.last().unwrap();
    assert_eq!(last["choices"][0]["usage"]["total_tokens"], 144);
}

#[test]
fn reasoning_has_the_other_name() {
    let events = chat_with(Fault::ReasoningField);
    let deltas = || events.iter().filter_map(|chunk| chunk.pointer("/choices/0/delta"));
    assert!(deltas().any(|delta| delta["reasoning"].is_string()));
    assert!(deltas().all(|delta| delta.get("reasoning_content").is_none()));
}

#[test]
fn anthropic_events_come_twice_or_from_vertex() {
    let count = |fault, kind: &str| {
        let (quirky, good) = both(fault, Protocol::Anthropic);
        let of = |events: &[Value]| events.iter().filter(|event| event["type"] == kind).count();
        (of(&quirky), of(&good))
    };
    assert_eq!(count(Fault::BlockStopTwice, "content_block_stop"), (8, 4));
    assert_eq!(count(Fault::MessageDeltaTwice, "message_delta"), (2, 1));
    assert_eq!(both(Fault::VertexEvent, Protocol::Anthropic).0[1]["type"], "vertex_event");
}

#[test]
fn responses_items_come_at_the_end_only_or_all_at_one_place() {
    let events = both(Fault::OutputAtEnd, Protocol::OpenaiResponses).0;
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["response.created", "response.in_progress", "response.completed"]);
    assert_eq!(events[2]["response"]["output"].as_array().map(Vec::len), Some(4));
    let events = both(Fault::OutputIndexZero, Protocol::OpenaiResponses).0;
    assert!(events.iter().filter_map(|event| event["output_index"].as_u64()).all(|index| index == 0));
}

#[test]
fn numbers_of_responses_streams_have_no_gaps() {
    for fault in Fault::ALL.iter().copied().filter(|fault| is_quirk(*fault)) {
        let numbers: Vec<_> =
            both(fault, Protocol::OpenaiResponses).0.iter().filter_map(|e| e["sequence_number"].as_u64()).collect();
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "{fault}");
    }
}
