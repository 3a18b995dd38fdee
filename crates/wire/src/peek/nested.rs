//! Keys below the top level that matter to the way of a request: what refers to something stored at one provider, and
//! how long its prompt is to stay in the cache. Found beside the brackets, in the same pass over the body.
//!
//! All of them have a `_` five to seven bytes behind their first quote: of each block one more mask is looked at, and
//! only where quotes are.

use super::OBJECT_MAX;
use crate::json::Marks;

/// Distances of a `_` from the first quote of a name that is looked for, the nearest and the farthest.
const NEAREST: u32 = 5;
const FARTHEST: u32 = 7;

/// Longest id that is kept, bytes; those of OpenAI and Anthropic are under 80.
const ID_MAX: usize = 256;

/// What ids of stored files begin with at OpenAI and Anthropic, and at Azure before 2025. A tool's own argument of the
/// same name (a drive's, a chat's) holds other ids.
const FILES: &[&[u8]] = &[b"file-", b"file_", b"assistant-"];

/// What ids of vector stores begin with.
const VECTOR_STORES: &[&[u8]] = &[b"vs_"];

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Nested<'a> {
    /// The first reference to something stored: its key, and its id as written.
    pub(super) stored: Option<(&'static str, &'a [u8])>,
    /// A part of the prompt is to stay in the cache for an hour.
    pub(super) hour: bool,
}

impl<'a> Nested<'a> {
    /// Looks for names that begin in this block or at the end of the one before. `quotes`: those of strings, a bit per
    /// byte, in the block before (as far as they are [`carried`]) and in this one.
    #[inline(always)]
    pub(super) fn block(&mut self, body: &'a [u8], base: usize, quotes: (u64, u64), block: &impl Marks) {
        let (before, quotes) = quotes;
        let behind = |bytes: u32| quotes << bytes | before >> (u64::BITS - bytes);
        let names = (NEAREST..=FARTHEST).fold(0, |bits, bytes| bits | behind(bytes)) & block.mask(b'_');
        if names != 0 {
            self.names(body, base, names);
        }
    }

    /// Looks at each place where the `_` of such a name may stand.
    #[inline(never)]
    fn names(&mut self, body: &'a [u8], base: usize, mut bits: u64) {
        while bits != 0 {
            let at = base + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let from = |bytes: usize| at.checked_sub(bytes).and_then(|start| body.get(start..)).unwrap_or_default();
            if let Some(rest) = from(5).strip_prefix(b"\"file_id") {
                self.stored("file_id", rest.strip_prefix(b"s").unwrap_or(rest), FILES);
            } else if let Some(rest) = from(7).strip_prefix(b"\"vector_store_ids") {
                self.stored("vector_store_ids", rest, VECTOR_STORES);
            } else if let Some(rest) = from(5).strip_prefix(b"\"item_reference\"") {
                self.item(body.get(..at - 5).unwrap_or_default(), rest);
            } else if let Some(rest) = from(6).strip_prefix(b"\"cache_control\"") {
                self.hour |= after_colon(rest).is_some_and(asks_for_an_hour);
            }
        }
    }

    /// `…": "ID"` or `…": ["ID"…`, when it is an id of this kind.
    fn stored(&mut self, field: &'static str, rest: &'a [u8], kinds: &[&[u8]]) {
        let value = rest.strip_prefix(b"\"").and_then(after_colon);
        let first = value.map(|value| value.strip_prefix(b"[").map_or(value, <[u8]>::trim_ascii_start));
        if let Some(id) = first.and_then(id).filter(|id| kinds.iter().any(|kind| id.starts_with(kind))) {
            self.stored.get_or_insert((field, id));
        }
    }

    /// `"type": "item_reference"`: an item of an earlier answer, named instead of sent. Its id most often follows.
    fn item(&mut self, before: &[u8], rest: &'a [u8]) {
        let name = before.trim_ascii_end().strip_suffix(b":").map(<[u8]>::trim_ascii_end);
        if name.is_some_and(|name| name.ends_with(b"\"type\"")) {
            let next = rest.trim_ascii_start().strip_prefix(b",").map(<[u8]>::trim_ascii_start);
            let id = next.and_then(|next| next.strip_prefix(b"\"id\"")).and_then(after_colon).and_then(id);
            self.stored.get_or_insert(("item_reference", id.unwrap_or_default()));
        }
    }
}

/// Quotes of a block whose names may go over into the next one.
#[inline(always)]
pub(super) fn carried(quotes: u64) -> u64 {
    quotes & u64::MAX << (u64::BITS - FARTHEST)
}

/// What follows the colon.
fn after_colon(rest: &[u8]) -> Option<&[u8]> {
    rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start)
}

/// The inside of a short string without escapes.
fn id(value: &[u8]) -> Option<&[u8]> {
    let inner = value.strip_prefix(b"\"")?;
    let id = inner.get(..memchr::memchr(b'"', inner.get(..inner.len().min(ID_MAX))?)?)?;
    (!id.is_empty() && !id.contains(&b'\\')).then_some(id)
}

/// Whether a `cache_control` says `"ttl": "1h"`. It is an object of one level.
fn asks_for_an_hour(value: &[u8]) -> bool {
    const KEY: &[u8] = b"\"ttl\"";
    let object = value.get(..value.len().min(OBJECT_MAX)).unwrap_or_default();
    let object = memchr::memchr(b'}', object).and_then(|end| object.get(..end)).unwrap_or_default();
    let ttl = memchr::memmem::find(object, KEY).and_then(|at| object.get(at + KEY.len()..));
    ttl.and_then(after_colon).is_some_and(|value| value.starts_with(b"\"1h\""))
}
