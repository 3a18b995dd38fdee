//! Grok at its maker's. A longer prompt than 200 000 tokens costs twice as much.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const SOURCE: &str = "https://docs.x.ai/docs/models";

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["xai"],
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
    price(&["grok-4.7", "grok-4.6"], &[all("2", "0.50", "6"), above(LONG, "4", "1", "12")]),
    price(&["grok-4.5"], &[all("2", "0.30", "6"), above(LONG, "4", "0.60", "12")]),
    price(
        &["grok-4.3", "grok-4.20-0309-reasoning", "grok-4.20-0309-non-reasoning", "grok-4.20-multi-agent-0309"],
        &[all("1.25", "0.20", "2.50"), above(LONG, "2.50", "0.40", "5")],
    ),
    price(&["grok-build-0.1"], &[all("1", "0.20", "2"), above(LONG, "2", "0.40", "4")]),
];
