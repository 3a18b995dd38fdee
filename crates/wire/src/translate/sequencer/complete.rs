//! Whether arguments that come in pieces are a complete JSON value.

use crate::json::Text;

/// Follows brackets and strings. What it calls complete is, if it is JSON at all. A bare number or word never is: more
/// of it may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Complete {
    /// Nothing but blanks yet.
    Before,
    /// Inside, so many brackets deep.
    Inside { depth: u32 },
    /// In a string.
    String { depth: u32 },
    /// In a string, behind a backslash.
    Escape { depth: u32 },
    /// It has ended.
    After,
}

impl Complete {
    pub(super) const fn new() -> Self {
        Self::Before
    }

    pub(super) const fn is_complete(self) -> bool {
        matches!(self, Self::After)
    }

    pub(super) fn push(&mut self, text: &Text<'_>) {
        match text {
            Text::Plain(plain) => plain.bytes().for_each(|byte| self.byte(byte)),
            Text::Json(escaped) => self.escaped(escaped.as_bytes()),
        }
    }

    /// Arguments are JSON inside a JSON string, so each quote comes with a backslash of the outer one.
    fn escaped(&mut self, mut bytes: &[u8]) {
        while let Some((byte, rest)) = bytes.split_first() {
            let (byte, length) = if *byte == b'\\' { outer_escape(rest) } else { (*byte, 0) };
            self.byte(byte);
            bytes = rest.get(length..).unwrap_or_default();
        }
    }

    const fn byte(&mut self, byte: u8) {
        *self = match (*self, byte) {
            (Self::Before, b' ' | b'\t' | b'\n' | b'\r') => Self::Before,
            (Self::Before, b'{' | b'[') => Self::Inside { depth: 1 },
            (Self::Before, b'"') => Self::String { depth: 0 },
            (Self::Before, _) => Self::Inside { depth: 0 },
            (Self::Inside { depth }, b'{' | b'[') => Self::Inside { depth: depth.saturating_add(1) },
            (Self::Inside { depth: 1 }, b'}' | b']') => Self::After,
            (Self::Inside { depth }, b'}' | b']') => Self::Inside { depth: depth.saturating_sub(1) },
            (Self::Inside { depth }, b'"') => Self::String { depth },
            (Self::String { depth }, b'\\') => Self::Escape { depth },
            (Self::String { depth: 0 }, b'"') => Self::After,
            (Self::String { depth }, b'"') => Self::Inside { depth },
            (Self::Escape { depth }, _) => Self::String { depth },
            (same, _) => same,
        };
    }
}

/// The character behind a backslash, as far as it matters to JSON, and how many bytes it takes.
fn outer_escape(rest: &[u8]) -> (u8, usize) {
    match rest.first() {
        Some(b'u') => {
            let hex = rest.get(1..5).and_then(|hex| std::str::from_utf8(hex).ok());
            let unit = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok());
            (unit.and_then(|unit| u8::try_from(unit).ok()).filter(u8::is_ascii).unwrap_or(b'x'), 5)
        }
        Some(b'n' | b't' | b'r') => (b' ', 1),
        Some(b'b' | b'f') => (b'x', 1),
        Some(other) => (*other, 1),
        None => (b'x', 0),
    }
}
