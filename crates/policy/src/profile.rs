//! Which providers a request may go to: what its run asked for, else the first rule, else the default profile.

use std::slice;

use crate::facts::Facts;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::route::{self, Condition, To};

/// What chose the providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The run named a provider.
    PinnedProvider,
    /// The run named a profile.
    PinnedProfile,
    /// A rule matched.
    Route,
    /// Nothing else said anything.
    Default,
    /// Nothing else said anything, and the default profile was left.
    Switched,
}

impl By {
    /// Name in explanations.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::PinnedProvider => "pinned-provider",
            Self::PinnedProfile => "pinned-profile",
            Self::Route => "route",
            Self::Default => "default",
            Self::Switched => "switched",
        }
    }
}

/// The providers a request may go to, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What chose.
    pub(crate) by: By,
    /// The rule, when one did: an index into the routes.
    pub(crate) route: Option<usize>,
    /// Where to.
    pub(crate) to: To,
}

impl Choice {
    /// The providers in order, as indexes.
    pub(crate) fn providers<'a>(&'a self, params: &'a Params) -> &'a [usize] {
        match &self.to {
            To::Provider(index) => slice::from_ref(index),
            To::Profile(index) => params.profiles.get(*index).map_or(&[], |profile| profile.providers.as_slice()),
        }
    }

    /// What nothing else has sent elsewhere goes to this profile, if any, instead of the default one.
    pub(crate) fn switch(&mut self, params: &Params, to: Option<usize>) {
        if let Some(profile) = to.filter(|to| self.by == By::Default && *to != params.default_profile) {
            (self.by, self.to) = (By::Switched, To::Profile(profile));
        }
    }

    /// The profile, unless a single provider was chosen.
    pub(crate) fn profile(&self) -> Option<usize> {
        match self.to {
            To::Provider(_) => None,
            To::Profile(index) => Some(index),
        }
    }
}

/// Chooses. What a run was started with beats the rules: it is the more explicit wish. `missed` gets what did not hold
/// of each rule that was tried in vain.
pub(crate) fn choose(params: &Params, facts: &Facts<'_>, missed: &mut Vec<Condition>) -> Result<Choice, Refusal> {
    if let Some(name) = facts.pinned_provider {
        let index = params.providers.iter().position(|provider| &*provider.name == name);
        let to = To::Provider(index.ok_or_else(|| Refusal::UnknownProvider(name.into()))?);
        return Ok(Choice { by: By::PinnedProvider, route: None, to });
    }
    if let Some(name) = facts.pinned_profile {
        let index = params.profiles.iter().position(|profile| &*profile.name == name);
        let to = To::Profile(index.ok_or_else(|| Refusal::UnknownProfile(name.into()))?);
        return Ok(Choice { by: By::PinnedProfile, route: None, to });
    }
    let matched = route::first(&params.routes, facts, missed);
    Ok(match matched.and_then(|index| params.routes.get(index)) {
        Some(rule) => Choice { by: By::Route, route: matched, to: rule.to },
        None => Choice { by: By::Default, route: None, to: To::Profile(params.default_profile) },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::params::{ProfileParams, ProviderParams};
    use crate::route::{Match, RouteParams};

    fn params() -> Params {
        let profile = ProfileParams::new;
        Params {
            providers: vec![ProviderParams::new("kimi", 1, vec![0]), ProviderParams::new("glm", 2, vec![0])],
            profiles: vec![profile("all", vec![1, 0]), profile("one", vec![0])],
            default_profile: 0,
            routes: vec![RouteParams::new("everything", Match::default(), To::Provider(1))],
            ..Params::default()
        }
    }

    #[test]
    fn a_run_beats_the_rules_and_the_rules_beat_the_default() {
        let params = params();
        let facts = Facts::new(0);
        let chosen = |facts: &Facts<'_>| {
            let choice = choose(&params, facts, &mut Vec::new()).unwrap();
            (choice.by, choice.providers(&params).to_vec())
        };
        let both = Facts { pinned_provider: Some("kimi"), pinned_profile: Some("all"), ..facts };
        assert_eq!(chosen(&both), (By::PinnedProvider, vec![0]));
        assert_eq!(chosen(&Facts { pinned_profile: Some("one"), ..facts }), (By::PinnedProfile, vec![0]));
        assert_eq!(chosen(&facts), (By::Route, vec![1]));
        let without_rules = Params { routes: Vec::new(), ..params.clone() };
        let choice = choose(&without_rules, &facts, &mut Vec::new()).unwrap();
        assert_eq!((choice.by, choice.providers(&without_rules)), (By::Default, [1, 0].as_slice()));
    }

    #[test]
    fn a_run_that_names_something_gone_is_refused_and_not_sent_elsewhere() {
        let facts = Facts::new(0);
        let refused = |facts: &Facts<'_>| choose(&params(), facts, &mut Vec::new()).unwrap_err();
        assert_eq!(refused(&Facts { pinned_provider: Some("gone"), ..facts }), Refusal::UnknownProvider("gone".into()));
        assert_eq!(refused(&Facts { pinned_profile: Some("gone"), ..facts }), Refusal::UnknownProfile("gone".into()));
    }
}
