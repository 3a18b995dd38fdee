//! How long an upstream asks to wait, from every header that providers use for it. Never longer than an hour: a
//! header must not switch a key off for a year.

use std::time::Duration;

/// Longest wait that is believed.
pub const WAIT_CAP: Duration = Duration::from_secs(3600);

/// Longest header value looked at; the longest sensible one is an HTTP date of 33 characters.
const VALUE_MAX: usize = 64;

/// Anthropic's limits; each has `-remaining` and an RFC 3339 `-reset`.
const ANTHROPIC_LIMITS: [(&str, &str); 4] = [
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
];

/// OpenAI's limits; the reset is a duration such as `6m0s`.
const OPENAI_LIMITS: [(&str, &str); 2] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
];

/// A `retry-after` value: seconds, with or without a fraction, or an HTTP date. Nonsense, negative values and past
/// dates say nothing.
pub fn parse(value: &str, now_unix_s: u64) -> Option<Duration> {
    let value = trimmed(value)?;
    if let Some(wait) = number(value) {
        return seconds(wait);
    }
    until(http_date(value)?, now_unix_s)
}

/// The wait asked for by an answer's headers; `get` reads one by its lower-case name.
pub fn from_headers<'a>(get: impl Fn(&str) -> Option<&'a str>, now_unix_s: u64) -> Option<Duration> {
    let millis = get("retry-after-ms").and_then(|value| seconds(number(trimmed(value)?)? / 1000.0));
    millis
        .or_else(|| parse(get("retry-after")?, now_unix_s))
        .or_else(|| longest(&ANTHROPIC_LIMITS, &get, |value| until(rfc3339(value)?, now_unix_s)))
        .or_else(|| instant(get("anthropic-ratelimit-unified-reset")?, now_unix_s))
        .or_else(|| longest(&OPENAI_LIMITS, &get, |value| span(value).and_then(seconds)))
        .or_else(|| instant(get("x-ratelimit-reset")?, now_unix_s))
}

/// The longest reset among the limits that are used up. One that has something left did not cause the refusal.
fn longest<'a>(
    limits: &[(&str, &str)],
    get: &impl Fn(&str) -> Option<&'a str>,
    read: impl Fn(&str) -> Option<Duration>,
) -> Option<Duration> {
    let used_up = |remaining: &str| get(remaining).is_none_or(|left| left.trim() == "0");
    let resets = limits.iter().filter(|(remaining, _)| used_up(remaining)).filter_map(|(_, reset)| get(reset));
    resets.filter_map(|value| read(trimmed(value)?)).max()
}

/// A bare reset: a moment in seconds or milliseconds since 1970, or else seconds from now.
fn instant(value: &str, now_unix_s: u64) -> Option<Duration> {
    let value = trimmed(value)?;
    let Some(number) = number(value) else { return until(rfc3339(value)?, now_unix_s) };
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
    let now = now_unix_s as f64;
    match number {
        millis if millis >= 1e12 => seconds(millis / 1000.0 - now),
        moment if moment >= 1e9 => seconds(moment - now),
        wait => seconds(wait),
    }
}

fn trimmed(value: &str) -> Option<&str> {
    let value = value.trim();
    (!value.is_empty() && value.len() <= VALUE_MAX).then_some(value)
}

/// A plain decimal number: no sign, no exponent, no `inf`.
fn number(value: &str) -> Option<f64> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain { value.parse().ok() } else { None }
}

fn seconds(wait: f64) -> Option<Duration> {
    (wait >= 0.0).then(|| Duration::from_secs_f64(wait.min(WAIT_CAP.as_secs_f64())))
}

fn until(moment_unix_s: u64, now_unix_s: u64) -> Option<Duration> {
    moment_unix_s.checked_sub(now_unix_s).map(|wait| Duration::from_secs(wait).min(WAIT_CAP))
}

/// A span such as `6m0s`, `1.5s`, `20ms` or `1h2m`, in seconds.
fn span(mut value: &str) -> Option<f64> {
    let mut total = 0.0;
    while !value.is_empty() {
        let digits = value.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let (amount, rest) = value.split_at_checked(digits)?;
        let (unit, rest) = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)]
            .into_iter()
            .find_map(|(name, unit)| rest.strip_prefix(name).map(|rest| (unit, rest)))?;
        total += number(amount)? * unit;
        value = rest;
    }
    Some(total)
}

/// A date in any of the three forms HTTP allows, as seconds since 1970. The forms differ in order and separators
/// only, so the parts are told apart by their looks.
fn http_date(value: &str) -> Option<u64> {
    let (mut day, mut month, mut year, mut time) = (None, None, None, None);
    for word in value.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
        if word.contains(':') {
            time = Some(clock(word)?);
        } else if let Ok(number) = word.parse::<u64>() {
            if day.is_none() {
                day = Some(number);
            } else {
                year = Some(if word.len() == 2 { two_digit_year(number) } else { number });
            }
        } else if let Some(found) = month_number(word) {
            month = Some(found);
        }
    }
    moment(year?, month?, day?, time?)
}

/// RFC 3339, as Anthropic sends it: `2026-11-21T10:00:00Z`, with or without a fraction or an offset.
fn rfc3339(value: &str) -> Option<u64> {
    let (date, time) = value.split_once(['T', 't', ' '])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let end = time.find(['.', 'Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock_part, rest) = time.split_at_checked(end)?;
    let base = moment(year, month, day, clock(clock_part)?)?;
    let zone = rest.trim_start_matches(|char: char| char == '.' || char.is_ascii_digit());
    match zone.split_at_checked(1) {
        Some(("+", offset)) => base.checked_sub(clock(offset)?),
        Some(("-", offset)) => base.checked_add(clock(offset)?),
        Some(_) | None => Some(base),
    }
}

/// `hh:mm` or `hh:mm:ss`, in seconds.
fn clock(value: &str) -> Option<u64> {
    let mut parts = value.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    // 60: a leap second.
    (hour < 24 && minute < 60 && second <= 60).then(|| hour * 3600 + minute * 60 + second)
}

fn month_number(word: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let at = MONTHS.iter().position(|month| word.eq_ignore_ascii_case(month))?;
    u64::try_from(at + 1).ok()
}

/// The old form of HTTP dates; the years it can mean now are those of this century.
const fn two_digit_year(year: u64) -> u64 {
    2000 + year
}

/// Seconds since 1970 of a date and a time of day, UTC.
fn moment(year: u64, month: u64, day: u64, second_of_day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    // Days from 0000-03-01 to 1970-01-01.
    days.checked_sub(719_468).map(|days| days * 86_400 + second_of_day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// 2026-11-21 10:00:00 UTC.
    const NOW: u64 = 1_795_255_200;

    fn secs(seconds: u64) -> Option<Duration> {
        Some(Duration::from_secs(seconds))
    }

    #[test]
    fn seconds_floats_and_all_three_kinds_of_date_are_understood() {
        for (value, wanted) in [
            ("0", secs(0)),
            ("120", secs(120)),
            (" 7 ", secs(7)),
            ("1.5", Some(Duration::from_millis(1500))),
            ("Sat, 21 Nov 2026 10:00:30 GMT", secs(30)),
            ("Saturday, 21-Nov-26 10:00:30 GMT", secs(30)),
            ("Sat Nov 21 10:00:30 2026", secs(30)),
            ("3600", secs(3600)),
            ("1000000000", secs(3600)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", secs(3600)),
        ] {
            assert_eq!(parse(value, NOW), wanted, "{value}");
        }
    }

    #[test]
    fn nonsense_negative_values_and_past_dates_say_nothing() {
        for value in [
            "",
            " ",
            "-1",
            "soon",
            "1e9",
            "inf",
            "NaN",
            "1.2.3",
            ".",
            "+5",
            "Fri, 20 Nov 2026 10:00:30 GMT",
            "Sat, 41 Nov 2026 10:00:30 GMT",
            "Sat, 21 Nox 2026 10:00:30 GMT",
            "Sat, 21 Nov 2026 25:00:30 GMT",
            "Sat, 21 Nov 2026",
            "٣",
        ] {
            assert_eq!(parse(value, NOW), None, "{value:?}");
        }
        assert_eq!(parse(&"9".repeat(10_000), NOW), None);
    }

    fn headers<'a>(given: &'a [(&'a str, &'a str)]) -> Option<Duration> {
        from_headers(|name| given.iter().find(|(key, _)| *key == name).map(|(_, value)| *value), NOW)
    }

    #[test]
    fn the_more_exact_header_wins() {
        assert_eq!(headers(&[("retry-after-ms", "250"), ("retry-after", "9")]), Some(Duration::from_millis(250)));
        assert_eq!(headers(&[("retry-after-ms", "x"), ("retry-after", "9")]), secs(9));
        assert_eq!(headers(&[("retry-after", "9"), ("x-ratelimit-reset-requests", "1s")]), secs(9));
        assert_eq!(headers(&[("content-type", "text/html")]), None);
    }

    #[test]
    fn of_several_limits_the_one_that_is_used_up_counts() {
        let given = [
            ("anthropic-ratelimit-requests-remaining", "40"),
            ("anthropic-ratelimit-requests-reset", "2026-11-21T10:30:00Z"),
            ("anthropic-ratelimit-tokens-remaining", "0"),
            ("anthropic-ratelimit-tokens-reset", "2026-11-21T10:00:12Z"),
        ];
        assert_eq!(headers(&given), secs(12));
        let given = [
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "6m0s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "20ms"),
        ];
        assert_eq!(headers(&given), secs(360));
        assert_eq!(headers(&[("x-ratelimit-remaining-requests", "3"), ("x-ratelimit-reset-requests", "1s")]), None);
    }

    #[test]
    fn resets_in_every_notation_are_understood() {
        for value in ["2026-11-21T10:00:05Z", "2026-11-21T11:00:05+01:00", "2026-11-21T05:00:05.250-05:00"] {
            assert_eq!(headers(&[("anthropic-ratelimit-requests-reset", value)]), secs(5), "{value}");
        }
        for (value, wanted) in [("1795255205", 5), ("1795255205000", 5), ("5", 5), ("2026-11-21T10:00:05Z", 5)] {
            assert_eq!(headers(&[("x-ratelimit-reset", value)]), secs(wanted), "{value}");
        }
        assert_eq!(headers(&[("x-ratelimit-reset", "1795255100")]), None, "past");
    }

    #[test]
    fn dates_agree_with_known_moments() {
        assert_eq!(moment(1970, 1, 1, 0), Some(0));
        assert_eq!(moment(2000, 2, 29, 0), Some(951_782_400));
        assert_eq!(moment(2000, 3, 1, 0), Some(951_868_800));
        assert_eq!(moment(2026, 11, 21, 36_000), Some(NOW));
    }

    proptest! {
        #[test]
        fn no_header_value_panics_or_exceeds_the_cap(value in "\\PC{0,80}", name in 0usize..12, now in any::<u64>()) {
            let names = [
                "retry-after-ms", "retry-after", "anthropic-ratelimit-requests-reset", "x-ratelimit-reset-requests",
                "x-ratelimit-reset", "anthropic-ratelimit-unified-reset",
            ];
            let name = names[name % names.len()];
            let wait = from_headers(|asked| (asked == name).then_some(value.as_str()), now);
            prop_assert!(wait.is_none_or(|wait| wait <= WAIT_CAP));
        }

        #[test]
        fn almost_dates_and_spans_do_not_panic(value in "[0-9TZ:., mshd+-]{0,64}|[A-Za-z]{3}, [0-9]{1,4} [A-Za-z]{3} [0-9]{1,20} [0-9:]{1,20} GMT") {
            for name in ["retry-after", "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-reset"] {
                let wait = from_headers(|asked| (asked == name).then_some(value.as_str()), NOW);
                prop_assert!(wait.is_none_or(|wait| wait <= WAIT_CAP));
            }
        }

        #[test]
        fn every_second_of_a_date_is_counted(ahead in 0u64..3600) {
            let (minute, second) = (ahead / 60, ahead % 60);
            let date = format!("Sat, 21 Nov 2026 10:{minute:02}:{second:02} GMT");
            prop_assert_eq!(parse(&date, NOW), secs(ahead));
        }
    }
}
