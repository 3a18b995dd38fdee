//! Where a string ends. Strings of requests are either short or full of escapes: names and words, or source text with
//! an escape every thirty bytes.

use super::Flaw;
use super::block::{BLOCK, Block, Escapes, Marks};
use super::reader::Fault;

/// Bytes looked at in words before blocks are worth it: names of members and types are shorter.
const SHORT: usize = 16;

/// Length of the escape that begins with a backslash and this byte; 0: there is none.
const ESCAPES: [u8; 256] = {
    let mut lengths = [0; 256];
    let simple = *b"\"\\/bfnrt";
    let mut at = 0;
    while at < simple.len() {
        lengths[simple[at] as usize] = 2;
        at += 1;
    }
    lengths[b'u' as usize] = 6;
    lengths
};

/// The place of the quote that ends the string whose inside begins at `start`.
pub(super) fn end(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let rest = bytes.get(start..).unwrap_or_default();
    let at = start + plain_length(rest.get(..SHORT).unwrap_or(rest));
    if bytes.get(at) == Some(&b'"') { Ok(at) } else { end_of_long(bytes, at) }
}

/// The same in blocks. Going from escape to escape would wait for each; here those of a block are known at once.
fn end_of_long(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    let mut escapes = Escapes::default();
    let mut open = at;
    while let Some(bytes_of_block) = bytes.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
        let block = Block::load(bytes_of_block);
        let backslashes = block.mask(b'\\');
        let escaped = escapes.escaped(backslashes);
        let quotes = block.mask(b'"') & !escaped;
        let inside = (quotes & quotes.wrapping_neg()).wrapping_sub(1);
        if block.has_control()
            && let controls = block.controls() & inside
            && controls != 0
        {
            return Err(control(at + controls.trailing_zeros() as usize));
        }
        check_escapes(bytes, at, bytes_of_block, escaped & inside)?;
        if quotes != 0 {
            return Ok(at + quotes.trailing_zeros() as usize);
        }
        at += BLOCK;
        // A backslash that ends a block belongs to what follows it.
        open = at - usize::from(escapes.is_open());
    }
    last_bytes(bytes, open)
}

/// Checks what stands behind backslashes: the marked bytes of the block at `at`.
#[inline]
fn check_escapes(bytes: &[u8], at: usize, block: &[u8; BLOCK], mut escaped: u64) -> Result<(), Fault> {
    let mut unusual = 0;
    let all = escaped;
    while escaped != 0 {
        let byte = block.get(escaped.trailing_zeros() as usize).copied().unwrap_or_default();
        unusual |= ESCAPES.get(usize::from(byte)).copied().unwrap_or_default() ^ 2;
        escaped &= escaped - 1;
    }
    if unusual == 0 { Ok(()) } else { check_unusual(bytes, at, all) }
}

/// The same one by one, for blocks with `\\u` or with a fault.
#[cold]
fn check_unusual(bytes: &[u8], at: usize, mut escaped: u64) -> Result<(), Fault> {
    while escaped != 0 {
        escape(bytes, (at + escaped.trailing_zeros() as usize).saturating_sub(1))?;
        escaped &= escaped - 1;
    }
    Ok(())
}

/// The same, where less than a block is left.
fn last_bytes(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += plain_length(rest);
        match bytes.get(at) {
            Some(b'"') => return Ok(at),
            Some(b'\\') => at += escape(bytes, at)?,
            Some(_) => return Err(control(at)),
            None => return Err(Fault { offset: bytes.len(), what: Flaw::Unfinished }),
        }
    }
}

/// Length of the escape at `at`.
fn escape(bytes: &[u8], at: usize) -> Result<usize, Fault> {
    let length =
        bytes.get(at + 1).and_then(|byte| ESCAPES.get(usize::from(*byte))).map_or(0, |length| usize::from(*length));
    let hex = || bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    match length {
        2 => Ok(2),
        6 if hex() => Ok(6),
        _ => Err(Fault { offset: at, what: Flaw::Escape }),
    }
}

const fn control(offset: usize) -> Fault {
    Fault { offset, what: Flaw::Control }
}

/// Bytes before the first quote, backslash or control character, eight at a time.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x80 * ONES;
    /// Marks the first byte that is 0, and none before it.
    const fn zero(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let quote = zero(word ^ (ONES * b'"' as u64));
        let backslash = zero(word ^ (ONES * b'\\' as u64));
        let control = word.wrapping_sub(ONES * b' ' as u64) & !word;
        let found = (quote | backslash | control) & HIGHS;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_plain = |byte: &&u8| **byte >= b' ' && !matches!(byte, b'"' | b'\\');
    bytes.len() - rest.len() + rest.iter().take_while(is_plain).count()
}
