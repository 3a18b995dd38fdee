//! Binary data inside JSON: base64 as clients write it, in either alphabet, padded or not, with or without line ends.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Bits left over at the end are nobody's business.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// All of it; `None` when it is not base64.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let codes: Option<Vec<u8>> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').map(code).collect();
    decode(codes?)
}

/// What its first `max` characters hold, as they stand between quotes; what is no code ends it.
pub(crate) fn beginning(text: &str, max: usize) -> Vec<u8> {
    // A solidus may be escaped in JSON.
    let codes = text.bytes().take(max).filter(|byte| *byte != b'\\').map_while(code).collect();
    decode(codes).unwrap_or_default()
}

/// The character in the standard alphabet.
fn code(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => Some(byte),
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        _ => None,
    }
}

fn decode(mut codes: Vec<u8>) -> Option<Vec<u8>> {
    // Six bits are not a byte yet.
    if codes.len() % 4 == 1 {
        codes.pop();
    }
    ENGINE.decode(codes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_padding_and_line_ends_are_read() {
        for text in ["/+8=", "/+8", "_-8", "/+\n8=\n"] {
            assert_eq!(bytes(text).as_deref(), Some([0xff, 0xef].as_slice()), "{text:?}");
        }
        assert_eq!(bytes(""), Some(Vec::new()));
        assert_eq!(bytes("aGk!"), None);
    }

    #[test]
    fn a_beginning_ends_at_its_length_or_at_what_is_no_code() {
        assert_eq!(beginning("aGVsbG8=", 4), b"hel");
        assert_eq!(beginning("aGVsbG8=", 6), b"hell");
        assert_eq!(beginning("aGVsb\"G8", 64), b"hel");
        assert_eq!(beginning(r"\/\/\/\/", 64), [0xff, 0xff, 0xff]);
        assert_eq!(beginning("!", 64), b"");
    }
}
