//! Whether the arguments of a call are a whole JSON value yet: what tells the end of one call from its middle.

use crate::json::Text;

/// Watches arguments go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Watch {
    /// Nothing but whitespace so far.
    #[default]
    Before,
    /// Inside objects and lists, so deep.
    Inside(u32),
    /// Inside a string, so deep.
    InString(u32),
    /// Behind a backslash in a string, so deep.
    Escaped(u32),
    /// The value is whole.
    Whole,
    /// Something else than an object or list: nobody can say where it ends.
    Unclear,
}

impl Watch {
    /// Nothing but whitespace has come.
    pub(crate) fn is_blank(self) -> bool {
        self == Self::Before
    }

    /// The value is whole.
    pub(crate) fn is_whole(self) -> bool {
        self == Self::Whole
    }

    /// It has begun and its end is missing.
    pub(crate) fn is_cut(self) -> bool {
        matches!(self, Self::Inside(_) | Self::InString(_) | Self::Escaped(_))
    }

    pub(crate) fn take(&mut self, text: &Text<'_>) {
        match text {
            Text::Plain(plain) => plain.bytes().for_each(|byte| self.byte(byte)),
            Text::Json(escaped) => self.escaped(escaped),
        }
    }

    /// Characters of a JSON string, without building the text they stand for.
    fn escaped(&mut self, text: &str) {
        let mut bytes = text.as_bytes();
        while let [first, rest @ ..] = bytes {
            bytes = rest;
            if *first != b'\\' {
                self.byte(*first);
                continue;
            }
            let [second, rest @ ..] = bytes else { return };
            bytes = rest;
            match second {
                b'n' | b't' | b'r' | b'b' | b'f' => self.byte(b' '),
                b'u' => {
                    let hex = rest.first_chunk::<4>().and_then(|hex| std::str::from_utf8(hex).ok());
                    let unit = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok());
                    // Anything beyond ASCII is a letter to this machine.
                    self.byte(unit.and_then(|unit| u8::try_from(unit).ok()).filter(u8::is_ascii).unwrap_or(b'x'));
                    bytes = rest.get(4..).unwrap_or_default();
                }
                other => self.byte(*other),
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        *self = match (*self, byte) {
            (Self::Before, b'{' | b'[') => Self::Inside(1),
            (Self::Before, b' ' | b'\n' | b'\r' | b'\t') => Self::Before,
            (Self::Before, _) => Self::Unclear,
            (Self::Inside(depth), b'"') => Self::InString(depth),
            (Self::Inside(depth), b'{' | b'[') => Self::Inside(depth.saturating_add(1)),
            (Self::Inside(1), b'}' | b']') => Self::Whole,
            (Self::Inside(depth), b'}' | b']') => Self::Inside(depth - 1),
            (Self::InString(depth), b'"') => Self::Inside(depth),
            (Self::InString(depth), b'\\') => Self::Escaped(depth),
            (Self::Escaped(depth), _) => Self::InString(depth),
            (other, _) => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_whole_at_its_last_bracket_however_it_is_escaped() {
        let cases = [
            ("", Watch::Before),
            (r"\n ", Watch::Before),
            (r#"{\"a\":\"}\"#, Watch::InString(1)),
            (r#"{\"a\":\"\\\"}\"}"#, Watch::Whole),
            (r"\u007b\u0022a\u0022:[1]\u007d", Watch::Whole),
            (r#"{\"a\":[{}"#, Watch::Inside(2)),
            ("7", Watch::Unclear),
        ];
        for (text, expected) in cases {
            let mut watch = Watch::default();
            watch.take(&Text::Json(text));
            assert_eq!(watch, expected, "{text}");
        }
    }
}
