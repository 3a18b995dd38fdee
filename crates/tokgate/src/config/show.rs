//! The effective configuration as TOML, on request with where each value comes from.
//!
//! What is shown reads back as the same configuration, but for secrets: references are shown as they are, a key that was
//! written out only as `…` and its end.

use std::fmt::Write as _;

use tokgate_policy::engine::{Allowance, Concurrent, Elsewhere, Families, Family, WEIGHT};
use tokgate_wire::adapter::Adapter;
use tokgate_wire::downgrade::Lack;
use tokgate_wire::price::{Currency, Own, Tier};

use super::load::{Origin, Origins};
use super::model::{
    AuthStyle, AwsSource, CallerLimit, Client, Config, Health, HttpProxy, LocalKey, Log, Provider, ProviderKey,
    ProviderKind, Queue, Retention, Route, RouteTo, SecretRef, Server, Simulate, Surface, Transport,
};
use super::quote::{joined, quoted};
use super::section::route::conditions;
use super::section::{
    failover as failover_section, health, limit as limits, log, price, profile as profiles, provider, queue, server,
    surface, transport, ui,
};
use super::{duration, mask, preset, reference, size};
use tokgate_wire::conversation::Effort;
use tokgate_wire::translate::dialect::changes::{self, Changes};

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

    fn server(&mut self, server: &Server) {
        self.section("server", "[server]");
        self.text("listen", &server.listen.to_string());
        let also: Vec<String> = server.also_listen.iter().map(ToString::to_string).collect();
        self.texts("also_listen", also.iter().map(String::as_str));
        let key = match &server.local_key {
            LocalKey::Auto => "auto".to_owned(),
            LocalKey::Off => "off".to_owned(),
            LocalKey::Given(reference) => reference::format(reference),
        };
        self.text("local_key", &key);
        self.texts("allow_origins", server.allow_origins.iter().map(String::as_str));
        self.texts("hosts", server.hosts.iter().map(String::as_str));
        if let Some(tls) = &server.tls {
            self.text("tls.cert", &tls.cert.display().to_string());
            self.text("tls.key", &tls.key.display().to_string());
        }
        self.value("max_connections", server.max_connections.to_string());
        self.value("max_concurrent", server.max_concurrent.to_string());
        self.value("max_waiting", server.max_waiting.to_string());
        self.text("max_body", &size::format(server.max_body));
        match server.max_repeats {
            Some(most) => self.value("max_repeats", most.to_string()),
            None => self.text("max_repeats", server::OFF),
        }
        self.value("websocket", server.websocket.to_string());
        if let Some(drain) = server.drain {
            self.text("drain", &duration::format(drain));
        }
    }

    /// The keys of `[defaults]`; inside a provider only those that differ from `base` or are written there.
    fn transport(&mut self, transport: &Transport, base: Option<&Transport>) {
        let short = self.origins.contains_key(&format!("{}.timeout", self.path));
        let times = |t: &Transport| {
            [
                ("dns_timeout", t.dns_timeout),
                ("connect_timeout", t.connect_timeout),
                ("tls_timeout", t.tls_timeout),
                ("first_byte_timeout", t.first_byte_timeout),
                ("idle_timeout", t.idle_timeout),
                ("request_timeout", t.request_timeout),
            ]
            .map(|(key, time)| (key, quoted(&duration::format(time))))
        };
        let others = |t: &Transport| {
            [
                ("retries", t.retries.to_string()),
                ("keep_alive.per_host", t.keep_alive.per_host.to_string()),
                ("keep_alive.total", t.keep_alive.total.to_string()),
                ("keep_alive.idle", quoted(&duration::format(t.keep_alive.idle))),
                ("http_proxy", quoted(&proxy(&t.http_proxy))),
                ("ca_file", t.ca_file.as_ref().map(|path| quoted(&path.display().to_string())).unwrap_or_default()),
                ("http2", quoted(word(&transport::HTTP2, &t.http2))),
            ]
        };
        let all = |t: &Transport| times(t).into_iter().chain(others(t)).collect::<Vec<_>>();
        let base: Vec<String> =
            base.map(|base| all(base).into_iter().map(|(_, value)| value).collect()).unwrap_or_default();
        for (index, (key, value)) in all(transport).into_iter().enumerate() {
            let written = self.origins.contains_key(&format!("{}.{key}", self.path));
            let inherited = base.get(index) == Some(&value) && !written;
            if value.is_empty() || inherited {
                continue;
            }
            let key = if short && key == "request_timeout" { "timeout" } else { key };
            self.value(key, value);
        }
    }

    fn provider(&mut self, provider: &Provider, defaults: &Transport) {
        self.named("provider", &provider.name);
        match &provider.kind {
            ProviderKind::Simulated(simulate) => self.simulate(simulate),
            ProviderKind::Http { bases } => {
                self.address(provider, bases);
                self.value("keys", keys(&provider.keys));
                self.text("key_choice", word(&provider::KEY_CHOICES, &provider.key_choice));
                self.auth(provider);
            }
        }
        self.allowance("limits.", &provider.limits);
        self.value("order", provider.order.to_string());
        self.value("weight", provider.weight.to_string());
        if let Some(failures) = provider.max_failures {
            self.value("max_failures", failures.to_string());
        }
        if let Some(most) = provider.max_body {
            self.text("max_body", &size::format(most));
        }
        if let Some(most) = provider.max_context {
            self.value("max_context", most.to_string());
        }
        self.value("enabled", provider.enabled.to_string());
        for (asked, sent) in &provider.models {
            self.text(&joined("models", asked), sent);
        }
        let slots = &provider.slots;
        for (key, model) in [
            ("default_model", &slots.default),
            ("small_model", &slots.small),
            ("haiku_model", &slots.haiku),
            ("sonnet_model", &slots.sonnet),
            ("opus_model", &slots.opus),
        ] {
            self.optional(key, model.as_deref());
        }
        self.optional("probe_model", provider.probe_model.as_deref());
        for (name, value) in &provider.headers {
            self.text(&joined("headers", name), &masked(name, value));
        }
        if let Some(lacks) = &provider.lacks {
            let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
            self.texts("lacks", lacks.iter().map(String::as_str));
        }
        self.dialect("dialect", &provider.dialect);
        for (model, changes) in &provider.dialects {
            self.dialect(&joined(&joined("model", model), "dialect"), changes);
        }
        self.optional("currency", provider.currency.map(Currency::id));
        self.prices(&provider.prices);
        if provider.allow_plaintext {
            self.value("allow_plaintext", "true".to_owned());
        }
        self.optional("note", provider.note.as_deref());
        for (name, value) in &provider.labels {
            self.text(&joined("labels", name), value);
        }
        self.transport(&provider.transport, Some(defaults));
    }

    fn allowance(&mut self, before: &str, limits: &Allowance) {
        for (name, value) in allowed(limits) {
            self.value(&format!("{before}{name}"), value);
        }
    }

    fn dialect(&mut self, table: &str, changes: &Changes) {
        for (name, value) in &changes.flags {
            self.value(&joined(table, name), value.to_string());
        }
        if let Some(field) = &changes.reasoning_in {
            self.text(&joined(table, "reasoning_in"), word(&changes::REASONING_IN, field));
        }
        if let Some(switch) = &changes.thinking_switch {
            self.text(&joined(table, "thinking_switch"), word(&changes::THINKING_SWITCH, switch));
        }
        if let Some(switch) = &changes.search_switch {
            self.text(&joined(table, "search_switch"), word(&changes::SEARCH_SWITCH, switch));
        }
        if let Some(field) = &changes.max_output_field {
            self.text(&joined(table, "max_output_field"), word(&changes::MAX_OUTPUT_FIELD, field));
        }
        for (name, value) in &changes.counts {
            self.value(&joined(table, name), value.to_string());
        }
        if let Some(schema) = &changes.schema {
            self.text(&joined(table, "schema"), word(&changes::SCHEMA, schema));
        }
        if let Some(efforts) = changes.efforts {
            self.texts(&joined(table, "efforts"), efforts.iter().map(Effort::word));
        }
    }

    fn prices(&mut self, prices: &[(String, Own)]) {
        for (model, own) in prices {
            let price = joined("price", model);
            let (usual, longer) = own.tiers.split_first().unzip();
            for (key, rate) in usual.iter().flat_map(|tier: &&Tier| price::rates(&tier.rates)) {
                self.value(&joined(&price, key), rate.amount());
            }
            let longer = longer.unwrap_or_default().iter();
            let longer: Vec<String> =
                longer.map(|tier| format!("{{ above = {}, {} }}", tier.above, price::inline(&tier.rates))).collect();
            if !longer.is_empty() {
                self.value(&joined(&price, "tiers"), format!("[{}]", longer.join(", ")));
            }
            if let Some(peak) = &own.peak {
                let (hours, rates) = (price::hours_shown(&peak.hours), price::inline(&peak.rates));
                self.value(&joined(&price, "busy"), format!("{{ hours = [{hours}], {rates} }}"));
            }
            self.text(&joined(&price, "currency"), own.currency.id());
        }
    }

    fn simulate(&mut self, simulate: &Simulate) {
        self.text("type", provider::SIMULATED);
        self.text("simulate.first_byte", &duration::format(simulate.first_byte));
        self.value("simulate.tokens_per_second", simulate.tokens_per_second.to_string());
    }

    /// `preset` alone when it says everything, else what was changed about it.
    fn address(&mut self, provider: &Provider, bases: &[(tokgate_wire::protocol::UpstreamProtocol, url::Url)]) {
        if provider.surface != Surface::Plain {
            self.cloud(provider, bases);
            return;
        }
        let preset = provider.preset.as_deref().and_then(preset::find);
        if let Some(preset) = &preset {
            self.text("preset", preset.id);
            let only = bases.first().map(|(protocol, _)| *protocol);
            let whole = *bases == provider::preset_bases(preset, None, None, None);
            if whole || *bases == provider::preset_bases(preset, only, None, None) {
                if let Some(protocol) = only.filter(|_| !whole) {
                    self.text("type", protocol.id());
                }
                for (protocol, url) in bases {
                    let _ = writeln!(self.out, "# {} {}", protocol.id(), url.as_str().trim_end_matches('/'));
                }
                return;
            }
        }
        self.optional("region", provider.scope.as_ref().map(|scope| scope.region.as_str()));
        let Some((protocol, url)) = bases.first() else { return };
        let by_url = preset.as_ref().map(|preset| provider::preset_bases(preset, None, Some(url.clone()), None));
        if by_url.as_deref() != Some(bases) {
            self.text("type", protocol.id());
        }
        self.text("url", url.as_str().trim_end_matches('/'));
    }

    /// What only Azure and Bedrock have.
    fn cloud(&mut self, provider: &Provider, bases: &[(tokgate_wire::protocol::UpstreamProtocol, url::Url)]) {
        let url = bases.first().map(|(_, url)| url.as_str().trim_end_matches('/')).unwrap_or_default();
        let region = provider.scope.as_ref().map(|scope| scope.region.as_str());
        match &provider.surface {
            Surface::Plain => {}
            Surface::Azure(version) => {
                self.text("type", surface::AZURE);
                self.text("url", url);
                self.text("api_version", version.text());
            }
            Surface::Bedrock { anthropic_version, betas } => {
                self.text("type", surface::BEDROCK);
                self.optional("region", region);
                if self.origins.contains_key(&format!("{}.url", self.path)) {
                    self.text("url", url);
                } else {
                    let _ = writeln!(self.out, "# {url}");
                }
                self.text("anthropic_version", anthropic_version);
                if let Some(betas) = betas {
                    self.texts("betas", betas.iter().map(String::as_str));
                }
            }
        }
        for (model, protocol) in &provider.protocols {
            self.text(&joined("protocols", model), protocol.id());
        }
    }

    fn auth(&mut self, provider: &Provider) {
        let usual = provider.preset.as_deref().and_then(preset::find).map(|preset| preset.auth).unwrap_or_default();
        if provider.auth == usual {
            return;
        }
        match &provider.auth {
            AuthStyle::Header(name) => self.text("auth.header", name),
            style => self.text("auth", provider::auth_word(style).unwrap_or_default()),
        }
    }

    fn route(&mut self, index: usize, route: &Route, config: &Config) {
        self.section(&format!("route[{}]", index + 1), "[[route]]");
        self.text("name", &route.name);
        for (key, value) in conditions::pairs(&route.when) {
            self.value(&format!("match.{key}"), value);
        }
        let to = match route.to {
            RouteTo::Provider(index) => {
                config.providers.get(index).map(|provider| format!("provider:{}", provider.name))
            }
            RouteTo::Profile(index) => config.profiles.get(index).map(|profile| format!("profile:{}", profile.name)),
        };
        self.optional("to", to.as_deref());
        self.optional("model", route.model.as_deref());
        if route.strict {
            self.value("strict", "true".to_owned());
        }
        if route.priority != 0 {
            self.value("priority", route.priority.to_string());
        }
    }

    fn limit(&mut self, index: usize, limit: &CallerLimit) {
        self.section(&format!("limit[{}]", index + 1), "[[limit]]");
        self.text("name", &limit.name);
        for (key, value) in conditions::pairs(&limit.when) {
            self.value(&format!("match.{key}"), value);
        }
        self.allowance("", &limit.allowed);
        self.text("over", word(&limits::OVER, &limit.over));
    }

    fn failover(&mut self, config: &Config) {
        let Config { failover, budgets, breaker, .. } = config;
        self.section("failover", "[failover]");
        self.value("auto", failover.auto.to_string());
        self.value("after", failover.after.to_string());
        self.text("cooldown", &duration::format(failover.cooldown));
        self.text("recover", word(&failover_section::RECOVER, &failover.recover));
        self.value("recover_after", failover.recover_after.to_string());
        self.value("max_per_hour", failover.max_per_hour.to_string());
        let (whole, part) = (failover.confirm_above / 100, failover.confirm_above % 100);
        self.value("confirm_above", format!("{whole}.{part:02}"));
        self.value("fallback", failover.fallback.to_string());
        let Elsewhere { on, not_on } = failover.elsewhere;
        for (key, families) in [("on", on), ("not_on", Some(not_on).filter(|not_on| *not_on != Families::default()))] {
            let Some(families) = families else { continue };
            let named = Family::ALL.iter().filter(|family| families.has(**family));
            self.texts(key, named.map(|family| family.id()));
        }
        self.value("budget.retry", budgets.retry.percent.to_string());
        self.value("budget.retry_per_minute", budgets.retry.floor.to_string());
        self.value("budget.elsewhere", budgets.failover.percent.to_string());
        self.value("budget.elsewhere_per_minute", budgets.failover.floor.to_string());
        self.value("breaker.failures", breaker.failures.to_string());
        self.value("breaker.samples", breaker.samples.to_string());
        self.value("breaker.success", breaker.success_percent.to_string());
        self.text("breaker.open", &duration::format(breaker.open));
        self.text("breaker.open_max", &duration::format(breaker.open_max));
        self.value("breaker.tests", breaker.tests.to_string());
        self.text("breaker.slow_start", &duration::format(breaker.slow_start));
    }

    fn health(&mut self, of: &Health) {
        self.section("health", "[health]");
        self.value("enabled", of.enabled.to_string());
        self.text("every", &duration::format(of.every));
        self.text("timeout", &duration::format(of.timeout));
        self.text("probe", word(&health::PROBES, &of.probe));
        self.text("probe_budget", &health::budget_text(of.probe_budget));
        self.text("quiet_when_idle", &duration::format(of.quiet_when_idle));
    }

    fn queue(&mut self, it: &Queue) {
        let hundredths = |number: u32| format!("{}.{:02}", number / 100, number % 100);
        self.section("queue", "[queue]");
        self.value("jobs", it.jobs.to_string());
        self.value("max", it.max.to_string());
        self.value("at_once", it.at_once.to_string());
        self.text("strategy", word(&queue::STRATEGIES, &it.retries.strategy));
        self.text("first", &duration::format(it.retries.first));
        self.value("factor", hundredths(it.retries.factor));
        self.text("longest", &duration::format(it.retries.longest));
        self.value("tries", it.tries.to_string());
        self.text("deadline", &duration::format(it.deadline));
        self.value("at_least_once", it.at_least_once.to_string());
        self.value("cost_per_job", hundredths(it.cost_per_job));
        self.value("cost_per_day", hundredths(it.cost_per_day));
        self.value("rescue", it.rescue.to_string());
        self.text("keep_bodies", word(&queue::KEEP_BODIES, &it.keep_bodies));
        self.text("max_size", &size::format(it.max_size));
        self.text("keep", &duration::format(it.keep));
        self.text("keep_read", &duration::format(it.keep_read));
    }

    fn log(&mut self, log: &Log) {
        self.section("log", "[log]");
        self.text("level", word(&log::LEVELS, &log.level));
        self.text("format", word(&log::FORMATS, &log.format));
        self.value("access_log", log.access_log.to_string());
        let requests = match log.keep.requests {
            Retention::Age(age) => quoted(&duration::format(age)),
            Retention::Count(count) => count.to_string(),
        };
        self.value("keep.requests", requests);
        self.text("keep.max_size", &size::format(log.keep.max_size));
    }

    fn adapter(&mut self, adapter: &Adapter) {
        self.named("adapter", &adapter.name);
        let (detect, rewrite) = (&adapter.detect, &adapter.rewrite);
        let words = |lacks: &[Lack]| lacks.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (strip, keep) = (words(rewrite.strip.all()), words(&rewrite.keep));
        for (key, texts) in [
            ("user_agent", &detect.user_agents),
            ("body", &detect.fields),
            ("strip", &strip),
            ("keep", &keep),
            ("remove_headers", &rewrite.remove_headers),
        ] {
            if !texts.is_empty() {
                self.texts(key, texts.iter().map(String::as_str));
            }
        }
        for (name, value) in &detect.headers {
            self.text(&joined("header", name), value);
        }
        self.optional("system", rewrite.system.as_deref());
        for (name, value) in &rewrite.set_headers {
            self.text(&joined("set_headers", name), &masked(name, value));
        }
        self.optional("session", rewrite.session.as_ref().map(ToString::to_string).as_deref());
        if let Some(every) = rewrite.session_every {
            self.text("session_every", &duration::format(every));
        }
    }

    fn client(&mut self, name: &str, client: &Client) {
        self.named("client", name);
        self.optional("profile", client.profile.as_deref());
        self.texts("args", client.args.iter().map(String::as_str));
        for (name, value) in &client.env {
            self.text(&joined("env", name), &masked(name, value));
        }
        self.optional("command", client.command.as_deref());
        self.optional("small_model", client.small_model.as_deref());
        for (slot, model) in &client.models {
            self.text(&joined("models", slot), model);
        }
        if let Some(quiet) = client.quiet_traffic {
            self.value("quiet_traffic", quiet.to_string());
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

fn keys(keys: &[ProviderKey]) -> String {
    let quote = |from: &SecretRef| quoted(&reference::format(from));
    let one = |key: &ProviderKey| {
        let mut more = if key.enabled { String::new() } else { ", enabled = false".to_owned() };
        if key.weight != WEIGHT {
            let _ = write!(more, ", weight = {}", key.weight);
        }
        for (name, value) in allowed(&key.limits) {
            let _ = write!(more, ", {name} = {value}");
        }
        match &key.from {
            SecretRef::Aws(AwsSource::Parts(parts)) => {
                let token = parts.session_token.as_ref().map(|token| format!(", session_token = {}", quote(token)));
                let (id, secret, token) =
                    (quote(&parts.access_key), quote(&parts.secret_key), token.unwrap_or_default());
                format!("{{ access_key = {id}, secret_key = {secret}{token}{more} }}")
            }
            from if more.is_empty() => quote(from),
            from => format!("{{ from = {}{more} }}", quote(from)),
        }
    };
    format!("[{}]", keys.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn proxy(proxy: &HttpProxy) -> String {
    match proxy {
        HttpProxy::Env => "env".to_owned(),
        HttpProxy::None => "none".to_owned(),
        HttpProxy::Url(address) => mask::without_userinfo(address.expose()),
    }
}

/// A header or variable may carry a secret; its name tells.
fn masked(name: &str, value: &str) -> String {
    if mask::secret_name(name) { reference::format(&SecretRef::Literal(Secret::new(value))) } else { value.to_owned() }
}

fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}
