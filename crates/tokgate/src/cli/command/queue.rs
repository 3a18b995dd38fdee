//! `queue`: jobs, and requests that failed. Whose client is gone, and what can be done all the same.

mod client;
mod entry;
mod retry;

use std::io::{self, Write};

use serde_json::json;
use tokgate_policy::job::State;

use crate::cli::args::queue::QueueAction;
use crate::cli::command::line;
use crate::cli::command::status::local_time;
use crate::cli::confirm::confirmed;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean, pad};
use crate::config::{self, Overrides};
use crate::i18n::queue::{self as text, reason, state};
use crate::i18n::{Lang, Message};
use crate::process::admin::{QueueAsk, QueueTold};
use entry::{Entries, Entry};

/// Columns for people.
const NUMBER_CELLS: usize = 19;
const STATE_CELLS: usize = 11;
const MODEL_CELLS: usize = 26;
const REASON_CELLS: usize = 26;
const LABEL_CELLS: usize = 13;

pub(crate) fn run(context: &Context<'_>, action: Option<&QueueAction>) -> Result<u8, CliError> {
    match action {
        None | Some(QueueAction::Status) => status(context),
        Some(QueueAction::List { limit }) => list(context, *limit),
        Some(QueueAction::Show { id, answer: false }) => show(context, id),
        Some(QueueAction::Show { id, answer: true }) => answer(context, id),
        Some(QueueAction::Retry { ids, all, yes, force }) => {
            retry::retry(context, ids, *all, retry::Allowed { yes: *yes, force: *force })
        }
        Some(QueueAction::Drop { ids }) => drop_some(context, ids),
        Some(QueueAction::Clear { yes }) => clear(context, *yes),
        Some(QueueAction::Export) => export(context),
        Some(QueueAction::Config) => settings(context),
    }
}

fn status(context: &Context<'_>) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let count = |wanted: fn(&Entry) -> bool| entries.all().iter().filter(|entry| wanted(entry)).count();
    let state = |entry: &Entry| entry.job().map(|row| row.job.state);
    let running = entries.all().iter().filter(|entry| state(entry) == Some(State::Running)).count();
    let over = entries.all().iter().filter(|it| it.job().is_some_and(|row| row.job.is_settled())).count();
    let jobs = count(|entry| entry.job().is_some());
    let (waiting, failed) = (jobs - running - over, count(|entry| entry.job().is_none()));
    let put_off = count(Entry::is_put_off);
    let out = &context.out;
    // Whose clients wait is known to a running gateway alone.
    let line = context.admin().status()?.map(|status| status.capacity);
    match &out.shape {
        Shape::Json(_) => {
            let line = line.as_ref().map(line::as_json);
            let counts = json!({
                "running": running, "waiting": waiting, "put_off": put_off, "over": over, "failed": failed, "line": line
            });
            out.json("queue.status", counts);
        }
        Shape::Plain => {
            let line = line.as_ref().map(line::plain).unwrap_or_default();
            let jobs = format!("running\t{running}\nwaiting\t{waiting}\nover\t{over}\nfailed\t{failed}\n");
            out.data(&format!("{jobs}{line}put_off\t{put_off}\n"));
        }
        Shape::Human => {
            let args: [(&str, &dyn std::fmt::Display); 4] =
                [("running", &running), ("waiting", &waiting), ("over", &over), ("failed", &failed)];
            let line = line.map(|line| line::human(out, &line)).unwrap_or_default();
            let put_off = (put_off > 0).then(|| format!("  {}\n", out.text(&text::PUT_OFF, &[("count", &put_off)])));
            out.data(&format!("  {}\n{}{line}", out.text(&text::STATUS, &args), put_off.unwrap_or_default()));
        }
    }
    Ok(exit::DONE)
}

fn list(context: &Context<'_>, limit: usize) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    // Whose clients wait is known to a running gateway alone.
    let mut waiting = context.admin().status()?.map(|status| status.capacity.clients).unwrap_or_default();
    waiting.truncate(limit);
    let newest = entries.newest(limit - waiting.len());
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => {
            let all = waiting.iter().map(client::json).chain(newest.iter().map(|entry| entry.json()));
            out.json("queue", all.collect::<Vec<_>>().into());
        }
        Shape::Plain => {
            let all = waiting.iter().map(client::plain).chain(newest.iter().map(|entry| entry.plain()));
            out.data(&all.collect::<String>());
        }
        Shape::Human if waiting.is_empty() && newest.is_empty() => out.say(out.word(&text::EMPTY)),
        Shape::Human => {
            let waiting = waiting.iter().map(|it| line(context, &client::columns(it, out.lang)));
            let all = waiting.chain(newest.iter().map(|entry| line(context, &columns(entry, out.lang))));
            out.data(&all.collect::<String>());
        }
    }
    Ok(exit::DONE)
}

/// What a line for people tells.
struct Columns {
    number: String,
    state: String,
    model: String,
    tries: u64,
    reason: String,
    /// Whether anybody waits.
    client: &'static Message,
    at_ms: u64,
}

fn columns(entry: &Entry, lang: Lang) -> Columns {
    Columns {
        number: entry.number(),
        state: state(entry.state()).say(lang),
        model: clean(entry.model().unwrap_or("-")),
        tries: entry.tries() as u64,
        reason: entry.reason().map_or_else(|| "-".to_owned(), |id| reason(id).say(lang)),
        client: entry.kept(),
        at_ms: entry.unix_ms(),
    }
}

fn line(context: &Context<'_>, columns: &Columns) -> String {
    let out = &context.out;
    let number = out.paint.bold(pad(&columns.number, NUMBER_CELLS));
    let (state, model) = (pad(&columns.state, STATE_CELLS), pad(&columns.model, MODEL_CELLS));
    let tries = out.text(&text::TRIES, &[("count", &columns.tries)]);
    let reason = pad(&clean(&columns.reason), REASON_CELLS);
    let (client, time) = (out.word(columns.client), out.paint.dim(local_time(columns.at_ms)));
    format!("  {number} {state} {model} {tries}  {reason} {client}  {time}\n")
}

fn show(context: &Context<'_>, asked: &str) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let entry = entries.find(asked)?;
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => {
            out.json("queue.entry", entry.json());
        }
        Shape::Plain => {
            let fields = entry.json();
            let mut page = String::new();
            for (name, value) in fields.as_object().into_iter().flatten() {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let value = if value == "null" { "-".to_owned() } else { clean(&value) };
                page.push_str(&format!("{name}\t{value}\n"));
            }
            out.data(&page);
        }
        Shape::Human => {
            let facts = entry.facts(out.lang);
            let lines = facts
                .iter()
                .map(|(label, value)| format!("  {} {}\n", pad(label.raw(out.lang), LABEL_CELLS), clean(value)));
            out.data(&lines.collect::<String>());
            if let Some(outlook) = entry.outlook() {
                out.say(outlook.say(out.lang));
            }
        }
    }
    Ok(exit::DONE)
}

/// The stored answer, byte for byte.
fn answer(context: &Context<'_>, asked: &str) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let entry = entries.find(asked)?;
    let answer = entries.answer(entry)?;
    let answer = answer.ok_or_else(|| {
        CliError::new("TG354", exit::FAILED, Text::new(&text::NO_ANSWER).with("id", entry.number()))
            .run(format!("tokgate queue show {}", entry.number()))
    })?;
    let mut out = io::stdout().lock();
    // A pipe that was closed is no error.
    let _ = out.write_all(&answer.body).and_then(|()| out.flush());
    Ok(exit::DONE)
}

fn drop_some(context: &Context<'_>, asked: &[String]) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let ids = asked.iter().map(|id| entries.find_job(id).map(|row| row.id)).collect::<Result<Vec<_>, _>>()?;
    let mut count = 0;
    for id in ids {
        count += ask(context, &QueueAsk::Drop { id })?.done;
    }
    removed(context, count);
    Ok(exit::DONE)
}

fn clear(context: &Context<'_>, yes: bool) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let over = entries.all().iter().filter(|entry| entry.job().is_some_and(|row| row.job.is_settled())).count();
    if over > 0 && !yes && !confirmed(context, Text::new(&text::CLEAR_ASK).with("count", over))? {
        return Ok(exit::FAILED);
    }
    let count = ask(context, &QueueAsk::Clear)?.done;
    removed(context, count);
    Ok(exit::DONE)
}

fn removed(context: &Context<'_>, count: usize) {
    context.out.say(context.out.text(&text::REMOVED, &[("count", &count)]));
    context.out.json("queue.removed", json!({ "count": count }));
}

fn export(context: &Context<'_>) -> Result<u8, CliError> {
    let entries = Entries::read(context)?;
    let lines = entries.all().iter().map(|entry| format!("{}\n", entry.json()));
    context.out.data(&lines.collect::<String>());
    Ok(exit::DONE)
}

/// The part of `config show` that is about jobs.
fn settings(context: &Context<'_>) -> Result<u8, CliError> {
    let loaded = context.load(&Overrides::default())?;
    let whole = config::show(&loaded.config, &loaded.origins, config::ShowOptions::default());
    let part = whole.split_once("[queue]\n").map_or("", |(_, rest)| rest);
    let part = part.split_once("\n[").map_or(part, |(part, _)| part).trim_end();
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => {
            let values = part.lines().filter_map(|line| line.split_once(" = "));
            let values = values.map(|(key, value)| (key.to_owned(), value.trim_matches('"').into()));
            out.json("queue.config", serde_json::Value::Object(values.collect()));
        }
        Shape::Plain | Shape::Human => {
            out.data(&format!("[queue]\n{part}\n"));
        }
    }
    Ok(exit::DONE)
}

/// The request that was the last try of the job with this number; `None` when it is no number of a job.
pub(super) fn last_request(context: &Context<'_>, asked: &str) -> Result<Option<String>, CliError> {
    if !asked.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("job_")) {
        return Ok(None);
    }
    let entries = Entries::read(context)?;
    let entry = entries.find(asked)?;
    let last = entry.last_request().ok_or_else(|| {
        let number = entry.number();
        CliError::new("TG611", exit::FAILED, Text::new(&text::NOT_TRIED).with("id", &number))
            .run(format!("tokgate queue show {number}"))
    })?;
    Ok(Some(last.to_string()))
}

fn ask(context: &Context<'_>, asked: &QueueAsk) -> Result<QueueTold, CliError> {
    context.admin().queue(asked)?.ok_or_else(|| not_running(&context.instance().socket()))
}
