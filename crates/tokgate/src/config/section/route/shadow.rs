//! Whether one rule's conditions hold for everything that another's hold for. What is not certain is said to differ.

use tokgate_policy::engine::Match;
use tokgate_policy::glob::Glob;

/// Whether every request of `later` has matched `earlier` before.
pub(super) fn takes_all_of(earlier: &Match, later: &Match) -> bool {
    let globs = [
        (&earlier.model, &later.model),
        (&earlier.user, &later.user),
        (&earlier.path, &later.path),
        (&earlier.client, &later.client),
        (&earlier.project, &later.project),
        (&earlier.tag, &later.tag),
    ];
    let flags =
        [(earlier.has_images, later.has_images), (earlier.has_tools, later.has_tools), (earlier.stream, later.stream)];
    globs.into_iter().all(|(one, other)| wider(one.as_ref(), other.as_ref()))
        && flags.into_iter().all(|(one, other)| one.is_none() || one == other)
        && (earlier.kind.is_none() || earlier.kind == later.kind)
        && earlier.headers.iter().all(|(name, glob)| {
            let other = later.headers.iter().find(|(other, _)| other == name);
            wider(Some(glob), other.map(|(_, glob)| glob))
        })
        && earlier.input_tokens.as_ref().is_none_or(|wide| {
            later.input_tokens.as_ref().is_some_and(|it| wide.contains(it.start()) && wide.contains(it.end()))
        })
        && earlier
            .hours
            .is_none_or(|wide| later.hours.is_some_and(|it| (0..24).all(|hour| wide.hold(hour) || !it.hold(hour))))
        && (earlier.any.is_empty() || earlier.any == later.any)
        && (earlier.not.is_none() || earlier.not == later.not)
}

/// Whether the first pattern matches whatever the second one matches.
fn wider(one: Option<&Glob>, other: Option<&Glob>) -> bool {
    one.is_none_or(|one| other.is_some_and(|other| one.covers(other)))
}

#[cfg(test)]
mod tests {
    use tokgate_policy::glob::Style;

    use super::*;

    fn model(pattern: &str) -> Match {
        Match { model: Glob::new(pattern, Style::Name).ok(), ..Match::default() }
    }

    #[test]
    fn a_wider_pattern_takes_all_of_a_narrower_one() {
        assert!(takes_all_of(&model("claude-*"), &model("claude-opus-*")));
        assert!(takes_all_of(&model("claude-*"), &model("Claude-opus-5")));
        assert!(takes_all_of(&model("*"), &model("a?b")));
        assert!(!takes_all_of(&model("claude-opus-*"), &model("claude-*")));
        assert!(!takes_all_of(&model("claude-*-5"), &model("claude-*")));
        assert!(!takes_all_of(&model("*"), &Match::default()), "a request may name no model");
    }

    #[test]
    fn a_further_condition_narrows_and_a_missing_one_widens() {
        let codex = Match { client: Glob::new("codex", Style::Name).ok(), ..model("gpt-*") };
        assert!(takes_all_of(&model("gpt-*"), &codex));
        assert!(!takes_all_of(&codex, &model("gpt-*")));
        let long = Match { input_tokens: Some(1_000..=u64::MAX), ..Match::default() };
        let longer = Match { input_tokens: Some(2_000..=u64::MAX), ..Match::default() };
        assert!(takes_all_of(&long, &longer) && !takes_all_of(&longer, &long));
    }
}
