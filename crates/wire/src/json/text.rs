//! Text between two JSON bodies.

use std::borrow::Cow;
use std::fmt;

/// A text: the inside of a JSON string with its escapes, or plain text of ours.
#[derive(Clone)]
pub enum Text<'a> {
    /// Between the quotes of a valid JSON string; escapes as they stand.
    Json(&'a str),
    /// Plain.
    Plain(Cow<'a, str>),
}

impl<'a> Text<'a> {
    /// No characters.
    pub const EMPTY: Text<'static> = Text::Json("");

    /// Plain text that lives as long as the body.
    pub const fn plain(text: &'a str) -> Self {
        Self::Plain(Cow::Borrowed(text))
    }

    /// Whether it has no characters.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Json(text) => text.is_empty(),
            Self::Plain(text) => text.is_empty(),
        }
    }

    /// Bytes it takes, nearly: escapes count as they stand.
    pub fn len(&self) -> usize {
        match self {
            Self::Json(text) => text.len(),
            Self::Plain(text) => text.len(),
        }
    }

    /// How many characters it has.
    pub fn chars(&self) -> usize {
        match self {
            Self::Json(text) if !text.contains('\\') => text.chars().count(),
            Self::Json(text) => unescape(text).chars().count(),
            Self::Plain(text) => text.chars().count(),
        }
    }

    /// Whether it is nothing but whitespace (an escaped space does not count as one, escaped line ends do).
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Json(text) => {
                let mut rest = text.as_bytes();
                while let [first, tail @ ..] = rest {
                    rest = match (first, tail) {
                        (b' ', _) => tail,
                        (b'\\', [b'n' | b't' | b'r', tail @ ..]) => tail,
                        _ => return false,
                    };
                }
                true
            }
            Self::Plain(text) => text.chars().all(char::is_whitespace),
        }
    }

    /// The characters themselves. Borrowed when there is no escape. A lone surrogate becomes U+FFFD.
    pub fn decoded(&self) -> Cow<'a, str> {
        match self {
            Self::Json(text) if !text.contains('\\') => Cow::Borrowed(text),
            Self::Json(text) => Cow::Owned(unescape(text)),
            Self::Plain(text) => text.clone(),
        }
    }

    /// A copy that owns its characters.
    pub fn into_owned(self) -> Text<'static> {
        Text::Plain(Cow::Owned(self.decoded().into_owned()))
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self::Plain(Cow::Owned(text))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(one), Self::Json(two)) if one == two => true,
            _ => self.decoded() == other.decoded(),
        }
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.decoded() == other
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.decoded(), f)
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (decoded, length) = escape(&rest[at..]);
        out.push(decoded);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

/// The character that the escape at the beginning of `text` stands for, and the escape's length.
fn escape(text: &str) -> (char, usize) {
    match text.as_bytes().get(1) {
        Some(b'n') => ('\n', 2),
        Some(b't') => ('\t', 2),
        Some(b'r') => ('\r', 2),
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'u') => unicode(text),
        Some(other) if other.is_ascii() => (char::from(*other), 2),
        _ => (char::REPLACEMENT_CHARACTER, text.len().min(1)),
    }
}

fn unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| text.get(at..at + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let Some(first) = unit(2) else { return (char::REPLACEMENT_CHARACTER, text.len().min(2)) };
    let second = text.get(6..8).filter(|mark| *mark == "\\u").and_then(|_| unit(8));
    let pair = [Some(first), second.filter(|low| (0xdc00..0xe000).contains(low))];
    let units = pair.into_iter().flatten();
    match char::decode_utf16(units).next() {
        Some(Ok(one)) => (one, if one.len_utf16() == 2 { 12 } else { 6 }),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}
