//! What tokens cost. Facts from the vendors' own price pages, each with its source and the day it was read; a price that
//! is not here is not known, and is never guessed.
//!
//! Money is whole numbers: a rate is millionths of the currency per million tokens, so tokens times rate is trillionths.

mod anthropic;
mod day;
mod deepseek;
mod gemini;
mod groq;
mod minimax;
mod mistral;
mod money;
mod moonshot;
mod openai;
mod qwen;
mod sheet;
mod xai;
mod zai;

use crate::usage::Usage;
pub use day::Day;
pub use money::{Cost, Currency, Rate};

/// What one kind of model costs, from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Vendor ids whose accounts pay it.
    pub vendors: &'static [&'static str],
    /// Models by the names that are asked for; a date at the end of a name is not looked at.
    pub models: &'static [&'static str],
    /// Valid from this day on, until a later one of the same model.
    pub since: Day,
    /// Currency.
    pub currency: Currency,
    /// By the length of the input, shortest first; the first is for all lengths.
    pub tiers: &'static [Tier],
    /// Other prices at some hours.
    pub peak: Option<Peak>,
    /// The page that says so.
    pub source: &'static str,
    /// How its words came here.
    pub basis: Basis,
    /// When that page was read.
    pub read: Day,
}

/// What the owner of an account says it costs, in place of what is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Currency.
    pub currency: Currency,
    /// By the length of the input, shortest first; the first is for all lengths.
    pub tiers: Vec<Tier>,
    /// Other prices at some hours.
    pub peak: Option<Peak<Vec<(u64, u64)>>>,
}

impl Own {
    /// What `usage` costs at a time (seconds since the Unix epoch); `None` when a kind of token in it has no rate, or the
    /// tokens are not known.
    pub fn cost(&self, usage: &Usage, unix_s: u64) -> Option<Cost> {
        let peak = self.peak.as_ref().filter(|peak| peak.is_at(unix_s)).map(|peak| &peak.rates);
        Some(Cost { trillionths: rates(&self.tiers, peak, usage)?.cost(usage)?, currency: self.currency })
    }
}

/// The rates of a request: those of its hour, else those of its length.
fn rates<'r>(tiers: &'r [Tier], peak: Option<&'r Rates>, usage: &Usage) -> Option<&'r Rates> {
    let input = usage.input_total()?;
    let tier = tiers.iter().rev().find(|tier| tier.above == 0 || input > tier.above);
    peak.or_else(|| tier.map(|tier| &tier.rates))
}

/// How a price became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Read on the vendor's own page.
    Page,
    /// Two public tables that are kept by different people and name that page agree on it.
    Tables,
}

/// Prices of one length of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// For inputs of more tokens than this; the whole request then costs this.
    pub above: u64,
    /// Prices.
    pub rates: Rates,
}

/// Prices at busy hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak<H = &'static [(u64, u64)]> {
    /// From and to, hours UTC, Monday to Friday. Public holidays of the vendor's country are not known here.
    pub hours: H,
    /// Prices.
    pub rates: Rates,
}

/// Rates by kind of token. `None`: not known, or there is no such kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Input that no cache knows.
    pub input: Rate,
    /// Input read from the cache.
    pub cache_read: Option<Rate>,
    /// Input written to a cache for five minutes.
    pub cache_write_5m: Option<Rate>,
    /// Input written to a cache for an hour.
    pub cache_write_1h: Option<Rate>,
    /// Input written to a cache whose lifetime is not said.
    pub cache_write: Option<Rate>,
    /// Output.
    pub output: Rate,
    /// Reasoning, where it costs something else than output.
    pub reasoning: Option<Rate>,
}

impl Rates {
    /// What `usage` costs in trillionths; `None` when a kind of token in it has no rate, or the tokens are not known.
    pub fn cost(&self, usage: &Usage) -> Option<u64> {
        let of = |tokens: Option<u64>, rate: Option<Rate>| match tokens.unwrap_or(0) {
            0 => Some(0),
            tokens => Some(tokens.saturating_mul(rate?.0)),
        };
        let output = usage.output_total?;
        let reasoning = usage.output_reasoning.filter(|_| self.reasoning.is_some()).unwrap_or(0).min(output);
        usage.input_total()?;
        [
            of(usage.input_uncached, Some(self.input)),
            of(usage.cache_read, self.cache_read),
            of(usage.cache_write_5m, self.cache_write_5m),
            of(usage.cache_write_1h, self.cache_write_1h),
            of(usage.cache_write_other, self.cache_write),
            of(Some(output - reasoning), Some(self.output)),
            of(Some(reasoning), self.reasoning),
        ]
        .into_iter()
        .try_fold(0_u64, |sum, part| part.map(|part| sum.saturating_add(part)))
    }
}

impl Price {
    /// What `usage` costs at a time (seconds since the Unix epoch).
    pub fn cost(&self, usage: &Usage, unix_s: u64) -> Option<Cost> {
        let peak = self.peak.as_ref().filter(|peak| peak.is_at(unix_s)).map(|peak| &peak.rates);
        Some(Cost { trillionths: rates(self.tiers, peak, usage)?.cost(usage)?, currency: self.currency })
    }
}

impl<H: AsRef<[(u64, u64)]>> Peak<H> {
    fn is_at(&self, unix_s: u64) -> bool {
        let hour = unix_s / 3_600 % 24;
        Day::of_unix(unix_s).is_weekday() && self.hours.as_ref().iter().any(|(from, to)| (*from..*to).contains(&hour))
    }
}

/// What `model` costs at `vendor` at a time (seconds since the Unix epoch); `None` when that is not known.
pub fn find(vendor: &str, model: &str, unix_s: u64) -> Option<&'static Price> {
    newest(of(vendor), model, unix_s)
}

/// Every price of a vendor, in no order: for whoever looks there often.
pub fn of(vendor: &str) -> impl Iterator<Item = &'static Price> {
    all().filter(move |price| price.vendors.contains(&vendor))
}

/// What `model` costs at a time, of these prices; `None` when that is not among them.
pub fn newest(prices: impl Iterator<Item = &'static Price>, model: &str, unix_s: u64) -> Option<&'static Price> {
    let (model, today) = (family(model), Day::of_unix(unix_s));
    let fits = |price: &&Price| price.since <= today && price.models.contains(&model);
    prices.filter(fits).max_by_key(|price| price.since)
}

/// Every price that holds at a time (seconds since the Unix epoch), vendor by vendor.
pub fn valid(unix_s: u64) -> impl Iterator<Item = (&'static str, &'static str, &'static Price)> {
    let named = |price: &'static Price| {
        price.vendors.iter().flat_map(move |vendor| price.models.iter().map(move |model| (*vendor, *model, price)))
    };
    all().flat_map(named).filter(move |(vendor, model, price)| find(vendor, model, unix_s) == Some(*price))
}

/// Every price, in no order.
pub fn all() -> impl Iterator<Item = &'static Price> {
    TABLES.iter().copied().flatten()
}

static TABLES: &[&[Price]] = &[
    anthropic::PRICES,
    openai::PRICES,
    moonshot::PRICES,
    deepseek::PRICES,
    zai::PRICES,
    minimax::PRICES,
    qwen::PRICES,
    gemini::PRICES,
    xai::PRICES,
    mistral::PRICES,
    groq::PRICES,
];

/// A model's name without the date of its release (`-20251001`, `-2026-04-23`) and without `[1m]`, by which Claude Code
/// asks for a long context.
pub(crate) fn family(model: &str) -> &str {
    let model = model.strip_suffix("[1m]").unwrap_or(model);
    if !model.ends_with(|last: char| last.is_ascii_digit()) {
        return model;
    }
    let digits = |text: &str, many: usize| text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = model.rsplitn(4, '-');
    let (last, month, year) = (parts.next(), parts.next(), parts.next());
    if let (Some(day), Some(month), Some(year), Some(name)) = (last, month, year, parts.next())
        && digits(day, 2)
        && digits(month, 2)
        && digits(year, 4)
    {
        return name;
    }
    match model.rsplit_once('-') {
        Some((name, date)) if digits(date, 8) => name,
        _ => model,
    }
}

#[cfg(test)]
mod tests;
