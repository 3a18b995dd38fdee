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
fn a_conversation_that_the_profile_switched_to_cannot_serve_stays_where_its_cache_is() {
    let mut params = Params::clone(engine(FailoverParams::default()).params());
    params.providers.push(ProviderParams::new("p3", 4, vec![0]));
    // The profile that somebody switches to speaks another protocol; the default one takes turns.
    params.providers[1].protocols = vec![1];
    params.profiles[1].providers.push(3);
    params.profiles[1].strategy = Strategy::RoundRobin;
    let mut engine = Engine::new(Arc::new(params), 1);
    engine.switch(T0, "spare", None, None).unwrap();
    let facts = Facts { session: Some(7), ..Facts::new(0) };
    let first = ask_as(&mut engine, T0, &facts, &[]).unwrap();
    assert!([0, 3].contains(&first));
    for _ in 0..5 {
        assert_eq!(ask_as(&mut engine, T0, &facts, &[]), Some(first));
    }
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
fn a_conversation_at_a_provider_of_two_profiles_stays_there_when_the_one_that_was_left_is_due_again() {
    let failover = FailoverParams { recover: Recover::Ask, ..FailoverParams::default() };
    let mut params = Params::clone(engine(failover).params());
    params.profiles[1].providers.push(2);
    let mut engine = Engine::new(Arc::new(params), 1);
    for _ in 0..3 {
        assert_eq!(ask(&mut engine, T0, &[0, 2]), Some(1));
    }
    assert_eq!(profile(&engine, T0), "spare");
    let conversation = Facts { session: Some(7), ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0 + Duration::from_secs(200), &conversation, &[1]), Some(2));
    let due = T0 + Duration::from_secs(301);
    assert!(engine.snapshot(due).failover.may_go_back);
    assert_eq!(ask_as(&mut engine, due, &conversation, &[]), Some(2));
    assert_eq!(ask(&mut engine, due, &[]), Some(1), "another goes where it would");
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
    for round in 0..8 {
        assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), Some(2), "request {round}");
    }
    assert_eq!(history(&engine), ["main last failures"], "nor is it switched to");
    let flight = engine.start(T0, &facts).unwrap();
    assert!(flight.trail().skipped.iter().any(|skip| &*skip.provider == "p1" && skip.why == "price"));
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0, 2]), None, "nor when all others fail");
    engine.switch(T0, "spare", None, None).unwrap();
    assert_eq!(ask_as(&mut engine, T0, &facts, &[]), Some(1), "somebody said so");
}

#[test]
fn nothing_twice_as_dear_is_taken_because_nobody_else_may_answer() {
    let price = |name: &str, _: &str, _: bool| Some(if name == "p0" { 1 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    let with_tools = Facts { tools: true, ..facts };
    type Change = fn(&mut Params);
    let changes: [(&str, Change, Facts<'_>); 4] = [
        ("switched off", |params| params.providers[0].enabled = false, facts),
        ("its key switched off", |params| params.providers[0].keys = vec![off()], facts),
        ("another protocol", |params| params.providers[0].protocols = vec![1], facts),
        ("no tools there", |params| params.profiles[1].admits.tools = false, with_tools),
    ];
    for (what, change, facts) in changes {
        let mut params = Params::clone(engine(FailoverParams::default()).params());
        change(&mut params);
        let mut engine = Engine::new(Arc::new(params), 1);
        assert!(engine.start(T0, &facts).is_err(), "{what}");
        engine.switch(T0, "spare", None, None).unwrap();
        assert_eq!(ask_as(&mut engine, T0, &facts, &[]), Some(1), "{what}, but somebody said so");
    }
}

fn off() -> KeyParams {
    KeyParams { enabled: false, ..KeyParams::new(9) }
}

#[test]
fn with_everything_else_too_dear_the_profile_is_not_left() {
    let mut engine = engine(FailoverParams::default());
    let price = |name: &str, _: &str, _: bool| Some(if name == "p0" { 1 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    for _ in 0..4 {
        assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), None);
    }
    assert_eq!(history(&engine), [""; 0]);
}

#[test]
fn a_profile_that_was_switched_to_is_not_taken_for_another_model_that_costs_too_much_there() {
    let mut engine = engine(FailoverParams::default());
    let price = |name: &str, model: &str, _: bool| Some(if (name, model) == ("p1", "large") { 201 } else { 100 });
    let facts = |model| Facts { model: Some(model), price: &price, ..Facts::new(0) };
    for _ in 0..3 {
        assert_eq!(ask_as(&mut engine, T0, &facts("small"), &[0]), Some(1));
    }
    assert_eq!(profile(&engine, T0), "spare");
    assert_eq!(ask_as(&mut engine, T0, &facts("large"), &[]), Some(2), "the next one down");
    assert_eq!(ask_as(&mut engine, T0, &facts("large"), &[2]), Some(0), "else who was left, rather than nobody");
    engine.pause_failover(T0, Some(Duration::from_secs(60)));
    assert_eq!(ask_as(&mut engine, T0, &facts("large"), &[]), Some(0));
    assert_eq!(history(&engine), ["main spare failures"]);
}

#[test]
fn the_price_does_not_creep_from_one_tier_to_the_next() {
    let mut engine = engine(FailoverParams::default());
    let price = |name: &str, _: &str, _: bool| {
        Some(match name {
            "p0" => 100,
            "p1" => 180,
            _ => 300,
        })
    };
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    for _ in 0..3 {
        assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), Some(1));
    }
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0, 1]), None);
}

#[test]
fn of_a_profile_only_those_are_passed_over_that_cost_too_much() {
    let mut params = Params::clone(engine(FailoverParams::default()).params());
    params.providers.push(ProviderParams::new("p3", 4, vec![0]));
    params.profiles[2].providers.push(3);
    params.profiles.remove(0);
    params.default_profile = 0;
    let mut engine = Engine::new(Arc::new(params), 1);
    let price = |name: &str, _: &str, _: bool| Some(if name == "p3" { 1_000 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0, 1]), None, "a cheap one beside it is no permission");
    for _ in 0..3 {
        assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), Some(1));
    }
    assert_eq!(profile(&engine, T0), "spare");
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0, 1]), None, "nor is that the profile was switched to");
}

#[test]
fn a_login_that_costs_too_much_leaves_the_rest_of_its_profile_to_the_keys_of_the_gateway() {
    let mut params = Params::clone(engine(FailoverParams::default()).params());
    params.providers.push(ProviderParams::new("p3", 4, vec![0]));
    params.providers[1].keys = vec![KeyParams { client: true, ..KeyParams::new(9) }];
    params.profiles[2].providers.push(3);
    let mut engine = Engine::new(Arc::new(params), 1);
    for _ in 0..3 {
        assert_eq!(ask(&mut engine, T0, &[0]), Some(3));
    }
    assert_eq!(profile(&engine, T0), "spare");
    let price = |name: &str, _: &str, _: bool| Some(if name == "p1" { 1_000 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, caller_has_login: true, ..Facts::new(0) };
    let mut flight = engine.start(T0, &facts).unwrap();
    assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(target) if target.provider == 3));
    let skipped: Vec<_> = flight.trail().skipped.iter().map(|it| (it.provider.to_string(), it.why)).collect();
    assert_eq!(skipped, [("p1".to_owned(), "price")]);
}

#[test]
fn what_a_profile_has_itself_is_taken_at_any_price() {
    let mut params = Params::clone(engine(FailoverParams::default()).params());
    params.providers.push(ProviderParams::new("p3", 4, vec![0]));
    params.profiles[1].providers.push(3);
    let mut engine = Engine::new(Arc::new(params), 1);
    let price = |name: &str, _: &str, _: bool| Some(if name == "p3" { 1_000 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0]), Some(3));
    for _ in 0..3 {
        ask_as(&mut engine, T0, &facts, &[0, 3]);
    }
    assert_eq!(profile(&engine, T0), "spare");
    assert_eq!(ask_as(&mut engine, T0, &facts, &[0, 1, 2]), Some(3));
}

#[test]
fn who_was_left_answers_again_when_those_that_were_switched_to_fail() {
    for recover in [Recover::Auto, Recover::Ask, Recover::Never] {
        let mut engine = engine(FailoverParams { recover, ..FailoverParams::default() });
        for _ in 0..3 {
            assert_eq!(ask(&mut engine, T0, &[0]), Some(1));
        }
        for _ in 0..3 {
            assert_eq!(ask(&mut engine, T0, &[1, 2]), Some(0), "{recover:?}");
        }
        let goes_back = recover == Recover::Auto;
        assert_eq!(profile(&engine, T0), if goes_back { "main" } else { "spare" }, "{recover:?}");
        let later = T0 + Duration::from_secs(301);
        assert_eq!(ask(&mut engine, later, &[1, 2]), Some(0), "{recover:?}");
    }
}

#[test]
fn a_last_resort_comes_after_the_profile_that_is_due_to_be_tried_again() {
    let mut engine = engine(FailoverParams { recover: Recover::Ask, ..FailoverParams::default() });
    for _ in 0..3 {
        ask(&mut engine, T0, &[0]);
    }
    assert_eq!(ask(&mut engine, T0, &[1]), Some(2), "it failed a moment ago");
    assert_eq!(ask(&mut engine, T0 + Duration::from_secs(301), &[1]), Some(0));
}

#[test]
fn where_somebody_switched_to_is_left_by_a_request_that_fails_there_and_by_no_other() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "spare", None, None).unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&mut engine, T0, &[1]), Some(0));
    }
    assert_eq!(ask(&mut engine, T0, &[0, 1]), Some(2));
    assert_eq!(ask(&mut engine, T0, &[]), Some(1));
    assert_eq!(history(&engine), ["main spare manual"]);
    engine.pause_failover(T0, Some(Duration::from_secs(60)));
    assert_eq!(ask(&mut engine, T0, &[1]), None);
}

#[test]
fn a_conversation_goes_with_a_switch_by_hand_although_its_cache_is_warm() {
    let mut engine = engine(FailoverParams::default());
    let conversation = Facts { session: Some(7), ..Facts::new(0) };
    let moved = T0 + Duration::from_secs(1);
    engine.switch(T0, "spare", None, None).unwrap();
    assert_eq!(ask_as(&mut engine, T0, &conversation, &[1]), Some(0));
    assert_eq!(ask_as(&mut engine, moved, &conversation, &[]), Some(1));
}

#[test]
fn a_conversation_that_stays_at_a_lower_tier_says_nothing_about_those_before_it() {
    let mut engine = engine(FailoverParams::default());
    let conversation = Facts { session: Some(7), ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &conversation, &[0]), Some(1));
    for second in 1..6 {
        assert_eq!(ask_as(&mut engine, T0 + Duration::from_secs(second), &conversation, &[]), Some(1));
    }
    assert_eq!(history(&engine), [""; 0], "it failed once");
}

#[test]
fn a_protocol_that_a_profile_does_not_speak_is_no_failure_of_it() {
    let mut params = Params::clone(engine(FailoverParams::default()).params());
    params.providers[0].protocols = vec![0, 1];
    params.providers[2].protocols = vec![1];
    let mut engine = Engine::new(Arc::new(params), 1);
    for _ in 0..4 {
        assert_eq!(ask_as(&mut engine, T0, &Facts::new(1), &[0]), Some(2));
    }
    assert_eq!(history(&engine), ["main last failures"], "who cannot be asked is not switched to");
    for _ in 0..4 {
        assert_eq!(ask(&mut engine, T0, &[]), Some(0), "nor is it in the way of what it cannot be asked for");
    }
    assert_eq!(profile(&engine, T0), "last");
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
fn a_rule_leads_where_it_says_although_the_default_profile_was_left() {
    let mut engine = engine(FailoverParams::default());
    for _ in 0..3 {
        ask(&mut engine, T0, &[0]);
    }
    let rule = RouteParams::new("r", Match::default(), To::Profile(0));
    let params = Params { routes: vec![rule], ..Params::clone(engine.params()) };
    engine.reload(T0, Arc::new(params));
    let price = |name: &str, _: &str, _: bool| Some(if name == "p2" { 1_000 } else { 100 });
    let facts = Facts { model: Some("m"), price: &price, ..Facts::new(0) };
    assert_eq!(ask_as(&mut engine, T0, &facts, &[]), Some(2));
    assert_eq!(engine.start(T0, &facts).unwrap().trail().by, "route");
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

#[test]
fn switches_are_counted_however_many_are_allowed_and_those_by_hand_are_not() {
    let mut engine = engine(FailoverParams { max_per_hour: 150, ..FailoverParams::default() });
    for number in 0..120 {
        engine.switch(T0, if number % 2 == 0 { "spare" } else { "main" }, None, None).unwrap();
    }
    engine.switch_back(T0, None);
    let mut now = T0;
    let mut switches = 0;
    for _ in 0..400 {
        // Each profile fails as soon as it is used, and another one answers.
        now += Duration::from_secs(6);
        let down = match &*profile(&engine, now) {
            "main" => 0,
            "spare" => 1,
            _ => 2,
        };
        let before = profile(&engine, now);
        for _ in 0..3 {
            ask(&mut engine, now, &[down]);
        }
        switches += u32::from(profile(&engine, now) != before);
    }
    assert_eq!(switches, 150);
    let shown = engine.snapshot(now).failover;
    assert_eq!(shown.stopped_left_ms.map(|left| left > 0), Some(true));
    assert_eq!(engine.snapshot(now + Duration::from_secs(3_600)).failover.stopped_left_ms, None);
}

#[test]
fn a_request_says_that_its_profile_would_have_been_left_had_it_not_been_switched_so_often() {
    let mut engine = engine(FailoverParams { max_per_hour: 1, after: 1, ..FailoverParams::default() });
    ask(&mut engine, T0, &[0]);
    let mut flight = engine.start(T0, &Facts::new(0)).unwrap();
    while let Decision::Try(target) = engine.decide(T0, &mut flight) {
        let failed = Outcome::Failed(Verdict::of(Row::ServerError, None));
        engine.observe(T0, &mut flight, if target.provider == 1 { &failed } else { &Outcome::Success });
    }
    assert!(flight.trail().stopped);
    assert_eq!(profile(&engine, T0), "spare");
}

#[test]
fn a_switch_by_hand_to_the_default_profile_holds_there_until_its_time_is_over() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "main", Some("watched"), Some(Duration::from_secs(60))).unwrap();
    let shown = engine.snapshot(T0).failover;
    assert_eq!(
        (shown.cause, shown.reason.as_deref(), shown.until_left_ms),
        (Some("manual"), Some("watched"), Some(60_000))
    );
    engine.reload(T0, Arc::clone(engine.params()));
    for _ in 0..4 {
        assert_eq!(ask(&mut engine, T0, &[0]), Some(1), "a request goes on, the profile is not left");
    }
    assert_eq!(profile(&engine, T0), "main");
    let later = T0 + Duration::from_secs(61);
    for _ in 0..3 {
        assert_eq!(ask(&mut engine, later, &[0]), Some(1));
    }
    assert_eq!(history(&engine), ["main main manual", "main main expired", "main spare failures"]);
    engine.switch(later, "main", None, None).unwrap();
    engine.switch_back(later, None);
    assert_eq!(engine.snapshot(later).failover.cause, None);
}

#[test]
fn that_it_may_be_time_to_go_back_is_shown_where_that_is_to_be_asked() {
    for (recover, wanted) in [(Recover::Auto, false), (Recover::Ask, true), (Recover::Never, false)] {
        let mut engine = engine(FailoverParams { recover, ..FailoverParams::default() });
        for _ in 0..3 {
            ask(&mut engine, T0, &[0]);
        }
        let shown = |second| engine.snapshot(T0 + Duration::from_secs(second)).failover;
        assert_eq!((shown(0).may_go_back, shown(301).may_go_back), (false, wanted), "{recover:?}");
        assert_eq!(shown(0).retry_left_ms.is_some(), recover != Recover::Never, "{recover:?}");
        assert_eq!(shown(301).retry_left_ms, None, "{recover:?}: a moment that is past is no news");
    }
}

#[test]
fn who_was_left_is_named_where_no_request_goes_back_to_it() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "spare", None, None).unwrap();
    engine.pause_failover(T0, Some(Duration::from_secs(60)));
    let flight = engine.start(T0, &Facts::new(0)).unwrap();
    let skipped: Vec<_> = flight.trail().skipped.iter().map(|skip| (skip.provider.to_string(), skip.why)).collect();
    assert_eq!(skipped, [("p0".to_owned(), "left")]);
}

#[test]
fn who_is_not_asked_as_switching_is_paused_or_off_is_named_once_a_request_fails() {
    let told = |failover: FailoverParams, paused: bool, down: &[usize]| {
        let mut engine = engine(failover);
        engine.pause_failover(T0, paused.then(|| Duration::from_secs(60)));
        let mut flight = engine.start(T0, &Facts::new(0)).unwrap();
        while let Decision::Try(target) = engine.decide(T0, &mut flight) {
            let failed = Outcome::Failed(Verdict::of(Row::PermissionDenied, None));
            let outcome = if down.contains(&target.provider) { failed } else { Outcome::Success };
            engine.observe(T0, &mut flight, &outcome);
        }
        let skipped = flight.trail().skipped.into_iter().map(|it| (it.provider.to_string(), it.why, it.left_ms));
        skipped.collect::<Vec<_>>()
    };
    let usual = FailoverParams::default;
    let both = |why, left| vec![("p1".to_owned(), why, left), ("p2".to_owned(), why, left)];
    assert_eq!(told(usual(), true, &[0]), both("paused", Some(60_000)));
    assert_eq!(told(FailoverParams { auto: false, ..usual() }, false, &[0]), both("not-by-itself", None));
    assert_eq!(told(usual(), true, &[]), [], "it went well");
}

#[test]
fn a_switch_by_hand_to_the_default_profile_is_told_as_one() {
    let mut engine = engine(FailoverParams::default());
    engine.switch(T0, "main", None, None).unwrap();
    let flight = engine.start(T0, &Facts::new(0)).unwrap();
    assert_eq!((flight.trail().by, flight.trail().profile.as_deref()), ("switched", Some("main")));
    engine.switch_back(T0, None);
    assert_eq!(engine.start(T0, &Facts::new(0)).unwrap().trail().by, "default");
}
