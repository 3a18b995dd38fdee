#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::conversation::{Arguments, CallKind, ToolCall};
use crate::protocol::UpstreamProtocol;

const NOW: Duration = Duration::from_secs(1_000);

fn thought(after_calls: usize, text: &str, carrier: &str) -> Thought {
    Thought { after_calls, text: text.to_owned(), carrier: Some(carrier.to_owned()) }
}

fn thoughts(each: &[Thought], calls: &[&str]) -> Thoughts {
    Thoughts { thoughts: each.to_vec(), calls: calls.iter().map(|call| (*call).to_owned()).collect(), scope: 7 }
}

fn call(id: &str) -> Part<'static> {
    Part::ToolCall(ToolCall {
        id: Text::from(id.to_owned()),
        name: Text::plain("bash"),
        namespace: None,
        kind: CallKind::Function,
        arguments: Arguments::Json("{}"),
        cache: None,
    })
}

/// The parts of a turn of these, in short, after `recall` has put back what is lost.
fn restored(recall: &Recall, caller: &str, parts: Vec<Part<'static>>) -> Vec<String> {
    let before = parts.len();
    let mut turns = [Turn { parts, ..Turn::new(Role::Assistant) }];
    recall.restore(caller, 8, &mut turns);
    assert!(turns[0].parts.len() == before, "another provider gets nothing");
    recall.restore(caller, 7, &mut turns);
    let short = |part: &Part<'_>| match part {
        Part::Text { text, .. } => text.decoded().into_owned(),
        Part::ToolCall(call) => call.id.decoded().into_owned(),
        Part::Reasoning(one) => format!(
            "({})",
            one.text.first().map_or("", |_| "words").to_owned()
                + &one.opaque.as_ref().map_or(String::new(), |held| held.data.decoded().into_owned())
        ),
        other => panic!("{other:?}"),
    };
    turns[0].parts.iter().map(short).collect()
}

#[test]
fn each_thought_comes_back_before_the_call_it_led_to_and_to_its_caller_alone() {
    let mut recall = Recall::default();
    recall.keep(NOW, "me", thoughts(&[thought(0, "a", "A"), thought(1, "", "B")], &["c1", "c2"]));
    let parts = || vec![Part::text("x"), call("c1"), call("c2")];
    assert_eq!(restored(&recall, "me", parts()), ["(wordsA)", "x", "c1", "(B)", "c2"]);
    assert_eq!(restored(&recall, "you", parts()), ["x", "c1", "c2"]);
    assert_eq!(restored(&recall, "me", vec![call("c9")]), ["c9"]);
}

#[test]
fn words_that_the_client_kept_are_not_doubled_and_blobs_it_kept_count_more() {
    let mut recall = Recall::default();
    recall.keep(NOW, "me", thoughts(&[thought(0, "a", "A")], &["c1"]));
    let words = Part::Reasoning(Reasoning { text: vec![Text::plain("a")], ..Reasoning::default() });
    assert_eq!(restored(&recall, "me", vec![words, call("c1")]), ["(wordsA)", "c1"]);
    let opaque = Some(Opaque { kind: OpaqueKind::ChatDetails, data: Text::plain("own") });
    let blob = Part::Reasoning(Reasoning { opaque, ..Reasoning::default() });
    assert_eq!(restored(&recall, "me", vec![blob, call("c1")]), ["(own)", "c1"]);
}

#[test]
fn what_is_kept_has_an_end_in_time_and_size() {
    let mut recall = Recall::default();
    recall.keep(NOW, "me", thoughts(&[thought(0, "a", "A")], &["old"]));
    recall.keep(NOW + KEPT + NOW, "me", thoughts(&[thought(0, "a", "A")], &["new"]));
    assert_eq!(restored(&recall, "me", vec![call("old")]), ["old"]);
    assert_eq!(restored(&recall, "me", vec![call("new")]), ["(wordsA)", "new"]);
    let long = "t".repeat(ANSWER_MAX);
    for number in 0..100 {
        recall.keep(NOW * 2 + KEPT, "me", thoughts(&[thought(0, &long, "A")], &[&format!("c{number}"), "same"]));
        assert!(recall.bytes <= BYTES_MAX);
    }
    assert!(recall.by_call.len() < 100);
    assert_eq!(restored(&recall, "me", vec![call("new")]), ["new"]);
    assert_eq!(restored(&recall, "me", vec![call("c99")]), ["(wordsA)", "c99"]);
}

#[test]
fn an_answer_is_kept_when_it_calls_tools_and_has_blobs() {
    let plan = Plan { scope: 7, seed: 3, ..Plan::new(Protocol::OpenaiChat, UpstreamProtocol::Anthropic) };
    let gather = |opaque: bool, calls: bool| {
        let mut collector = Collector::new(&plan).unwrap();
        collector.learn(&Event::Open { part: 0, what: Opened::Reasoning { id: None } });
        collector.learn(&Event::Text { part: 0, text: Text::plain("hm") });
        if opaque {
            collector.learn(&Event::Opaque { part: 0, data: Text::plain("EqQB") });
        }
        if calls {
            let what =
                Opened::ToolCall { id: Text::EMPTY, name: Text::plain("f"), namespace: None, kind: CallKind::Function };
            collector.learn(&Event::Open { part: 1, what });
        }
        collector.take()
    };
    let kept = gather(true, true).unwrap();
    assert_eq!(kept.calls, [ids::call(3, 0)]);
    let carrier = kept.thoughts[0].carrier.as_deref().unwrap();
    assert!(matches!(carrier::open(carrier, 7), carrier::Carried::Ours { data, .. } if data == "EqQB"));
    assert_eq!((gather(false, true), gather(true, false)), (None, None));
    assert!(Collector::new(&Plan::new(Protocol::Anthropic, UpstreamProtocol::OpenaiResponses)).is_none());
}

/// Gemini gives its answers an id and its calls none: they were kept under another id than the client was told.
#[test]
fn a_call_without_an_id_is_kept_under_the_one_that_the_client_is_told() {
    let plan = Plan { scope: 7, seed: 3, ..Plan::new(Protocol::OpenaiChat, UpstreamProtocol::Gemini) };
    let answer = r#"{"responseId": "r1", "candidates": [{"finishReason": "STOP", "content": {"parts": [
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "QQ=="}]}}]}"#;
    let (body, _, mut seen) = crate::translate::answer::whole_seen(&plan, answer);
    let kept = seen.take_thoughts().unwrap();
    assert!(String::from_utf8(body).unwrap().contains(&kept.calls[0]), "{:?}", kept.calls);
}
