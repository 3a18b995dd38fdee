//! What a provider refuses of a request is left out, and the rest asked again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, engine, facts, once, params, provider, status};
use super::*;
use crate::classify::{Row, Verdict};

/// What provider 0 refuses, one thing after the other; anyone else takes everything.
fn relieved(engine: &mut Engine, now: Duration, refuses: &[&'static str]) -> (Vec<(usize, usize)>, Option<GiveUp>) {
    let refusal = Outcome::Failed(Verdict::of(Row::FieldRefused, None));
    let mut flight = engine.start(now, &facts()).unwrap();
    let mut tried = Vec::new();
    loop {
        let target = match engine.decide(now, &mut flight) {
            Decision::Try(target) => target,
            Decision::GiveUp(why) => return (tried, Some(why)),
            Decision::Wait { .. } => panic!("nothing to wait for"),
        };
        let lacks = target.lacks.as_deref().unwrap_or_default();
        tried.push((target.provider, lacks.len()));
        let next = refuses.iter().find(|what| target.provider == 0 && !lacks.iter().any(|lack| **lack == ***what));
        match next {
            Some(what) => {
                assert!(engine.refused(&mut flight, "m", &[Arc::from(*what)]));
                engine.observe(now, &mut flight, &refusal);
            }
            None => {
                engine.observe(now, &mut flight, &Outcome::Success);
                return (tried, None);
            }
        }
    }
}

#[test]
fn what_a_provider_refuses_is_left_out_at_once_and_next_time_from_the_beginning() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(relieved(&mut engine, T0, &["x", "y"]), (vec![(0, 0), (0, 1), (0, 2)], None));
    assert_eq!(relieved(&mut engine, T0, &["x", "y"]), (vec![(0, 2)], None));
    let shown = engine.snapshot(T0).providers;
    let lacks: Vec<_> = shown[0].lacks.iter().map(|lack| (&*lack.what, &*lack.model)).collect();
    assert_eq!(lacks, [("x", "m"), ("y", "m")]);
    let params = Arc::clone(engine.params());
    engine.reload(T0, params);
    assert_eq!(relieved(&mut engine, T0, &["x", "y"]).0, [(0, 2)], "a reload forgets nothing");
    assert_eq!(relieved(&mut engine, T0 + LEARNED_FOR, &[]).0, [(0, 0)], "time does");
    assert_eq!((engine.forget_lacks(Some("b")), engine.forget_lacks(None)), (0, 2));
    assert_eq!(relieved(&mut engine, T0, &["x"]).0, [(0, 0), (0, 1)]);
}

#[test]
fn a_provider_that_refuses_without_end_is_left_for_the_next() {
    const MANY: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let (tried, end) = relieved(&mut engine, T0, MANY);
    assert_eq!((tried.len(), tried.last(), end), (10, Some(&(1, 0)), None));
    assert!(engine.snapshot(T0).providers[0].lacks.is_empty(), "nothing was proven");
    let mut alone = Engine::new(Arc::new(params(vec![provider("a", &[1])])), 1);
    assert_eq!(relieved(&mut alone, T0, MANY).1.map(|end| end.why), Some(Why::RequestFault));
}

/// What the relieved request came to counts, not what it was relieved of.
#[test]
fn a_key_that_was_shut_meanwhile_is_not_asked_again_without_what_was_refused() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(Target { provider: 0, .. })));
    once(&mut engine, &[status(402, None), Outcome::Success]);
    assert!(engine.refused(&mut flight, "m", &[Arc::from("x")]));
    engine.observe(T0, &mut flight, &Outcome::Failed(Verdict::of(Row::FieldRefused, None)));
    let next = engine.decide(T0, &mut flight);
    assert!(matches!(next, Decision::Try(Target { provider: 1, .. })), "{next:?}");
}

#[test]
fn a_provider_whose_breaker_opened_meanwhile_is_not_asked_again_without_what_was_refused() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(Target { provider: 0, .. })));
    for _ in 0..3 {
        once(&mut engine, &[status(503, None), Outcome::Success]);
    }
    assert!(engine.refused(&mut flight, "m", &[Arc::from("x")]));
    engine.observe(T0, &mut flight, &Outcome::Failed(Verdict::of(Row::FieldRefused, None)));
    let next = engine.decide(T0, &mut flight);
    assert!(matches!(next, Decision::Try(Target { provider: 1, .. })), "{next:?}");
}
