//! `queue retry`: what it may cost first, then again.

use serde_json::json;

use super::ask;
use super::entry::{Entries, Entry};
use crate::cli::confirm::confirmed;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n::cli::NOT_DONE;
use crate::i18n::queue as text;
use crate::process::admin::QueueAsk;
use crate::store::jobs::JobId;

/// What was said beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    /// Without asking.
    pub(super) yes: bool,
    /// Although the request itself is the reason.
    pub(super) force: bool,
}

/// What is to be tried again.
struct Chosen {
    ids: Vec<JobId>,
    /// Left alone because of the request itself.
    skipped: usize,
}

pub(super) fn retry(context: &Context<'_>, asked: &[String], all: bool, allowed: Allowed) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let chosen = match (all, asked) {
        (true, _) => every(&entries, allowed.force),
        (false, []) => {
            return Err(CliError::new("TG220", exit::USAGE, &text::NOTHING_NAMED).run("tokgate queue list"));
        }
        (false, asked) => named(&entries, asked, allowed.force)?,
    };
    let out = &context.out;
    if chosen.skipped > 0 {
        out.warn(out.text(&text::SKIPPED, &[("count", &chosen.skipped)]));
    }
    if chosen.ids.is_empty() {
        out.say(out.word(&NOT_DONE));
        out.json("queue.retried", json!({ "ids": [], "micros_usd": 0 }));
        return Ok(exit::DONE);
    }
    let (known, micros) = estimate(context, &chosen.ids)?;
    let cost = cost(chosen.ids.len(), known, micros);
    if allowed.yes {
        out.say(cost.say(out.lang));
    } else if !confirmed(context, cost)? {
        return Ok(exit::FAILED);
    }
    for id in &chosen.ids {
        ask(context, &QueueAsk::Retry { id: *id })?;
        out.say(out.text(&text::RETRIED, &[("id", id)]));
    }
    let ids: Vec<String> = chosen.ids.iter().map(ToString::to_string).collect();
    out.json("queue.retried", json!({ "ids": ids, "micros_usd": (known == ids.len()).then_some(micros) }));
    Ok(exit::DONE)
}

fn every(entries: &Entries, force: bool) -> Chosen {
    let (good, poison): (Vec<&Entry>, Vec<&Entry>) =
        entries.all().iter().filter(|entry| entry.can_be_repeated()).partition(|entry| force || !entry.is_poison());
    let ids = good.iter().filter_map(|entry| entry.job()).map(|row| row.id).collect();
    Chosen { ids, skipped: poison.len() }
}

fn named(entries: &Entries, asked: &[String], force: bool) -> Result<Chosen, CliError> {
    let mut ids = Vec::with_capacity(asked.len());
    for asked in asked {
        let row = entries.find_job(asked)?;
        let entry = entries.find(asked)?;
        if !entry.can_be_repeated() {
            return Err(CliError::new("TG353", exit::FAILED, Text::new(&text::NOT_AGAIN).with("id", row.id))
                .run(format!("tokgate queue show {}", row.id)));
        }
        if entry.is_poison() && !force {
            let reason = text::reason(entry.reason().unwrap_or("400"));
            return Err(CliError::new(
                "TG353",
                exit::FAILED,
                Text::new(&text::POISON).with("id", row.id).with_words("reason", reason),
            )
            .run(format!("tokgate queue retry {} --force", row.id)));
        }
        if !ids.contains(&row.id) {
            ids.push(row.id);
        }
    }
    Ok(Chosen { ids, skipped: 0 })
}

/// Of how many the price is known, and what those cost at least, millionths of a US dollar.
fn estimate(context: &Context<'_>, ids: &[JobId]) -> Result<(usize, u64), CliError> {
    let mut known = (0, 0_u64);
    for id in ids {
        if let Some(micros) = ask(context, &QueueAsk::Estimate { id: *id })?.micros {
            known = (known.0 + 1, known.1.saturating_add(micros));
        }
    }
    Ok(known)
}

fn cost(count: usize, known: usize, micros: u64) -> Text {
    let cost = format!("{}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100);
    let unknown = count - known;
    let message = if unknown == 0 { &text::COST } else { &text::COST_UNKNOWN };
    Text::new(message).with("count", count).with("cost", cost).with("unknown", unknown)
}
