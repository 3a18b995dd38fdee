//! `[profile.NAME]`, and the names of providers and profiles.

use std::ops::RangeInclusive;
use std::sync::Arc;

use tokgate_policy::engine::{Admits, Sticky, Strategy, Tier};

use crate::config::mask;
use crate::config::model::{Profile, Provider};
use crate::config::nearest::nearest;
use crate::config::problem::{ConfigError, Note, Place};
use crate::config::reader::Section;
use crate::config::rules;
use crate::config::tree::Entry;
use crate::i18n::{Both, Message, config as messages};

/// Name of the profile that is used when nothing chooses another.
pub(crate) const DEFAULT: &str = "default";
/// Spellings of `tier`.
pub(crate) const TIERS: [(&str, Tier); 3] =
    [("primary", Tier::Primary), ("secondary", Tier::Secondary), ("fallback", Tier::Fallback)];
/// Spellings of `sticky`.
pub(crate) const STICKY: [(&str, Sticky); 3] =
    [("off", Sticky::Off), ("session", Sticky::Session), ("project", Sticky::Project)];
const NAME_MAX: usize = 64;
/// Tokens of an answer: providers refuse fewer than sixteen, and no model gives ten million.
const OUTPUT: RangeInclusive<i64> = 16..=10_000_000;
/// More names than this help nobody.
const NAMES_SHOWN: usize = 20;

/// May a provider, profile or client have this name?
pub(crate) fn is_name(name: &str) -> bool {
    let start = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    start
        && name.len() <= NAME_MAX
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

/// Reports a name that is none.
pub(crate) fn refuse_name(section: &Section<'_>, entry: &Entry) {
    let error = ConfigError::new(&rules::BAD_NAME, section.path.clone(), entry.key_place.clone());
    section.reader().error(error.with("value", mask::shown(&entry.key)));
}

/// Completes an error about a provider or profile that does not exist.
pub(crate) fn missing_target<'a>(
    error: ConfigError,
    kind: &'static Message,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> ConfigError {
    let known: Vec<&str> = known.collect();
    let error = error.with("kind", kind).with("value", mask::shown(name));
    let error = match known.len() {
        0 => error.with("known", &messages::NOTHING),
        1..=NAMES_SHOWN => error.with("known", Both::list(&known)),
        _ => error.with("known", Both::list(known.iter().take(NAMES_SHOWN).chain(&["…"]))),
    };
    match nearest(name, known) {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN),
        None => error,
    }
}

/// Reads every `[profile.NAME]`; without any, makes one named `default` of all enabled providers.
pub(crate) fn read(root: &Section<'_>, providers: &[Arc<Provider>]) -> Vec<Profile> {
    let mut profiles: Vec<Profile> = root
        .named("profile")
        .into_iter()
        .map(|(entry, section)| {
            if !is_name(&entry.key) {
                refuse_name(&section, entry);
            }
            profile(&entry.key, section, providers)
        })
        .collect();
    if profiles.is_empty() {
        let all = (0..providers.len()).filter(|index| providers[*index].enabled).collect();
        let (tier, strategy, sticky) = Default::default();
        profiles.push(Profile {
            name: DEFAULT.into(),
            providers: all,
            ordered: false,
            tier,
            strategy,
            sticky,
            admits: Admits::default(),
            note: None,
        });
    }
    for profile in &profiles {
        if !profile.providers.iter().any(|index| providers[*index].enabled) {
            let key = format!("profile.{}", profile.name);
            root.reader().note(Note::new(rules::ALL_DISABLED, &messages::ALL_DISABLED, key, Place::Nowhere));
        }
    }
    profiles
}

fn profile(name: &str, section: Section<'_>, providers: &[Arc<Provider>]) -> Profile {
    let mut members = Vec::new();
    match section.field("providers") {
        None => section.missing("providers", "providers = [\"NAME\"]"),
        Some(field) => {
            let items = field.texts();
            if items.as_ref().is_some_and(Vec::is_empty) {
                field.reader().error(field.error(&rules::EMPTY_PROFILE).with("name", name));
            }
            for (wanted, item) in items.unwrap_or_default() {
                match providers.iter().position(|provider| &*provider.name == wanted) {
                    Some(index) => members.push(index),
                    None => {
                        let known = providers.iter().map(|provider| &*provider.name);
                        let error = item.error(&rules::MISSING_TARGET);
                        item.reader().error(missing_target(error, &messages::KIND_PROVIDER, wanted, known));
                    }
                }
            }
        }
    }
    let note = section.field("note").and_then(|field| field.text()).map(str::to_owned);
    let strategy = strategy(name, &section, &members, providers);
    let tier = section.field("tier").and_then(|field| field.choice(&TIERS)).unwrap_or_default();
    let sticky = section.field("sticky").and_then(|field| field.choice(&STICKY)).unwrap_or_default();
    let admits = admits(section.section("allow"));
    section.finish();
    Profile { name: name.into(), providers: members, ordered: true, tier, strategy, sticky, admits, note }
}

/// `allow`: what requests may be that go there.
fn admits(section: Section<'_>) -> Admits {
    let most = section.field("max_output_tokens").and_then(|field| field.integer(OUTPUT));
    let admits = Admits {
        tools: section.field("tools").and_then(|field| field.boolean()).unwrap_or(true),
        max_output_tokens: most.and_then(|most| u32::try_from(most).ok()),
    };
    section.finish();
    admits
}

/// How the members share. Weights that are all 0 share nothing.
fn strategy(name: &str, section: &Section<'_>, members: &[usize], providers: &[Arc<Provider>]) -> Strategy {
    let Some(field) = section.field("strategy") else { return Strategy::default() };
    let words = Strategy::ALL.map(|strategy| (strategy.id(), strategy));
    let strategy = field.choice(&words).unwrap_or_default();
    let weighs = |index: &usize| providers.get(*index).is_some_and(|provider| provider.weight > 0);
    if strategy == Strategy::Weighted && !members.is_empty() && !members.iter().any(weighs) {
        field.reader().error(field.error(&rules::NO_WEIGHT).with("name", name));
    }
    strategy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_and_plain() {
        for good in ["a", "kimi", "kimi-2", "0x", "a_b", &"a".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for wrong in ["", "Kimi", "-a", "_a", "a b", "a.b", "é", "月", &"a".repeat(65)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
