//! How many attempts one request may make. Each kind has a bound of its own: what may have been billed, what reached an
//! upstream, what never left, and what was only asked to come back later.

use crate::classify::{Certainty, Verdict};

/// Attempts of one request that reached an upstream. More would multiply an outage.
pub const ATTEMPTS_MAX: u32 = 4;

/// Of these, at one provider. Only when no other provider is left, further keys of it are tried: a rejected or
/// limited key says nothing against the next one.
pub const ATTEMPTS_PER_PROVIDER_MAX: u32 = 2;

/// Candidates that may ask one request to come back later, without that using up an attempt: nothing was done and
/// nothing is billed. More would be a sweep over everything there is; and a candidate that says so again has cost an
/// attempt.
pub const TOLD_TO_WAIT_MAX: u32 = 8;

/// Attempts that may have been billed without an answer: the first, and one more.
const AMBIGUOUS_MAX: u32 = 2;

/// Attempts of which nothing reached an upstream. They cost nothing but time.
pub(crate) const NOT_SENT_MAX: u32 = 8;

/// What a request has used up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    /// Attempts that count, at most.
    max: u32,
    counted: u32,
    not_sent: u32,
    ambiguous: u32,
    /// Candidates that asked it to come back later, for the first time.
    told: u32,
    /// One of them did so again.
    told_again: bool,
}

impl Tries {
    /// Nothing is used up of `max` attempts.
    pub(crate) fn new(max: u32) -> Self {
        Self { max: max.clamp(1, ATTEMPTS_MAX), counted: 0, not_sent: 0, ambiguous: 0, told: 0, told_again: false }
    }

    /// Whether another attempt may be made.
    pub(crate) fn are_left(&self) -> bool {
        self.counted < self.max && self.not_sent < NOT_SENT_MAX && self.ambiguous < AMBIGUOUS_MAX
    }

    /// An attempt failed. `again`: its candidate had asked this request to come back later before.
    pub(crate) fn failed(&mut self, verdict: &Verdict, again: bool) {
        self.ambiguous += u32::from(verdict.ambiguous);
        if verdict.certainty == Certainty::NotSent {
            self.not_sent += 1;
        } else if verdict.row.asks_to_wait() && !again && self.max > 1 && !self.is_told_enough() {
            // Who is to be asked only once is not asked elsewhere either.
            self.told += 1;
        } else {
            self.counted += 1;
            self.told_again |= again;
        }
    }

    /// So many have asked it to come back later that no further key of theirs is asked.
    pub(crate) fn is_told_enough(&self) -> bool {
        self.told >= TOLD_TO_WAIT_MAX
    }

    /// Whether the next attempt is the last one, and those who asked it to come back later were no better then: more
    /// waiting says more than more asking.
    pub(crate) fn is_last_to_be_kept(&self) -> bool {
        self.told_again && self.counted + 1 >= self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Row;

    fn failed(tries: &mut Tries, row: Row, again: bool) -> bool {
        tries.failed(&Verdict::of(row, None), again);
        tries.are_left()
    }

    #[test]
    fn each_kind_of_attempt_has_a_bound_of_its_own() {
        for (row, again, most) in [
            (Row::Unavailable, false, 4),
            (Row::EmptyStream, false, 2),
            (Row::Refused, false, 8),
            (Row::RateLimited, true, 4),
            (Row::RateLimitedLong, false, 12),
            (Row::Overloaded, false, 12),
        ] {
            let mut tries = Tries::new(4);
            let made = (1..).find(|_| !failed(&mut tries, row, again));
            assert_eq!(made, Some(most), "{row}");
        }
    }

    #[test]
    fn being_asked_to_wait_takes_nothing_from_the_attempts_that_count() {
        let mut tries = Tries::new(4);
        for _ in 0..8 {
            assert!(failed(&mut tries, Row::RateLimited, false));
        }
        assert!(tries.is_told_enough() && !tries.is_last_to_be_kept());
        for left in [true, true, true, false] {
            assert_eq!(failed(&mut tries, Row::RateLimited, true), left);
        }
    }

    #[test]
    fn who_may_try_once_tries_once() {
        let mut tries = Tries::new(1);
        assert!(!failed(&mut tries, Row::RateLimited, false));
    }

    #[test]
    fn the_last_attempt_is_kept_once_somebody_has_asked_to_wait_again() {
        let mut tries = Tries::new(2);
        failed(&mut tries, Row::RateLimited, false);
        assert!(!tries.is_last_to_be_kept(), "it has not come back yet");
        failed(&mut tries, Row::RateLimited, true);
        assert!(tries.is_last_to_be_kept());
    }
}
