//! Answers as a Chat client gets them, streamed and whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::{CallKind, Citation, Finish, Opened};
use crate::error::WireError;
use crate::json::Text;
use crate::protocol::Protocol;
use crate::sse;
use crate::translate::carrier::{self, Carried};
use crate::usage::Usage;

fn plan() -> Plan {
    Plan {
        model: "asked".to_owned(),
        created: 17,
        want_usage: true,
        scope: 5,
        ..Plan::new(Protocol::OpenaiChat, Protocol::Anthropic)
    }
}

fn start() -> Event<'static> {
    Event::Start { id: Some("msg_1".into()), model: Some("real".into()) }
}

fn open(part: u32, what: Opened<'static>) -> Event<'static> {
    Event::Open { part, what }
}

fn call(part: u32, id: &'static str, name: &'static str, kind: CallKind) -> Event<'static> {
    open(part, Opened::ToolCall { id: id.into(), name: name.into(), namespace: None, kind })
}

fn text(part: u32, text: &'static str) -> Event<'static> {
    Event::Text { part, text: text.into() }
}

fn arguments(part: u32, text: &'static str) -> Event<'static> {
    Event::Arguments { part, text: text.into() }
}

fn usage() -> Event<'static> {
    Event::Usage(Usage {
        input_uncached: Some(200),
        cache_read: Some(2000),
        cache_write_5m: Some(300),
        cache_write_1h: Some(100),
        output_total: Some(9),
        output_reasoning: Some(4),
        ..Usage::default()
    })
}

fn ordinary() -> Vec<Event<'static>> {
    let close = |part| Event::Close { part };
    vec![
        start(),
        open(0, Opened::Reasoning { id: None }),
        text(0, "Hm\n"),
        Event::Piece { part: 0 },
        text(0, "so"),
        Event::Opaque { part: 0, data: "SIG".into() },
        close(0),
        Event::Ping,
        open(1, Opened::Text),
        text(1, "Hi \"you\""),
        Event::Citation { part: 1, source: Citation::new("https://a.example") },
        close(1),
        call(2, "toolu_1", "read", CallKind::Function),
        arguments(2, "{\"a\""),
        arguments(2, ":1}"),
        close(2),
        call(3, "", "now", CallKind::Function),
        close(3),
        call(4, "ctc_1", "patch", CallKind::Freeform),
        arguments(4, "*** x"),
        close(4),
        open(5, Opened::Text),
        text(5, "bye"),
        close(5),
        usage(),
    ]
}

fn streamed(plan: &Plan, events: &[Event<'_>], end: &End) -> String {
    let mut encoder = StreamEncoder::new(plan);
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event.clone());
        bytes.extend(encoder.take());
    }
    encoder.finish(end);
    bytes.extend(encoder.take());
    String::from_utf8(bytes).unwrap()
}

fn whole(plan: &Plan, events: &[Event<'_>], end: &End) -> Value {
    let mut encoder = WholeEncoder::new(plan);
    events.iter().for_each(|event| encoder.event(event.clone()));
    serde_json::from_slice(&encoder.finish(end)).unwrap()
}

/// The data of each event that is JSON; whether `[DONE]` came, last.
fn frames(stream: &str) -> (Vec<Value>, bool) {
    let mut frames = Vec::new();
    let mut done = false;
    for event in sse::events(stream.as_bytes()).filter(|event| !event.data.is_empty()) {
        assert!(!done, "[DONE] is last");
        match event.data.as_ref() {
            b"[DONE]" => done = true,
            data => frames.push(serde_json::from_slice(data).unwrap()),
        }
    }
    (frames, done)
}

/// A stream put together as a client does it, checking what clients insist on.
fn folded(stream: &str) -> Value {
    let (frames, done) = frames(stream);
    assert!(done);
    let mut message = json!({"content": "", "reasoning_content": "", "refusal": "", "tool_calls": [],
        "reasoning_details": [], "annotations": []});
    let (mut finish, mut usage) = (Value::Null, Value::Null);
    for (number, frame) in frames.iter().enumerate() {
        assert_eq!(frame["object"], "chat.completion.chunk");
        assert_eq!(frame["id"], frames[0]["id"]);
        let Some(choice) = frame["choices"].get(0) else {
            assert_eq!(number, frames.len() - 1, "tokens come last");
            usage = frame["usage"].clone();
            continue;
        };
        assert!(finish.is_null(), "nothing comes behind the finish");
        assert_eq!(choice["index"], 0);
        let delta = &choice["delta"];
        assert_eq!(delta.get("role").is_some(), number == 0, "the role comes first and once");
        for name in ["content", "reasoning_content", "refusal"] {
            if let Some(text) = delta.get(name) {
                message[name] = (message[name].as_str().unwrap().to_owned() + text.as_str().unwrap()).into();
            }
        }
        for name in ["reasoning_details", "annotations"] {
            let more = delta.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            message[name].as_array_mut().unwrap().extend(more);
        }
        for fragment in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            fold_call(message["tool_calls"].as_array_mut().unwrap(), fragment);
        }
        finish = choice["finish_reason"].clone();
    }
    json!({"message": message, "finish_reason": finish, "usage": usage})
}

fn fold_call(calls: &mut Vec<Value>, fragment: &Value) {
    let index = usize::try_from(fragment["index"].as_u64().unwrap()).unwrap();
    let Some(known) = calls.get_mut(index) else {
        assert_eq!(index, calls.len(), "indices have no gaps");
        let mut call = fragment.clone();
        call.as_object_mut().unwrap().remove("index");
        assert!(call["id"].as_str().is_some_and(|id| !id.is_empty()));
        return calls.push(call);
    };
    assert!(fragment.get("id").is_none() && fragment.get("type").is_none(), "said once");
    let (kind, input) = if known["type"] == "custom" { ("custom", "input") } else { ("function", "arguments") };
    let more = fragment[kind][input].as_str().unwrap();
    assert!(!more.is_empty(), "no empty fragments");
    known[kind][input] = (known[kind][input].as_str().unwrap().to_owned() + more).into();
}

/// The same of a whole answer.
fn unfolded(whole: &Value) -> Value {
    let choice = &whole["choices"][0];
    let mut message = choice["message"].clone();
    message.as_object_mut().unwrap().remove("role");
    for (name, empty) in [("content", json!("")), ("reasoning_content", json!("")), ("refusal", json!(""))] {
        if message.get(name).is_none_or(Value::is_null) {
            message[name] = empty;
        }
    }
    for name in ["tool_calls", "reasoning_details", "annotations"] {
        if message.get(name).is_none() {
            message[name] = json!([]);
        }
    }
    json!({"message": message, "finish_reason": choice["finish_reason"], "usage": whole.get("usage").unwrap_or(&Value::Null)})
}

const DONE: End = End::Complete(Finish::Done);

#[test]
fn an_answer_says_the_same_streamed_and_whole() {
    let whole = whole(&plan(), &ordinary(), &DONE);
    assert_eq!(
        (&whole["object"], &whole["created"], &whole["model"]),
        (&json!("chat.completion"), &json!(17), &json!("asked"))
    );
    let answer = unfolded(&whole);
    assert_eq!(folded(&streamed(&plan(), &ordinary(), &DONE)), answer);
    let message = &answer["message"];
    assert_eq!(message["reasoning_content"], "Hm\n\n\nso");
    assert_eq!(message["content"], "Hi \"you\"\n\nbye");
    assert_eq!(message["annotations"][0]["url_citation"]["url"], "https://a.example");
    assert_eq!(answer["finish_reason"], "tool_calls");
    let calls = message["tool_calls"].as_array().unwrap();
    assert_eq!(
        calls[0],
        json!({"id": "toolu_1", "type": "function", "function": {"name": "read", "arguments": "{\"a\":1}"}})
    );
    assert_eq!(calls[1]["function"], json!({"name": "now", "arguments": "{}"}));
    assert!(calls[1]["id"].as_str().unwrap().starts_with("call_"));
    assert_eq!(calls[2], json!({"id": "ctc_1", "type": "custom", "custom": {"name": "patch", "input": "*** x"}}));
}

#[test]
fn opaque_reasoning_comes_in_a_carrier_with_its_exact_words() {
    let message = &whole(&plan(), &ordinary(), &DONE)["choices"][0]["message"];
    let entry = &message["reasoning_details"][0];
    assert_eq!((&entry["type"], &entry["text"]), (&json!("reasoning.text"), &json!("Hm\n\n\nso")));
    let carried = carrier::open(entry["signature"].as_str().unwrap(), 5);
    assert!(matches!(carried, Carried::Ours { data, .. } if data == "SIG"));
    assert_eq!(carrier::open(entry["signature"].as_str().unwrap(), 6), Carried::Foreign);
}

#[test]
fn tokens_hold_what_came_from_the_cache_and_all_details() {
    let tokens = &whole(&plan(), &ordinary(), &DONE)["usage"];
    let expected = json!({"prompt_tokens": 2600, "completion_tokens": 9, "total_tokens": 2609,
        "prompt_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 4}});
    assert_eq!(*tokens, expected);
}

#[test]
fn tokens_are_streamed_only_to_those_who_ask() {
    let silent = Plan { want_usage: false, ..plan() };
    assert!(!streamed(&silent, &ordinary(), &DONE).contains("usage"));
}

#[test]
fn parallel_calls_have_their_own_indices_and_choices_are_always_0() {
    let stream = streamed(&plan(), &ordinary(), &DONE);
    let (frames, _) = frames(&stream);
    let indices = frames.iter().flat_map(|frame| frame["choices"][0]["delta"]["tool_calls"][0]["index"].as_u64());
    assert_eq!(indices.collect::<Vec<_>>(), [0, 0, 0, 1, 1, 2, 2]);
    assert!(frames.iter().all(|frame| frame["choices"].get(0).is_none_or(|choice| choice["index"] == 0)));
    assert!(stream.contains("\n\n: ping\n\n"));
}

#[test]
fn a_call_cut_off_gets_no_arguments_made_up() {
    let events = [start(), call(0, "a", "f", CallKind::Function)];
    let end = End::Complete(Finish::MaxOutput);
    let answer = whole(&plan(), &events, &end);
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"], "");
    assert_eq!(folded(&streamed(&plan(), &events, &end)), unfolded(&answer));
}

#[test]
fn an_end_that_is_not_complete_is_an_error_without_done() {
    let overloaded =
        WireError { kind: Some("overloaded_error".to_owned()), code: None, message: "busy".to_owned(), defect: None };
    let revoked = WireError {
        kind: Some("authentication_error".to_owned()),
        code: None,
        message: "key".to_owned(),
        defect: None,
    };
    let limited =
        WireError { kind: Some("rate_limit_error".to_owned()), code: None, message: "slow".to_owned(), defect: None };
    let cases = [
        (End::Cut, "server_error", "the provider's answer broke off before it was complete"),
        (End::Failed(overloaded), "server_error", "busy"),
        (End::Failed(limited), "rate_limit_error", "slow"),
        (End::Failed(revoked), "server_error", "key"),
        (End::Failed(WireError::default()), "server_error", "the provider failed and did not say why"),
    ];
    for (end, kind, message) in cases {
        for events in [ordinary(), Vec::new()] {
            let (frames, done) = frames(&streamed(&plan(), &events, &end));
            let error = &frames.last().unwrap()["error"];
            assert_eq!((&error["type"], &error["message"], done), (&json!(kind), &json!(message), false));
            assert!(frames.iter().all(|frame| frame["choices"][0]["finish_reason"].is_null()));
            assert_eq!(whole(&plan(), &events, &end)["error"]["message"], message);
        }
    }
}

#[test]
fn every_finish_has_its_word() {
    let cases = [
        (Finish::Done, "stop"),
        (Finish::StopText(None), "stop"),
        (Finish::ToolUse, "tool_calls"),
        (Finish::MaxOutput, "length"),
        (Finish::ContextFull, "length"),
        (Finish::Refusal, "content_filter"),
        (Finish::Pause, "stop"),
        (Finish::Other("new".to_owned()), "stop"),
    ];
    for (finish, word) in cases {
        let answer = whole(&plan(), &[start()], &End::Complete(finish));
        assert_eq!(answer["choices"][0]["finish_reason"], word);
        assert_eq!(answer["choices"][0]["message"]["content"], Value::Null);
    }
}

#[test]
fn the_same_answer_has_the_same_ids() {
    assert_eq!(streamed(&plan(), &ordinary(), &DONE), streamed(&plan(), &ordinary(), &DONE));
}

/// What decoders may send: parts that open and close, interleaved, and what they say.
fn any_events() -> impl Strategy<Value = Vec<Event<'static>>> {
    prop::collection::vec((0..5_u8, 0..4_u32, 0..4_u8), 0..40).prop_map(|steps| {
        let mut events = vec![start()];
        let (mut opened, mut closed) = (0, std::collections::BTreeSet::new());
        for (what, part, sort) in steps {
            let known = part < opened && !closed.contains(&part);
            match (what, known) {
                (0, _) => {
                    events.push(match sort {
                        0 => open(opened, Opened::Text),
                        1 => open(opened, Opened::Reasoning { id: None }),
                        2 => call(opened, "", "f", CallKind::Function),
                        _ => call(opened, "x", "g", CallKind::Freeform),
                    });
                    opened += 1;
                }
                (1, true) => events.push(text(part, "t\u{1F600}\u{0}")),
                (2, true) => events.push(Event::Arguments { part, text: Text::Json("\\u007b") }),
                (3, true) => {
                    closed.insert(part);
                    events.push(Event::Close { part });
                }
                (4, true) => events.push(Event::Opaque { part, data: "o".into() }),
                _ => events.push(Event::Ping),
            }
        }
        events
    })
}

proptest! {
    #[test]
    fn whatever_comes_the_stream_is_valid_and_says_what_the_whole_says(events in any_events(), cut: bool) {
        let end = if cut { End::Complete(Finish::MaxOutput) } else { DONE };
        prop_assert_eq!(folded(&streamed(&plan(), &events, &end)), unfolded(&whole(&plan(), &events, &end)));
    }
}
