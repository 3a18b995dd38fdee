//! Names of models in the tables here: `*` stands for any characters, case does not count.

/// Whether `model` is what `pattern` means.
pub fn fits(pattern: &str, model: &str) -> bool {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(last) = parts.next_back() else { return same(pattern, model) };
    let Some((head, mut rest)) = model.split_at_checked(first.len()) else { return false };
    if !same(first, head) {
        return false;
    }
    for part in parts {
        let Some(at) = find(rest, part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.len() >= last.len() && rest.get(rest.len() - last.len()..).is_some_and(|tail| same(last, tail))
}

/// The first place of `part`.
fn find(text: &str, part: &str) -> Option<usize> {
    let found = |at: &usize| text.get(*at..at + part.len()).is_some_and(|piece| piece.eq_ignore_ascii_case(part));
    (0..=text.len()).find(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_case_does_not_count() {
        for (pattern, model) in [
            ("grok-4.3", "grok-4.3"),
            ("MiniMax-M2*", "minimax-m2.7"),
            ("MiniMax-M2*", "MiniMax-M2"),
            ("*/GLM-5*", "Pro/zai-org/glm-5"),
            ("a*b*c", "a-b-b-c"),
            ("*", ""),
            ("*", "模型"),
        ] {
            assert!(fits(pattern, model), "{pattern} {model}");
        }
        for (pattern, model) in [
            ("grok-4.3", "grok-4.30"),
            ("MiniMax-M2*", "MiniMax-M3"),
            ("ab*ba", "aba"),
            ("a*b*c", "a-c-b"),
            ("x*", "模"),
        ] {
            assert!(!fits(pattern, model), "{pattern} {model}");
        }
    }
}
