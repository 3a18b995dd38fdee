//! What probes that cost money may spend in a day, and have spent. What one may cost at most is taken before it is asked;
//! when more is known, what it did cost stands there instead. So a crash never leaves more to spend than there is.
//!
//! Amounts are trillionths of a US dollar, days are counted from the Unix epoch.

use serde::{Deserialize, Serialize};

/// Providers whose dearest answer is remembered; a configuration has few.
const DEAREST_MAX: usize = 256;

/// The account of probes; kept over a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProbeSpend {
    day: u64,
    spent: u64,
    asked: u32,
    /// Providers, by identity, that were dearer than was reckoned, and how dear: more than was asked for was answered.
    dearest: Vec<(u64, u64)>,
}

/// Money taken for one probe. Dropped without a word it is spent.
#[derive(Debug)]
#[must_use]
pub struct Reserved {
    identity: u64,
    day: u64,
    most: u64,
}

impl ProbeSpend {
    /// Takes what a probe of the provider of this identity may cost, `most` or what it once did, of the `limit` of this
    /// day. None: that is not left.
    pub fn reserve(&mut self, day: u64, identity: u64, most: u64, limit: u64) -> Option<Reserved> {
        if day > self.day {
            (self.spent, self.asked) = (0, 0);
        }
        // A calendar that was set back gives no money back, and one that was far ahead takes it for no longer than a day.
        self.day = day;
        let most = self.reckoned(identity, most);
        let spent = self.spent.checked_add(most).filter(|spent| *spent <= limit)?;
        self.spent = spent;
        self.asked = self.asked.saturating_add(1);
        Some(Reserved { identity, day, most })
    }

    /// It did cost that.
    pub fn settle(&mut self, reserved: Reserved, cost: u64) {
        if cost > reserved.most {
            self.dearest.retain(|(identity, _)| *identity != reserved.identity);
            if self.dearest.len() >= DEAREST_MAX {
                self.dearest.remove(0);
            }
            self.dearest.push((reserved.identity, cost));
        }
        if reserved.day == self.day {
            self.spent = self.spent.saturating_sub(reserved.most).saturating_add(cost);
        }
    }

    /// Spent on this day.
    pub fn spent(&self, day: u64) -> u64 {
        if day > self.day { 0 } else { self.spent }
    }

    /// Probes of this day that something was spent on.
    pub fn asked(&self, day: u64) -> u32 {
        if day > self.day { 0 } else { self.asked }
    }

    /// Whether a probe that costs `most` would be paid.
    pub fn affords(&self, day: u64, identity: u64, most: u64, limit: u64) -> bool {
        self.spent(day).checked_add(self.reckoned(identity, most)).is_some_and(|spent| spent <= limit)
    }

    /// What a probe of the provider of this identity is reckoned at: `most`, or what one did cost that was dearer.
    pub fn reckoned(&self, identity: u64, most: u64) -> u64 {
        let dearest = self.dearest.iter().find(|(known, _)| *known == identity);
        dearest.map_or(most, |(_, cost)| most.max(*cost))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn what_a_probe_may_cost_is_spent_until_it_is_known_what_it_did_cost() {
        let mut spend = ProbeSpend::default();
        let reserved = spend.reserve(9, 1, 60, 100).unwrap();
        assert!(spend.reserve(9, 2, 60, 100).is_none(), "it is not left");
        assert!(!spend.affords(9, 2, 60, 100));
        spend.settle(reserved, 10);
        assert_eq!((spend.spent(9), spend.asked(9)), (10, 1));
        assert!(spend.affords(9, 2, 60, 100));
        drop(spend.reserve(9, 2, 60, 100).unwrap());
        assert_eq!(spend.clone().spent(9), 70, "nobody said what it did cost, as after a crash");
    }

    #[test]
    fn a_new_day_begins_with_nothing_and_a_clock_set_back_gives_nothing_back() {
        let mut spend = ProbeSpend::default();
        let late = spend.reserve(9, 1, 100, 100).unwrap();
        assert_eq!(spend.spent(10), 0);
        drop(spend.reserve(10, 1, 70, 100).unwrap());
        spend.settle(late, 1);
        assert_eq!(spend.spent(10), 70, "yesterday's probe is yesterday's");
        assert!(spend.reserve(4, 1, 70, 100).is_none());
        assert_eq!(spend.spent(4), 70);
        assert!(spend.reserve(5, 1, 70, 100).is_some(), "a calendar that was ahead is believed no longer");
    }

    #[test]
    fn who_was_dearer_than_reckoned_is_reckoned_so_from_then_on() {
        let mut spend = ProbeSpend::default();
        let reserved = spend.reserve(9, 1, 10, 100).unwrap();
        spend.settle(reserved, 80);
        assert_eq!(spend.spent(9), 80);
        assert!(spend.reserve(9, 1, 10, 100).is_none());
        assert!(spend.reserve(9, 2, 10, 100).is_some(), "another provider is not meant");
        for identity in 10..1_000 {
            let reserved = spend.reserve(20, identity, 1, u64::MAX).unwrap();
            spend.settle(reserved, 2);
        }
        assert_eq!(spend.dearest.len(), DEAREST_MAX);
    }

    #[test]
    fn nothing_may_be_spent_and_nothing_costs_nothing() {
        let mut spend = ProbeSpend::default();
        assert!(spend.reserve(9, 1, 1, 0).is_none());
        assert!(spend.reserve(9, 1, 0, 0).is_some());
        assert!(spend.reserve(9, 1, u64::MAX, 100).is_none());
    }
}
