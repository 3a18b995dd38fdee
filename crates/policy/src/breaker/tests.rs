#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

const MODEL: u64 = 7;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A breaker, its clock and its chance.
struct Bench {
    breaker: Breaker,
    jitter: Jitter,
    now: Duration,
}

impl Bench {
    fn new() -> Self {
        Self { breaker: Breaker::new(0, BreakerParams::default()), jitter: Jitter::new(1), now: secs(1_000) }
    }

    fn fail(&mut self, weight: Weight) {
        let epoch = self.breaker.begin(self.now);
        self.breaker.failed(self.now, epoch, MODEL, weight, None, &mut self.jitter);
    }

    fn succeed(&mut self) {
        let epoch = self.breaker.begin(self.now);
        self.breaker.succeeded(self.now, epoch, MODEL);
    }

    fn name(&self) -> &'static str {
        self.breaker.standing(self.now).name
    }

    /// Opens it by hard failures and says for how long.
    fn trip(&mut self) -> Duration {
        (0..BreakerParams::default().failures).for_each(|_| self.fail(Weight::Hard));
        self.left()
    }

    fn left(&self) -> Duration {
        match self.breaker.gate(self.now) {
            Gate::Shut { until } => until - self.now,
            Gate::Pass => Duration::ZERO,
        }
    }

    /// Goes on to the moment when it may be tried again.
    fn wait(&mut self) {
        self.now += self.left();
    }
}

#[test]
fn a_wait_that_was_asked_for_is_kept_whatever_is_said_after_and_ends_with_a_success() {
    let mut bench = Bench::new();
    let fail = |bench: &mut Bench, asked: Option<u64>| {
        let epoch = bench.breaker.begin(bench.now);
        let asked = asked.map(secs);
        bench.breaker.failed(bench.now, epoch, MODEL, Weight::Hard, asked, &mut bench.jitter);
    };
    fail(&mut bench, Some(60));
    fail(&mut bench, None);
    fail(&mut bench, None);
    assert_eq!(bench.left(), secs(60), "the first of three named it");
    bench.now += secs(1);
    fail(&mut bench, Some(100));
    assert_eq!(bench.left(), secs(100), "it was tried all the same, and asked for more");
    bench.wait();
    bench.succeed();
    assert_eq!(bench.breaker.asked(bench.now), None);
    let mut other = Bench::new();
    fail(&mut other, Some(60));
    other.succeed();
    assert!(other.trip() < secs(10), "it has answered since");
}

#[test]
fn what_no_second_try_can_mend_opens_it_at_once_and_for_the_longest_time() {
    let mut bench = Bench::new();
    bench.fail(Weight::All);
    assert!(bench.name() == "open" && bench.left() >= secs(240), "{:?}", bench.left());
    bench.breaker.reached(bench.now);
    assert_eq!(bench.name(), "half-open", "a probe got there");
    bench.fail(Weight::Hard);
    assert!(bench.left() <= secs(12), "the next time is as long as it would have been: {:?}", bench.left());
}

#[test]
fn three_hard_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
    let mut bench = Bench::new();
    bench.fail(Weight::Hard);
    bench.fail(Weight::Hard);
    bench.succeed();
    bench.fail(Weight::Hard);
    bench.fail(Weight::Hard);
    assert_eq!(bench.name(), "closed");
    bench.fail(Weight::Hard);
    assert_eq!(bench.name(), "open");
}

#[test]
fn soft_failures_open_it_by_their_share_alone_and_failures_of_nobody_never_do() {
    let mut bench = Bench::new();
    (0..100).for_each(|_| bench.fail(Weight::None));
    (0..4).for_each(|_| bench.succeed());
    (0..4).for_each(|_| bench.fail(Weight::Soft));
    assert_eq!(bench.name(), "closed", "half of eight is not less than half");
    bench.fail(Weight::Soft);
    assert_eq!(bench.name(), "open");
}

#[test]
fn seven_results_say_nothing_and_old_ones_are_forgotten() {
    let mut bench = Bench::new();
    (0..7).for_each(|_| bench.fail(Weight::Soft));
    assert_eq!(bench.name(), "closed");
    bench.now += secs(66);
    (0..7).for_each(|_| bench.fail(Weight::Soft));
    assert_eq!(bench.name(), "closed");
}

#[test]
fn a_broken_model_is_counted_apart_from_a_good_one() {
    let mut bench = Bench::new();
    for _ in 0..20 {
        bench.succeed();
    }
    for _ in 0..8 {
        let epoch = bench.breaker.begin(bench.now);
        bench.breaker.failed(bench.now, epoch, MODEL + 1, Weight::Soft, None, &mut bench.jitter);
    }
    assert_eq!(bench.name(), "open", "the good model's successes hide nothing");
}

#[test]
fn each_opening_is_twice_as_long_until_the_cap() {
    let mut bench = Bench::new();
    for wanted in [5, 10, 20, 40, 80, 160, 300, 300] {
        let length = if wanted == 5 { bench.trip() } else { bench.left() };
        let wanted = secs(wanted);
        assert!(length >= wanted.mul_f64(0.8) && length <= wanted.mul_f64(1.2), "{length:?}, not about {wanted:?}");
        bench.wait();
        bench.fail(Weight::Soft);
    }
}

#[test]
fn peace_makes_the_next_opening_shorter() {
    let mut bench = Bench::new();
    bench.trip();
    for _ in 0..2 {
        bench.wait();
        bench.fail(Weight::Hard);
    }
    bench.wait();
    bench.succeed();
    bench.succeed();
    bench.now += secs(3_000);
    assert!(bench.trip() <= secs(6));
}

#[test]
fn it_is_not_tried_before_the_moment_that_the_provider_named() {
    let mut bench = Bench::new();
    for _ in 0..BreakerParams::default().failures {
        let epoch = bench.breaker.begin(bench.now);
        bench.breaker.failed(bench.now, epoch, MODEL, Weight::Hard, Some(secs(40)), &mut bench.jitter);
    }
    assert_eq!(bench.left(), secs(40));
}

#[test]
fn one_request_at_a_time_tests_it_and_two_successes_close_it() {
    let mut bench = Bench::new();
    bench.trip();
    bench.wait();
    let epoch = bench.breaker.begin(bench.now);
    assert_eq!(bench.breaker.gate(bench.now), Gate::Shut { until: bench.now + TEST_POLL });
    bench.breaker.succeeded(bench.now, epoch, MODEL);
    assert_eq!((bench.name(), bench.breaker.gate(bench.now)), ("half-open", Gate::Pass));
    bench.succeed();
    assert_eq!(bench.name(), "slow-start");
    bench.now += BreakerParams::default().slow_start;
    assert_eq!(bench.name(), "closed");
}

#[test]
fn a_test_that_the_client_broke_off_makes_room_for_the_next() {
    let mut bench = Bench::new();
    bench.trip();
    bench.wait();
    let epoch = bench.breaker.begin(bench.now);
    bench.breaker.released(epoch);
    assert_eq!(bench.breaker.gate(bench.now), Gate::Pass);
}

#[test]
fn on_probation_one_hard_failure_opens_it_longer() {
    let mut bench = Bench::new();
    bench.trip();
    bench.wait();
    bench.succeed();
    bench.succeed();
    bench.fail(Weight::Soft);
    assert_eq!(bench.name(), "slow-start");
    bench.fail(Weight::Hard);
    assert!(bench.left() >= secs(8), "{:?}", bench.left());
}

#[test]
fn results_of_attempts_that_began_before_it_opened_change_nothing() {
    let mut bench = Bench::new();
    let old = bench.breaker.begin(bench.now);
    bench.trip();
    bench.breaker.succeeded(bench.now, old, MODEL);
    assert_eq!(bench.name(), "open");
    bench.wait();
    bench.succeed();
    bench.breaker.failed(bench.now, old, MODEL, Weight::Hard, None, &mut bench.jitter);
    assert_eq!(bench.name(), "half-open");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    End { result: u8, which: usize },
    Later(u64),
}

#[test]
fn a_wait_asked_for_when_the_opening_was_over_makes_old_news_of_what_began_before_it() {
    let mut bench = Bench::new();
    let left = bench.trip();
    let epochs = [bench.breaker.begin(bench.now), bench.breaker.begin(bench.now)];
    bench.now += left;
    assert_eq!(bench.name(), "half-open");
    bench.breaker.failed(bench.now, epochs[0], MODEL, Weight::Soft, Some(secs(30)), &mut bench.jitter);
    assert_eq!((bench.name(), bench.left()), ("open", secs(30)));
    bench.breaker.succeeded(bench.now, epochs[1], MODEL);
    assert_eq!((bench.name(), bench.left()), ("open", secs(30)));
    bench.succeed();
    assert_eq!(bench.name(), "half-open", "who is tried all the same since then shows that it works");
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Begin),
        (0..4u8, 0..8usize).prop_map(|(result, which)| Step::End { result, which }),
        (0..90u64).prop_map(Step::Later),
    ]
}

proptest! {
    /// Whatever happens: it opens for a bounded time only, and once that is over one request gets through.
    #[test]
    fn it_never_stays_shut(steps in prop::collection::vec(step(), 1..200)) {
        let mut bench = Bench::new();
        let mut running = Vec::new();
        for step in steps {
            match step {
                Step::Begin if bench.breaker.gate(bench.now) == Gate::Pass => running.push(bench.breaker.begin(bench.now)),
                Step::End { result, which } if which < running.len() => {
                    let epoch = running.swap_remove(which);
                    match result {
                        0 => bench.breaker.succeeded(bench.now, epoch, MODEL),
                        1 => bench.breaker.released(epoch),
                        2 => bench.breaker.failed(bench.now, epoch, MODEL, Weight::Soft, None, &mut bench.jitter),
                        _ => bench.breaker.failed(bench.now, epoch, MODEL, Weight::Hard, None, &mut bench.jitter),
                    }
                }
                Step::Later(seconds) => bench.now += secs(seconds),
                Step::Begin | Step::End { .. } => {}
            }
            prop_assert!(bench.left() <= BreakerParams::default().open_max.mul_f64(1.2));
        }
        for epoch in running {
            bench.breaker.released(epoch);
        }
        bench.wait();
        prop_assert_eq!(bench.breaker.gate(bench.now), Gate::Pass);
    }
}

/// A hundred callers at every millisecond, and a provider that answers at once.
#[test]
fn those_who_waited_do_not_arrive_together() {
    let mut bench = Bench::new();
    bench.trip();
    bench.wait();
    let mut arrived = Vec::new();
    for _ in 0..2_000 {
        let passing = (0..100).filter(|_| bench.left().is_zero() && (bench.succeed(), true).1).count();
        arrived.push(passing);
        bench.now += Duration::from_millis(1);
    }
    assert!(arrived[..100].iter().sum::<usize>() <= 5, "{:?}", &arrived[..100]);
    assert!(arrived[1_500..].iter().all(|passing| *passing == 100), "it is used in full again");
}

#[test]
fn a_breaker_goes_by_its_configuration_and_keeps_how_it_stands_when_that_changes() {
    let mut bench = Bench::new();
    let strict = BreakerParams { failures: 1, tests: 1, open: secs(2), open_max: secs(2), ..BreakerParams::default() };
    bench.breaker.adopt(strict);
    bench.fail(Weight::Hard);
    let left = bench.left();
    assert!(left >= secs(2).mul_f64(0.8) && left <= secs(2).mul_f64(1.2), "{left:?}");
    bench.breaker.adopt(BreakerParams::default());
    assert_eq!(bench.left(), left);
    bench.breaker.adopt(strict);
    bench.wait();
    bench.succeed();
    assert_eq!(bench.name(), "slow-start", "one test is enough");
    let never = BreakerParams { success_percent: 0, failures: 1_000, ..strict };
    let mut bench = Bench::new();
    bench.breaker.adopt(never);
    (0..100).for_each(|_| bench.fail(Weight::Soft));
    assert_eq!(bench.name(), "closed", "no ratio is below nothing");
}
