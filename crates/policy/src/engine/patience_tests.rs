//! How long is waited for providers that fail and are asked all the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, provider, run, secs, status};
use super::*;
use crate::classify::Transport;

/// After how many failures in a row less was waited, of each attempt of requests of which all fail at once.
fn impatience(engine: &mut Engine, now: Duration, facts: &Facts<'_>, requests: usize) -> Vec<Option<u32>> {
    let mut told = Vec::new();
    for _ in 0..requests {
        let mut flight = engine.start(now, facts).unwrap();
        while let Decision::Try(target) = engine.decide(now, &mut flight) {
            told.push(target.patience.map(|patience| patience.failures));
            engine.observe(now, &mut flight, &broken(Transport::HeadTimeout));
        }
        let trail: Vec<_> = flight.trail().attempts.iter().map(|tried| tried.impatient_after).collect();
        assert_eq!(trail, told[told.len() - trail.len()..], "the trail tells it");
    }
    told
}

#[test]
fn the_only_provider_is_asked_with_less_patience_once_it_has_failed_often_and_until_its_time_has_come() {
    let mut engine = engine(vec![provider("a", &[1])]);
    assert_eq!(impatience(&mut engine, T0, &facts(), 5), [None, None, None, Some(3), Some(4)]);
    let later = T0 + secs(60);
    assert_eq!(engine.snapshot(later).providers[0].breaker, "half-open");
    let told = impatience(&mut engine, later, &facts(), 2);
    assert_eq!(told, [None, Some(6)], "its test is waited for as usual; then it is left alone again");
}

#[test]
fn a_success_gives_the_only_provider_its_time_back() {
    let mut engine = engine(vec![provider("a", &[1])]);
    impatience(&mut engine, T0, &facts(), 3);
    let mut flight = engine.start(T0, &facts()).unwrap();
    let Decision::Try(target) = engine.decide(T0, &mut flight) else { panic!("it is never refused") };
    assert!(target.patience.is_some());
    engine.observe(T0, &mut flight, &Outcome::Success);
    assert!(!flight.is_plain(), "there is something to tell");
    assert_eq!(impatience(&mut engine, T0, &facts(), 1), [None]);
}

#[test]
fn a_provider_that_asked_to_wait_has_not_failed() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    run(&mut engine, &mut now, &facts(), |target| {
        assert_eq!(target.patience, None);
        status(429, Some(3_000))
    });
    assert_eq!(impatience(&mut engine, now, &facts(), 1), [None]);
}

#[test]
fn of_several_that_are_left_alone_the_last_resort_is_asked_with_less_patience() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut now = T0;
    let mut told = Vec::new();
    for _ in 0..40 {
        told.extend(impatience(&mut engine, now, &facts(), 1).into_iter().map(|failures| (now, failures)));
        // A rest that is longer than anybody waits is there at last.
        now += secs(20);
    }
    let hurried: Vec<_> = told.iter().filter(|(_, failures)| failures.is_some()).collect();
    assert!(hurried.len() > 2, "{told:?}");
    assert!(told.iter().take(6).all(|(_, failures)| failures.is_none()), "{told:?}");
}
