//! `[provider.NAME.price."MODEL"]`

use tokgate_wire::price::{Currency, Own, Rate, Rates};

use crate::config::reader::{Field, Section};

/// Currency of a price that does not say.
const CURRENCY: Currency = Currency::Usd;

/// Reads every price of a provider, as written. One that lacks what every answer needs is an error, so that no price
/// is there that can never be worked out.
pub(crate) fn read(provider: &Section<'_>) -> Vec<(String, Own)> {
    let prices = provider.named("price").into_iter();
    prices.filter_map(|(entry, section)| Some((entry.key.clone(), price(section)?))).collect()
}

fn price(section: Section<'_>) -> Option<Own> {
    let rate = |key| section.field(key).and_then(|field: Field<'_>| field.rate());
    let (input, output) = (rate("input"), rate("output"));
    // Of whatever lifetime, unless one has its own.
    let cache_write = rate("cache_write");
    let (cache_read, reasoning) = (rate("cache_read"), rate("reasoning"));
    let cache_write_5m = rate("cache_write_5m").or(cache_write);
    let cache_write_1h = rate("cache_write_1h").or(cache_write);
    let words = Currency::ALL.map(|currency| (currency.id(), currency));
    let currency = section.field("currency").map_or(Some(CURRENCY), |field| field.choice(&words));
    for key in ["input", "output"].into_iter().filter(|key| !section.has(key)) {
        section.missing(key, &format!("{key} = 1.25"));
    }
    section.finish();
    let rates =
        Rates { input: input?, cache_read, cache_write_5m, cache_write_1h, cache_write, output: output?, reasoning };
    Some(Own { currency: currency?, rates })
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
