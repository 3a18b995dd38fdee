//! Mistral's own models. Names that end in `latest` are those of the version they stood for when this was read.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const SOURCE: &str = "https://mistral.ai/pricing/api";

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["mistral"],
        models,
        since: Day::FIRST,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source: SOURCE,
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// Input, read, output.
const fn all(input: &str, read: &str, output: &str) -> Tier {
    let rates = Rates {
        input: Rate::of(input),
        cache_read: Some(Rate::of(read)),
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    };
    Tier { above: 0, rates }
}

pub(super) static PRICES: &[Price] = &[
    price(&["mistral-large-latest", "mistral-large-2512"], &[all("0.50", "0.05", "1.50")]),
    price(&["mistral-medium-latest", "mistral-medium-2604"], &[all("1.50", "0.15", "7.50")]),
    price(&["mistral-small-latest", "mistral-small-2603"], &[all("0.15", "0.015", "0.60")]),
    price(&["codestral-latest"], &[all("0.30", "0.03", "0.90")]),
];
