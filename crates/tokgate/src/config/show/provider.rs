//! `[provider.NAME]`.

use std::fmt::Write as _;

use tokgate_policy::engine::WEIGHT;
use tokgate_wire::conversation::Effort;
use tokgate_wire::price::{Currency, Own, Tier};
use tokgate_wire::translate::dialect::changes::{self, Changes};

use super::{Page, allowed, masked, word};
use crate::config::model::{
    AuthStyle, AwsSource, Provider, ProviderKey, ProviderKind, SecretRef, Simulate, Surface, Transport,
};
use crate::config::quote::{joined, quoted};
use crate::config::section::{price, provider, surface};
use crate::config::{duration, preset, reference, size};

impl Page<'_> {
    pub(super) fn provider(&mut self, provider: &Provider, defaults: &Transport) {
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
