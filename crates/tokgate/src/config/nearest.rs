//! "Did you mean": the nearest of the known words.

/// Words are compared up to this length; longer ones have no near neighbour among ours.
const LENGTH_MAX: usize = 64;

/// The known word that `word` most likely meant, or nothing when none is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    if word.is_empty() || word.len() > LENGTH_MAX {
        return None;
    }
    known
        .into_iter()
        .filter_map(|candidate| {
            let other: Vec<char> = candidate.to_lowercase().chars().collect();
            let near = distance(&word, &other);
            // One slip per three letters; two in a short word would match anything.
            (near <= (word.len().max(other.len()) / 3).max(1)).then_some((near, candidate))
        })
        .min_by_key(|(near, _)| *near)
        .map(|(_, candidate)| candidate)
}

/// Letters inserted, left out, replaced or swapped with their neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let width = other.len() + 1;
    let mut rows: Vec<usize> = vec![0; (one.len() + 1) * width];
    for (i, cell) in rows.iter_mut().step_by(width).enumerate() {
        *cell = i;
    }
    for (j, cell) in rows.iter_mut().take(width).enumerate() {
        *cell = j;
    }
    for i in 1..=one.len() {
        for j in 1..=other.len() {
            let same = usize::from(one[i - 1] != other[j - 1]);
            let mut best = (rows[(i - 1) * width + j] + 1)
                .min(rows[i * width + j - 1] + 1)
                .min(rows[(i - 1) * width + j - 1] + same);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                best = best.min(rows[(i - 2) * width + j - 2] + 1);
            }
            rows[i * width + j] = best;
        }
    }
    rows[one.len() * width + other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let known = ["weight", "url", "keys", "providers", "idle_timeout"];
        assert_eq!(nearest("wieght", known), Some("weight"));
        assert_eq!(nearest("Keys", known), Some("keys"));
        assert_eq!(nearest("key", known), Some("keys"));
        assert_eq!(nearest("idle-timeout", known), Some("idle_timeout"));
        assert_eq!(nearest("provders", known), Some("providers"));
    }

    #[test]
    fn unrelated_words_are_not() {
        assert_eq!(nearest("banana", ["weight", "url", "keys"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest(&"x".repeat(1000), ["a"]), None);
    }
}
