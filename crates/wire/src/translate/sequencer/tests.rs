#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::json::Text;

/// One event in short: `oT1` opens text 1 (`oR` reasoning, `oC` a call, `oF` a freeform call, `oH` hosted), `t1x` says x
/// in it, `a1x` gives arguments, `q1x` is opaque, `p1` a new piece, `c1` closes it.
fn event(short: &str) -> Event<'_> {
    let (what, rest) = short.split_at(1);
    if what == "o" {
        let part = number(&rest[1..]);
        let call = |kind| Opened::ToolCall { id: rest.into(), name: "tool".into(), namespace: None, kind };
        let what = match &rest[..1] {
            "T" => Opened::Text,
            "X" => Opened::Refusal,
            "R" => Opened::Reasoning { id: None },
            "C" => call(CallKind::Function),
            "F" => call(CallKind::Freeform),
            _ => Opened::Hosted { kind: "search", value: "{}" },
        };
        return Event::Open { part, what };
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (part, text) = (number(&rest[..digits]), Text::Json(&rest[digits..]));
    match what {
        "t" => Event::Text { part, text },
        "a" => Event::Arguments { part, text },
        "q" => Event::Opaque { part, data: text },
        "p" => Event::Piece { part },
        _ => Event::Close { part },
    }
}

fn number(digits: &str) -> u32 {
    digits.parse().unwrap()
}

fn short(event: &Event<'_>) -> String {
    match event {
        Event::Open { part, what } => {
            let letter = match what {
                Opened::Text => 'T',
                Opened::Refusal => 'X',
                Opened::Reasoning { .. } => 'R',
                Opened::ToolCall { kind: CallKind::Freeform, .. } => 'F',
                Opened::ToolCall { .. } => 'C',
                Opened::Hosted { .. } => 'H',
            };
            format!("o{letter}{part}")
        }
        Event::Text { part, text } => format!("t{part}{}", text.decoded()),
        Event::Arguments { part, text } => format!("a{part}{}", text.decoded()),
        Event::Opaque { part, data } => format!("q{part}{}", data.decoded()),
        Event::Piece { part } => format!("p{part}"),
        Event::Close { part } => format!("c{part}"),
        Event::Usage(_) => "usage".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn sequence(events: &str) -> String {
    let mut sequencer = Sequencer::default();
    let mut out = Vec::new();
    let mut to = |event: Event<'_>| out.push(short(&event));
    for one in events.split_whitespace() {
        sequencer.push(event(one), &mut to);
    }
    sequencer.finish(&mut to);
    assert!(!sequencer.overflowed());
    out.join(" ")
}

#[track_caller]
fn check(events: &str, expected: &str) {
    assert_eq!(sequence(events), expected, "{events}");
}

#[test]
fn what_comes_one_by_one_passes() {
    check("oR0 t0a q0s c0 oT1 t1b t1c c1 oC2 a2{} c2", "oR0 t0a q0s c0 oT1 t1b t1c c1 oC2 a2{} c2");
    check("oT7 t7a c7 oT9 t9b", "oT0 t0a c0 oT1 t1b c1");
}

#[test]
fn text_gives_way_to_what_begins_behind_it_and_goes_on_as_another_part() {
    check("oR0 t0a oT1 t1b t0c c0 t1d c1", "oR0 t0a c0 oT1 t1b c1 oR2 t2c c2 oT3 t3d c3");
    check("oT0 t0a oC1 c0 a1{} c1", "oT0 t0a c0 oC1 a1{} c1");
    check("oR0 t0a oT1 t1b q0sig c0 c1", "oR0 t0a c0 oT1 t1b c1 oR2 q2sig c2");
}

#[test]
fn trap_3_interleaved_calls_are_not_merged() {
    check(r#"oC0 oC1 a0{\"a a1{\"b a0\":1 a1\":2} a0} c0 c1"#, r#"oC0 a0{"a a0":1 a0} c0 oC1 a1{"b":2} c1"#);
    check("oC0 a0{} oC1 a1{} oT2 t2x", "oC0 a0{} c0 oC1 a1{} c1 oT2 t2x c2");
}

#[test]
fn text_inside_a_call_waits_until_the_call_is_complete() {
    check(r#"oT0 t0a oC1 a1{ t0b t0c a1} c1 c0"#, "oT0 t0a c0 oC1 a1{ a1} c1 oT2 t2bc c2");
    check("oC0 oT1 t1a c1 c0", "oC0 c0 oT1 t1a c1");
    check("oC0 a0{ oT1 t1a oC2 a2[] t1b", "oC0 a0{ c0 oT1 t1ab c1 oC2 a2[] c2");
}

#[test]
fn a_freeform_call_is_complete_when_it_is_closed_only() {
    check("oF0 a0{} oT1 t1a a0more c0 c1", "oF0 a0{} a0more c0 oT1 t1a c1");
}

#[test]
fn trap_1_nothing_is_closed_twice_nor_opened_twice() {
    check("oC0 a0{} c0 c0 oC0 a0{} c0 a0x", "oC0 a0{} c0 oC1 a1{} c1");
    check("oC0 oC0 a0{} oC1 c0 a0x c0 a1{} c1 c1", "oC0 a0{} c0 oC1 a1{} c1");
    check("t5x c5 q5x", "");
}

#[test]
fn tokens_pass_at_once() {
    let mut sequencer = Sequencer::default();
    let mut out = Vec::new();
    let mut to = |event: Event<'_>| out.push(short(&event));
    for event in [event("oC0"), event("oT1"), Event::Usage(crate::usage::Usage::default())] {
        sequencer.push(event, &mut to);
    }
    assert_eq!(out, ["oC0", "usage"]);
}

#[test]
fn beyond_the_bounds_it_says_that_the_answer_is_not_whole() {
    let text = "x".repeat(1 << 20);
    let mut sequencer = Sequencer::default();
    let mut given = 0;
    let mut to = |event: Event<'_>| given += short(&event).len();
    sequencer.push(event("oC0"), &mut to);
    sequencer.push(event("oT1"), &mut to);
    for _ in 0..HELD_MAX >> 20 {
        assert!(!sequencer.overflowed());
        sequencer.push(Event::Text { part: 1, text: Text::Json(&text) }, &mut to);
    }
    assert!(sequencer.overflowed());
    sequencer.push(Event::Arguments { part: 0, text: Text::Json("{}") }, &mut to);
    assert_eq!(given, 3);
    let mut sequencer = Sequencer::default();
    for part in 0..=PARTS_MAX as u32 + 1 {
        sequencer.push(Event::Open { part, what: Opened::Text }, &mut |_: Event<'_>| {});
    }
    assert!(sequencer.overflowed(), "parts that gave way and never end are bounded too");
}

#[test]
fn complete_is_judged_through_both_layers_of_escapes() {
    let rows = [
        ("", false),
        (" ", false),
        ("{}", true),
        (r#"{\"a\":\"}\"}"#, true),
        (r#"{\"a\":\"}\""#, false),
        (r#"{\"a\":\"\\\"}\"}"#, true),
        (r#"{\"a\":\"\\\"}"#, false),
        (r"{\u0022a\u0022:1\u007d", true),
        (r"{\u00e9}", true),
        (r#"\"text\""#, true),
        ("12", false),
        ("true", false),
        ("[[]", false),
        ("[[]]\\n", true),
    ];
    for (text, complete) in rows {
        let mut whole = Complete::new();
        whole.push(&Text::Json(text));
        let mut plain = Complete::new();
        plain.push(&Text::from(Text::Json(text).decoded().into_owned()));
        assert_eq!((whole.is_complete(), plain.is_complete()), (complete, complete), "{text}");
    }
}

/// Parts of an answer, and the order in which their events come.
fn answers() -> impl Strategy<Value = (Vec<String>, Vec<usize>)> {
    let sort = proptest::sample::select(vec!["T", "R", "X", "C", "F", "H"]);
    (proptest::collection::vec(sort, 1..6), proptest::collection::vec(0_usize..6, 0..60))
        .prop_map(|(sorts, order)| (sorts.into_iter().map(str::to_owned).collect(), order))
}

/// Events of each part: opened, its pieces, closed.
fn events_of(part: usize, sort: &str) -> Vec<String> {
    let mut events = vec![format!("o{sort}{part}")];
    let marks = ["one", "two", "three"].map(|word| format!("<{part}{word}>"));
    events.extend(match sort {
        "C" => vec![format!("a{part}{{\\\"{}", marks[0]), format!("a{part}{}\\\":1}}", marks[1])],
        "F" => marks.iter().map(|mark| format!("a{part}{mark}")).collect(),
        "H" => Vec::new(),
        _ => marks.iter().map(|mark| format!("t{part}{mark}")).collect(),
    });
    events.push(format!("c{part}"));
    events
}

proptest! {
    #[test]
    fn each_part_is_opened_and_closed_once_one_at_a_time_and_nothing_is_lost((sorts, order) in answers()) {
        let mut queues: Vec<Vec<String>> = sorts.iter().enumerate().map(|(at, sort)| events_of(at, sort)).collect();
        queues.iter_mut().for_each(|queue| queue.reverse());
        let mut events = Vec::new();
        for at in order.into_iter().chain(0..sorts.len()) {
            let last_round = events.len() > 60;
            if let Some(queue) = queues.get_mut(at) {
                let count = if last_round { queue.len() } else { 1 };
                for _ in 0..count {
                    events.extend(queue.pop());
                }
            }
        }
        for queue in &mut queues {
            while let Some(event) = queue.pop() {
                events.push(event);
            }
        }
        let given = sequence(&events.join(" "));

        let mut open = None;
        let mut next = 0;
        let mut texts: BTreeMap<usize, String> = BTreeMap::new();
        let mut opened: BTreeMap<String, usize> = BTreeMap::new();
        for one in given.split(' ') {
            let kind = &one[..1];
            let (digits, text) = if kind == "o" { (&one[2..], "") } else {
                let end = 1 + one[1..].bytes().take_while(u8::is_ascii_digit).count();
                (&one[1..end], &one[end..])
            };
            let part: usize = digits.parse().unwrap();
            match kind {
                "o" => {
                    prop_assert_eq!((open, part), (None, next), "{}", given);
                    (open, next) = (Some(part), next + 1);
                    *opened.entry(one[1..2].to_owned()).or_default() += 1;
                }
                "c" => prop_assert_eq!(open.take(), Some(part), "{}", given),
                _ => {
                    prop_assert_eq!(open, Some(part), "{}", given);
                    texts.entry(part).or_default().push_str(text);
                }
            }
        }
        prop_assert_eq!(open, None);

        let all: String = texts.values().map(String::as_str).collect();
        for (part, sort) in sorts.iter().enumerate() {
            let found: String = all.match_indices(&format!("<{part}")).map(|(at, mark)| {
                let rest = &all[at + mark.len()..];
                &rest[..rest.find('>').unwrap()]
            }).collect();
            let expected = match sort.as_str() { "H" => "", "C" => "onetwo", _ => "onetwothree" };
            prop_assert_eq!(found, expected, "part {} of {}", part, given);
        }
        for sort in ["C", "F", "H"] {
            let count = sorts.iter().filter(|known| *known == sort).count();
            prop_assert_eq!(opened.get(sort).copied().unwrap_or(0), count, "no call is cut in two: {}", given);
        }
    }

    #[test]
    fn no_order_of_events_breaks_the_law_of_one_open_part(
        events in proptest::collection::vec("o[TRCFH][0-4]|[taqpc][0-4][{}x]?", 0..50),
    ) {
        let given = sequence(&events.join(" "));
        let mut open = false;
        for one in given.split_whitespace() {
            match &one[..1] {
                "o" => prop_assert!(!std::mem::replace(&mut open, true)),
                "c" => prop_assert!(std::mem::take(&mut open)),
                _ => prop_assert!(open),
            }
        }
        prop_assert!(!open);
    }
}
