//! Gemini by use of its API, standard tier. What is kept in a cache costs by the hour besides, which is not told here.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const SOURCE: &str = "https://ai.google.dev/gemini-api/docs/pricing";

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["gemini"],
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

const LONG: u64 = 200_000;

/// Input, read, output.
const fn above(above: u64, input: &str, read: &str, output: &str) -> Tier {
    let rates = Rates {
        input: Rate::of(input),
        cache_read: Some(Rate::of(read)),
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    };
    Tier { above, rates }
}

const fn all(input: &str, read: &str, output: &str) -> Tier {
    above(0, input, read, output)
}

pub(super) static PRICES: &[Price] = &[
    price(&["gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.6-flash"], &[all("0.75", "0.075", "3.75")]),
    price(&["gemini-3.5-flash"], &[all("1.50", "0.15", "9")]),
    price(&["gemini-3.5-flash-lite"], &[all("0.30", "0.03", "2.50")]),
    price(&["gemini-3.1-pro-preview"], &[all("2", "0.20", "12"), above(LONG, "4", "0.40", "18")]),
    price(&["gemini-3-flash-preview"], &[all("0.50", "0.05", "3")]),
    price(&["gemini-2.5-pro"], &[all("1.25", "0.125", "10"), above(LONG, "2.50", "0.25", "15")]),
    price(&["gemini-2.5-flash"], &[all("0.30", "0.03", "2.50")]),
    price(&["gemini-2.5-flash-lite"], &[all("0.10", "0.01", "0.40")]),
];
