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
    for protocol in Protocol::ALL {
        assert_eq!(text(&acts(&plan, *protocol)).len(), 301);
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
