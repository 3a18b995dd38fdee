//! `profile` and `tier`: sets of providers, and when each is used.

use serde_json::{Value as Json, json};

use super::config::edit;
use super::provider::section;
use super::table;
use crate::cli::args::{ProfileAction, TierAction};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean};
use crate::config::edit::{Change, KeyPath, NewValue};
use crate::config::model::{Config, Profile};
use crate::config::{self, Overrides, ShowOptions};
use crate::i18n::providers as text;
use tokgate_policy::engine::Tier;

pub(crate) fn run(context: &Context<'_>, action: Option<&ProfileAction>) -> Result<u8, CliError> {
    match action {
        None | Some(ProfileAction::List) => list(context, "profile.list"),
        Some(ProfileAction::Show { name }) => show(context, name),
    }
}

pub(crate) fn tier(context: &Context<'_>, action: Option<&TierAction>) -> Result<u8, CliError> {
    match action {
        None | Some(TierAction::List) => list(context, "tier.list"),
        Some(TierAction::Set { profile, tier }) => set(context, profile, tier),
    }
}

const fn tier_id(tier: Tier) -> &'static str {
    match tier {
        Tier::Primary => "primary",
        Tier::Secondary => "secondary",
        Tier::Fallback => "fallback",
    }
}

/// Profiles by tier; the one in use is marked.
fn list(context: &Context<'_>, schema: &str) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let (config, out) = (&loaded.config, &context.out);
    let status = context.admin().status().ok().flatten();
    let default = config.profiles.get(config.default_profile).map_or("", |profile| &profile.name);
    let used = status.as_ref().map_or(default, |status| &status.failover.profile);
    let mut profiles: Vec<&Profile> = config.profiles.iter().collect();
    profiles.sort_by_key(|profile| profile.tier);
    if let Shape::Json(_) = out.shape {
        let all = profiles.iter().map(|profile| described(config, profile, used));
        out.json(schema, json!({ "profiles": all.collect::<Vec<_>>() }));
        return Ok(exit::DONE);
    }
    let row = |profile: &&Profile| {
        let mark = if *profile.name == *used { "*" } else { "" };
        vec![
            mark.to_owned(),
            clean(&profile.name),
            tier_id(profile.tier).to_owned(),
            profile.strategy.id().to_owned(),
            out.list(members(config, profile).map(clean)),
            profile.note.as_deref().map(clean).unwrap_or_default(),
        ]
    };
    let headings =
        [&text::HEAD_PROFILE, &text::HEAD_TIER, &text::HEAD_STRATEGY, &text::HEAD_PROVIDERS, &text::HEAD_NOTE]
            .map(|heading| out.word(heading));
    let headings: Vec<&str> = std::iter::once("").chain(headings).collect();
    out.data(&table::page(out, &headings, &profiles.iter().map(row).collect::<Vec<_>>()));
    Ok(exit::DONE)
}

fn members<'c>(config: &'c Config, profile: &'c Profile) -> impl Iterator<Item = &'c str> {
    profile.providers.iter().filter_map(|index| config.providers.get(*index)).map(|provider| &*provider.name)
}

fn described(config: &Config, profile: &Profile, used: &str) -> Json {
    json!({
        "name": &*profile.name,
        "tier": tier_id(profile.tier),
        "strategy": profile.strategy.id(),
        "providers": members(config, profile).collect::<Vec<_>>(),
        "note": profile.note,
        "in_use": *profile.name == *used,
    })
}

fn show(context: &Context<'_>, name: &str) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let profile = find(&loaded.config, name)?;
    let status = context.admin().status().ok().flatten();
    let used = status.as_ref().map_or("", |status| &status.failover.profile);
    if let Shape::Json(_) = context.out.shape {
        context.out.json("profile.show", described(&loaded.config, profile, used));
        return Ok(exit::DONE);
    }
    let options = ShowOptions { origin: false, lang: context.out.lang };
    let shown = config::show(&loaded.config, &loaded.origins, options);
    context.out.data(&section(&shown, "profile", name));
    Ok(exit::DONE)
}

fn set(context: &Context<'_>, name: &str, tier: &str) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let profile = find(&loaded.config, name)?;
    let changed = tier_id(profile.tier) != tier && {
        let path = KeyPath::of(["profile", name, "tier"]).ok_or_else(|| unknown(&loaded.config, name))?;
        edit::edit(context, &[Change::Set(path, NewValue::from(tier))])?.changed()
    };
    let out = &context.out;
    let message = if changed { &text::TIER_SET } else { &text::AS_IT_WAS };
    out.say(out.text(message, &[("name", &clean(name)), ("tier", &tier)]));
    out.json("tier.set", json!({ "profile": name, "tier": tier, "changed": changed }));
    Ok(exit::DONE)
}

fn find<'c>(config: &'c Config, name: &str) -> Result<&'c Profile, CliError> {
    config.profiles.iter().find(|profile| *profile.name == *name).ok_or_else(|| unknown(config, name))
}

fn unknown(config: &Config, name: &str) -> CliError {
    let known = config.profiles.iter().map(|profile| &*profile.name);
    let words = Text::new(&crate::i18n::proxy::PROFILE_UNKNOWN).with("name", clean(name)).with_list("known", known);
    CliError::new("TG302", exit::USAGE, words).run("tokgate profile list")
}
