//! Who keeps what: a stored answer, a file, a container means nothing to anybody but the provider that has it. Known by
//! the thing's own id, else by who answered its conversation last.

use std::time::Duration;

use crate::bounded::Bounded;
use crate::memory::{Calendar, Home};

/// How long providers keep what they store: OpenAI its answers, Anthropic its containers.
const STORED_FOR: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What is used again and again is noted no more often than this.
const NOTED_EVERY: Duration = Duration::from_secs(1);

/// Things and conversations remembered.
const KEEPERS_MAX: usize = 10_000;

/// The providers of things and conversations, by hashes of their ids.
#[derive(Debug, Clone)]
pub(crate) struct Keepers {
    /// The provider's identity, and when it was last heard of.
    keepers: Bounded<u64, (u64, Duration)>,
}

impl Keepers {
    pub(crate) fn new() -> Self {
        Self { keepers: Bounded::new(KEEPERS_MAX) }
    }

    /// The provider that keeps a thing, or that answered a conversation last.
    pub(crate) fn of(&self, now: Duration, key: u64) -> Option<u64> {
        let (provider, at) = self.keepers.peek(&key)?;
        (*at + STORED_FOR > now).then_some(*provider)
    }

    /// A provider keeps this now.
    pub(crate) fn note(&mut self, now: Duration, key: u64, provider: u64) {
        let is_known = |(known, at): &(u64, Duration)| *known == provider && *at + NOTED_EVERY > now;
        if !self.keepers.peek(&key).is_some_and(is_known) {
            self.keepers.insert(key, (provider, now));
        }
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.keepers.len()
    }

    /// All of them. They are warm nowhere by that.
    pub(crate) fn export(&self, calendar: &Calendar) -> impl Iterator<Item = Home> {
        self.keepers.iter().map(|(key, (provider, at))| Home(*key, *provider, calendar.date(*at), 0))
    }

    /// Takes over what was kept.
    pub(crate) fn restore(&mut self, calendar: &Calendar, Home(key, provider, at, _): &Home) {
        self.keepers.insert(*key, (*provider, calendar.moment(*at).min(calendar.now)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Duration = Duration::from_secs(1_000);

    #[test]
    fn who_keeps_a_thing_is_known_for_as_long_as_providers_keep_it() {
        let mut keepers = Keepers::new();
        keepers.note(T0, 1, 7);
        assert_eq!(keepers.of(T0 + STORED_FOR / 2, 1), Some(7));
        assert_eq!(keepers.of(T0 + STORED_FOR, 1), None);
        keepers.note(T0, 1, 8);
        assert_eq!((keepers.of(T0, 1), keepers.of(T0, 2)), (Some(8), None));
    }

    #[test]
    fn many_things_do_not_fill_the_memory() {
        let mut keepers = Keepers::new();
        for key in 0..25_000 {
            keepers.note(T0, key, 7);
        }
        assert!(keepers.keepers.len() <= KEEPERS_MAX);
        assert_eq!(keepers.of(T0, 24_999), Some(7), "the newest is kept");
    }
}
