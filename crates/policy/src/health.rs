//! How well each provider has answered lately, in numbers for people: nothing is decided by them. What real requests have
//! shown and what probes have shown are kept apart.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::classify::Row;
use crate::memory::Calendar;

/// An answer this long ago weighs half.
const HALF_LIFE: Duration = Duration::from_secs(120);
/// Fewer answers say nothing.
pub(crate) const EVENTS_MIN: u32 = 5;
/// A new latency weighs this much of the mean.
const LATENCY_WEIGHT: f64 = 0.2;
/// Seconds; a longer mean is not believed after a restart.
const LATENCY_MAX: f64 = 3_600.0;
/// Hours of which answers are counted: what "lately" means.
const HOURS_MAX: usize = 24;
/// Days of which answers are counted.
const DAYS_MAX: usize = 90;
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// What a probe has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// A connection stands, after so long.
    Reached(Duration),
    /// A question that costs nothing was answered, after so long, with this key.
    Answered(Duration, Option<u64>),
    /// A message was answered, after so long, with this key.
    Completed(Duration, Option<u64>),
    /// A message was not, although a connection stands: so long after it was asked.
    Unanswered(Duration, Row),
    /// The key, by its id, was refused.
    Rejected(u64),
    /// It went wrong.
    Failed(Row),
}

/// Answers of one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    start: Duration,
    good: u32,
    bad: u32,
    failure: Option<Row>,
}

impl Bucket {
    fn export(&self, calendar: &Calendar) -> Stretch {
        let failure = self.failure.map(|row| row.id().to_owned());
        Stretch { start_ms: calendar.date(self.start), good: self.good, bad: self.bad, failure }
    }

    fn restore(calendar: &Calendar, kept: &Stretch) -> Self {
        let start = calendar.moment(kept.start_ms).min(calendar.now);
        Self { start, good: kept.good, bad: kept.bad, failure: kept.failure.as_deref().and_then(Row::from_id) }
    }
}

/// Answers of one stretch of time, as they are shown and kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stretch {
    /// Its beginning, milliseconds since the Unix epoch.
    pub start_ms: u64,
    /// Answers that were good.
    pub good: u32,
    /// Those that were not.
    pub bad: u32,
    /// Row of the last failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What is kept of one provider over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthMemory {
    /// See [`crate::engine::ProviderParams::identity`].
    pub identity: u64,
    /// Since when it is missing from the configuration, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<u64>,
    /// Hours, oldest first.
    pub hours: Vec<Stretch>,
    /// Days, oldest first.
    pub days: Vec<Stretch>,
}

/// What changes with each answer of one provider, kept each second where [`HealthMemory`] is kept seldom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LatelyMemory {
    /// See [`crate::engine::ProviderParams::identity`].
    pub identity: u64,
    /// Good answers and all answers, as they weighed with the last one.
    pub weights: (f64, f64),
    /// When that was.
    pub at: u64,
    /// Answers in all.
    pub events: u32,
    /// Failures in a row.
    #[serde(skip_serializing_if = "is_zero")]
    pub failures_in_a_row: u32,
    /// Mean time to the first event, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<f64>,
    /// The present hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hour: Option<Stretch>,
    /// The present day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Stretch>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a provider has answered, for people and programs that look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthSnapshot {
    /// 0–100; nothing before there were five answers.
    pub score: Option<u8>,
    /// Answers in the last day.
    pub answers: u32,
    /// Of them, those that were good.
    pub good: u32,
    /// Failures in a row.
    pub failures_in_a_row: u32,
    /// Mean time to the first event, milliseconds.
    pub latency_ms: Option<u64>,
    /// Milliseconds since the last answer, good or bad.
    pub last_used_ago_ms: Option<u64>,
    /// Milliseconds since it last refused a request for what is in it, which counts as neither.
    #[serde(default)]
    pub refused_ago_ms: Option<u64>,
    /// How long the last connection of a probe took, milliseconds.
    pub reach_ms: Option<u64>,
    /// Row of what went wrong with the last probe, when it did.
    pub probe_failure: Option<String>,
    /// Milliseconds since the last probe.
    pub probe_ago_ms: Option<u64>,
    /// Milliseconds since it last answered with the key: a request, a message, or a question that costs nothing.
    pub answer_ago_ms: Option<u64>,
    /// Milliseconds since it last answered a message: a request's or a probe's.
    #[serde(default)]
    pub completion_ago_ms: Option<u64>,
    /// Attempts that failed since then.
    #[serde(default)]
    pub failed_since: u32,
    /// Row of what went wrong with the last message of a probe, when nothing was answered since.
    #[serde(default)]
    pub message_failure: Option<String>,
}

/// The numbers of one provider.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health {
    /// Good answers and all answers, each halved with every [`HALF_LIFE`].
    good: f64,
    all: f64,
    at: Duration,
    events: u32,
    failures_in_a_row: u32,
    latency: Option<f64>,
    refused: Option<Duration>,
    hours: VecDeque<Bucket>,
    days: VecDeque<Bucket>,
    probed: Option<(Duration, Result<Duration, Row>)>,
    probe_answered: Option<Duration>,
    /// The last message of a probe, and what went wrong with it.
    message: Option<(Duration, Option<Row>)>,
    message_answered: Option<Duration>,
    /// No probe before then.
    pub(crate) next_probe: Duration,
}

/// What the score needs besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// `closed`, `open`, `half-open` or `slow-start`.
    pub(crate) breaker: &'static str,
    /// Keys that may not be used now, of all.
    pub(crate) shut_keys: (usize, usize),
    /// The shortest mean latency of all providers, seconds.
    pub(crate) best_latency: Option<f64>,
}

impl Health {
    /// The first event came after so long.
    pub(crate) fn began(&mut self, latency: Duration) {
        let seconds = latency.as_secs_f64();
        let mean = self.latency.unwrap_or(seconds);
        self.latency = Some(mean + (seconds - mean) * LATENCY_WEIGHT);
    }

    pub(crate) fn succeeded(&mut self, now: Duration) {
        self.count(now, None);
        self.failures_in_a_row = 0;
    }

    pub(crate) fn failed(&mut self, now: Duration, row: Row) {
        self.count(now, Some(row));
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
    }

    /// Failures since the last success.
    pub(crate) const fn failures_in_a_row(&self) -> u32 {
        self.failures_in_a_row
    }

    /// A request was refused for what is in it.
    pub(crate) fn refused(&mut self, now: Duration) {
        self.refused = Some(now);
    }

    /// Takes note of a probe.
    pub(crate) fn probed(&mut self, now: Duration, probe: Probe) {
        let result = match probe {
            Probe::Reached(took)
            | Probe::Answered(took, _)
            | Probe::Completed(took, _)
            | Probe::Unanswered(took, _) => Ok(took),
            Probe::Rejected(_) => Err(Row::KeyRejected),
            Probe::Failed(row) => Err(row),
        };
        match probe {
            Probe::Answered(..) => self.probe_answered = Some(now),
            Probe::Completed(..) => {
                (self.probe_answered, self.message_answered, self.message) = (Some(now), Some(now), Some((now, None)));
            }
            Probe::Unanswered(_, row) => self.message = Some((now, Some(row))),
            Probe::Reached(_) | Probe::Rejected(_) | Probe::Failed(_) => {}
        }
        self.probed = Some((now, result));
    }

    /// When it was last probed.
    pub(crate) fn last_probe(&self) -> Option<Duration> {
        self.probed.map(|(at, _)| at)
    }

    /// When a message of a probe was last asked.
    pub(crate) fn last_message(&self) -> Option<Duration> {
        self.message.map(|(at, _)| at)
    }

    pub(crate) fn latency(&self) -> Option<f64> {
        self.latency
    }

    fn count(&mut self, now: Duration, failure: Option<Row>) {
        let decay = decay(now.saturating_sub(self.at));
        let good = failure.is_none();
        (self.good, self.all) = (self.good * decay + f64::from(u8::from(good)), self.all * decay + 1.0);
        self.at = now;
        self.events = self.events.saturating_add(1);
        add(&mut self.hours, now, HOUR, HOURS_MAX, failure);
        add(&mut self.days, now, DAY, DAYS_MAX, failure);
    }

    /// 60 for success lately, 25 for beginning as soon as the best, 15 for keys that may be used.
    fn score(&self, standing: &Standing) -> Option<u8> {
        if self.events < EVENTS_MIN {
            return None;
        }
        let success = if self.all > 0.0 { self.good / self.all } else { 0.0 };
        let speed = match (standing.best_latency, self.latency) {
            (Some(best), Some(own)) if own > 0.0 => (best / own).min(1.0),
            _ => 1.0,
        };
        let (shut, keys) = standing.shut_keys;
        let usable = if keys == 0 { 1.0 } else { 1.0 - shut as f64 / keys as f64 };
        let most = match standing.breaker {
            "open" => 0.0,
            "half-open" => 40.0,
            _ => 100.0,
        };
        let score = (60.0 * success + 25.0 * speed + 15.0 * usable).clamp(0.0, most);
        Some(score.round() as u8)
    }

    pub(crate) fn snapshot(
        &self,
        now: Duration,
        last_success: Option<Duration>,
        standing: &Standing,
    ) -> HealthSnapshot {
        let lately = self.hours.iter().filter(|bucket| bucket.start + DAY > now);
        let (good, bad) = lately.fold((0u32, 0u32), |(good, bad), bucket| {
            (good.saturating_add(bucket.good), bad.saturating_add(bucket.bad))
        });
        let ago = |at: Duration| crate::explain::millis(now.saturating_sub(at));
        let reach = self.probed.and_then(|(_, result)| result.ok());
        let completed = last_success.max(self.message_answered);
        let unanswered = self.message.filter(|(at, _)| completed.is_none_or(|completed| completed < *at));
        let answered_since = self.message_answered.is_some_and(|at| at > self.at);
        HealthSnapshot {
            score: self.score(standing),
            answers: good.saturating_add(bad),
            good,
            failures_in_a_row: self.failures_in_a_row,
            latency_ms: self.latency.map(|seconds| crate::explain::millis(Duration::from_secs_f64(seconds))),
            last_used_ago_ms: (self.events > 0).then(|| ago(self.at)),
            refused_ago_ms: self.refused.map(ago),
            reach_ms: reach.map(crate::explain::millis),
            probe_failure: self.probed.and_then(|(_, result)| result.err()).map(|row| row.id().to_owned()),
            probe_ago_ms: self.last_probe().map(ago),
            answer_ago_ms: last_success.max(self.probe_answered).map(ago),
            completion_ago_ms: completed.map(ago),
            failed_since: if answered_since { 0 } else { self.failures_in_a_row },
            message_failure: unanswered.and_then(|(_, failure)| failure).map(|row| row.id().to_owned()),
        }
    }

    /// What changes with each answer; nothing of one that has not answered.
    pub(crate) fn export_lately(&self, calendar: &Calendar, identity: u64) -> Option<LatelyMemory> {
        (self.events > 0).then(|| LatelyMemory {
            identity,
            weights: (self.good, self.all),
            at: calendar.date(self.at),
            events: self.events,
            failures_in_a_row: self.failures_in_a_row,
            latency: self.latency,
            hour: self.hours.back().map(|bucket| bucket.export(calendar)),
            day: self.days.back().map(|bucket| bucket.export(calendar)),
        })
    }

    /// Takes over what was kept of that, after what is kept seldom.
    pub(crate) fn restore_lately(&mut self, calendar: &Calendar, kept: &LatelyMemory) {
        let weight = |weight: f64| if weight.is_finite() { weight.max(0.0) } else { 0.0 };
        let (good, all) = kept.weights;
        (self.all, self.good) = (weight(all), weight(good).min(weight(all)));
        self.at = calendar.moment(kept.at).min(calendar.now);
        self.events = kept.events;
        self.failures_in_a_row = kept.failures_in_a_row;
        self.latency = kept.latency.filter(|seconds| (0.0..LATENCY_MAX).contains(seconds));
        for (buckets, last, most) in [(&mut self.hours, &kept.hour, HOURS_MAX), (&mut self.days, &kept.day, DAYS_MAX)] {
            let Some(last) = last.as_ref().map(|last| Bucket::restore(calendar, last)) else { continue };
            // The same one, counted further; or one that has begun since.
            if buckets.back().is_some_and(|known| known.start >= last.start) {
                buckets.pop_back();
            }
            buckets.push_back(last);
            if buckets.len() > most {
                buckets.pop_front();
            }
        }
    }

    pub(crate) fn export(&self, calendar: &Calendar, identity: u64) -> HealthMemory {
        let all = |buckets: &VecDeque<Bucket>| buckets.iter().map(|bucket| bucket.export(calendar)).collect();
        HealthMemory { identity, gone: None, hours: all(&self.hours), days: all(&self.days) }
    }

    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &HealthMemory) {
        let newest = |kept: &[Stretch], most: usize| {
            let newest = kept.iter().skip(kept.len().saturating_sub(most));
            newest.map(|stretch| Bucket::restore(calendar, stretch)).collect::<VecDeque<_>>()
        };
        (self.hours, self.days) = (newest(&kept.hours, HOURS_MAX), newest(&kept.days, DAYS_MAX));
    }
}

fn decay(age: Duration) -> f64 {
    (-age.as_secs_f64() / HALF_LIFE.as_secs_f64()).exp2().max(f64::MIN_POSITIVE)
}

/// Counts into the bucket of now; one begins with its first answer.
fn add(buckets: &mut VecDeque<Bucket>, now: Duration, length: Duration, most: usize, failure: Option<Row>) {
    if buckets.back().is_none_or(|bucket| bucket.start + length <= now) {
        buckets.push_back(Bucket { start: now, good: 0, bad: 0, failure: None });
        while buckets.len() > most {
            buckets.pop_front();
        }
    }
    let Some(bucket) = buckets.back_mut() else { return };
    match failure {
        None => bucket.good = bucket.good.saturating_add(1),
        Some(row) => {
            bucket.bad = bucket.bad.saturating_add(1);
            bucket.failure = Some(row);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    const GOOD: Standing = Standing { breaker: "closed", shut_keys: (0, 1), best_latency: None };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(100_000 + seconds)
    }

    #[test]
    fn what_changes_with_each_answer_outlives_a_kill_between_two_writings_of_the_whole() {
        let calendar = |seconds: u64| Calendar { now: at(seconds), unix_ms: 1_000_000_000 + seconds * 1_000 };
        let mut health = answered(5, 0);
        health.began(Duration::from_millis(250));
        let seldom = health.export(&calendar(1), 7);
        (0..3).for_each(|_| health.failed(at(2), Row::Refused));
        let lately = health.export_lately(&calendar(2), 7).expect("it has answered");

        let mut again = Health::default();
        again.restore(&calendar(5), &seldom);
        again.restore_lately(&calendar(5), &lately);
        let shown = |health: &Health| health.snapshot(at(5), None, &GOOD);
        assert_eq!(shown(&again), shown(&health));
        assert_eq!((shown(&again).answers, shown(&again).failures_in_a_row), (8, 3));
        assert_eq!(again.export(&calendar(5), 7), health.export(&calendar(5), 7));
        // Without the whole, at least this hour is there; nonsense is not believed.
        let mut alone = Health::default();
        let odd = LatelyMemory { weights: (f64::INFINITY, -1.0), latency: Some(-3.0), ..lately };
        alone.restore_lately(&calendar(5), &odd);
        assert_eq!((shown(&alone).answers, shown(&alone).latency_ms), (8, None));
        assert_eq!(Health::default().export_lately(&calendar(5), 7), None);
    }

    fn answered(good: u32, bad: u32) -> Health {
        let mut health = Health::default();
        (0..good).for_each(|_| health.succeeded(at(0)));
        (0..bad).for_each(|_| health.failed(at(0), Row::ServerError));
        health
    }

    #[test]
    fn four_answers_make_no_score_and_five_good_ones_the_best() {
        assert_eq!(answered(4, 0).score(&GOOD), None);
        assert_eq!(answered(5, 0).score(&GOOD), Some(100));
        assert_eq!(answered(0, 5).score(&GOOD), Some(40));
        assert_eq!(answered(3, 3).score(&GOOD), Some(70));
    }

    #[test]
    fn slowness_shut_keys_and_the_breaker_lower_the_score() {
        let mut health = answered(5, 0);
        health.began(Duration::from_secs(2));
        let score = |standing| health.score(&standing);
        assert_eq!(score(Standing { best_latency: Some(1.0), ..GOOD }), Some(88));
        assert_eq!(score(Standing { shut_keys: (1, 2), ..GOOD }), Some(93));
        assert_eq!(score(Standing { breaker: "half-open", ..GOOD }), Some(40));
        assert_eq!(score(Standing { breaker: "open", ..GOOD }), Some(0));
    }

    #[test]
    fn an_old_failure_weighs_less_than_a_new_success_and_silence_changes_nothing() {
        let mut health = answered(0, 5);
        health.succeeded(at(240));
        let score = health.score(&GOOD);
        assert_eq!(score, Some(67), "5 failures at a quarter against 1 success");
        assert_eq!(health.snapshot(at(9_000), None, &GOOD).score, score);
        health.succeeded(at(10_000_000));
        assert_eq!(health.score(&GOOD), Some(100));
    }

    #[test]
    fn hours_and_days_are_counted_apart_and_bounded() {
        let mut health = Health::default();
        for hour in 0..24 * 100 {
            health.succeeded(at(hour * 3_600));
        }
        assert_eq!((health.hours.len(), health.days.len()), (HOURS_MAX, DAYS_MAX));
        let lately = health.snapshot(at(24 * 100 * 3_600), None, &GOOD);
        assert!((23..=24).contains(&lately.answers), "{lately:?}");
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let health = answered(3, 1);
        let before = Calendar { now: at(10), unix_ms: 5_000_000_000 };
        let after = Calendar { now: at(9_999_999), unix_ms: 5_000_060_000 };
        let mut again = Health::default();
        again.restore(&after, &health.export(&before, 7));
        let shown = again.snapshot(after.now, None, &GOOD);
        assert_eq!((shown.answers, shown.good, shown.score), (4, 3, None));
        assert_eq!(again.export(&after, 7), health.export(&before, 7));
    }

    #[test]
    fn a_probe_is_no_answer_to_a_request() {
        let mut health = Health::default();
        health.probed(at(1), Probe::Reached(Duration::from_millis(61)));
        let shown = health.snapshot(at(21), None, &GOOD);
        assert_eq!((shown.reach_ms, shown.probe_ago_ms, shown.answers), (Some(61), Some(20_000), 0));
        assert_eq!((shown.answer_ago_ms, shown.last_used_ago_ms), (None, None));
        health.probed(at(30), Probe::Failed(Row::Refused));
        let shown = health.snapshot(at(30), Some(at(2)), &GOOD);
        assert_eq!((shown.reach_ms, shown.probe_failure.as_deref()), (None, Some("refused")));
        assert_eq!(shown.answer_ago_ms, Some(28_000));
    }

    #[test]
    fn a_list_of_models_is_no_answer_to_a_message() {
        let mut health = answered(1, 0);
        health.failed(at(10), Row::ServerError);
        health.failed(at(10), Row::ServerError);
        health.probed(at(20), Probe::Answered(Duration::from_millis(9), None));
        let shown = health.snapshot(at(20), Some(at(0)), &GOOD);
        assert_eq!((shown.answer_ago_ms, shown.completion_ago_ms, shown.failed_since), (Some(0), Some(20_000), 2));
    }

    #[test]
    fn a_message_that_is_refused_was_reached_and_one_that_is_answered_ends_what_failed_before() {
        let mut health = answered(0, 3);
        health.probed(at(20), Probe::Unanswered(Duration::from_millis(9), Row::RateLimited));
        let shown = health.snapshot(at(20), None, &GOOD);
        assert_eq!((shown.reach_ms, shown.probe_failure.as_deref()), (Some(9), None));
        assert_eq!((shown.completion_ago_ms, shown.failed_since), (None, 3));
        assert_eq!(shown.message_failure.as_deref(), Some(Row::RateLimited.id()));
        assert_eq!(health.snapshot(at(30), Some(at(25)), &GOOD).message_failure, None, "a request was answered since");
        health.probed(at(40), Probe::Completed(Duration::from_millis(9), None));
        let shown = health.snapshot(at(50), None, &GOOD);
        assert_eq!((shown.completion_ago_ms, shown.failed_since), (Some(10_000), 0));
        assert_eq!((shown.message_failure, shown.answers), (None, 3), "what requests have shown is kept apart");
        health.failed(at(60), Row::ServerError);
        assert_eq!(health.snapshot(at(60), None, &GOOD).failed_since, 4);
    }
}
