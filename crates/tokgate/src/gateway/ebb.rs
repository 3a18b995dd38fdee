//! ebb: memory that large bodies took goes back to the system when they are gone. The allocator does that only while it
//! frees pages, and only a second after they fell idle; who has just carried large bodies and now stands idle frees
//! nothing.

use std::hint::black_box;
use std::sync::atomic::{AtomicU8, Ordering};

/// Bodies from this size on leave pages behind that are worth giving back.
const LARGE: u64 = 256 << 10;

/// Looks until it is sure that the allocator's own second is over: the first may come too soon.
const LOOKS: u8 = 2;

/// An allocation with a page of its own, which is freed with it.
const PAGE: usize = 1 << 20;

/// Whether large bodies were held lately.
#[derive(Debug, Default)]
pub struct Ebb(AtomicU8);

impl Ebb {
    /// A body of that size is no longer held.
    pub fn freed(&self, bytes: u64) {
        if bytes >= LARGE {
            self.0.store(LOOKS, Ordering::Relaxed);
        }
    }

    /// Gives back what fell idle, when large bodies were held lately; to be called every few seconds. Whether it did.
    pub fn look(&self) -> bool {
        if self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
            return false;
        }
        drop(black_box(Vec::<u8>::with_capacity(PAGE)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_large_bodies_memory_is_given_back_twice_and_then_no_more() {
        let ebb = Ebb::default();
        ebb.freed(LARGE - 1);
        assert!(!ebb.look(), "small ones leave nothing behind");
        ebb.freed(LARGE);
        ebb.freed(10 * LARGE);
        assert_eq!([ebb.look(), ebb.look(), ebb.look()], [true, true, false]);
    }
}
