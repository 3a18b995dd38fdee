//! `[queue]`: requests whose clients do not wait, and what is kept of those that failed.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::job::{Retries, Strategy};

use crate::config::model::Queue;
use crate::config::reader::Section;
use crate::config::{dollars, duration, rules};
use crate::i18n::config as messages;

/// Spellings of `strategy`.
pub(crate) const STRATEGIES: [(&str, Strategy); 4] = [
    ("exponential", Strategy::Exponential),
    ("fixed", Strategy::Fixed),
    ("immediate", Strategy::Immediate),
    ("manual", Strategy::Manual),
];

/// Spellings of `keep_bodies`.
pub(crate) const KEEP_BODIES: [(&str, bool); 2] = [("off", false), ("encrypted", true)];

const DAY: Duration = Duration::from_secs(86_400);
/// Each job has a row in memory; more than this is a work queue, which this is not.
const MAX: RangeInclusive<i64> = 1..=100_000;
/// As many as a provider may be asked at once.
const AT_ONCE: RangeInclusive<i64> = 1..=64;
const FIRST: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const LONGEST: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
/// Times the pause before; the same pause again is the least.
const FACTOR: RangeInclusive<u32> = 1..=100;
const TRIES: RangeInclusive<i64> = 1..=100;
/// A job that nobody has an answer to after a day is one that nobody waits for.
const DEADLINE: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const MAX_SIZE: RangeInclusive<u64> = (1 << 20)..=(1 << 40);
const KEEP: RangeInclusive<Duration> = Duration::from_secs(60)..=DAY.saturating_mul(365);
/// US dollars.
const COST: RangeInclusive<u32> = 0..=1_000_000;

/// Says what cannot be meant.
fn remark(section: &Section<'_>, queue: &Queue) {
    let note = |key: &'static str, code, message| section.field(key).map(|field| field.note(code, message));
    if queue.retries.first > queue.retries.longest
        && let Some(note) = note("first", rules::FIRST_BEYOND_LONGEST, &messages::FIRST_BEYOND_LONGEST)
    {
        section.reader().note(note.with("longest", duration::format(queue.retries.longest)));
    }
    if (1..queue.cost_per_job).contains(&queue.cost_per_day)
        && let Some(note) = note("cost_per_day", rules::DAY_BELOW_JOB, &messages::DAY_BELOW_JOB)
    {
        section.reader().note(note.with("job", dollars::format(queue.cost_per_job)));
    }
}

/// Reads `[queue]`.
pub(crate) fn read(root: &Section<'_>) -> Queue {
    let section = root.section("queue");
    let usual = Queue::default();
    let count = |key: &'static str, range: RangeInclusive<i64>, usual: usize| {
        let count = section.field(key).and_then(|field| field.integer(range));
        count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usual)
    };
    let flag = |key: &'static str, usual: bool| section.field(key).and_then(|field| field.boolean()).unwrap_or(usual);
    let lasts = |key: &'static str, range: RangeInclusive<Duration>, usual: Duration| {
        section.field(key).and_then(|field| field.duration(range)).unwrap_or(usual)
    };
    let dollars =
        |key: &'static str, usual: u64| section.field(key).and_then(|field| field.dollars(COST)).unwrap_or(usual);
    let retries = Retries {
        strategy: section.field("strategy").and_then(|field| field.choice(&STRATEGIES)).unwrap_or_default(),
        first: lasts("first", FIRST, usual.retries.first),
        factor: section.field("factor").and_then(|field| field.hundredths(FACTOR)).unwrap_or(usual.retries.factor),
        longest: lasts("longest", LONGEST, usual.retries.longest),
    };
    let queue = Queue {
        jobs: flag("jobs", usual.jobs),
        max: count("max", MAX, usual.max),
        at_once: count("at_once", AT_ONCE, usual.at_once),
        retries,
        tries: u32::try_from(count("tries", TRIES, usual.tries as usize)).unwrap_or(usual.tries),
        deadline: lasts("deadline", DEADLINE, usual.deadline),
        at_least_once: flag("at_least_once", usual.at_least_once),
        cost_per_job: dollars("cost_per_job", usual.cost_per_job),
        cost_per_day: dollars("cost_per_day", usual.cost_per_day),
        rescue: flag("rescue", usual.rescue),
        keep_bodies: section
            .field("keep_bodies")
            .and_then(|field| field.choice(&KEEP_BODIES))
            .unwrap_or(usual.keep_bodies),
        max_size: section.field("max_size").and_then(|field| field.size(MAX_SIZE)).unwrap_or(usual.max_size),
        keep: lasts("keep", KEEP, usual.keep),
        keep_read: lasts("keep_read", KEEP, usual.keep_read),
    };
    remark(&section, &queue);
    section.finish();
    queue
}
