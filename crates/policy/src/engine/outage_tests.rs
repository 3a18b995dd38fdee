//! What the engine spends when everything fails, and how it comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, once, params, provider, run, secs, status};
use super::*;
use crate::classify::{Transport, WAIT_MAX};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs a request and gives it up at its first pause. Whom it asked, and what was passed over.
fn brief(engine: &mut Engine, now: Duration, facts: &Facts<'_>, outcomes: &[Outcome]) -> (Vec<usize>, Trail) {
    let mut flight = engine.start(now, facts).unwrap();
    let mut tried = Vec::new();
    while let Decision::Try(target) = engine.decide(now, &mut flight) {
        tried.push(target.provider);
        let outcome = outcomes[target.provider];
        engine.observe(now, &mut flight, &outcome);
        if outcome == Outcome::Success {
            break;
        }
    }
    (tried, flight.trail())
}

fn skipped(trail: &Trail, why: &str) -> usize {
    trail.skipped.iter().filter(|skipped| skipped.why == why).count()
}

/// Each request asks for another model, so that no breaker has evidence enough: what is left to hold the traffic is the
/// budget.
fn another_model(number: u64) -> String {
    format!("m{number}")
}

fn asking(model: &str) -> Facts<'_> {
    Facts { model: Some(model), ..Facts::new(0) }
}

#[test]
fn a_total_outage_costs_little_more_than_one_attempt_a_request() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1]), provider("c", &[1])]);
    let (mut attempts, mut refused) = (0, 0);
    for number in 0..1200 {
        let now = T0 + millis(number * 100);
        let model = another_model(number);
        let facts = asking(&model);
        let (tried, trail) = brief(&mut engine, now, &facts, &[status(500, None); 3]);
        attempts += tried.len();
        refused += usize::from(skipped(&trail, "failover-budget") > 0);
    }
    assert!((1200..=1580).contains(&attempts), "{attempts} attempts of 1200 requests");
    assert!(refused > 800, "{refused}");
}

#[test]
fn who_is_not_known_to_fail_is_asked_whatever_the_budget() {
    let names = ["a", "b", "c", "d"];
    let mut engine = engine(names.iter().map(|name| provider(name, &[1])).collect());
    let bad = status(500, None);
    for number in 0..600 {
        let now = T0 + millis(number * 100);
        let model = another_model(number);
        let facts = asking(&model);
        let (tried, trail) = brief(&mut engine, now, &facts, &[bad, bad, bad, Outcome::Success]);
        assert_eq!(tried.last(), Some(&3), "{number}: {tried:?} {trail:?}");
    }
}

#[test]
fn a_crowd_that_fails_at_one_moment_moves_on_together() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flights: Vec<_> = (0..100).map(|_| engine.start(T0, &facts()).unwrap()).collect();
    for flight in &mut flights {
        engine.decide(T0, flight);
    }
    for flight in &mut flights {
        engine.observe(T0 + secs(1), flight, &status(503, None));
        let next = engine.decide(T0 + secs(1), flight);
        assert!(matches!(next, Decision::Try(Target { provider: 1, .. })), "{next:?}");
    }
}

#[test]
fn who_is_held_back_from_overloaded_providers_is_told_of_overload() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut told = Vec::new();
    for _ in 0..12 {
        told.extend(once(&mut engine, &[status(529, None), status(529, None)]).1.map(|end| end.why));
    }
    assert!(told.iter().all(|why| *why == Why::Overloaded || *why == Why::Unavailable), "{told:?}");
}

#[test]
fn an_attempt_elsewhere_that_succeeds_costs_nothing() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    for number in 0..600 {
        let model = another_model(number);
        let facts = asking(&model);
        brief(&mut engine, T0 + millis(number * 100), &facts, &[status(500, None), Outcome::Success]);
    }
    let bad = [status(500, None); 2];
    let now = T0 + secs(60);
    let moved = (600..650).filter(|number| {
        let model = another_model(*number);
        brief(&mut engine, now, &asking(&model), &bad).0.len() == 2
    });
    assert!(moved.count() >= 40, "the burst is there in full");
}

#[test]
fn a_provider_is_asked_again_within_its_budget() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut refused = 0;
    let mut attempts = 0;
    let mut now = T0;
    for _ in 0..40 {
        let mut flight = engine.start(now, &facts()).unwrap();
        loop {
            match engine.decide(now, &mut flight) {
                Decision::Try(_) => {
                    attempts += 1;
                    engine.observe(now, &mut flight, &status(500, None));
                }
                Decision::Wait { until } => now = until,
                Decision::GiveUp(_) => break,
            }
        }
        refused += skipped(&flight.trail(), "retry-budget");
    }
    let ten_a_minute = 10 + usize::try_from((now - T0).as_secs() / 6).unwrap();
    assert_eq!((attempts, refused), (40 + ten_a_minute, 40 - ten_a_minute));
}

#[test]
fn who_is_held_back_by_the_budget_tries_nobody_as_a_last_resort() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1]), provider("c", &[1])]);
    once(&mut engine, &[status(500, None), status(500, None), status(429, Some(600))]);
    for number in 0..100 {
        let model = another_model(number);
        let (tried, trail) = brief(&mut engine, T0, &asking(&model), &[status(500, None); 3]);
        assert!(!tried.contains(&2) || skipped(&trail, "failover-budget") == 0, "{tried:?} {trail:?}");
    }
}

#[test]
fn a_kept_connection_that_was_closed_is_no_retry() {
    let mut engine = engine(vec![provider("a", &[1])]);
    for _ in 0..40 {
        let mut first = true;
        let result = |_: &Target| {
            if std::mem::take(&mut first) { broken(Transport::ResetReused) } else { Outcome::Success }
        };
        assert_eq!(run(&mut engine, &mut T0.clone(), &facts(), result).1, None);
    }
}

/// An engine with two providers whose breakers are open, `a` having failed last at the first moment, `b` at the second.
fn both_open(first: Duration, second: Duration) -> Engine {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    // Opened often, so that they stay open for minutes.
    for _ in 0..8 {
        for (place, at) in [(0, first), (1, second)] {
            let identity = engine.params().providers[place].identity;
            let mut jitter = Jitter::new(1);
            let state = engine.state_mut(identity).unwrap();
            state.last_failure = Some((crate::classify::Row::Unavailable, at));
            for _ in 0..3 {
                let epoch = state.breaker.begin(at + secs(3600));
                state.breaker.failed(at, epoch, 0, crate::classify::Weight::Hard, None, &mut jitter);
            }
        }
    }
    engine
}

#[test]
fn when_everything_is_left_alone_one_request_a_second_tries_who_failed_least_recently() {
    for (first, second, wanted) in [(T0, T0 + secs(1), 0), (T0 + secs(1), T0, 1)] {
        let mut engine = both_open(first, second);
        let mut asked = Vec::new();
        for number in 0..50 {
            let now = T0 + secs(2) + millis(number * 100);
            let (tried, trail) = brief(&mut engine, now, &facts(), &[Outcome::Cancelled, Outcome::Cancelled]);
            assert_eq!(skipped(&trail, "panic-rate"), usize::from(tried.is_empty()));
            assert!(trail.attempts.iter().all(|tried| tried.last_resort));
            asked.extend(tried);
        }
        assert_eq!(asked, [wanted; 5]);
    }
}

#[test]
fn who_has_failed_elsewhere_pays_for_a_try_of_who_is_left_alone() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flights: Vec<_> = (0..40).map(|_| engine.start(T0, &facts()).unwrap()).collect();
    for flight in &mut flights {
        engine.decide(T0, flight);
    }
    for flight in &mut flights {
        engine.observe(T0, flight, &status(500, None));
    }
    let mut seconds = (0..40).map(|second| T0 + secs(second));
    let tried =
        flights.iter_mut().zip(&mut seconds).filter_map(|(flight, now)| engine.may_panic(now, flight, 1).then_some(()));
    let tried = tried.count();
    assert!((10..=20).contains(&tried), "{tried} of 40 in 40 s");
    let mut fresh = engine.start(T0 + secs(41), &facts()).unwrap();
    assert!(engine.may_panic(T0 + secs(41), &mut fresh, 1), "a first attempt costs nothing");
}

#[test]
fn after_sleep_open_breakers_are_tried_and_failures_do_not_count_for_a_while() {
    let mut engine = both_open(T0, T0);
    let now = T0 + secs(2);
    engine.resumed(now);
    let breakers =
        |engine: &Engine, now| engine.snapshot(now).providers.iter().map(|it| it.breaker).collect::<Vec<_>>();
    assert_eq!(breakers(&engine, now), ["half-open", "half-open"]);
    for _ in 0..5 {
        assert_eq!(brief(&mut engine, now, &facts(), &[status(503, None); 2]).0, [0, 1]);
    }
    assert_eq!(breakers(&engine, now), ["half-open", "half-open"], "the network is not up yet");
    let now = now + secs(10);
    brief(&mut engine, now, &facts(), &[status(503, None); 2]);
    assert_eq!(breakers(&engine, now), ["open", "open"]);
}

#[test]
fn an_attempt_from_before_the_sleep_says_nothing_however_late_it_fails() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    let mut flights: Vec<_> = (0..3).map(|_| engine.start(T0, &facts()).unwrap()).collect();
    for flight in &mut flights {
        engine.decide(T0, flight);
    }
    engine.resumed(T0 + secs(1));
    for flight in &mut flights {
        engine.observe(T0 + secs(80), flight, &broken(Transport::HeadTimeout));
    }
    assert_eq!(engine.snapshot(T0 + secs(80)).providers[0].breaker, "closed");
}

#[test]
fn those_who_wait_for_one_moment_come_five_in_a_tenth_of_a_second() {
    let mut engine = engine(vec![provider("a", &[1])]);
    brief(&mut engine, T0, &facts(), &[status(429, Some(2))]);
    let mut until = Vec::new();
    for _ in 0..50 {
        let mut flight = engine.start(T0, &facts()).unwrap();
        let Decision::Wait { until: first } = engine.decide(T0, &mut flight) else { panic!("no wait") };
        assert_eq!(engine.decide(T0 + secs(1), &mut flight), Decision::Wait { until: first }, "the same wait");
        until.push(first);
    }
    let first = *until.iter().min().unwrap();
    assert!(until.iter().filter(|at| **at < first + millis(100)).count() <= 5);
    assert!(until.iter().all(|at| *at <= first + secs(1)), "fifty in a second");
    assert!(first <= T0 + WAIT_MAX);
}

/// Whether no more than five of these come to one provider in a tenth of a second.
fn come_abreast(begun: &[(Duration, usize)]) -> bool {
    let together = |(now, provider): &(Duration, usize)| {
        begun.iter().filter(|(at, there)| there == provider && at <= now && *at + millis(100) > *now).count()
    };
    begun.iter().all(|it| together(it) <= 5)
}

/// Lets these wait until each has begun somewhere.
fn all_begin(engine: &mut Engine, mut flights: Vec<(Flight, Duration)>) -> Vec<(Duration, usize)> {
    let mut begun = Vec::new();
    while let Some((flight, next)) = flights.iter_mut().min_by_key(|(_, next)| *next).filter(|(_, it)| *it < T0 * 2) {
        let now = *next;
        match engine.decide(now, flight) {
            Decision::Try(Target { provider, .. }) => {
                begun.push((now, provider));
                *next = Duration::MAX;
            }
            Decision::Wait { until } => *next = until,
            Decision::GiveUp(given) => panic!("{given:?}"),
        }
    }
    begun
}

/// Providers rest until about the same moment, and both classes of requests wait for either, each for its model.
#[test]
fn whatever_they_waited_for_five_come_to_one_provider_in_a_tenth_of_a_second() {
    let small = Facts { model: Some("haiku"), ..facts() };
    for (count, keys, code) in [(1, &[][..], 529), (1, &[1][..], 429), (2, &[1][..], 429), (3, &[][..], 529)] {
        let names = ["a", "b", "c"];
        let mut engine = engine(names.iter().take(count).map(|name| provider(name, keys)).collect());
        for (late, facts) in [(0, facts()), (7, small)] {
            brief(&mut engine, T0 + millis(late), &facts, &[status(code, Some(3)); 3]);
        }
        let now = T0 + millis(10);
        let flights = (0..60).map(|number| {
            let now = now + millis(number * 13);
            (engine.start(now, &if number % 2 == 0 { facts() } else { small }).unwrap(), now)
        });
        let flights: Vec<_> = flights.collect();
        let begun = all_begin(&mut engine, flights);
        assert_eq!(begun.len(), 60);
        assert!(come_abreast(&begun), "{count} {keys:?} {code}: {begun:?}");
        let lasted = begun.iter().max().unwrap().0 - begun[0].0;
        assert!(lasted < secs(3), "{lasted:?}");
    }
}

/// The only provider is told to rest for longer than those who wait for it may wait: each tries it all the same.
#[test]
fn those_whose_wait_turns_out_too_long_try_five_in_a_tenth_of_a_second_too() {
    let mut engine = engine(vec![provider("a", &[])]);
    brief(&mut engine, T0, &facts(), &[status(529, Some(5))]);
    let flights: Vec<_> = (0..50).map(|_| (engine.start(T0, &facts()).unwrap(), T0)).collect();
    let mut flights = flights;
    for (flight, next) in &mut flights {
        let Decision::Wait { until } = engine.decide(T0, flight) else { panic!("no wait") };
        *next = until;
    }
    // Somebody who comes as the rest ends is told to rest for a minute.
    let now = flights.iter().map(|(_, next)| *next).min().unwrap() - millis(1);
    let mut early = engine.start(now, &Facts { pinned_provider: Some("a"), ..facts() }).unwrap();
    engine.rests.forget(engine.params().providers[0].identity, None);
    assert!(matches!(engine.decide(now, &mut early), Decision::Try(_)));
    engine.observe(now, &mut early, &status(529, Some(60)));
    let begun = all_begin(&mut engine, flights);
    assert_eq!(begun.len(), 50);
    assert!(come_abreast(&begun), "{begun:?}");
}

#[test]
fn of_providers_that_share_requests_one_that_does_much_worse_gets_less_for_a_while() {
    let shared = |strategy| {
        let mut params = params(vec![provider("a", &[1]), provider("b", &[1])]);
        params.profiles[0].strategy = strategy;
        Engine::new(params.into(), 1)
    };
    for strategy in [Strategy::RoundRobin, Strategy::Weighted, Strategy::LeastBusy] {
        let mut engine = shared(strategy);
        let mut firsts = [0, 0];
        for number in 0..400 {
            let now = T0 + millis(number * 50);
            // Four in ten requests fail there: too few for the breaker.
            let a = if number % 5 < 2 { status(500, None) } else { Outcome::Success };
            let (tried, _) = brief(&mut engine, now, &facts(), &[a, Outcome::Success]);
            firsts[tried[0]] += usize::from(number >= 200);
        }
        let snapshot = engine.snapshot(T0 + secs(20));
        assert_eq!(snapshot.providers[0].breaker, "closed");
        if strategy != Strategy::LeastBusy {
            assert!(snapshot.providers[0].outlier_left_ms.is_some(), "{strategy:?}");
            assert!(firsts[0] < firsts[1] / 4, "{strategy:?}: {firsts:?}");
            assert_eq!(snapshot.providers[1].outlier_left_ms, None);
        }
    }
}

#[test]
fn an_order_that_was_written_down_knows_no_outliers() {
    let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
    for number in 0..100 {
        let now = T0 + millis(number * 50);
        let a = if number % 5 < 2 { status(500, None) } else { Outcome::Success };
        assert_eq!(brief(&mut engine, now, &facts(), &[a, Outcome::Success]).0[0], 0);
    }
}
