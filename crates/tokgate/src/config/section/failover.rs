//! `[failover]`: which failures go to the next provider and what that may cost, when a provider is left alone, when the
//! default profile is left for one of a lower tier, and when it is used again.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::engine::{
    BreakerParams, Budgets, Elsewhere, FailoverParams, Families, Family, Recover, SWITCHES_PER_HOUR_MAX, Terms,
};

use crate::config::problem::Place;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::config as messages;

/// Spellings of `recover`.
pub(crate) const RECOVER: [(&str, Recover); 3] =
    [("auto", Recover::Auto), ("ask", Recover::Ask), ("never", Recover::Never)];

/// Requests in a row; beyond a thousand nothing would ever happen.
const IN_A_ROW: RangeInclusive<i64> = 1..=1_000;
const COOLDOWN: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const PER_HOUR: RangeInclusive<i64> = 0..=SWITCHES_PER_HOUR_MAX as i64;
/// Times what is left; the same price is the least that can be meant.
const DEARER: RangeInclusive<u32> = 1..=1_000;
/// Of a hundred.
const PERCENT: RangeInclusive<i64> = 0..=100;
/// Further attempts a minute, however few requests there are.
const PER_MINUTE: RangeInclusive<i64> = 0..=100_000;
/// Shorter than this, leaving a provider alone changes nothing.
const SHORTEST: Duration = Duration::from_millis(100);
const DAY: Duration = Duration::from_secs(86_400);
/// One request at a time tests a provider: with more of them it would hardly come back.
const TESTS: RangeInclusive<i64> = 1..=20;

/// Everything in `[failover]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failover {
    pub(crate) params: FailoverParams,
    pub(crate) budgets: Budgets,
    pub(crate) breaker: BreakerParams,
}

/// Reads `[failover]`.
pub(crate) fn read(root: &Section<'_>) -> Failover {
    let section = root.section("failover");
    let usual = FailoverParams::default();
    let flag = |key: &'static str, usual: bool| section.field(key).and_then(|field| field.boolean()).unwrap_or(usual);
    let params = FailoverParams {
        auto: flag("auto", usual.auto),
        after: count(&section, "after", IN_A_ROW, usual.after),
        cooldown: section.field("cooldown").and_then(|field| field.duration(COOLDOWN)).unwrap_or(usual.cooldown),
        recover: section.field("recover").and_then(|field| field.choice(&RECOVER)).unwrap_or_default(),
        recover_after: count(&section, "recover_after", IN_A_ROW, usual.recover_after),
        max_per_hour: count(&section, "max_per_hour", PER_HOUR, usual.max_per_hour),
        confirm_above: section
            .field("confirm_above")
            .and_then(|field| field.hundredths(DEARER))
            .unwrap_or(usual.confirm_above),
        fallback: flag("fallback", usual.fallback),
        elsewhere: elsewhere(&section),
    };
    let (budgets, breaker) = (budgets(section.section("budget")), breaker(section.section("breaker")));
    section.finish();
    Failover { params, budgets, breaker }
}

/// `provider.NAME.max_failures`
pub(super) fn max_failures(section: &Section<'_>) -> Option<u32> {
    section.field("max_failures").and_then(|field| field.integer(IN_A_ROW)).and_then(|count| u32::try_from(count).ok())
}

fn count(section: &Section<'_>, key: &'static str, range: RangeInclusive<i64>, usual: u32) -> u32 {
    let count = section.field(key).and_then(|field| field.integer(range));
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(usual)
}

/// `on` and `not_on`. What never goes elsewhere may be named in `not_on`, where it says what is so; in `on` it would
/// promise what cannot be.
fn elsewhere(section: &Section<'_>) -> Elsewhere {
    let mut named: Vec<(Family, Place)> = Vec::new();
    let mut read = |key: &'static str| {
        let mut families = Families::default();
        let field = section.field(key)?;
        let texts = field.texts()?;
        if key == "on" && texts.is_empty() {
            field.reader().note(field.note(rules::NOTHING_ELSEWHERE, &messages::NOTHING_ELSEWHERE));
        }
        for (text, item) in texts {
            if key == "on" && never_elsewhere().any(|(word, _)| word == text) {
                item.refuse(&rules::NEVER_ELSEWHERE);
                continue;
            }
            let more = never_elsewhere().filter(|_| key != "on");
            let words: Vec<_> = anywhere().chain(more).collect();
            if let Some(Some(family)) = item.choice(&words) {
                families = families.with(family);
                note_twice(&mut named, family, &item);
            }
        }
        Some(families)
    };
    let on = read("on");
    Elsewhere { on, not_on: read("not_on").unwrap_or_default() }
}

/// A failure cannot both go elsewhere and not.
fn note_twice(named: &mut Vec<(Family, Place)>, family: Family, item: &Field<'_>) {
    match named.iter().find(|(known, _)| *known == family) {
        Some((_, first)) => item.reader().error(item.error(&rules::LISTED_TWICE).and(first.clone())),
        None => named.push((family, item.place().clone())),
    }
}

/// A word of the two lists; without a family it says what is so anyway.
type Word = (&'static str, Option<Family>);

/// What goes to the next provider, unless told otherwise.
fn anywhere() -> impl Iterator<Item = Word> {
    Family::ALL.iter().filter(|family| family.goes_anywhere()).map(|family| (family.id(), Some(*family)))
}

/// What never does, or only to one that takes more.
fn never_elsewhere() -> impl Iterator<Item = Word> {
    let larger = Family::ALL.iter().filter(|family| !family.goes_anywhere()).map(|family| (family.id(), Some(*family)));
    larger.chain(Family::NEVER_ELSEWHERE.iter().map(|word| (*word, None)))
}

fn budgets(section: Section<'_>) -> Budgets {
    let terms = |percent: &'static str, floor: &'static str, usual: Terms, of: fn(u32, u32) -> Terms| {
        let percent = count(&section, percent, PERCENT, usual.percent);
        of(percent, count(&section, floor, PER_MINUTE, usual.floor))
    };
    let usual = Budgets::default();
    let retry = terms("retry", "retry_per_minute", usual.retry, Terms::retry);
    let failover = terms("elsewhere", "elsewhere_per_minute", usual.failover, Terms::failover);
    section.finish();
    Budgets { retry, failover }
}

fn breaker(section: Section<'_>) -> BreakerParams {
    let usual = BreakerParams::default();
    let duration =
        |key: &'static str, range: RangeInclusive<Duration>| section.field(key).and_then(|field| field.duration(range));
    let open = duration("open", SHORTEST..=DAY).unwrap_or(usual.open);
    let breaker = BreakerParams {
        failures: count(&section, "failures", IN_A_ROW, usual.failures),
        samples: count(&section, "samples", IN_A_ROW, usual.samples),
        success_percent: count(&section, "success", PERCENT, usual.success_percent),
        open,
        // Never shorter than the first: it grows.
        open_max: duration("open_max", open..=DAY).unwrap_or(usual.open_max.max(open)),
        tests: count(&section, "tests", TESTS, usual.tests),
        slow_start: duration("slow_start", SHORTEST..=DAY).unwrap_or(usual.slow_start),
    };
    section.finish();
    breaker
}
