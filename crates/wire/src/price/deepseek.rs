//! DeepSeek, as its English page has it in dollars. An account that is billed in yuan pays other numbers.

use super::{Basis, Currency, Day, Peak, Price, Rate, Rates, Tier};

/// Nine to twelve and fourteen to eighteen o'clock in Beijing.
const BUSY: &[(u64, u64)] = &[(1, 4), (6, 10)];

/// Input, read, output. Nothing is asked for writing to the cache, and nothing is said of it in the tokens.
const fn rates(input: &str, read: &str, output: &str) -> Rates {
    Rates {
        input: Rate::of(input),
        cache_read: Some(Rate::of(read)),
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    }
}

const fn price(models: &'static [&'static str], since: Day, tiers: &'static [Tier], peak: Option<Peak>) -> Price {
    Price {
        vendors: &["deepseek"],
        models,
        since,
        currency: Currency::Usd,
        tiers,
        peak,
        source: "https://api-docs.deepseek.com/quick_start/pricing",
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

pub(super) static PRICES: &[Price] = &[
    price(
        &["deepseek-flash"],
        Day::FIRST,
        &[Tier { above: 0, rates: rates("0.15", "0.003", "0.60") }],
        Some(Peak { hours: BUSY, rates: rates("0.30", "0.006", "1.20") }),
    ),
    price(&["deepseek-v4-pro"], Day::FIRST, &[Tier { above: 0, rates: rates("0.435", "0.003625", "0.87") }], None),
    price(
        &["deepseek-v4-pro"],
        Day::of("2026-08-17"),
        &[Tier { above: 0, rates: rates("0.66", "0.022", "1.98") }],
        Some(Peak { hours: BUSY, rates: rates("1.32", "0.044", "3.96") }),
    ),
];
