//! `[[limit]]`, and the numbers that limit a provider, a key or a caller; `[hold]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::engine::{Allowance, Concurrent, HoldParams, LimitParams, Over};

use super::names::Names;
use super::route::conditions;
use crate::config::model::Hold;
use crate::config::problem::ConfigError;
use crate::config::reader::{Field, Section};
use crate::config::rules;

/// Spellings of `over`.
pub(crate) const OVER: [(&str, Over); 2] = [("wait", Over::Wait), ("reject", Over::Reject)];
/// Spelling of a limit that is found out.
pub(crate) const AUTO: &str = "auto";

const PLACES: RangeInclusive<i64> = 1..=100_000;
const REQUESTS: RangeInclusive<i64> = 1..=1_000_000;
const TOKENS: RangeInclusive<i64> = 1..=1_000_000_000;
/// A client that waits longer is gone.
const HOLD: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);

/// Reads every `[[limit]]`.
pub(crate) fn read<'a>(root: &Section<'a>) -> Vec<LimitParams> {
    let mut names = Names::default();
    let limit = |(index, section): (usize, Section<'a>)| {
        let when = conditions::read(section.section("match"));
        let name = names.take(&section);
        let name = name.map_or_else(|| format!("limit {}", index + 1), str::to_owned);
        let over = section.field("over").and_then(|field| field.choice(&OVER)).unwrap_or_default();
        let allowed = allowance(&section, false);
        if !["concurrent", "rpm", "tpm"].iter().any(|key| section.has(key)) {
            let error = ConfigError::new(&rules::EMPTY_LIMIT, section.path.clone(), section.place.clone());
            section.reader().error(error.with("name", name.as_str()));
        }
        section.finish();
        LimitParams::new(&name, when, allowed, over)
    };
    root.tables("limit").into_iter().enumerate().map(limit).collect()
}

/// Reads `[hold]`.
pub(crate) fn hold(root: &Section<'_>) -> Hold {
    let section = root.section("hold");
    let max = section.field("max").and_then(|field| field.duration(HOLD));
    section.finish();
    Hold { max: max.unwrap_or(HoldParams::default().max) }
}

/// `limits` of a provider.
pub(super) fn provider(section: &Section<'_>) -> Allowance {
    let table = section.section("limits");
    let allowed = allowance(&table, true);
    table.finish();
    allowed
}

/// `concurrent`, `rpm` and `tpm`; the first may be found out where `auto`.
pub(super) fn allowance(section: &Section<'_>, auto: bool) -> Allowance {
    let number = |key: &'static str, range: RangeInclusive<i64>| {
        let number = section.field(key).and_then(|field: Field<'_>| field.integer(range));
        number.and_then(|number| u64::try_from(number).ok())
    };
    Allowance {
        concurrent: section.field("concurrent").and_then(|field| concurrent(&field, auto)),
        rpm: number("rpm", REQUESTS),
        tpm: number("tpm", TOKENS),
    }
}

fn concurrent(field: &Field<'_>, auto: bool) -> Option<Concurrent> {
    if auto && field.is_text() {
        return field.choice(&[(AUTO, Concurrent::Auto)]);
    }
    let number = field.integer(PLACES)?;
    u32::try_from(number).ok().map(Concurrent::Fixed)
}
