//! The table is well formed, and costs are what the pages' own words make of tokens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::vendor;

/// 2026-11-28, a Saturday, noon UTC.
const SATURDAY: u64 = 1_795_867_200;
/// The Monday after, at two o'clock UTC.
const MONDAY_BUSY: u64 = 1_796_004_000;

fn usage(input: u64, read: u64, five: u64, hour: u64, output: u64) -> Usage {
    Usage {
        input_uncached: Some(input),
        cache_read: Some(read),
        cache_write_5m: Some(five),
        cache_write_1h: Some(hour),
        output_total: Some(output),
        ..Usage::default()
    }
}

fn cost(vendor: &str, model: &str, usage: &Usage, unix_s: u64) -> Option<String> {
    Some(find(vendor, model, unix_s)?.cost(usage, unix_s)?.amount())
}

#[test]
fn every_entry_is_well_formed() {
    for price in all() {
        let name = price.models.join(", ");
        assert!(!price.models.is_empty() && !price.tiers.is_empty(), "{name}");
        assert!(price.vendors.iter().all(|id| vendor::find(id).is_some()), "{name}: a vendor nobody knows");
        assert!(price.models.iter().all(|model| family(model) == *model), "{name}: a date in a name");
        assert!(price.source.starts_with("https://"), "{name}: no source");
        assert!(price.since <= price.read, "{name}: read before it was valid");
        assert_eq!(price.tiers[0].above, 0, "{name}: the first tier is for every length");
        assert!(price.tiers.is_sorted_by(|a, b| a.above < b.above), "{name}");
        for rates in price.tiers.iter().map(|tier| &tier.rates).chain(price.peak.iter().map(|peak| &peak.rates)) {
            assert!(rates.input <= rates.output, "{name}: output is never cheaper than input");
            assert!(rates.cache_read.is_none_or(|read| read < rates.input), "{name}: the cache is cheaper");
            assert!(rates.cache_write_5m <= rates.cache_write_1h || rates.cache_write_1h.is_none(), "{name}");
        }
        for (from, to) in price.peak.iter().flat_map(|peak| peak.hours) {
            assert!(from < to && *to <= 24, "{name}");
        }
    }
}

#[test]
fn no_model_has_two_prices_from_the_same_day_on() {
    let mut seen = std::collections::HashSet::new();
    for price in all() {
        for (vendor, model) in price.vendors.iter().flat_map(|vendor| price.models.iter().map(move |m| (vendor, m))) {
            assert!(seen.insert((vendor, model, price.since)), "{vendor} {model}");
        }
    }
}

#[test]
fn each_kind_of_token_has_its_own_rate() {
    let million = 1_000_000;
    let cost = |usage| cost("anthropic", "claude-opus-5", &usage, SATURDAY).unwrap();
    assert_eq!(cost(usage(million, 0, 0, 0, 0)), "5");
    assert_eq!(cost(usage(0, million, 0, 0, 0)), "0.5");
    assert_eq!(cost(usage(0, 0, million, 0, 0)), "6.25");
    assert_eq!(cost(usage(0, 0, 0, million, 0)), "10");
    assert_eq!(cost(usage(0, 0, 0, 0, million)), "25");
    assert_eq!(cost(usage(1_234, 44_000, 2_000, 0, 812)), "0.06097");
}

#[test]
fn a_long_input_costs_the_whole_request_more() {
    let cost = |input: u64| cost("anthropic", "claude-haiku-5-5", &usage(input - 1_000, 1_000, 0, 0, 1_000), SATURDAY);
    assert_eq!(cost(100_000).unwrap(), "0.01041");
    assert_eq!(cost(100_001).unwrap(), "0.0520505");
}

#[test]
fn a_price_holds_from_its_day_on() {
    let read = usage(0, 1_000_000, 0, 0, 0);
    let on = |day: &str| {
        let day = (0..40_000_u64).find(|number| Day::of_unix(number * 86_400) == Day::parse(day).unwrap()).unwrap();
        cost("anthropic", "claude-sonnet-5-5", &read, day * 86_400).unwrap()
    };
    assert_eq!((on("2026-10-06"), on("2026-10-07")), ("0.2".to_owned(), "0.1".to_owned()));
}

#[test]
fn busy_hours_cost_more_on_weekdays() {
    let input = usage(1_000_000, 0, 0, 0, 0);
    assert_eq!(cost("deepseek", "deepseek-flash", &input, SATURDAY).unwrap(), "0.15");
    assert_eq!(cost("deepseek", "deepseek-flash", &input, MONDAY_BUSY).unwrap(), "0.3");
    assert_eq!(cost("deepseek", "deepseek-flash", &input, MONDAY_BUSY + 2 * 3_600).unwrap(), "0.15");
}

#[test]
fn what_is_not_known_costs_nothing_that_could_be_named() {
    let some = usage(10, 0, 0, 0, 10);
    assert_eq!(cost("anthropic", "claude-unheard-of", &some, SATURDAY), None);
    assert_eq!(cost("openrouter", "claude-opus-5", &some, SATURDAY), None, "a reseller has its own prices");
    assert_eq!(cost("anthropic", "claude-opus-5", &Usage::default(), SATURDAY), None, "no tokens are known");
    let unsplit = Usage { cache_write_other: Some(5), ..some };
    assert_eq!(cost("anthropic", "claude-opus-5", &unsplit, SATURDAY), None, "written for how long?");
    let no_output = Usage { output_total: None, ..some };
    assert_eq!(cost("anthropic", "claude-opus-5", &no_output, SATURDAY), None);
}

#[test]
fn a_model_is_known_with_the_date_of_its_release() {
    for name in ["claude-haiku-4-5-20251001", "claude-haiku-4-5", "claude-haiku-4-5[1m]"] {
        assert!(find("anthropic", name, SATURDAY).is_some(), "{name}");
    }
    assert!(find("openai", "gpt-5.5-2026-04-23", SATURDAY).is_some());
    assert!(find("openai", "gpt-5.5-pro", SATURDAY).is_none(), "another model");
}

#[test]
fn reasoning_costs_its_own_rate_where_it_has_one() {
    let rates = Rates { input: Rate(1), output: Rate(10), reasoning: Some(Rate(4)), ..Rates::default() };
    let thought =
        Usage { input_uncached: Some(0), output_total: Some(10), output_reasoning: Some(7), ..Usage::default() };
    assert_eq!(rates.cost(&thought), Some(3 * 10 + 7 * 4));
    assert_eq!(Rates { reasoning: None, ..rates }.cost(&thought), Some(100), "else it is output");
}

#[test]
fn accounts_in_yuan_are_not_billed_in_dollars() {
    let input = usage(1_000_000, 0, 0, 0, 0);
    assert_eq!(find("minimax-cn", "MiniMax-M2.7", SATURDAY).unwrap().currency, Currency::Cny);
    assert_eq!(cost("minimax-cn", "MiniMax-M2.7", &input, SATURDAY).unwrap(), "2.1");
    assert_eq!(cost("minimax", "MiniMax-M2.7", &input, SATURDAY).unwrap(), "0.3");
    assert!(find("moonshot-cn", "kimi-k3", SATURDAY).is_none(), "not known, so not guessed from dollars");
    for (tokens, amount) in [(32_000, "0.08"), (32_001, "0.128004"), (128_001, "0.896007")] {
        assert_eq!(cost("qwen", "qwen3-max", &usage(tokens, 0, 0, 0, 0), SATURDAY).unwrap(), amount);
    }
}

#[test]
fn the_list_names_each_model_of_a_vendor_once() {
    let mut seen = std::collections::HashSet::new();
    for (vendor, model, price) in valid(SATURDAY) {
        assert!(seen.insert((vendor, model)), "{vendor} {model}");
        assert!(price.since <= Day::of_unix(SATURDAY), "{vendor} {model}");
    }
    assert!(seen.len() > 60, "{}", seen.len());
}

#[test]
fn an_own_price_has_tiers_and_busy_hours_as_the_vendors_do() {
    let rates = |input: u64| Rates { input: Rate(input), output: Rate(input), ..Rates::default() };
    let tiers = vec![Tier { above: 0, rates: rates(1) }, Tier { above: 100, rates: rates(2) }];
    let peak = Some(Peak { hours: vec![(1, 4)], rates: rates(5) });
    let own = Own { currency: Currency::Cny, tiers, peak };
    let cost = |tokens, unix_s| own.cost(&usage(tokens, 0, 0, 0, 0), unix_s).map(|cost| cost.trillionths);
    assert_eq!((cost(100, SATURDAY), cost(101, SATURDAY), cost(101, MONDAY_BUSY)), (Some(100), Some(202), Some(505)));
}
