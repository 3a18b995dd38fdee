//! denied: a request for which the gateway had no place, in words; and how much of a limit is left, in the headers that
//! the caller's SDK reads.

use std::ffi::OsStr;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokgate_policy::engine::{Denial, GaugeSnapshot, GiveUp};
use tokgate_wire::error::Kind;
use tokgate_wire::protocol::Protocol;

use super::respond::{Problem, Retry};
use crate::cli::output::quoted;
use crate::clock;
use crate::i18n::{Text, proxy as text};

/// Wait named when nobody knows when a place will be free.
const AGAIN_UNKNOWN: Duration = Duration::from_secs(5);

/// The error for a request that got no place.
pub fn problem(denial: &Denial, give_up: &GiveUp, protocol: Protocol) -> Problem {
    let again = give_up.usable_again_in.unwrap_or(AGAIN_UNKNOWN);
    let limited =
        |code, text| Problem { retry: Retry::After(again), ..Problem::request(code, Kind::RateLimited, 429, text) };
    match denial {
        Denial::LineFull { waiting } => limited("TG328", Text::new(&text::LINE_FULL).with("waiting", waiting)),
        Denial::NoPlace => limited("TG328", Text::new(&text::NO_PLACE)),
        Denial::Limit { name, gauge } => {
            let allowed = allowed(gauge);
            let quoted = quoted(OsStr::new(&**name));
            let text =
                Text::new(&text::OVER_LIMIT).with("name", name).with_words("allowed", allowed).with("quoted", quoted);
            Problem { headers: headers(gauge, protocol), ..limited("TG329", text) }
        }
    }
}

/// `4 at once, 30 requests a minute`
fn allowed(gauge: &GaugeSnapshot) -> Text {
    let places = gauge.concurrent.map(|count| Text::new(&text::ALLOWED_CONCURRENT).with("count", count));
    let requests = gauge.rpm.map(|(count, _)| Text::new(&text::ALLOWED_RPM).with("count", count));
    let tokens = gauge.tpm.map(|(count, _)| Text::new(&text::ALLOWED_TPM).with("count", count));
    let each = [places, requests, tokens].into_iter().flatten();
    let and = |one, two| Text::new(&text::ALLOWED_AND).with_words("one", one).with_words("two", two);
    each.reduce(and).unwrap_or_else(|| Text::verbatim(""))
}

/// What is allowed, left, and when all of it is there again. Anthropic names a moment, OpenAI a span.
fn headers(gauge: &GaugeSnapshot, protocol: Protocol) -> Vec<(HeaderName, HeaderValue)> {
    let full_in = Duration::from_millis(gauge.full_in_ms.unwrap_or_default());
    let (names, reset): ([[&'static str; 3]; 2], String) = match protocol {
        Protocol::Anthropic => (ANTHROPIC, rfc3339(clock::unix_ms() / 1_000 + full_in.as_secs() + 1)),
        Protocol::OpenaiChat | Protocol::OpenaiResponses => (OPENAI, format!("{}s", full_in.as_secs() + 1)),
    };
    let both = names.into_iter().zip([gauge.rpm, gauge.tpm]);
    let each = both.filter_map(|(names, amount)| Some((names, amount?)));
    each.flat_map(|([limit, remaining, at], (allowed, left))| {
        let values = [(limit, allowed.to_string()), (remaining, left.to_string()), (at, reset.clone())];
        values
            .into_iter()
            .filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?)))
    })
    .collect()
}

/// Requests, then tokens.
const ANTHROPIC: [[&str; 3]; 2] = [
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
    ["anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
];
const OPENAI: [[&str; 3]; 2] = [
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
];

/// `2026-11-28T09:05:00Z`
fn rfc3339(unix: u64) -> String {
    let seconds = i64::try_from(unix).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
