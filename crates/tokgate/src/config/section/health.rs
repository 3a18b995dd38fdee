//! `[health]`: looking at providers.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_policy::probe::EVERY_MIN;

use crate::config::model::{Health, ProbeKind};
use crate::config::reader::{Field, Section};
use crate::config::rules;

/// Spellings of `probe`.
pub(crate) const PROBES: [(&str, ProbeKind); 3] =
    [("models", ProbeKind::Models), ("passive", ProbeKind::Passive), ("message", ProbeKind::Message)];

const DAY: Duration = Duration::from_secs(86_400);
const EVERY: RangeInclusive<Duration> = EVERY_MIN..=DAY;
const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(60);
/// Millionths of a US dollar: more than a thousand dollars a day are no probes.
const BUDGET_MAX: u64 = 1_000_000_000;
/// Millionths have so many decimals.
const DECIMALS: usize = 6;
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
        probe_budget: section.field("probe_budget").and_then(|field| budget(&field)).unwrap_or(usual.probe_budget),
        quiet_when_idle: lasts("quiet_when_idle", QUIET, usual.quiet_when_idle),
    };
    section.finish();
    health
}

/// `"0.02/day"`, in millionths of a US dollar.
fn budget(field: &Field<'_>) -> Option<u64> {
    let micros = field.raw_text().map(|text| amount(text.trim()).filter(|micros| *micros <= BUDGET_MAX));
    if micros == Some(None) {
        field.refuse(&rules::BAD_BUDGET);
    }
    micros.flatten()
}

fn amount(text: &str) -> Option<u64> {
    let amount = text.strip_suffix("/day")?.trim_end();
    let (whole, part) = amount.split_once('.').unwrap_or((amount, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > DECIMALS {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<DECIMALS$}").parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)
}

/// The same as it is written.
pub(crate) fn budget_text(micros: u64) -> String {
    let (whole, part) = (micros / 1_000_000, format!("{:06}", micros % 1_000_000));
    let part = part.trim_end_matches('0');
    format!("{whole}.{part:0<2}/day")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_an_amount_a_day_and_nothing_else() {
        for (text, micros) in
            [("0.02/day", 20_000), ("1/day", 1_000_000), ("0/day", 0), ("0.000001/day", 1), ("0.5 /day", 500_000)]
        {
            assert_eq!(amount(text), Some(micros), "{text}");
        }
        for text in [
            "0.02",
            "-1/day",
            "/day",
            "./day",
            "1./day",
            "1e9/day",
            "0.0000001/day",
            "1/week",
            "99999999999999999999/day",
            "nan/day",
            "$1/day",
            "",
        ] {
            assert_eq!(amount(text), None, "{text}");
        }
        for micros in [0, 1, 20_000, 500_000, 1_000_000, 12_340_001] {
            assert_eq!(amount(&budget_text(micros)), Some(micros));
        }
        assert_eq!(budget_text(20_000), "0.02/day");
    }
}
