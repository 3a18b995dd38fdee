//! Streams and whole answers as the events they become.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::conversation::CallKind;
use crate::json::Text;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::stream::{StreamEnd, Tap};
use crate::translate::answer::bench;

fn plan() -> Plan {
    let mut plan = Plan::new(Protocol::Anthropic, UpstreamProtocol::BedrockConverse);
    plan.forms.push(("apply_patch".to_owned(), CallKind::Freeform));
    plan.names.tool(&Text::plain("mcp.read"), 64, true);
    plan
}

/// Decodes a stream that arrives in `chunks`.
fn chunked<'c>(chunks: impl Iterator<Item = &'c [u8]>, transport: TransportEnd) -> (Vec<String>, End) {
    bench::chunked(&plan(), chunks, transport)
}

fn streamed(text: &str) -> (Vec<String>, End) {
    bench::streamed(&plan(), text)
}

fn whole(body: &str) -> (Vec<String>, End) {
    bench::whole(&plan(), body)
}

/// Frames as the transport gives them: name and payload.
fn frames(frames: &[(&str, &str)]) -> String {
    frames.iter().map(|(name, payload)| format!("event: {name}\ndata: {payload}\n\n")).collect()
}

/// What frames between a beginning and a reason to stop become, without start and tokens.
fn said(middle: &[(&str, &str)], stop: &str) -> (String, End) {
    let stop = format!("{{\"stopReason\":\"{stop}\"}}");
    let stream = frames(&[("messageStart", r#"{"role":"assistant"}"#)])
        + &frames(middle)
        + &frames(&[("messageStop", &stop), ("metadata", r#"{"metrics":{"latencyMs":1}}"#)]);
    let (lines, end) = streamed(&stream);
    (lines.get(1..).unwrap_or_default().join("\n"), end)
}

const ORDINARY: [(&str, &str); 15] = [
    ("messageStart", r#"{"role":"assistant","p":"abcd"}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm \u4e16"}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":"Hel\"lo"}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":" 世界"}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
    ("contentBlockStart", r#"{"contentBlockIndex":5,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"mcp_read"}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"toolUse":{"input":""}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"toolUse":{"input":"{\"path\":"}}}"#),
    ("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"toolUse":{"input":"\"a\"}"}}}"#),
    ("contentBlockStop", r#"{"contentBlockIndex":5}"#),
    ("messageStop", r#"{"stopReason":"tool_use"}"#),
    (
        "metadata",
        r#"{"usage":{"inputTokens":10,"outputTokens":12,"totalTokens":112,"cacheReadInputTokens":90,"cacheWriteInputTokens":0},"metrics":{"latencyMs":5}}"#,
    ),
    ("contentBlockDelta", r#"{"contentBlockIndex":9,"delta":{"text":"later"}}"#),
];

const ORDINARY_LINES: [&str; 15] = [
    "start \"\" \"\"",
    "0 reasoning",
    "0 +Hm 世",
    "0 opaque signature:c2ln",
    "0 .",
    "1 text",
    "1 +Hel\"lo",
    "1 + 世界",
    "1 .",
    "2 Function tooluse_1 mcp.read",
    "2 {\"path\":",
    "2 \"a\"}",
    "2 .",
    "usage Some(10)/Some(90) Some(12)",
    "",
];

const TOOL_USE: End = End::Complete(Finish::ToolUse);
const DONE: End = End::Complete(Finish::Done);

fn ordinary_lines() -> Vec<&'static str> {
    ORDINARY_LINES.into_iter().filter(|line| !line.is_empty()).collect()
}

#[test]
fn an_ordinary_stream_becomes_its_events() {
    let (lines, end) = streamed(&frames(&ORDINARY));
    assert_eq!(lines, ordinary_lines());
    assert_eq!(end, TOOL_USE);
}

#[test]
fn trap_23_gaps_in_the_indices_leave_none_in_the_numbers_of_parts() {
    let (lines, _) = streamed(&frames(&ORDINARY));
    let parts: Vec<&str> = lines.iter().filter_map(|line| line.strip_suffix(" .")).collect();
    assert_eq!(parts, ["0", "1", "2"]);
}

#[test]
fn a_whole_answer_becomes_the_events_of_its_stream() {
    let body = r#"{"metrics":{"latencyMs":5},"output":{"message":{"role":"assistant","content":[
        {"reasoningContent":{"reasoningText":{"text":"Hm \u4e16","signature":"c2ln"}}},
        {"text":"Hel\"lo 世界"},
        {"toolUse":{"input":{"path":"a"},"name":"mcp_read","toolUseId":"tooluse_1"}}]}},
        "stopReason":"tool_use","usage":{"inputTokens":10,"outputTokens":12,"cacheReadInputTokens":90}}"#;
    let (lines, end) = whole(body);
    let joined = |lines: &[&str]| lines.join("\n").replace("\n1 + 世界", " 世界").replace(":\n2 \"a", ":\"a");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!((joined(&lines), end), (joined(&ordinary_lines()), TOOL_USE));
}

#[test]
fn the_answer_ends_with_its_tokens_and_without_them_with_a_proven_end() {
    let stopped = frames(&ORDINARY[..13]);
    let ended = |transport| chunked(std::iter::once(stopped.as_bytes()), transport).1;
    assert_eq!(ended(TransportEnd::Proven), TOOL_USE);
    assert_eq!((ended(TransportEnd::Unproven), ended(TransportEnd::Cut)), (End::Cut, End::Cut));
    let whole = frames(&ORDINARY[..14]);
    assert_eq!(chunked(std::iter::once(whole.as_bytes()), TransportEnd::Cut).1, TOOL_USE);
    let early = frames(&[("metadata", r#"{"usage":{"inputTokens":1}}"#)]);
    assert_eq!(streamed(&early).1, End::Cut, "tokens alone are no end");
}

#[test]
fn redacted_reasoning_is_a_part_of_its_own_and_pieces_of_one_signature_are_one() {
    let delta =
        |at: u32, inside: &str| format!(r#"{{"contentBlockIndex":{at},"delta":{{"reasoningContent":{{{inside}}}}}}}"#);
    let (one, two) = (delta(0, r#""signature":"QU""#), delta(0, r#""signature":"JD""#));
    let redacted = delta(1, r#""redactedContent":"UkVE""#);
    let (lines, end) = said(
        &[
            ("contentBlockDelta", &one),
            ("contentBlockDelta", &two),
            ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
            ("contentBlockDelta", &redacted),
            ("contentBlockStop", r#"{"contentBlockIndex":1}"#),
        ],
        "end_turn",
    );
    assert_eq!(lines, "0 reasoning\n0 opaque signature:QUJD\n0 .\n1 reasoning\n1 opaque redacted:UkVE\n1 .");
    assert_eq!(end, DONE);
}

#[test]
fn a_call_cut_off_by_the_longest_answer_is_not_completed() {
    let start = r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#;
    let half = r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":"}}}"#;
    let stop = r#"{"contentBlockIndex":0}"#;
    let middle = [("contentBlockStart", start), ("contentBlockDelta", half), ("contentBlockStop", stop)];
    let (lines, end) = said(&middle, "max_tokens");
    assert_eq!(lines, "0 Function t f\n0 {\"a\":");
    assert_eq!(end, End::Complete(Finish::MaxOutput));
    assert!(said(&middle, "tool_use").0.ends_with("\n0 ."), "what the model calls whole is");
}

#[test]
fn half_a_call_is_no_answer_where_the_end_speaks_of_none() {
    let start = r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#;
    let half = r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":"}}}"#;
    for stop in ["", "end_turn"] {
        let (lines, end) = said(&[("contentBlockStart", start), ("contentBlockDelta", half)], stop);
        assert_eq!((lines.as_str(), end), ("0 Function t f\n0 {\"a\":", End::Cut), "{stop}");
    }
}

#[test]
fn a_call_without_input_has_an_empty_object_and_a_freeform_one_its_text() {
    let start =
        |name: &str| format!(r#"{{"contentBlockIndex":0,"start":{{"toolUse":{{"toolUseId":"t","name":"{name}"}}}}}}"#);
    let stop = ("contentBlockStop", r#"{"contentBlockIndex":0}"#);
    let (lines, end) = said(&[("contentBlockStart", &start("f")), stop], "end_turn");
    assert_eq!(lines, "0 Function t f\n0 {}\n0 .");
    assert_eq!(end, TOOL_USE, "a call waits for its tool whatever the word");
    let input = r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"input\":\"*** Begin\"}"}}}"#;
    let freeform = [("contentBlockStart", &*start("apply_patch")), ("contentBlockDelta", input), stop];
    assert_eq!(said(&freeform, "tool_use").0, "0 Freeform t apply_patch\n0 *** Begin\n0 .");
}

#[test]
fn every_reason_to_stop_has_its_meaning() {
    let text = [("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"x"}}"#)];
    for (word, finish) in [
        ("end_turn", Finish::Done),
        ("tool_use", Finish::Done),
        ("max_tokens", Finish::MaxOutput),
        ("stop_sequence", Finish::StopText(None)),
        ("guardrail_intervened", Finish::Refusal),
        ("content_filtered", Finish::Refusal),
        ("model_context_window_exceeded", Finish::ContextFull),
        ("something_new", Finish::Other("something_new".to_owned())),
    ] {
        assert_eq!(said(&text, word).1, End::Complete(finish), "{word}");
    }
    for word in ["malformed_model_output", "malformed_tool_use"] {
        let End::Failed(error) = said(&text, word).1 else { panic!("{word} is a success") };
        assert_eq!(error.code.as_deref(), Some(word));
        let body = format!(r#"{{"output":{{"message":{{"content":[{{"text":"x"}}]}}}},"stopReason":"{word}"}}"#);
        assert!(matches!(whole(&body).1, End::Failed(_)));
    }
}

#[test]
fn exceptions_end_the_answer_by_their_name() {
    let begun = frames(&ORDINARY[..6]);
    for name in ["throttlingException", "modelStreamErrorException", "ThrottlingException", "error"] {
        let exception = frames(&[(name, r#"{"message":"Too many requests"}"#)]);
        for (stream, first) in [(exception.clone(), true), (begun.clone() + &exception, false)] {
            let End::Failed(error) = streamed(&stream).1 else { panic!("{name} is no error") };
            assert_eq!(error.message, "Too many requests");
            assert_eq!(error.kind.as_deref(), Some(name).filter(|name| *name != "error"));
            let mut tap = Tap::new(UpstreamProtocol::BedrockConverse);
            let pushed = tap.push(Bytes::from(stream)).unwrap();
            assert_eq!((pushed.error, pushed.error_first), (Some(error), first));
            assert_eq!(tap.finish(TransportEnd::Proven), StreamEnd::Failed);
        }
    }
    for body in ["", "{}", "[]", "<html>", r#"{"output":{}}"#, r#"{"output":{"message":{"content":[]}}}"#] {
        assert!(matches!(whole(body).1, End::Failed(_)), "{body}");
    }
    let End::Failed(error) = whole(r#"{"Message":"no","__type":"AccessDeniedException"}"#).1 else { panic!() };
    assert_eq!((error.kind.as_deref(), &*error.message), (Some("AccessDeniedException"), "no"));
    assert!(matches!(streamed("event: contentBlockDelta\ndata: {\n\n").1, End::Failed(_)));
    assert_eq!(streamed(&frames(&[("initial-response", "{}")])).1, End::Cut, "an unknown event is nothing");
}

#[test]
fn a_stream_cut_anywhere_never_completes_and_the_watcher_agrees() {
    let stream = frames(&ORDINARY[..14]);
    let stopped = frames(&ORDINARY[..13]).len();
    for length in 0..=stream.len() {
        let bytes = &stream.as_bytes()[..length];
        for transport in [TransportEnd::Cut, TransportEnd::Unproven, TransportEnd::Proven] {
            let (_, end) = chunked(bytes.chunks(7), transport);
            let mut tap = Tap::new(UpstreamProtocol::BedrockConverse);
            tap.push(Bytes::copy_from_slice(bytes)).unwrap();
            let complete = length == stream.len() || (transport == TransportEnd::Proven && length >= stopped);
            assert_eq!(matches!(end, End::Complete(_)), complete, "cut after {length}: {end:?}");
            assert_eq!(tap.finish(transport) == StreamEnd::Complete, complete, "cut after {length}");
        }
    }
}

#[test]
fn the_watcher_counts_as_the_decoder_does() {
    let mut tap = Tap::new(UpstreamProtocol::BedrockConverse);
    let pushed = tap.push(Bytes::from(frames(&ORDINARY))).unwrap();
    assert!(pushed.generated && pushed.terminal);
    assert_eq!(tap.stop(), Some("tool_use"));
    let usage = tap.usage();
    assert_eq!((usage.input_uncached, usage.cache_read, usage.output_total), (Some(10), Some(90), Some(12)));
    let mut tap = Tap::new(UpstreamProtocol::BedrockConverse);
    assert!(!tap.push(Bytes::from(frames(&ORDINARY[..1]))).unwrap().generated, "a head says nothing");
}

proptest! {
    #[test]
    fn the_chunks_in_which_a_stream_arrives_change_nothing(size in 1_usize..200) {
        let stream = frames(&ORDINARY);
        prop_assert_eq!(chunked(stream.as_bytes().chunks(size), TransportEnd::Cut), streamed(&stream));
    }

    #[test]
    fn frames_lost_or_mixed_up_never_panic(
        picked in prop::collection::vec(0_usize..15, 0..30),
        name in prop::sample::select(&["delta", "start", "usage", "contentBlockIndex", "stopReason"][..]),
        value in prop::sample::select(&["null", "1", "-1", "\"x\"", "[]", "{}", "{\"toolUse\":1}", "{\"toolUse\":{}}", "{\"reasoningContent\":[]}", "{\"toolUse\":{\"input\":7}}"][..]),
    ) {
        let mut stream: String = picked.iter().map(|at| frames(&ORDINARY[*at..=*at])).collect();
        for event in ["contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"] {
            stream.push_str(&frames(&[(event, &format!("{{\"{name}\":{value}}}"))]));
        }
        drop(streamed(&stream));
        drop(whole(&format!("{{\"output\":{{\"message\":{{\"content\":[{value}]}}}}}}")));
    }
}
