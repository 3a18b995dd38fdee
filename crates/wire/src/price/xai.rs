//! Grok at its maker's. A longer prompt than 200 000 tokens costs twice as much.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["xai"],
    currency: Currency::Usd,
    source: "https://docs.x.ai/docs/models",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

const LONG: u64 = 200_000;

pub(super) static PRICES: &[Price] = &[
    PAGE.price(
        &["grok-4.7", "grok-4.6"],
        &[Rates::cached("2", "0.50", "6").all(), Rates::cached("4", "1", "12").above(LONG)],
    ),
    PAGE.price(&["grok-4.5"], &[Rates::cached("2", "0.30", "6").all(), Rates::cached("4", "0.60", "12").above(LONG)]),
    PAGE.price(
        &["grok-4.3", "grok-4.20-0309-reasoning", "grok-4.20-0309-non-reasoning", "grok-4.20-multi-agent-0309"],
        &[Rates::cached("1.25", "0.20", "2.50").all(), Rates::cached("2.50", "0.40", "5").above(LONG)],
    ),
    PAGE.price(
        &["grok-build-0.1"],
        &[Rates::cached("1", "0.20", "2").all(), Rates::cached("2", "0.40", "4").above(LONG)],
    ),
];
