//! Kimi for accounts of the international platform, which are billed in dollars. What the other platform asks in yuan is
//! not known here.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const fn price(models: &'static [&'static str], source: &'static str, tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["moonshot"],
        models,
        since: Day::FIRST,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source,
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// Input, read, write for five minutes and for an hour, output.
const fn written(input: &str, read: &str, five: &str, hour: &str, output: &str) -> Tier {
    let rates = Rates {
        cache_write_5m: Some(Rate::of(five)),
        cache_write_1h: Some(Rate::of(hour)),
        ..plain(input, read, output).rates
    };
    Tier { above: 0, rates }
}

/// Input, read, output.
const fn plain(input: &str, read: &str, output: &str) -> Tier {
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

const PAGE: &str = "https://platform.kimi.ai/docs/pricing/chat";

pub(super) static PRICES: &[Price] = &[
    price(&["kimi-k3.1-pro"], PAGE, &[written("2", "0.20", "2", "4", "10")]),
    price(&["kimi-k3"], "https://platform.kimi.ai/docs/pricing/chat-k3", &[written("3", "0.30", "3", "6", "15")]),
    price(&["kimi-k2.7-code"], PAGE, &[plain("0.95", "0.19", "4")]),
    price(&["kimi-k2.6"], PAGE, &[plain("0.95", "0.16", "4")]),
    price(&["kimi-k2.5"], PAGE, &[plain("0.60", "0.10", "3")]),
];
