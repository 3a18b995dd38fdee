#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::classify::{Answer, Content, Event, Phase, classify};
use crate::glob::{Glob, Style};

const T0: Duration = Duration::from_secs(1_000_000);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn places(limit: u32) -> Allowance {
    Allowance { concurrent: Some(Concurrent::Fixed(limit)), ..Allowance::default() }
}

fn provider(name: &str, identity: u64, keys: &[u64], allowed: Allowance) -> ProviderParams {
    let keys = keys.iter().map(|id| KeyParams::new(*id)).collect();
    ProviderParams { keys, allowed, ..ProviderParams::new(name, identity, vec![0]) }
}

fn params(providers: Vec<ProviderParams>) -> Params {
    let all = ProfileParams::new("work", (0..providers.len()).collect());
    Params { providers, profiles: vec![all], ..Params::default() }
}

fn engine(providers: Vec<ProviderParams>) -> Engine {
    Engine::new(Arc::new(params(providers)), 1)
}

fn facts() -> Facts<'static> {
    Facts { model: Some("m"), ..Facts::new(0) }
}

fn limited(retry_after: Option<u64>) -> Outcome {
    let answer = Answer {
        status: 429,
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

/// Where a request goes now; `None` when it waits or is told no.
fn ask(engine: &mut Engine, now: Duration, flight: &mut Flight) -> Option<(usize, Option<usize>)> {
    match engine.decide(now, flight) {
        Decision::Try(target) => Some((target.provider, target.key)),
        Decision::Wait { .. } | Decision::GiveUp(_) => None,
    }
}

fn begin(engine: &mut Engine, now: Duration, facts: &Facts<'_>) -> Flight {
    engine.start(now, facts).unwrap()
}

fn end(engine: &mut Engine, now: Duration, flight: &mut Flight, used: Option<u64>) {
    engine.observe(now, flight, &Outcome::Success);
    engine.land(now, flight, used);
}

#[test]
fn a_full_key_is_passed_over_for_the_next_and_a_full_provider_for_another_and_the_trail_says_so() {
    let key = |id| KeyParams { allowed: places(1), ..KeyParams::new(id) };
    let first = ProviderParams {
        keys: vec![key(1), key(2)],
        key_choice: KeyChoice::FillFirst,
        ..provider("a", 10, &[], Allowance::default())
    };
    let mut engine = engine(vec![first, provider("b", 20, &[3], Allowance::default())]);
    let mut flights: Vec<Flight> = (0..3).map(|_| begin(&mut engine, T0, &facts())).collect();
    let went: Vec<_> = flights.iter_mut().map(|flight| ask(&mut engine, T0, flight).unwrap()).collect();
    assert_eq!(went, [(0, Some(0)), (0, Some(1)), (1, Some(0))]);
    let skipped: Vec<_> = flights[2].trail().skipped.iter().map(|skip| (skip.key, skip.why)).collect();
    assert_eq!(skipped, [(Some(1), "full"), (Some(2), "full")]);
}

#[test]
fn who_finds_everything_full_waits_and_is_called_when_a_place_is_free() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let (mut first, mut second) = (begin(&mut engine, T0, &facts()), begin(&mut engine, T0, &facts()));
    assert!(ask(&mut engine, T0, &mut first).is_some());
    assert_eq!(engine.decide(T0, &mut second), Decision::Wait { until: T0 + secs(30) });
    let ticket = second.ticket().unwrap();
    assert!(engine.woken().is_empty());
    end(&mut engine, T0 + secs(3), &mut first, None);
    assert_eq!(engine.woken(), [ticket]);
    assert!(ask(&mut engine, T0 + secs(3), &mut second).is_some());
    assert_eq!((second.ticket(), engine.snapshot(T0).room.waiting), (None, 0));
}

#[test]
fn a_request_that_comes_later_does_not_take_the_place_of_one_that_waits_but_a_more_urgent_one_does() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let background = Facts { class: Class::Background, ..facts() };
    let mut running = begin(&mut engine, T0, &facts());
    assert!(ask(&mut engine, T0, &mut running).is_some());
    let mut waiting = begin(&mut engine, T0, &background);
    assert!(ask(&mut engine, T0, &mut waiting).is_none());
    end(&mut engine, T0 + secs(1), &mut running, None);
    let mut later = begin(&mut engine, T0 + secs(1), &background);
    assert!(ask(&mut engine, T0 + secs(1), &mut later).is_none());
    let mut urgent = begin(&mut engine, T0 + secs(1), &facts());
    assert!(ask(&mut engine, T0 + secs(1), &mut urgent).is_some());
    assert!(ask(&mut engine, T0 + secs(1), &mut waiting).is_none());
    end(&mut engine, T0 + secs(2), &mut urgent, None);
    assert!(ask(&mut engine, T0 + secs(2), &mut waiting).is_some());
}

#[test]
fn who_has_waited_as_long_as_it_may_is_told_so_and_leaves_the_line() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let (mut first, mut second) = (begin(&mut engine, T0, &facts()), begin(&mut engine, T0, &facts()));
    ask(&mut engine, T0, &mut first);
    ask(&mut engine, T0, &mut second);
    let Decision::GiveUp(told) = engine.decide(T0 + secs(30), &mut second) else { panic!("it still waits") };
    assert_eq!((told.why, second.denial(), second.ticket()), (Why::Full, Some(&Denial::NoPlace), None));
    assert_eq!(engine.snapshot(T0).room.waiting, 0);
}

#[test]
fn a_line_that_is_as_long_as_it_may_be_refuses_the_next_with_its_length() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let mut flights: Vec<Flight> = (0..66).map(|_| begin(&mut engine, T0, &facts())).collect();
    let mut last = None;
    for flight in &mut flights {
        last = Some(engine.decide(T0, flight));
    }
    assert!(matches!(last, Some(Decision::GiveUp(GiveUp { why: Why::Full, .. }))));
    assert_eq!(flights[65].denial(), Some(&Denial::LineFull { waiting: 64 }));
    let lines = engine.snapshot(T0 + secs(5)).room.lines;
    assert_eq!((&*lines[0].profile, lines[0].waiting, lines[0].longest_ms), ("work", [64, 0, 0], 5_000));
}

#[test]
fn a_client_that_leaves_while_it_waits_leaves_its_turn_to_the_next() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let mut flights: Vec<Flight> = (0..3).map(|_| begin(&mut engine, T0, &facts())).collect();
    for flight in &mut flights {
        ask(&mut engine, T0, flight);
    }
    let third = flights[2].ticket().unwrap();
    end(&mut engine, T0 + secs(1), &mut flights[0], None);
    engine.woken();
    engine.land(T0 + secs(1), &mut flights[1], None);
    assert_eq!(engine.woken(), [third]);
    assert!(ask(&mut engine, T0 + secs(1), &mut flights[2]).is_some());
}

#[test]
fn all_resting_is_waited_out_in_line_and_those_who_wait_ask_one_after_the_other() {
    let mut engine = engine(vec![provider("a", 10, &[1], Allowance::default())]);
    let mut first = begin(&mut engine, T0, &facts());
    ask(&mut engine, T0, &mut first);
    engine.observe(T0, &mut first, &limited(Some(20)));
    assert_eq!(engine.decide(T0, &mut first), Decision::Wait { until: T0 + secs(20) });
    for place in 1..4u32 {
        let mut next = begin(&mut engine, T0 + secs(1), &facts());
        let until = T0 + secs(20) + Duration::from_millis(20) * place;
        assert_eq!(engine.decide(T0 + secs(1), &mut next), Decision::Wait { until });
    }
    assert!(ask(&mut engine, T0 + secs(20), &mut first).is_some());
    end(&mut engine, T0 + secs(21), &mut first, None);
    assert_eq!(engine.woken().len(), 1, "a success calls one more at once");
}

#[test]
fn auto_finds_out_how_many_a_key_bears_at_once() {
    let auto = Allowance { concurrent: Some(Concurrent::Auto), ..Allowance::default() };
    let mut engine = engine(vec![provider("a", 10, &[1], auto)]);
    let mut flights: Vec<Flight> = (0..10).map(|_| begin(&mut engine, T0, &facts())).collect();
    for flight in &mut flights {
        assert!(ask(&mut engine, T0, flight).is_some());
    }
    engine.observe(T0 + secs(1), &mut flights[9], &limited(Some(1)));
    let gauge = engine.snapshot(T0 + secs(1)).providers[0].keys[0].gauge;
    assert_eq!((gauge.in_flight, gauge.concurrent, gauge.auto), (9, Some(7), true));
}

#[test]
fn so_many_requests_a_minute_begin_and_the_next_one_waits_for_its_own_moment() {
    let rpm = Allowance { rpm: Some(2), ..Allowance::default() };
    let mut engine = engine(vec![provider("a", 10, &[1], rpm)]);
    for _ in 0..2 {
        let mut flight = begin(&mut engine, T0, &facts());
        assert!(ask(&mut engine, T0, &mut flight).is_some());
        end(&mut engine, T0, &mut flight, None);
    }
    let mut third = begin(&mut engine, T0, &facts());
    assert_eq!(engine.decide(T0, &mut third), Decision::Wait { until: T0 + secs(30) });
    assert!(ask(&mut engine, T0 + secs(30), &mut third).is_some());
}

#[test]
fn tokens_are_reserved_by_estimate_and_settled_by_what_was_used() {
    let tpm = Allowance { tpm: Some(1_000), ..Allowance::default() };
    let mut engine = engine(vec![provider("a", 10, &[1], tpm)]);
    let large = Facts { body_bytes: 3_600, ..facts() };
    let mut first = begin(&mut engine, T0, &large);
    ask(&mut engine, T0, &mut first);
    let left = |engine: &Engine| engine.snapshot(T0).providers[0].gauge.tpm;
    assert_eq!(left(&engine), Some((1_000, 100)));
    end(&mut engine, T0, &mut first, Some(150));
    assert_eq!(left(&engine), Some((1_000, 850)));
    let mut failed = begin(&mut engine, T0, &large);
    engine.decide(T0, &mut failed);
    engine.land(T0, &mut failed, None);
    assert_eq!(left(&engine), Some((1_000, 850)), "one that did not fit takes nothing");
}

fn with_limit(over: Over, allowed: Allowance) -> Engine {
    let when = Match { client: Some(Glob::new("chat", Style::Name).unwrap()), ..Match::default() };
    let limit = LimitParams::new("chat", when, allowed, over);
    let params = Params { limits: vec![limit], ..params(vec![provider("a", 10, &[1], Allowance::default())]) };
    Engine::new(Arc::new(params), 1)
}

#[test]
fn a_limit_for_callers_refuses_what_is_beyond_it_and_concerns_nobody_else() {
    let mut engine = with_limit(Over::Reject, Allowance { rpm: Some(1), ..Allowance::default() });
    let chat = Facts { client: Some("chat"), ..facts() };
    let mut first = begin(&mut engine, T0, &chat);
    assert!(ask(&mut engine, T0, &mut first).is_some());
    let mut second = begin(&mut engine, T0, &chat);
    let Decision::GiveUp(told) = engine.decide(T0, &mut second) else { panic!("it is beyond the limit") };
    assert_eq!((told.why, told.usable_again_in), (Why::Limited, Some(secs(60))));
    assert!(matches!(second.denial(), Some(Denial::Limit { name, .. }) if **name == *"chat"));
    let mut other = begin(&mut engine, T0, &Facts { client: Some("codex"), ..facts() });
    assert!(ask(&mut engine, T0, &mut other).is_some());
}

#[test]
fn a_limit_may_make_wait_instead_and_is_held_until_the_request_is_over() {
    let mut engine = with_limit(Over::Wait, places(1));
    let chat = Facts { client: Some("chat"), ..facts() };
    let (mut first, mut second) = (begin(&mut engine, T0, &chat), begin(&mut engine, T0, &chat));
    assert!(ask(&mut engine, T0, &mut first).is_some());
    assert!(ask(&mut engine, T0, &mut second).is_none());
    engine.observe(T0 + secs(1), &mut first, &limited(None));
    assert!(engine.woken().is_empty(), "the request goes on");
    engine.land(T0 + secs(2), &mut first, None);
    assert_eq!(engine.woken(), [second.ticket().unwrap()]);
    assert!(ask(&mut engine, T0 + secs(2), &mut second).is_none(), "its provider rests");
    assert!(ask(&mut engine, T0 + secs(5), &mut second).is_some());
}

#[test]
fn a_reload_keeps_what_is_under_way_and_lets_everybody_who_waits_ask_again() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1))]);
    let (mut first, mut second) = (begin(&mut engine, T0, &facts()), begin(&mut engine, T0, &facts()));
    ask(&mut engine, T0, &mut first);
    ask(&mut engine, T0, &mut second);
    engine.reload(T0, Arc::new(params(vec![provider("a", 10, &[1], places(2))])));
    assert_eq!(engine.woken(), [second.ticket().unwrap()]);
    assert!(ask(&mut engine, T0, &mut second).is_some());
    let mut third = begin(&mut engine, T0, &facts());
    assert!(ask(&mut engine, T0, &mut third).is_none(), "two are under way");
}

#[test]
fn a_conversation_waits_a_moment_for_a_place_where_its_prompt_is_cached() {
    let mut engine = engine(vec![provider("a", 10, &[1], places(1)), provider("b", 20, &[2], Allowance::default())]);
    let talk = Facts { session: Some(5), body_bytes: 4_000_000, ..facts() };
    // It was moved to b once, which is where its prompt is.
    let mut moved = begin(&mut engine, T0, &talk);
    ask(&mut engine, T0, &mut moved);
    engine.observe(T0, &mut moved, &limited(Some(1)));
    assert_eq!(ask(&mut engine, T0, &mut moved), Some((1, Some(0))));
    end(&mut engine, T0, &mut moved, None);
    let narrow = vec![provider("a", 10, &[1], Allowance::default()), provider("b", 20, &[2], places(1))];
    engine.reload(T0, Arc::new(params(narrow)));
    let now = T0 + secs(10);
    let mut busy = begin(&mut engine, now, &Facts { pinned_provider: Some("b"), ..facts() });
    ask(&mut engine, now, &mut busy);
    let mut back = begin(&mut engine, now, &talk);
    let Decision::Wait { until } = engine.decide(now, &mut back) else { panic!("it does not wait") };
    assert!(until > now && until <= now + secs(2));
    assert_eq!(ask(&mut engine, until, &mut back), Some((0, Some(0))), "then it goes elsewhere");
}

#[test]
fn who_was_told_to_wait_waits_although_a_newer_configuration_no_longer_knows_the_key() {
    let mut engine = engine(vec![provider("a", 10, &[1], Allowance::default())]);
    let mut flight = begin(&mut engine, T0, &facts());
    ask(&mut engine, T0, &mut flight);
    engine.reload(T0, Arc::new(params(vec![provider("b", 20, &[2], Allowance::default())])));
    engine.observe(T0 + secs(1), &mut flight, &limited(Some(3)));
    assert_eq!(engine.decide(T0 + secs(1), &mut flight), Decision::Wait { until: T0 + secs(4) });
    assert!(ask(&mut engine, T0 + secs(4), &mut flight).is_some());
}

#[test]
fn who_was_told_to_wait_does_not_go_back_while_somebody_else_is_ready() {
    let mut engine =
        engine(vec![provider("a", 10, &[1], Allowance::default()), provider("b", 20, &[2], Allowance::default())]);
    let mut other = begin(&mut engine, T0, &Facts { pinned_provider: Some("b"), ..facts() });
    ask(&mut engine, T0, &mut other);
    engine.observe(T0, &mut other, &limited(Some(3)));
    let mut flight = begin(&mut engine, T0, &facts());
    ask(&mut engine, T0, &mut flight);
    engine.observe(T0, &mut flight, &limited(Some(2)));
    assert_eq!(ask(&mut engine, T0 + secs(3), &mut flight), Some((1, Some(0))), "both are ready by now");
}

#[test]
fn a_wait_for_a_limit_of_callers_names_the_limit_in_the_trail_even_when_the_client_leaves() {
    let limit = LimitParams::new("u", Match::default(), places(1), Over::Wait);
    let params = Params { limits: vec![limit], ..params(vec![provider("a", 10, &[1], Allowance::default())]) };
    let mut engine = Engine::new(Arc::new(params), 1);
    let mut flights = [(); 3].map(|()| begin(&mut engine, T0, &facts()));
    let [first, second, third] = &mut flights;
    assert!(ask(&mut engine, T0, first).is_some());
    assert_eq!([ask(&mut engine, T0, second), ask(&mut engine, T0, third)], [None, None]);
    end(&mut engine, T0 + secs(2), first, None);
    assert!(ask(&mut engine, T0 + secs(2), second).is_some());
    engine.land(T0 + secs(3), third, None);
    let waited = |flight: &Flight| {
        let trail = flight.trail();
        (trail.waited_for.as_deref().map(str::to_owned), trail.waited_for_ms, trail.waited_ms)
    };
    assert_eq!(waited(second), (Some("u".to_owned()), 2_000, 2_000));
    assert_eq!(waited(third), (Some("u".to_owned()), 3_000, 3_000), "it left while it waited");
}

#[test]
fn a_full_line_names_no_longer_wait_than_anybody_in_it_may_wait() {
    let one = provider("a", 10, &[1], places(1));
    let mut params = params(vec![one]);
    params.hold.max = secs(8);
    let mut engine = Engine::new(Arc::new(params), 1);
    let mut all: Vec<Flight> = (0..68).map(|_| begin(&mut engine, T0, &facts())).collect();
    for flight in &mut all[..65] {
        ask(&mut engine, T0, flight);
    }
    // Two that get a place six seconds apart make the pace.
    let (running, waiting) = all.split_at_mut(1);
    end(&mut engine, T0 + secs(1), &mut running[0], None);
    ask(&mut engine, T0 + secs(1), &mut waiting[0]);
    ask(&mut engine, T0 + secs(1), &mut waiting[64]);
    end(&mut engine, T0 + secs(7), &mut waiting[0], None);
    ask(&mut engine, T0 + secs(7), &mut waiting[1]);
    ask(&mut engine, T0 + secs(7), &mut waiting[65]);
    let Decision::GiveUp(given) = engine.decide(T0 + secs(7), &mut waiting[66]) else { panic!("there was room") };
    let trail = waiting[66].trail();
    assert!(trail.line_full, "{trail:?}");
    assert_eq!(given.usable_again_in, Some(secs(8)), "{given:?}");
}
