//! `[[route]]`

use std::sync::Arc;

use super::header;
use super::profile::missing_target;
use crate::config::model::{Profile, Provider, Route, RouteMatch, RouteTo};
use crate::config::problem::Note;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::config as messages;

/// What a route may point at.
pub(crate) struct Targets<'a> {
    pub(crate) providers: &'a [Arc<Provider>],
    pub(crate) profiles: &'a [Profile],
}

/// Reads every `[[route]]`.
pub(crate) fn read(root: &Section<'_>, targets: &Targets<'_>) -> Vec<Route> {
    let sections = root.tables("route");
    let count = sections.len();
    let mut routes = Vec::with_capacity(count);
    for (index, section) in sections.into_iter().enumerate() {
        let when = conditions(section.section("match"));
        if when == RouteMatch::default() && index + 1 < count {
            let key = section.path.clone();
            let place = section.place.clone();
            root.reader().note(Note::new(rules::NEVER_REACHED, &messages::NEVER_REACHED, key, place));
        }
        let name = section.field("name").and_then(|field| field.text());
        let to = match section.field("to") {
            Some(field) => target(&field, targets),
            None => {
                section.missing("to", "to = \"provider:NAME\"");
                None
            }
        };
        let model = section.field("model").and_then(|field| field.text()).map(str::to_owned);
        section.finish();
        let name = name.map_or_else(|| format!("route {}", index + 1), str::to_owned);
        // A missing target is an error already; the index only keeps the value whole until then.
        routes.push(Route { name, when, to: to.unwrap_or(RouteTo::Profile(0)), model });
    }
    routes
}

fn conditions(section: Section<'_>) -> RouteMatch {
    let glob = |key| section.field(key).and_then(|field: Field<'_>| field.text()).map(str::to_owned);
    let when = RouteMatch {
        model: glob("model"),
        user: glob("user"),
        path: glob("path"),
        client: glob("client"),
        project: glob("project"),
        headers: header::matched(&section),
    };
    section.finish();
    when
}

fn target(field: &Field<'_>, targets: &Targets<'_>) -> Option<RouteTo> {
    let text = field.text()?;
    let providers = || targets.providers.iter().map(|provider| &*provider.name);
    let profiles = || targets.profiles.iter().map(|profile| &*profile.name);
    let missing = || field.error(&rules::MISSING_TARGET);
    let (found, error) = match text.split_once(':') {
        Some(("provider", name)) => (
            providers().position(|other| other == name).map(RouteTo::Provider),
            missing_target(missing(), &messages::KIND_PROVIDER, name, providers()),
        ),
        Some(("profile", name)) => (
            profiles().position(|other| other == name).map(RouteTo::Profile),
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
