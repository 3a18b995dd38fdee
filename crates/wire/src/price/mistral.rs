//! Mistral's own models. Names that end in `latest` are those of the version they stood for when this was read.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["mistral"],
    currency: Currency::Usd,
    source: "https://mistral.ai/pricing/api",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

pub(super) static PRICES: &[Price] = &[
    PAGE.price(&["mistral-large-latest", "mistral-large-2512"], &[Rates::cached("0.50", "0.05", "1.50").all()]),
    PAGE.price(&["mistral-medium-latest", "mistral-medium-2604"], &[Rates::cached("1.50", "0.15", "7.50").all()]),
    PAGE.price(&["mistral-small-latest", "mistral-small-2603"], &[Rates::cached("0.15", "0.015", "0.60").all()]),
    PAGE.price(&["codestral-latest"], &[Rates::cached("0.30", "0.03", "0.90").all()]),
];
