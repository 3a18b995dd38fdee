#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::conversation::{Arguments, Fate, ToolCall};

/// A conversation in short: one word per turn, `role:parts`; a part is `+id` (call), `-id` or `-id=text` (result), or
/// text.
fn conversation(turns: &str) -> Vec<Turn<'_>> {
    turns.split_whitespace().map(turn).collect()
}

fn turn(text: &str) -> Turn<'_> {
    let (role, parts) = text.split_once(':').unwrap();
    let role = match role {
        "u" => Role::User,
        "a" => Role::Assistant,
        "s" => Role::System,
        _ => Role::Developer,
    };
    let parts = parts.split(',').filter(|part| !part.is_empty()).map(part).collect();
    Turn { parts, ..Turn::new(role) }
}

fn part(text: &str) -> Part<'_> {
    if let Some(id) = text.strip_prefix('+') {
        return Part::ToolCall(ToolCall {
            id: Text::plain(id),
            name: Text::plain("tool"),
            namespace: None,
            kind: if id == "5" { CallKind::Freeform } else { CallKind::Function },
            arguments: Arguments::Json("{}"),
            cache: None,
        });
    }
    let Some(result) = text.strip_prefix('-') else { return Part::text(text) };
    let (id, says) = result.split_once('=').unwrap_or((result, result));
    let kind = CallKind::Function;
    Part::ToolResult(ToolResult {
        call_id: Text::plain(id),
        kind,
        parts: vec![Part::text(says)],
        is_error: None,
        cache: None,
    })
}

/// The same the other way.
fn short(turns: &[Turn<'_>]) -> String {
    let role = |role| match role {
        Role::User => "u",
        Role::Assistant => "a",
        Role::System => "s",
        Role::Developer => "d",
    };
    let turn = |turn: &Turn<'_>| {
        let parts: Vec<String> = turn.parts.iter().map(short_part).collect();
        format!("{}:{}", role(turn.role), parts.join(","))
    };
    turns.iter().map(turn).collect::<Vec<_>>().join(" ")
}

fn short_part(part: &Part<'_>) -> String {
    match part {
        Part::Text { text, .. } => text.decoded().into_owned(),
        Part::ToolCall(call) => format!("+{}", call.id.decoded()),
        Part::ToolResult(result) => {
            let id = result.call_id.decoded();
            let says = short_part(&result.parts[0]);
            if says == id { format!("-{id}") } else { format!("-{id}={says}") }
        }
        other => panic!("{other:?}"),
    }
}

fn pair_short(turns: &str) -> (String, Losses) {
    let mut losses = Losses::default();
    let paired = pair_as(None, conversation(turns), &mut losses);
    (short(&paired), losses)
}

#[track_caller]
fn check(turns: &str, expected: &str, fates: &[Fate]) {
    let (paired, losses) = pair_short(turns);
    assert_eq!(paired, expected, "{turns}");
    let found: Vec<Fate> = losses.all().iter().map(|loss| loss.fate).collect();
    assert_eq!(found, fates, "{turns}");
}

#[test]
fn what_is_in_order_stays() {
    let turns = conversation("s:x u:hi a:ok,+1,+5 u:-1,-5,go a:done");
    assert!(!is_paired(&turns), "its results are of another sort than its calls");
    let turns = pair(turns, &mut Losses::default());
    assert!(is_paired(&turns));
    check("s:x u:hi a:ok,+1,+2 u:-1,-2,go a:done", "s:x u:hi a:ok,+1,+2 u:-1,-2,go a:done", &[]);
    check("s:x s:y d:z d:w u:hi", "s:x s:y d:z d:w u:hi", &[]);
    check("", "", &[]);
}

#[test]
fn trap_37_a_message_between_call_and_result_goes_behind_the_result() {
    check("a:+1 d:hook u:-1", "a:+1 u:-1 d:hook", &[]);
    check("a:+1 u:hurry u:-1", "a:+1 u:-1,hurry", &[]);
    check("a:+1,+2 u:-1 a:y u:-2", "a:+1,+2 u:-1,-2 a:y", &[]);
    check("a:+1 u:text,-1,more", "a:+1 u:-1,text,more", &[]);
    check("a:+1 s:-1", "a:+1 u:-1", &[]);
}

#[test]
fn trap_38_consecutive_turns_of_one_role_become_one() {
    check("a:+1 a:+2 u:-2 u:-1 u:go", "a:+1,+2 u:-1,-2,go", &[]);
    check("u: a:x a: a:y u:", "a:x,y", &[]);
}

#[test]
fn a_call_without_a_result_is_answered_as_interrupted() {
    check("a:+1,+2 u:-2", &format!("a:+1,+2 u:-1={NO_RESULT},-2"), &[Fate::Reworded]);
    check("u:hi a:+1", &format!("u:hi a:+1 u:-1={NO_RESULT}"), &[Fate::Reworded]);
}

#[test]
fn trap_40_a_result_without_a_call_is_still_read_by_the_model() {
    let (text, losses) = pair_short("u:-9=found,go a:ok");
    assert_eq!(text, "u:[result of a tool call that is not shown: 9],found,go a:ok");
    assert_eq!(losses.all()[0].fate, Fate::Reworded);
    let before_its_call = pair_short("u:-1=early a:+1 u:-1=late").0;
    assert!(before_its_call.ends_with("early a:+1 u:-1=late"), "{before_its_call}");
}

#[test]
fn of_two_results_the_last_is_kept() {
    check("a:+1 u:-1=a,-1=b", "a:+1 u:-1=b", &[Fate::Dropped]);
}

#[test]
fn ids_that_come_again_are_told_apart() {
    check("a:+1 u:-1=a a:+1 u:-1=b", "a:+1 u:-1=a a:+1_2 u:-1_2=b", &[]);
    check("a:+1,+1 u:-1=a,-1=b", "a:+1,+1_2 u:-1=a,-1_2=b", &[]);
    check("a:+1_2,+1,+1 u:-1=a,-1_2=b,-1=c", "a:+1_2,+1,+1_3 u:-1_2=b,-1=a,-1_3=c", &[]);
    let (text, losses) = pair_short("a:+1 u:stop a:+1 u:-1=b");
    assert_eq!((text, losses.all().len()), (format!("a:+1 u:-1={NO_RESULT},stop a:+1_2 u:-1_2=b"), 1));
}

#[test]
fn a_result_is_of_the_sort_of_its_call() {
    let paired = pair(conversation("a:+5 u:-5"), &mut Losses::default());
    assert!(matches!(&paired[1].parts[0], Part::ToolResult(result) if result.kind == CallKind::Freeform));
}

proptest! {
    /// P7: calls and results are a bijection, each result right behind its call's turn and in its order.
    #[test]
    fn every_call_has_its_result_and_nothing_else_moves(
        turns in proptest::collection::vec("[uuaaasd]:([+-][1-5](=r)?|[w-z]|)(,([+-][1-5]|[w-z])){0,4}", 0..14),
    ) {
        let turns = turns.join(" ");
        let mut losses = Losses::default();
        let paired = pair(conversation(&turns), &mut losses);

        let mut ids = HashSet::new();
        for (at, turn) in paired.iter().enumerate() {
            prop_assert!(!turn.parts.is_empty());
            let next = paired.get(at + 1);
            let mergeable = matches!(turn.role, Role::User | Role::Assistant);
            prop_assert!(!mergeable || next.is_none_or(|next| next.role != turn.role));
            let calls: Vec<String> = turn.parts.iter().filter_map(|part| match part {
                Part::ToolCall(call) => Some(call.id.decoded().into_owned()),
                _ => None,
            }).collect();
            prop_assert!(calls.is_empty() || turn.role == Role::Assistant);
            for id in &calls {
                prop_assert!(ids.insert(id.clone()), "{} twice", id);
            }
            let results = |turn: &Turn<'_>| -> Vec<Option<String>> {
                turn.parts.iter().map(|part| match part {
                    Part::ToolResult(result) => Some(result.call_id.decoded().into_owned()),
                    _ => None,
                }).collect()
            };
            let behind = next.map(&results).unwrap_or_default();
            prop_assert_eq!(&behind.iter().take(calls.len()).flatten().cloned().collect::<Vec<_>>(), &calls);
            prop_assert!(calls.is_empty() || next.is_some_and(|next| next.role == Role::User));
            prop_assert!(behind.iter().skip(calls.len()).all(Option::is_none), "results come first");
            prop_assert!(at > 0 || results(turn).iter().all(Option::is_none), "and never without calls");
        }

        let texts = |turns: &[Turn<'_>]| -> Vec<(Role, String)> {
            let texts = turns.iter().flat_map(|turn| turn.parts.iter().map(|part| (turn.role, part)));
            let plain = texts.filter(|(_, part)| matches!(part, Part::Text { .. }));
            plain.map(|(role, part)| (role, short_part(part))).filter(|(_, text)| "wxyz".contains(text)).collect()
        };
        prop_assert_eq!(texts(&paired), texts(&conversation(&turns)), "nothing else is reordered or lost");

        prop_assert!(is_paired(&paired));
        let before = conversation(&turns);
        if is_paired(&before) {
            prop_assert_eq!(short(&paired), short(&before), "what is in order stays");
            prop_assert!(losses.is_empty());
        }
        let once = short(&paired);
        let mut losses = Losses::default();
        prop_assert_eq!(short(&pair(paired, &mut losses)), once, "idempotent");
        prop_assert!(losses.is_empty(), "and silent the second time");
    }
}
