//! Kimi for accounts of the international platform, which are billed in dollars. What the other platform asks in yuan is
//! not known here.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates, Tier};

const PAGE: Sheet = Sheet {
    vendors: &["moonshot"],
    currency: Currency::Usd,
    source: "https://platform.kimi.ai/docs/pricing/chat",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

/// Input, read, write for five minutes and for an hour, output.
const fn written(input: &str, read: &str, five: &str, hour: &str, output: &str) -> Tier {
    Rates::cached(input, read, output).for_minutes(five).for_an_hour(hour).all()
}

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["kimi-k3.1-pro"], &[written("2", "0.20", "2", "4", "10")]),
    PAGE.price(&["kimi-k3"], &[written("3", "0.30", "3", "6", "15")])
        .from("https://platform.kimi.ai/docs/pricing/chat-k3", Basis::Tables),
    PAGE.price(&["kimi-k2.7-code"], &[Rates::cached("0.95", "0.19", "4").all()]),
    PAGE.price(&["kimi-k2.6"], &[Rates::cached("0.95", "0.16", "4").all()]),
    PAGE.price(&["kimi-k2.5"], &[Rates::cached("0.60", "0.10", "3").all()]),
];
