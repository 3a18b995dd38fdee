//! How keys are chosen, set aside, tested and replaced, and whose login goes where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, once, provider, run, secs, status};
use super::*;
use crate::classify::{Row, Transport, Verdict};

#[test]
fn a_bad_key_is_set_aside_without_losing_the_provider() {
    let mut engine = engine(vec![provider("a", &[1, 2, 3]), provider("b", &[1])]);
    let only_third_works = |target: &Target| match target.key {
        Some(2) => Outcome::Success,
        _ => status(401, None),
    };
    let all_a = Facts { pinned_provider: Some("a"), ..facts() };
    let (tried, end) = run(&mut engine, &mut T0.clone(), &all_a, only_third_works);
    assert_eq!((tried, end), (vec![(0, Some(0)), (0, Some(1)), (0, Some(2))], None));
    for _ in 0..5 {
        let (tried, _) = run(&mut engine, &mut T0.clone(), &facts(), only_third_works);
        assert_eq!(tried, [(0, Some(2))]);
    }
}

#[test]
fn after_two_bad_keys_another_provider_comes_first() {
    let mut engine = engine(vec![provider("a", &[1, 2, 3, 4]), provider("b", &[1])]);
    assert_eq!(once(&mut engine, &[status(401, None), Outcome::Success]), (vec![0, 0, 1], None));
}

#[test]
fn a_quarantined_key_is_tested_by_one_request_when_its_time_has_come() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(401, None), Outcome::Success]);
    let mut now = T0 + secs(59);
    assert_eq!(run(&mut engine, &mut now, &facts(), |_| Outcome::Success).0, [(1, Some(0))]);
    now = T0 + secs(60);
    let mut tester = engine.start(now, &facts()).unwrap();
    assert!(matches!(engine.decide(now, &mut tester), Decision::Try(target) if target.provider == 0));
    assert_eq!(run(&mut engine, &mut now, &facts(), |_| Outcome::Success).0, [(1, Some(0))], "only one tests");
    engine.observe(now, &mut tester, &Outcome::Success);
    assert_eq!(run(&mut engine, &mut now, &facts(), |_| Outcome::Success).0, [(0, Some(0))]);
}

#[test]
fn a_test_that_fails_for_another_reason_leaves_the_key_to_the_next_request() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(402, None), Outcome::Success]);
    let mut now = T0 + secs(900);
    let down = [broken(Transport::Refused), Outcome::Success];
    for _ in 0..2 {
        let (tried, _) = run(&mut engine, &mut now, &facts(), |target| down[target.provider]);
        assert_eq!(tried.len(), 2);
    }
    let (tried, _) = run(&mut engine, &mut now, &facts(), |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))]);
}

#[test]
fn one_request_tests_one_key_at_most() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1]), provider("c", &[1])]);
    let bad = [status(401, None), status(401, None), Outcome::Success];
    assert_eq!(once(&mut engine, &bad).0, [0, 1, 2]);
    let tried =
        |engine: &mut Engine, now: Duration| run(engine, &mut now.clone(), &facts(), |target| bad[target.provider]).0;
    assert_eq!(tried(&mut engine, T0 + secs(60)), [(0, Some(0)), (2, Some(0))]);
    assert_eq!(tried(&mut engine, T0 + secs(60)), [(1, Some(0)), (2, Some(0))]);
}

#[test]
fn when_every_key_is_shut_nothing_is_sent() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let (_, end) = once(&mut engine, &[status(401, None)]);
    assert_eq!(end.unwrap().why, Why::KeysRejected);
    let (tried, end) = once(&mut engine, &[Outcome::Success]);
    let end = end.unwrap();
    assert_eq!((tried, end.why, end.attempt), (vec![], Why::KeysRejected, None));
    assert_eq!(end.usable_again_in, Some(secs(60)));
}

#[test]
fn keys_take_turns_or_the_first_is_used() {
    let keys = |choice| {
        let mut engine = engine(vec![ProviderParams { key_choice: choice, ..provider("a", &[1, 2, 3]) }]);
        let mut used = Vec::new();
        for _ in 0..4 {
            used.extend(run(&mut engine, &mut T0.clone(), &facts(), |_| Outcome::Success).0);
        }
        used.into_iter().filter_map(|(_, key)| key).collect::<Vec<_>>()
    };
    assert_eq!(keys(KeyChoice::RoundRobin), [0, 1, 2, 0]);
    assert_eq!(keys(KeyChoice::FillFirst), [0, 0, 0, 0]);
}

#[test]
fn a_switched_off_key_is_never_used() {
    let mut off = provider("a", &[1, 2]);
    off.keys[0].enabled = false;
    let mut engine = engine(vec![off]);
    for _ in 0..3 {
        assert_eq!(run(&mut engine, &mut T0.clone(), &facts(), |_| Outcome::Success).0, [(0, Some(1))]);
    }
}

#[test]
fn a_provider_without_keys_is_used_without_one() {
    let mut engine = engine(vec![provider("local", &[])]);
    assert_eq!(run(&mut engine, &mut T0.clone(), &facts(), |_| Outcome::Success).0, [(0, None)]);
    let (tried, end) = once(&mut engine, &[status(401, None)]);
    assert_eq!((tried, end.unwrap().why), (vec![0], Why::KeysRejected));
    assert_eq!(once(&mut engine, &[Outcome::Success]).0, [0], "there is no key to set aside");
}

fn with_login(name: &str) -> ProviderParams {
    let mut provider = provider(name, &[1, 2]);
    provider.keys[0].client = true;
    provider
}

#[test]
fn a_callers_own_login_goes_to_its_provider_and_nowhere_else() {
    let facts = Facts { caller_has_login: true, ..facts() };
    for failure in [status(429, Some(2)), status(401, None), status(500, None), broken(Transport::Refused)] {
        let mut engine = engine(vec![provider("a", &[1]), with_login("official"), provider("c", &[1])]);
        let (tried, end) = run(&mut engine, &mut T0.clone(), &facts, |_| failure);
        assert!(end.is_some() && tried.iter().all(|target| *target == (1, Some(0))), "{failure:?}: {tried:?}");
        let (tried, _) = run(&mut engine, &mut T0.clone(), &facts, |_| Outcome::Success);
        assert_eq!(tried, [(1, Some(0))], "one caller's failed login does not shut the next one's");
    }
}

#[test]
fn an_answer_about_the_callers_own_login_belongs_to_the_caller() {
    let facts = Facts { caller_has_login: true, ..facts() };
    for failure in [status(401, None), status(429, Some(300)), status(429, Some(1)), status(403, None)] {
        let mut engine = engine(vec![with_login("official")]);
        let (_, end) = run(&mut engine, &mut T0.clone(), &facts, |_| failure);
        assert_eq!(end.unwrap().why, Why::OwnLogin, "{failure:?}");
    }
}

#[test]
fn without_a_login_the_gateways_own_keys_are_used() {
    let mut both = engine(vec![with_login("official")]);
    assert_eq!(run(&mut both, &mut T0.clone(), &facts(), |_| Outcome::Success).0, [(0, Some(1))]);
    let mut only = with_login("official");
    only.keys.truncate(1);
    let refused = engine(vec![only]).start(T0, &facts()).unwrap_err();
    assert_eq!(refused, Refusal::LoginNeeded { providers: vec!["official".into()] });
}

/// Runs one request of which the key is refused as long as it has brought `values` of which the last one is good.
fn renewing(engine: &mut Engine, facts: &Facts<'_>, values: usize) -> Vec<(usize, Option<usize>)> {
    let mut flight = engine.start(T0, facts).unwrap();
    let (mut tried, mut brought) = (Vec::new(), 0);
    while let Decision::Try(target) = engine.decide(T0, &mut flight) {
        tried.push((target.provider, target.key));
        brought += 1;
        let row = if engine.key_renewed(&mut flight) { Row::KeyOutdated } else { Row::KeyRejected };
        let good = target.provider > 0 || brought >= values;
        let outcome = if good { Outcome::Success } else { Outcome::Failed(Verdict::of(row, None)) };
        engine.observe(T0, &mut flight, &outcome);
        if good {
            break;
        }
    }
    tried
}

#[test]
fn a_key_that_was_replaced_at_its_source_is_sent_again_before_anyone_else_and_is_not_set_aside() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(renewing(&mut engine, &facts(), 2), [(0, Some(0)), (0, Some(0))]);
    let stands = engine.snapshot(T0).providers[0].clone();
    assert_eq!((stands.keys[0].state, stands.breaker), ("ok", "closed"));
}

#[test]
fn a_key_whose_new_value_is_refused_too_is_set_aside_whatever_else_its_source_says() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(renewing(&mut engine, &facts(), 9), [(0, Some(0)), (0, Some(0)), (1, Some(0))]);
    assert_eq!(engine.snapshot(T0).providers[0].keys[0].state, "quarantined");
}

#[test]
fn a_key_that_was_replaced_stays_its_own_test() {
    let mut engine = engine(vec![provider("a", &[1])]);
    once(&mut engine, &[status(401, None)]);
    let now = T0 + secs(61);
    let mut flight = engine.start(now, &facts()).unwrap();
    assert!(matches!(engine.decide(now, &mut flight), Decision::Try(_)));
    assert!(engine.key_renewed(&mut flight));
    engine.observe(now, &mut flight, &Outcome::Failed(Verdict::of(Row::KeyOutdated, None)));
    assert!(matches!(engine.decide(now, &mut flight), Decision::Try(_)), "the new value is tested");
    engine.observe(now, &mut flight, &Outcome::Success);
    assert_eq!(engine.snapshot(now).providers[0].keys[0].state, "ok");
}
