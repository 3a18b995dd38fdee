//! What a request would cost at a provider before it has been asked: a size in bytes, prices, and round numbers. For
//! comparing providers only; what an answer did cost is counted from its tokens.

use tokgate_wire::price::{Cost, Currency};
use tokgate_wire::usage::Usage;

use super::snapshot::Snapshot;

/// Bytes of a request that are about a token.
const BYTES_PER_TOKEN: u64 = 4;

/// Tokens that an answer of a coding client has, about, unless the request allows fewer.
const OUTPUT: u64 = 1_000;

/// Part of a prompt that was there before, in a conversation whose prompt is cached: each turn adds a little.
const CACHED_TENTHS: u64 = 9;

/// Yuan for a dollar, about: enough to put providers in order, and to hold prices in yuan against limits in dollars
/// (`health.probe_budget`, `queue.cost_per_job`, `queue.cost_per_day`). Nothing is billed by it. A round number, because
/// one that was looked up would give another order on another day; from 2023 to 2025 the market paid between 6.7 and 7.4.
const CNY_PER_USD: u64 = 7;

/// What is known of a request's size.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Bytes of its body.
    pub bytes: u64,
    /// Tokens that its answer may have at most, as far as it says.
    pub output_max: Option<u64>,
}

/// Millionths of a US dollar. `None` when no price is known, or one in a currency that is not compared here.
pub fn micros(snapshot: &Snapshot, provider: &str, model: &str, bytes: u64, cached: bool, unix_s: u64) -> Option<u64> {
    of_size(snapshot, provider, model, Size { bytes, output_max: None }, cached, unix_s)
}

fn of_size(snapshot: &Snapshot, provider: &str, model: &str, size: Size, cached: bool, unix_s: u64) -> Option<u64> {
    let provider = snapshot.providers.iter().find(|known| *known.name == *provider)?;
    let tokens = size.bytes / BYTES_PER_TOKEN;
    let read = tokens * CACHED_TENTHS / 10;
    let output = size.output_max.map_or(OUTPUT, |most| most.min(OUTPUT));
    let whole = Usage { input_uncached: Some(tokens), output_total: Some(output), ..Usage::default() };
    let partly = Usage { input_uncached: Some(tokens - read), cache_read: Some(read), ..whole };
    // A provider without a price for cached tokens is compared as if it had no cache.
    let cost = cached.then(|| provider.cost(model, &partly, unix_s)).flatten();
    dollars(&cost.or_else(|| provider.cost(model, &whole, unix_s))?)
}

/// What it would cost, about, at the cheapest provider in use whose price is known.
pub fn least(snapshot: &Snapshot, model: &str, size: Size, unix_s: u64) -> Option<u64> {
    let enabled = snapshot.config.providers.iter().filter(|provider| provider.enabled);
    enabled.filter_map(|provider| of_size(snapshot, &provider.name, model, size, false, unix_s)).min()
}

/// An amount in millionths of a US dollar, about; `None` in a currency that is not compared here.
pub fn dollars(cost: &Cost) -> Option<u64> {
    dollar_trillionths(cost).map(|trillionths| trillionths / 1_000_000)
}

/// The same in trillionths.
pub fn dollar_trillionths(cost: &Cost) -> Option<u64> {
    match cost.currency {
        Currency::Usd => Some(cost.trillionths),
        Currency::Cny => Some(cost.trillionths / CNY_PER_USD),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn yuan_are_reckoned_at_the_rate_that_every_limit_names() {
        let cost = |currency| Cost { trillionths: 7_000_000_000_000, currency };
        assert_eq!(dollars(&cost(Currency::Cny)), Some(1_000_000));
        assert_eq!((dollars(&cost(Currency::Usd)), dollars(&cost(Currency::Eur))), (Some(7_000_000), None));
        for key in ["health.probe_budget", "queue.cost_per_job", "queue.cost_per_day"] {
            for (lang, rate) in
                [(Lang::En, format!("{CNY_PER_USD} yuan")), (Lang::Zh, format!("{CNY_PER_USD} 元人民币"))]
            {
                let told = crate::config::explain_keys(key, lang).unwrap();
                assert!(told.contains(&rate), "{key}: {told}");
            }
        }
    }
}
