//! Conversations that their clients do not name, and clients that do not wait for long.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::classify::{Row, Verdict};

const T0: Duration = Duration::from_secs(1_000_000);

fn engine(strategy: Strategy, providers: u64) -> Engine {
    let provider = |index: u64| ProviderParams::new(&format!("p{index}"), index + 1, vec![0]);
    let indexes = (0..usize::try_from(providers).unwrap()).collect();
    Engine::new(
        Arc::new(Params {
            providers: (0..providers).map(provider).collect(),
            profiles: vec![ProfileParams { strategy, ..ProfileParams::new("main", indexes) }],
            ..Params::default()
        }),
        1,
    )
}

fn began() -> Option<Origin> {
    Some(Origin { hash: 5, goes_on: false })
}

fn goes_on() -> Option<Origin> {
    Some(Origin { hash: 5, goes_on: true })
}

/// Whom a request is sent to first; it ends like this.
fn ask(engine: &mut Engine, facts: &Facts<'_>, outcome: Outcome) -> usize {
    let mut flight = engine.start(T0, facts).unwrap();
    let Decision::Try(target) = engine.decide(T0, &mut flight) else { panic!("nobody was asked") };
    engine.observe(T0, &mut flight, &outcome);
    target.provider
}

#[test]
fn a_growing_conversation_stays_where_its_first_turn_went_and_first_turns_are_shared() {
    for strategy in [Strategy::RoundRobin, Strategy::Weighted] {
        let mut engine = engine(strategy, 2);
        let first = Facts { origin: &began, ..Facts::new(0) };
        let firsts = [0; 4].map(|_| ask(&mut engine, &first, Outcome::Success));
        assert!(firsts.contains(&0) && firsts.contains(&1), "one question asked by four: {firsts:?}");
        let home = firsts[3];
        let next = Facts { origin: &goes_on, ..Facts::new(0) };
        for turn in 0..6 {
            let other = Facts { session: Some(100 + turn), ..Facts::new(0) };
            ask(&mut engine, &other, Outcome::Success);
            assert_eq!(ask(&mut engine, &next, Outcome::Success), home, "{}", strategy.id());
        }
    }
}

#[test]
fn a_repeated_request_without_a_name_does_not_start_where_it_failed() {
    let mut engine = engine(Strategy::Failover, 2);
    let first = Facts { origin: &goes_on, body_bytes: 500, ..Facts::new(0) };
    let broken = Outcome::Failed(Verdict::of(Row::ServerError, None));
    assert_eq!(ask(&mut engine, &first, broken), 0);
    let again = Facts { retry_count: 1, ..first };
    assert_eq!(ask(&mut engine, &Facts { body_bytes: 700, ..again }, Outcome::Success), 0, "another turn");
    assert_eq!(ask(&mut engine, &again, Outcome::Success), 1);
}

#[test]
fn the_body_is_looked_into_only_where_there_is_a_choice() {
    let asked = Cell::new(0);
    let origin = || {
        asked.set(asked.get() + 1);
        began()
    };
    let facts = Facts { origin: &origin, ..Facts::new(0) };
    ask(&mut engine(Strategy::Failover, 1), &facts, Outcome::Success);
    ask(&mut engine(Strategy::Failover, 2), &Facts { session: Some(1), ..facts }, Outcome::Success);
    assert_eq!(asked.get(), 0);
    ask(&mut engine(Strategy::Failover, 2), &facts, Outcome::Success);
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_cache_that_is_asked_to_last_an_hour_keeps_its_conversation_for_an_hour() {
    let home_after = |minutes: u64, long_cache| {
        let mut engine = engine(Strategy::RoundRobin, 2);
        let facts = Facts { session: Some(1), long_cache, ..Facts::new(0) };
        ask(&mut engine, &facts, Outcome::Success);
        engine.start(T0 + Duration::from_secs(minutes * 60), &facts).unwrap().home.is_some()
    };
    assert_eq!([home_after(5, false), home_after(6, false)], [true, false]);
    assert_eq!([home_after(59, true), home_after(61, true)], [true, false]);
}

#[test]
fn nobody_is_asked_who_would_begin_when_the_client_has_stopped_waiting() {
    let mut engine = engine(Strategy::Failover, 3);
    let slow = Facts { session: Some(1), ..Facts::new(0) };
    // The second takes 20 s to its first event, the third one.
    for (provider, seconds) in [(1, 20), (2, 1)] {
        let facts = Facts { pinned_provider: None, ..slow };
        let mut flight = engine.start(T0, &facts).unwrap();
        for at in 0..=provider {
            engine.decide(T0, &mut flight);
            if at < provider {
                engine.observe(T0, &mut flight, &Outcome::Failed(Verdict::of(Row::Refused, None)));
            }
        }
        engine.began(T0 + Duration::from_secs(seconds), &mut flight);
        engine.observe(T0 + Duration::from_secs(seconds), &mut flight, &Outcome::Success);
    }
    let now = T0 + Duration::from_secs(20);
    let went = |patience: u64| {
        let mut engine = engine.clone();
        let facts = Facts { session: Some(2), deadline: Some(now + Duration::from_secs(patience)), ..Facts::new(0) };
        let mut flight = engine.start(now, &facts).unwrap();
        let mut asked = Vec::new();
        while let Decision::Try(target) = engine.decide(now, &mut flight) {
            asked.push(target.provider);
            let fails = target.provider == 0;
            let outcome = if fails { Outcome::Failed(Verdict::of(Row::Refused, None)) } else { Outcome::Success };
            engine.observe(now, &mut flight, &outcome);
        }
        (asked, flight.trail().skipped.iter().map(|it| it.why).collect::<Vec<_>>())
    };
    assert_eq!(went(4), (vec![0], vec!["time-up", "time-up"]), "it is told what kept it from the others");
    assert_eq!(went(60), (vec![0, 1], vec![]));
    assert_eq!(went(10), (vec![0, 2], vec!["no-time"]));
}

#[test]
fn a_rest_that_lasts_longer_than_the_client_waits_is_told() {
    let told = |patience: u64| {
        let mut engine = engine(Strategy::Failover, 1);
        let facts = Facts { deadline: Some(T0 + Duration::from_secs(patience)), ..Facts::new(0) };
        let mut flight = engine.start(T0, &facts).unwrap();
        engine.decide(T0, &mut flight);
        engine.observe(T0, &mut flight, &tests::status(429, Some(6)));
        let waits = matches!(engine.decide(T0, &mut flight), Decision::Wait { .. });
        (waits, flight.trail().skipped.iter().filter(|it| it.why == "rest-too-long").count())
    };
    assert_eq!((told(60), told(10)), ((true, 0), (false, 1)));
}
