//! `[log]`

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::model::{Log, LogFormat, LogKeep, LogLevel, Retention};
use crate::config::reader::{Field, Section};
use crate::config::{duration, rules};

/// Spellings of `log.level`.
pub(crate) const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];
/// Spellings of `log.format`.
pub(crate) const FORMATS: [(&str, LogFormat); 2] = [("pretty", LogFormat::Pretty), ("json", LogFormat::Json)];

const DAY: Duration = Duration::from_secs(86_400);
const KEEP_DEFAULT: LogKeep = LogKeep { requests: Retention::Age(DAY.saturating_mul(400)), max_size: 2 << 30 };
/// From one hour to ten years.
const AGE: RangeInclusive<Duration> = Duration::from_secs(3600)..=DAY.saturating_mul(3650);
const COUNT: RangeInclusive<i64> = 1..=1_000_000_000;
/// Below 16 MiB the database could not hold a day of work.
const MAX_SIZE: RangeInclusive<u64> = (16 << 20)..=(1 << 40);

/// Reads `[log]`.
pub(crate) fn read(root: &Section<'_>) -> Log {
    let section = root.section("log");
    let keep = section.section("keep");
    let log = Log {
        level: section.field("level").and_then(|field| field.choice(&LEVELS)).unwrap_or_default(),
        format: section.field("format").and_then(|field| field.choice(&FORMATS)).unwrap_or_default(),
        access_log: section.field("access_log").and_then(|field| field.boolean()).unwrap_or(true),
        keep: LogKeep {
            requests: keep.field("requests").and_then(|field| retention(&field)).unwrap_or(KEEP_DEFAULT.requests),
            max_size: keep.field("max_size").and_then(|field| field.size(MAX_SIZE)).unwrap_or(KEEP_DEFAULT.max_size),
        },
    };
    keep.finish();
    section.finish();
    log
}

/// `"400d"`, or a count: `10000`, `"10000"`.
fn retention(field: &Field<'_>) -> Option<Retention> {
    if field.is_integer() {
        return field.integer(COUNT).and_then(|count| u64::try_from(count).ok()).map(Retention::Count);
    }
    let text = field.raw_text()?.trim();
    if duration::parse(text).is_some() || text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return field.duration(AGE).map(Retention::Age);
    }
    match text.parse::<i64>() {
        Ok(count) if COUNT.contains(&count) => u64::try_from(count).ok().map(Retention::Count),
        _ => {
            let error = field.error(&rules::OUT_OF_RANGE);
            field.reader().error(error.with("least", COUNT.start().to_string()).with("most", COUNT.end().to_string()));
            None
        }
    }
}
