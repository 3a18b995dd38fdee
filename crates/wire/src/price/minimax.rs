//! MiniMax: in dollars for accounts of minimax.io, in yuan for those of minimaxi.com.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

const fn dollars(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["minimax"],
        models,
        since: Day::FIRST,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source: "https://platform.minimax.io/docs/guides/pricing-paygo",
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// The page that was read does not name M3, whose price is unknown here.
const fn yuan(models: &'static [&'static str], tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["minimax-cn"],
        currency: Currency::Cny,
        source: "https://platform.minimaxi.com/docs/guides/pricing-paygo",
        basis: Basis::Page,
        ..dollars(models, tiers)
    }
}

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

/// Input, read, write for the five minutes that a cache lives, output.
const fn written(input: &str, read: &str, write: &str, output: &str) -> Tier {
    let write = Some(Rate::of(write));
    let rates = Rates { cache_write_5m: write, cache_write: write, ..above(0, input, read, output).rates };
    Tier { above: 0, rates }
}

pub(super) static PRICES: &[Price] = &[
    dollars(&["MiniMax-M3"], &[above(0, "0.30", "0.06", "1.20"), above(512_000, "0.60", "0.12", "2.40")]),
    dollars(&["MiniMax-M2.7"], &[written("0.30", "0.06", "0.375", "1.20")]),
    dollars(&["MiniMax-M2.7-highspeed"], &[written("0.60", "0.06", "0.375", "2.40")]),
    dollars(&["MiniMax-M2.5", "MiniMax-M2.1", "MiniMax-M2"], &[written("0.30", "0.03", "0.375", "1.20")]),
    yuan(&["MiniMax-M2.7"], &[written("2.10", "0.42", "2.625", "8.40")]),
    yuan(&["MiniMax-M2.7-highspeed"], &[written("4.20", "0.42", "2.625", "16.80")]),
    yuan(&["MiniMax-M2.5"], &[written("2.10", "0.21", "2.625", "8.40")]),
    yuan(&["MiniMax-M2.5-highspeed"], &[written("4.20", "0.21", "2.625", "16.80")]),
];
