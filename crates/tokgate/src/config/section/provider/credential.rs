//! `keys` and `auth`: what a provider is shown.

use tokgate_wire::protocol::UpstreamProtocol;
use url::Url;

use crate::config::load::Origin;
use crate::config::model::{AuthStyle, Provider, ProviderKey, SecretRef};
use crate::config::preset::Preset;
use crate::config::problem::{ConfigError, Note};
use crate::config::reader::Section;
use crate::config::section::{address, header, key, surface};
use crate::config::{Env, rules};
use crate::i18n::config as messages;

const AUTH_WORDS: [&str; 6] = ["auto", "bearer", "x-api-key", "both", "api-key", "none"];

/// `keys`, or the preset's usual variable: the first that is set, else the first unless it can do without.
pub(super) fn keys(section: &Section<'_>, preset: Option<&Preset>, env: &Env) -> Vec<ProviderKey> {
    if let Some(field) = section.field("keys") {
        return key::list(&field);
    }
    let Some(preset) = preset else { return Vec::new() };
    if preset.id == surface::BEDROCK {
        return surface::usual_keys(section, env);
    }
    let variable = preset
        .key_vars
        .iter()
        .find(|name| env.var(name).is_some())
        .or(preset.key_vars.first().filter(|_| !preset.local));
    let Some(variable) = variable else { return Vec::new() };
    section.reader().origin(&section.key("keys"), Origin::Preset(preset.id.to_owned()));
    vec![ProviderKey::new(SecretRef::Env((*variable).to_owned()))]
}

pub(super) fn auth(section: &Section<'_>, preset: Option<&Preset>) -> AuthStyle {
    let usual = || preset.map(|preset| preset.auth.clone()).unwrap_or_default();
    let Some(field) = section.field("auth") else { return usual() };
    if !field.is_text() {
        let Some(table) = field.as_section("provider.*.auth") else { return usual() };
        let name = table.field("header").and_then(|field| header::credential_name(&field));
        if !table.has("header") {
            table.missing("header", "{ header = \"api-key\" }");
        }
        table.finish();
        return name.map_or_else(usual, AuthStyle::Header);
    }
    let styles =
        [AuthStyle::Auto, AuthStyle::Bearer, AuthStyle::XApiKey, AuthStyle::Both, AuthStyle::ApiKey, AuthStyle::None];
    let words: Vec<(&'static str, usize)> = AUTH_WORDS.iter().enumerate().map(|(index, word)| (*word, index)).collect();
    match field.choice(&words).and_then(|index| styles.get(index).cloned()) {
        Some(AuthStyle::Auto) | None => usual(),
        Some(style) => style,
    }
}

/// How an auth style is written, when a word is enough.
pub(crate) fn auth_word(style: &AuthStyle) -> Option<&'static str> {
    match style {
        AuthStyle::Auto => Some("auto"),
        AuthStyle::Bearer => Some("bearer"),
        AuthStyle::XApiKey => Some("x-api-key"),
        AuthStyle::Both => Some("both"),
        AuthStyle::ApiKey => Some("api-key"),
        AuthStyle::None => Some("none"),
        AuthStyle::Header(_) => None,
    }
}

/// A key must not cross a network in the clear, and a provider without a key is worth a remark.
pub(super) fn check(section: &Section<'_>, provider: &Provider, bases: &[(UpstreamProtocol, Url)]) {
    let sends_key = !provider.keys.is_empty() && provider.auth != AuthStyle::None;
    let exposed = bases.iter().find(|(_, url)| url.scheme() == "http" && !address::is_this_machine(url));
    if let Some((_, url)) = exposed
        && sends_key
        && !provider.allow_plaintext
    {
        let error = ConfigError::new(&rules::PLAINTEXT, section.key("url"), section.place_of("url"));
        section.reader().error(error.with("host", url.host_str().unwrap_or_default()));
    }
    let abroad = bases.iter().any(|(_, url)| !address::is_this_machine(url));
    if provider.keys.is_empty() && provider.auth != AuthStyle::None && abroad && !section.has("keys") {
        let note = Note::new(rules::NO_KEYS, &messages::NO_KEYS, section.path.clone(), section.place.clone());
        section.reader().note(note);
    }
}
