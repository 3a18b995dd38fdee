//! `price`: what models cost, by kind of token, with source and date; what is not known is said to be so.

mod list;

use std::fmt::Write as _;

use serde_json::{Value, json};
use tokgate_wire::price::{Basis, Cost, Currency, Rate, Rates, Tier};
use tokgate_wire::usage::Usage;

use crate::cli::args::Price as Asked;
use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean, pad};
use crate::clock;
use crate::config::Overrides;
use crate::config::model::Provider;
use crate::i18n::{Lang, cli as text};
use list::{Known, Line};

/// Columns of the table: provider, model, currency, then rates.
const CELLS: [usize; 9] = [16, 32, 8, 9, 9, 9, 9, 9, 9];

pub(crate) fn show(context: &Context<'_>, asked: &Asked) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let lines =
        list::lines(&loaded.config, asked.model.as_deref(), asked.provider.as_deref(), clock::unix_ms() / 1_000)?;
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => drop(out.json("price", lines.iter().map(object).collect::<Vec<_>>().into())),
        Shape::Plain => {
            out.data(&lines.iter().map(plain).collect::<String>());
        }
        Shape::Human => {
            out.data(&table(out, &lines));
            let unknown = lines.is_empty() || lines.iter().any(|line| line.known == Known::Not);
            if unknown {
                out.say(out.word(&text::PRICE_UNKNOWN_FIX));
            }
        }
    }
    let some = lines.iter().any(|line| line.known != Known::Not);
    Ok(if some || asked.model.is_none() { exit::DONE } else { exit::FAILED })
}

/// What an answer would have cost at a configured provider, as far as its price is known.
pub(super) fn cost_at(provider: &Provider, model: &str, usage: &Usage, unix_s: u64) -> Option<Cost> {
    list::cost_at(provider, model, usage, unix_s)
}

/// Rates with what they hold for: inputs of more tokens, hours.
struct Case<'p> {
    above: u64,
    hours: &'p [(u64, u64)],
    rates: &'p Rates,
}

impl Line {
    fn cases(&self) -> Vec<Case<'_>> {
        let (tiers, peak): (&[Tier], _) = match &self.known {
            Known::Not => return Vec::new(),
            Known::Own(own) => (&own.tiers, own.peak.as_ref().map(|peak| (&*peak.hours, &peak.rates))),
            Known::Listed(price) => (price.tiers, price.peak.as_ref().map(|peak| (peak.hours, &peak.rates))),
        };
        let tiers = tiers.iter().map(|tier| Case { above: tier.above, hours: &[], rates: &tier.rates });
        tiers.chain(peak.map(|(hours, rates)| Case { above: 0, hours, rates })).collect()
    }

    fn currency(&self) -> Option<Currency> {
        match &self.known {
            Known::Not => None,
            Known::Own(own) => Some(own.currency),
            Known::Listed(price) => Some(price.currency),
        }
    }
}

fn by_kind(rates: &Rates) -> [(&'static str, Option<Rate>); 7] {
    [
        ("input", Some(rates.input)),
        ("output", Some(rates.output)),
        ("cache_read", rates.cache_read),
        ("cache_write_5m", rates.cache_write_5m),
        ("cache_write_1h", rates.cache_write_1h),
        ("cache_write", rates.cache_write),
        ("reasoning", rates.reasoning),
    ]
}

/// `01–04, 06–10`
fn hours(lang: Lang, hours: &[(u64, u64)]) -> String {
    lang.list(hours.iter().map(|(from, to)| format!("{from:02}–{to:02}")))
}

const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Page => "page",
        Basis::Tables => "tables",
    }
}

fn object(line: &Line) -> Value {
    let case = |case: &Case<'_>| {
        let rates =
            by_kind(case.rates).into_iter().filter_map(|(kind, rate)| Some((kind.to_owned(), rate?.amount().into())));
        json!({
            "above": case.above,
            "hours_utc": case.hours,
            "per_million": Value::Object(rates.collect()),
        })
    };
    let listed = match &line.known {
        Known::Listed(price) => Some(price),
        Known::Own(_) | Known::Not => None,
    };
    json!({
        "provider": line.provider,
        "model": line.model,
        "known": line.known != Known::Not,
        "own": matches!(line.known, Known::Own(_)),
        "currency": line.currency().map(Currency::id),
        "prices": line.cases().iter().map(case).collect::<Vec<_>>(),
        "source": listed.map(|price| price.source),
        "basis": listed.map(|price| basis(price.basis)),
        "read": listed.map(|price| price.read.text()),
    })
}

/// Provider, model, currency, least input, hours, rates, source, day. What is not known is empty.
fn plain(line: &Line) -> String {
    let (source, read) = match &line.known {
        Known::Listed(price) => (price.source, price.read.text()),
        Known::Own(_) | Known::Not => ("", String::new()),
    };
    let head = format!("{}\t{}", clean(&line.provider), clean(&line.model));
    let currency = line.currency().map_or("", Currency::id);
    let one = |case: &Case<'_>| {
        let rates = by_kind(case.rates).map(|(_, rate)| rate.map(Rate::amount).unwrap_or_default()).join("\t");
        format!("{head}\t{currency}\t{}\t{}\t{rates}\t{source}\t{read}\n", case.above, hours(Lang::En, case.hours))
    };
    let cases = line.cases();
    if cases.is_empty() { format!("{head}{}\n", "\t".repeat(12)) } else { cases.iter().map(one).collect() }
}

fn table(out: &Out, lines: &[Line]) -> String {
    let mut page = String::new();
    let head = out.word(&text::PRICE_HEAD).split('|').zip(CELLS).map(|(word, cells)| pad(word, cells));
    let _ = writeln!(page, "  {}", out.paint.dim(head.collect::<Vec<_>>().join(" ").trim_end()));
    for line in lines {
        let first = [(line.provider.as_str(), CELLS[0]), (line.model.as_str(), CELLS[1])];
        let [name, model] = first.map(|(word, cells)| pad(&clean(word), cells));
        if line.known == Known::Not {
            let _ = writeln!(page, "  {} {model} {}", out.paint.bold(&name), out.word(&text::PRICE_UNKNOWN));
        }
        for (number, case) in line.cases().iter().enumerate() {
            let blank = [pad("", CELLS[0]), pad("", CELLS[1])];
            let [name, model] = if number == 0 { [out.paint.bold(&name), model.clone()] } else { blank };
            let _ = writeln!(page, "  {name} {model} {}", cells(out, line, case));
        }
    }
    page.push_str(&sources(out, lines));
    page
}

/// Currency, rates, and what they hold for.
fn cells(out: &Out, line: &Line, case: &Case<'_>) -> String {
    let currency = line.currency().map_or("", Currency::id).to_owned();
    let rates = by_kind(case.rates).into_iter().filter(|(kind, _)| *kind != "cache_write");
    let rates = rates.map(|(_, rate)| rate.map_or_else(|| "–".to_owned(), Rate::amount));
    let columns = std::iter::once(currency).chain(rates).zip(&CELLS[2..]).map(|(word, cells)| pad(&word, *cells));
    let mut cells = columns.collect::<Vec<_>>().join(" ");
    if case.above > 0 {
        cells.push_str(&out.text(&text::PRICE_ABOVE, &[("tokens", &case.above)]));
    }
    if !case.hours.is_empty() {
        cells.push_str(&out.text(&text::PRICE_BUSY, &[("hours", &hours(out.lang, case.hours))]));
    }
    cells.trim_end().to_owned()
}

/// Where the prices come from, each source once per provider.
fn sources(out: &Out, lines: &[Line]) -> String {
    let mut told: Vec<String> = Vec::new();
    for line in lines {
        let provider = clean(&line.provider);
        let source = match &line.known {
            Known::Not => continue,
            Known::Own(_) => out.text(&text::PRICE_OWN, &[("provider", &provider)]),
            Known::Listed(price) => {
                let message = match price.basis {
                    Basis::Page => &text::PRICE_PAGE,
                    Basis::Tables => &text::PRICE_TABLES,
                };
                let read = price.read.text();
                out.text(message, &[("provider", &provider), ("source", &price.source), ("read", &read)])
            }
        };
        if !told.contains(&source) {
            told.push(source);
        }
    }
    let unit = out.paint.dim(out.word(&text::PRICE_UNIT)).to_string();
    let lines = std::iter::once(unit).filter(|_| !told.is_empty()).chain(told.iter().cloned());
    lines.map(|line| format!("  {line}\n")).collect()
}
