//! `[[route]]`

pub(crate) mod conditions;
mod shadow;

use std::sync::Arc;

use tokgate_policy::engine::{Match, RouteParams, To};

use super::names::Names;
use super::profile::missing_target;
use crate::config::model::{Profile, Provider};
use crate::config::problem::Note;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::config as messages;

/// What a route may point at.
pub(crate) struct Targets<'a> {
    pub(crate) providers: &'a [Arc<Provider>],
    pub(crate) profiles: &'a [Profile],
}

/// How far before and behind the usual a rule's requests may be put.
const PRIORITY: std::ops::RangeInclusive<i64> = -100..=100;

/// Reads every `[[route]]`.
pub(crate) fn read(root: &Section<'_>, targets: &Targets<'_>) -> Vec<RouteParams> {
    let sections = root.tables("route");
    let count = sections.len();
    let mut routes: Vec<RouteParams> = Vec::with_capacity(count);
    let mut names = Names::default();
    for (index, section) in sections.into_iter().enumerate() {
        let when = conditions::read(section.section("match"));
        remark(&section, &when, &routes, index + 1 == count);
        let name = names.take(&section);
        let to = match section.field("to") {
            Some(field) => target(&field, targets),
            None => {
                section.missing("to", "to = \"provider:NAME\"");
                None
            }
        };
        let model = section.field("model").and_then(|field| field.text()).map(Arc::from);
        let strict = section.field("strict").and_then(|field| field.boolean()).unwrap_or(false);
        let priority = section.field("priority").and_then(|field| field.integer(PRIORITY));
        let priority = priority.and_then(|priority| i16::try_from(priority).ok()).unwrap_or(0);
        section.finish();
        let name = name.map_or_else(|| format!("route {}", index + 1).into(), Arc::from);
        // A missing target is an error already; the index only keeps the value whole until then.
        routes.push(RouteParams { name, when, to: to.unwrap_or(To::Profile(0)), model, strict, priority });
    }
    routes
}

/// Says what is never reached: everything behind a rule without conditions, or a rule behind one that takes all of its
/// requests.
fn remark(section: &Section<'_>, when: &Match, before: &[RouteParams], last: bool) {
    let note = |code, message| Note::new(code, message, section.path.clone(), section.place.clone());
    if *when == Match::default() {
        if !last {
            section.reader().note(note(rules::NEVER_REACHED, &messages::NEVER_REACHED));
        }
    } else if let Some(earlier) =
        before.iter().find(|earlier| earlier.when != Match::default() && shadow::takes_all_of(&earlier.when, when))
    {
        let note = note(rules::NEVER_MATCHES, &messages::NEVER_MATCHES);
        section.reader().note(note.with("earlier", &*earlier.name));
    }
}

fn target(field: &Field<'_>, targets: &Targets<'_>) -> Option<To> {
    let text = field.text()?;
    let providers = || targets.providers.iter().map(|provider| &*provider.name);
    let profiles = || targets.profiles.iter().map(|profile| &*profile.name);
    let missing = || field.error(&rules::MISSING_TARGET);
    let (found, error) = match text.split_once(':') {
        Some(("provider", name)) => (
            providers().position(|other| other == name).map(To::Provider),
            missing_target(missing(), &messages::KIND_PROVIDER, name, providers()),
        ),
        Some(("profile", name)) => (
            profiles().position(|other| other == name).map(To::Profile),
            missing_target(missing(), &messages::KIND_PROFILE, name, profiles()),
        ),
        _ => {
            let error = field.error(&rules::BAD_TARGET);
            let mut both = profiles().map(|name| ("profile", name)).chain(providers().map(|name| ("provider", name)));
            let error = match both.find(|(_, name)| *name == text) {
                Some((kind, name)) => error.with("near", format!("{kind}:{name}")).label(&messages::DID_YOU_MEAN),
                None => error,
            };
            (None, error)
        }
    };
    if found.is_none() {
        field.reader().error(error);
    }
    found
}
