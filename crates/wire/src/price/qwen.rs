//! Qwen for keys of the Beijing region, in yuan. Reading from a cache that was asked for costs something else than from one that
//! was not, and the tokens do not tell them apart: unknown.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const SOURCE: &str = "https://help.aliyun.com/zh/model-studio/models";

const fn price(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["qwen"],
        models,
        since: Day::FIRST,
        currency: Currency::Cny,
        tiers,
        peak: None,
        source: SOURCE,
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// Input, output.
const fn above(above: u64, input: &str, output: &str) -> Tier {
    let rates = Rates {
        input: Rate::of(input),
        cache_read: None,
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    };
    Tier { above, rates }
}

pub(super) static PRICES: &[Price] =
    &[price(&["qwen3-max"], &[above(0, "2.50", "10"), above(32_000, "4", "16"), above(128_000, "7", "28")])];
