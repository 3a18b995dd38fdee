//! How fast the line of each profile moves: by this those who find it full are told when to come again.

use std::sync::Arc;
use std::time::Duration;

/// Profiles of which the pace is remembered.
const PACES_MAX: usize = 64;

/// A new gap counts for this part of the average.
const SHARE: u32 = 4;

/// The lines that moved lately.
#[derive(Debug, Clone, Default)]
pub(super) struct Paces(Vec<Pace>);

#[derive(Debug, Clone)]
struct Pace {
    group: Arc<str>,
    last: Duration,
    gap: Option<Duration>,
}

impl Paces {
    /// Somebody left the line of a profile because it had a place.
    pub(super) fn left(&mut self, now: Duration, group: &Arc<str>) {
        match self.0.iter_mut().find(|pace| pace.group == *group) {
            Some(pace) => {
                let gap = now.saturating_sub(pace.last);
                let old = pace.gap.unwrap_or(gap);
                pace.gap = Some((old * (SHARE - 1) + gap) / SHARE);
                pace.last = now;
            }
            None => {
                if self.0.len() >= PACES_MAX {
                    self.0.remove(0);
                }
                self.0.push(Pace { group: Arc::clone(group), last: now, gap: None });
            }
        }
    }

    /// How long until one more than so many has left, as far as that is known.
    pub(super) fn drains_in(&self, group: &str, waiting: usize) -> Option<Duration> {
        let pace = self.0.iter().find(|pace| *pace.group == *group)?;
        Some(pace.gap? * u32::try_from(waiting + 1).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_pace_of_a_line_is_known_from_the_second_who_leaves_it_and_follows_slowly() {
        let (mut paces, group) = (Paces::default(), Arc::from("work"));
        paces.left(secs(10), &group);
        assert_eq!(paces.drains_in("work", 3), None);
        paces.left(secs(14), &group);
        assert_eq!(paces.drains_in("work", 3), Some(secs(16)));
        paces.left(secs(26), &group);
        assert_eq!((paces.drains_in("work", 0), paces.drains_in("other", 0)), (Some(secs(6)), None));
    }

    #[test]
    fn profiles_without_end_do_not_fill_the_memory() {
        let mut paces = Paces::default();
        for number in 0..PACES_MAX + 5 {
            paces.left(secs(1), &number.to_string().into());
        }
        assert_eq!(paces.0.len(), PACES_MAX);
    }
}
