//! Streams of many servers, as events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::Opened;
use crate::openai_responses::encode::{StreamEncoder, WholeEncoder};
use crate::stream::{StreamEnd, Tap};

/// An event in short.
fn sketch(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model } => format!("start {id:?} {model:?}"),
        Event::Open { part, what: Opened::Text } => format!("{part} text"),
        Event::Open { part, what: Opened::Refusal } => format!("{part} refusal"),
        Event::Open { part, what: Opened::Reasoning { id } } => format!("{part} reasoning {id:?}"),
        Event::Open { part, what: Opened::ToolCall { id, name, kind, .. } } => {
            format!("{part} call {id:?} {name:?} {kind:?}")
        }
        Event::Open { part, what: Opened::Hosted { kind, .. } } => format!("{part} hosted {kind}"),
        Event::Text { part, text } | Event::Arguments { part, text } => format!("{part} + {}", text.decoded()),
        Event::Piece { part } => format!("{part} piece"),
        Event::Opaque { part, data } => format!("{part} opaque {}", data.decoded()),
        Event::Citation { part, source } => format!("{part} cites {}", source.url.decoded()),
        Event::Logprobs { part, list } => format!("{part} probable {list}"),
        Event::Close { part } => format!("{part} close"),
        Event::Usage(usage) => {
            format!("usage {:?} {:?} {:?}", usage.input_uncached, usage.cache_read, usage.output_total)
        }
        Event::Ping => "ping".to_owned(),
    }
}

fn plan() -> Plan {
    Plan::new(Protocol::OpenaiResponses, Protocol::OpenaiResponses)
}

/// A stream of these events, with `event:` fields.
fn stream(events: &[Value]) -> String {
    let frame = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("x"));
    events.iter().map(frame).collect()
}

fn decoded(text: &str) -> (Vec<String>, End) {
    let mut seen = Vec::new();
    let mut decoder = Decoder::new(&plan());
    let mut to = |event: Event<'_>| seen.push(sketch(&event));
    for event in sse::events(text.as_bytes()) {
        if let Some(end) = decoder.push(&event, &mut to) {
            return (seen, end);
        }
    }
    let end = decoder.finish(TransportEnd::Proven, &mut to);
    (seen, end)
}

fn run(events: &[Value]) -> (Vec<String>, End) {
    decoded(&stream(events))
}

fn created() -> Value {
    json!({"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5.5", "status": "in_progress", "output": []}})
}

fn completed(output: &Value) -> Value {
    json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": output}})
}

fn added(index: u64, item: &Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

fn done(index: u64, item: &Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

fn delta(kind: &str, item: &str, index: u64, delta: &str) -> Value {
    json!({"type": format!("response.{kind}.delta"), "item_id": item, "output_index": index, "content_index": 0, "delta": delta})
}

fn message(id: &str, text: &str) -> Value {
    json!({"type": "message", "id": id, "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

fn call(id: &str, call_id: &str, name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": id, "call_id": call_id, "name": name, "arguments": arguments, "status": "completed"})
}

/// A stream as OpenAI writes it.
fn whole_stream() -> Vec<Value> {
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "think"}, {"type": "summary_text", "text": "more"}], "encrypted_content": "gAAA"});
    let output = json!([reasoning, message("msg_1", "Hello \u{e9}"), call("fc_1", "call_1", "exec", "{\"a\":1}")]);
    vec![
        created(),
        json!({"type": "response.in_progress", "response": {"id": "resp_1"}}),
        added(0, &json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "half"})),
        json!({"type": "response.reasoning_summary_part.added", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "part": {"type": "summary_text", "text": ""}}),
        json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "delta": "think"}),
        json!({"type": "response.reasoning_summary_text.done", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "text": "think"}),
        json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 1, "delta": "more"}),
        done(0, &reasoning),
        added(1, &json!({"type": "message", "id": "msg_1", "content": []})),
        json!({"type": "response.content_part.added", "item_id": "msg_1", "output_index": 1, "content_index": 0, "part": {"type": "output_text", "text": ""}}),
        delta("output_text", "msg_1", 1, "Hello "),
        delta("output_text", "msg_1", 1, "\u{e9}"),
        json!({"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 1, "content_index": 0, "annotation": {"type": "url_citation", "url": "https://a", "title": "A"}}),
        json!({"type": "response.output_text.done", "item_id": "msg_1", "output_index": 1, "content_index": 0, "text": "Hello \u{e9}"}),
        done(1, &message("msg_1", "Hello \u{e9}")),
        added(2, &call("fc_1", "call_1", "exec", "")),
        delta("function_call_arguments", "fc_1", 2, "{\"a\""),
        delta("function_call_arguments", "fc_1", 2, ":1}"),
        json!({"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 2, "arguments": "{\"a\":1}"}),
        done(2, &call("fc_1", "call_1", "exec", "{\"a\":1}")),
        json!({"type": "response.completed", "response": {"id": "resp_1", "model": "gpt-5.5", "status": "completed", "output": output,
               "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 80, "cache_write_tokens": 5}, "output_tokens": 9, "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 109}}}),
    ]
}

#[test]
fn a_stream_of_openai_is_read_once_and_whole() {
    let (events, end) = run(&whole_stream());
    let expected = [
        "start Some(\"resp_1\") Some(\"gpt-5.5\")",
        "ping",
        "0 reasoning Some(\"rs_1\")",
        "0 + think",
        "0 piece",
        "0 + more",
        "0 opaque gAAA",
        "0 close",
        "1 text",
        "1 + Hello ",
        "1 + \u{e9}",
        "1 cites https://a",
        "1 close",
        "2 call \"call_1\" \"exec\" Function",
        "2 + {\"a\"",
        "2 + :1}",
        "2 close",
        "usage Some(15) Some(80) Some(9)",
    ];
    assert_eq!(events, expected);
    assert_eq!(end, End::Complete(Finish::ToolUse));
}

#[test]
fn streams_without_event_fields_and_with_carriage_returns_are_read_the_same() {
    let text = stream(&whole_stream());
    let expected = decoded(&text);
    let unnamed: String =
        text.lines().filter(|line| !line.starts_with("event:")).map(|line| format!("{line}\r\n")).collect();
    assert_eq!(decoded(&unnamed.replace("data: ", "data:")), expected);
}

#[test]
fn a_whole_answer_says_the_same_as_its_stream() {
    let events = whole_stream();
    let body = events.last().unwrap()["response"].to_string();
    let mut seen = Vec::new();
    let end = Decoder::new(&plan()).whole(&body, &mut |event: Event<'_>| seen.push(sketch(&event)));
    assert_eq!(end, End::Complete(Finish::ToolUse));
    let joined = |events: &[String]| {
        let text: Vec<_> =
            events.iter().filter(|event| !event.contains("ping") && !event.contains("cites")).cloned().collect();
        text.join("|").replace("Hello |1 + ", "Hello ").replace("{\"a\"|2 + ", "{\"a\"")
    };
    assert_eq!(joined(&seen), joined(&run(&events).0));
}

#[test]
fn arguments_that_come_as_deltas_and_whole_are_given_once_and_never_lost() {
    let delta = delta("function_call_arguments", "fc", 0, "{}");
    let whole =
        json!({"type": "response.function_call_arguments.done", "item_id": "fc", "output_index": 0, "arguments": "{}"});
    let item = done(0, &call("fc", "c", "x", "{}"));
    let table = [
        vec![delta.clone(), whole.clone(), item.clone()],
        vec![whole.clone(), item.clone()],
        vec![item.clone()],
        vec![delta],
        vec![whole],
    ];
    for events in table {
        let mut script = vec![created(), added(0, &call("fc", "c", "x", ""))];
        script.extend(events.clone());
        script.push(completed(&json!([call("fc", "c", "x", "{}")])));
        let (seen, end) = run(&script);
        let expected = ["0 call \"c\" \"x\" Function", "0 + {}", "0 close"];
        assert_eq!((&seen[1..], end), (&expected.map(str::to_owned)[..], End::Complete(Finish::ToolUse)), "{events:?}");
    }
}

#[test]
fn interleaved_parallel_calls_are_not_merged() {
    let script = [
        created(),
        added(0, &call("a", "ca", "x", "")),
        added(1, &call("b", "cb", "y", "")),
        delta("function_call_arguments", "a", 0, "1"),
        delta("function_call_arguments", "b", 1, "2"),
        delta("function_call_arguments", "a", 0, "3"),
        done(1, &call("b", "cb", "y", "2")),
        done(0, &call("a", "ca", "x", "13")),
        completed(&json!([])),
    ];
    let expected = [
        "0 call \"ca\" \"x\" Function",
        "1 call \"cb\" \"y\" Function",
        "0 + 1",
        "1 + 2",
        "0 + 3",
        "1 close",
        "0 close",
    ];
    assert_eq!(run(&script).0[1..], expected);
}

#[test]
fn ids_that_change_with_every_event_still_mean_one_item() {
    let script = [
        created(),
        added(0, &call("id-1", "", "x", "")),
        delta("function_call_arguments", "id-2", 0, "{}"),
        done(0, &call("id-3", "c", "x", "{}")),
        added(1, &json!({"type": "message", "id": "id-4"})),
        delta("output_text", "id-5", 1, "hi"),
        done(1, &message("id-6", "hi")),
        completed(&json!([call("id-7", "c", "x", "{}"), message("id-8", "hi")])),
    ];
    let expected = ["0 call \"id-1\" \"x\" Function", "0 + {}", "0 close", "1 text", "1 + hi", "1 close"];
    assert_eq!(run(&script).0[1..], expected);
}

#[test]
fn a_place_used_twice_holds_two_items() {
    let script = [
        created(),
        added(0, &call("a", "ca", "x", "")),
        delta("function_call_arguments", "a", 0, "1"),
        done(0, &call("a", "ca", "x", "1")),
        added(0, &call("b", "cb", "y", "")),
        delta("function_call_arguments", "b", 0, "2"),
        done(0, &call("b", "cb", "y", "2")),
        completed(&json!([])),
    ];
    let expected =
        ["0 call \"ca\" \"x\" Function", "0 + 1", "0 close", "1 call \"cb\" \"y\" Function", "1 + 2", "1 close"];
    assert_eq!(run(&script).0[1..], expected);
}

#[test]
fn items_that_only_the_end_has_are_given_out_before_it() {
    let output = json!([
        {"type": "reasoning", "id": "rs", "summary": [], "content": [{"type": "reasoning_text", "text": "open"}]},
        message("m", "hi"),
        {"type": "message", "id": "r", "content": [{"type": "refusal", "refusal": "no"}]},
        {"type": "custom_tool_call", "id": "ct", "call_id": "c", "name": "p", "input": "raw \" text"},
        {"type": "web_search_call", "id": "ws", "status": "completed"},
    ]);
    let (events, end) = run(&[created(), completed(&output)]);
    let expected = [
        "0 reasoning Some(\"rs\")",
        "0 + open",
        "0 close",
        "1 text",
        "1 + hi",
        "1 close",
        "2 refusal",
        "2 + no",
        "2 close",
        "3 call \"c\" \"p\" Freeform",
        "3 + raw \" text",
        "3 close",
        "4 hosted web_search_call",
        "4 close",
    ];
    assert_eq!(events[1..], expected);
    assert_eq!(end, End::Complete(Finish::ToolUse));
}

#[test]
fn deltas_of_items_that_were_never_announced_are_not_lost() {
    let script = [
        delta("output_text", "m", 0, "hi"),
        delta("function_call_arguments", "f", 1, "{"),
        done(1, &call("f", "c", "x", "{}")),
        completed(&json!([])),
    ];
    let expected =
        ["start None None", "0 text", "0 + hi", "1 call \"c\" \"x\" Function", "1 + {}", "1 close", "0 close"];
    assert_eq!(run(&script).0, expected);
}

#[test]
fn summary_and_open_reasoning_of_one_item_are_not_both_given() {
    let script = [
        created(),
        added(0, &json!({"type": "reasoning", "id": "r"})),
        delta("reasoning_text", "r", 0, "open"),
        json!({"type": "response.reasoning_summary_text.delta", "item_id": "r", "output_index": 0, "summary_index": 0, "delta": "short"}),
        done(
            0,
            &json!({"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "short"}], "content": [{"type": "reasoning_text", "text": "open"}]}),
        ),
        completed(&json!([])),
    ];
    assert_eq!(run(&script).0[1..], ["0 reasoning Some(\"r\")", "0 + open", "0 close"]);
}

#[test]
fn encrypted_content_is_taken_from_the_complete_item_only() {
    let script = [
        created(),
        added(0, &json!({"type": "reasoning", "id": "r", "encrypted_content": "hal"})),
        done(0, &json!({"type": "reasoning", "id": "r", "summary": [], "encrypted_content": "half and half"})),
        completed(&json!([])),
    ];
    assert_eq!(run(&script).0[1..], ["0 reasoning Some(\"r\")", "0 opaque half and half", "0 close"]);
}

#[test]
fn a_call_cut_at_the_longest_answer_stays_open() {
    let half = json!({"type": "function_call", "id": "f", "call_id": "c", "name": "x", "arguments": "{\"a", "status": "incomplete"});
    let script = [
        created(),
        added(0, &call("f", "c", "x", "")),
        delta("function_call_arguments", "f", 0, "{\"a"),
        done(0, &half),
        json!({"type": "response.incomplete", "response": {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [half]}}),
    ];
    let (events, end) = run(&script);
    assert!(!events.iter().any(|event| event.contains("close")), "{events:?}");
    assert_eq!(end, End::Complete(Finish::MaxOutput));
}

#[test]
fn half_a_call_that_nothing_calls_complete_is_no_answer() {
    let begun = call("f", "c", "f", "");
    let half = [created(), added(0, &begun), delta("function_call_arguments", "f", 0, "{\"a"), completed(&json!([]))];
    assert_eq!(run(&half).1, End::Cut);
    let output = json!({"output": [call("f", "c", "f", "{\"a")]});
    assert_eq!(Decoder::new(&plan()).whole(&output.to_string(), &mut |_: Event<'_>| {}), End::Cut);
    let output = json!({"output": [call("f", "c", "f", "{}")]});
    let whole = Decoder::new(&plan()).whole(&output.to_string(), &mut |_: Event<'_>| {});
    assert_eq!(whole, End::Complete(Finish::ToolUse));
}

#[test]
fn ends_are_what_the_server_says() {
    let incomplete =
        |reason: Value| json!({"type": "response.incomplete", "response": {"incomplete_details": {"reason": reason}}});
    let error = |code: &str, message: &str| WireError {
        kind: None,
        code: Some(code.to_owned()),
        message: message.to_owned(),
        defect: None,
    };
    let table = [
        (completed(&json!([message("m", "x")])), End::Complete(Finish::Done)),
        (incomplete(json!("content_filter")), End::Complete(Finish::Refusal)),
        (incomplete(json!("steered")), End::Complete(Finish::Other("steered".to_owned()))),
        (
            json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error", "message": "m"}}}),
            End::Failed(error("server_error", "m")),
        ),
        (
            json!({"type": "response.completed", "response": {"status": "failed", "error": {"code": "c", "message": "m"}}}),
            End::Failed(error("c", "m")),
        ),
        (
            json!({"type": "error", "code": "rate_limit_exceeded", "message": "slow", "param": null, "sequence_number": 3}),
            End::Failed(error("rate_limit_exceeded", "slow")),
        ),
    ];
    for (event, expected) in table {
        assert_eq!(run(&[created(), event.clone()]).1, expected, "{event}");
    }
    let nameless = "data: {\"error\":{\"message\":\"no\",\"code\":\"c\"}}\n\n";
    assert_eq!(decoded(nameless).1, End::Failed(error("c", "no")));
}

#[test]
fn a_truncated_upstream_is_never_a_normal_completion() {
    let events = whole_stream();
    for length in 0..events.len() {
        for end in ["", "data: [DONE]\n\n", "event: response.output_text.delta\ndata: {\"del\n\n"] {
            let (_, end) = decoded(&format!("{}{end}", stream(&events[..length])));
            assert_eq!(end, End::Cut, "{length}");
        }
    }
}

#[test]
fn unknown_events_are_ignored_and_nothing_is_read_after_the_end() {
    let mut text = "event: codex.rate_limits\ndata: not json\n\n: comment\n\n".to_owned();
    text.push_str(&stream(&[json!({"type": "response.future.delta", "delta": "?"}), json!({"type": "keepalive"})]));
    text.push_str(&stream(&whole_stream()));
    let mut decoder = Decoder::new(&plan());
    let mut ends = Vec::new();
    let mut after = 0;
    text.push_str(&stream(&[delta("output_text", "m", 9, "late"), completed(&json!([]))]));
    for event in sse::events(text.as_bytes()) {
        let ended = !ends.is_empty();
        ends.extend(decoder.push(&event, &mut |_: Event<'_>| after += usize::from(ended)));
    }
    assert_eq!((ends, after), (vec![End::Complete(Finish::ToolUse)], 0));
}

/// Bodies that were not streamed.
#[test]
fn bodies_end_as_they_say() {
    let whole = |body: &str| Decoder::new(&plan()).whole(body, &mut |_: Event<'_>| {});
    let table = [
        (json!({"output": [], "status": "completed"}), true),
        (json!({"output": []}), true),
        (json!({"output": [], "status": "in_progress"}), false),
        (json!({"output": [], "status": "failed", "error": {"message": "m"}}), false),
        (json!({"error": {"message": "m"}}), false),
        (json!({"status": "completed"}), false),
    ];
    for (body, complete) in table {
        assert_eq!(matches!(whole(&body.to_string()), End::Complete(_)), complete, "{body}");
    }
    assert_eq!(whole("<html>"), End::Cut);
    assert_eq!(whole(""), End::Cut);
    let mislabelled = stream(&whole_stream());
    assert_eq!(whole(&mislabelled), End::Complete(Finish::ToolUse));
    assert_eq!(whole(&mislabelled[..mislabelled.len() - 2]), End::Cut);
}

/// What a client of the same protocol is given when an answer goes through the model.
fn recoded(text: &str) -> (Vec<u8>, Vec<u8>, End) {
    let (mut streamed, mut whole) = (StreamEncoder::new(&plan()), WholeEncoder::new(&plan()));
    let mut decoder = Decoder::new(&plan());
    let mut end = None;
    for event in sse::events(text.as_bytes()) {
        end = end.or(decoder.push(&event, &mut |event: Event<'_>| {
            streamed.event(event.clone());
            whole.event(event);
        }));
    }
    let end = end.unwrap_or_else(|| decoder.finish(TransportEnd::Cut, &mut |_: Event<'_>| {}));
    streamed.finish(&end);
    (streamed.take(), whole.finish(&end), end)
}

#[test]
fn an_answer_that_goes_through_the_model_says_the_same() {
    let (streamed, whole, _) = recoded(&stream(&whole_stream()));
    let again = decoded(std::str::from_utf8(&streamed).unwrap());
    let without = |events: Vec<String>| -> Vec<String> {
        events
            .into_iter()
            .filter(|event| {
                !["start", "ping"].iter().any(|word| event.starts_with(word))
                    && !event.contains("reasoning")
                    && !event.contains("opaque")
            })
            .collect()
    };
    let first = run(&whole_stream());
    assert_eq!((without(again.0), again.1), (without(first.0), first.1));
    let mut tap = Tap::new(Protocol::OpenaiResponses);
    tap.push(streamed.into()).unwrap();
    assert_eq!(tap.finish(TransportEnd::Cut), StreamEnd::Complete);
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(whole["output"].as_array().unwrap().len(), 3);
}

proptest! {
    #[test]
    fn any_cut_of_a_stream_never_completes_and_agrees_with_the_tap(cut in 0_usize..8000) {
        let text = stream(&whole_stream());
        let mut end = cut.min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        let (_, decoded) = decoded(&text[..end]);
        let mut tap = Tap::new(Protocol::OpenaiResponses);
        tap.push(text[..end].to_owned().into()).unwrap();
        let complete = tap.finish(TransportEnd::Proven) == StreamEnd::Complete;
        prop_assert_eq!(complete, matches!(decoded, End::Complete(_)));
        prop_assert_eq!(complete, end == text.len());
    }

    #[test]
    fn any_order_of_events_is_read_without_panic_and_parts_stay_in_order(order in prop::collection::vec(0_usize..21, 0..60)) {
        let events = whole_stream();
        let script: Vec<_> = order.iter().map(|at| events[*at].clone()).collect();
        let text = stream(&script);
        let (seen, end) = decoded(&text);
        if !order.contains(&20) {
            prop_assert_eq!(end, End::Cut);
        }
        let opened: Vec<u32> = seen.iter().filter(|event| ["text", "refusal", "reasoning", "call", "hosted"].contains(&event.split(' ').nth(1).unwrap_or_default()))
            .map(|event| event.split(' ').next().unwrap().parse().unwrap()).collect();
        prop_assert_eq!(&opened, &(0..opened.len() as u32).collect::<Vec<_>>());
        let closed: Vec<_> = seen.iter().filter(|event| event.ends_with("close")).collect();
        let mut once = closed.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(closed.len(), once.len());
        let (streamed, _, _) = recoded(&text);
        for event in sse::events(&streamed).filter(|event| !event.data.is_empty()) {
            prop_assert!(serde_json::from_slice::<Value>(&event.data).is_ok());
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(noise in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..6000) {
        let mut bytes = stream(&whole_stream()).into_bytes();
        let at = at.min(bytes.len());
        bytes.splice(at..at, noise);
        let mut decoder = Decoder::new(&plan());
        for event in sse::events(&bytes) {
            let _ = decoder.push(&event, &mut |_: Event<'_>| {});
        }
        let _ = Decoder::new(&plan()).whole(&String::from_utf8_lossy(&bytes), &mut |_: Event<'_>| {});
    }
}
