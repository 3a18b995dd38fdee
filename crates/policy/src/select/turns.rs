//! Whose turn it is: smooth weighted round-robin. Over any stretch each provider gets its share to within one request,
//! and never all of it in a row.

use std::sync::Arc;

/// The turns of one profile.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    /// The profile's name: turns go on over a reload.
    profile: Arc<str>,
    /// Identity of each provider in the profile's order, and what it is owed.
    owed: Vec<(u64, i64)>,
}

impl Turns {
    /// Nobody is owed anything.
    pub(crate) fn new(profile: Arc<str>, providers: impl Iterator<Item = u64>) -> Self {
        Self { profile, owed: providers.map(|identity| (identity, 0)).collect() }
    }

    /// Goes on where `old` was, when it is about the same providers.
    pub(crate) fn resume(self, old: &[Self]) -> Self {
        let same = |turns: &&Self| {
            turns.profile == self.profile
                && turns.owed.len() == self.owed.len()
                && turns.owed.iter().zip(&self.owed).all(|(one, other)| one.0 == other.0)
        };
        let owed = old.iter().find(same).map(|turns| turns.owed.clone());
        Self { owed: owed.unwrap_or(self.owed), profile: self.profile }
    }

    /// Everyone who takes part is owed its weight more; how much that is then. `hint` is where it probably stands.
    pub(crate) fn earn(&mut self, hint: usize, identity: u64, weight: u64) -> i64 {
        let here = self.owed.get(hint).is_some_and(|(known, _)| *known == identity);
        let at = if here { Some(hint) } else { self.owed.iter().position(|(known, _)| *known == identity) };
        let Some((_, owed)) = at.and_then(|at| self.owed.get_mut(at)) else { return 0 };
        *owed = owed.saturating_add_unsigned(weight);
        *owed
    }

    /// Who was chosen pays for all.
    pub(crate) fn pay(&mut self, identity: u64, total: u64) {
        if let Some((_, owed)) = self.owed.iter_mut().find(|(known, _)| *known == identity) {
            *owed = owed.saturating_sub_unsigned(total);
        }
    }
}
