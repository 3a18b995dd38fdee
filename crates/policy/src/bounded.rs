//! A map that forgets the entry not used for longest when it is full.

use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug, Clone)]
pub(crate) struct Bounded<K, V> {
    entries: HashMap<K, (u64, V)>,
    /// Counts uses; the smallest number is the oldest entry.
    uses: u64,
    max: usize,
}

impl<K: Hash + Eq + Copy, V> Bounded<K, V> {
    pub(crate) fn new(max: usize) -> Self {
        Self { entries: HashMap::new(), uses: 0, max }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Reads without counting as a use, so that looking does not need `&mut`.
    pub(crate) fn peek(&self, key: &K) -> Option<&V> {
        // The map is empty nearly always; then the hash is not worth computing.
        if self.entries.is_empty() { None } else { self.entries.get(key).map(|(_, value)| value) }
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.uses += 1;
        if self.entries.len() >= self.max && !self.entries.contains_key(&key) {
            self.forget_oldest();
        }
        self.entries.insert(key, (self.uses, value));
    }

    /// Changes the value of a key, a new one when it has none.
    pub(crate) fn change<T>(&mut self, key: K, change: impl FnOnce(&mut V) -> T) -> T
    where
        V: Default,
    {
        if let Some((used, value)) = self.entries.get_mut(&key) {
            self.uses += 1;
            *used = self.uses;
            return change(value);
        }
        let mut value = V::default();
        let changed = change(&mut value);
        self.insert(key, value);
        changed
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if !self.entries.is_empty() {
            self.entries.remove(key);
        }
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.entries.retain(|_, (_, value)| keep(value));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, (_, value))| (key, value))
    }

    /// A full scan, but only when the map is full, and then the oldest eighth goes: a flood of new keys pays one scan for
    /// many of them.
    fn forget_oldest(&mut self) {
        let mut uses: Vec<u64> = self.entries.values().map(|(used, _)| *used).collect();
        let last = (uses.len() / 8).min(uses.len().saturating_sub(1));
        if uses.is_empty() {
            return;
        }
        let oldest = *uses.select_nth_unstable(last).1;
        self.entries.retain(|_, (used, _)| *used > oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_forgets_what_was_written_longest_ago() {
        let mut map = Bounded::new(2);
        map.insert(1, "one");
        map.insert(2, "two");
        map.insert(1, "one again");
        map.insert(3, "three");
        assert_eq!(map.len(), 2);
        assert_eq!((map.peek(&1), map.peek(&2), map.peek(&3)), (Some(&"one again"), None, Some(&"three")));
    }

    #[test]
    fn a_value_that_is_changed_is_used_and_begins_as_the_default() {
        let mut map = Bounded::new(2);
        let mut count = |key| map.change(key, |count: &mut u32| (*count += 1, *count).1);
        assert_eq!([count(1), count(2), count(1), count(3)], [1, 1, 2, 1]);
        assert_eq!((map.peek(&1), map.peek(&2), map.peek(&3)), (Some(&2), None, Some(&1)));
    }
}
