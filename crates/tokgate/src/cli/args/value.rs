//! Values that are more than text.

use std::time::Duration;

use crate::store::query::StatusFilter;

/// `90s`, `30min`, `1h`, `7d`, `500ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or("unit")?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err("unit".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "number")?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "range".to_owned())
}

/// As [`duration`], but more than none: for what lasts so long.
pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|time| if time.is_zero() { Err("range".to_owned()) } else { Ok(time) })
}

/// `429`, `5xx`, `error`.
pub(super) fn status(text: &str) -> Result<StatusFilter, String> {
    if text.eq_ignore_ascii_case("error") {
        return Ok(StatusFilter::Error);
    }
    let lower = text.to_ascii_lowercase();
    if let Some(class) = lower.strip_suffix("xx") {
        return class
            .parse()
            .ok()
            .filter(|class| (1..=5).contains(class))
            .map(StatusFilter::Class)
            .ok_or("class".into());
    }
    lower.parse().ok().filter(|status| (100..600).contains(status)).map(StatusFilter::Exact).ok_or("status".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_statuses_are_read_or_refused() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * 86_400)));
        for bad in ["", "10", "s", "1y", "-1s", "1e999d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(some_time("1ms"), Ok(Duration::from_millis(1)));
        assert!(some_time("0s").is_err(), "what lasts no time is no switch");
        assert_eq!(status("5xx"), Ok(StatusFilter::Class(5)));
        assert_eq!(status("429"), Ok(StatusFilter::Exact(429)));
        assert_eq!(status("Error"), Ok(StatusFilter::Error));
        for bad in ["9xx", "42", "ok", "xx"] {
            assert!(status(bad).is_err(), "{bad}");
        }
    }
}
