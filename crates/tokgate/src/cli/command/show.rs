//! `show REQUEST`: one request in full.

use crate::cli::args::Show;
use crate::cli::command::logs::{held, no_records, records_failed, style};
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
    let path = database(&context.paths);
    let held = held(context).map(|held| find(&held, &asked.request)).transpose();
    if let Some(record) = held.map_err(|error| records_failed(&path, &error))?.flatten() {
        print(context, &record);
        return Ok(exit::DONE);
    }
    let reader = match Reader::open(&path) {
        Ok(reader) => reader,
        Err(error) => return no_records(context, &path, error),
    };
    match find(&reader, &asked.request).map_err(|error| records_failed(&path, &error))? {
        Some(record) => {
            print(context, &record);
            Ok(exit::DONE)
        }
        // A database that was replaced or has aged is like none.
        None if reader.last().map_err(|error| records_failed(&path, &error))?.is_none() => {
            no_records(context, &path, ReadError::None)
        }
        None => Err(CliError::new("", exit::FAILED, &i18n::cli::NO_RECORD)
            .place(Text::verbatim(crate::cli::output::clean(&asked.request)))
            .run("tokgate logs")),
    }
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
