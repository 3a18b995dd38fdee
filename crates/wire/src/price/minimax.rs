//! MiniMax: in dollars for accounts of minimax.io, in yuan for those of minimaxi.com.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates, Tier};

const DOLLARS: Sheet = Sheet {
    vendors: &["minimax"],
    currency: Currency::Usd,
    source: "https://platform.minimax.io/docs/guides/pricing-paygo",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

/// The page that was read does not name M3, whose price is unknown here.
const YUAN: Sheet = Sheet {
    vendors: &["minimax-cn"],
    currency: Currency::Cny,
    source: "https://platform.minimaxi.com/docs/guides/pricing-paygo",
    basis: Basis::Page,
    read: Day::of("2026-11-28"),
};

/// Input, read, write for the five minutes that a cache lives, output.
const fn written(input: &str, read: &str, write: &str, output: &str) -> Tier {
    Rates::cached(input, read, output).written(write).for_minutes(write).all()
}

pub(super) static PRICES: &[Price] = &[
    DOLLARS.price(
        &["MiniMax-M3"],
        &[Rates::cached("0.30", "0.06", "1.20").all(), Rates::cached("0.60", "0.12", "2.40").above(512_000)],
    ),
    DOLLARS.price(&["MiniMax-M2.7"], &[written("0.30", "0.06", "0.375", "1.20")]),
    DOLLARS.price(&["MiniMax-M2.7-highspeed"], &[written("0.60", "0.06", "0.375", "2.40")]),
    DOLLARS.price(&["MiniMax-M2.5", "MiniMax-M2.1", "MiniMax-M2"], &[written("0.30", "0.03", "0.375", "1.20")]),
    YUAN.price(&["MiniMax-M2.7"], &[written("2.10", "0.42", "2.625", "8.40")]),
    YUAN.price(&["MiniMax-M2.7-highspeed"], &[written("4.20", "0.42", "2.625", "16.80")]),
    YUAN.price(&["MiniMax-M2.5"], &[written("2.10", "0.21", "2.625", "8.40")]),
    YUAN.price(&["MiniMax-M2.5-highspeed"], &[written("4.20", "0.21", "2.625", "16.80")]),
];
