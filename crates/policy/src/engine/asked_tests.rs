//! Waits that providers ask for: no later word shortens them, and the client hears of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, engine, facts, provider, run, secs, status};
use super::*;

/// What a request hears that gives up at its first pause, when every attempt ends like this.
fn ends(engine: &mut Engine, now: Duration, outcomes: &[Outcome]) -> Option<GiveUp> {
    let mut flight = engine.start(now, &facts()).unwrap();
    loop {
        match engine.decide(now, &mut flight) {
            Decision::Try(target) => engine.observe(now, &mut flight, &outcomes[target.provider]),
            Decision::Wait { .. } => return None,
            Decision::GiveUp(why) => return Some(why),
        }
    }
}

fn told(end: Option<GiveUp>) -> Option<(Why, Option<Duration>, bool)> {
    end.map(|end| (end.why, end.usable_again_in, end.named))
}

#[test]
fn a_provider_that_asked_for_a_minute_rests_for_it_whatever_it_says_meanwhile() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let first = told(ends(&mut engine, T0, &[status(529, Some(60))]));
    assert_eq!(first, Some((Why::Overloaded, Some(secs(60)), true)));
    // A sole provider is asked all the same when somebody comes; what it says then takes nothing back.
    for after in [1, 3, 7] {
        let end = told(ends(&mut engine, T0 + secs(after), &[status(529, None)]));
        assert_eq!(end, Some((Why::Overloaded, Some(secs(60 - after)), true)), "after {after} s");
    }
}

#[test]
fn a_moment_is_named_only_when_everyone_has_named_one() {
    let both = |a, b| told(ends(&mut engine(vec![provider("a", &[1]), provider("b", &[1])]), T0, &[a, b])).unwrap();
    assert_eq!(both(status(529, Some(60)), status(529, Some(40))), (Why::Overloaded, Some(secs(40)), true));
    assert!(both(status(503, Some(60)), status(529, Some(90))).2);
    assert!(!both(status(529, Some(60)), status(503, None)).2, "who is down may be back at any moment");
    assert!(both(status(529, Some(60)), status(401, None)).2, "a rejected key is no candidate");
}

#[test]
fn a_wait_asked_of_one_key_is_not_asked_of_the_provider() {
    let mut engine = engine(vec![provider("a", &[1, 2]), provider("b", &[1])]);
    for _ in 0..4 {
        run(&mut engine, &mut T0.clone(), &facts(), |target| match (target.provider, target.key) {
            (0, Some(0)) => status(429, Some(3600)),
            (0, _) => status(503, None),
            _ => Outcome::Success,
        });
    }
    let stands = engine.snapshot(T0).providers[0].clone();
    assert_eq!(stands.breaker, "open");
    assert!(stands.breaker_left_ms.is_some_and(|left| left < 10_000), "{:?}", stands.breaker_left_ms);
}
