//! Rules that send a request somewhere: the first one that matches wins.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::facts::Facts;
use crate::glob::Glob;
use crate::kind::Kind;

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
    /// Fail rather than leave the profile for one of a lower tier. A rule that names a provider never leaves it.
    pub strict: bool,
    /// Its place among requests that wait: higher goes first, 0 is usual.
    pub priority: i16,
}

impl RouteParams {
    /// A rule that matches so and sends there, and nothing else.
    pub fn new(name: &str, when: Match, to: To) -> Self {
        Self { name: name.into(), when, to, model: None, strict: false, priority: 0 }
    }
}

/// Conditions; those not given always hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Match {
    /// Model asked for (or chosen by the run).
    pub model: Option<Glob>,
    /// User named by the request: by its body (`metadata.user_id`, `user`) or `x-tokgate-user`.
    pub user: Option<Glob>,
    /// Request path without run tag.
    pub path: Option<Glob>,
    /// Client id: `claude`, `codex`, `opencode`, …
    pub client: Option<Glob>,
    /// Directory of the run.
    pub project: Option<Glob>,
    /// What the run (`tokgate run --tag`) or the request (`x-tokgate-tag`) was marked with.
    pub tag: Option<Glob>,
    /// Header (lower-case name) → pattern.
    pub headers: Vec<(String, Glob)>,
    /// What it is for.
    pub kind: Option<Kind>,
    /// Its size, in tokens as far as its bytes tell.
    pub input_tokens: Option<RangeInclusive<u64>>,
    /// Whether it shows images.
    pub has_images: Option<bool>,
    /// Whether it offers tools.
    pub has_tools: Option<bool>,
    /// Whether a stream is asked for.
    pub stream: Option<bool>,
    /// The time of day.
    pub hours: Option<Hours>,
    /// At least one of these must hold, when there are any.
    pub any: Vec<Self>,
    /// This must not hold.
    pub not: Option<Box<Self>>,
}

/// Hours of the day, local time: from the first to before the second, over midnight when that is the smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// First hour.
    pub from: u8,
    /// The hour it ends with.
    pub until: u8,
}

impl Hours {
    /// Whether an hour is one of them.
    pub const fn hold(self, hour: u8) -> bool {
        if self.from < self.until {
            self.from <= hour && hour < self.until
        } else {
            self.from <= hour || hour < self.until
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.until)
    }
}

/// One kind of condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields of a match")]
pub enum Condition {
    Model,
    User,
    Path,
    Client,
    Project,
    Tag,
    Header,
    Kind,
    InputTokens,
    HasImages,
    HasTools,
    Stream,
    Hour,
    Any,
    Not,
}

impl Condition {
    /// Its key in the configuration.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::User => "user",
            Self::Path => "path",
            Self::Client => "client",
            Self::Project => "project",
            Self::Tag => "tag",
            Self::Header => "header",
            Self::Kind => "kind",
            Self::InputTokens => "input_tokens",
            Self::HasImages => "has_images",
            Self::HasTools => "has_tools",
            Self::Stream => "stream",
            Self::Hour => "hour",
            Self::Any => "any",
            Self::Not => "not",
        }
    }
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
        self.fails(facts).is_none()
    }

    /// The first condition that does not hold. Those that cost a look into the body come last.
    pub fn fails(&self, facts: &Facts<'_>) -> Option<Condition> {
        self.fails_by_name(facts).or_else(|| self.fails_by_content(facts)).or_else(|| self.fails_together(facts))
    }

    fn fails_by_name(&self, facts: &Facts<'_>) -> Option<Condition> {
        let plain = [
            (Condition::Model, &self.model, facts.wanted_model()),
            (Condition::User, &self.user, facts.user),
            (Condition::Path, &self.path, facts.path),
            (Condition::Client, &self.client, facts.client),
            (Condition::Project, &self.project, facts.project),
            (Condition::Tag, &self.tag, facts.tag),
        ];
        let failed = plain.into_iter().find(|(_, glob, value)| !accepts(glob.as_ref(), *value));
        let header = |(name, glob): &(String, Glob)| !accepts(Some(glob), (facts.header)(name));
        failed.map(|(what, ..)| what).or_else(|| self.headers.iter().any(header).then_some(Condition::Header))
    }

    fn fails_by_content(&self, facts: &Facts<'_>) -> Option<Condition> {
        let is = |wanted: Option<bool>, found: &dyn Fn() -> bool| wanted.is_none_or(|wanted| wanted == found());
        let checks: [(Condition, &dyn Fn() -> bool); 6] = [
            (Condition::Stream, &|| is(self.stream, &|| facts.stream)),
            (Condition::InputTokens, &|| {
                self.input_tokens.as_ref().is_none_or(|span| span.contains(&facts.input_tokens()))
            }),
            (Condition::Hour, &|| self.hours.is_none_or(|hours| hours.hold((facts.hour)()))),
            (Condition::Kind, &|| self.kind.is_none_or(|kind| kind.is_of(facts))),
            (Condition::HasTools, &|| is(self.has_tools, &|| facts.tools)),
            (Condition::HasImages, &|| is(self.has_images, &|| (facts.traits)().images)),
        ];
        checks.iter().find(|(_, holds)| !holds()).map(|(what, _)| *what)
    }

    fn fails_together(&self, facts: &Facts<'_>) -> Option<Condition> {
        let none = !self.any.is_empty() && !self.any.iter().any(|one| one.holds(facts));
        let excluded = || self.not.as_ref().is_some_and(|not| not.holds(facts));
        none.then_some(Condition::Any).or_else(|| excluded().then_some(Condition::Not))
    }

    /// What a condition asks for, as in the configuration; empty where that is more than a value.
    pub fn wanted(&self, condition: Condition) -> String {
        fn text(value: Option<&impl ToString>) -> String {
            value.map(ToString::to_string).unwrap_or_default()
        }
        match condition {
            Condition::Model => text(self.model.as_ref()),
            Condition::User => text(self.user.as_ref()),
            Condition::Path => text(self.path.as_ref()),
            Condition::Client => text(self.client.as_ref()),
            Condition::Project => text(self.project.as_ref()),
            Condition::Tag => text(self.tag.as_ref()),
            Condition::Header => self.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
            Condition::Kind => self.kind.map(|kind| kind.id().to_owned()).unwrap_or_default(),
            Condition::InputTokens => self.input_tokens.as_ref().map(span).unwrap_or_default(),
            Condition::HasImages => text(self.has_images.as_ref()),
            Condition::HasTools => text(self.has_tools.as_ref()),
            Condition::Stream => text(self.stream.as_ref()),
            Condition::Hour => text(self.hours.as_ref()),
            Condition::Any | Condition::Not => String::new(),
        }
    }
}

/// A range of tokens as it is written: `>150000`, `<1000`, `1000-2000`.
pub fn span(range: &RangeInclusive<u64>) -> String {
    match (*range.start(), *range.end()) {
        (0, most) => format!("<={most}"),
        (least, u64::MAX) => format!(">={least}"),
        (least, most) => format!("{least}-{most}"),
    }
}

/// The first rule that matches. Notes of each one before it what did not hold.
pub(crate) fn first(routes: &[RouteParams], facts: &Facts<'_>, missed: &mut Vec<Condition>) -> Option<usize> {
    for (index, route) in routes.iter().enumerate() {
        match route.when.fails(facts) {
            None => return Some(index),
            Some(condition) => missed.push(condition),
        }
    }
    None
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
    use crate::facts::Traits;
    use crate::glob::Style;

    fn name(pattern: &str) -> Option<Glob> {
        Some(Glob::new(pattern, Style::Name).unwrap())
    }

    fn rule(when: Match) -> RouteParams {
        RouteParams::new("r", when, To::Profile(0))
    }

    #[test]
    fn the_first_matching_rule_wins() {
        let routes = [
            rule(Match { model: name("claude-opus-*"), ..Match::default() }),
            rule(Match { model: name("claude-*"), ..Match::default() }),
            rule(Match::default()),
        ];
        let asked = |model| Facts { model, ..Facts::new(0) };
        let found = |routes: &[RouteParams], facts: &Facts<'_>| {
            let mut missed = Vec::new();
            (first(routes, facts, &mut missed), missed.len())
        };
        assert_eq!(found(&routes, &asked(Some("claude-opus-5"))), (Some(0), 0));
        assert_eq!(found(&routes, &asked(Some("claude-haiku-5"))), (Some(1), 1));
        assert_eq!(found(&routes, &asked(None)), (Some(2), 2));
        assert_eq!(found(&routes[..2], &asked(Some("gpt-5.5"))), (None, 2));
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

    #[test]
    fn what_a_request_is_for_and_how_large_it_is_are_conditions() {
        let images = || Traits { images: true, ..Traits::default() };
        let seen = Facts { body_bytes: 800_000, traits: &images, ..Facts::new(0) };
        let holds = |when: Match| when.holds(&seen);
        assert!(holds(Match { input_tokens: Some(150_001..=u64::MAX), ..Match::default() }));
        assert!(!holds(Match { input_tokens: Some(0..=150_000), ..Match::default() }));
        assert!(holds(Match { kind: Some(Kind::Image), has_images: Some(true), ..Match::default() }));
        assert!(holds(Match { has_tools: Some(false), stream: Some(false), ..Match::default() }));
        assert!(!holds(Match { has_tools: Some(true), ..Match::default() }));
        assert!(!holds(Match { stream: Some(true), ..Match::default() }));
        assert!(!holds(Match { tag: name("night-*"), ..Match::default() }));
    }

    #[test]
    fn hours_may_go_over_midnight() {
        let at = |hour: u8, from, until| Hours { from, until }.hold(hour);
        assert!(at(9, 9, 17) && at(16, 9, 17) && !at(17, 9, 17) && !at(8, 9, 17));
        assert!(at(22, 22, 7) && at(0, 22, 7) && at(6, 22, 7) && !at(7, 22, 7) && !at(21, 22, 7));
        let night = Match { hours: Some(Hours { from: 22, until: 7 }), ..Match::default() };
        assert_eq!(night.fails(&Facts { hour: &|| 12, ..Facts::new(0) }), Some(Condition::Hour));
        assert!(night.holds(&Facts { hour: &|| 23, ..Facts::new(0) }));
    }

    #[test]
    fn one_of_several_is_enough_and_an_exclusion_excludes() {
        let either = |names: [&str; 2]| names.map(|it| Match { model: name(it), ..Match::default() }).into();
        let when = Match {
            any: either(["claude-*", "gpt-*"]),
            not: Some(Box::new(Match { client: name("codex"), ..Match::default() })),
            ..Match::default()
        };
        let facts = Facts { model: Some("gpt-5.5"), client: Some("claude"), ..Facts::new(0) };
        assert!(when.holds(&facts));
        assert_eq!(when.fails(&Facts { model: Some("kimi-k3"), ..facts }), Some(Condition::Any));
        assert_eq!(when.fails(&Facts { client: Some("codex"), ..facts }), Some(Condition::Not));
    }

    #[test]
    fn a_body_is_looked_into_only_when_everything_else_holds() {
        let when = Match { model: name("claude-*"), has_images: Some(true), ..Match::default() };
        let looked = || panic!("the body was looked into");
        let facts = Facts { model: Some("gpt-5.5"), traits: &looked, ..Facts::new(0) };
        assert_eq!(when.fails(&facts), Some(Condition::Model));
    }

    #[test]
    fn what_a_condition_wants_is_said_as_it_is_written() {
        let when = Match {
            model: name("Claude-*"),
            project: Some(Glob::new("/work/**", Style::Path).unwrap()),
            input_tokens: Some(150_001..=u64::MAX),
            hours: Some(Hours { from: 22, until: 7 }),
            ..Match::default()
        };
        let wanted = [Condition::Model, Condition::Project, Condition::InputTokens, Condition::Hour];
        assert_eq!(wanted.map(|it| when.wanted(it)), ["Claude-*", "/work/**", ">=150001", "22-7"]);
    }
}
