#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};

use super::*;
use crate::asked::Asked;
use crate::protocol::Protocol;
use crate::reply::Act;

fn acts(plan: &FaultPlan, protocol: Protocol) -> Vec<Act> {
    let asked = Asked::read(protocol, br#"{"stream":true}"#);
    reply(plan, &asked, 1, 0).acts.collect()
}

fn text(acts: &[Act]) -> String {
    let data = |act: &Act| if let Act::Data(bytes) = act { bytes.to_vec() } else { Vec::new() };
    String::from_utf8_lossy(&acts.iter().flat_map(data).collect::<Vec<_>>()).into_owned()
}

#[test]
fn a_cut_lets_exactly_the_wanted_events_pass() {
    for (wanted, seen) in [(0, 0), (1, 1), (3, 3), (1000, 16)] {
        let plan = FaultPlan { after_events: wanted, ..Fault::CutReset.into() };
        let acts = acts(&plan, Protocol::Anthropic);
        assert_eq!(text(&acts).matches("event: content_block_delta").count(), seen);
        assert_eq!(acts.last(), Some(&Act::Reset));
    }
}

#[test]
fn a_cut_can_be_at_a_byte() {
    let plan = FaultPlan { after_bytes: Some(301), ..Fault::CutEof.into() };
    for protocol in Protocol::UPSTREAM {
        let data = |act: &Act| if let Act::Data(bytes) = act { bytes.len() } else { 0 };
        assert_eq!(acts(&plan, *protocol).iter().map(data).sum::<usize>(), 301, "{protocol:?}");
    }
}

#[test]
fn the_number_of_an_error_event_continues_the_stream() {
    for fault in [Fault::ErrorAfter, Fault::FailedAfter] {
        let all = text(&acts(&fault.into(), Protocol::OpenaiResponses));
        let numbers: Vec<u64> = all
            .lines()
            .filter_map(|line| {
                serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok()?["sequence_number"].as_u64()
            })
            .collect();
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    }
}

#[test]
fn the_words_of_an_error_can_be_chosen() {
    let plan = FaultPlan {
        code: Some("rate_limit_exceeded".to_owned()),
        message: Some("try again in 2.5s".to_owned()),
        ..Fault::FirstFailed.into()
    };
    let all = text(&acts(&plan, Protocol::OpenaiResponses));
    let last: Value = serde_json::from_str(all.trim_end().rsplit("data: ").next().unwrap()).unwrap();
    assert_eq!(last["response"]["error"], json!({"code": "rate_limit_exceeded", "message": "try again in 2.5s"}));
}

#[test]
fn usage_faults_touch_nothing_but_usage() {
    let good = text(&acts(&Fault::CutClean.into(), Protocol::OpenaiResponses));
    let plan = |fault: Fault| FaultPlan { after_events: 1000, ..fault.into() };
    for (fault, part) in
        [(Fault::UsageNegative, "\"output_tokens\":-7"), (Fault::UsageHuge, "\"output_tokens\":18446744073709551615")]
    {
        for protocol in Protocol::ALL.iter().filter(|p| **p != Protocol::OpenaiChat) {
            assert!(text(&acts(&plan(fault), *protocol)).contains(part), "{fault} {protocol:?}");
        }
    }
    let missing = text(&acts(&plan(Fault::UsageMissing), Protocol::OpenaiResponses));
    assert!(!missing.contains("\"usage\":{") && missing.contains("response.completed"));
    assert!(missing.contains("\"output_text\"") && good.contains("\"output_text\""));
}

/// The frames of an event stream: the place of each and its length.
fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let Some(length) = rest.first_chunk::<4>() {
        let (frame, after) = rest.split_at(u32::from_be_bytes(*length) as usize);
        frames.push(frame);
        rest = after;
    }
    frames
}

fn stream(fault: Fault) -> Vec<u8> {
    let data = |act: Act| if let Act::Data(bytes) = act { bytes.to_vec() } else { Vec::new() };
    acts(&fault.into(), Protocol::BedrockConverse).into_iter().flat_map(data).collect()
}

#[test]
fn faults_of_a_binary_stream_are_frames_too() {
    let holds = |frame: &[u8], text: &str| String::from_utf8_lossy(frame).contains(text);
    for (fault, last) in [
        (Fault::ErrorAfter, "serviceUnavailableException"),
        (Fault::FirstRateLimit, "throttlingException"),
        (Fault::FirstInvalidRequest, "validationException"),
        (Fault::BadEvent, "{\"type\":\"content_blo"),
        (Fault::Comments, "metadata"),
        (Fault::Cr, "metadata"),
        (Fault::StallMidStream, "contentBlockDelta"),
    ] {
        let stream = stream(fault);
        assert!(holds(frames(&stream).last().unwrap(), last), "{fault}");
    }
    assert!(!holds(&stream(Fault::NoDone), "messageStop"));
    assert!(!holds(&stream(Fault::UsageMissing), "\"usage\""));
}

#[test]
fn checksums_are_wrong_behind_the_good_frames_only() {
    let good = stream(Fault::CutClean);
    let whole = stream(Fault::Comments);
    for (fault, at) in [(Fault::FrameChecksum, usize::MAX), (Fault::FramePrelude, 0)] {
        let stream = stream(fault);
        assert!(stream.starts_with(&good) && stream.len() == whole.len(), "{fault}");
        let bad = &stream[good.len()..];
        let frame = frames(&whole[good.len()..])[0];
        let at = at.min(frame.len() - 1);
        assert_eq!(bad[at], frame[at] ^ 1, "{fault}");
    }
}

#[test]
fn statuses_are_the_clouds_own() {
    let status = |fault: Fault, protocol| reply(&fault.into(), &Asked::read(protocol, b"{}"), 1, 0).status;
    assert_eq!(status(Fault::Overloaded, Protocol::BedrockConverse), 503);
    assert_eq!(status(Fault::Unauthorized, Protocol::BedrockConverse), 403);
    assert_eq!(status(Fault::InsufficientQuota, Protocol::BedrockConverse), 400);
    assert_eq!(status(Fault::Overloaded, Protocol::Gemini), 503);
    assert_eq!(status(Fault::Overloaded, Protocol::Anthropic), 529);
    let told = |protocol| {
        let mut reply = reply(&Fault::RetryAfter.into(), &Asked::read(protocol, b"{}"), 1, 0);
        let Some(Act::Data(body)) = reply.acts.next() else { panic!("no body") };
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    assert_eq!(told(Protocol::Gemini)["error"]["details"][0]["retryDelay"], "7s");
}
