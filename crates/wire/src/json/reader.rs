//! A pull reader: the caller walks the value in order and takes what it knows; the rest is skipped and can be kept raw.
//!
//! The whole grammar is checked on the way, so whatever was read or skipped is valid JSON.

use std::fmt;
use std::ops::Range;

use super::{Flaw, Shape, Text, string};

/// Deepest nesting that is read; the same as the structural scan of requests allows.
const DEPTH_MAX: usize = crate::peek::MAX_DEPTH;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

/// Why something is no JSON, or not the JSON that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, in bytes from the beginning of the text that was read.
    pub offset: usize,
    /// What.
    pub what: Flaw,
}

impl Fault {
    /// A value at `offset` that is of another shape.
    pub const fn shape(offset: usize, shape: Shape) -> Self {
        Self { offset, what: Flaw::Shape(shape) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what.id(), self.offset)
    }
}

impl std::error::Error for Fault {}

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// At the beginning of `text`.
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Checks that only whitespace is left.
    pub fn end(mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.fault(Flaw::Trailing)) }
    }

    /// Bytes read so far.
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// What was read since `start`, as it stands; nothing for a place that is ahead.
    pub fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Where a name or string that was read from this text begins, in bytes; of a string with escapes its inside.
    pub fn place_of(&self, part: &str) -> usize {
        part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }

    /// Reads a value with `read`, and says where it stands.
    pub fn placed<T, E: From<Fault>>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<(T, Range<usize>), E> {
        self.space();
        let start = self.at;
        let value = read(self)?;
        Ok((value, start..self.at))
    }

    /// What comes next.
    pub fn kind(&mut self) -> Result<Kind, Fault> {
        self.space();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            _ => Err(self.fault(Flaw::NoValue)),
        }
    }

    /// A string.
    pub fn text(&mut self) -> Result<Text<'a>, Fault> {
        self.space();
        self.string().map(Text::Json)
    }

    /// A string, or nothing for any other value, which is skipped.
    pub fn text_or_skip(&mut self) -> Result<Option<Text<'a>>, Fault> {
        if self.kind()? == Kind::String { self.text().map(Some) } else { self.raw().map(|_| None) }
    }

    /// `true` or `false`; nothing for any other value, which is skipped.
    pub fn flag(&mut self) -> Result<Option<bool>, Fault> {
        Ok(match self.raw()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    /// A whole number that is not negative; nothing for any other value, which is skipped.
    pub fn count(&mut self) -> Result<Option<u64>, Fault> {
        let raw = self.raw()?;
        let whole = |raw: &str| raw.parse().ok();
        // Some SDKs write whole numbers as `1024.0`.
        Ok(whole(raw).or_else(|| raw.strip_suffix(".0").and_then(whole)))
    }

    /// A number as it is spelt; nothing for any other value, which is skipped.
    pub fn number(&mut self) -> Result<Option<&'a str>, Fault> {
        let kind = self.kind()?;
        let raw = self.raw()?;
        Ok((kind == Kind::Number).then_some(raw))
    }

    /// Any value, as it stands.
    pub fn raw(&mut self) -> Result<&'a str, Fault> {
        self.space();
        let start = self.at;
        self.skip()?;
        Ok(&self.text[start..self.at])
    }

    /// Walks an object: `member` is called at each value with its name, and must read exactly that value.
    /// Names are given without escapes resolved, as every name of every protocol is plain.
    pub fn object<E: From<Fault>>(
        &mut self,
        mut member: impl FnMut(&'a str, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.open(b'{', Shape::Object)?;
        self.space();
        if self.take(b'}') {
            return self.close();
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err(self.fault(Flaw::NoColon).into());
            }
            member(name, self)?;
            self.space();
            if self.take(b'}') {
                return self.close();
            }
            if !self.take(b',') {
                return Err(self.fault(Flaw::NoMemberEnd).into());
            }
        }
    }

    /// Walks an array: `item` is called at each value and must read exactly that value.
    pub fn array<E: From<Fault>>(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.open(b'[', Shape::List)?;
        self.space();
        if self.take(b']') {
            return self.close();
        }
        loop {
            item(self)?;
            self.space();
            if self.take(b']') {
                return self.close();
            }
            if !self.take(b',') {
                return Err(self.fault(Flaw::NoItemEnd).into());
            }
        }
    }

    fn open<E: From<Fault>>(&mut self, bracket: u8, shape: Shape) -> Result<(), E> {
        self.space();
        if !self.take(bracket) {
            self.kind()?;
            return Err(self.fault(Flaw::Shape(shape)).into());
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(self.fault(Flaw::TooDeep).into()) } else { Ok(()) }
    }

    #[allow(clippy::unnecessary_wraps, reason = "ends a walk, whose error type the caller chose")]
    fn close<E>(&mut self) -> Result<(), E> {
        self.depth -= 1;
        Ok(())
    }

    fn skip(&mut self) -> Result<(), Fault> {
        match self.kind()? {
            Kind::String => self.string().map(drop),
            Kind::Object => self.object(|_, reader| reader.skip()),
            Kind::Array => self.array(Self::skip),
            Kind::Number => self.skip_number(),
            Kind::Bool if self.byte() == Some(b't') => self.word("true"),
            Kind::Bool => self.word("false"),
            Kind::Null => self.word("null"),
        }
    }

    /// The inside of the string that begins here.
    fn string(&mut self) -> Result<&'a str, Fault> {
        if !self.take(b'"') {
            return Err(self.fault(Flaw::NoString));
        }
        let start = self.at;
        let end = string::end(self.text.as_bytes(), start)?;
        self.at = end + 1;
        Ok(&self.text[start..end])
    }

    fn skip_number(&mut self) -> Result<(), Fault> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let digits = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        if digits == 0 { Err(self.fault(Flaw::Number)) } else { Ok(()) }
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault(Flaw::Word));
        }
        self.at += word.len();
        Ok(())
    }

    fn space(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.byte() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What is missing at the end of the text is the rest of it.
    const fn fault(&self, what: Flaw) -> Fault {
        let ended = self.at >= self.text.len() && !matches!(what, Flaw::TooDeep);
        Fault { offset: self.at, what: if ended { Flaw::Unfinished } else { what } }
    }
}
