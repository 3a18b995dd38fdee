//! The structural scan: 64 bytes at a time, as bit masks. Knows strings, brackets and the keys of the top level; not
//! what the keys mean, and not the grammar of what is nested.
//!
//! Bodies of coding clients are long strings of escaped source text: a byte of interest every thirty or so. Going from
//! one to the next stumbles at each; computing "is this inside a string" for 64 bytes at once does not.
//! The technique (escaped quotes by carry addition, string mask by prefix xor) is from Langdale and Lemire, "Parsing
//! Gigabytes of JSON per Second", 2019.

use std::ops::Range;

use super::nested::{self, Nested};
use super::{MAX_DEPTH, Malformed, Reason};
use crate::json::{BLOCK, Common, Escapes, Marks, Registers};

/// One `"key": value` of the top-level object.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The key without its quotes, escapes as they stand.
    pub(crate) key: Range<usize>,
    /// The value without surrounding whitespace; never empty.
    pub(crate) value: Range<usize>,
}

/// Scans `body` and hands every top-level field to `found`. Gives back the blocks in which, and around which, bytes are
/// beyond ASCII: whether those are UTF-8 is for the caller to find out.
pub(crate) fn scan(body: &[u8], found: impl FnMut(Field) -> Result<(), Malformed>) -> Result<Range<usize>, Malformed> {
    scan_deep(body, &mut Nested::default(), found)
}

/// [`scan`], with what is to be known of deeper levels.
pub(super) fn scan_deep<'a>(
    body: &'a [u8],
    nested: &mut Nested<'a>,
    found: impl FnMut(Field) -> Result<(), Malformed>,
) -> Result<Range<usize>, Malformed> {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = pulp::x86::V3::try_new() {
        return wide.vectorize(Scan { registers: wide, body, nested, found });
    }
    Scan { registers: Common, body, nested, found }.run()
}

/// [`scan_deep`] as on processors without wide registers.
#[cfg(test)]
pub(super) fn scan_with_common<'a>(
    body: &'a [u8],
    nested: &mut Nested<'a>,
    found: impl FnMut(Field) -> Result<(), Malformed>,
) -> Result<Range<usize>, Malformed> {
    Scan { registers: Common, body, nested, found }.run()
}

/// A scan, and what it is done with.
struct Scan<'a, 'n, R, F> {
    registers: R,
    body: &'a [u8],
    nested: &'n mut Nested<'a>,
    found: F,
}

#[cfg(target_arch = "x86_64")]
impl<F: FnMut(Field) -> Result<(), Malformed>> pulp::NullaryFnOnce for Scan<'_, '_, pulp::x86::V3, F> {
    type Output = Result<Range<usize>, Malformed>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        self.run()
    }
}

impl<R: Registers, F: FnMut(Field) -> Result<(), Malformed>> Scan<'_, '_, R, F> {
    #[inline(always)]
    fn run(self) -> Result<Range<usize>, Malformed> {
        let Self { registers, body, nested, mut found } = self;
        blocks(registers, body, nested, &mut found)
    }
}

#[inline(always)]
fn blocks<'a, R: Registers>(
    registers: R,
    body: &'a [u8],
    nested: &mut Nested<'a>,
    found: &mut impl FnMut(Field) -> Result<(), Malformed>,
) -> Result<Range<usize>, Malformed> {
    let start = body.iter().position(|byte| !is_space(*byte)).ok_or(at(0, Reason::Empty))?;
    if body.get(start) != Some(&b'{') {
        return Err(at(start, Reason::NotAnObject));
    }
    let mut strings = Strings::default();
    let mut outline = Outline::new(body);
    let (blocks, tail) = body.as_chunks::<BLOCK>();
    let mut base = 0;
    let mut wide = body.len()..0;
    let mut carried = 0;
    for bytes in blocks {
        let block = registers.load(bytes);
        if block.has_wide() {
            wide = wide.start.min(base)..base + BLOCK;
        }
        let masks = strings.masks(base, &block)?;
        // Most blocks lie within a string, and no name goes over into them.
        if carried != 0 || !masks.only_text() {
            nested.block(body, base, (carried, masks.quotes), &block);
            carried = nested::carried(masks.quotes);
            if !masks.only_text() && outline.block(base, &Signs::of(&block, &masks), found)? {
                return Ok(wide);
            }
        }
        base += BLOCK;
    }
    let mut last = [b' '; BLOCK];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    let block = registers.load(&last);
    if block.has_wide() {
        wide = wide.start.min(base)..body.len();
    }
    let masks = strings.masks(base, &block)?;
    nested.block(body, base, (carried, masks.quotes), &block);
    let ended = outline.block(base, &Signs::of(&block, &masks), found)?;
    if ended { Ok(wide) } else { Err(at(body.len(), Reason::Unfinished)) }
}

/// What lies inside strings, from block to block. Apart from [`Outline`], so that it stays in registers.
#[derive(Default)]
struct Strings {
    escapes: Escapes,
    /// All ones when the next block begins inside a string.
    inside: u64,
}

/// Strings of one block, a bit per byte.
struct Masks {
    /// Quotes that begin or end a string.
    quotes: u64,
    /// From the first quote of a string up to before its last.
    in_string: u64,
}

impl Masks {
    /// Whether the whole block lies within a string, and none of its quotes in the block.
    #[inline]
    fn only_text(&self) -> bool {
        self.in_string == u64::MAX && self.quotes == 0
    }
}

impl Strings {
    #[inline(always)]
    fn masks(&mut self, base: usize, block: &impl Marks) -> Result<Masks, Malformed> {
        let backslashes = block.mask(b'\\');
        let quotes = block.mask(b'"') & !self.escapes.escaped(backslashes);
        // Most blocks of a large body lie inside one string.
        let in_string = if quotes == 0 { self.inside } else { prefix_xor(quotes) ^ self.inside };
        self.inside = 0u64.wrapping_sub(in_string >> 63);
        if block.has_control() {
            refuse(base, block.controls() & in_string, Reason::ControlInString)?;
        }
        refuse(base, backslashes & !in_string, Reason::StrayBackslash)?;
        Ok(Masks { quotes, in_string })
    }
}

/// Signs of one block outside strings, a bit per byte.
struct Signs {
    brackets: u64,
    /// Quotes, colons and commas, which matter at the top level.
    top: u64,
}

impl Signs {
    #[inline(always)]
    fn of(block: &impl Marks, masks: &Masks) -> Self {
        let outside = !masks.in_string;
        Self { brackets: block.brackets() & outside, top: masks.quotes | (block.separators() & outside) }
    }
}

/// Where the top level stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// A key, or the end of an object that has none.
    FirstKey,
    /// A key, after a comma.
    Key,
    /// The end of the key that began.
    KeyEnd,
    /// The colon after the key.
    Colon,
    /// The comma or bracket after the value.
    ValueEnd,
}

/// Nesting, and the keys of the top level.
struct Outline<'a> {
    body: &'a [u8],
    depth: usize,
    /// One bit per level, innermost last: 1 is an object. `MAX_DEPTH` levels fit exactly.
    kinds: u128,
    expect: Expect,
    /// End of the last token of the top level.
    mark: usize,
    key: Range<usize>,
}

impl<'a> Outline<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self { body, depth: 0, kinds: 0, expect: Expect::FirstKey, mark: 0, key: 0..0 }
    }

    /// Walks the brackets outside strings and, at the top level, quotes, colons and commas; true when the object ended
    /// and only whitespace follows.
    #[inline(never)]
    fn block(
        &mut self,
        base: usize,
        signs: &Signs,
        found: &mut impl FnMut(Field) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
        let mut ahead = u64::MAX;
        loop {
            let wanted = if self.depth > 1 { signs.brackets } else { signs.brackets | signs.top };
            let rest = wanted & ahead;
            if rest == 0 {
                return Ok(false);
            }
            let bit = rest.trailing_zeros();
            ahead = (u64::MAX << bit) << 1;
            if self.token(base + bit as usize, found)? {
                return Ok(true);
            }
        }
    }

    /// Takes one structural byte; true when it ended the top-level object.
    #[inline]
    fn token(
        &mut self,
        offset: usize,
        found: &mut impl FnMut(Field) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
        let byte = self.body.get(offset).copied().unwrap_or_default();
        match byte {
            b'{' | b'[' => self.open(offset, byte == b'{').map(|()| false),
            b'}' | b']' => self.close(offset, byte == b'}', found),
            _ => self.top_level(offset, byte, found).map(|()| false),
        }
    }

    #[inline]
    fn open(&mut self, offset: usize, object: bool) -> Result<(), Malformed> {
        match self.depth {
            MAX_DEPTH => return Err(at(offset, Reason::TooDeep)),
            0 => self.mark = offset + 1,
            1 if self.expect != Expect::ValueEnd => return Err(at(offset, Reason::BadObject)),
            _ => {}
        }
        self.depth += 1;
        self.kinds = (self.kinds << 1) | u128::from(object);
        Ok(())
    }

    #[inline]
    fn close(
        &mut self,
        offset: usize,
        object: bool,
        found: &mut impl FnMut(Field) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
        if self.depth == 0 || (self.kinds & 1 == 1) != object {
            return Err(at(offset, Reason::Unbalanced));
        }
        self.kinds >>= 1;
        self.depth -= 1;
        if self.depth > 0 {
            return Ok(false);
        }
        match self.expect {
            Expect::FirstKey => self.only_space_before(offset)?,
            Expect::ValueEnd => self.value(offset, found)?,
            _ => return Err(at(offset, Reason::BadObject)),
        }
        match self.body.iter().enumerate().skip(offset + 1).find(|(_, byte)| !is_space(**byte)) {
            Some((junk, _)) => Err(at(junk, Reason::TrailingData)),
            None => Ok(true),
        }
    }

    /// Quote, colon or comma at depth 1. (At depth 0 only whitespace stands before the first bracket.)
    fn top_level(
        &mut self,
        offset: usize,
        byte: u8,
        found: &mut impl FnMut(Field) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        match (self.expect, byte) {
            (Expect::FirstKey | Expect::Key, b'"') => {
                self.only_space_before(offset)?;
                self.mark = offset + 1;
                self.expect = Expect::KeyEnd;
            }
            (Expect::KeyEnd, b'"') => {
                self.key = self.mark..offset;
                self.mark = offset + 1;
                self.expect = Expect::Colon;
            }
            (Expect::Colon, b':') => {
                self.only_space_before(offset)?;
                self.mark = offset + 1;
                self.expect = Expect::ValueEnd;
            }
            (Expect::ValueEnd, b'"') => {}
            (Expect::ValueEnd, b',') => {
                self.value(offset, found)?;
                self.mark = offset + 1;
                self.expect = Expect::Key;
            }
            _ => return Err(at(offset, Reason::BadObject)),
        }
        Ok(())
    }

    /// Hands over the field whose value ends before `end`.
    fn value(&mut self, end: usize, found: &mut impl FnMut(Field) -> Result<(), Malformed>) -> Result<(), Malformed> {
        let text = self.body.get(self.mark..end).unwrap_or_default();
        let Some(first) = text.iter().position(|byte| !is_space(*byte)) else {
            return Err(at(end, Reason::BadObject));
        };
        let last = text.iter().rposition(|byte| !is_space(*byte)).unwrap_or(first);
        found(Field { key: self.key.clone(), value: self.mark + first..self.mark + last + 1 })
    }

    fn only_space_before(&self, offset: usize) -> Result<(), Malformed> {
        let between = self.body.get(self.mark..offset).unwrap_or_default();
        if between.iter().all(|byte| is_space(*byte)) { Ok(()) } else { Err(at(self.mark, Reason::BadObject)) }
    }
}

/// Bit `n` of the result is the parity of bits `0..=n`: ones from each opening quote up to before its closing one.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}

/// Whitespace of JSON.
#[inline]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[inline]
fn refuse(base: usize, bits: u64, reason: Reason) -> Result<(), Malformed> {
    if bits == 0 { Ok(()) } else { Err(at(base + bits.trailing_zeros() as usize, reason)) }
}

fn at(offset: usize, reason: Reason) -> Malformed {
    Malformed { offset, reason }
}
