//! Request numbers: made once per request, sort by arrival, short enough to read out loud.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bits of the counter below the milliseconds: two million requests within one millisecond before the next
/// millisecond is borrowed, and 42 bits of time left (until the year 2109) in SQLite's positive rowids.
const COUNTER_BITS: u32 = 21;
const COUNTER_MASK: u64 = (1 << COUNTER_BITS) - 1;
/// Digits of a whole number: 64 bits, five each.
const DIGITS: usize = 13;
/// Digits shown in lists. They hold the low 20 bits, so they tell a million consecutive requests apart.
const SHORT_DIGITS: usize = 4;
/// A text with fewer digits is never taken as the beginning of a number: it would span years.
const PREFIX_DIGITS: usize = 6;
/// A stored number further ahead of the clock than this is a clock fault of the past and does not bind us.
const AHEAD_MS: u64 = 3_600_000;
/// Numbers that a process which was killed may have given and not written: more than were ever under way or waiting to be
/// written together. Their short forms are known to clients, and must not mean other requests.
const UNWRITTEN: u64 = 1 << 16;
/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// What stands before a number.
const PREFIX: &str = "req_";

/// The last number given out.
static LAST: LazyLock<AtomicU64> = LazyLock::new(|| AtomicU64::new(rand::random::<u64>() & COUNTER_MASK));

/// Request number: milliseconds since the Unix epoch << 21 | a counter, so that it sorts by time and fits SQLite's
/// rowid. Shown as `req_` + Crockford base32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct RequestId(pub u64);

impl RequestId {
    /// The next number of this process; it grows even when the clock goes back.
    pub fn next(unix_ms: u64) -> Self {
        let mut next = 0;
        let step = |last: u64| {
            next = following(last, unix_ms);
            Some(next)
        };
        let _ = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        Self(next)
    }

    /// Makes the following numbers larger than `stored`, the largest one of an earlier process, and than those that it
    /// may have given without writing them, unless that one lies more than an hour ahead of the clock.
    pub fn continue_after(stored: Self, unix_ms: u64) {
        if stored.unix_ms() <= unix_ms.saturating_add(AHEAD_MS) {
            LAST.fetch_max(stored.0.saturating_add(UNWRITTEN), Ordering::Relaxed);
        }
    }

    /// The smallest number a request of this millisecond can have.
    pub const fn first_of(unix_ms: u64) -> Self {
        Self(unix_ms << COUNTER_BITS)
    }

    /// When the request arrived.
    pub const fn unix_ms(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    /// The last four characters, as lists show them.
    pub fn short(self) -> Short {
        let all = self.digits();
        let mut short = [0; SHORT_DIGITS];
        short.copy_from_slice(&all[DIGITS - SHORT_DIGITS..]);
        Short(short)
    }

    /// As it is shown, without a `String`.
    pub fn text(self) -> [u8; PREFIX.len() + DIGITS] {
        let mut text = [0; PREFIX.len() + DIGITS];
        text[..PREFIX.len()].copy_from_slice(PREFIX.as_bytes());
        text[PREFIX.len()..].copy_from_slice(&self.digits());
        text
    }

    fn digits(self) -> [u8; DIGITS] {
        let mut out = [0; DIGITS];
        for (place, digit) in out.iter_mut().rev().enumerate() {
            *digit = ALPHABET[(self.0 >> (5 * place) & 31) as usize];
        }
        out
    }
}

/// The number after `last` at this time.
fn following(last: u64, unix_ms: u64) -> u64 {
    let (last_ms, count) = (last >> COUNTER_BITS, (last + 1) & COUNTER_MASK);
    let ms = if count == 0 && unix_ms <= last_ms { last_ms + 1 } else { last_ms.max(unix_ms) };
    ms << COUNTER_BITS | count
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

/// The short form of a [`RequestId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Short([u8; SHORT_DIGITS]);

impl Short {
    /// The characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no request number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a request number: `req_` and up to 13 letters and digits, without I, L, O and U")]
pub struct NotAnId;

impl FromStr for RequestId {
    type Err = NotAnId;

    /// Reads the whole form; upper or lower case, with or without `req_`, `o` as 0, `i` and `l` as 1.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match text.parse()? {
            Wanted::Whole(id) => Ok(id),
            Wanted::Part { .. } => Err(NotAnId),
        }
    }
}

/// What a person typed to name a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All 13 digits.
    Whole(RequestId),
    /// Fewer: the last ones (as lists show them) or, from six on, the first ones.
    Part {
        /// The digits' value.
        value: u64,
        /// How many digits.
        digits: u32,
    },
}

impl Wanted {
    /// Whether it ends the number. `(mask, value)`: a number fits when `id & mask == value`.
    pub fn ending(self) -> (u64, u64) {
        match self {
            Self::Whole(id) => (u64::MAX, id.0),
            Self::Part { value, digits } => ((1 << (5 * digits)) - 1, value),
        }
    }

    /// First and last number that begin with it; `None` when it is too short to mean that.
    pub fn beginning(self) -> Option<(u64, u64)> {
        match self {
            Self::Whole(id) => Some((id.0, id.0)),
            Self::Part { value, digits } if digits as usize >= PREFIX_DIGITS => {
                let shift = 5 * (DIGITS as u32 - digits);
                let first = value.checked_shl(shift).filter(|first| first >> shift == value)?;
                Some((first, first | ((1 << shift) - 1)))
            }
            Self::Part { .. } => None,
        }
    }

    /// Whether `id` is meant.
    pub fn fits(self, id: RequestId) -> bool {
        let (mask, value) = self.ending();
        id.0 & mask == value || self.beginning().is_some_and(|(first, last)| (first..=last).contains(&id.0))
    }
}

impl FromStr for Wanted {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digits = text.strip_prefix(PREFIX).unwrap_or(text).as_bytes();
        if digits.is_empty() || digits.len() > DIGITS {
            return Err(NotAnId);
        }
        let mut value = 0_u64;
        for digit in digits {
            value = value.checked_mul(32).ok_or(NotAnId)? | digit_value(*digit)?;
        }
        Ok(match digits.len() {
            DIGITS => Self::Whole(RequestId(value)),
            short => Self::Part { value, digits: short as u32 },
        })
    }
}

fn digit_value(digit: u8) -> Result<u64, NotAnId> {
    let upper = match digit.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|known| *known == upper).map(|at| at as u64).ok_or(NotAnId)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn numbers_grow_even_when_the_clock_goes_back() {
        let first = RequestId::next(1_800_000_000_000);
        let second = RequestId::next(1_700_000_000_000);
        assert!(second > first, "{second} after {first}");
        assert!(RequestId::next(1_800_000_000_001) > second);
    }

    #[test]
    fn a_full_counter_borrows_the_next_millisecond() {
        let last = 5 << COUNTER_BITS | COUNTER_MASK;
        assert_eq!(following(last, 5), 6 << COUNTER_BITS);
        assert_eq!(following(last, 9), 9 << COUNTER_BITS);
        assert_eq!(following(last, 3), 6 << COUNTER_BITS);
    }

    /// After a kill a client's number that was never written and a later request had the same four characters.
    #[test]
    fn numbers_that_were_given_and_not_written_are_not_given_again_after_a_kill() {
        let now = 1_795_000_000_000;
        let stored = RequestId::next(now);
        let unwritten: Vec<Short> = (0..1_000).map(|_| RequestId::next(now).short()).collect();
        RequestId::continue_after(stored, now);
        let after: Vec<Short> = (0..1_000).map(|_| RequestId::next(now + 5_000).short()).collect();
        assert!(after.iter().all(|short| !unwritten.contains(short)));
    }

    #[test]
    fn the_text_form_reads_back_in_any_case_and_with_look_alikes() {
        let id = RequestId(1_795_000_000_123 << COUNTER_BITS | 0x0f_1234);
        let text = id.to_string();
        assert_eq!(text.len(), 4 + DIGITS);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_lowercase().replace('0', "o").replace('1', "l").parse(), Ok(id));
        assert_eq!(id.unix_ms(), 1_795_000_000_123);
    }

    #[test]
    fn the_text_form_sorts_like_the_number() {
        let ids = [0, 1, 31, 32, 1 << 40, u64::MAX].map(RequestId);
        let texts = ids.map(|id| id.to_string());
        assert!(texts.is_sorted());
        assert!(texts.iter().all(|text| text.parse::<RequestId>().is_ok()));
    }

    #[test]
    fn a_request_is_found_by_its_last_characters_or_its_first() {
        let id = RequestId(1_795_000_000_123 << COUNTER_BITS | 77);
        let text = id.to_string();
        for part in [&text[..], &text[4..], id.short().as_str(), &text[..12], &format!("req_{}", id.short())] {
            assert!(part.parse::<Wanted>().unwrap().fits(id), "{part}");
        }
        let other = RequestId(id.0 + 1);
        assert!(!id.short().as_str().parse::<Wanted>().unwrap().fits(other));
        assert!(!"0000".parse::<Wanted>().unwrap().fits(id));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "req_", "req_U", "ümlaut", "ZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZ", "a b"] {
            assert_eq!(text.parse::<Wanted>(), Err(NotAnId), "{text}");
        }
    }
}
