//! `provider stats`: what each was asked and has answered, by the records.

use std::time::Duration;

use serde_json::json;

use super::super::logs::{no_records, records_failed};
use super::super::table;
use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean};
use crate::clock;
use crate::i18n::providers as text;
use crate::process::folders::database;
use crate::store::query::{Reader, Tally};

pub(super) fn print(context: &Context<'_>, since: Duration) -> Result<u8, CliError> {
    // What waits is written first; a gateway that cannot say has its records in the file.
    let _ = context.admin().records();
    let path = database(&context.paths);
    let reader = match Reader::open(&path) {
        Ok(reader) => reader,
        Err(error) => return no_records(context, &path, error),
    };
    let since_ms = clock::unix_ms().saturating_sub(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    let tallies = reader.by_provider(since_ms).map_err(|error| records_failed(&path, &error))?;
    let out = &context.out;
    if let Shape::Json(_) = out.shape {
        let all = tallies.iter().map(|tally| {
            json!({
                "provider": tally.provider,
                "attempts": tally.attempts,
                "failed_attempts": tally.failed,
                "requests": tally.requests,
                "completed": tally.completed,
                "input_tokens": tally.input,
                "output_tokens": tally.output,
                "first_byte_ms": tally.first_ms,
                "costs": tally.costs.iter().map(|cost| cost.shown()).collect::<Vec<_>>(),
            })
        });
        out.json("provider.stats", json!({ "providers": all.collect::<Vec<_>>() }));
        return Ok(exit::DONE);
    }
    let headings = [
        &text::HEAD_PROVIDER,
        &text::HEAD_REQUESTS,
        &text::HEAD_COMPLETED,
        &text::HEAD_INPUT,
        &text::HEAD_OUTPUT,
        &text::HEAD_FIRST,
        &text::HEAD_COST,
        &text::HEAD_ATTEMPTS,
        &text::HEAD_FAILED,
    ];
    let rows: Vec<_> = tallies.iter().map(|tally| row(out, tally)).collect();
    out.data(&table::page(out, &headings.map(|heading| out.word(heading)), &rows));
    Ok(exit::DONE)
}

fn row(out: &Out, tally: &Tally) -> Vec<String> {
    let unit = if out.shape == Shape::Human { " ms" } else { "" };
    vec![
        clean(&tally.provider),
        tally.requests.to_string(),
        tally.completed.to_string(),
        tally.input.to_string(),
        tally.output.to_string(),
        tally.first_ms.map(|ms| format!("{ms}{unit}")).unwrap_or_default(),
        tally.costs.iter().map(|cost| cost.shown()).collect::<Vec<_>>().join(" + "),
        tally.attempts.to_string(),
        tally.failed.to_string(),
    ]
}
