//! Which models there are to tell a price of, and what each costs where.

use tokgate_wire::price::{self, Cost, Own, Price};
use tokgate_wire::usage::Usage;
use tokgate_wire::vendor::{self, Vendor};

use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::clean;
use crate::config::model::{Config, Provider, ProviderKind};
use crate::gateway::snapshot;
use crate::i18n::cli as text;

/// One model at one provider.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) known: Known,
}

/// What is known of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// The configuration says it.
    Own(Own),
    /// The vendor's list.
    Listed(&'static Price),
    /// Nothing.
    Not,
}

/// What `model`, else every model that is known of, costs at a time: at the configured providers, or at `only`, which
/// may be a vendor too. A model that none of them has a price of is looked up at every vendor.
pub(super) fn lines(
    config: &Config,
    model: Option<&str>,
    only: Option<&str>,
    unix_s: u64,
) -> Result<Vec<Line>, CliError> {
    let real = |provider: &&&Provider| matches!(provider.kind, ProviderKind::Http { .. });
    let all: Vec<&Provider> = config.providers.iter().map(|provider| &**provider).collect();
    let asked: Vec<&Provider> =
        all.iter().filter(real).filter(|provider| only.is_none_or(|only| *provider.name == *only)).copied().collect();
    if let (Some(only), true) = (only, asked.is_empty()) {
        let vendor = vendor::find(only).ok_or_else(|| no_provider(config, only))?;
        return Ok(at_vendor(vendor, model, unix_s));
    }
    let mut lines = Vec::new();
    for provider in asked {
        let own = Prices::of(provider)?;
        let names = model.map_or_else(|| names(provider, unix_s), |model| vec![model.to_owned()]);
        lines.extend(names.into_iter().map(|model| own.line(model, unix_s)));
    }
    if only.is_none() && lines.iter().all(|line| line.known == Known::Not) {
        let elsewhere = vendor::all().iter().flat_map(|vendor| at_vendor(vendor, model, unix_s));
        lines.extend(elsewhere.filter(|line| line.known != Known::Not));
    }
    Ok(lines)
}

/// What an answer would have cost at a provider, as far as its price is known.
pub(super) fn cost_at(provider: &Provider, model: &str, usage: &Usage, unix_s: u64) -> Option<Cost> {
    match Prices::of(provider).ok()?.line(model.to_owned(), unix_s).known {
        Known::Own(own) => own.cost(usage, unix_s),
        Known::Listed(price) => price.cost(usage, unix_s),
        Known::Not => None,
    }
}

/// What is known of one provider.
struct Prices<'c> {
    provider: &'c Provider,
    own: Vec<(tokgate_policy::glob::Glob, Own)>,
}

impl<'c> Prices<'c> {
    fn of(provider: &'c Provider) -> Result<Self, CliError> {
        let own = snapshot::by_model(provider, &provider.prices)
            .map_err(|error| CliError::new("TG212", exit::CONFIG, Text::verbatim(error)))?;
        Ok(Self { provider, own })
    }

    fn line(&self, model: String, unix_s: u64) -> Line {
        let own = self.provider.prices.iter().find(|(name, _)| *name == model).map(|(_, own)| own);
        let own = own.or_else(|| self.own.iter().find(|(glob, _)| glob.matches(&model)).map(|(_, own)| own)).cloned();
        let listed = || price::find(self.provider.preset.as_deref()?, &model, unix_s);
        let known = own.map_or_else(|| listed().map_or(Known::Not, Known::Listed), Known::Own);
        Line { provider: self.provider.name.to_string(), model, known }
    }
}

/// The models a provider is known to be asked for: those with a price of their own, those it is sent, its vendor's.
fn names(provider: &Provider, unix_s: u64) -> Vec<String> {
    let slots = &provider.slots;
    let slots = [&slots.default, &slots.small, &slots.haiku, &slots.sonnet, &slots.opus];
    let slots = slots.into_iter().flatten().map(|slot| &**slot);
    let sent = provider.models.iter().map(|(_, sent)| sent.as_str()).chain(slots);
    let own = provider.prices.iter().map(|(name, _)| name.as_str());
    let vendor = provider.preset.as_deref().and_then(vendor::find);
    let listed = vendor.map_or_else(Vec::new, |vendor| vendor_names(vendor, unix_s));
    let mut names: Vec<String> = Vec::new();
    for name in own.chain(sent).chain(listed) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn vendor_names(vendor: &Vendor, unix_s: u64) -> Vec<&'static str> {
    let priced = price::valid(unix_s).filter(|(id, ..)| *id == vendor.id).map(|(_, model, _)| model);
    priced.chain(vendor.models.iter().copied()).collect()
}

fn at_vendor(vendor: &Vendor, model: Option<&str>, unix_s: u64) -> Vec<Line> {
    let mut names = model.map_or_else(|| vendor_names(vendor, unix_s), |model| vec![model]);
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    let line = |model: &str| {
        let known = price::find(vendor.id, model, unix_s).map_or(Known::Not, Known::Listed);
        Line { provider: vendor.id.to_owned(), model: model.to_owned(), known }
    };
    names.into_iter().map(line).collect()
}

fn no_provider(config: &Config, name: &str) -> CliError {
    let configured = config.providers.iter().map(|provider| &*provider.name);
    let known: Vec<&str> = configured.chain(vendor::all().iter().map(|vendor| vendor.id)).collect();
    CliError::new("TG508", exit::USAGE, Text::new(&text::PRICE_NO_PROVIDER).with("name", clean(name)))
        .at("--provider")
        .fix(Text::new(&text::PRICE_NO_PROVIDER_FIX).with_list("known", known))
}
