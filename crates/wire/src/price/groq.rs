//! Open models on Groq's hardware.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["groq"],
    currency: Currency::Usd,
    source: "https://console.groq.com/docs/models",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["openai/gpt-oss-120b"], &[Rates::cached("0.15", "0.075", "0.60").all()]),
    PAGE.price(&["openai/gpt-oss-20b"], &[Rates::cached("0.075", "0.0375", "0.30").all()]),
    PAGE.price(&["qwen/qwen3.8-27b"], &[Rates::of("0.80", "4").all()]),
];
