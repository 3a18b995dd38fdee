//! `show REQUEST`: one request in full.

use crate::cli::args::Show;
use crate::cli::command::logs::{held, records_failed, style};
use crate::cli::command::queue;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::Shape;
use crate::i18n;
use crate::process::folders::database;
use crate::store::format;
use crate::store::id::Wanted;
use crate::store::query::{ReadError, Reader};
use crate::store::record::Record;
use crate::store::show;

pub(crate) fn show(context: &Context<'_>, asked: &Show) -> Result<u8, CliError> {
    print(context, &record(context, &asked.request)?);
    Ok(exit::DONE)
}

/// The record that was asked for: by number or part of it, `last` or `error`, or by the number of a job, whose last
/// try it is. That there is none is an error.
pub(super) fn record(context: &Context<'_>, asked: &str) -> Result<Record, CliError> {
    let path = database(&context.paths);
    let failed = |error: ReadError| records_failed(&path, &error);
    let of_a_job = queue::last_request(context, asked)?;
    let asked = of_a_job.as_deref().unwrap_or(asked);
    let held = held(context).map(|held| find(&held, asked)).transpose().map_err(failed)?;
    if let Some(record) = held.flatten() {
        return Ok(record);
    }
    let reader = match Reader::open(&path) {
        Ok(reader) => reader,
        Err(ReadError::None) => return Err(none_yet()),
        Err(error) => return Err(failed(error)),
    };
    match find(&reader, asked).map_err(failed)? {
        Some(record) => Ok(record),
        // A database that was replaced or has aged is like none.
        None if reader.last().map_err(failed)?.is_none() => Err(none_yet()),
        None if asked == "error" => {
            Err(CliError::new("TG612", exit::FAILED, &i18n::cli::NO_ERROR_YET).run("tokgate logs"))
        }
        None => Err(CliError::new("TG611", exit::USAGE, &i18n::cli::NO_RECORD)
            .place(Text::verbatim(crate::cli::output::clean(asked)))
            .run("tokgate logs")),
    }
}

fn none_yet() -> CliError {
    CliError::new("TG612", exit::FAILED, &i18n::cli::NO_RECORDS_YET).run("tokgate run")
}

fn find(reader: &Reader, asked: &str) -> Result<Option<Record>, ReadError> {
    match asked {
        "last" => reader.last(),
        "error" => reader.last_error(),
        number => match number.parse::<Wanted>() {
            Ok(wanted) => reader.find(wanted),
            Err(_) => Ok(None),
        },
    }
}

fn print(context: &Context<'_>, record: &Record) {
    let style = style(context);
    match &context.out.shape {
        Shape::Json(_) => {
            let mut line = String::new();
            format::line(&mut line, record, format::Shape::Json, &style);
            context.out.json("request", serde_json::from_str(&line).unwrap_or_default());
        }
        _ => {
            let view = show::Show::of(record, &style);
            let view = if context.out.verbose > 0 { view.detailed(record, &style) } else { view };
            context.out.data(&view.text(&style));
        }
    }
}
