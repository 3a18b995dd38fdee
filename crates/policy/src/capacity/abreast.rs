//! Those who waited for a provider to be back come to it a few at a time, whatever brought them to the same moment: their
//! rests may end together, and one provider may take what waited for several.

use std::collections::VecDeque;
use std::time::Duration;

/// So many begin at a provider within [`WITHIN`].
const ABREAST: usize = 5;

/// A tenth of a second: long enough for the first of them to show whether the provider bears more.
const WITHIN: Duration = Duration::from_millis(100);

/// Providers of which it is remembered. What began longer ago than a tenth of a second does not matter, so only those that
/// came back in the same moment need room.
const PROVIDERS_MAX: usize = 64;

/// When those who had waited began, by the identity of the provider.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abreast {
    begun: Vec<(u64, VecDeque<Duration>)>,
}

impl Abreast {
    /// When one more may begin there; nothing: now.
    pub(crate) fn wait(&self, now: Duration, provider: u64) -> Option<Duration> {
        let (_, times) = self.begun.iter().find(|(known, _)| *known == provider)?;
        let recent = |at: &&Duration| **at + WITHIN > now;
        let full = times.iter().filter(recent).count() >= ABREAST;
        times.front().filter(|_| full).map(|first| *first + WITHIN)
    }

    /// One begins there.
    pub(crate) fn begin(&mut self, now: Duration, provider: u64) {
        self.begun.retain(|(_, times)| times.back().is_some_and(|at| *at + WITHIN > now));
        if let Some((_, times)) = self.begun.iter_mut().find(|(known, _)| *known == provider) {
            if times.len() == ABREAST {
                times.pop_front();
            }
            times.push_back(now);
        } else if self.begun.len() < PROVIDERS_MAX {
            self.begun.push((provider, VecDeque::from([now])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: u64 = 7;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(1_000 + millis)
    }

    #[test]
    fn five_begin_in_any_tenth_of_a_second() {
        let mut abreast = Abreast::default();
        let mut begun = Vec::new();
        for millis in 0..400 {
            // Ten want to begin in each millisecond.
            for _ in 0..10 {
                if abreast.wait(at(millis), P).is_none() {
                    abreast.begin(at(millis), P);
                    begun.push(millis);
                }
            }
        }
        assert_eq!(begun, [[0; 5], [100; 5], [200; 5], [300; 5]].concat());
    }

    #[test]
    fn who_is_held_back_is_told_until_when_and_others_are_not_held_back() {
        let mut abreast = Abreast::default();
        for millis in [0, 20, 40, 60, 80] {
            assert_eq!(abreast.wait(at(millis), P), None);
            abreast.begin(at(millis), P);
        }
        assert_eq!(abreast.wait(at(90), P), Some(at(100)));
        assert_eq!(abreast.wait(at(90), P + 1), None);
        assert_eq!(abreast.wait(at(100), P), None);
    }

    #[test]
    fn providers_that_came_back_long_ago_are_forgotten() {
        let mut abreast = Abreast::default();
        for provider in 0..1_000 {
            abreast.begin(at(provider), provider);
        }
        assert!(abreast.begun.len() <= PROVIDERS_MAX);
        abreast.begin(at(5_000), P);
        assert_eq!(abreast.begun.len(), 1);
    }
}
