//! Prints the newest price of every model as one JSON object a line, for `tests/house/prices.py`.

#![allow(clippy::print_stdout, reason = "the table is the output")]

use std::collections::BTreeMap;

use serde_json::json;
use tokgate_wire::price::{self, Rate, Rates};

fn main() {
    let mut newest = BTreeMap::new();
    for entry in price::all() {
        for (vendor, model) in
            entry.vendors.iter().flat_map(|vendor| entry.models.iter().map(move |model| (vendor, model)))
        {
            let kept = newest.entry((vendor, model)).or_insert(entry);
            if entry.since > kept.since {
                *kept = entry;
            }
        }
    }
    for ((vendor, model), entry) in newest {
        let tiers: Vec<_> =
            entry.tiers.iter().map(|tier| json!({"above": tier.above, "rates": rates(&tier.rates)})).collect();
        let peak = entry.peak.as_ref().map(|peak| rates(&peak.rates));
        let line = json!({
            "vendor": vendor, "model": model, "currency": entry.currency.id(), "tiers": tiers, "peak": peak,
            "source": entry.source,
        });
        println!("{line}");
    }
}

/// Units of the currency per million tokens.
fn rates(rates: &Rates) -> serde_json::Value {
    let units = |rate: Rate| rate.0 as f64 / 1e6;
    json!({
        "input": units(rates.input), "cache_read": rates.cache_read.map(units),
        "cache_write": rates.cache_write_5m.or(rates.cache_write).map(units), "output": units(rates.output),
    })
}
