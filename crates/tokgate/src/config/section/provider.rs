//! `[provider.NAME]`

mod credential;
mod dialect;
mod kind;

use std::ops::RangeInclusive;
use std::sync::Arc;

use tokgate_policy::engine::KeyChoice;
use tokgate_policy::glob::{Glob, Style, TOKENS_MAX};
use tokgate_policy::model_map::Slots;

use kind::{CloudType, Placed};

use super::profile::{is_name, refuse_name};
use super::{failover, header, limit, price, server, surface, transport};
use crate::config::model::{Provider, ProviderKind, Transport};
use crate::config::own::Own;
use crate::config::preset::{self, Preset};
use crate::config::problem::ConfigError;
use crate::config::reader::{Field, Section};
use crate::config::{Env, mask, rules};
use crate::i18n::{Both, config as messages};

pub(crate) use credential::auth_word;
pub(crate) use dialect::lacks;
pub(crate) use kind::{SIMULATED, preset_bases};

/// Spellings of `key_choice`.
pub(crate) const KEY_CHOICES: [(&str, KeyChoice); 4] = [
    ("round-robin", KeyChoice::RoundRobin),
    ("fill-first", KeyChoice::FillFirst),
    ("least-used", KeyChoice::LeastUsed),
    ("sticky", KeyChoice::Sticky),
];
/// `order` of a provider that does not say.
pub(crate) const ORDER: i64 = 100;

const ORDERS: RangeInclusive<i64> = -1_000_000..=1_000_000;
/// No share needs more steps.
const WEIGHTS: RangeInclusive<i64> = 0..=1_000;

/// A model that takes less is none for a conversation, and no model takes more.
const CONTEXTS: RangeInclusive<i64> = 1_000..=100_000_000;

/// What a provider is read against.
pub(crate) struct Around<'a> {
    /// What leads back to us.
    pub(crate) own: &'a Own<'a>,
    /// `[defaults]`
    pub(crate) defaults: &'a Transport,
    /// To choose among a preset's usual variables.
    pub(crate) env: &'a Env,
}

/// Reads every `[provider.NAME]`, sorted by `order`, then as written.
pub(crate) fn read(root: &Section<'_>, around: &Around<'_>) -> Vec<Arc<Provider>> {
    let mut providers: Vec<Arc<Provider>> = root
        .named("provider")
        .into_iter()
        .map(|(entry, section)| {
            if !is_name(&entry.key) {
                refuse_name(&section, entry);
            }
            Arc::new(provider(&entry.key, section, around))
        })
        .collect();
    providers.sort_by_key(|provider| provider.order);
    providers
}

fn provider(name: &str, section: Section<'_>, around: &Around<'_>) -> Provider {
    let preset = section.field("preset").and_then(|field| find_preset(&field));
    surface::know(&section);
    let (kind, cloud) = kind::read(name, &section, preset.as_ref(), around);
    let preset = cloud.map_or(preset, |cloud| preset::find(cloud.id()));
    let keys = credential::keys(&section, preset.as_ref(), around.env);
    surface::refuse_unfit(&section, &keys, cloud == Some(CloudType::Bedrock));
    let Placed { kind, surface, protocols, scope } = kind::place(kind, cloud, &section, &keys, around);
    let transport = transport::read(&section, around.defaults, around.own);
    let short_timeout = transport::short_timeout(&section);
    let currency = price::currency(&section);
    let provider = Provider {
        name: name.into(),
        preset: preset.as_ref().map(|preset| preset.id.to_owned()),
        keys,
        surface,
        protocols,
        scope,
        key_choice: section.field("key_choice").and_then(|field| field.choice(&KEY_CHOICES)).unwrap_or_default(),
        limits: limit::provider(&section),
        auth: credential::auth(&section, preset.as_ref()),
        order: section.field("order").and_then(|field| field.integer(ORDERS)).unwrap_or(ORDER),
        weight: weight(&section),
        max_failures: failover::max_failures(&section),
        max_body: section.field("max_body").and_then(|field| field.size(server::BODY)),
        max_context: max_context(&section),
        enabled: section.field("enabled").and_then(|field| field.boolean()).unwrap_or(true),
        models: models(&section),
        slots: slots(&section),
        headers: header::read(&section),
        lacks: lacks(&section, "lacks"),
        dialect: dialect::read(&section),
        dialects: dialect::by_model(&section),
        currency,
        prices: price::read(&section, currency),
        probe_model: section.field("probe_model").and_then(|field| field.text()).map(str::to_owned),
        transport: Transport { request_timeout: short_timeout.unwrap_or(transport.request_timeout), ..transport },
        allow_plaintext: section.field("allow_plaintext").and_then(|field| field.boolean()).unwrap_or(false),
        note: section.field("note").and_then(|field| field.text()).map(str::to_owned),
        labels: pairs(&section, "labels").into_iter().collect(),
        kind,
    };
    if let ProviderKind::Http { bases } = &provider.kind {
        credential::check(&section, &provider, bases);
    }
    section.finish();
    provider
}

/// A provider's share; the default is the policy's.
fn weight(section: &Section<'_>) -> u32 {
    let weight = section.field("weight").and_then(|field| field.integer(WEIGHTS));
    weight.and_then(|weight| u32::try_from(weight).ok()).unwrap_or(tokgate_policy::engine::WEIGHT)
}

fn max_context(section: &Section<'_>) -> Option<u64> {
    let most = section.field("max_context").and_then(|field| field.integer(CONTEXTS));
    most.and_then(|most| u64::try_from(most).ok())
}

fn find_preset(field: &Field<'_>) -> Option<Preset> {
    let id = field.text()?;
    if let Some(preset) = preset::find(id) {
        return Some(preset);
    }
    let near =
        preset::by_name(id).map(|preset| preset.id).or_else(|| crate::config::nearest::nearest(id, preset::ids()));
    let error = field.error(&rules::UNKNOWN_PRESET).with("known", Both::list(preset::ids()));
    field.reader().error(match near {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN),
        None => error,
    });
    None
}

fn models(section: &Section<'_>) -> Vec<(String, String)> {
    let mut models = Vec::new();
    for (entry, field) in section.texts_by_name("models") {
        if field.is_table() {
            // `claude-opus-4.1 = "x"` without quotes is a table `claude-opus-4` with the key `1`.
            let error = field.error(&rules::WRONG_TYPE).with("expected", &messages::TYPE_TEXT);
            let error = error.with("found", &messages::TYPE_TABLE).with("name", mask::shown(&entry.key));
            field.reader().error(error.fix(&messages::DOTTED_NAME_FIX));
            continue;
        }
        if Glob::new(&entry.key, Style::Name).is_err() {
            field.reader().error(field.error(&rules::LONG_PATTERN).with("most", TOKENS_MAX.to_string()));
        }
        if let Some(text) = field.text() {
            models.push((entry.key.clone(), text.to_owned()));
        }
    }
    models
}

fn pairs(section: &Section<'_>, key: &'static str) -> Vec<(String, String)> {
    let entries = section.texts_by_name(key);
    entries.iter().filter_map(|(entry, field)| Some((entry.key.clone(), field.text()?.to_owned()))).collect()
}

fn slots(section: &Section<'_>) -> Slots {
    let model = |key| {
        let field: Field<'_> = section.field(key)?;
        field.text().map(Arc::from)
    };
    Slots {
        default: model("default_model"),
        small: model("small_model"),
        haiku: model("haiku_model"),
        sonnet: model("sonnet_model"),
        opus: model("opus_model"),
    }
}

pub(crate) fn refuse_key(section: &Section<'_>, key: &str, kind: &'static str) {
    let error = ConfigError::new(&rules::NOT_FOR_TYPE, section.key(key), section.place_of(key));
    section.reader().error(error.with("type", kind));
}
