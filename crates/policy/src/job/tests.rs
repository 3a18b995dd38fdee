#![allow(clippy::unwrap_used, reason = "tests")]
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::Strategy as _;

use super::{Ending, Job, Moved, Priority, Retries, Settled, State, Strategy, Terms, next};

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const TERMS: Terms = Terms {
    retries: Retries { strategy: Strategy::Exponential, first: s(5), factor: 200, longest: s(300) },
    tries: 8,
    at_least_once: false,
};

fn job() -> Job {
    Job::accepted(s(1_000), s(3_600), TERMS)
}

#[test]
fn pauses_double_from_five_seconds_to_five_minutes() {
    let pauses: Vec<u64> = (1..=8).map(|tries| TERMS.retries.pause(tries, None).unwrap().as_secs()).collect();
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
}

#[test]
fn a_provider_that_names_a_longer_pause_gets_it() {
    for strategy in [Strategy::Exponential, Strategy::Fixed, Strategy::Immediate] {
        let retries = Retries { strategy, ..TERMS.retries };
        assert_eq!(retries.pause(1, Some(s(600))), Some(s(600)));
    }
    assert_eq!(Retries { strategy: Strategy::Fixed, ..TERMS.retries }.pause(5, None), Some(s(5)));
    assert_eq!(Retries { strategy: Strategy::Immediate, ..TERMS.retries }.pause(5, None), Some(s(0)));
}

#[test]
fn with_manual_retries_only_a_person_goes_on() {
    let mut job =
        Job { terms: Terms { retries: Retries { strategy: Strategy::Manual, ..TERMS.retries }, ..TERMS }, ..job() };
    job.begin(s(1_000)).unwrap();
    job.ended(s(1_001), Ending::Failed(None)).unwrap();
    assert_eq!((job.state, job.due(), job.wakes()), (State::Waiting(None), None, Some(job.deadline)));
    job.retry(s(1_500)).unwrap();
    assert_eq!((job.state, job.tries, job.deadline), (State::Accepted, 0, s(5_100)));
}

#[test]
fn a_crash_during_a_try_is_not_repeated_unless_it_was_agreed() {
    let mut once = job();
    once.crashed();
    assert_eq!(once.state, State::Accepted, "nothing had been sent");
    once.begin(s(1_000)).unwrap();
    once.crashed();
    assert_eq!(once.state, State::Settled(Settled::Unknown));
    let mut again = Job { terms: Terms { at_least_once: true, ..TERMS }, ..job() };
    again.begin(s(1_000)).unwrap();
    again.crashed();
    assert_eq!((again.state, again.tries), (State::Accepted, 1));
}

#[test]
fn crashes_cannot_repeat_a_job_for_ever() {
    let mut job = Job { terms: Terms { at_least_once: true, ..TERMS }, ..job() };
    for _ in 0..8 {
        job.begin(s(1_000)).unwrap();
        job.crashed();
    }
    assert_eq!(job.state, State::Settled(Settled::Unknown));
}

#[test]
fn a_try_that_asked_nobody_does_not_count() {
    let mut job = job();
    job.begin(s(1_000)).unwrap();
    job.ended(s(1_001), Ending::Unasked).unwrap();
    assert_eq!((job.state, job.tries), (State::Accepted, 0));
}

#[test]
fn the_last_error_is_kept_rather_than_a_wait_that_ends_too_late() {
    let mut job = job();
    job.begin(s(1_000)).unwrap();
    job.ended(s(1_001), Ending::Failed(Some(s(7_200)))).unwrap();
    assert_eq!(job.state, State::Settled(Settled::Failed));
}

#[test]
fn a_job_whose_time_is_over_is_not_begun() {
    let mut job = job();
    assert_eq!(job.begin(s(4_600)), Err(Moved));
    assert_eq!(job.state, State::Settled(Settled::Expired));
}

#[test]
fn what_is_over_stays_over_and_an_answer_is_not_asked_for_again() {
    let mut job = job();
    job.begin(s(1_000)).unwrap();
    job.ended(s(1_001), Ending::Answered).unwrap();
    assert_eq!((job.cancel(), job.retry(s(1_002))), (Err(Moved), Err(Moved)));
    assert_eq!(job.state, State::Settled(Settled::Done));
}

#[test]
fn urgent_jobs_come_first_and_then_the_one_that_is_due_longest() {
    let old = Job { accepted: s(10), ..job() };
    let waiting = Job { state: State::Waiting(Some(s(2_000))), ..job() };
    let jobs = [(1, Priority::Normal, &job()), (2, Priority::Normal, &old), (3, Priority::High, &waiting)];
    assert_eq!(next(jobs.into_iter(), s(1_500)), (Some(2), Some(s(2_000))));
    assert_eq!(next(jobs.into_iter(), s(2_000)), (Some(3), None));
}

#[test]
fn every_name_reads_back() {
    let settled = Settled::ALL.map(State::Settled);
    for state in settled.into_iter().chain([State::Accepted, State::Running, State::Waiting(Some(s(1)))]) {
        assert_eq!(State::from_id(state.id(), Some(s(1))), Some(state));
    }
    assert_eq!(State::from_id("later", None), None);
    for strategy in Strategy::ALL {
        assert_eq!(Strategy::from_id(strategy.id()), Some(strategy));
    }
    for priority in Priority::ALL {
        assert_eq!(Priority::from_id(&priority.id().to_ascii_uppercase()), Some(priority));
    }
}

/// What can happen to a job.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    Ended(Ending),
    Crash,
    Cancel,
    Look,
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<(u64, Step)>> {
    let ending = prop_oneof![
        Just(Ending::Answered),
        Just(Ending::Refused),
        (0_u64..400).prop_map(|asked| Ending::Failed(Some(s(asked)))),
        Just(Ending::Failed(None)),
        Just(Ending::Unasked),
        Just(Ending::Interrupted),
        Just(Ending::OutOfTime),
    ];
    let step = prop_oneof![
        4 => Just(Step::Begin),
        4 => ending.prop_map(Step::Ended),
        1 => Just(Step::Crash),
        1 => Just(Step::Cancel),
        1 => Just(Step::Look),
    ];
    prop::collection::vec((0_u64..600, step), 0..60)
}

proptest! {
    #[test]
    fn no_history_breaks_the_terms(steps in steps(), at_least_once in any::<bool>()) {
        let mut job = Job { terms: Terms { at_least_once, ..TERMS }, ..job() };
        let mut now = s(1_000);
        let mut maybe_answered = 0;
        for (later, step) in steps {
            now += s(later);
            let before = job;
            match step {
                Step::Begin => {
                    let begun = job.begin(now).is_ok();
                    prop_assert!(!begun || before.due().is_some_and(|due| due <= now), "begun before it was due");
                    prop_assert!(!begun || now < job.deadline, "begun after its time");
                }
                Step::Ended(ending) => {
                    let ended = job.ended(now, ending);
                    prop_assert_eq!(ended.is_ok(), before.state == State::Running);
                    if let (Ok(()), Ending::Failed(asked), State::Waiting(Some(until))) = (ended, ending, job.state) {
                        prop_assert!(until >= now + asked.unwrap_or_default(), "sooner than the provider allows");
                    }
                    maybe_answered += u32::from(ended.is_ok() && ending == Ending::Interrupted);
                }
                Step::Crash => {
                    maybe_answered += u32::from(job.state == State::Running);
                    job.crashed();
                }
                Step::Cancel => { let _ = job.cancel(); }
                Step::Look => { job.look(now); }
            }
            prop_assert!(job.tries <= job.terms.tries);
            prop_assert!(!before.is_settled() || job == before, "what is over changed");
            if maybe_answered > 0 && !at_least_once {
                prop_assert!(job.is_settled(), "may have been answered, and goes on");
            }
        }
    }
}

#[test]
fn a_job_that_is_put_off_waits_or_fails_when_that_is_too_late_for_it() {
    let mut waits = job();
    assert!(waits.put_off(s(1_000), s(2_000)) && waits.state == State::Waiting(Some(s(2_000))));
    assert!(!waits.put_off(s(1_500), s(3_000)), "it is not due");
    assert!(waits.take_up() && waits.due() == Some(waits.accepted));
    assert!(!waits.take_up());
    let mut late = job();
    assert!(late.put_off(s(1_000), s(4_600)) && late.state == State::Settled(Settled::Failed));
    assert!(!late.put_off(s(1_000), s(2_000)) && !late.take_up());
}
