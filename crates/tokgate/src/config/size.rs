//! Sizes as words: `64MiB`, `200kB`, `2GiB`. A bare number is refused.

const UNITS: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a size in bytes. Upper and lower case do not matter.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = text[digits..].trim_start();
    let (_, factor) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*factor)
}

/// Writes a size so that [`parse`] reads it back.
pub(crate) fn format(bytes: u64) -> String {
    let exact = UNITS.iter().find(|(_, factor)| bytes > 0 && bytes.is_multiple_of(*factor));
    let (name, factor) = exact.unwrap_or(&("B", 1));
    format!("{}{name}", bytes / factor)
}

/// Writes a size for people: `1.4 MiB`.
pub(crate) fn rounded(bytes: u64) -> String {
    let (name, factor) = if bytes >= 1 << 20 { ("MiB", 1u64 << 20) } else { ("KiB", 1 << 10) };
    let tenths = bytes.saturating_mul(10) / factor;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_bare_numbers_are_not() {
        assert_eq!(parse("64MiB"), Some(64 << 20));
        assert_eq!(parse("200kB"), Some(200_000));
        assert_eq!(parse("2 gib"), Some(2 << 30));
        for wrong in ["", "64", "MiB", "-1MiB", "1.5GiB", "64Mi", "99999999999TiB"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_size_reads_back() {
        for bytes in [0, 1, 1000, 1024, 64 << 20, 200_000, 2 << 30, 123_456_789] {
            assert_eq!(parse(&format(bytes)), Some(bytes));
        }
        assert_eq!(format(64 << 20), "64MiB");
    }
}
