//! Gemini by use of its API, standard tier. What is kept in a cache costs by the hour besides, which is not told here.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

const PAGE: Sheet = Sheet {
    vendors: &["gemini"],
    currency: Currency::Usd,
    source: "https://ai.google.dev/gemini-api/docs/pricing",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

const LONG: u64 = 200_000;

pub(super) static PRICES: &[Price] = &[
    PAGE.price(
        &["gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.6-flash"],
        &[Rates::cached("0.75", "0.075", "3.75").all()],
    ),
    PAGE.price(&["gemini-3.5-flash"], &[Rates::cached("1.50", "0.15", "9").all()]),
    PAGE.price(&["gemini-3.5-flash-lite"], &[Rates::cached("0.30", "0.03", "2.50").all()]),
    PAGE.price(
        &["gemini-3.1-pro-preview"],
        &[Rates::cached("2", "0.20", "12").all(), Rates::cached("4", "0.40", "18").above(LONG)],
    ),
    PAGE.price(&["gemini-3-flash-preview"], &[Rates::cached("0.50", "0.05", "3").all()]),
    PAGE.price(
        &["gemini-2.5-pro"],
        &[Rates::cached("1.25", "0.125", "10").all(), Rates::cached("2.50", "0.25", "15").above(LONG)],
    ),
    PAGE.price(&["gemini-2.5-flash"], &[Rates::cached("0.30", "0.03", "2.50").all()]),
    PAGE.price(&["gemini-2.5-flash-lite"], &[Rates::cached("0.10", "0.01", "0.40").all()]),
];
