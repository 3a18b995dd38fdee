//! Providers, and single keys, that are missing from the configuration. Somebody edits a file in steps, and who is back
//! before long is who he was: with his failures, his history, and the requests still under way there; a rejected key is
//! still a rejected one.

use std::collections::VecDeque;
use std::time::Duration;

/// Who is missing for longer is another when he comes back.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// Providers kept, and keys of one provider; a configuration has few, and one that is rewritten again and again must not
/// add up.
const MAX: usize = 64;

/// Known again by a number of its own.
pub(crate) trait Identified {
    /// The same as long as it is the same.
    fn identity(&self) -> u64;
}

/// Those that are missing, and since when.
#[derive(Debug, Clone)]
pub(crate) struct Absent<T>(VecDeque<(Duration, T)>);

impl<T> Default for Absent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Identified> Absent<T> {
    /// It is missing since then.
    pub(crate) fn leave(&mut self, since: Duration, state: T) {
        self.0.retain(|(_, known)| known.identity() != state.identity());
        if self.0.len() >= MAX {
            self.0.pop_front();
        }
        self.0.push_back((since, state));
    }

    /// It is back.
    pub(crate) fn take(&mut self, identity: u64) -> Option<T> {
        let at = self.0.iter().position(|(_, state)| state.identity() == identity)?;
        self.0.remove(at).map(|(_, state)| state)
    }

    pub(crate) fn get(&self, identity: u64) -> Option<&T> {
        self.0.iter().map(|(_, state)| state).find(|state| state.identity() == identity)
    }

    pub(crate) fn get_mut(&mut self, identity: u64) -> Option<&mut T> {
        self.iter_mut().find(|state| state.identity() == identity)
    }

    /// Those that are kept, with the moment since which they are missing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Duration, T)> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, state)| state)
    }

    /// Forgets whom nobody waits for any more.
    pub(crate) fn sweep(&mut self, now: Duration) {
        self.0.retain(|(since, _)| *since + KEPT_FOR > now);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::state::ProviderState;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(100_000 + seconds)
    }

    #[test]
    fn who_is_back_in_time_is_who_he_was_and_nobody_twice() {
        let mut absent = Absent::default();
        absent.leave(at(0), ProviderState::unseen(7, [1, 2]));
        absent.leave(at(9), ProviderState::unseen(7, [3]));
        assert_eq!(absent.iter().count(), 1);
        assert!(absent.get(7).is_some() && absent.get_mut(8).is_none());
        absent.sweep(at(9) + KEPT_FOR - Duration::from_secs(1));
        assert_eq!(absent.take(7).unwrap().keys[0].id, 3);
        assert!(absent.take(7).is_none());
    }

    #[test]
    fn they_are_kept_for_a_day_and_never_too_many() {
        let mut absent = Absent::default();
        (0..1_000).for_each(|identity| absent.leave(at(identity), ProviderState::unseen(identity, [])));
        assert_eq!(absent.iter().count(), MAX);
        assert!(absent.get(999).is_some() && absent.get(0).is_none());
        absent.sweep(at(999) + KEPT_FOR);
        assert_eq!(absent.iter().count(), 0);
    }
}
