//! Streams and whole answers as the events they become.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::conversation::CallKind;
use crate::json::Text;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::sse::Framer;
use crate::stream::{StreamEnd, Tap};
use crate::translate::answer::bench;

fn plan() -> Plan {
    let mut plan = Plan::new(Protocol::Anthropic, UpstreamProtocol::Gemini);
    plan.forms.push(("apply_patch".to_owned(), CallKind::Freeform));
    plan.names.tool(&Text::plain("9 lives"), 64, false);
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

/// What parts, each a chunk, become, without the start.
fn said(parts: &[&str], finish: &str) -> (String, End) {
    let chunk = |part: &&str| format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{part}]}}}}]}}\n\n");
    let last = format!("data: {{\"candidates\":[{{\"finishReason\":\"{finish}\"}}]}}\n\n");
    let (lines, end) = streamed(&(parts.iter().map(chunk).collect::<String>() + &last));
    (lines.get(1..).unwrap_or_default().join("\n"), end)
}

const ORDINARY: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":"Hm \u4e16","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":90,"totalTokenCount":105,"thoughtsTokenCount":5},"modelVersion":"gemini-3.8-flash","responseId":"r1"}"#,
    "\r\n\r\n: still here\n\n",
    r#"data:{"candidates":[{"content":{"parts":[{"text":"Hel\"lo"}],"role":"model"},"index":0}],"modelVersion":"gemini-3.8-flash","responseId":"r1"}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":" 世界"},{"functionCall":{"id":"fc_1","name":"read","args":{"path":"a", "n": 1.50}},"thoughtSignature":"c2lnMQ=="}],"role":"model"},"index":0}]}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"read","args":{}}}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":90,"candidatesTokenCount":7,"thoughtsTokenCount":5,"totalTokenCount":112}}"#,
    "\n\n",
);

const ORDINARY_LINES: [&str; 20] = [
    "start \"r1\" \"gemini-3.8-flash\"",
    "0 reasoning",
    "0 +Hm 世",
    "usage Some(10)/Some(90) Some(5)",
    "ping",
    "0 .",
    "1 text",
    "1 +Hel\"lo",
    "1 + 世界",
    "1 .",
    "2 reasoning",
    "2 opaque call:c2lnMQ==",
    "2 .",
    "3 Function fc_1 read",
    "3 {\"path\":\"a\", \"n\": 1.50}",
    "3 .",
    "4 Function  read",
    "4 {}",
    "4 .",
    "usage Some(10)/Some(90) Some(12)",
];

const TOOL_USE: End = End::Complete(Finish::ToolUse);

#[test]
fn an_ordinary_stream_becomes_its_events() {
    let (lines, end) = streamed(ORDINARY);
    assert_eq!(lines, ORDINARY_LINES);
    assert_eq!(end, TOOL_USE, "STOP behind a call means that it waits for the tool");
}

#[test]
fn a_whole_answer_becomes_the_events_of_its_stream() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"Hm \u4e16","thought":true},{"text":"Hel\"lo"},{"text":" 世界"},
        {"functionCall":{"id":"fc_1","name":"read","args":{"path":"a", "n": 1.50}},"thoughtSignature":"c2lnMQ=="},
        {"functionCall":{"name":"read","args":{}}}],"role":"model"},"finishReason":"STOP"},{"content":{"parts":[{"text":"second"}]}}],
        "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":90,"candidatesTokenCount":7,"thoughtsTokenCount":5},
        "modelVersion":"gemini-3.8-flash","responseId":"r1"}"#;
    let (lines, end) = whole(body);
    let once = |line: &&&str| **line != "ping" && !line.ends_with("Some(5)");
    let expected: Vec<&str> = ORDINARY_LINES.iter().filter(once).copied().collect();
    assert_eq!((lines, end), (expected.into_iter().map(str::to_owned).collect(), TOOL_USE));
}

#[test]
fn trap_32_a_signature_stays_with_the_kind_of_part_it_came_with() {
    for (parts, expected) in [
        // Of a call, in the reasoning right before it.
        (
            &[r#"{"text":"Hm","thought":true}"#, r#"{"functionCall":{"name":"f"},"thoughtSignature":"QQ=="}"#][..],
            "0 reasoning\n0 +Hm\n0 opaque call:QQ==\n0 .\n1 Function  f\n1 {}\n1 .",
        ),
        // Of the reasoning itself.
        (
            &[r#"{"text":"Hm","thought":true,"thoughtSignature":"QQ=="}"#, r#"{"text":"Hi"}"#],
            "0 reasoning\n0 +Hm\n0 opaque thought:QQ==\n0 .\n1 text\n1 +Hi\n1 .",
        ),
        // Of a text, in a last part that has no other content.
        (
            &[r#"{"text":"Hi"}"#, r#"{"text":"","thoughtSignature":"QQ=="}"#],
            "0 text\n0 +Hi\n0 .\n1 reasoning\n1 opaque text:QQ==\n1 .",
        ),
        (&[r#"{"text":"Hi","thoughtSignature":"QQ=="}"#], "0 text\n0 +Hi\n0 .\n1 reasoning\n1 opaque text:QQ==\n1 ."),
        // Two are never put together.
        (
            &[
                r#"{"text":"a","thought":true,"thoughtSignature":"QQ=="}"#,
                r#"{"text":"b","thought":true,"thoughtSignature":"Qg=="}"#,
            ],
            "0 reasoning\n0 +a\n0 opaque thought:QQ==\n0 .\n1 reasoning\n1 +b\n1 opaque thought:Qg==\n1 .",
        ),
    ] {
        assert_eq!(said(parts, "STOP").0, expected);
    }
}

#[test]
fn tools_get_their_own_names_and_freeform_ones_their_text() {
    let (lines, _) = said(&[r#"{"functionCall":{"name":"_9_lives","args":{}}}"#], "STOP");
    assert!(lines.starts_with("0 Function  9 lives"), "{lines}");
    let (lines, _) = said(&[r#"{"functionCall":{"name":"apply_patch","args":{"input":"*** Begin"}}}"#], "STOP");
    assert_eq!(lines, "0 Freeform  apply_patch\n0 *** Begin\n0 .");
}

#[test]
fn every_reason_to_stop_has_its_meaning() {
    let text = r#"{"text":"x"}"#;
    for (word, finish) in [
        ("STOP", Finish::Done),
        ("MAX_TOKENS", Finish::MaxOutput),
        ("SAFETY", Finish::Refusal),
        ("RECITATION", Finish::Refusal),
        ("PROHIBITED_CONTENT", Finish::Refusal),
        ("IMAGE_SAFETY", Finish::Refusal),
        ("MODEL_ARMOR", Finish::Refusal),
        ("OTHER", Finish::Other("OTHER".to_owned())),
        ("SOMETHING_NEW", Finish::Other("SOMETHING_NEW".to_owned())),
    ] {
        assert_eq!(said(&[text], word).1, End::Complete(finish), "{word}");
    }
    let call = r#"{"functionCall":{"name":"f"}}"#;
    assert_eq!(said(&[call], "MAX_TOKENS").1, End::Complete(Finish::MaxOutput), "a limit wins over a call");
    for word in ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE"] {
        let End::Failed(error) = said(&[text], word).1 else { panic!("{word} is a success") };
        assert_eq!(error.code.as_deref(), Some(word));
    }
}

#[test]
fn a_call_that_the_model_got_wrong_is_an_error_before_anything_else_for_the_watcher_too() {
    let stream = r#"data: {"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"Malformed function call: f("}]}"#;
    let stream = format!("{stream}\n\n");
    let (_, end) = streamed(&stream);
    assert!(matches!(end, End::Failed(error) if error.message == "Malformed function call: f("));
    let mut tap = Tap::new(UpstreamProtocol::Gemini);
    let pushed = tap.push(Bytes::from(stream)).unwrap();
    assert!(pushed.error_first && !pushed.generated);
}

#[test]
fn a_refused_prompt_is_a_refusal() {
    let chunk = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9}}"#;
    let (lines, end) = streamed(&format!("data: {chunk}\n\n"));
    assert_eq!(end, End::Complete(Finish::Refusal));
    assert_eq!(lines, ["start \"\" \"\"", "usage Some(9)/None None"]);
    assert_eq!(whole(chunk), (lines, end));
}

#[test]
fn errors_end_the_answer_with_their_status_and_words() {
    let error = r#"{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}"#;
    for end in [streamed(&format!("{ORDINARY}data: {error}\n\n")).1, whole(error).1, whole(&format!("[{error}]")).1] {
        let End::Failed(error) = end else { panic!("{end:?}") };
        assert_eq!((error.kind.as_deref(), error.code.as_deref()), (Some("RESOURCE_EXHAUSTED"), Some("429")));
        assert_eq!(error.message, "Quota exceeded");
    }
    for body in ["", "{}", "[]", "<html>", "{\"candidates\":[]}", "{\"candidates\":[{}]}", "\u{1f980}"] {
        assert!(matches!(whole(body).1, End::Failed(_)), "{body}");
    }
    assert!(matches!(streamed("data: <html>\n\n").1, End::Failed(_)));
}

#[test]
fn the_reason_to_stop_and_a_proven_end_are_the_end() {
    assert_eq!(chunked(std::iter::once(ORDINARY.as_bytes()), TransportEnd::Unproven).1, End::Cut);
    assert_eq!(chunked(std::iter::once(ORDINARY.as_bytes()), TransportEnd::Cut).1, End::Cut);
    let unfinished = ORDINARY.replace("\"finishReason\":\"STOP\",", "");
    assert_eq!(streamed(&unfinished).1, End::Cut, "however the transport ended");
    assert_eq!(streamed("").1, End::Cut);
}

#[test]
fn a_stream_cut_anywhere_never_completes_and_the_watcher_agrees() {
    let proven = ORDINARY.len();
    for length in 0..=ORDINARY.len() {
        let bytes = &ORDINARY.as_bytes()[..length];
        for transport in [TransportEnd::Cut, TransportEnd::Unproven, TransportEnd::Proven] {
            let (_, end) = chunked(bytes.chunks(7), transport);
            let mut tap = Tap::new(UpstreamProtocol::Gemini);
            tap.push(Bytes::copy_from_slice(bytes)).unwrap();
            let complete = transport == TransportEnd::Proven && length == proven;
            assert_eq!(matches!(end, End::Complete(_)), complete, "cut after {length}: {end:?}");
            assert_eq!(tap.finish(transport) == StreamEnd::Complete, complete, "cut after {length}");
        }
    }
}

#[test]
fn the_watcher_counts_as_the_decoder_does() {
    let mut tap = Tap::new(UpstreamProtocol::Gemini);
    let pushed = tap.push(Bytes::from_static(ORDINARY.as_bytes())).unwrap();
    assert!(pushed.generated && !pushed.terminal);
    assert_eq!((tap.model(), tap.stop()), (Some("gemini-3.8-flash"), Some("STOP")));
    let usage = tap.usage();
    assert_eq!((usage.input_uncached, usage.cache_read), (Some(10), Some(90)));
    assert_eq!((usage.output_total, usage.output_reasoning), (Some(12), Some(5)));
    let quiet = br#"data: {"candidates":[{"content":{"parts":[{"text":""}],"role":"model"}}]}"#;
    let pushed = Tap::new(UpstreamProtocol::Gemini).push(Bytes::from([&quiet[..], b"\n\n"].concat())).unwrap();
    assert!(!pushed.generated, "an empty text says nothing");
}

proptest! {
    #[test]
    fn the_chunks_in_which_a_stream_arrives_change_nothing(size in 1_usize..200) {
        prop_assert_eq!(chunked(ORDINARY.as_bytes().chunks(size), TransportEnd::Proven), streamed(ORDINARY));
    }

    #[test]
    fn arbitrary_json_never_panics(
        name in prop::sample::select(&["candidates", "content", "parts", "functionCall", "finishReason", "usageMetadata", "promptFeedback"][..]),
        value in prop::sample::select(&["null", "1", "\"x\"", "[]", "{}", "[{}]", "[null]", "{\"parts\":[{\"functionCall\":1}]}", "{\"parts\":[[],{\"text\":{}}]}", "-1e99", "\"\\ud800\""][..]),
    ) {
        for body in [format!("{{\"{name}\":{value}}}"), format!("{{\"candidates\":[{{\"{name}\":{value}}}]}}"), value.to_owned()] {
            drop(whole(&body));
            drop(streamed(&format!("data: {body}\n\n")));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(prop::sample::select(&b"\n{}[]\":data candidates,text"[..]), 0..200)) {
        let mut framer = Framer::new();
        let mut decoder = Decoder::new(&plan());
        for event in sse::events(&framer.push(Bytes::from(bytes)).unwrap()) {
            decoder.push(&event, &mut |_: Event<'_>| {});
        }
    }
}
