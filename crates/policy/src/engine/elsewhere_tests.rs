#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, facts, params, provider, run, secs, status};
use super::*;

fn families(list: &[Family]) -> Families {
    list.iter().fold(Families::default(), |all, family| all.with(*family))
}

fn engine(elsewhere: Elsewhere, profiles: Option<Vec<ProfileParams>>) -> Engine {
    let usual = params(vec![provider("a", &[1, 2]), provider("b", &[1])]);
    let failover = FailoverParams { elsewhere, after: 1, ..FailoverParams::default() };
    Engine::new(Arc::new(Params { failover, profiles: profiles.unwrap_or(usual.profiles.clone()), ..usual }), 1)
}

/// Who is asked while `a` answers so and `b` well, and after how long the request ends.
fn asked(engine: &mut Engine, a: &Outcome) -> (Vec<usize>, bool, Duration) {
    let mut now = T0;
    let (tried, end) =
        run(engine, &mut now, &facts(), |target| if target.provider == 0 { *a } else { Outcome::Success });
    (tried.into_iter().map(|(provider, _)| provider).collect(), end.is_none(), now - T0)
}

#[test]
fn a_failure_that_is_not_to_go_elsewhere_stays_and_the_same_provider_is_waited_for() {
    let not_on = |list: &[Family]| Elsewhere { not_on: families(list), ..Elsewhere::default() };
    let (tried, answered, took) = asked(&mut engine(not_on(&[Family::RateLimit]), None), &status(429, Some(3)));
    assert_eq!((&tried[..2], answered), (&[0, 0][..], false), "its other key is asked");
    assert!(!tried.contains(&1) && took >= secs(3));
    assert_eq!(asked(&mut engine(not_on(&[Family::RateLimit]), None), &status(502, None)).0, [0, 1]);
    assert_eq!(asked(&mut engine(not_on(&[Family::Server]), None), &status(502, None)).0, [0]);
    assert_eq!(asked(&mut engine(not_on(&[Family::KeyRejected]), None), &status(401, None)).0, [0, 0]);
}

#[test]
fn only_what_is_listed_goes_elsewhere_where_something_is_listed() {
    let on = || Elsewhere { on: Some(families(&[Family::RateLimit])), ..Elsewhere::default() };
    assert_eq!(asked(&mut engine(on(), None), &status(502, None)).0, [0]);
    assert_eq!(asked(&mut engine(on(), None), &status(429, Some(60))).0, [0, 0, 1]);
}

#[test]
fn the_trail_says_what_kept_a_request_from_the_others() {
    let elsewhere = Elsewhere { not_on: families(&[Family::Server]), ..Elsewhere::default() };
    let mut engine = engine(elsewhere, None);
    let mut flight = engine.start(T0, &facts()).unwrap();
    engine.decide(T0, &mut flight);
    engine.observe(T0, &mut flight, &status(502, None));
    assert!(matches!(engine.decide(T0, &mut flight), Decision::GiveUp(GiveUp { why: Why::Unavailable, .. })));
    let skipped: Vec<_> = flight.trail().skipped.iter().map(|it| (it.provider.to_string(), it.why)).collect();
    assert_eq!(skipped, [("b".to_owned(), "not-on:5xx")]);
}

fn two_tiers(admits: Admits) -> Option<Vec<ProfileParams>> {
    let last = ProfileParams { tier: Tier::Fallback, admits, ..ProfileParams::new("last", vec![1]) };
    Some(vec![ProfileParams::new("first", vec![0]), last])
}

#[test]
fn a_failure_that_stays_is_no_reason_to_leave_the_profile() {
    let not_on = Elsewhere { not_on: families(&[Family::Server]), ..Elsewhere::default() };
    let profile = |mut engine: Engine| {
        asked(&mut engine, &status(502, None));
        engine.snapshot(T0).failover.profile.to_string()
    };
    assert_eq!(profile(engine(not_on, two_tiers(Admits::default()))), "first");
    assert_eq!(profile(engine(Elsewhere::default(), two_tiers(Admits::default()))), "last");
}

#[test]
fn a_last_resort_without_tools_takes_no_request_with_tools_and_caps_the_answers_of_others() {
    let admits = Admits { tools: false, max_output_tokens: Some(4096) };
    let mut caps = Vec::new();
    let mut went = |facts: &Facts<'_>| {
        let mut engine = engine(Elsewhere::default(), two_tiers(admits));
        let (tried, end) = run(&mut engine, &mut T0.clone(), facts, |target| {
            caps.push(target.max_output_tokens);
            if target.provider == 0 { status(502, None) } else { Outcome::Success }
        });
        (tried.into_iter().map(|(provider, _)| provider).collect::<Vec<_>>(), end.is_none())
    };
    assert_eq!(went(&facts()), (vec![0, 1], true));
    assert_eq!(went(&Facts { tools: true, ..facts() }), (vec![0], false));
    assert_eq!(caps, [None, Some(4096), None]);
}

#[test]
fn a_request_with_tools_that_is_sent_to_a_profile_without_them_is_refused_and_told_why() {
    let admits = Admits { tools: false, ..Admits::default() };
    let mut engine = engine(Elsewhere::default(), two_tiers(admits));
    let facts = Facts { tools: true, pinned_profile: Some("last"), ..facts() };
    let refusal = engine.start(T0, &facts).map(|_| ()).unwrap_err();
    assert_eq!(refusal, Refusal::ToolsNotAllowed { profile: "last".into() });
    assert_eq!(engine.refused_trail(&facts, &refusal).skipped[0].why, "tools");
}

/// It once was told that no rule had matched and the default profile had refused it.
#[test]
fn a_refusal_by_the_profile_that_was_switched_to_says_so() {
    let admits = Admits { tools: false, ..Admits::default() };
    let mut profiles = two_tiers(admits).unwrap();
    profiles[0].admits = admits;
    let mut engine = engine(Elsewhere::default(), Some(profiles));
    engine.switch(T0, "last", None, None).unwrap();
    let facts = Facts { tools: true, ..facts() };
    let refusal = engine.start(T0, &facts).map(|_| ()).unwrap_err();
    assert!(matches!(refusal, Refusal::ToolsNotAllowed { .. }));
    let trail = engine.refused_trail(&facts, &refusal);
    assert_eq!((trail.by, trail.profile.as_deref(), trail.skipped[0].why), ("switched", Some("last"), "tools"));
}
