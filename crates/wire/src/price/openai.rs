//! GPT at its maker's, at the standard tier. What is written to the cache for twelve hours costs more and is not told
//! apart in the tokens; requests that ask for it do so by `prompt_cache_options`.

use super::sheet::Sheet;
use super::{Basis, Currency, Day, Price, Rates};

/// Above this many tokens the whole request costs more.
const LONG: u64 = 272_000;

const PAGE: Sheet = Sheet {
    vendors: &["openai"],
    currency: Currency::Usd,
    source: "https://developers.openai.com/api/docs/pricing",
    basis: Basis::Tables,
    read: Day::of("2026-11-28"),
};

/// Input, read, output, of models that ask nothing for writing to the cache: what they write is plain input.
const fn free_write(input: &str, read: &str, output: &str) -> Rates {
    written(input, read, input, output)
}

/// Input, read, write, output.
const fn written(input: &str, read: &str, write: &str, output: &str) -> Rates {
    Rates::cached(input, read, output).written(write)
}

pub(super) static PRICES: &[Price] = &[
    PAGE.price(
        &["gpt-6-astra"],
        &[written("10", "1", "12.50", "50").all(), written("20", "2", "25", "75").above(LONG)],
    ),
    PAGE.price(
        &["gpt-6.1-sol"],
        &[written("2", "0.10", "2.50", "10").all(), written("4", "0.20", "5", "15").above(LONG)],
    ),
    PAGE.price(
        &["gpt-6.1-terra"],
        &[written("1", "0.05", "1.25", "5").all(), written("2", "0.10", "2.50", "7.50").above(LONG)],
    ),
    PAGE.price(
        &["gpt-6-sol"],
        &[written("2", "0.20", "2.50", "10").all(), written("4", "0.40", "5", "15").above(LONG)],
    ),
    PAGE.price(
        &["gpt-6-luna"],
        &[written("0.10", "0.01", "0.125", "0.50").all(), written("0.20", "0.02", "0.25", "0.75").above(LONG)],
    ),
    PAGE.price(
        &["gpt-5.6-sol"],
        &[written("5", "0.50", "6.25", "30").all(), written("10", "1", "12.50", "45").above(LONG)],
    ),
    PAGE.price(
        &["gpt-5.6-sol"],
        &[written("4", "0.40", "5", "20").all(), written("8", "0.80", "10", "30").above(LONG)],
    )
    .since(Day::of("2026-08-21")),
    PAGE.price(
        &["gpt-5.6-terra"],
        &[written("2.50", "0.25", "3.125", "15").all(), written("5", "0.50", "6.25", "22.50").above(LONG)],
    ),
    PAGE.price(
        &["gpt-5.6-terra"],
        &[written("2", "0.20", "2.50", "12").all(), written("4", "0.40", "5", "18").above(LONG)],
    )
    .since(Day::of("2026-07-30")),
    PAGE.price(&["gpt-5.5"], &[free_write("5", "0.50", "30").all(), free_write("10", "1", "45").above(LONG)]),
    PAGE.price(&["gpt-5.4"], &[free_write("2.50", "0.25", "15").all(), free_write("5", "0.50", "22.50").above(LONG)]),
    PAGE.price(&["gpt-5.4-mini"], &[free_write("0.75", "0.075", "4.50").all()]),
    PAGE.price(&["gpt-5.4-nano"], &[free_write("0.20", "0.02", "1.25").all()]),
];
