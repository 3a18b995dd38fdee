//! When a provider is left alone, how it is tested, and what says nothing about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, once, params, provider, run, secs, status};
use super::*;
use crate::classify::{Row, Transport, Verdict};

#[test]
fn a_dead_provider_costs_three_requests_an_attempt_and_the_next_ones_none() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let outcomes = [broken(Transport::Refused), Outcome::Success];
    for _ in 0..3 {
        assert_eq!(once(&mut engine, &outcomes).0, [0, 1]);
    }
    assert_eq!(once(&mut engine, &outcomes).0, [1]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    engine.decide(T0, &mut flight);
    let skipped = flight.trail().skipped;
    assert_eq!((&*skipped[0].provider, skipped[0].why), ("a", "open"));
    assert!(skipped[0].left_ms.unwrap() >= 4_000, "{skipped:?}");
    assert_eq!(engine.snapshot(T0).providers[0].breaker, "open");
}

#[test]
fn a_provider_that_is_back_is_tested_by_one_request_at_a_time_and_then_used() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    for _ in 0..3 {
        once(&mut engine, &[broken(Transport::Refused), Outcome::Success]);
    }
    let later = T0 + secs(7);
    let mut test = engine.start(later, &facts()).unwrap();
    assert!(matches!(engine.decide(later, &mut test), Decision::Try(Target { provider: 0, .. })));
    let mut other = engine.start(later, &facts()).unwrap();
    assert!(matches!(engine.decide(later, &mut other), Decision::Try(Target { provider: 1, .. })));
    engine.observe(later, &mut test, &Outcome::Success);
    let both = [Outcome::Success, Outcome::Success];
    let (tried, _) = run(&mut engine, &mut later.clone(), &facts(), |target| both[target.provider]);
    assert_eq!(tried[0].0, 0);
    assert_eq!(engine.snapshot(later).providers[0].breaker, "slow-start");
}

#[test]
fn with_one_candidate_the_breaker_never_refuses_a_request() {
    let mut engine = engine(vec![provider("a", &[1])]);
    for _ in 0..20 {
        assert_eq!(once(&mut engine, &[broken(Transport::Refused)]).0, [0]);
    }
    assert_eq!(once(&mut engine, &[Outcome::Success]), (vec![0], None));
}

#[test]
fn when_all_are_left_alone_the_first_to_be_free_is_waited_for_or_tried_once() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let dead = [broken(Transport::Refused), broken(Transport::Refused)];
    for _ in 0..3 {
        assert_eq!(once(&mut engine, &dead).0, [0, 1]);
    }
    let (tried, end) = run(&mut engine, &mut T0.clone(), &facts(), |_| Outcome::Success);
    assert_eq!((tried.len(), end), (1, None));
    let mut engine = self::engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut now = T0;
    for _ in 0..8 {
        let (tried, end) = run(&mut engine, &mut now, &facts(), |target| dead[target.provider]);
        assert!(tried.len() <= 2, "an outage is not multiplied: {tried:?}");
        assert_eq!(end.unwrap().why, Why::Unavailable);
    }
}

#[test]
fn a_request_that_fails_twice_at_a_provider_is_one_piece_of_evidence() {
    let mut engine = engine(vec![provider("a", &[1, 2]), provider("b", &[1])]);
    let outcome = |target: &Target| if target.provider == 0 { status(500, None) } else { status(503, None) };
    run(&mut engine, &mut T0.clone(), &facts(), outcome);
    run(&mut engine, &mut T0.clone(), &facts(), outcome);
    assert_eq!(engine.snapshot(T0).providers[1].breaker, "closed");
    let mut engine = self::engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let twice = |_: &Target| status(500, None);
    for _ in 0..3 {
        run(&mut engine, &mut T0.clone(), &facts(), twice);
    }
    assert_eq!(engine.snapshot(T0).providers[0].breaker, "closed", "six failures of three requests");
}

#[test]
fn answers_about_keys_and_requests_never_open_the_breaker() {
    for outcome in [status(400, None), status(401, None), status(402, None), status(404, None), Outcome::Cancelled] {
        let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
        for _ in 0..20 {
            once(&mut engine, &[outcome, Outcome::Success]);
        }
        assert_eq!(engine.snapshot(T0).providers[0].breaker, "closed", "{outcome:?}");
    }
}

#[test]
fn a_provider_whose_breaker_opened_meanwhile_is_not_tried_again_in_place() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    for _ in 0..2 {
        assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(_)));
        engine.observe(T0, &mut flight, &status(503, Some(1)));
    }
    let Decision::Wait { until } = engine.decide(T0, &mut flight) else { panic!("no pause before the retry") };
    for _ in 0..3 {
        once(&mut engine, &[status(503, None), status(503, None)]);
    }
    let next = engine.decide(until, &mut flight);
    assert!(matches!(next, Decision::GiveUp(_)), "{next:?}");
}

#[test]
fn an_attempt_from_before_a_provider_left_the_configuration_says_nothing_about_it_when_it_is_back() {
    let both = || vec![provider("a", &[]), provider("b", &[])];
    let mut engine = engine(both());
    // Opened by three failures, and then tried by one request.
    let tested = |engine: &mut Engine, now: Duration| {
        for _ in 0..3 {
            run(engine, &mut now.clone(), &facts(), |target| {
                if target.provider == 0 { status(503, None) } else { Outcome::Success }
            });
        }
        let mut test = engine.start(now + secs(10), &facts()).unwrap();
        assert!(matches!(engine.decide(now + secs(10), &mut test), Decision::Try(Target { provider: 0, .. })));
        test
    };
    let mut late = tested(&mut engine, T0);
    engine.reload(T0 + secs(20), params(both().split_off(1)).into());
    // So much later that nobody remembers it.
    let back = T0 + secs(20) + crate::absent::KEPT_FOR;
    engine.reload(back, params(both()).into());
    let _test = tested(&mut engine, back + secs(10));
    engine.observe(back + secs(30), &mut late, &status(503, None));
    assert_eq!(engine.snapshot(back + secs(30)).providers[0].breaker, "half-open");
}

#[test]
fn what_a_provider_says_while_it_is_missing_is_known_when_it_is_back() {
    let both = || vec![provider("a", &[1]), provider("b", &[1])];
    for (said, why) in [(status(529, Some(60)), "resting"), (status(401, None), "rejected key")] {
        let mut engine = engine(both());
        let mut late = engine.start(T0, &facts()).unwrap();
        assert!(matches!(engine.decide(T0, &mut late), Decision::Try(Target { provider: 0, .. })));
        engine.reload(T0 + secs(1), params(both().split_off(1)).into());
        engine.observe(T0 + secs(2), &mut late, &said);
        engine.reload(T0 + secs(3), params(both()).into());
        let mut next = engine.start(T0 + secs(4), &facts()).unwrap();
        let decision = engine.decide(T0 + secs(4), &mut next);
        assert!(matches!(decision, Decision::Try(Target { provider: 1, .. })), "{why}: {decision:?}");
    }
}

#[test]
fn an_outage_after_a_refusal_is_told_as_an_outage() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    let refusal = Outcome::Failed(Verdict::of(Row::FieldRefused, None));
    assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(_)));
    assert!(engine.refused(&mut flight, "m", &[Arc::from("x")]));
    engine.observe(T0, &mut flight, &refusal);
    assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(_)));
    assert!(!engine.refused(&mut flight, "m", &[Arc::from("x")]), "left out, and refused again: no help");
    engine.observe(T0, &mut flight, &status(503, None));
    let Decision::GiveUp(end) = engine.decide(T0, &mut flight) else { panic!("something left to try") };
    assert_eq!((end.why, end.row), (Why::Unavailable, Some(Row::Unavailable)));
}

#[test]
fn a_callers_broken_request_is_not_the_providers_trouble() {
    for row in [Row::InvalidRequest, Row::Untranslatable, Row::ContextTooLong] {
        let mut engine = engine(vec![provider("a", &[1])]);
        once(&mut engine, &[Outcome::Failed(Verdict::of(row, None))]);
        assert_eq!(engine.snapshot(T0).providers[0].last_failure, None, "{row}");
    }
}
