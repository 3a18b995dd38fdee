//! Frames are read as AWS writes them, or not at all; what comes out are the events that went in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::{error, sse, test_vectors};

/// Built with botocore 1.44.5, which decodes it: one `chunk` with `message_stop`.
const BOTOCORE: &str = "000000870000004b87ea2bf30b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700\
                        106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a\
                        2265794a306558426c496a6f696257567a6332466e5a56397a64473977496e303d227dba48ab22";

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// All messages, and how the stream ended.
fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Message>, Result<(), Fault>) {
    let mut decoder = Decoder::new();
    let mut messages = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        while let Ok(Some(message)) = decoder.message() {
            messages.push(message);
        }
    }
    let end = decoder.finish();
    (messages, end)
}

fn frame(kind: &str, name: (&str, &str), payload: &str) -> Vec<u8> {
    encode(&[(":message-type", Value::Text(kind)), (name.0, Value::Text(name.1))], payload.as_bytes()).unwrap()
}

fn event(name: &str, payload: &str) -> Vec<u8> {
    frame("event", (":event-type", name), payload)
}

fn chunk(inside: &str) -> Vec<u8> {
    event("chunk", &json!({"bytes": STANDARD.encode(inside), "p": "abcdefgh"}).to_string())
}

fn exception(name: &str, payload: &Json) -> Vec<u8> {
    frame("exception", (":exception-type", name), &payload.to_string())
}

/// What the adapter makes of a whole stream.
fn adapt(operation: Operation, stream: &[u8]) -> (String, Result<(), Fault>) {
    let mut adapter = SseAdapter::new(operation);
    let mut out = Vec::new();
    let pushed = adapter.push(stream, &mut out);
    (String::from_utf8(out).unwrap(), pushed.and_then(|()| adapter.finish()))
}

#[test]
fn the_valid_frames_of_aws_are_read_and_written_alike() {
    let folder = test_vectors::folder("aws-smithy-eventstream", "test_data");
    let read = |name: &str| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let (messages, end) = decode([&*bytes]);
        assert_eq!((messages.len(), end), (1, Ok(())), "{name}");
        let message = messages.into_iter().next().unwrap();
        let headers: Vec<_> = message.headers().collect();
        assert_eq!(encode(&headers, message.payload()).unwrap(), bytes, "{name}");
        message
    };
    assert_eq!(&**read("valid_no_headers").payload(), b"another test payload");
    assert_eq!(read("valid_empty_payload").headers().collect::<Vec<_>>(), [("some-header", Value::Short(500))]);
    let message = read("valid_with_all_headers_and_payload");
    let expected = [
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("byte", Value::Byte(50)),
        ("short", Value::Short(20_000)),
        ("int", Value::Int(500_000)),
        ("long", Value::Long(50_000_000_000)),
        ("bytes", Value::Bytes(b"some bytes")),
        ("str", Value::Text("some str")),
        ("time", Value::Timestamp(5_000_000_000)),
        ("uuid", Value::Uuid(0xb79b_c914_de21_4e13_b8b2_bc47_e85b_7f0b_u128.to_be_bytes())),
    ];
    assert_eq!(message.headers().collect::<Vec<_>>(), expected);
    assert_eq!(&**message.payload(), b"some payload");
}

#[test]
fn the_invalid_frames_of_aws_are_refused() {
    let mut judged = 0;
    for entry in fs::read_dir(test_vectors::folder("aws-smithy-eventstream", "test_data")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("invalid_") {
            let (messages, end) = decode([&*fs::read(&path).unwrap()]);
            assert!(messages.is_empty() && end.is_err(), "{name}: {end:?}");
            judged += 1;
        }
    }
    assert_eq!(judged, 8);
}

#[test]
fn a_frame_of_botocore_becomes_the_event_inside() {
    let (events, end) = adapt(Operation::InvokeModel, &unhex(BOTOCORE));
    assert_eq!((events.as_str(), end), ("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", Ok(())));
}

#[test]
fn after_a_wrong_checksum_nothing_is_read() {
    let good = event("a", "{}");
    for (at, fault) in [(0, Fault::PreludeChecksum), (9, Fault::PreludeChecksum), (20, Fault::MessageChecksum)] {
        let mut stream = [good.clone(), good.clone(), good.clone()].concat();
        stream[good.len() + at] ^= 1;
        let (messages, end) = decode([&*stream]);
        assert_eq!((messages.len(), end), (1, Err(fault)), "byte {at}");
    }
}

#[test]
fn a_wrong_length_is_refused_before_its_bytes_are_collected() {
    for (total, headers) in
        [(u32::MAX, 0_u32), (15, 0), (40, 25), (200 << 10, (128 << 10) + 1), (16 + (24 << 20) + 1, 0)]
    {
        let mut prelude = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        prelude.extend_from_slice(&crc32fast::hash(&prelude).to_be_bytes());
        assert_eq!(decode([&*prelude]).1, Err(Fault::Lengths), "{total} {headers}");
    }
}

#[test]
fn a_stream_that_ends_inside_a_frame_is_cut() {
    let good = event("a", "{}");
    assert_eq!(decode([&good[..good.len() - 1]]), (vec![], Err(Fault::Cut)));
    assert_eq!(decode([]), (vec![], Ok(())));
}

#[test]
fn headers_that_do_not_fit_are_not_written() {
    let long = "x".repeat(1 << 16);
    assert_eq!(encode(&[("", Value::Bool(true))], b""), Err(Fault::Headers));
    assert_eq!(encode(&[(&long[..256], Value::Bool(true))], b""), Err(Fault::Headers));
    assert_eq!(encode(&[("a", Value::Text(&long))], b""), Err(Fault::Headers));
    assert_eq!(encode(&[("a", Value::Bytes(&long.as_bytes()[1..])); 3], b""), Err(Fault::Lengths));
}

#[test]
fn metrics_of_bedrock_do_not_reach_the_client() {
    let inside = r#"{ "type":"message_stop", "amazon-bedrock-invocationMetrics":{"inputTokenCount":1}, "x":1.50 }"#;
    let (events, _) = adapt(Operation::InvokeModel, &chunk(inside));
    assert_eq!(events, "event: message_stop\ndata: {\"type\":\"message_stop\",\"x\":1.50}\n\n");
}

#[test]
fn an_event_without_a_type_has_no_name() {
    let (events, end) = adapt(Operation::InvokeModel, &chunk(r#"{"choices":[]}"#));
    assert_eq!((events.as_str(), end), ("data: {\"choices\":[]}\n\n", Ok(())));
}

#[test]
fn events_of_converse_keep_their_names() {
    let stream = [event("messageStart", r#"{"role":"assistant"}"#), event("messageStop", "{\r\n}")].concat();
    let (events, end) = adapt(Operation::Converse, &stream);
    let expected = "event: messageStart\ndata: {\"role\":\"assistant\"}\n\nevent: messageStop\ndata: {  }\n\n";
    assert_eq!((events.as_str(), end), (expected, Ok(())));
}

#[test]
fn exceptions_become_errors_of_the_protocol() {
    let said = json!({"message": "Too many \"tokens\"\n"});
    for (name, payload, kind) in [
        ("throttlingException", said.clone(), "overloaded_error"),
        ("validationException", said.clone(), "invalid_request_error"),
        ("modelTimeoutException", said.clone(), "timeout_error"),
        ("serviceUnavailableException", said.clone(), "overloaded_error"),
        ("internalServerException", said.clone(), "api_error"),
        ("neverSeenException", said.clone(), "api_error"),
        ("modelStreamErrorException", json!({"originalStatusCode": 500, "message": "m"}), "api_error"),
        ("modelStreamErrorException", json!({"originalStatusCode": 529, "message": "m"}), "overloaded_error"),
    ] {
        let stream = exception(name, &payload);
        let (events, end) = adapt(Operation::InvokeModel, &stream);
        let event = sse::events(events.as_bytes()).next().unwrap();
        assert_eq!((event.name, end), (Some("error"), Ok(())));
        let read = error::read(&event.data).unwrap();
        assert_eq!((read.kind.as_deref(), Some(read.message.as_str())), (Some(kind), payload["message"].as_str()));

        let (events, _) = adapt(Operation::Converse, &stream);
        let event = sse::events(events.as_bytes()).next().unwrap();
        assert_eq!(event.name, Some(name));
        assert_eq!(serde_json::from_slice::<Json>(&event.data).unwrap(), payload);
    }
}

#[test]
fn an_exception_that_says_nothing_is_called_by_its_name() {
    let (events, _) =
        adapt(Operation::InvokeModel, &frame("exception", (":exception-type", "modelTimeoutException"), ""));
    assert_eq!(
        events,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\",\"message\":\"modelTimeoutException\"}}\n\n"
    );
}

#[test]
fn an_error_frame_is_an_error_too() {
    let headers = [
        (":message-type", Value::Text("error")),
        (":error-code", Value::Text("ThrottlingException")),
        (":error-message", Value::Text("slow \"down\"")),
    ];
    let frame = encode(&headers, b"").unwrap();
    let (events, _) = adapt(Operation::Converse, &frame);
    assert_eq!(events, "event: ThrottlingException\ndata: {\"message\":\"slow \\\"down\\\"\"}\n\n");
    let (events, _) = adapt(Operation::InvokeModel, &frame);
    assert!(events.contains(r#"{"type":"overloaded_error","message":"slow \"down\""}"#), "{events}");
}

#[test]
fn every_spelling_of_an_exception_is_the_same() {
    for name in [
        "throttlingException",
        "ThrottlingException",
        "com.amazon.coral.availability#ThrottlingException",
        "ThrottlingException:http://internal.amazon.com/coral/com.amazon.coral.availability/",
    ] {
        assert_eq!(Exception { name, original_status: None }.anthropic_type(), "overloaded_error", "{name}");
    }
}

#[test]
fn what_is_no_event_of_bedrock_ends_the_stream_after_what_stood_before() {
    for (bad, fault) in [
        (chunk("{"), Fault::Payload),
        (chunk("[1]"), Fault::Payload),
        (event("chunk", "{}"), Fault::Payload),
        (event("chunk", r#"{"bytes":"*"}"#), Fault::Payload),
        (event("chunk", r#"{"bytes":"/w=="}"#), Fault::Payload),
        (event("a\ndata: forged", "{}"), Fault::Headers),
        (frame("event", (":other", "x"), "{}"), Fault::Headers),
        (frame("other", (":event-type", "x"), "{}"), Fault::Headers),
        (encode(&[], b"{}").unwrap(), Fault::Headers),
    ] {
        let stream = [event("good", "{}"), bad, event("late", "{}")].concat();
        assert_eq!(adapt(Operation::InvokeModel, &stream), ("event: good\ndata: {}\n\n".to_owned(), Err(fault)));
    }
}

fn value() -> impl Strategy<Value = OwnedValue> {
    prop_oneof![
        any::<bool>().prop_map(OwnedValue::Bool),
        any::<i64>().prop_map(OwnedValue::Long),
        "\\PC{0,20}".prop_map(OwnedValue::Text),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(OwnedValue::Bytes),
        any::<[u8; 16]>().prop_map(OwnedValue::Uuid),
    ]
}

#[derive(Debug, Clone)]
enum OwnedValue {
    Bool(bool),
    Long(i64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid([u8; 16]),
}

impl OwnedValue {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Long(number) => Value::Long(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Uuid(uuid) => Value::Uuid(*uuid),
        }
    }
}

/// A stream and where it is cut into chunks.
fn chunks<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([0, stream.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect()
}

proptest! {
    #[test]
    fn any_frames_in_any_chunks_come_out_as_they_went_in(
        frames in prop::collection::vec((prop::collection::vec(("[a-z:-]{1,9}", value()), 0..4), prop::collection::vec(any::<u8>(), 0..40)), 0..5),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let mut stream = Vec::new();
        for (headers, payload) in &frames {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.value())).collect();
            stream.extend(encode(&headers, payload).unwrap());
        }
        let (messages, end) = decode(chunks(&stream, &cuts));
        prop_assert_eq!(end, Ok(()));
        prop_assert_eq!(messages.len(), frames.len());
        for (message, (headers, payload)) in messages.iter().zip(&frames) {
            prop_assert_eq!(&**message.payload(), &**payload);
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.value())).collect();
            prop_assert_eq!(message.headers().collect::<Vec<_>>(), headers);
        }
    }

    #[test]
    fn damaged_streams_never_panic_and_end_alike_in_any_chunks(
        payload in prop::collection::vec(any::<u8>(), 0..40),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9),
    ) {
        let mut stream = [chunk("{\"type\":\"ping\"}"), event("x", &String::from_utf8_lossy(&payload))].concat();
        for (at, byte) in damage {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        let whole = adapt(Operation::InvokeModel, &stream);
        let mut adapter = SseAdapter::new(Operation::InvokeModel);
        let mut out = Vec::new();
        for chunk in chunks(&stream, &cuts) {
            let _ = adapter.push(chunk, &mut out);
        }
        prop_assert_eq!((String::from_utf8(out).unwrap(), adapter.finish()), whole);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), operation in 0..2) {
        let operation = if operation == 0 { Operation::InvokeModel } else { Operation::Converse };
        let _ = adapt(operation, &bytes);
    }

    #[test]
    fn any_event_inside_a_chunk_is_one_event_outside(inside in "[\\{\\}\":,a-z0-9\\n\\r \\\\]{0,30}|\\{\"type\":\"\\PC{0,9}\"\\}") {
        let (events, end) = adapt(Operation::InvokeModel, &chunk(&inside));
        let count = sse::events(events.as_bytes()).count();
        prop_assert_eq!(count, usize::from(end.is_ok()));
        for event in sse::events(events.as_bytes()) {
            prop_assert_eq!(serde_json::from_slice::<Json>(&event.data).ok(), serde_json::from_str::<Json>(&inside).ok());
        }
    }
}
