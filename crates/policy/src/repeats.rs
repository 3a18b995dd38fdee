//! The same request again and again: an agent that goes round in a circle asks what it has just been answered, and each
//! answer is billed. Callers and requests are numbers here; what they are hashes of is the shell's.

use std::time::Duration;

use crate::bounded::Bounded;

/// Parts of the minute: the oldest is forgotten as a whole.
const PARTS: usize = 10;

/// Length of a part.
const PART: Duration = Duration::from_secs(6);

/// How long a request is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Outlines remembered at most: some minutes of many agents, in a tenth of a megabyte.
const OUTLINES_MAX: usize = 2_048;

/// Requests that have come twice and are counted at most.
const COUNTED_MAX: usize = 512;

/// What was asked lately.
///
/// A whole request is hashed only when its outline (its size, its ends) has come within a minute: the requests of a
/// conversation grow, so hardly one in a thousand is.
#[derive(Debug)]
pub struct Repeats {
    /// When each outline came last.
    outlines: Bounded<u64, Duration>,
    counted: Bounded<u64, Counts>,
}

/// How often a request has come, by parts of the minute.
#[derive(Debug, Clone, Copy, Default)]
struct Counts([(u64, u32); PARTS]);

/// What a request has been counted as, to be given back when it came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The first of its outline.
    First {
        /// Which.
        outline: u64,
        /// When.
        at: Duration,
    },
    /// Another of its kind.
    Again {
        /// Which.
        whole: u64,
        /// In this part of time.
        part: u64,
    },
}

impl Default for Repeats {
    fn default() -> Self {
        Self { outlines: Bounded::new(OUTLINES_MAX), counted: Bounded::new(COUNTED_MAX) }
    }
}

impl Repeats {
    /// Takes note of a request's outline. Nothing: one like it has come within a minute, and [`Self::again`] is to be told
    /// the hash of the whole.
    pub fn look(&mut self, now: Duration, outline: u64) -> Option<Counted> {
        let known = self.outlines.peek(&outline).is_some_and(|at| *at + REMEMBERED > now);
        self.outlines.insert(outline, now);
        (!known).then_some(Counted::First { outline, at: now })
    }

    /// Counts a request whose outline has come before, and says how often it has come within a minute, this time and the
    /// first one included.
    pub fn again(&mut self, now: Duration, whole: u64) -> (u32, Counted) {
        let part = now.as_secs() / PART.as_secs();
        let mut counts = self.counted.peek(&whole).copied().unwrap_or_default();
        counts.add(part);
        self.counted.insert(whole, counts);
        (counts.sum(part).saturating_add(1), Counted::Again { whole, part })
    }

    /// The request was not answered, by no fault of its caller: that it comes again is what should happen.
    pub fn give_back(&mut self, counted: Counted) {
        match counted {
            Counted::First { outline, at } => {
                if self.outlines.peek(&outline) == Some(&at) {
                    self.outlines.remove(&outline);
                }
            }
            Counted::Again { whole, part } => {
                if let Some(counts) = self.counted.peek(&whole).copied() {
                    self.counted.insert(whole, counts.without(part));
                }
            }
        }
    }
}

impl Counts {
    fn add(&mut self, part: u64) {
        if let Some((of, count)) = self.0.get_mut((part % PARTS as u64) as usize) {
            *count = if *of == part { count.saturating_add(1) } else { 1 };
            *of = part;
        }
    }

    fn without(mut self, part: u64) -> Self {
        if let Some((_, count)) = self.0.get_mut((part % PARTS as u64) as usize).filter(|(of, _)| *of == part) {
            *count = count.saturating_sub(1);
        }
        self
    }

    fn sum(&self, newest: u64) -> u32 {
        let recent = self.0.iter().filter(|(part, _)| part + PARTS as u64 > newest);
        recent.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the shell asks; gives how often it has come.
    fn ask(repeats: &mut Repeats, seconds: u64, outline: u64, whole: u64) -> (u32, Counted) {
        let now = Duration::from_secs(seconds);
        repeats.look(now, outline).map_or_else(|| repeats.again(now, whole), |counted| (1, counted))
    }

    #[test]
    fn the_same_request_is_counted_for_a_minute() {
        let mut repeats = Repeats::default();
        let counts: Vec<u32> = (0..10).map(|second| ask(&mut repeats, 100 + second, 1, 11).0).collect();
        assert_eq!(counts, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(ask(&mut repeats, 240, 1, 11).0, 1, "two minutes later it is new");
        let spread: Vec<u32> = (0..20).map(|turn| ask(&mut repeats, 1_000 + turn * 10, 2, 22).0).collect();
        assert!(spread.iter().all(|count| *count <= 7), "six a minute, and the first: {spread:?}");
    }

    #[test]
    fn what_only_looks_alike_is_told_apart() {
        let mut repeats = Repeats::default();
        for whole in 0..100 {
            assert!(ask(&mut repeats, 5, 1, whole).0 <= 2, "{whole}");
        }
    }

    #[test]
    fn what_was_not_answered_does_not_count() {
        let mut repeats = Repeats::default();
        for _ in 0..50 {
            let (count, counted) = ask(&mut repeats, 5, 1, 11);
            assert_eq!(count, 1);
            repeats.give_back(counted);
        }
        let (first, _) = ask(&mut repeats, 5, 1, 11);
        for _ in 0..50 {
            let (count, counted) = ask(&mut repeats, 6, 1, 11);
            assert_eq!((first, count), (1, 2));
            repeats.give_back(counted);
        }
    }

    #[test]
    fn a_late_return_takes_nothing_from_what_came_after() {
        let mut repeats = Repeats::default();
        let (_, first) = ask(&mut repeats, 0, 1, 11);
        let (_, second) = ask(&mut repeats, 1, 1, 11);
        assert_eq!(ask(&mut repeats, 59, 1, 11).0, 3);
        assert_eq!(ask(&mut repeats, 61, 1, 11).0, 3);
        repeats.give_back(first);
        repeats.give_back(second);
        assert_eq!(ask(&mut repeats, 62, 1, 11).0, 4, "those of this minute stay");
    }

    #[test]
    fn strangers_do_not_fill_the_memory() {
        let mut repeats = Repeats::default();
        for number in 0..20_000 {
            ask(&mut repeats, 1, number, number);
            ask(&mut repeats, 1, number, number);
        }
        assert!(repeats.outlines.len() <= OUTLINES_MAX && repeats.counted.len() <= COUNTED_MAX);
    }
}
