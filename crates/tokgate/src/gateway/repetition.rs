//! What coding agents asked within the last minute, so that one that goes round in a circle is noticed.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokgate_policy::repeats::{Counted, Repeats};

/// Bytes of each end of a body that its outline is made of. Two requests of one conversation that are of the same size
/// nearly always differ there; those that do not are hashed whole.
const END: usize = 1 << 10;

/// What was asked lately, as numbers with a key of this process.
#[derive(Debug, Default)]
pub struct Repetition {
    hasher: RandomState,
    known: Mutex<Repeats>,
    refused: AtomicU64,
}

impl Repetition {
    /// Counts a request of a caller. How often it has come within a minute, this time included.
    pub fn count(&self, now: Duration, caller: &[&str], body: &[u8]) -> (u32, Counted) {
        let head = body.get(..END).unwrap_or(body);
        let tail = body.len().checked_sub(END).and_then(|from| body.get(from..)).unwrap_or_default();
        let outline = self.hash(caller, body.len(), &[head, tail]);
        let looked = self.known.lock().look(now, outline);
        match looked {
            Some(counted) => (1, counted),
            None => {
                // A large body takes a while: not under the lock.
                let whole = self.hash(caller, body.len(), &[body]);
                self.known.lock().again(now, whole)
            }
        }
    }

    /// The request was not answered, by no fault of its caller.
    pub fn give_back(&self, counted: Counted) {
        self.known.lock().give_back(counted);
    }

    /// One more was refused.
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// So many were.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn hash(&self, caller: &[&str], length: usize, parts: &[&[u8]]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        for text in caller {
            hasher.write(text.as_bytes());
            // No text has this byte.
            hasher.write_u8(0xff);
        }
        hasher.write_usize(length);
        for part in parts {
            hasher.write(part);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_body_of_the_same_caller_is_the_same_request() {
        let (repetition, now) = (Repetition::default(), Duration::from_secs(1));
        let body = |middle: u8| [&[b'a'; 5_000][..], &[middle], &[b'z'; 5_000]].concat();
        let count = |caller: &[&str], body: &[u8]| repetition.count(now, caller, body).0;
        assert_eq!([1, 2, 3].map(|_| count(&["run", "one"], &body(0))), [1, 2, 3]);
        assert_eq!(count(&["run", "one"], &body(1)), 2, "its ends came before, it did not");
        assert_eq!(count(&["run", "two"], &body(0)), 1);
        assert_eq!(count(&["ru", "none"], &body(0)), 1, "where a name ends counts");
        assert_eq!(count(&["run", "one"], b""), 1);
        assert_ne!(
            Repetition::default().hash(&[], 0, &[b"a"]),
            repetition.hash(&[], 0, &[b"a"]),
            "of this process alone"
        );
    }
}
