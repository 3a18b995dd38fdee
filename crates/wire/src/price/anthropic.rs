//! Claude at its maker's.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

/// Source: Anthropic documentation, "Pricing".
const PAGE: &str = "https://platform.claude.com/docs/en/about-claude/pricing";

/// A price that is the same for all lengths of input.
const fn flat(
    models: &'static [&'static str],
    since: Day,
    tiers: &'static [Tier],
    source: &'static str,
    basis: Basis,
) -> Price {
    Price {
        vendors: &["anthropic"],
        models,
        since,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source,
        basis,
        read: Day::of("2026-11-28"),
    }
}

/// Input, write for five minutes, write for an hour, read, output.
const fn rates(input: &str, five: &str, hour: &str, read: &str, output: &str) -> Rates {
    Rates {
        input: Rate::of(input),
        cache_read: Some(Rate::of(read)),
        cache_write_5m: Some(Rate::of(five)),
        cache_write_1h: Some(Rate::of(hour)),
        // A total without its split may be either.
        cache_write: None,
        output: Rate::of(output),
        reasoning: None,
    }
}

const fn all(rates: Rates) -> Tier {
    Tier { above: 0, rates }
}

pub(super) static PRICES: &[Price] = &[
    flat(
        &["claude-fable-5-1", "claude-mythos-5-1"],
        Day::FIRST,
        &[all(rates("10", "12.50", "20", "0.25", "50"))],
        PAGE,
        Basis::Page,
    ),
    flat(
        &["claude-fable-5", "claude-mythos-5"],
        Day::FIRST,
        &[all(rates("10", "12.50", "20", "1", "50"))],
        PAGE,
        Basis::Page,
    ),
    flat(&["claude-opus-5-5"], Day::FIRST, &[all(rates("4", "5", "8", "0.20", "20"))], PAGE, Basis::Tables),
    flat(
        &["claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"],
        Day::FIRST,
        &[all(rates("5", "6.25", "10", "0.50", "25"))],
        PAGE,
        Basis::Page,
    ),
    flat(
        &["claude-opus-4-1", "claude-opus-4"],
        Day::FIRST,
        &[all(rates("15", "18.75", "30", "1.50", "75"))],
        PAGE,
        Basis::Page,
    ),
    flat(
        &["claude-sonnet-5-5"],
        Day::FIRST,
        &[all(rates("2", "2.50", "4", "0.20", "10"))],
        "https://platform.claude.com/docs/zh-CN/models/sonnet-5-5/overview",
        Basis::Page,
    ),
    // Reading from the cache became cheaper.
    flat(
        &["claude-sonnet-5-5"],
        Day::of("2026-10-07"),
        &[all(rates("2", "2.50", "4", "0.10", "10"))],
        PAGE,
        Basis::Tables,
    ),
    flat(
        &["claude-sonnet-5"],
        Day::FIRST,
        &[all(rates("2", "2.50", "4", "0.20", "10"))],
        "https://platform.claude.com/docs/zh-CN/models/sonnet-5/overview",
        Basis::Page,
    ),
    flat(
        &["claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4"],
        Day::FIRST,
        &[all(rates("3", "3.75", "6", "0.30", "15"))],
        "https://platform.claude.com/docs/en/docs/about-claude/pricing",
        Basis::Page,
    ),
    flat(
        &["claude-haiku-5-5"],
        Day::FIRST,
        &[
            all(rates("0.10", "0.125", "0.20", "0.01", "0.50")),
            Tier { above: 100_000, rates: rates("0.50", "0.625", "1", "0.05", "2.50") },
        ],
        "https://platform.claude.com/docs/zh-CN/models/haiku-5-5/overview",
        Basis::Tables,
    ),
    flat(
        &["claude-haiku-4-5"],
        Day::FIRST,
        &[all(rates("1", "1.25", "2", "0.10", "5"))],
        "https://platform.claude.com/docs/en/docs/about-claude/pricing",
        Basis::Page,
    ),
];
