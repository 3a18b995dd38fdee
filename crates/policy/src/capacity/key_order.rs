//! Which of a provider's keys is used first.

use crate::params::KeyChoice;
use crate::select::rendezvous;

/// One key, as far as choosing goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// Keeps its state over a reload.
    pub(crate) id: u64,
    /// Its share; 0: only when no other is left.
    pub(crate) weight: u32,
    /// Requests under way with it.
    pub(crate) in_flight: u32,
    /// What it is owed where keys take turns by weight.
    pub(crate) owed: i64,
}

/// Where the plain choices begin, whose order is that of the list from there on; nothing for the others.
pub(crate) fn plain(choice: KeyChoice, cursor: usize, mut weights: impl Iterator<Item = u32>) -> Option<usize> {
    match choice {
        KeyChoice::FillFirst => Some(0),
        KeyChoice::RoundRobin => {
            let first = weights.next();
            weights.all(|weight| Some(weight) == first).then_some(cursor)
        }
        KeyChoice::LeastUsed | KeyChoice::Sticky => None,
    }
}

/// All keys once, in the order in which they are tried: places in `keys`. `cursor` is where turns among equals go on.
pub(crate) fn order(choice: KeyChoice, session: Option<u64>, cursor: usize, keys: &[Candidate]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    let rank = |place: &usize| keys.get(*place).map_or(f64::INFINITY, |key| rank(choice, session, key));
    if choice == KeyChoice::LeastUsed {
        places.rotate_left(cursor.checked_rem(keys.len()).unwrap_or(0));
    }
    places.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
    places
}

/// Lower comes first.
#[expect(clippy::cast_precision_loss, reason = "what is owed stays below the sum of the weights")]
fn rank(choice: KeyChoice, session: Option<u64>, key: &Candidate) -> f64 {
    let weight = f64::from(key.weight);
    match (choice, session) {
        _ if key.weight == 0 => f64::INFINITY,
        (KeyChoice::LeastUsed, _) => f64::from(key.in_flight) / weight,
        (KeyChoice::Sticky, Some(session)) => -rendezvous(session, key.id, u64::from(key.weight)),
        (KeyChoice::Sticky | KeyChoice::RoundRobin, _) => -((key.owed + i64::from(key.weight)) as f64),
        (KeyChoice::FillFirst, _) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: u64, weight: u32, in_flight: u32) -> Candidate {
        Candidate { id, weight, in_flight, owed: 0 }
    }

    #[test]
    fn equal_keys_take_plain_turns_and_fill_first_begins_with_the_first() {
        assert_eq!(plain(KeyChoice::RoundRobin, 2, [100, 100, 100].into_iter()), Some(2));
        assert_eq!(plain(KeyChoice::RoundRobin, 2, [100, 50, 100].into_iter()), None);
        assert_eq!(plain(KeyChoice::FillFirst, 2, [100, 50, 100].into_iter()), Some(0));
        assert_eq!(plain(KeyChoice::LeastUsed, 2, [100, 100].into_iter()), None);
        assert!(order(KeyChoice::LeastUsed, None, 5, &[]).is_empty());
    }

    #[test]
    fn the_least_used_key_for_its_weight_comes_first_and_equals_take_turns() {
        let keys = [key(1, 100, 2), key(2, 50, 0), key(3, 200, 3)];
        assert_eq!(order(KeyChoice::LeastUsed, None, 0, &keys), [1, 2, 0]);
        let equal = [key(1, 100, 1), key(2, 100, 1)];
        assert_eq!(order(KeyChoice::LeastUsed, None, 0, &equal), [0, 1]);
        assert_eq!(order(KeyChoice::LeastUsed, None, 1, &equal), [1, 0]);
    }

    #[test]
    fn weighted_turns_give_each_key_its_share() {
        let mut keys = [key(1, 300, 0), key(2, 100, 0), key(3, 0, 0)];
        let mut used = [0; 3];
        for _ in 0..400 {
            let first = order(KeyChoice::RoundRobin, None, 0, &keys)[0];
            used[first] += 1;
            for key in &mut keys {
                key.owed += i64::from(key.weight);
            }
            keys[first].owed -= 400;
        }
        assert_eq!(used, [300, 100, 0]);
    }

    #[test]
    fn a_conversation_keeps_its_key_and_losing_another_key_moves_nobody_else() {
        let keys = [key(11, 100, 0), key(12, 100, 0), key(13, 100, 0)];
        let first = |session, keys: &[Candidate]| keys[order(KeyChoice::Sticky, Some(session), 0, keys)[0]].id;
        for session in 0..200 {
            let home = first(session, &keys);
            let left: Vec<Candidate> = keys.iter().copied().filter(|key| key.id != 13).collect();
            assert!(home == 13 || first(session, &left) == home);
        }
        let shares = (0..3_000).filter(|session| first(*session, &keys) == 12).count();
        assert!((850..1_150).contains(&shares), "{shares}");
    }

    #[test]
    fn a_key_without_weight_is_the_last_one() {
        let keys = [key(1, 0, 0), key(2, 100, 50)];
        for choice in [KeyChoice::RoundRobin, KeyChoice::LeastUsed, KeyChoice::Sticky] {
            assert_eq!(order(choice, Some(7), 0, &keys), [1, 0], "{choice:?}");
        }
    }
}
