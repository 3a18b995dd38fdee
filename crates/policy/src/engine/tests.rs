#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::classify::{Answer, Content, Event, Phase, Row, StreamEvent, Transport, Verdict, classify};
use crate::model_map::{ModelMap, Slots};

const CHAT: u8 = 1;
const MESSAGES: u8 = 0;

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
fn a_short_stated_wait_is_waited_out_by_the_only_candidate() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    let mut count = 0;
    let (tried, end) = run(&mut engine, &mut now, &facts(), |_| {
        count += 1;
        if count == 1 { status(429, Some(3)) } else { Outcome::Success }
    });
    assert_eq!((tried.len(), end), (2, None));
    assert!(now >= T0 + secs(3) && now <= T0 + Duration::from_millis(3300), "waited until {now:?}");
}

#[test]
fn a_long_stated_wait_is_told_and_not_waited_out() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let (tried, end) = once(&mut engine, &[status(429, Some(40))]);
    let end = end.unwrap();
    assert_eq!((tried, end.why, end.usable_again_in), (vec![0], Why::Cooling, Some(secs(40))));
}

#[test]
fn with_one_candidate_a_cool_down_never_refuses_a_request() {
    let mut engine = engine(vec![provider("a", &[1])]);
    once(&mut engine, &[status(429, Some(600))]);
    assert_eq!(once(&mut engine, &[Outcome::Success]), (vec![0], None));
}

#[test]
fn resting_candidates_come_after_those_that_do_not_rest() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(600)), Outcome::Success]);
    assert_eq!(once(&mut engine, &[Outcome::Success, Outcome::Success]), (vec![1], None));
    let (tried, _) = once(&mut engine, &[Outcome::Success, status(502, None)]);
    assert_eq!(tried, [1, 0], "nothing else is left, so the resting one is tried once");
    let (tried, _) = run(&mut engine, &mut (T0 + secs(601)), &facts(), |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))], "the rest is over");
}

#[test]
fn of_several_resting_candidates_the_first_to_be_free_is_tried_and_only_that() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(600)), status(429, Some(300))]);
    let (tried, end) = once(&mut engine, &[status(502, None), status(502, None)]);
    assert_eq!(tried, [1]);
    assert!(end.is_some());
}

#[test]
fn of_a_rest_and_a_retry_the_earlier_one_is_waited_for() {
    let once_only = ProviderParams { attempts_max: 1, ..provider("b", &[1]) };
    let mut engine = engine(vec![provider("a", &[1]), once_only]);
    let only_b = Facts { pinned_provider: Some("b"), ..facts() };
    run(&mut engine, &mut T0.clone(), &only_b, |_| status(429, Some(8)));
    let outcomes = [status(429, Some(4)), Outcome::Success];
    let mut now = T0 + secs(7);
    let (tried, end) = run(&mut engine, &mut now, &facts(), |target| outcomes[target.provider]);
    assert_eq!((tried, end, now), (vec![(0, Some(0)), (1, Some(0))], None, T0 + secs(8)));
}

#[test]
fn a_stated_wait_is_waited_out_while_tries_are_left_and_the_last_is_kept_for_the_end_of_the_hold() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut now = T0;
    let (tried, end) = run(&mut engine, &mut now, &facts(), |_| status(429, Some(1)));
    assert_eq!((tried.len(), end.unwrap().why, now), (5, Why::Cooling, T0 + secs(28)));
}

/// Runs one request whose candidates all ask to wait so long the first time, and answer then.
fn limited_once(engine: &mut Engine, retry_after: Option<u64>) -> (usize, Option<GiveUp>, Duration) {
    let (mut now, mut told) = (T0, Vec::new());
    let (tried, end) = run(engine, &mut now, &facts(), |target| {
        let candidate = (target.provider, target.key);
        if told.contains(&candidate) {
            return Outcome::Success;
        }
        told.push(candidate);
        status(429, retry_after)
    });
    (tried.len(), end, now - T0)
}

#[test]
fn however_many_candidates_ask_to_wait_the_request_is_answered_when_the_first_wait_is_over() {
    for providers in 1..=8 {
        for (asked, longest) in [(Some(3), secs(3)), (Some(20), secs(20)), (None, secs(2))] {
            let all = (0..providers).map(|number| provider(&format!("p{number}"), &[1]));
            let (tried, end, took) = limited_once(&mut engine(all.collect()), asked);
            assert_eq!((tried, end), (providers + 1, None), "{providers} × {asked:?}");
            assert!(took <= longest, "{providers} × {asked:?}: {took:?}");
        }
    }
}

#[test]
fn of_many_limited_keys_eight_are_asked_and_then_the_first_to_be_free() {
    for keys in [8, 9, 12, 30] {
        let ids: Vec<u64> = (1..=keys).collect();
        for providers in [vec![provider("a", &ids)], vec![provider("a", &ids), provider("b", &ids)]] {
            assert_eq!(limited_once(&mut engine(providers), Some(3)), (9, None, secs(3)), "{keys} keys");
        }
    }
}

#[test]
fn a_wait_after_failures_of_others_is_over_when_its_provider_said_so() {
    let mut engine = engine(["a", "b", "c", "d"].map(|name| provider(name, &[1])).to_vec());
    let (mut now, mut asked) = (T0, false);
    let (tried, end) = run(&mut engine, &mut now, &facts(), |target| match target.provider {
        3 if std::mem::replace(&mut asked, true) => Outcome::Success,
        3 => status(429, Some(3)),
        _ => status(502, None),
    });
    assert_eq!((tried.len(), end, now), (5, None, T0 + secs(3)));
}

#[test]
fn a_rest_for_one_model_does_not_concern_another() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    once(&mut engine, &[status(529, None), Outcome::Success]);
    assert_eq!(once(&mut engine, &[Outcome::Success, Outcome::Success]).0, [1]);
    let other = Facts { model: Some("claude-haiku-5"), ..facts() };
    let (tried, _) = run(&mut engine, &mut T0.clone(), &other, |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))]);
}

#[test]
fn a_missing_model_is_not_asked_for_again_for_a_while() {
    let missing = Outcome::Failed(Verdict::of(Row::ModelNotFound, None));
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(once(&mut engine, &[missing, Outcome::Success]).0, [0, 1]);
    assert_eq!(once(&mut engine, &[missing, Outcome::Success]).0, [1]);
    let (tried, _) = run(&mut engine, &mut (T0 + secs(601)), &facts(), |_| Outcome::Success);
    assert_eq!(tried, [(0, Some(0))]);
    let (_, end) = once(&mut engine, &[missing, missing]);
    assert_eq!(end.unwrap().why, Why::ModelNotFound);
}

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
fn the_earliest_usable_moment_is_told() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let end = once(&mut engine, &[status(429, Some(90)), status(429, Some(30))]).1.unwrap();
    assert_eq!(end.usable_again_in, Some(secs(30)));
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
fn the_next_change_is_known_and_over_when_it_has_happened() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    assert_eq!(engine.poll_timeout(T0), None);
    once(&mut engine, &[status(429, Some(40)), status(401, None)]);
    assert_eq!(engine.poll_timeout(T0), Some(T0 + secs(40)));
    assert_eq!(engine.poll_timeout(T0 + secs(40)), Some(T0 + secs(60)));
    engine.handle_timeout(T0 + secs(60));
    assert_eq!(engine.poll_timeout(T0 + secs(60)), None);
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
fn a_provider_without_keys_that_asked_to_wait_is_shown_at_rest() {
    let mut engine = engine(vec![provider("local", &[]), provider("b", &[1])]);
    once(&mut engine, &[status(429, Some(90)), Outcome::Success]);
    let shown = |now| engine.snapshot(now).providers[0].resting_left_ms;
    assert_eq!((shown(T0), shown(T0 + secs(60)), shown(T0 + secs(90))), (Some(90_000), Some(30_000), None));
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
