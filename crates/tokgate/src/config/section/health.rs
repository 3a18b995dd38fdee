//! `[health]`: looking at providers without asking them for anything.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::probe::EVERY_MIN;

use crate::config::model::{Health, ProbeKind};
use crate::config::reader::Section;

/// Spellings of `probe`.
pub(crate) const PROBES: [(&str, ProbeKind); 2] = [("models", ProbeKind::Models), ("passive", ProbeKind::Passive)];

const DAY: Duration = Duration::from_secs(86_400);
const EVERY: RangeInclusive<Duration> = EVERY_MIN..=DAY;
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);
const QUIET: RangeInclusive<Duration> = Duration::from_secs(60)..=DAY;

/// Reads `[health]`.
pub(crate) fn read(root: &Section<'_>) -> Health {
    let section = root.section("health");
    let usual = Health::default();
    let lasts = |key: &'static str, range: RangeInclusive<Duration>, usual: Duration| {
        section.field(key).and_then(|field| field.duration(range)).unwrap_or(usual)
    };
    let health = Health {
        enabled: section.field("enabled").and_then(|field| field.boolean()).unwrap_or(usual.enabled),
        every: lasts("every", EVERY, usual.every),
        timeout: lasts("timeout", TIMEOUT, usual.timeout),
        probe: section.field("probe").and_then(|field| field.choice(&PROBES)).unwrap_or_default(),
        quiet_when_idle: lasts("quiet_when_idle", QUIET, usual.quiet_when_idle),
    };
    section.finish();
    health
}
