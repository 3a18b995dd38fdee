//! Durations as words: `500ms`, `90s`, `5m`, `1h30m`, `400d`.
//!
//! A bare number is refused, since nobody agrees on its unit.

use std::time::Duration;

/// Units from long to short, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration. Each unit at most once, longer ones first, whole numbers only.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut next_unit = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let after = &rest[digits..];
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = UNITS.iter().position(|(name, _)| *name == &after[..letters])?;
        if unit < next_unit {
            return None;
        }
        next_unit = unit + 1;
        total = total.checked_add(number.checked_mul(UNITS[unit].1)?)?;
        rest = &after[letters..];
    }
    Some(Duration::from_millis(total))
}

/// Writes a duration so that [`parse`] reads it back: the fewest words.
pub(crate) fn format(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // The longest unit that divides it: 90s stays 90s, 600s becomes 10m.
    if let Some((name, factor)) = UNITS.iter().find(|(_, factor)| left > 0 && left.is_multiple_of(*factor)) {
        return format!("{}{name}", left / factor);
    }
    let mut out = String::new();
    for (name, factor) in UNITS {
        if left >= factor {
            out.push_str(&format!("{}{name}", left / factor));
            left %= factor;
        }
    }
    if out.is_empty() { "0s".to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_anything_else_is_not() {
        assert_eq!(parse("90s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse(" 2m "), Some(Duration::from_secs(120)));
        for wrong in
            ["", "90", "s", "5 minutes", "1s1h", "1s1s", "-1s", "1.5s", "99999999999999999999d", "213503982335d", "1с"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_duration_reads_back() {
        for milliseconds in [0, 1, 999, 1000, 90_000, 90_001, 600_000, 5_400_000, 34_560_000_000] {
            let duration = Duration::from_millis(milliseconds);
            assert_eq!(parse(&format(duration)), Some(duration), "{}", format(duration));
        }
        assert_eq!(format(Duration::from_secs(90)), "90s");
        assert_eq!(format(Duration::from_secs(600)), "10m");
    }
}
