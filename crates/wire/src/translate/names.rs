//! Names of tools and ids of calls as the target takes them, and back.

use std::collections::BTreeMap;

use super::ids;
use crate::json::Text;

/// Characters of a hash put behind a name, with the `_` before them.
const HASH_LENGTH: usize = 9;

/// Shortest limit with room for a hash that tells names apart, and for something of the name. Below it an id is a hash.
const MAX_LEAST: usize = 2 * HASH_LENGTH;

/// Shortest ids: fewer characters would not tell the calls of a conversation apart.
const ID_LEAST: usize = 8;

/// The map, both ways. Empty when every name fits.
#[derive(Debug, Clone, Default)]
pub struct Names {
    tools: Map,
    calls: Map,
}

impl Names {
    /// `name` as a target takes it: at most `max` of `[A-Za-z0-9_-]`, beginning with a letter or `_` unless
    /// `digit_first`. A limit under 18 is taken for 18: no provider has one.
    pub fn tool<'a>(&mut self, name: &Text<'a>, max: usize, digit_first: bool) -> Text<'a> {
        self.tools.send(name, &Rule { max: max.max(MAX_LEAST), digit_first, exact: false })
    }

    /// The client's name of the tool that was sent as `sent`.
    pub fn tool_back<'n>(&'n self, sent: &'n str) -> &'n str {
        self.tools.back(sent)
    }

    /// `id` as a target takes it: at most `max` of `[A-Za-z0-9_-]`; the same for a call and its result. A target with a
    /// limit under 18 wants exactly that many letters and digits.
    pub fn call<'a>(&mut self, id: &Text<'a>, max: usize) -> Text<'a> {
        self.calls.send(id, &Rule { max: max.max(ID_LEAST), digit_first: true, exact: max < MAX_LEAST })
    }

    /// The client's id of the call that was sent as `sent`.
    pub fn call_back<'n>(&'n self, sent: &'n str) -> &'n str {
        self.calls.back(sent)
    }

    /// Whether everything went out as it came.
    pub fn is_empty(&self) -> bool {
        self.tools.sent.is_empty() && self.calls.sent.is_empty()
    }
}

/// What a target takes.
#[derive(Debug, Clone, Copy)]
struct Rule {
    max: usize,
    digit_first: bool,
    /// `max` letters and digits, neither more nor fewer.
    exact: bool,
}

impl Rule {
    fn takes(&self, name: &[u8]) -> bool {
        if self.exact {
            return name.len() == self.max && name.iter().all(u8::is_ascii_alphanumeric);
        }
        let begins = match name.first() {
            Some(first) => self.digit_first || is_letter(*first),
            None => false,
        };
        begins && name.len() <= self.max && name.iter().all(|byte| is_plain(*byte))
    }

    /// `name` with what is not taken replaced by `_`; not yet shortened.
    fn clean(&self, name: &str) -> String {
        let mut clean = String::with_capacity(name.len() + 1);
        if name.bytes().next().is_none_or(|first| !self.digit_first && is_plain(first) && !is_letter(first)) {
            clean.push('_');
        }
        clean.extend(name.chars().map(|char| if u8::try_from(char).is_ok_and(is_plain) { char } else { '_' }));
        clean
    }

    /// `clean`, shortened to leave room for a hash of `name`; `attempt` makes another hash.
    fn hashed(&self, clean: &str, name: &str, attempt: u64) -> String {
        if self.exact {
            let mut id = ids::derived("", ids::hash(name.as_bytes()), attempt as u32);
            id.truncate(self.max);
            return id;
        }
        // One byte per character: everything else was replaced.
        let kept = clean.get(..self.max - HASH_LENGTH).unwrap_or(clean);
        let hash = ids::hash(name.as_bytes()).wrapping_add(attempt);
        format!("{kept}_{:08x}", (hash ^ hash >> 32) as u32)
    }
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Names that had to be changed, and enough of the others that none is given twice.
#[derive(Debug, Clone, Default)]
struct Map {
    sent: BTreeMap<String, String>,
    back: BTreeMap<String, String>,
    unchanged: Unchanged,
}

impl Map {
    fn send<'a>(&mut self, name: &Text<'a>, rule: &Rule) -> Text<'a> {
        let (Text::Json(bytes) | Text::Plain(std::borrow::Cow::Borrowed(bytes))) = name else {
            return self.send_decoded(name, rule);
        };
        // An escape is not taken either, so what is taken needs no decoding.
        if !rule.takes(bytes.as_bytes()) || (!self.back.is_empty() && self.is_given(bytes)) {
            return self.send_decoded(name, rule);
        }
        self.unchanged.insert(bytes.as_bytes());
        name.clone()
    }

    fn send_decoded<'a>(&mut self, name: &Text<'a>, rule: &Rule) -> Text<'a> {
        let plain = name.decoded();
        if let Some(sent) = self.sent.get(plain.as_ref()) {
            return Text::from(sent.clone());
        }
        if rule.takes(plain.as_bytes()) && !self.is_given(&plain) {
            self.unchanged.insert(plain.as_bytes());
            return name.clone();
        }
        let sent = self.free(&plain, rule);
        self.sent.insert(plain.clone().into_owned(), sent.clone());
        self.back.insert(sent.clone(), plain.into_owned());
        Text::from(sent)
    }

    /// Whether another name was sent as `name`.
    fn is_given(&self, name: &str) -> bool {
        self.back.get(name).is_some_and(|original| original != name)
    }

    /// A name for `name` that nothing else has.
    fn free(&self, name: &str, rule: &Rule) -> String {
        let clean = rule.clean(name);
        let is_free = |sent: &String| !self.back.contains_key(sent) && !self.unchanged.may_contain(sent.as_bytes());
        if !rule.exact && clean.len() <= rule.max && is_free(&clean) {
            return clean;
        }
        let hashed = (0..ATTEMPTS).map(|attempt| rule.hashed(&clean, name, attempt));
        let mut last = String::new();
        for sent in hashed {
            if is_free(&sent) {
                return sent;
            }
            last = sent;
        }
        last
    }

    fn back<'n>(&'n self, sent: &'n str) -> &'n str {
        self.back.get(sent).map_or(sent, String::as_str)
    }
}

/// Hashes tried for one name. Two in a row being taken is a coincidence of one in billions.
const ATTEMPTS: u64 = 64;

/// Names that went out as they came: a Bloom filter, so that nothing is allocated for them. A name that only seems to
/// be in it costs another one its nicer spelling, nothing else.
#[derive(Debug, Clone, Default)]
struct Unchanged {
    bits: [u64; 32],
}

impl Unchanged {
    fn insert(&mut self, name: &[u8]) {
        for bit in Self::bits(name) {
            if let Some(word) = self.bits.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
    }

    fn may_contain(&self, name: &[u8]) -> bool {
        Self::bits(name).into_iter().all(|bit| self.bits.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1))
    }

    /// Two of the 2048 bits. Looks at the ends only: names of one server differ at the end, servers at the beginning.
    fn bits(name: &[u8]) -> [usize; 2] {
        let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let short = || name.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
        let (first, last) =
            if name.len() < 8 { (short(), 0) } else { (word(name.first_chunk()), word(name.last_chunk())) };
        let mixed = (first ^ last.rotate_left(29) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        [(mixed >> 53) as usize, (mixed >> 42 & 2047) as usize]
    }
}

#[cfg(test)]
mod tests;
