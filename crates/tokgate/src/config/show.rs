//! The effective configuration as TOML, on request with where each value comes from.
//!
//! What is shown reads back as the same configuration, but for secrets: references are shown as they are, a key that was
//! written out only as `…` and its end.

mod client;
mod provider;
mod routing;
mod server;
mod upkeep;

use std::fmt::Write as _;

use tokgate_policy::engine::{Allowance, Concurrent};

use super::load::{Origin, Origins};
use super::model::{Config, SecretRef};
use super::quote::{joined, quoted};
use super::section::{limit as limits, profile as profiles, ui};
use super::{duration, mask, reference};
use crate::i18n::{Lang, config as messages};
use crate::secret::Secret;

/// Column at which origins stand, when the line leaves room.
const ORIGIN_COLUMN: usize = 44;

/// What [`show`] adds.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOptions {
    /// A comment on each line that says where the value comes from.
    pub origin: bool,
    /// Language of these comments.
    pub lang: Lang,
}

/// The whole configuration, every default written out.
pub fn show(config: &Config, origins: &Origins, options: ShowOptions) -> String {
    let mut page = Page { out: String::new(), path: String::new(), origins, options };
    page.value("version", "1".to_owned());
    page.server(&config.server);
    page.section("defaults", "[defaults]");
    page.transport(&config.defaults.transport, None);
    for provider in &config.providers {
        page.provider(provider, &config.defaults.transport);
    }
    for profile in config.profiles.iter().filter(|profile| !profile.providers.is_empty()) {
        page.named("profile", &profile.name);
        let members = profile.providers.iter().filter_map(|index| config.providers.get(*index));
        page.texts("providers", members.map(|provider| &*provider.name));
        page.text("tier", word(&profiles::TIERS, &profile.tier));
        page.text("strategy", profile.strategy.id());
        page.text("sticky", word(&profiles::STICKY, &profile.sticky));
        if !profile.admits.tools {
            page.value("allow.tools", "false".to_owned());
        }
        if let Some(most) = profile.admits.max_output_tokens {
            page.value("allow.max_output_tokens", most.to_string());
        }
        page.optional("note", profile.note.as_deref());
    }
    if page.options.origin && origins.contains_key("use") {
        let name = config.profiles.get(config.default_profile).map_or("", |profile| &*profile.name);
        let line = messages::SHOW_USED.text(options.lang, &[("name", &name), ("origin", &page.origin("use"))]);
        let _ = writeln!(page.out, "\n# {line}");
    }
    for (index, route) in config.routes.iter().enumerate() {
        page.route(index, route, config);
    }
    page.failover(config);
    page.queue(&config.queue);
    page.health(&config.health);
    page.section("hold", "[hold]");
    page.text("max", &duration::format(config.hold.max));
    for (index, limit) in config.limits.iter().enumerate() {
        page.limit(index, limit);
    }
    page.log(&config.log);
    for (name, client) in &config.clients {
        page.client(name, client);
    }
    for adapter in &config.adapters {
        page.adapter(adapter);
    }
    page.section("ui", "[ui]");
    page.text("language", word(&ui::LANGUAGES, &config.ui.language));
    page.optional("default_client", config.ui.default_client.as_deref());
    page.out
}

struct Page<'a> {
    out: String,
    path: String,
    origins: &'a Origins,
    options: ShowOptions,
}

impl Page<'_> {
    fn section(&mut self, path: &str, header: &str) {
        path.clone_into(&mut self.path);
        let _ = writeln!(self.out, "\n{header}");
    }

    fn named(&mut self, section: &str, name: &str) {
        let path = joined(section, name);
        let header = format!("[{path}]");
        self.section(&path, &header);
    }

    /// One line; `key` may be dotted.
    fn value(&mut self, key: &str, value: String) {
        let line = format!("{key} = {value}");
        if !self.options.origin {
            let _ = writeln!(self.out, "{line}");
            return;
        }
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let origin = self.origin(&path);
        let pad = ORIGIN_COLUMN.saturating_sub(line.chars().count()).max(1);
        let _ = writeln!(self.out, "{line}{:pad$}# {origin}", "");
    }

    fn origin(&self, path: &str) -> String {
        let lang = self.options.lang;
        match self.origins.get(path) {
            None => messages::ORIGIN_DEFAULT.raw(lang).to_owned(),
            Some(Origin::File(line)) => messages::ORIGIN_FILE.text(lang, &[("line", line)]),
            Some(Origin::Env(name)) => messages::ORIGIN_ENV.text(lang, &[("name", name)]),
            Some(Origin::Flag(name)) => messages::ORIGIN_FLAG.text(lang, &[("name", name)]),
            Some(Origin::Preset(id)) => messages::ORIGIN_PRESET.text(lang, &[("name", id)]),
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        self.value(key, quoted(text));
    }

    fn optional(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        let items: Vec<String> = texts.map(quoted).collect();
        self.value(key, format!("[{}]", items.join(", ")));
    }

    fn allowance(&mut self, before: &str, limits: &Allowance) {
        for (name, value) in allowed(limits) {
            self.value(&format!("{before}{name}"), value);
        }
    }
}

/// What is limited, as it is written.
fn allowed(allowance: &Allowance) -> impl Iterator<Item = (&'static str, String)> {
    let concurrent = allowance.concurrent.map(|concurrent| match concurrent {
        Concurrent::Fixed(places) => places.to_string(),
        Concurrent::Auto => quoted(limits::AUTO),
    });
    let numbers = [("rpm", allowance.rpm), ("tpm", allowance.tpm)];
    let numbers = numbers.into_iter().filter_map(|(name, number)| Some((name, number?.to_string())));
    concurrent.map(|concurrent| ("concurrent", concurrent)).into_iter().chain(numbers)
}

/// A header or variable may carry a secret; its name tells.
fn masked(name: &str, value: &str) -> String {
    if mask::secret_name(name) { reference::format(&SecretRef::Literal(Secret::new(value))) } else { value.to_owned() }
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}
