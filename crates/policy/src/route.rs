//! Rules that send a request somewhere: the first one that matches wins.

use std::sync::Arc;

use crate::facts::Facts;
use crate::glob::Glob;

/// One rule.
#[derive(Debug, Clone)]
pub struct RouteParams {
    /// Shown in explanations.
    pub name: Arc<str>,
    /// All given conditions must hold.
    pub when: Match,
    /// Where it goes.
    pub to: To,
    /// Model that replaces the one asked for.
    pub model: Option<Arc<str>>,
}

/// Conditions; those not given always hold.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// Model asked for (or chosen by the run).
    pub model: Option<Glob>,
    /// User named by the request.
    pub user: Option<Glob>,
    /// Request path.
    pub path: Option<Glob>,
    /// Client id.
    pub client: Option<Glob>,
    /// Directory of the run.
    pub project: Option<Glob>,
    /// Header (lower-case name) → pattern.
    pub headers: Vec<(String, Glob)>,
}

/// Where a rule sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Index into the providers.
    Provider(usize),
    /// Index into the profiles.
    Profile(usize),
}

impl Match {
    /// Whether all given conditions hold. What the request does not say matches nothing, not even `*`.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        let plain = [
            (&self.model, facts.wanted_model()),
            (&self.user, facts.user),
            (&self.path, facts.path),
            (&self.client, facts.client),
            (&self.project, facts.project),
        ];
        plain.into_iter().all(|(glob, value)| accepts(glob.as_ref(), value))
            && self.headers.iter().all(|(name, glob)| accepts(Some(glob), (facts.header)(name)))
    }
}

/// The first rule that matches.
pub(crate) fn first(routes: &[RouteParams], facts: &Facts<'_>) -> Option<usize> {
    routes.iter().position(|route| route.when.holds(facts))
}

fn accepts(glob: Option<&Glob>, value: Option<&str>) -> bool {
    match (glob, value) {
        (None, _) => true,
        (Some(glob), Some(value)) => glob.matches(value),
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::glob::Style;

    fn name(pattern: &str) -> Option<Glob> {
        Some(Glob::new(pattern, Style::Name).unwrap())
    }

    fn rule(when: Match) -> RouteParams {
        RouteParams { name: "r".into(), when, to: To::Profile(0), model: None }
    }

    #[test]
    fn the_first_matching_rule_wins() {
        let routes = [
            rule(Match { model: name("claude-opus-*"), ..Match::default() }),
            rule(Match { model: name("claude-*"), ..Match::default() }),
            rule(Match::default()),
        ];
        let asked = |model| Facts { model, ..Facts::new(0) };
        assert_eq!(first(&routes, &asked(Some("claude-opus-5"))), Some(0));
        assert_eq!(first(&routes, &asked(Some("claude-haiku-5"))), Some(1));
        assert_eq!(first(&routes, &asked(None)), Some(2));
        assert_eq!(first(&routes[..2], &asked(Some("gpt-5.5"))), None);
    }

    #[test]
    fn all_conditions_of_a_rule_must_hold() {
        let when = Match {
            client: name("codex"),
            path: Some(Glob::new("/v1/*", Style::Path).unwrap()),
            headers: vec![("x-team".into(), Glob::new("a*", Style::Text).unwrap())],
            ..Match::default()
        };
        let team = |name: &str| (name == "x-team").then_some("alpha");
        let facts = Facts { client: Some("codex"), path: Some("/v1/responses"), header: &team, ..Facts::new(0) };
        assert!(when.holds(&facts));
        assert!(!when.holds(&Facts { client: Some("claude"), ..facts }));
        assert!(!when.holds(&Facts { path: Some("/v2/responses"), ..facts }));
        assert!(!when.holds(&Facts { header: &|_| None, ..facts }));
    }

    #[test]
    fn a_star_does_not_match_what_the_request_does_not_say() {
        let when = Match { user: name("*"), ..Match::default() };
        assert!(!when.holds(&Facts::new(0)));
        assert!(when.holds(&Facts { user: Some(""), ..Facts::new(0) }));
    }

    #[test]
    fn a_run_with_its_own_model_is_matched_by_that() {
        let when = Match { model: name("claude-opus-*"), ..Match::default() };
        let facts = Facts { model: Some("claude-haiku-5"), pinned_model: Some("claude-opus-5"), ..Facts::new(0) };
        assert!(when.holds(&facts));
    }
}
