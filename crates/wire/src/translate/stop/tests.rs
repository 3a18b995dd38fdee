#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::conversation::CallKind;

/// What went out, part by part in its order, and what stopped it.
fn watch(stops: &[&str], events: Vec<Event<'_>>) -> (String, Option<String>) {
    let mut watch = StopWatch::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
    let mut out = String::new();
    let mut to = |event: Event<'_>| match event {
        Event::Open { part, .. } => out.push_str(&format!("<{part}")),
        Event::Text { part, text } => out.push_str(&format!("[{part}{}]", text.decoded())),
        Event::Arguments { text, .. } => out.push_str(&format!("({})", text.decoded())),
        Event::Close { part } => out.push_str(&format!("{part}>")),
        _ => out.push('u'),
    };
    let mut found = None;
    for event in events {
        let stop = watch.push(event, &mut to);
        assert!(stop.is_none() || found.is_none());
        found = found.or(stop);
    }
    watch.finish(&mut to);
    (out, found)
}

const fn open(part: u32) -> Event<'static> {
    Event::Open { part, what: Opened::Text }
}

const fn text(part: u32, text: &str) -> Event<'_> {
    Event::Text { part, text: Text::Json(text) }
}

#[test]
fn the_answer_is_cut_before_the_stop_text() {
    let (out, found) = watch(&["END", "\n\n"], vec![open(0), text(0, r"one\ntwo E"), text(0, "N"), text(0, "D three")]);
    assert_eq!((&out[..], found.as_deref()), ("<0[0one\ntwo ]0>", Some("END")));
    let (out, found) = watch(&["END", "\n\n"], vec![open(0), text(0, r"one\n"), text(0, r"\ntwo"), open(1)]);
    assert_eq!((&out[..], found.as_deref()), ("<0[0one]0>", Some("\n\n")));
}

#[test]
fn what_was_no_stop_text_after_all_goes_out_at_the_latest_when_its_part_ends() {
    let events = vec![open(0), text(0, "aE"), text(0, "Nb"), text(0, "EN"), Event::Close { part: 0 }];
    assert_eq!(watch(&["END"], events).0, "<0[0a][0ENb][0EN]0>");
    let call = Opened::ToolCall { id: "1".into(), name: "x".into(), namespace: None, kind: CallKind::Function };
    let events = vec![open(0), text(0, "aE"), Event::Open { part: 1, what: call }, text(0, "ND")];
    assert_eq!(watch(&["END"], events).0, "<0[0a][0E]<1[0ND]", "a call in between is no part of a stop text");
    assert_eq!(watch(&["END"], vec![open(0), text(0, "EN")]).0, "<0[0EN]", "a stream that just ends");
}

#[test]
fn arguments_and_reasoning_are_never_cut() {
    let call = Opened::ToolCall { id: "1".into(), name: "x".into(), namespace: None, kind: CallKind::Function };
    let events = vec![
        Event::Open { part: 0, what: Opened::Reasoning { id: None } },
        text(0, "END"),
        Event::Open { part: 1, what: call },
        Event::Arguments { part: 1, text: "END".into() },
    ];
    assert_eq!(watch(&["END"], events), ("<0[0END]<1(END)".to_owned(), None));
}

#[test]
fn without_stop_texts_everything_passes_as_it_is() {
    let mut watch = StopWatch::new(vec![String::new()]);
    let mut untouched = false;
    let mut to = |event: Event<'_>| untouched = matches!(event, Event::Text { text: Text::Json("a"), .. });
    watch.push(open(0), &mut to);
    watch.push(text(0, "a"), &mut to);
    assert!(untouched);
}

proptest! {
    #[test]
    fn however_the_text_is_cut_into_pieces_the_same_goes_out(
        answer in "[abé]{0,24}",
        stops in proptest::collection::vec("[abé]{1,5}", 0..4),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(answer.len() + 1)).collect();
        cuts.retain(|cut| answer.is_char_boundary(*cut));
        cuts.extend([0, answer.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &answer[cut[0]..cut[1]]);
        let events: Vec<Event<'_>> = std::iter::once(open(0)).chain(pieces.map(|piece| text(0, piece))).collect();
        let (out, found) = watch(&stops, events);
        let said: String = out.replace("[0", "").replace(['<', '>', ']', '0'], "");

        let first = (0..=answer.len()).filter(|end| answer.is_char_boundary(*end)).find_map(|end| {
            let ending = stops.iter().filter(|stop| answer[..end].ends_with(**stop));
            ending.max_by_key(|stop| stop.len()).map(|stop| (end - stop.len(), *stop))
        });
        match first {
            Some((at, stop)) => {
                prop_assert_eq!(found.as_deref(), Some(stop));
                prop_assert_eq!(said, &answer[..at]);
            }
            None => {
                prop_assert_eq!(found, None);
                prop_assert_eq!(said, answer);
            }
        }
    }
}
