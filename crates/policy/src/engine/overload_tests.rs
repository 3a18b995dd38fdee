//! Providers that are overloaded: others are asked first, and then they again, each time after a longer rest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::tests::{T0, broken, engine, facts, key, once, provider, run, secs, status};
use super::*;
use crate::classify::{Row, Transport, Verdict};

const OVERLOADED: Outcome = Outcome::Failed(Verdict::of(Row::Overloaded, None));

/// Runs one request of which nobody but these few attempts is answered by overload. How many attempts, how it ended, and
/// how long after its start.
fn overloaded_for(engine: &mut Engine, facts: &Facts<'_>, times: usize) -> (usize, Option<Why>, Duration) {
    let (mut now, mut asked) = (T0, 0);
    let (tried, end) = run(engine, &mut now, facts, |_| {
        asked += 1;
        if asked > times { Outcome::Success } else { status(529, None) }
    });
    (tried.len(), end.map(|end| end.why), now - T0)
}

#[test]
fn the_only_provider_is_asked_again_when_its_rest_is_over() {
    for keys in [&[][..], &[1], &[1, 2, 3]] {
        let longest = [0, 1, 3, 7].map(secs);
        for (times, longest) in longest.into_iter().enumerate() {
            let (tried, end, took) = overloaded_for(&mut engine(vec![provider("a", keys)]), &facts(), times);
            assert_eq!((tried, end), (times + 1, None), "{keys:?}");
            assert!(took <= longest && took >= longest.mul_f64(0.75), "{keys:?}, {times} times: {took:?}");
        }
    }
}

#[test]
fn the_last_try_at_the_only_provider_is_kept_for_the_end_of_the_hold() {
    let told = overloaded_for(&mut engine(vec![provider("a", &[1])]), &facts(), 99);
    assert_eq!(told, (5, Some(Why::Overloaded), secs(28)));
}

#[test]
fn a_callers_own_login_is_asked_again_too_and_only_there() {
    let login = KeyParams { client: true, ..key(9) };
    let a = ProviderParams { keys: vec![login], ..provider("a", &[]) };
    let facts = Facts { caller_has_login: true, ..facts() };
    let all = vec![a, provider("b", &[1])];
    let (tried, end, took) = overloaded_for(&mut engine(all.clone()), &facts, 2);
    assert_eq!((tried, end), (3, None));
    assert!(took <= secs(3) && took >= secs(2), "{took:?}");
    assert_eq!(overloaded_for(&mut engine(all.clone()), &facts, 99), (5, Some(Why::Overloaded), secs(28)));
    let limited = run(&mut engine(all), &mut T0.clone(), &facts, |_| status(429, None));
    assert_eq!((limited.0.len(), limited.1.unwrap().why), (1, Why::OwnLogin), "its own limit is told");
}

#[test]
fn a_rest_that_the_provider_named_is_kept() {
    let (mut now, mut asked) = (T0, false);
    let (tried, end) = run(&mut engine(vec![provider("a", &[1])]), &mut now, &facts(), |_| {
        if std::mem::replace(&mut asked, true) { Outcome::Success } else { status(529, Some(12)) }
    });
    assert_eq!((tried.len(), end, now - T0), (2, None, secs(12)));
    let mut now = T0;
    let (tried, end) = run(&mut engine(vec![provider("a", &[1])]), &mut now, &facts(), |_| status(529, Some(60)));
    let end = end.unwrap();
    assert_eq!((tried.len(), now, end.why, end.usable_again_in), (1, T0, Why::Overloaded, Some(secs(60))));
}

#[test]
fn who_may_be_asked_once_is_asked_once() {
    let a = ProviderParams { attempts_max: 1, ..provider("a", &[1]) };
    assert_eq!(overloaded_for(&mut engine(vec![a]), &facts(), 99), (1, Some(Why::Overloaded), secs(0)));
}

#[test]
fn of_many_each_is_asked_once_before_any_is_asked_again() {
    let many = ["a", "b", "c", "d", "e", "f"].map(|name| provider(name, &[1])).to_vec();
    let mut last = [status(529, None); 6];
    last[5] = Outcome::Success;
    assert_eq!(once(&mut engine(many.clone()), &last), (vec![0, 1, 2, 3, 4, 5], None));
    let mut asked = 0;
    let (tried, end) = run(&mut engine(many), &mut T0.clone(), &facts(), |_| {
        asked += 1;
        if asked > 6 { Outcome::Success } else { status(529, None) }
    });
    let mut places: Vec<_> = tried.iter().map(|(provider, _)| *provider).collect();
    let again = places.pop().unwrap();
    assert_eq!((places, end), (vec![0, 1, 2, 3, 4, 5], None));
    assert!(again < 6);
}

#[test]
fn who_rests_is_waited_for_when_the_others_are_down() {
    let all = vec![provider("a", &[1]), provider("b", &[1])];
    let (mut now, mut asked) = (T0, false);
    let (tried, end) = run(&mut engine(all), &mut now, &facts(), |target| match target.provider {
        0 if std::mem::replace(&mut asked, true) => Outcome::Success,
        0 => status(529, None),
        _ => broken(Transport::Refused),
    });
    assert_eq!((tried, end), (vec![(0, Some(0)), (1, Some(0)), (0, Some(0))], None));
}

/// As everybody waits for the same rest, one who asks again asks for all.
#[test]
fn a_crowd_asks_an_overloaded_provider_no_more_often_than_once_each() {
    let mut engine = engine(vec![provider("a", &[1])]);
    let mut flights: Vec<_> = (0..200).map(|_| (engine.start(T0, &facts()).unwrap(), T0)).collect();
    let (first, crowd) = flights.split_first_mut().unwrap();
    assert!(matches!(engine.decide(T0, &mut first.0), Decision::Try(_)));
    engine.observe(T0, &mut first.0, &status(529, None));
    let mut asked = 0;
    while let Some((flight, next)) = crowd.iter_mut().min_by_key(|(_, next)| *next).filter(|(_, it)| *it < T0 * 2) {
        let now = *next;
        match engine.decide(now, flight) {
            Decision::Try(_) => {
                asked += 1;
                engine.observe(now, flight, &status(529, None));
            }
            Decision::Wait { until } => *next = until,
            Decision::GiveUp(_) => *next = Duration::MAX,
        }
    }
    assert!((5..=64).contains(&asked), "{asked} attempts of the 64 that may wait");
}

/// Requests that came together while everybody is overloaded for so long: when each was answered, by its number, if it was.
fn held_through(engine: &mut Engine, requests: usize, outage: Duration) -> Vec<Option<Duration>> {
    let mut flights: Vec<_> = (0..requests).map(|_| (engine.start(T0, &facts()).unwrap(), T0, false)).collect();
    let mut answered = vec![None; requests];
    while let Some(at) = (0..requests).min_by_key(|at| flights[*at].1).filter(|at| flights[*at].1 < Duration::MAX) {
        let (flight, next, asking) = &mut flights[at];
        let now = *next;
        if std::mem::take(asking) {
            let good = now >= T0 + outage;
            engine.observe(now, flight, if good { &Outcome::Success } else { &OVERLOADED });
            answered[at] = good.then(|| now - T0);
        }
        *next = match answered[at] {
            Some(_) => Duration::MAX,
            None => match engine.decide(now, flight) {
                Decision::Try(_) => {
                    *asking = true;
                    now + Duration::from_millis(10)
                }
                Decision::Wait { until } => until,
                Decision::GiveUp(_) => Duration::MAX,
            },
        };
        if *next == Duration::MAX {
            engine.land(now, flight, None);
        }
        for ticket in engine.woken() {
            let waiting = flights.iter_mut().find(|(flight, ..)| flight.ticket() == Some(ticket));
            waiting.unwrap().1 = now;
        }
    }
    answered
}

/// The budget of further attempts ends in seconds when nobody has asked lately.
#[test]
fn requests_that_are_held_are_not_given_up_because_the_budget_is_used_up() {
    for requests in [2, 6, 12, 40] {
        for seconds in [4, 12, 20] {
            let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
            let answered = held_through(&mut engine, requests, secs(seconds));
            assert!(answered.iter().all(Option::is_some), "{requests} for {seconds} s: {answered:?}");
        }
    }
}

#[test]
fn whoever_answers_again_calls_those_who_wait_for_somebody_else() {
    for requests in 2..12 {
        for seconds in [8, 10, 12] {
            let mut engine = engine(vec![provider("a", &[1]), provider("b", &[1])]);
            let answered = held_through(&mut engine, requests, secs(seconds));
            let (first, last) = (answered.iter().flatten().min(), answered.iter().flatten().max());
            let apart = last.zip(first).map(|(last, first)| *last - *first);
            assert!(apart.is_some_and(|apart| apart <= secs(1)), "{requests} for {seconds} s: {answered:?}");
        }
    }
}
