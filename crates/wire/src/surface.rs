//! Surfaces: where a cloud puts a protocol's calls, and what it wants changed about them. The protocols themselves stay
//! what they are; a surface is a path, a query and a few edits.

use std::borrow::Cow;
use std::fmt::Write as _;

pub mod azure;
pub mod bedrock;

/// `text` as one segment of a path: every byte outside `A-Z a-z 0-9 - . _ ~` is percent-encoded (RFC 3986, section 2.3).
pub fn segment(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 24);
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment_whatever_it_holds() {
        assert_eq!(segment("gpt-5.5_prod~1"), "gpt-5.5_prod~1");
        assert_eq!(segment("anthropic.claude-v1:0"), "anthropic.claude-v1%3A0");
        assert_eq!(segment("a/b?c#d%"), "a%2Fb%3Fc%23d%25");
        assert_eq!(segment("模"), "%E6%A8%A1");
    }
}
