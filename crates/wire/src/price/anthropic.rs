//! Claude at its maker's.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

/// Source: Anthropic documentation, "Pricing".
const PAGE: Sheet = Sheet {
    vendors: &["anthropic"],
    currency: Currency::Usd,
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    basis: Basis::Page,
    read: Day::of("2026-11-28"),
};

/// Input, write for five minutes, write for an hour, read, output. A total of writes without its split may be either.
const fn rates(input: &str, five: &str, hour: &str, read: &str, output: &str) -> Rates {
    Rates::cached(input, read, output).for_minutes(five).for_an_hour(hour)
}

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["claude-fable-5-1", "claude-mythos-5-1"], &[rates("10", "12.50", "20", "0.25", "50").all()]),
    PAGE.price(&["claude-fable-5", "claude-mythos-5"], &[rates("10", "12.50", "20", "1", "50").all()]),
    PAGE.price(&["claude-opus-5-5"], &[rates("4", "5", "8", "0.20", "20").all()]).from(PAGE.source, Basis::Tables),
    PAGE.price(
        &["claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"],
        &[rates("5", "6.25", "10", "0.50", "25").all()],
    ),
    PAGE.price(&["claude-opus-4-1", "claude-opus-4"], &[rates("15", "18.75", "30", "1.50", "75").all()]),
    PAGE.price(&["claude-sonnet-5-5"], &[rates("2", "2.50", "4", "0.20", "10").all()])
        .from("https://platform.claude.com/docs/zh-CN/models/sonnet-5-5/overview", Basis::Page),
    // Reading from the cache became cheaper.
    PAGE.price(&["claude-sonnet-5-5"], &[rates("2", "2.50", "4", "0.10", "10").all()])
        .since(Day::of("2026-10-07"))
        .from(PAGE.source, Basis::Tables),
    PAGE.price(&["claude-sonnet-5"], &[rates("2", "2.50", "4", "0.20", "10").all()])
        .from("https://platform.claude.com/docs/zh-CN/models/sonnet-5/overview", Basis::Page),
    PAGE.price(
        &["claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4"],
        &[rates("3", "3.75", "6", "0.30", "15").all()],
    )
    .from("https://platform.claude.com/docs/en/docs/about-claude/pricing", Basis::Page),
    PAGE.price(
        &["claude-haiku-5-5"],
        &[
            rates("0.10", "0.125", "0.20", "0.01", "0.50").all(),
            rates("0.50", "0.625", "1", "0.05", "2.50").above(100_000),
        ],
    )
    .from("https://platform.claude.com/docs/zh-CN/models/haiku-5-5/overview", Basis::Tables),
    PAGE.price(&["claude-haiku-4-5"], &[rates("1", "1.25", "2", "0.10", "5").all()])
        .from("https://platform.claude.com/docs/en/docs/about-claude/pricing", Basis::Page),
];
