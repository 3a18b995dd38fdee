//! `[failover]`: when the default profile is left for one of a lower tier, and when it is used again.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::engine::{FailoverParams, Recover};

use crate::config::reader::Section;

/// Spellings of `recover`.
pub(crate) const RECOVER: [(&str, Recover); 3] =
    [("auto", Recover::Auto), ("ask", Recover::Ask), ("never", Recover::Never)];

/// Requests in a row; beyond a thousand nothing would ever happen.
const IN_A_ROW: RangeInclusive<i64> = 1..=1_000;
const COOLDOWN: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);
const PER_HOUR: RangeInclusive<i64> = 0..=1_000;
/// Times what is left; the same price is the least that can be meant.
const DEARER: RangeInclusive<u32> = 1..=1_000;

/// Reads `[failover]`.
pub(crate) fn read(root: &Section<'_>) -> FailoverParams {
    let section = root.section("failover");
    let usual = FailoverParams::default();
    let count = |key: &'static str, range: RangeInclusive<i64>, usual: u32| {
        let count = section.field(key).and_then(|field| field.integer(range));
        count.and_then(|count| u32::try_from(count).ok()).unwrap_or(usual)
    };
    let flag = |key: &'static str, usual: bool| section.field(key).and_then(|field| field.boolean()).unwrap_or(usual);
    let failover = FailoverParams {
        auto: flag("auto", usual.auto),
        after: count("after", IN_A_ROW, usual.after),
        cooldown: section.field("cooldown").and_then(|field| field.duration(COOLDOWN)).unwrap_or(usual.cooldown),
        recover: section.field("recover").and_then(|field| field.choice(&RECOVER)).unwrap_or_default(),
        recover_after: count("recover_after", IN_A_ROW, usual.recover_after),
        max_per_hour: count("max_per_hour", PER_HOUR, usual.max_per_hour),
        confirm_above: section
            .field("confirm_above")
            .and_then(|field| field.hundredths(DEARER))
            .unwrap_or(usual.confirm_above),
        fallback: flag("fallback", usual.fallback),
    };
    section.finish();
    failover
}
