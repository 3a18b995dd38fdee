//! What switching between profiles promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::classify::{Row, Verdict};

const T0: Duration = Duration::from_secs(1_000_000);

/// Provider 0 in `main`, 1 in `spare`, 2 in `last`: one profile per tier.
fn engine(failover: FailoverParams) -> Engine {
    let provider = |index: u64| ProviderParams::new(&format!("p{index}"), index + 1, vec![0]);
    let profile = |name: &str, index, tier| ProfileParams { tier, ..ProfileParams::new(name, vec![index]) };
    let profiles = vec![
        profile("last", 2, Tier::Fallback),
        profile("main", 0, Tier::Primary),
        profile("spare", 1, Tier::Secondary),
    ];
    let providers = (0..3).map(provider).collect();
    Engine::new(Arc::new(Params { providers, profiles, default_profile: 1, failover, ..Params::default() }), 1)
}

/// Runs a request in which these providers are overloaded; who answered.
fn ask_as(engine: &mut Engine, now: Duration, facts: &Facts<'_>, down: &[usize]) -> Option<usize> {
    let mut flight = engine.start(now, facts).unwrap();
    loop {
        match engine.decide(now, &mut flight) {
            Decision::Try(target) if down.contains(&target.provider) => {
                let failed = Outcome::Failed(Verdict::of(Row::ServerError, None));
                engine.observe(now, &mut flight, &failed);
            }
            Decision::Try(target) => {
                engine.observe(now, &mut flight, &Outcome::Success);
                return Some(target.provider);
            }
            Decision::Wait { .. } | Decision::GiveUp(_) => return None,
        }
    }
}

fn ask(engine: &mut Engine, now: Duration, down: &[usize]) -> Option<usize> {
    ask_as(engine, now, &Facts::new(0), down)
}

fn profile(engine: &Engine, now: Duration) -> String {
    engine.snapshot(now).failover.profile.to_string()
}

fn history(engine: &Engine) -> Vec<String> {
    let history = engine.snapshot(T0).failover.history;
    history.iter().rev().map(|it| format!("{} {} {}", it.from, it.to, it.cause)).collect()
}

#[test]
fn a_request_goes_down_the_tiers_and_after_three_the_profile_is_left() {
    let mut engine = engine(FailoverParams::default());
    for _ in 0..2 {
        assert_eq!(ask(&mut engine, T0, &[0, 1]), Some(2));
        assert_eq!(profile(&engine, T0), "main");
    }
    assert_eq!(ask(&mut engine, T0, &[0]), Some(1));
    assert_eq!(profile(&engine, T0), "spare");
    assert_eq!(ask(&mut engine, T0, &[]), Some(1), "the one that failed is not asked");
    assert_eq!(history(&engine), ["main spare failures"]);
}

#[test]
fn a_conversation_at_a_lower_tier_stays_there_when_one_before_it_is_back() {
    let params = |spare| {
        let mut params = Params::clone(engine(FailoverParams::default()).params());
        params.providers.push(ProviderParams::new("p3", 4, vec![0]));
        params.providers[0].protocols = vec![1];
        params.providers[1].enabled = spare;
        params.profiles[0].providers.push(3);
        Arc::new(params)
    };
    let mut engine = Engine::new(params(false), 1);
    let conversation = Facts { session: Some(7), ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &conversation, &[]), Some(2));
    engine.reload(T0, params(true));
    let later = T0 + Duration::from_secs(1);
    assert_eq!(ask_as(&mut engine, later, &conversation, &[]), Some(2));
    assert_eq!(ask(&mut engine, later, &[]), Some(1), "another goes where it would");
}

#[test]
fn a_success_in_between_starts_the_count_again() {
    let mut engine = engine(FailoverParams::default());
    for down in [&[0][..], &[0], &[], &[0], &[0]] {
        ask(&mut engine, T0, down);
    }
    assert_eq!(profile(&engine, T0), "main");
}

#[test]
fn new_conversations_find_the_way_back_and_running_ones_wait_for_their_cache() {
    let mut engine = engine(FailoverParams::default());
    let talk = |session| Facts { session: Some(session), ..Facts::new(0) };
    for session in 1..=3 {
        ask_as(&mut engine, T0, &talk(session), &[0]);
    }
    let now = T0 + Duration::from_secs(299);
    assert_eq!(ask_as(&mut engine, now, &talk(1), &[]), Some(1));
    assert_eq!(ask_as(&mut engine, now, &talk(8), &[]), Some(1), "the rest is not over");
    let now = T0 + Duration::from_secs(301);
    assert_eq!(ask_as(&mut engine, now, &talk(1), &[]), Some(1), "its cache is warm");
    assert_eq!(ask_as(&mut engine, now, &talk(9), &[]), Some(0));
    assert_eq!(profile(&engine, now), "spare", "one success is not enough");
    assert_eq!(ask_as(&mut engine, now, &talk(10), &[]), Some(0));
    assert_eq!(profile(&engine, now), "main");
    assert_eq!(ask_as(&mut engine, now, &talk(1), &[]), Some(1), "running conversations stay");
    let cold = now + Duration::from_secs(301);
    assert_eq!(ask_as(&mut engine, cold, &talk(1), &[]), Some(0));
    assert_eq!(history(&engine), ["main spare failures", "spare main recovered"]);
}

#[test]
fn a_profile_that_still_fails_rests_again() {
    let mut engine = engine(FailoverParams::default());
    for _ in 0..3 {
        ask(&mut engine, T0, &[0]);
    }
    let now = T0 + Duration::from_secs(301);
    assert_eq!(ask(&mut engine, now, &[0]), Some(1));
    assert_eq!(ask(&mut engine, now + Duration::from_secs(299), &[]), Some(1));
    assert_eq!(ask(&mut engine, now + Duration::from_secs(301), &[]), Some(0));
}

#[test]
fn nobody_comes_back_by_himself_when_that_is_to_be_asked() {
    for recover in [Recover::Ask, Recover::Never] {
        let mut engine = engine(FailoverParams { recover, ..FailoverParams::default() });
        for _ in 0..3 {
            ask(&mut engine, T0, &[0]);
        }
        let later = T0 + Duration::from_secs(86_400);
        assert_eq!(ask(&mut engine, later, &[]), Some(1));
        assert!(engine.switch_back(later, Some("looked at")));
        assert_eq!(ask(&mut engine, later, &[]), Some(0));
        assert_eq!(engine.snapshot(later).failover.history[0].reason.as_deref(), Some("looked at"));
    }
}

#[test]
fn a_switch_whose_time_is_over_is_not_shown_as_in_force_though_nobody_asks() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "last", None, Some(Duration::from_secs(2))).unwrap();
    let later = T0 + Duration::from_secs(6);
    engine.handle_timeout(later);
    let shown = engine.snapshot(later).failover;
    assert_eq!((&*shown.profile, shown.cause, shown.until_left_ms), ("main", None, None));
    assert_eq!(history(&engine), ["main last manual", "last main expired"]);
}

#[test]
fn a_switch_by_hand_holds_until_its_time_is_over() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "last", Some("a try"), Some(Duration::from_secs(3600))).unwrap();
    assert_eq!(ask(&mut engine, T0, &[]), Some(2));
    let shown = engine.snapshot(T0).failover;
    assert_eq!(
        (shown.cause, shown.reason.as_deref(), shown.until_left_ms),
        (Some("manual"), Some("a try"), Some(3_600_000))
    );
    assert_eq!(ask(&mut engine, T0 + Duration::from_secs(3601), &[]), Some(0));
    assert_eq!(history(&engine), ["main last manual", "last main expired"]);
    let unknown = engine.switch(T0, "gone", None, None);
    assert_eq!(unknown, Err(Refusal::UnknownProfile("gone".into())));
}

#[test]
fn a_pause_keeps_requests_where_they_are() {
    let mut engine = engine(FailoverParams::default());
    engine.pause_failover(T0, Some(Duration::from_secs(60)));
    assert_eq!(ask(&mut engine, T0, &[0]), None);
    assert_eq!(ask(&mut engine, T0 + Duration::from_secs(61), &[0]), Some(1));
    engine.pause_failover(T0, Some(Duration::from_secs(600)));
    engine.pause_failover(T0, None);
    assert_eq!(ask(&mut engine, T0 + Duration::from_secs(62), &[0]), Some(1));
}

#[test]
fn nothing_twice_as_dear_is_taken_without_being_told_to() {
    let mut engine = engine(FailoverParams::default());
    let price = |name: &str, _: &str, _: bool| Some(if name == "p1" { 201 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), Some(2));
    let flight = engine.start(T0, &facts).unwrap();
    assert!(flight.trail().skipped.iter().any(|skip| &*skip.provider == "p1" && skip.why == "price"));
    engine.switch(T0, "spare", None, None).unwrap();
    assert_eq!(ask_as(&mut engine, T0, &facts, &[]), Some(1), "somebody said so");
}

#[test]
fn switching_without_end_is_stopped() {
    let mut engine = engine(FailoverParams { max_per_hour: 2, ..FailoverParams::default() });
    for (now, down) in [(T0, 0), (T0 + Duration::from_secs(1), 1), (T0 + Duration::from_secs(2), 2)] {
        for _ in 0..3 {
            ask(&mut engine, now, &[down]);
        }
    }
    assert_eq!(history(&engine), ["main spare failures", "spare last failures"]);
}

#[test]
fn a_request_with_a_place_of_its_own_knows_no_tiers() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "last", None, None).unwrap();
    let pinned = Facts { pinned_profile: Some("main"), ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &pinned, &[]), Some(0));
    assert_eq!(ask_as(&mut engine, T0, &pinned, &[0]), None);
}

#[test]
fn a_rule_goes_on_to_lower_tiers_unless_it_is_strict_and_judges_nobody() {
    let rule = |to: To, strict| RouteParams { strict, ..RouteParams::new("r", Match::default(), to) };
    let ask = |rule: RouteParams, down: &[usize]| {
        let mut engine = engine(FailoverParams::default());
        let params = Params { routes: vec![rule], ..Params::clone(engine.params()) };
        engine.reload(T0, Arc::new(params));
        let answers = [(); 3].map(|()| ask(&mut engine, T0, down));
        assert_eq!(history(&engine), [""; 0], "a rule's request is no evidence against the default profile");
        answers[0]
    };
    let main = To::Profile(1);
    assert_eq!(ask(rule(main, false), &[]), Some(0));
    assert_eq!(ask(rule(main, false), &[0]), Some(1));
    assert_eq!(ask(rule(main, true), &[0]), None);
    assert_eq!(ask(rule(To::Provider(0), false), &[0]), None, "a provider that is named is not left");
}

#[test]
fn a_reload_keeps_the_switch_while_the_profile_exists() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "spare", None, None).unwrap();
    let params = Params::clone(engine.params());
    engine.reload(T0, Arc::new(params.clone()));
    assert_eq!(ask(&mut engine, T0, &[]), Some(1));
    let mut without = params;
    without.profiles.truncate(2);
    engine.reload(T0, Arc::new(without));
    assert_eq!(ask(&mut engine, T0, &[]), Some(0));
    assert_eq!(history(&engine), ["main spare manual", "spare main gone"]);
}
