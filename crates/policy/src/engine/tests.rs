#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::classify::{Answer, Content, Event, Phase, Row, StreamEvent, Transport, Verdict, classify};
use crate::model_map::{ModelMap, Slots};

pub(super) const CHAT: u8 = 1;
pub(super) const MESSAGES: u8 = 0;

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) const T0: Duration = Duration::from_secs(1_000_000);

pub(super) fn key(id: u64) -> KeyParams {
    KeyParams::new(id)
}

pub(super) fn provider(name: &str, keys: &[u64]) -> ProviderParams {
    let identity = name.bytes().fold(7, |hash, byte| hash * 31 + u64::from(byte));
    let keys = keys.iter().map(|id| key(identity + id)).collect();
    ProviderParams { keys, ..ProviderParams::new(name, identity, vec![MESSAGES]) }
}

pub(super) fn params(providers: Vec<ProviderParams>) -> Params {
    let all = ProfileParams::new("default", (0..providers.len()).collect());
    Params { providers, profiles: vec![all], default_profile: 0, routes: Vec::new(), ..Params::default() }
}

pub(super) fn engine(providers: Vec<ProviderParams>) -> Engine {
    Engine::new(Arc::new(params(providers)), 1)
}

pub(super) fn facts() -> Facts<'static> {
    Facts { model: Some("claude-sonnet-5"), ..Facts::new(MESSAGES) }
}

pub(super) fn status(status: u16, retry_after: Option<u64>) -> Outcome {
    let answer = Answer {
        status,
        kind: None,
        code: None,
        message: "",
        content: Content::Json,
        retry_after: retry_after.map(secs),
        in_stream: false,
        names_field: false,
    };
    Outcome::Failed(classify(Event::Answer(answer), Phase::Head))
}

pub(super) fn broken(transport: Transport) -> Outcome {
    Outcome::Failed(classify(Event::Transport(transport), Phase::BeforeHead))
}

/// Runs one request; `result` says what each target does. Returns the targets as (provider, key) and the end.
pub(super) fn run(
    engine: &mut Engine,
    now: &mut Duration,
    facts: &Facts<'_>,
    mut result: impl FnMut(&Target) -> Outcome,
) -> (Vec<(usize, Option<usize>)>, Option<GiveUp>) {
    let mut flight = engine.start(*now, facts).unwrap();
    let mut tried = Vec::new();
    loop {
        match engine.decide(*now, &mut flight) {
            Decision::Try(target) => {
                tried.push((target.provider, target.key));
                let outcome = result(&target);
                engine.observe(*now, &mut flight, &outcome);
                if outcome == Outcome::Success {
                    return (tried, None);
                }
            }
            Decision::Wait { until } => {
                assert!(until > *now && until <= *now + HoldParams::default().max, "waits from {now:?} to {until:?}");
                *now = until;
            }
            Decision::GiveUp(why) => return (tried, Some(why)),
        }
    }
}

/// Runs one request at a fixed time in which provider `n` answers `outcomes[n]`.
pub(super) fn once(engine: &mut Engine, outcomes: &[Outcome]) -> (Vec<usize>, Option<GiveUp>) {
    let (tried, end) = run(engine, &mut T0.clone(), &facts(), |target| outcomes[target.provider]);
    (tried.into_iter().map(|(provider, _)| provider).collect(), end)
}

#[test]
fn providers_are_tried_in_order_and_each_failure_that_moves_costs_one_attempt() {
    for failure in [
        status(429, None),
        status(429, Some(3)),
        status(429, Some(300)),
        status(529, None),
        status(500, None),
        status(503, None),
        status(401, None),
        status(402, None),
        status(404, None),
        status(302, None),
        broken(Transport::Refused),
        broken(Transport::ResetReused),
        broken(Transport::HeadTimeout),
        Outcome::Failed(classify(Event::Stream(StreamEvent::Empty), Phase::Held)),
    ] {
        let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
        assert_eq!(once(&mut engine, &[failure, Outcome::Success]), (vec![0, 1], None), "{failure:?}");
    }
}

#[test]
fn a_request_fault_is_told_at_once_and_changes_nothing() {
    for failure in [status(400, None), status(422, None), status(413, None)] {
        let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
        let (tried, end) = once(&mut engine, &[failure, Outcome::Success]);
        let end = end.unwrap();
        assert_eq!((tried, end.why, end.attempt), (vec![0], Why::RequestFault, Some(1)), "{failure:?}");
        assert_eq!(once(&mut engine, &[Outcome::Success, Outcome::Success]), (vec![0], None));
    }
}

#[test]
fn a_body_too_large_moves_only_to_a_provider_that_declares_room_for_it() {
    let sized = |name, body_max| ProviderParams { body_max, ..provider(name, &[1]) };
    let ask = |second: Option<u64>| {
        let mut engine = engine(vec![sized("a", Some(200)), sized("b", None), sized("c", second)]);
        let facts = Facts { body_bytes: 150, ..facts() };
        let outcomes = [status(413, None), Outcome::Success, Outcome::Success];
        let (tried, end) = run(&mut engine, &mut T0.clone(), &facts, |target| outcomes[target.provider]);
        (tried.into_iter().map(|(provider, _)| provider).collect::<Vec<_>>(), end.map(|end| end.why))
    };
    assert_eq!(ask(Some(300)), (vec![0, 2], None));
    assert_eq!(ask(Some(180)), (vec![0], Some(Why::RequestFault)));
    assert_eq!(ask(None), (vec![0], Some(Why::RequestFault)));
}

#[test]
fn a_context_too_long_moves_only_to_a_larger_window() {
    let sized = |name, context_max| ProviderParams { context_max, ..provider(name, &[1]) };
    let too_long = Outcome::Failed(Verdict::of(Row::ContextTooLong, None));
    for (windows, wanted) in [
        ([Some(200), Some(1000)], vec![0, 1]),
        ([Some(200), Some(200)], vec![0]),
        ([None, Some(1000)], vec![0]),
        ([Some(200), None], vec![0]),
    ] {
        let mut engine = engine(vec![sized("a", windows[0]), sized("b", windows[1])]);
        assert_eq!(once(&mut engine, &[too_long, Outcome::Success]).0, wanted, "{windows:?}");
    }
}

#[test]
fn the_same_provider_is_asked_again_only_when_nobody_else_is_left() {
    let mut two = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let (tried, end) = once(&mut two, &[status(500, None), status(500, None)]);
    assert_eq!((tried, end.unwrap().why), (vec![0, 1, 0, 1], Why::Unavailable));
    let mut one = engine(vec![provider("a", &[1])]);
    assert_eq!(once(&mut one, &[status(500, None)]).0, [0, 0]);
    assert_eq!(once(&mut one, &[status(502, None)]).0, [0], "502 is not repeated");
    assert_eq!(once(&mut one, &[broken(Transport::Refused)]).0, [0]);
}

#[test]
fn a_broken_kept_connection_is_replaced_by_a_fresh_one() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut fresh = Vec::new();
    let (_, end) = run(&mut engine, &mut T0.clone(), &facts(), |target| {
        fresh.push(target.fresh);
        if target.fresh { Outcome::Success } else { broken(Transport::ResetReused) }
    });
    assert_eq!((fresh, end), (vec![false, true], None));
}

#[test]
fn the_final_word_follows_the_precedence() {
    let overloaded = status(529, None);
    for (first, second, wanted) in [
        (status(429, Some(90)), status(429, Some(30)), Why::Cooling),
        (status(429, Some(90)), status(401, None), Why::Cooling),
        (status(429, Some(90)), overloaded, Why::Overloaded),
        (status(429, Some(90)), status(502, None), Why::Unavailable),
        (status(401, None), status(401, None), Why::KeysRejected),
        (status(401, None), status(402, None), Why::Exhausted),
        (status(401, None), broken(Transport::Refused), Why::Unavailable),
        (status(503, None), status(400, None), Why::RequestFault),
    ] {
        let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
        let end = once(&mut engine, &[first, second]).1.unwrap();
        assert_eq!(end.why, wanted, "{first:?} then {second:?}");
    }
}

#[test]
fn ambiguous_attempts_are_made_twice_at_most() {
    let providers = ["a", "b", "c", "d"].map(|name| provider(name, &[1])).to_vec();
    assert_eq!(once(&mut engine(providers.clone()), &[broken(Transport::HeadTimeout); 4]).0, [0, 1]);
    assert_eq!(once(&mut engine(providers.clone()), &[broken(Transport::Refused); 4]).0, [0, 1, 2, 3]);
    let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map(|name| provider(name, &[1])).to_vec();
    assert_eq!(once(&mut engine(many.clone()), &[broken(Transport::Refused); 10]).0.len(), 8);
    assert_eq!(once(&mut engine(many), &[status(502, None); 10]).0.len(), 4);
}

#[test]
fn without_retries_in_the_configuration_there_is_one_attempt() {
    let single = |name| ProviderParams { attempts_max: 1, ..provider(name, &[1]) };
    let mut none = engine(vec![single("a"), single("b")]);
    assert_eq!(once(&mut none, &[status(502, None), Outcome::Success]).0, [0]);
    let mut some = engine(vec![single("a"), provider("b", &[1])]);
    assert_eq!(once(&mut some, &[status(500, None), status(500, None)]).0, [0, 1, 1], "only b may be asked twice");
}

#[test]
fn no_attempt_starts_shortly_before_the_caller_stops_waiting() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let tried = |engine: &mut Engine, left| {
        let facts = Facts { deadline: Some(T0 + left), ..facts() };
        run(engine, &mut T0.clone(), &facts, |_| status(502, None)).0.len()
    };
    assert_eq!(tried(&mut engine, secs(4)), 1, "the first is always made");
    assert_eq!(tried(&mut engine, secs(6)), 2);
}

#[test]
fn a_protocol_that_nobody_speaks_is_refused_with_what_each_speaks() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let refused = engine.start(T0, &Facts::new(CHAT)).unwrap_err();
    assert_eq!(refused, Refusal::WrongProtocol { providers: vec![("a".into(), vec![MESSAGES])] });
}

#[test]
fn switched_off_providers_are_not_candidates() {
    let off = |name| ProviderParams { enabled: false, ..provider(name, &[1]) };
    let mut some = engine(vec![off("a"), provider("b", &[1])]);
    assert_eq!(once(&mut some, &[Outcome::Success, Outcome::Success]).0, [1]);
    let refused = engine(vec![off("a")]).start(T0, &facts()).unwrap_err();
    assert_eq!(refused, Refusal::AllDisabled { providers: vec!["a".into()] });
    assert_eq!(engine(Vec::new()).start(T0, &facts()).unwrap_err(), Refusal::NoProviders);
}

#[test]
fn the_model_sent_is_the_rules_then_mapped_by_the_provider() {
    let mut kimi = provider("kimi", &[1]);
    kimi.models = ModelMap::new([("gpt-5.5", "kimi-k3")]).unwrap();
    kimi.slots = Slots { default: Some("kimi-k2".into()), ..Slots::default() };
    let plain = provider("plain", &[1]);
    let mut params = params(vec![kimi, plain]);
    params.routes =
        vec![RouteParams { model: Some("gpt-5.5".into()), ..RouteParams::new("r", Match::default(), To::Profile(0)) }];
    let mut engine = Engine::new(Arc::new(params), 1);
    let mut sent = |facts: &Facts<'_>| {
        let mut models = Vec::new();
        run(&mut engine, &mut T0.clone(), facts, |target| {
            models.push(target.model.as_deref().map(str::to_owned));
            broken(Transport::Refused)
        });
        models
    };
    let name = |name: &str| Some(name.to_owned());
    assert_eq!(sent(&facts()), [name("kimi-k3"), name("gpt-5.5")]);
    assert_eq!(sent(&Facts { model: Some("gpt-5.5"), ..facts() }), [name("kimi-k3"), None]);
    assert_eq!(sent(&Facts { pinned_model: Some("opus"), ..facts() }), [name("kimi-k2"), name("opus")]);
}

#[test]
fn a_repeated_request_does_not_start_where_it_just_failed() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let session = Facts { affinity: Some(42), ..facts() };
    let down = [status(502, None), Outcome::Failed(Verdict::of(Row::Truncated, None))];
    run(&mut engine, &mut T0.clone(), &session, |_| down[0]);
    let first = |engine: &mut Engine, facts: &Facts<'_>, now: Duration| {
        run(engine, &mut now.clone(), facts, |_| Outcome::Cancelled).0[0].0
    };
    let again = Facts { retry_count: 1, ..session };
    assert_eq!(first(&mut engine, &again, T0), 0, "b failed last, so a comes first");
    run(&mut engine, &mut T0.clone(), &Facts { pinned_provider: Some("a"), ..session }, |_| down[0]);
    assert_eq!(first(&mut engine, &again, T0), 1);
    assert_eq!(first(&mut engine, &session, T0), 0, "only a repetition avoids it");
    assert_eq!(first(&mut engine, &Facts { affinity: Some(7), ..again }, T0), 0, "another session does not");
    assert_eq!(first(&mut engine, &again, T0 + secs(61)), 0, "nor a later repetition");
}

#[test]
fn an_attempt_under_way_is_not_decided_twice() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flight = engine.start(T0, &facts()).unwrap();
    let first = engine.decide(T0, &mut flight);
    assert_eq!(engine.decide(T0, &mut flight), first);
    assert_eq!(flight.attempts(), 1);
}

#[test]
fn nothing_follows_a_success_a_cancel_or_output() {
    for outcome in [Outcome::Success, Outcome::Cancelled, Outcome::Failed(Verdict::of(Row::Truncated, None))] {
        let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
        let mut flight = engine.start(T0, &facts()).unwrap();
        engine.decide(T0, &mut flight);
        engine.observe(T0, &mut flight, &outcome);
        engine.observe(T0, &mut flight, &status(500, None));
        let Decision::GiveUp(end) = engine.decide(T0, &mut flight) else { panic!("{outcome:?} goes on") };
        let wanted = if matches!(outcome, Outcome::Failed(_)) { Why::Committed } else { Why::Ended };
        assert_eq!(end.why, wanted);
    }
}

#[test]
fn a_reload_keeps_how_known_keys_stand_and_requests_under_way_go_on() {
    let mut engine = engine(vec![provider("a", &[1, 2]), provider("b", &[1])]);
    let mut under_way = engine.start(T0, &facts()).unwrap();
    let first_key = |target: &Target| if target.key == Some(0) { status(401, None) } else { Outcome::Success };
    run(&mut engine, &mut T0.clone(), &facts(), first_key);
    // The order of providers and keys changes, b is new under another address, a's first key stays rejected.
    let mut changed = provider("a", &[2, 3, 1]);
    changed.key_choice = KeyChoice::FillFirst;
    let moved = ProviderParams { identity: 99, ..provider("b", &[1]) };
    engine.reload(T0, Arc::new(params(vec![moved, changed])));
    let states: Vec<_> = engine.snapshot(T0).providers[1].keys.iter().map(|key| key.state).collect();
    assert_eq!(states, ["ok", "ok", "quarantined"]);
    let Decision::Try(target) = engine.decide(T0, &mut under_way) else { panic!("gave up") };
    assert_eq!((target.provider, target.key), (0, Some(1)), "by its own configuration, without the rejected key");
    engine.observe(T0, &mut under_way, &status(401, None));
    let states: Vec<_> = engine.snapshot(T0).providers[1].keys.iter().map(|key| key.state).collect();
    assert_eq!(states, ["quarantined", "ok", "quarantined"], "its result reaches the key by id");
}

#[test]
fn the_snapshot_and_the_trail_tell_what_happened() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1]), provider("c", &[])]);
    once(&mut engine, &[status(429, Some(30)), status(401, None), Outcome::Success]);
    let snapshot = engine.snapshot(T0 + secs(10));
    let a = &snapshot.providers[0];
    assert_eq!((a.keys[0].state, a.keys[0].left_ms), ("cooling", Some(20_000)));
    assert_eq!((a.last_failure, a.last_failure_ago_ms), (Some("rate-limited-long"), Some(10_000)));
    assert_eq!(snapshot.providers[1].keys[0].state, "quarantined");
    assert_eq!(snapshot.providers[2].last_success_ago_ms, Some(10_000));
    let now = T0 + secs(10);
    let mut flight = engine.start(now, &facts()).unwrap();
    engine.decide(now, &mut flight);
    engine.observe(now, &mut flight, &Outcome::Success);
    let trail = flight.trail();
    let skipped: Vec<_> = trail.skipped.iter().map(|skip| (&*skip.provider, skip.why, skip.left_ms)).collect();
    assert_eq!(skipped, [("a", "cooling", Some(20_000)), ("b", "quarantined", Some(50_000))]);
    assert_eq!((&*trail.attempts[0].provider, trail.attempts[0].result, trail.by), ("c", "ok", "default"));
}

#[test]
fn who_speaks_the_callers_protocol_comes_first_unless_an_order_was_written_down() {
    let translating = ProviderParams { protocols: vec![CHAT], translates: vec![MESSAGES], ..provider("a", &[1]) };
    for (ordered, wanted) in [(true, vec![0, 1]), (false, vec![1])] {
        let mut params = params(vec![translating.clone(), provider("b", &[1])]);
        params.profiles[0].ordered = ordered;
        let mut engine = Engine::new(Arc::new(params), 1);
        let (tried, _) = once(&mut engine, &[broken(Transport::Refused), Outcome::Success]);
        assert_eq!(tried, wanted, "ordered: {ordered}");
    }
}
