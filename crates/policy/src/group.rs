//! What is remembered of a profile as a group of providers: what may still be spent on fail-over, and when one that is
//! left alone was last tried all the same. Kept over a reload by name.

use std::sync::Arc;
use std::time::Duration;

use crate::budget::Budget;
use crate::params::Params;

/// Between two requests of a profile that try a provider although everything is left alone.
pub(crate) const PANIC_EVERY: Duration = Duration::from_secs(1);

/// A profile.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    name: Arc<str>,
    /// For further attempts at other providers.
    pub(crate) failover: Budget,
    /// Requests that went on to another provider and have not begun to be answered.
    pub(crate) moved: u32,
    panicked: Option<Duration>,
}

/// Requests that always may find out at once whether a provider that is not known to fail takes those of another.
const MOVED_MIN: u32 = 4;

impl Group {
    /// Whether one more may find out: as many as there were requests lately, as all may have failed at the same moment.
    pub(crate) fn may_find_out(&self, now: Duration) -> bool {
        self.moved < self.failover.lately(now).max(MOVED_MIN)
    }

    /// Lets one request a second try somebody although everything is left alone.
    pub(crate) fn may_panic(&mut self, now: Duration) -> bool {
        let may = self.panicked.is_none_or(|at| at + PANIC_EVERY <= now);
        if may {
            self.panicked = Some(now);
        }
        may
    }
}

/// Groups of profiles that are gone which are remembered: requests under way go on with the configuration they started
/// under, and are held to its bounds. With more, those that went first are forgotten.
const GONE_MAX: usize = 16;

/// The groups of a configuration in its order, taking over what is known of those of the same name; behind them those of
/// profiles that are gone, the last ones first.
pub(crate) fn groups(params: &Params, mut old: Vec<Group>) -> Vec<Group> {
    let group = |name: &Arc<str>| match old.iter().position(|group| group.name == *name) {
        Some(at) => old.remove(at),
        None => Group { name: Arc::clone(name), failover: Budget::new(), moved: 0, panicked: None },
    };
    let mut groups: Vec<Group> = params.profiles.iter().map(|profile| &profile.name).map(group).collect();
    groups.extend(old.into_iter().take(GONE_MAX));
    groups
}

/// The group of a profile by its place and its name: a request that is older than the configuration knows another place.
pub(crate) fn find<'a>(groups: &'a mut [Group], place: usize, name: &str) -> Option<&'a mut Group> {
    let here = groups.get(place).is_some_and(|group| *group.name == *name);
    if here { groups.get_mut(place) } else { groups.iter_mut().find(|group| *group.name == *name) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::params::ProfileParams;

    fn params(names: &[&str]) -> Params {
        let profiles = names.iter().map(|name| ProfileParams::new(name, Vec::new())).collect();
        Params { profiles, ..Params::default() }
    }

    #[test]
    fn one_request_a_second_is_let_through_when_everything_is_left_alone() {
        let mut groups = groups(&params(&["all"]), Vec::new());
        let group = find(&mut groups, 0, "all").unwrap();
        let at = |millis: u64| Duration::from_millis(1_000 + millis);
        let let_through: Vec<_> =
            (0..35).map(|step| step * 100).filter(|millis| group.may_panic(at(*millis))).collect();
        assert_eq!(let_through, [0, 1_000, 2_000, 3_000]);
    }

    #[test]
    fn a_group_is_known_again_after_a_reload_whatever_its_place() {
        let mut old = groups(&params(&["a", "b"]), Vec::new());
        assert!(find(&mut old, 1, "b").unwrap().may_panic(Duration::from_secs(5)));
        let mut new = groups(&params(&["b", "c"]), old);
        assert!(!find(&mut new, 1, "b").unwrap().may_panic(Duration::from_secs(5)));
        assert!(find(&mut new, 1, "c").unwrap().may_panic(Duration::from_secs(5)));
    }

    #[test]
    fn requests_of_a_profile_that_is_gone_are_held_to_one_a_second_too() {
        let mut old = groups(&params(&["a", "b"]), Vec::new());
        let at = Duration::from_secs(5);
        assert!(find(&mut old, 0, "a").unwrap().may_panic(at));
        let mut without = groups(&params(&["b"]), old);
        assert!(!find(&mut without, 0, "a").unwrap().may_panic(at));
        let mut back = groups(&params(&["b", "a"]), without);
        assert!(!find(&mut back, 1, "a").unwrap().may_panic(at));
        assert_eq!(back.len(), 2);
    }

    #[test]
    fn profiles_that_come_and_go_do_not_fill_the_memory() {
        let mut all = groups(&params(&["stays"]), Vec::new());
        for number in 0..100 {
            all = groups(&params(&["stays", &format!("p{number}")]), all);
        }
        assert_eq!(all.len(), 2 + GONE_MAX);
        assert!(find(&mut all, 1, "p98").is_some() && find(&mut all, 1, "p0").is_none());
    }
}
