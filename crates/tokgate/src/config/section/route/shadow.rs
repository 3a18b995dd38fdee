//! Whether one rule's conditions hold for everything that another's hold for. What is not certain is said to differ.

use tokgate_policy::glob::{Glob, Style};

use crate::config::model::RouteMatch;

/// Whether every request of `later` has matched `earlier` before.
pub(super) fn takes_all_of(earlier: &RouteMatch, later: &RouteMatch) -> bool {
    let globs = [
        (&earlier.model, &later.model, Style::Name),
        (&earlier.user, &later.user, Style::Text),
        (&earlier.path, &later.path, Style::Path),
        (&earlier.client, &later.client, Style::Name),
        (&earlier.project, &later.project, Style::Path),
        (&earlier.tag, &later.tag, Style::Name),
    ];
    let flags =
        [(earlier.has_images, later.has_images), (earlier.has_tools, later.has_tools), (earlier.stream, later.stream)];
    globs.into_iter().all(|(one, other, style)| wider(one.as_deref(), other.as_deref(), style))
        && flags.into_iter().all(|(one, other)| one.is_none() || one == other)
        && (earlier.kind.is_none() || earlier.kind == later.kind)
        && earlier.headers.iter().all(|(name, glob)| {
            let other = later.headers.iter().find(|(other, _)| other == name);
            wider(Some(glob), other.map(|(_, glob)| glob.as_str()), Style::Text)
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
fn wider(one: Option<&str>, other: Option<&str>, style: Style) -> bool {
    let Some(one) = one else { return true };
    let Some(other) = other else { return false };
    if one == other {
        return true;
    }
    let plain = !other.contains(['*', '?']);
    if plain {
        return Glob::new(one, style).is_ok_and(|glob| glob.matches(other));
    }
    // A beginning and then anything: enough that the other begins so too.
    let anything = if style == Style::Path { "**" } else { "*" };
    let beginning = one.strip_suffix(anything).filter(|beginning| !beginning.contains(['*', '?']));
    beginning.is_some_and(|beginning| match style {
        Style::Name => other.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning)),
        Style::Text | Style::Path => other.starts_with(beginning),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(pattern: &str) -> RouteMatch {
        RouteMatch { model: Some(pattern.to_owned()), ..RouteMatch::default() }
    }

    #[test]
    fn a_wider_pattern_takes_all_of_a_narrower_one() {
        assert!(takes_all_of(&model("claude-*"), &model("claude-opus-*")));
        assert!(takes_all_of(&model("claude-*"), &model("Claude-opus-5")));
        assert!(takes_all_of(&model("*"), &model("a?b")));
        assert!(!takes_all_of(&model("claude-opus-*"), &model("claude-*")));
        assert!(!takes_all_of(&model("claude-*-5"), &model("claude-*")));
        assert!(!takes_all_of(&model("*"), &RouteMatch::default()), "a request may name no model");
    }

    #[test]
    fn a_further_condition_narrows_and_a_missing_one_widens() {
        let codex = RouteMatch { client: Some("codex".to_owned()), ..model("gpt-*") };
        assert!(takes_all_of(&model("gpt-*"), &codex));
        assert!(!takes_all_of(&codex, &model("gpt-*")));
        let long = RouteMatch { input_tokens: Some(1_000..=u64::MAX), ..RouteMatch::default() };
        let longer = RouteMatch { input_tokens: Some(2_000..=u64::MAX), ..RouteMatch::default() };
        assert!(takes_all_of(&long, &longer) && !takes_all_of(&longer, &long));
    }
}
