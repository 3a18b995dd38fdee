//! Takes secrets out of any text that came from outside or goes to a log.
//!
//! Two ways: the secrets of the configuration are known and found in any position; others are known by their looks
//! (vendor prefixes, tokens, `Bearer …`, `api_key=…`, passwords in URLs). One pass; the work per byte is bounded.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::secret::Secret;
use crate::telemetry::looks;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";
/// A shorter value is no secret, and taking it out would garble everything (`test`, `ollama`).
const SECRET_MIN: usize = 8;
/// A longer value is known by its beginning.
const SECRET_MAX: usize = 4096;
/// Known values at most; the oldest go.
const SECRETS_MAX: usize = 1024;
/// Bytes that are compared first.
const HEAD: usize = 8;

/// Knows the secrets of the configuration and the looks of others.
#[derive(Default)]
pub struct Redactor {
    known: ArcSwap<Known>,
}

/// The known values.
#[derive(Default, Clone)]
struct Known {
    /// As they came, to forget the oldest.
    in_order: Vec<Box<[u8]>>,
    /// Heads with places in `in_order`, sorted.
    heads: Vec<(u64, usize)>,
    /// What may begin with a byte.
    begins: Begins,
}

/// For each byte: [`KNOWN`], [`LOOKS`], both or none.
#[derive(Clone)]
struct Begins([u8; 256]);

/// A known value may begin here.
const KNOWN: u8 = 1;
/// A rule about looks may begin here.
const LOOKS: u8 = 2;

impl Default for Begins {
    fn default() -> Self {
        Self(looks::STARTS.map(|starts| if starts { LOOKS } else { 0 }))
    }
}

impl Redactor {
    /// Adds the secrets in use; those of earlier calls stay known, for an old key may still be echoed.
    pub fn register<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        let mut known = Known::clone(&self.known.load());
        for secret in secrets {
            let value = secret.expose().trim();
            for form in [Cow::Borrowed(value), in_json(value), in_url(value)] {
                known.add(form.as_bytes());
            }
        }
        known.index();
        self.known.store(known.into());
    }

    /// The text without secrets.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = find(text.as_bytes(), &self.known.load());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for Range { start, end } in found {
            out.push_str(&text[at..start]);
            out.push_str(REDACTED);
            at = end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }
}

impl Redactor {
    /// The bytes without the secrets of the configuration; `None` when none is in them. Nothing is judged by its looks:
    /// this is for what is handed on to a client, who must get everything else as it is.
    pub fn without_known(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let known = self.known.load();
        let mut found = known.find(bytes, 0)?;
        let (mut out, mut copied) = (Vec::with_capacity(bytes.len()), 0);
        loop {
            out.extend_from_slice(&bytes[copied..found.start]);
            out.extend_from_slice(REDACTED.as_bytes());
            copied = found.end;
            match known.find(bytes, copied) {
                Some(next) => found = next,
                None => break,
            }
        }
        out.extend_from_slice(&bytes[copied..]);
        Some(out)
    }

    /// The secrets of the configuration as they are now, to look for them in several places.
    pub fn secrets(&self) -> Secrets {
        Secrets(self.known.load())
    }
}

/// The secrets of the configuration at one moment.
pub struct Secrets(Guard<Arc<Known>>);

impl Secrets {
    /// Whether one of them is in these bytes.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        self.0.find(bytes, 0).is_some()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} values)", self.0.in_order.len())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} values)", self.known.load().in_order.len())
    }
}

impl Known {
    fn add(&mut self, value: &[u8]) {
        if value.len() < SECRET_MIN || self.in_order.iter().any(|known| **known == *value) {
            return;
        }
        self.in_order.push(value[..value.len().min(SECRET_MAX)].into());
    }

    fn index(&mut self) {
        let over = self.in_order.len().saturating_sub(SECRETS_MAX);
        self.in_order.drain(..over);
        self.begins = Begins::default();
        self.heads.clear();
        for (place, value) in self.in_order.iter().enumerate() {
            self.begins.0[usize::from(value[0])] |= KNOWN;
            self.heads.extend(head(value).map(|head| (head, place)));
        }
        self.heads.sort_unstable();
    }

    /// The first known value from there on.
    fn find(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        // Nothing shorter is known, so none begins in the last bytes.
        let until = (bytes.len() + 1).checked_sub(SECRET_MIN)?;
        let begins = |byte: &u8| self.begins.0[usize::from(*byte)] & KNOWN != 0;
        let starts = bytes.get(from..until)?.iter().enumerate().filter(|(_, byte)| begins(byte));
        starts.map(|(at, _)| from + at).find_map(|at| {
            let length = self.beginning_of(&bytes[at..])?;
            Some(at..at + length)
        })
    }

    /// Length of the longest known value that `text` begins with.
    fn beginning_of(&self, text: &[u8]) -> Option<usize> {
        let head = head(text)?;
        let start = self.heads.partition_point(|(known, _)| *known < head);
        self.heads[start..]
            .iter()
            .take_while(|(known, _)| *known == head)
            .map(|(_, place)| &self.in_order[*place])
            .filter(|value| text.starts_with(value))
            .map(|value| value.len())
            .max()
    }
}

fn head(text: &[u8]) -> Option<u64> {
    text.first_chunk::<HEAD>().map(|head| u64::from_le_bytes(*head))
}

/// Places of secrets in order, not touching each other.
fn find(text: &[u8], known: &Known) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut looked_until = 0;
    for (at, byte) in text.iter().enumerate() {
        let begins = known.begins.0[usize::from(*byte)];
        if begins == 0 {
            continue;
        }
        if begins & KNOWN != 0
            && let Some(length) = known.beginning_of(&text[at..])
        {
            add(&mut found, at..at + length);
        }
        if begins & LOOKS != 0
            && at >= looked_until
            && let Some(range) = looks::secret_at(text, at)
        {
            looked_until = range.end;
            add(&mut found, range);
        }
    }
    found
}

/// Adds a place; those that overlap become one, so that no part of either is left.
fn add(found: &mut Vec<Range<usize>>, mut range: Range<usize>) {
    while let Some(last) = found.pop_if(|last| last.end > range.start) {
        range = range.start.min(last.start)..range.end.max(last.end);
    }
    found.push(range);
}

/// The value as it stands inside a JSON string.
fn in_json(value: &str) -> Cow<'_, str> {
    let quoted = serde_json::Value::from(value).to_string();
    Cow::Owned(quoted.trim_matches('"').to_owned())
}

/// The value as it stands in a query.
fn in_url(value: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).into()
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
