//! `[provider.NAME.price."MODEL"]`

use std::ops::RangeInclusive;

use tokgate_wire::price::{Currency, Own, Peak, Rate, Rates, Tier};

use crate::config::reader::{Field, Section};
use crate::config::rules;

/// Currency where neither a price nor its provider says one.
const CURRENCY: Currency = Currency::Usd;
/// Lengths of input that a tier may begin behind; longer than any model takes.
const ABOVE: RangeInclusive<i64> = 1..=1_000_000_000;

/// Reads every price of a provider, as written. One that lacks what every answer needs is an error, so that no price
/// is there that can never be worked out.
///
/// `usual`: the currency of those that do not say.
pub(crate) fn read(provider: &Section<'_>, usual: Option<Currency>) -> Vec<(String, Own)> {
    let usual = usual.unwrap_or(CURRENCY);
    let prices = provider.named("price").into_iter();
    prices.filter_map(|(entry, section)| Some((entry.key.clone(), price(section, usual)?))).collect()
}

/// `currency` of a provider.
pub(crate) fn currency(provider: &Section<'_>) -> Option<Currency> {
    provider.field("currency").and_then(|field| by_code(&field))
}

fn by_code(field: &Field<'_>) -> Option<Currency> {
    field.choice(&Currency::ALL.map(|currency| (currency.id(), currency)))
}

fn price(section: Section<'_>, usual_currency: Currency) -> Option<Own> {
    let usual = kinds(&section);
    let currency = section.field("currency").map_or(Some(usual_currency), |field| by_code(&field));
    let longer: Vec<Option<Tier>> = section.tables("tiers").into_iter().map(tier).collect();
    let peak = section.has("busy").then(|| busy(section.section("busy")));
    for key in ["tiers", "busy"].into_iter().filter(|key| section.has(key)) {
        section.reader().origin_place(&section.key(key), &section.place_of(key));
    }
    section.finish();
    let mut tiers = vec![Tier { above: 0, rates: usual? }];
    tiers.extend(longer.into_iter().collect::<Option<Vec<_>>>()?);
    tiers.sort_by_key(|tier| tier.above);
    let peak = match peak {
        Some(peak) => Some(peak?),
        None => None,
    };
    Some(Own { currency: currency?, tiers, peak })
}

/// `tiers = [{ above = 200000, … }]`
fn tier(section: Section<'_>) -> Option<Tier> {
    let rates = kinds(&section);
    let above = section.field("above").and_then(|field| field.integer(ABOVE));
    if !section.has("above") {
        section.missing("above", "above = 200000");
    }
    section.finish();
    Some(Tier { above: u64::try_from(above?).ok()?, rates: rates? })
}

/// `busy = { hours = ["01-04"], … }`
fn busy(section: Section<'_>) -> Option<Peak<Vec<(u64, u64)>>> {
    let rates = kinds(&section);
    let field = section.field("hours");
    if field.is_none() {
        section.missing("hours", "hours = [\"01-04\", \"06-10\"]");
    }
    let texts = field.and_then(|field| field.texts());
    let hours: Option<Vec<Option<_>>> = texts.map(|texts| texts.iter().map(|(text, item)| hours(text, item)).collect());
    section.finish();
    Some(Peak { hours: hours?.into_iter().collect::<Option<_>>()?, rates: rates? })
}

/// `01-04`: from one o'clock until four, UTC.
fn hours(text: &str, item: &Field<'_>) -> Option<(u64, u64)> {
    let hour = |text: &str| text.parse().ok().filter(|hour| *hour <= 24 && text.len() <= 2);
    let read = text.split_once('-').and_then(|(from, to)| Some((hour(from)?, hour(to)?)));
    let read = read.filter(|(from, to)| from < to);
    if read.is_none() {
        item.refuse(&rules::BAD_HOURS);
    }
    read
}

/// What each kind of token costs.
fn kinds(section: &Section<'_>) -> Option<Rates> {
    let rate = |key| section.field(key).and_then(|field: Field<'_>| field.rate());
    let (input, output) = (rate("input"), rate("output"));
    // Of whatever lifetime, unless one has its own.
    let cache_write = rate("cache_write");
    let (cache_read, reasoning) = (rate("cache_read"), rate("reasoning"));
    let cache_write_5m = rate("cache_write_5m").or(cache_write);
    let cache_write_1h = rate("cache_write_1h").or(cache_write);
    for key in ["input", "output"].into_iter().filter(|key| !section.has(key)) {
        section.missing(key, &format!("{key} = 1.25"));
    }
    Some(Rates { input: input?, cache_read, cache_write_5m, cache_write_1h, cache_write, output: output?, reasoning })
}

/// Rates by key, as they are written.
pub(crate) fn rates(rates: &Rates) -> impl Iterator<Item = (&'static str, Rate)> {
    [
        ("input", Some(rates.input)),
        ("cache_read", rates.cache_read),
        ("cache_write", rates.cache_write),
        ("cache_write_5m", rates.cache_write_5m),
        ("cache_write_1h", rates.cache_write_1h),
        ("output", Some(rates.output)),
        ("reasoning", rates.reasoning),
    ]
    .into_iter()
    .filter_map(|(key, rate)| Some((key, rate?)))
}

/// The same, inside an inline table.
pub(crate) fn inline(kinds: &Rates) -> String {
    rates(kinds).map(|(key, rate)| format!("{key} = {}", rate.amount())).collect::<Vec<_>>().join(", ")
}

/// Hours as they are written.
pub(crate) fn hours_shown(hours: &[(u64, u64)]) -> String {
    hours.iter().map(|(from, to)| format!("\"{from:02}-{to:02}\"")).collect::<Vec<_>>().join(", ")
}
