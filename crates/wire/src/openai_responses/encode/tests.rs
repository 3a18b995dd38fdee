//! Streams and objects as Codex and the SDKs read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::{CallKind, Citation, Finish, Opened, Supports};
use crate::error::WireError;
use crate::json::Text;
use crate::protocol::Protocol;
use crate::sse;
use crate::usage::Usage;

fn plan() -> Plan {
    let echo = r#"{"tools":[{"type":"namespace","name":"ns","tools":[{"type":"function","name":"spawn"}]}],"instructions":"hi"}"#;
    Plan {
        model: "gpt-5.5".to_owned(),
        echo: crate::openai_responses::read::echo(echo),
        forms: vec![
            ("apply_patch".to_owned(), CallKind::Freeform),
            ("local_shell".to_owned(), CallKind::LocalShell),
            ("shell".to_owned(), CallKind::Shell),
            ("patcher".to_owned(), CallKind::ApplyPatch),
        ],
        created: 1_790_000_000,
        seed: 42,
        input_estimate: 99,
        ..Plan::new(Protocol::OpenaiResponses, Protocol::Anthropic)
    }
}

fn start() -> Event<'static> {
    Event::Start { id: None, model: None }
}

fn open(part: u32, what: Opened<'static>) -> Event<'static> {
    Event::Open { part, what }
}

fn open_call(part: u32, id: &'static str, name: &'static str) -> Event<'static> {
    open(part, Opened::ToolCall { id: id.into(), name: name.into(), namespace: None, kind: CallKind::Function })
}

fn text(part: u32, text: &'static str) -> Event<'static> {
    Event::Text { part, text: Text::plain(text) }
}

fn arguments(part: u32, text: &'static str) -> Event<'static> {
    Event::Arguments { part, text: Text::plain(text) }
}

fn close(part: u32) -> Event<'static> {
    Event::Close { part }
}

fn complete(finish: Finish) -> End {
    End::Complete(finish)
}

/// The stream's events: names and data.
fn streamed(events: &[Event<'_>], end: &End) -> Vec<Value> {
    let mut encoder = StreamEncoder::new(&plan());
    let mut bytes = Vec::new();
    for event in events {
        encoder.event(event.clone());
        bytes.extend(encoder.take());
    }
    encoder.finish(end);
    encoder.finish(end);
    bytes.extend(encoder.take());
    let events: Vec<Value> = sse::events(&bytes)
        .filter(|event| !event.data.is_empty())
        .map(|event| {
            let data: Value = serde_json::from_slice(&event.data).unwrap();
            assert_eq!(event.name, data["type"].as_str());
            data
        })
        .collect();
    check(&events, end);
    events
}

fn folded(events: &[Event<'_>], end: &End) -> Value {
    let mut encoder = WholeEncoder::new(&plan());
    events.iter().for_each(|event| encoder.event(event.clone()));
    serde_json::from_slice(&encoder.finish(end)).unwrap()
}

/// What every stream must hold to.
fn check(events: &[Value], end: &End) {
    let numbers: Vec<_> = events
        .iter()
        .filter(|event| event["type"] != "keepalive")
        .map(|e| e["sequence_number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "numbers are dense");
    assert_eq!((&events[0]["type"], &events[1]["type"]), (&json!("response.created"), &json!("response.in_progress")));
    let terminals = ["response.completed", "response.incomplete", "response.failed"];
    let is_terminal = |event: &Value| terminals.iter().any(|name| event["type"] == *name);
    assert_eq!(events.iter().filter(|event| is_terminal(event)).count(), 1);
    let last = events.last().unwrap();
    assert!(is_terminal(last), "the terminal is last");
    assert_eq!(last["type"] != "response.failed", matches!(end, End::Complete(_)));
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).cloned().collect::<Vec<_>>();
    let added = of("response.output_item.added");
    let indices: Vec<_> = added.iter().map(|event| event["output_index"].as_u64().unwrap()).collect();
    assert_eq!(indices, (0..added.len() as u64).collect::<Vec<_>>(), "items begin in order");
    let done = of("response.output_item.done");
    for event in &done {
        let begun = &added[event["output_index"].as_u64().unwrap() as usize]["item"];
        assert_eq!((&begun["id"], &begun["type"]), (&event["item"]["id"], &event["item"]["type"]));
    }
    if last["type"] != "response.failed" {
        let mut places: Vec<_> = done.iter().map(|event| event["output_index"].as_u64().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, indices, "each item is done once");
    }
    let mut output: Vec<_> = done.iter().map(|event| (event["output_index"].as_u64(), event["item"].clone())).collect();
    output.sort_by_key(|(index, _)| *index);
    let output: Vec<_> = output.into_iter().map(|(_, item)| item).collect();
    assert_eq!(last["response"]["output"], json!(output), "the terminal repeats what was done");
    check_deltas(events);
}

/// Deltas belong to an item of their kind that is open, and add up to what is done.
fn check_deltas(events: &[Value]) {
    let kinds = [
        ("response.output_text", "text", "message", "content_index"),
        ("response.refusal", "refusal", "message", "content_index"),
        ("response.reasoning_summary_text", "text", "reasoning", "summary_index"),
        ("response.function_call_arguments", "arguments", "function_call", "none"),
        ("response.custom_tool_call_input", "input", "custom_tool_call", "none"),
    ];
    for (prefix, field, item, index) in kinds {
        for done in events.iter().filter(|event| event["type"] == format!("{prefix}.done")) {
            let same = |event: &&Value| event["item_id"] == done["item_id"] && event[index] == done[index];
            let deltas: String = events
                .iter()
                .filter(|event| event["type"] == format!("{prefix}.delta"))
                .filter(same)
                .map(|event| event["delta"].as_str().unwrap())
                .collect();
            assert_eq!(done[field], deltas, "{prefix}");
        }
        for delta in events.iter().filter(|event| event["type"] == format!("{prefix}.delta")) {
            let added = events.iter().find(|event| event["item"]["id"] == delta["item_id"]).unwrap();
            assert_eq!((&added["item"]["type"], &added["output_index"]), (&json!(item), &delta["output_index"]));
        }
    }
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap().trim_start_matches("response.")).collect()
}

/// The items of the terminal.
fn output(events: &[Value]) -> &Vec<Value> {
    events.last().unwrap()["response"]["output"].as_array().unwrap()
}

fn answer() -> Vec<Event<'static>> {
    vec![
        start(),
        open(0, Opened::Reasoning { id: None }),
        text(0, "think"),
        Event::Piece { part: 0 },
        text(0, "more"),
        Event::Opaque { part: 0, data: "c2ln".into() },
        close(0),
        open(1, Opened::Text),
        text(1, "Hel\"lo"),
        text(1, " \u{e9}\n"),
        close(1),
        open_call(2, "toolu_1", "exec"),
        arguments(2, "{\"cmd\":"),
        arguments(2, "\"ls\"}"),
        close(2),
        Event::Usage(Usage {
            input_uncached: Some(10),
            cache_read: Some(80),
            cache_write_5m: Some(5),
            output_total: Some(7),
            ..Usage::default()
        }),
    ]
}

#[test]
fn a_whole_answer_has_every_event_of_the_protocol() {
    let events = streamed(&answer(), &complete(Finish::ToolUse));
    let expected = [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ];
    assert_eq!(kinds(&events), expected);
    let items = output(&events);
    assert_eq!(
        items[0]["summary"],
        json!([{"type": "summary_text", "text": "think"}, {"type": "summary_text", "text": "more"}])
    );
    assert!(items[0]["encrypted_content"].as_str().is_some_and(|data| !data.is_empty()));
    assert_eq!(
        (&items[1]["content"][0]["text"], &items[1]["phase"]),
        (&json!("Hel\"lo \u{e9}\n"), &json!("commentary"))
    );
    assert_eq!((&items[2]["call_id"], &items[2]["arguments"]), (&json!("toolu_1"), &json!("{\"cmd\":\"ls\"}")));
    let prefixes: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap().split('_').next().unwrap()).collect();
    assert_eq!(prefixes, ["rs", "msg", "fc"]);
}

#[test]
fn every_response_object_is_complete() {
    let events = streamed(&answer(), &complete(Finish::ToolUse));
    for event in [&events[0], &events[1], events.last().unwrap()] {
        let response = &event["response"];
        assert_eq!((&response["model"], &response["created_at"]), (&json!("gpt-5.5"), &json!(1_790_000_000)));
        assert_eq!((&response["instructions"], &response["object"]), (&json!("hi"), &json!("response")));
        for field in ["id", "output", "parallel_tool_calls", "tool_choice", "tools", "metadata", "text", "reasoning"] {
            assert!(!response[field].is_null(), "{field}");
        }
    }
}

#[test]
fn usage_has_every_detail_as_a_number_and_counts_the_cache_once() {
    let events = streamed(&answer(), &complete(Finish::Done));
    let expected = json!({
        "input_tokens": 95, "input_tokens_details": {"cached_tokens": 80, "cache_write_tokens": 5},
        "output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 102,
    });
    assert_eq!(events.last().unwrap()["response"]["usage"], expected);
    let silent = streamed(&[start()], &complete(Finish::Done));
    assert_eq!(silent.last().unwrap()["response"]["usage"]["input_tokens"], 99, "the estimate, not nothing");
}

#[test]
fn the_whole_answer_is_the_stream_folded() {
    for end in [complete(Finish::ToolUse), complete(Finish::MaxOutput), End::Cut] {
        let events = streamed(&answer(), &end);
        assert_eq!(folded(&answer(), &end), events.last().unwrap()["response"]);
    }
}

#[test]
fn the_last_message_is_the_final_answer() {
    let events = streamed(
        &[start(), open(0, Opened::Text), text(0, "a"), close(0), open(1, Opened::Text), text(1, "b"), close(1)],
        &complete(Finish::Done),
    );
    let items = output(&events);
    assert_eq!((items.len(), &items[0]["phase"]), (1, &json!("final_answer")));
    assert_eq!(items[0]["content"].as_array().unwrap().len(), 2, "a run of texts is one message");
}

#[test]
fn interleaved_parallel_calls_stay_apart() {
    let script = [
        start(),
        open_call(0, "a", "x"),
        arguments(0, "{\"n\":"),
        open_call(1, "b", "y"),
        arguments(1, "{}"),
        arguments(0, "1}"),
        close(1),
        close(0),
    ];
    let events = streamed(&script, &complete(Finish::ToolUse));
    let arguments: Vec<_> = output(&events).iter().map(|item| item["arguments"].as_str().unwrap()).collect();
    assert_eq!(arguments, ["{\"n\":1}", "{}"]);
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    let events = streamed(&[start(), open_call(0, "", "x"), close(0)], &complete(Finish::ToolUse));
    assert_eq!(output(&events)[0]["arguments"], "{}");
    assert!(output(&events)[0]["call_id"].as_str().unwrap().starts_with("call_"));
}

/// Arguments of the function, and the item that Codex gets.
#[test]
fn freeform_tools_arrive_as_what_they_were_declared_as() {
    let table = [
        (
            "apply_patch",
            r#"{"input":"*** Begin\n\"x\""}"#,
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin\n\"x\""}),
        ),
        ("apply_patch", r#"{"patch":"p"}"#, json!({"type": "custom_tool_call", "input": "p"})),
        ("apply_patch", r#"{"a":"1","b":"2"}"#, json!({"type": "custom_tool_call", "input": r#"{"a":"1","b":"2"}"#})),
        ("apply_patch", "*** raw", json!({"type": "custom_tool_call", "input": "*** raw"})),
        (
            "local_shell",
            r#"{"command":["ls","-l"],"timeout_ms":5,"workdir":"/x"}"#,
            json!({"type": "local_shell_call", "action": {"type": "exec", "command": ["ls", "-l"], "env": {}, "timeout_ms": 5, "working_directory": "/x"}}),
        ),
        (
            "local_shell",
            r#"{"command":"ls -l"}"#,
            json!({"type": "local_shell_call", "action": {"type": "exec", "command": ["bash", "-lc", "ls -l"], "env": {}}}),
        ),
        (
            "shell",
            r#"{"action":{"commands":["ls"]}}"#,
            json!({"type": "shell_call", "action": {"commands": ["ls"], "timeout_ms": null, "max_output_length": null}}),
        ),
        (
            "patcher",
            r#"{"type":"create_file","path":"a","diff":"+x"}"#,
            json!({"type": "apply_patch_call", "operation": {"type": "create_file", "path": "a", "diff": "+x"}}),
        ),
        ("ns__spawn", "{}", json!({"type": "function_call", "name": "spawn", "namespace": "ns", "arguments": "{}"})),
    ];
    for (name, given, expected) in table {
        let events =
            streamed(&[start(), open_call(0, "c", name), arguments(0, given), close(0)], &complete(Finish::ToolUse));
        let item = &output(&events)[0];
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&item[field], value, "{name} {given}");
        }
        assert_eq!(item["call_id"], "c");
    }
}

#[test]
fn a_native_freeform_call_is_streamed_as_it_comes() {
    let what = Opened::ToolCall { id: "c".into(), name: "p".into(), namespace: None, kind: CallKind::Freeform };
    let events = streamed(
        &[start(), open(0, what), arguments(0, "*** "), arguments(0, "x"), close(0)],
        &complete(Finish::ToolUse),
    );
    assert_eq!(kinds(&events).iter().filter(|kind| **kind == "custom_tool_call_input.delta").count(), 2);
    assert_eq!(output(&events)[0]["input"], "*** x");
}

#[test]
fn a_call_cut_by_the_longest_answer_is_not_finalised_as_complete() {
    for closed in [true, false] {
        for name in ["exec", "apply_patch", "local_shell"] {
            let mut script = vec![start(), open_call(0, "c", name), arguments(0, "{\"input\":\"rm -rf")];
            script.extend(closed.then(|| close(0)));
            let events = streamed(&script, &complete(Finish::MaxOutput));
            let last = events.last().unwrap();
            assert_eq!(
                (&last["type"], &output(&events)[0]["status"]),
                (&json!("response.incomplete"), &json!("incomplete"))
            );
            assert_eq!(last["response"]["incomplete_details"]["reason"], "max_output_tokens");
            if name != "exec" {
                assert!(!output(&events)[0].to_string().contains("rm -rf"), "half of a wrapper is no input");
            }
        }
    }
}

#[test]
fn ends_have_the_protocol_s_own_terminal() {
    let table = [
        (complete(Finish::Done), "response.completed", json!(null)),
        (complete(Finish::StopText(None)), "response.completed", json!(null)),
        (complete(Finish::Pause), "response.completed", json!(null)),
        (complete(Finish::Other("new".to_owned())), "response.completed", json!(null)),
        (complete(Finish::ContextFull), "response.incomplete", json!("max_output_tokens")),
        (complete(Finish::Refusal), "response.incomplete", json!("content_filter")),
        (End::Cut, "response.failed", json!(null)),
    ];
    for (end, kind, reason) in table {
        let events = streamed(&[start(), open(0, Opened::Text), text(0, "x")], &end);
        let last = events.last().unwrap();
        assert_eq!(
            (&last["type"], &last["response"]["incomplete_details"]["reason"]),
            (&json!(kind), &reason),
            "{end:?}"
        );
    }
    let refusal = [start(), open(0, Opened::Refusal), text(0, "no"), close(0)];
    let events = streamed(&refusal, &complete(Finish::Refusal));
    assert_eq!(output(&events)[0]["content"][0], json!({"type": "refusal", "refusal": "no"}));
    assert_eq!(events.last().unwrap()["type"], "response.completed");
}

#[test]
fn a_truncated_upstream_is_no_normal_completion_and_leaves_no_half_items() {
    let mut script = answer();
    script.truncate(13);
    let events = streamed(&script, &End::Cut);
    let response = &events.last().unwrap()["response"];
    assert_eq!((&response["status"], &response["error"]["code"]), (&json!("failed"), &json!("server_error")));
    assert_eq!(response["output"].as_array().unwrap().len(), 2, "what is complete stays");
}

#[test]
fn errors_have_the_codes_that_codex_acts_on() {
    let error = |kind: &str, code: &str, message: &str| WireError {
        kind: Some(kind.to_owned()),
        code: Some(code.to_owned()),
        message: message.to_owned(),
        defect: None,
    };
    let table = [
        (error("invalid_request_error", "", "prompt is too long: 9 tokens > 8 maximum"), "context_length_exceeded"),
        (error("", "insufficient_quota", "x"), "insufficient_quota"),
        (error("rate_limit_error", "", "slow down"), "rate_limit_exceeded"),
        (error("invalid_request_error", "", "bad"), "invalid_prompt"),
        (error("overloaded_error", "", "busy"), "server_error"),
        (WireError::default(), "server_error"),
    ];
    for (given, code) in table {
        let events = streamed(&[start()], &End::Failed(given.clone()));
        let error = &events.last().unwrap()["response"]["error"];
        assert_eq!(error["code"], code, "{given:?}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
        if code == "rate_limit_exceeded" {
            assert!(error["message"].as_str().unwrap().contains("try again in 10s"));
        }
    }
}

#[test]
fn codex_is_kept_waiting_by_a_real_event() {
    let events = streamed(&[Event::Ping, start(), Event::Ping], &complete(Finish::Done));
    assert_eq!(kinds(&events), ["created", "in_progress", "keepalive", "completed"]);
}

#[test]
fn one_reasoning_item_per_block_with_its_own_blob() {
    let block = |part, data: &'static str| {
        [open(part, Opened::Reasoning { id: None }), Event::Opaque { part, data: data.into() }, close(part)]
    };
    let script: Vec<_> = [start()].into_iter().chain(block(0, "one")).chain(block(1, "two")).collect();
    let events = streamed(&script, &complete(Finish::Done));
    let blobs: Vec<_> = output(&events).iter().map(|item| item["encrypted_content"].as_str().unwrap()).collect();
    assert_ne!(blobs[0], blobs[1]);
    let added = events.iter().filter(|event| event["type"] == "response.output_item.added");
    assert!(
        added.clone().count() == 2 && added.into_iter().all(|event| event["item"].get("encrypted_content").is_none())
    );
}

#[test]
fn sources_are_annotations() {
    let cite = |supports| Event::Citation { part: 0, source: Citation { supports, ..Citation::new("https://a") } };
    let said = [
        start(),
        open(0, Opened::Text),
        cite(Supports::Whole),
        text(0, "x"),
        cite(Supports::Span(0, 1)),
        text(0, "\u{e9}y"),
        close(0),
    ];
    let events = streamed(&said, &complete(Finish::Done));
    let kinds = kinds(&events);
    let at = |kind| kinds.iter().rposition(|found| *found == kind).unwrap();
    assert!(at("output_text.annotation.added") < at("output_text.done"));
    let annotations = &output(&events)[0]["content"][0]["annotations"];
    let places: Vec<_> =
        annotations.as_array().unwrap().iter().map(|one| (&one["start_index"], &one["end_index"])).collect();
    assert_eq!(places, [(&json!(0), &json!(1)), (&json!(0), &json!(3))]);
}

#[test]
fn a_search_of_the_provider_is_shown() {
    let value = r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"rust \"2026\""}}"#;
    let hosted = open(0, Opened::Hosted { kind: "server_tool_use", value });
    let unknown = open(1, Opened::Hosted { kind: "web_search_tool_result", value: "{}" });
    let events = streamed(&[start(), hosted, close(0), unknown, close(1)], &complete(Finish::Done));
    assert_eq!(output(&events).len(), 1);
    assert_eq!(output(&events)[0]["action"], json!({"type": "search", "query": "rust \"2026\""}));
}

#[test]
fn a_search_is_one_item_with_what_it_found() {
    let asked = r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}}"#;
    let found = r#"{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","url":"https://a","title":"A","encrypted_content":"E"}]}"#;
    let hosted = |part, kind, value| [open(part, Opened::Hosted { kind, value }), close(part)];
    let mut events = vec![start()];
    events.extend(hosted(0, "server_tool_use", asked));
    events.extend(hosted(1, "web_search_tool_result", found));
    // Its results did not come.
    events.extend(hosted(2, "server_tool_use", asked));
    let events = streamed(&events, &complete(Finish::Done));
    let sources: Vec<_> = output(&events).iter().map(|item| item["action"]["sources"].clone()).collect();
    assert_eq!(sources, [json!([{"type": "url", "url": "https://a"}]), json!(null)]);
}

/// Any events, in any order.
fn any_event() -> impl Strategy<Value = Event<'static>> {
    let part = 0_u32..5;
    let names = prop_oneof![Just("exec"), Just("apply_patch"), Just("local_shell"), Just("ns__spawn")];
    let texts = prop_oneof![Just(""), Just("x"), Just("{\"input\":"), Just("\"y\"}"), Just("{}"), Just("\u{e9}\"\\\n")];
    prop_oneof![
        1 => Just(start()),
        1 => Just(Event::Ping),
        4 => (part.clone(), prop_oneof![Just(Opened::Text), Just(Opened::Refusal), Just(Opened::Reasoning { id: None })])
            .prop_map(|(part, what)| open(part, what)),
        3 => (part.clone(), names).prop_map(|(part, name)| open_call(part, "c", name)),
        6 => (part.clone(), texts.clone()).prop_map(|(part, given)| text(part, given)),
        6 => (part.clone(), texts).prop_map(|(part, text)| arguments(part, text)),
        2 => part.clone().prop_map(|part| Event::Piece { part }),
        2 => part.clone().prop_map(|part| Event::Opaque { part, data: "o".into() }),
        4 => part.prop_map(close),
    ]
}

fn any_end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(complete(Finish::Done)),
        Just(complete(Finish::ToolUse)),
        Just(complete(Finish::MaxOutput)),
        Just(complete(Finish::Refusal)),
        Just(End::Cut),
        Just(End::Failed(WireError::default())),
    ]
}

proptest! {
    #[test]
    fn any_events_make_a_valid_stream(script in prop::collection::vec(any_event(), 0..40), end in any_end()) {
        // `streamed` checks the stream itself.
        let events = streamed(&script, &end);
        prop_assert_eq!(&folded(&script, &end), &events.last().unwrap()["response"]);
    }
}
