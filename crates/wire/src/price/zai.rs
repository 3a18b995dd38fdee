//! GLM for accounts of Z.ai that pay by use. What bigmodel.cn asks in yuan is not known here, and a coding plan has no
//! price per token.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["zai"],
        models,
        since: Day::FIRST,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source: "https://docs.z.ai/guides/overview/pricing",
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// Input, read, output. Writing to the cache is free of charge beyond the input.
const fn tier(input: &str, read: &str, output: &str) -> Tier {
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
    price(&["glm-5.3", "glm-5.2", "glm-5.1"], &[tier("1.40", "0.26", "4.40")]),
    price(&["glm-5"], &[tier("1", "0.20", "3.20")]),
    price(&["glm-4.7", "glm-4.6"], &[tier("0.60", "0.11", "2.20")]),
];
