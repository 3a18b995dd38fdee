//! `logs`: requests, one line each, or the background gateway's own log.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

use crate::cli::args::{Logs, LogsWhich};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean};
use crate::clock;
use crate::i18n::{self, cli as text};
use crate::process::folders::database;
use crate::store::format::{self, Style};
use crate::store::query::{Filter, ReadError, Reader};
use crate::store::record::Record;
use crate::store::show::Show;

/// Lines shown when no number is given.
const USUAL: usize = 50;
/// How often a follower looks. Reading nothing costs one indexed query.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// The end of the gateway's own log in which lines are looked for.
const DAEMON_TAIL: u64 = 64 << 10;
/// What is read at once from it.
const CHUNK: usize = 64 << 10;

pub(crate) fn show(context: &Context<'_>, logs: &Logs) -> Result<u8, CliError> {
    match logs.which {
        Some(LogsWhich::Daemon) => daemon(context, logs),
        None => requests(context, logs),
    }
}

fn requests(context: &Context<'_>, logs: &Logs) -> Result<u8, CliError> {
    let filter = filter(logs);
    let path = database(&context.paths);
    let failed = |error: ReadError| records_failed(&path, &error);
    if let Some(name) = &logs.provider {
        known(context, name, &path)?;
    }
    let held = held(context).map(|held| held.list(&filter)).transpose().map_err(failed)?.unwrap_or_default();
    let reader = match Reader::open(&path) {
        Ok(reader) => reader,
        Err(_) if !held.is_empty() && !logs.follow => {
            print(context, &held);
            return Ok(exit::DONE);
        }
        Err(ReadError::None) if logs.follow => wait_for_database(context, &path)?,
        Err(error) => return no_records(context, &path, error),
    };
    // The end first: what is written between the two reads is then shown twice rather than never.
    let mut cursor = reader.end().map_err(failed)?;
    let none = logs.limit == Some(0);
    let written = if none { Vec::new() } else { reader.list(&filter).map_err(failed)? };
    let held = if none { Vec::new() } else { held };
    if !print(context, &newest(written, held, &filter)) || !logs.follow {
        return Ok(exit::DONE);
    }
    loop {
        std::thread::sleep(LOOK_AGAIN);
        let (records, next) = reader.tail(cursor, &filter).map_err(failed)?;
        cursor = next;
        if !print(context, &records) {
            return Ok(exit::DONE);
        }
    }
}

/// A provider that neither the configuration nor any record names is a slip of the hand, and no answer to it is none.
fn known(context: &Context<'_>, name: &str, path: &Path) -> Result<(), CliError> {
    let Ok(loaded) = context.load_beside_gateway() else { return Ok(()) };
    let providers = &loaded.config.providers;
    if providers.iter().any(|provider| *provider.name == *name) {
        return Ok(());
    }
    let recorded = Filter { provider: Some(name.to_owned()), limit: 1, ..Filter::default() };
    match Reader::open(path).and_then(|reader| reader.list(&recorded)) {
        Ok(records) if records.is_empty() => {}
        Err(ReadError::None) => {}
        _ => return Ok(()),
    }
    let known = providers.iter().map(|provider| &*provider.name);
    let words = Text::new(&i18n::proxy::PROVIDER_UNKNOWN).with("name", clean(name)).with_list("known", known);
    Err(CliError::new("TG303", exit::USAGE, words).at("--provider").run("tokgate provider list"))
}

fn filter(logs: &Logs) -> Filter {
    let since = logs.since.map(|since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    Filter {
        client: logs.client.clone(),
        provider: logs.provider.clone(),
        status: logs.status,
        slower_than_us: logs.slow.map(|slow| u64::try_from(slow.as_micros()).unwrap_or(u64::MAX)),
        since_ms: since.map(|since| clock::unix_ms().saturating_sub(since)),
        grep: logs.grep.clone(),
        after: None,
        limit: logs.limit.unwrap_or(USUAL),
    }
}

/// The records that the running gateway holds in memory because it cannot write, after a warning. What waited to be
/// written is in the file when this returns. A gateway that cannot say is no reason to stop: the file is there.
pub(crate) fn held(context: &Context<'_>) -> Option<Reader> {
    let records = context.admin().records().ok().flatten()?;
    context.out.warn(clean(&records.problem?.say(context.out.lang)));
    Reader::holding(&records.held).ok().filter(|_| !records.held.is_empty())
}

/// Both together, each once, as many as are wanted.
fn newest(mut written: Vec<Record>, held: Vec<Record>, filter: &Filter) -> Vec<Record> {
    written.extend(held);
    written.sort_by_key(|record| record.id);
    written.dedup_by_key(|record| record.id);
    if filter.limit > 0 {
        written.drain(..written.len().saturating_sub(filter.limit));
    }
    written
}

/// `false` when nobody reads any more.
fn print(context: &Context<'_>, records: &[Record]) -> bool {
    let style = style(context);
    let shape = match &context.out.shape {
        Shape::Human => format::Shape::Pretty,
        Shape::Plain => format::Shape::Plain,
        Shape::Json(_) => format::Shape::Json,
    };
    let mut lines = String::new();
    for record in records {
        format::line(&mut lines, record, shape, &style);
        if shape == format::Shape::Pretty && context.out.verbose > 0 {
            Show::of(record, &style).attempts_text(&mut lines);
        }
    }
    match &context.out.shape {
        Shape::Json(fields) if !fields.is_empty() => {
            lines.lines().filter_map(|line| serde_json::from_str(line).ok()).all(|value| context.out.json_line(value))
        }
        _ => lines.is_empty() || context.out.data(&lines),
    }
}

/// How records look in this call.
pub(crate) fn style(context: &Context<'_>) -> Style {
    Style { colour: context.out.paint.on, lang: context.out.lang, ..Style::here() }
}

/// No database yet is no error: nothing has happened.
pub(crate) fn no_records(context: &Context<'_>, path: &Path, error: ReadError) -> Result<u8, CliError> {
    match error {
        ReadError::None => {
            context.out.say(context.out.word(&text::NO_RECORDS_YET));
            Ok(exit::DONE)
        }
        error => Err(records_failed(path, &error)),
    }
}

/// The database does not answer.
pub(crate) fn records_failed(path: &Path, error: &ReadError) -> CliError {
    CliError::new("TG601", exit::FAILED, Text::new(&i18n::cli::RECORDS_FAILED).with_words("error", error.text()))
        .at(path.display())
        .fix(&i18n::cli::RECORDS_FIX)
}

fn wait_for_database(context: &Context<'_>, path: &Path) -> Result<Reader, CliError> {
    context.out.say(context.out.word(&text::NO_RECORDS_YET));
    loop {
        std::thread::sleep(LOOK_AGAIN);
        match Reader::open(path) {
            Ok(reader) => return Ok(reader),
            Err(ReadError::None) => {}
            Err(error) => return Err(records_failed(path, &error)),
        }
    }
}

fn daemon(context: &Context<'_>, logs: &Logs) -> Result<u8, CliError> {
    let path = context.instance().log();
    let failed = |error: io::Error| CliError::file(&path, &error);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            context.out.say(context.out.word(&text::NO_DAEMON_LOG));
            return Ok(exit::DONE);
        }
        Err(error) => return Err(failed(error)),
    };
    let length = file.metadata().map_err(failed)?.len();
    let from = length.saturating_sub(DAEMON_TAIL);
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut tail = Vec::new();
    (&mut file).take(length - from).read_to_end(&mut tail).map_err(failed)?;
    let lines = last_lines(&tail, logs.limit.unwrap_or(USUAL), from > 0);
    if !lines.is_empty() && !context.out.data(&String::from_utf8_lossy(lines)) {
        return Ok(exit::DONE);
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(failed)?;
        if read > 0 && !context.out.data(&String::from_utf8_lossy(&chunk[..read])) {
            return Ok(exit::DONE);
        }
        if read == 0 && !logs.follow {
            return Ok(exit::DONE);
        }
        if read == 0 {
            std::thread::sleep(LOOK_AGAIN);
        }
    }
}

/// The last so many lines; the first of a text that is `torn` has lost its beginning and is none.
fn last_lines(text: &[u8], limit: usize, torn: bool) -> &[u8] {
    let whole = match text.iter().position(|byte| *byte == b'\n').filter(|_| torn) {
        Some(end) => text.get(end + 1..).unwrap_or_default(),
        None => text,
    };
    let inside = whole.strip_suffix(b"\n").unwrap_or(whole);
    let breaks = inside.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    match limit.checked_sub(1) {
        None => &[],
        Some(before) => breaks.skip(before).map(|at| at + 1).next().and_then(|at| whole.get(at..)).unwrap_or(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_gateways_own_log_is_shown_in_whole_lines() {
        let last = |limit, torn| String::from_utf8_lossy(last_lines(b"one\ntwo\nthree\n", limit, torn)).into_owned();
        assert_eq!(
            (last(0, false), last(1, false), last(2, false)),
            ("".into(), "three\n".into(), "two\nthree\n".into())
        );
        assert_eq!((last(9, false), last(9, true)), ("one\ntwo\nthree\n".into(), "two\nthree\n".into()));
        assert_eq!(last_lines(b"", 3, true), b"");
    }
}
