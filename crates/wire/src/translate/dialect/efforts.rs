//! Which efforts a model knows.

use crate::conversation::Effort;

/// A set of efforts; without a member: all of them, as nothing is known of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Efforts(u8);

impl Efforts {
    /// Nothing is known: all are taken.
    pub const ALL: Self = Self(0);

    /// These alone.
    pub const fn of(efforts: &[Effort]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < efforts.len() {
            set |= bit(efforts[at]);
            at += 1;
        }
        Self(set)
    }

    /// Whether it is known which are taken.
    pub const fn are_known(self) -> bool {
        self.0 != 0
    }

    /// Whether this one is taken.
    pub const fn take(self, effort: Effort) -> bool {
        self.0 == 0 || self.0 & bit(effort) != 0
    }

    /// Those that are known to be taken, least first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Effort> {
        Effort::ALL.into_iter().filter(move |effort| self.0 & bit(*effort) != 0)
    }

    /// The nearest that is taken: the same, else the next lower, else the lowest. Whoever wants some gets some.
    pub fn nearest(self, wanted: Effort) -> Effort {
        let some = |known: &Effort| wanted == Effort::None || *known != Effort::None;
        let lower = self.iter().rev().find(|known| *known <= wanted && some(known));
        lower.or_else(|| self.iter().find(some)).or_else(|| self.iter().next()).unwrap_or(wanted)
    }
}

impl FromIterator<Effort> for Efforts {
    fn from_iter<I: IntoIterator<Item = Effort>>(efforts: I) -> Self {
        Self(efforts.into_iter().fold(0, |set, effort| set | bit(effort)))
    }
}

const fn bit(effort: Effort) -> u8 {
    1 << effort as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_an_empty_one_takes_all() {
        let known = Efforts::of(&[Effort::High, Effort::Low]);
        assert_eq!(known.iter().collect::<Vec<_>>(), [Effort::Low, Effort::High]);
        assert_eq!(known.iter().collect::<Efforts>(), known);
        assert!(known.take(Effort::Low) && !known.take(Effort::Max) && Efforts::ALL.take(Effort::Max));
    }
}
