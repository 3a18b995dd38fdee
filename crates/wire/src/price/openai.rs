//! GPT at its maker's, at the standard tier. What is written to the cache for twelve hours costs more and is not told
//! apart in the tokens; requests that ask for it do so by `prompt_cache_options`.

use super::{Basis, Currency, Day, Price, Rate, Rates, Tier};

/// Above this many tokens the whole request costs more.
const LONG: u64 = 272_000;

const fn price(models: &'static [&'static str], since: Day, tiers: &'static [Tier]) -> Price {
    Price {
        vendors: &["openai"],
        models,
        since,
        currency: Currency::Usd,
        tiers,
        peak: None,
        source: "https://developers.openai.com/api/docs/pricing",
        basis: Basis::Tables,
        read: Day::of("2026-11-28"),
    }
}

/// Input, read, output, of models that ask nothing for writing to the cache: what they write is plain input.
const fn free_write(input: &str, read: &str, output: &str) -> Rates {
    written(input, read, input, output)
}

/// Input, read, write, output.
const fn written(input: &str, read: &str, write: &str, output: &str) -> Rates {
    Rates {
        input: Rate::of(input),
        cache_read: Some(Rate::of(read)),
        cache_write_5m: None,
        cache_write_1h: None,
        cache_write: Some(Rate::of(write)),
        output: Rate::of(output),
        reasoning: None,
    }
}

const fn upto(rates: Rates) -> Tier {
    Tier { above: 0, rates }
}

const fn beyond(rates: Rates) -> Tier {
    Tier { above: LONG, rates }
}

pub(super) static PRICES: &[Price] = &[
    price(
        &["gpt-6-astra"],
        Day::FIRST,
        &[upto(written("10", "1", "12.50", "50")), beyond(written("20", "2", "25", "75"))],
    ),
    price(
        &["gpt-6.1-sol"],
        Day::FIRST,
        &[upto(written("2", "0.10", "2.50", "10")), beyond(written("4", "0.20", "5", "15"))],
    ),
    price(
        &["gpt-6.1-terra"],
        Day::FIRST,
        &[upto(written("1", "0.05", "1.25", "5")), beyond(written("2", "0.10", "2.50", "7.50"))],
    ),
    price(
        &["gpt-6-sol"],
        Day::FIRST,
        &[upto(written("2", "0.20", "2.50", "10")), beyond(written("4", "0.40", "5", "15"))],
    ),
    price(
        &["gpt-6-luna"],
        Day::FIRST,
        &[upto(written("0.10", "0.01", "0.125", "0.50")), beyond(written("0.20", "0.02", "0.25", "0.75"))],
    ),
    price(
        &["gpt-5.6-sol"],
        Day::FIRST,
        &[upto(written("5", "0.50", "6.25", "30")), beyond(written("10", "1", "12.50", "45"))],
    ),
    price(
        &["gpt-5.6-sol"],
        Day::of("2026-08-21"),
        &[upto(written("4", "0.40", "5", "20")), beyond(written("8", "0.80", "10", "30"))],
    ),
    price(
        &["gpt-5.6-terra"],
        Day::FIRST,
        &[upto(written("2.50", "0.25", "3.125", "15")), beyond(written("5", "0.50", "6.25", "22.50"))],
    ),
    price(
        &["gpt-5.6-terra"],
        Day::of("2026-07-30"),
        &[upto(written("2", "0.20", "2.50", "12")), beyond(written("4", "0.40", "5", "18"))],
    ),
    price(&["gpt-5.5"], Day::FIRST, &[upto(free_write("5", "0.50", "30")), beyond(free_write("10", "1", "45"))]),
    price(
        &["gpt-5.4"],
        Day::FIRST,
        &[upto(free_write("2.50", "0.25", "15")), beyond(free_write("5", "0.50", "22.50"))],
    ),
    price(&["gpt-5.4-mini"], Day::FIRST, &[upto(free_write("0.75", "0.075", "4.50"))]),
    price(&["gpt-5.4-nano"], Day::FIRST, &[upto(free_write("0.20", "0.02", "1.25"))]),
];
