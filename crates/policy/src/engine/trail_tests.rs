//! What is told of a request afterwards: whose turn did not come and why, and how long it waited.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, once, provider, status};
use super::*;
use crate::classify::Transport;

/// The trail of one request in which provider `n` answers `outcomes[n]`.
fn trail_of(engine: &mut Engine, now: &mut Duration, outcomes: &[Outcome]) -> Trail {
    let mut flight = engine.start(*now, &facts()).unwrap();
    loop {
        match engine.decide(*now, &mut flight) {
            Decision::Try(target) => engine.observe(*now, &mut flight, &outcomes[target.provider]),
            Decision::Wait { until } => *now = until,
            Decision::GiveUp(_) => return flight.trail(),
        }
    }
}

/// All of them once were told as "not needed".
#[test]
fn whose_turn_did_not_come_is_told_with_the_reason() {
    let names = ["a", "b", "c", "d", "e"];
    let down = broken(Transport::HeadTimeout);
    let hiccup = status(500, None);
    let all = |outcome| [outcome; 5];
    for (outcomes, asked, why) in
        [(all(hiccup), 4, "tries-used"), (all(down), 2, "tries-used"), (all(status(400, None)), 1, "request-fault")]
    {
        let mut engine = engine(names.map(|name| provider(name, &[1])).to_vec());
        let trail = trail_of(&mut engine, &mut T0.clone(), &outcomes);
        assert_eq!(trail.attempts.len(), asked, "{why}");
        let told: Vec<_> = trail.skipped.iter().map(|it| (&*it.provider, it.why)).collect();
        assert_eq!(told, names[asked..].iter().map(|name| (*name, why)).collect::<Vec<_>>());
        assert!(trail.untried.is_empty());
    }
    let mut engine = engine(names.map(|name| provider(name, &[1])).to_vec());
    let trail = trail_of(&mut engine, &mut T0.clone(), &[hiccup, Outcome::Success, down, down, down]);
    assert_eq!(trail.untried.iter().map(|it| &*it.provider).collect::<Vec<_>>(), ["c", "d", "e"]);
    assert!(trail.skipped.is_empty());
}

#[test]
fn who_may_try_once_only_has_something_to_explain_when_it_fails() {
    let once_only = |name| ProviderParams { attempts_max: 1, ..provider(name, &[1]) };
    let mut engine = engine(vec![once_only("a"), once_only("b")]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    engine.decide(T0, &mut flight);
    engine.observe(T0, &mut flight, &status(500, None));
    assert!(matches!(engine.decide(T0, &mut flight), Decision::GiveUp(_)));
    assert!(!flight.is_plain());
    assert_eq!(flight.trail().skipped[0].why, "tries-used");
}

/// It once was told that the request had ended, but not why.
#[test]
fn that_no_time_was_left_for_another_attempt_is_told() {
    let mut engine = engine(["a", "b"].map(|name| provider(name, &[1])).to_vec());
    let hurried = Facts { deadline: Some(T0 + Duration::from_secs(4)), ..facts() };
    let mut flight = engine.start(T0, &hurried).unwrap();
    engine.decide(T0, &mut flight);
    engine.observe(T0, &mut flight, &status(500, None));
    assert!(matches!(engine.decide(T0, &mut flight), Decision::GiveUp(_)));
    assert_eq!(flight.trail().skipped.iter().map(|it| (&*it.provider, it.why)).collect::<Vec<_>>(), [("b", "time-up")]);
}

/// It once was told that the provider had said it does not have the model.
#[test]
fn a_key_that_may_not_use_a_model_is_told_as_such() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(once(&mut engine, &[status(403, None), Outcome::Success]).0, [0, 1]);
    let trail = trail_of(&mut engine, &mut T0.clone(), &[Outcome::Success; 2]);
    assert_eq!((&*trail.skipped[0].provider, trail.skipped[0].why), ("a", "not-permitted"));
    assert_eq!(engine.snapshot(T0).providers[0].keys[0].resting_models, 1);
}

#[test]
fn how_long_a_request_has_waited_is_told() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    let mut answers = [status(429, Some(3)), Outcome::Success].into_iter();
    let mut flight = engine.start(now, &facts()).unwrap();
    loop {
        match engine.decide(now, &mut flight) {
            Decision::Try(_) => engine.observe(now, &mut flight, &answers.next().unwrap()),
            Decision::Wait { until } => now = until,
            Decision::GiveUp(_) => break,
        }
    }
    assert_eq!(flight.trail().waited_ms, 3_000);
    assert!(!flight.is_plain());
}

/// It once was told that the others take only smaller requests, of whom nothing was known.
#[test]
fn whose_room_is_not_known_is_not_said_to_have_less() {
    let sized = |name, body_max| ProviderParams { body_max, ..provider(name, &[1]) };
    let mut engine = engine(vec![sized("a", Some(200)), sized("b", None), sized("c", Some(100))]);
    let trail = trail_of(&mut engine, &mut T0.clone(), &[status(413, None); 3]);
    let told: Vec<_> = trail.skipped.iter().map(|it| (&*it.provider, it.why)).collect();
    assert_eq!(told, [("b", "room-unknown"), ("c", "smaller-limit")]);
}
