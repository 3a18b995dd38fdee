//! Who rests after a failure, for whom a request waits, and how long.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, engine, facts, once, provider, run, secs, status};
use super::*;
use crate::classify::{Row, Verdict};

#[test]
fn a_short_stated_wait_is_waited_out_by_the_only_candidate() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    let mut count = 0;
    let (tried, end) = run(&mut engine, &mut now, &facts(), |_| {
        count += 1;
        if count == 1 { status(429, Some(3)) } else { Outcome::Success }
    });
    assert_eq!((tried.len(), end), (2, None));
    assert!(now >= T0 + secs(3) && now <= T0 + Duration::from_millis(3300), "waited until {now:?}");
}

#[test]
fn a_long_stated_wait_is_told_and_not_waited_out() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let (tried, end) = once(&mut engine, &[status(429, Some(40))]);
    let end = end.unwrap();
    assert_eq!((tried, end.why, end.usable_again_in), (vec![0], Why::Cooling, Some(secs(40))));
}

#[test]
fn with_one_candidate_a_cool_down_never_refuses_a_request() {
    let mut engine = engine(vec![provider("a", &[1])]);
    once(&mut engine, &[status(429, Some(600))]);
    assert_eq!(once(&mut engine, &[Outcome::Success]), (vec![0], None));
}

#[test]
fn resting_candidates_come_after_those_that_do_not_rest() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(600)), Outcome::Success]);
    assert_eq!(once(&mut engine, &[Outcome::Success, Outcome::Success]), (vec![1], None));
    let (tried, _) = once(&mut engine, &[Outcome::Success, status(502, None)]);
    assert_eq!(tried, [1, 0], "nothing else is left, so the resting one is tried once");
    let (tried, _) = run(&mut engine, &mut (T0 + secs(601)), &facts(), |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))], "the rest is over");
}

#[test]
fn of_several_resting_candidates_the_first_to_be_free_is_tried_and_only_that() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(600)), status(429, Some(300))]);
    let (tried, end) = once(&mut engine, &[status(502, None), status(502, None)]);
    assert_eq!(tried, [1]);
    assert!(end.is_some());
}

#[test]
fn of_a_rest_and_a_retry_the_earlier_one_is_waited_for() {
    let once_only = ProviderParams { attempts_max: 1, ..provider("b", &[1]) };
    let mut engine = engine(vec![provider("a", &[1]), once_only]);
    let only_b = Facts { pinned_provider: Some("b"), ..facts() };
    run(&mut engine, &mut T0.clone(), &only_b, |_| status(429, Some(8)));
    let outcomes = [status(429, Some(4)), Outcome::Success];
    let mut now = T0 + secs(7);
    let (tried, end) = run(&mut engine, &mut now, &facts(), |target| outcomes[target.provider]);
    assert_eq!((tried, end, now), (vec![(0, Some(0)), (1, Some(0))], None, T0 + secs(8)));
}

#[test]
fn a_stated_wait_is_waited_out_while_tries_are_left_and_the_last_is_kept_for_the_end_of_the_hold() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    let (tried, end) = run(&mut engine, &mut now, &facts(), |_| status(429, Some(1)));
    assert_eq!((tried.len(), end.unwrap().why, now), (5, Why::Cooling, T0 + secs(28)));
}

/// Runs one request whose candidates all ask to wait so long the first time, and answer then.
fn limited_once(engine: &mut Engine, retry_after: Option<u64>) -> (usize, Option<GiveUp>, Duration) {
    let (mut now, mut told) = (T0, Vec::new());
    let (tried, end) = run(engine, &mut now, &facts(), |target| {
        let candidate = (target.provider, target.key);
        if told.contains(&candidate) {
            return Outcome::Success;
        }
        told.push(candidate);
        status(429, retry_after)
    });
    (tried.len(), end, now - T0)
}

#[test]
fn however_many_candidates_ask_to_wait_the_request_is_answered_when_the_first_wait_is_over() {
    for providers in 1..=8 {
        for (asked, longest) in [(Some(3), secs(3)), (Some(20), secs(20)), (None, secs(2))] {
            let all = (0..providers).map(|number| provider(&format!("p{number}"), &[1]));
            let (tried, end, took) = limited_once(&mut engine(all.collect()), asked);
            assert_eq!((tried, end), (providers + 1, None), "{providers} × {asked:?}");
            assert!(took <= longest, "{providers} × {asked:?}: {took:?}");
        }
    }
}

#[test]
fn of_many_limited_keys_eight_are_asked_and_then_the_first_to_be_free() {
    for keys in [8, 9, 12, 30] {
        let ids: Vec<u64> = (1..=keys).collect();
        for providers in [vec![provider("a", &ids)], vec![provider("a", &ids), provider("b", &ids)]] {
            assert_eq!(limited_once(&mut engine(providers), Some(3)), (9, None, secs(3)), "{keys} keys");
        }
    }
}

#[test]
fn a_wait_after_failures_of_others_is_over_when_its_provider_said_so() {
    let mut engine = engine(["a", "b", "c", "d"].map(|name| provider(name, &[1])).to_vec());
    let (mut now, mut asked) = (T0, false);
    let (tried, end) = run(&mut engine, &mut now, &facts(), |target| match target.provider {
        3 if std::mem::replace(&mut asked, true) => Outcome::Success,
        3 => status(429, Some(3)),
        _ => status(502, None),
    });
    assert_eq!((tried.len(), end, now), (5, None, T0 + secs(3)));
}

#[test]
fn a_rest_for_one_model_does_not_concern_another() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(529, None), Outcome::Success]);
    assert_eq!(once(&mut engine, &[Outcome::Success, Outcome::Success]).0, [1]);
    let other = Facts { model: Some("claude-haiku-5"), ..facts() };
    let (tried, _) = run(&mut engine, &mut T0.clone(), &other, |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))]);
}

#[test]
fn a_missing_model_is_not_asked_for_again_for_a_while() {
    let missing = Outcome::Failed(Verdict::of(Row::ModelNotFound, None));
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(once(&mut engine, &[missing, Outcome::Success]).0, [0, 1]);
    assert_eq!(once(&mut engine, &[missing, Outcome::Success]).0, [1]);
    let (tried, _) = run(&mut engine, &mut (T0 + secs(601)), &facts(), |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))]);
    let (_, end) = once(&mut engine, &[missing, missing]);
    assert_eq!(end.unwrap().why, Why::ModelNotFound);
}

#[test]
fn the_earliest_usable_moment_is_told() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let end = once(&mut engine, &[status(429, Some(90)), status(429, Some(30))]).1.unwrap();
    assert_eq!(end.usable_again_in, Some(secs(30)));
}

#[test]
fn the_next_change_is_known_and_over_when_it_has_happened() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(engine.poll_timeout(T0), None);
    once(&mut engine, &[status(429, Some(40)), status(401, None)]);
    assert_eq!(engine.poll_timeout(T0), Some(T0 + secs(40)));
    assert_eq!(engine.poll_timeout(T0 + secs(40)), Some(T0 + secs(60)));
    engine.handle_timeout(T0 + secs(60));
    assert_eq!(engine.poll_timeout(T0 + secs(60)), None);
}

#[test]
fn a_provider_without_keys_that_asked_to_wait_is_shown_at_rest() {
    let mut engine = engine(vec![provider("local", &[]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(90)), Outcome::Success]);
    let shown = |now| engine.snapshot(now).providers[0].resting_left_ms;
    assert_eq!((shown(T0), shown(T0 + secs(60)), shown(T0 + secs(90))), (Some(90_000), Some(30_000), None));
}
