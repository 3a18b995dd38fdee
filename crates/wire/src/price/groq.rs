//! Open models on Groq's hardware.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const SOURCE: &str = "https://console.groq.com/docs/models";

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["groq"],
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
const fn all(input: &str, read: Option<&str>, output: &str) -> Tier {
    let rates = Rates {
        input: Rate::of(input),
        cache_read: match read {
            Some(read) => Some(Rate::of(read)),
            None => None,
        },
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    };
    Tier { above: 0, rates }
}

pub(super) static PRICES: &[Price] = &[
    price(&["openai/gpt-oss-120b"], &[all("0.15", Some("0.075"), "0.60")]),
    price(&["openai/gpt-oss-20b"], &[all("0.075", Some("0.0375"), "0.30")]),
    price(&["qwen/qwen3.8-27b"], &[all("0.80", None, "4")]),
];
