//! DeepSeek, as its English page has it in dollars. An account that is billed in yuan pays other numbers.
//!
//! Nothing is asked for writing to the cache, and nothing is said of it in the tokens.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

/// Nine to twelve and fourteen to eighteen o'clock in Beijing.
const BUSY: &[(u64, u64)] = &[(1, 4), (6, 10)];

const PAGE: Sheet = Sheet {
    vendors: &["deepseek"],
    currency: Currency::Usd,
    source: "https://api-docs.deepseek.com/quick_start/pricing",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["deepseek-flash"], &[Rates::cached("0.15", "0.003", "0.60").all()])
        .busy(BUSY, Rates::cached("0.30", "0.006", "1.20")),
    PAGE.price(&["deepseek-v4-pro"], &[Rates::cached("0.435", "0.003625", "0.87").all()]),
    PAGE.price(&["deepseek-v4-pro"], &[Rates::cached("0.66", "0.022", "1.98").all()])
        .since(Day::of("2026-08-17"))
        .busy(BUSY, Rates::cached("1.32", "0.044", "3.96")),
];
