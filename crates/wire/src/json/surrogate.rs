//! Halves of surrogate pairs in `\u` escapes. JSON lets one half stand alone; no text does, so every program makes
//! something else of it.

use memchr::memmem;

/// Where the first escape stands that is half a pair without its other half, in bytes.
pub(crate) fn lone(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut paired = 0;
    memmem::find_iter(bytes, b"\\u").find(|at| {
        if *at < paired || !is_escape(bytes, *at) {
            return false;
        }
        match unit(bytes, *at) {
            Some(0xd800..=0xdbff) => match unit(bytes, at + 6) {
                Some(0xdc00..=0xdfff) => {
                    paired = at + 12;
                    false
                }
                _ => true,
            },
            Some(0xdc00..=0xdfff) => true,
            _ => false,
        }
    })
}

/// Whether the backslash at `at` begins an escape, and is not the second one of `\\`.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    before.iter().rev().take_while(|byte| **byte == b'\\').count().is_multiple_of(2)
}

/// The UTF-16 unit of the escape at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::lone;

    #[test]
    fn half_a_surrogate_pair_is_found_and_a_whole_one_is_not() {
        assert_eq!(lone(r#"{"a":"\ud83d\ude00"}"#), None);
        assert_eq!(lone(r#"{"a":"\uD83D\uDE00 \u00e9"}"#), None);
        assert_eq!(lone(r#"{"a":"\ud83d"}"#), Some(6));
        assert_eq!(lone(r#"{"a":"x\ude00\ud83d"}"#), Some(7));
        assert_eq!(lone(r#"{"a":"\ud83d\ud83d\ude00"}"#), Some(6));
        assert_eq!(lone(r#"{"a":"\ud83d\n"}"#), Some(6));
        assert_eq!(lone(r#"{"a":"\\ud83d"}"#), None);
        assert_eq!(lone(r#"{"a":"\\\ud83d"}"#), Some(8));
        assert_eq!(lone(r#"{"a":"\u12"}"#), None);
    }
}
