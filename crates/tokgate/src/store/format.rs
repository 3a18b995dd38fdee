//! A record as one line: for people, for pipes, for programs. Used by `logs` and by the access log.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::i18n::{Lang, Message, records as text};
use crate::store::json::JsonRecord;
use crate::store::record::{AttemptRecord, OK, Outcome, Record};
use crate::store::show::{operation, result};
use crate::store::visible::{visible, visible_json};

/// Widths of the columns of the pretty form.
const CLIENT_WIDTH: usize = 8;
const PROJECT_WIDTH: usize = 16;
const ROUTE_WIDTH: usize = 34;
const TIME_WIDTH: usize = 6;
/// Longest foreign name in a line, characters; the whole one is in `show`.
const NAME_SHOWN: usize = 40;
/// Longest explanation in a line, characters.
const DETAIL_SHOWN: usize = 120;
/// Operations that need no mention.
const USUAL: [&str; 4] = ["messages", "chat", "chat-completions", "responses"];

/// Which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// For people: aligned, local time.
    Pretty,
    /// For pipes: tab-separated, whole values, UTC, nothing decorative.
    Plain,
    /// For programs: one object.
    Json,
}

/// How lines for people look.
#[derive(Debug, Clone)]
pub struct Style {
    /// Colour; it never carries meaning alone.
    pub colour: bool,
    /// Language of words.
    pub lang: Lang,
    /// Zone of times.
    pub zone: TimeZone,
    /// Home folder, shown as `~`.
    pub home: Option<Box<str>>,
}

impl Style {
    /// Zone and home folder of this process, no colour, English.
    pub fn here() -> Self {
        let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
        Self { colour: false, lang: Lang::En, zone: TimeZone::system(), home: home.map(Into::into) }
    }

    /// Local time of day.
    pub(super) fn time(&self, unix_ms: u64) -> Clock {
        let time = self.zone.to_datetime(timestamp(unix_ms)).time();
        let mut digits = *b"00:00:00";
        for (at, number) in [(0, time.hour()), (3, time.minute()), (6, time.second())] {
            digits[at] += number.unsigned_abs() / 10;
            digits[at + 1] += number.unsigned_abs() % 10;
        }
        Clock(digits)
    }

    /// A folder with `~` for home.
    pub(super) fn folder<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let below = self.home.as_deref().and_then(|home| path.strip_prefix(home));
        match below.filter(|below| below.is_empty() || below.starts_with('/')) {
            Some(below) => Cow::Owned(format!("~{}", visible(below))),
            None => visible(path),
        }
    }

    fn paint(&self, out: &mut String, colour: Colour, text: &str) {
        match self.colour {
            true => {
                let _ = write!(out, "\x1b[{}m{text}\x1b[0m", colour as u8);
            }
            false => out.push_str(text),
        }
    }
}

/// `14:50:02`
#[derive(Clone, Copy)]
pub(super) struct Clock([u8; 8]);

impl Clock {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// ANSI colours in use.
#[derive(Clone, Copy)]
enum Colour {
    Dim = 2,
    Red = 31,
    Green = 32,
    Yellow = 33,
}

/// Adds the line of a record, with its line break.
pub fn line(out: &mut String, record: &Record, shape: Shape, style: &Style) {
    match shape {
        Shape::Pretty => pretty(out, record, style),
        Shape::Plain => plain(out, record),
        Shape::Json => {
            let json = serde_json::to_string(&JsonRecord::from(record)).unwrap_or_default();
            out.push_str(&visible_json(&json));
        }
    }
    out.push('\n');
}

/// Names of the columns of [`Shape::Plain`].
pub const PLAIN_COLUMNS: [&str; 20] = [
    "time",
    "request_id",
    "client",
    "project",
    "operation",
    "model",
    "provider",
    "model_sent",
    "status",
    "outcome",
    "total_ms",
    "ttfb_ms",
    "tokens_in",
    "cache_read",
    "tokens_out",
    "attempts",
    "error",
    "detail",
    "cost",
    "currency",
];

fn plain(out: &mut String, record: &Record) {
    let mut cell = Cells { out, first: true };
    cell.put(iso(record.id.unix_ms()));
    cell.put(record.id);
    cell.text(Some(&record.client));
    cell.text(record.project.as_deref());
    cell.text(Some(&record.operation));
    cell.text(record.model.as_deref());
    cell.text(record.provider.as_deref());
    cell.text(record.model_sent.as_deref());
    cell.put(record.status);
    cell.put(record.outcome.id());
    cell.put(record.total_us / 1000);
    cell.number(record.first_us.map(|us| u64::from(us / 1000)));
    cell.number(record.tokens_in());
    cell.number(record.usage.cache_read);
    cell.number(record.usage.output_total);
    cell.put(record.attempts.len());
    cell.text(record.error.as_deref());
    cell.text(record.detail.as_deref());
    cell.text(record.cost.map(|cost| cost.amount()).as_deref());
    cell.text(record.cost.map(|cost| cost.currency.id()));
}

/// Cells of a tab-separated line.
struct Cells<'o> {
    out: &'o mut String,
    first: bool,
}

impl Cells<'_> {
    fn put(&mut self, value: impl std::fmt::Display) {
        if !std::mem::take(&mut self.first) {
            self.out.push('\t');
        }
        let _ = write!(self.out, "{value}");
    }

    fn text(&mut self, value: Option<&str>) {
        self.put(visible(value.unwrap_or_default()));
    }

    fn number(&mut self, value: Option<u64>) {
        match value {
            Some(number) => self.put(number),
            None => self.put(""),
        }
    }
}

fn pretty(out: &mut String, record: &Record, style: &Style) {
    style.paint(out, Colour::Dim, style.time(record.id.unix_ms()).as_str());
    out.push(' ');
    out.push_str(record.id.short().as_str());
    out.push(' ');
    pad(out, &shortened(&record.client, NAME_SHOWN), CLIENT_WIDTH);
    let project = record.project.as_deref().map_or(Cow::Borrowed("-"), |path| style.folder(path));
    pad(out, &end_of(&project, PROJECT_WIDTH), PROJECT_WIDTH);
    let start = out.len();
    way(out, record, style.lang);
    fill(out, start, ROUTE_WIDTH);
    let mut number = Digits::default();
    style.paint(out, status_colour(record), number.status(record.status));
    out.push(' ');
    let start = out.len();
    duration_to(out, record.total_us);
    let missing = TIME_WIDTH.saturating_sub(out.len() - start);
    out.insert_str(start, &"      "[..missing]);
    if let Some(first) = record.first_us {
        out.push(' ');
        out.push_str(text::LINE_FIRST.raw(style.lang));
        out.push(' ');
        seconds_to(out, u64::from(first));
    }
    tokens(out, record, style.lang);
    if let Some(cost) = &record.cost {
        out.push_str(if record.is_partial() { "  ≥ " } else { "  " });
        out.push_str(&cost.shown());
    }
    if record.attempts.len() > 1 && record.outcome == Outcome::Completed {
        out.push_str("  ↻");
    }
    ending(out, record, style);
}

fn status_colour(record: &Record) -> Colour {
    match record.outcome {
        Outcome::Completed => Colour::Green,
        Outcome::Cancelled => Colour::Yellow,
        Outcome::Failed | Outcome::Truncated | Outcome::Refused => Colour::Red,
    }
}

/// `sonnet-5 → kimi 429 → anthropic/claude-sonnet-5`
fn way(out: &mut String, record: &Record, lang: Lang) {
    let asked = record.model.as_deref();
    out.push_str(&match asked {
        Some(model) => shortened(family(model), NAME_SHOWN),
        None => operation(&record.operation, lang),
    });
    let answered = |attempt: &AttemptRecord| attempt.result == OK;
    // A stream that broke has its provider at the end of the line like one that did not.
    let broke = usize::from(record.outcome == Outcome::Truncated);
    let tried = record.attempts.len().saturating_sub(broke);
    for attempt in record.attempts.iter().take(tried).filter(|attempt| !answered(attempt)) {
        arrow(out, &attempt.provider);
        out.push(' ');
        match attempt.status {
            0 => out.push_str(&result(&attempt.result, lang)),
            status => number_to(out, u64::from(status)),
        }
    }
    let last_answered = broke == 1 || record.attempts.last().is_none_or(answered);
    if let Some(provider) = record.provider.as_deref().filter(|_| last_answered) {
        arrow(out, provider);
        if let Some(sent) = record.model_sent.as_deref().filter(|sent| asked.map(family) != Some(family(sent))) {
            out.push('/');
            out.push_str(&shortened(sent, NAME_SHOWN));
        }
    }
    if asked.is_some() && !USUAL.contains(&&*record.operation) {
        let _ = write!(out, " ({})", operation(&record.operation, lang));
    }
}

fn arrow(out: &mut String, provider: &str) {
    out.push_str(" → ");
    out.push_str(&visible(provider));
}

/// A model name without what every name of its vendor has: `claude-sonnet-5-20250929` is `sonnet-5`.
fn family(model: &str) -> &str {
    let name = model.strip_prefix("claude-").unwrap_or(model);
    match name.rsplit_once('-') {
        Some((name, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

/// `  48k in (46k⚡) 812 out`
fn tokens(out: &mut String, record: &Record, lang: Lang) {
    if let Some(all) = record.tokens_in() {
        out.push_str("  ");
        counted(out, &text::LINE_IN, lang, all);
        if let Some(cached) = record.usage.cache_read.filter(|cached| *cached > 0) {
            out.push_str(" (");
            count_to(out, cached);
            out.push_str("⚡)");
        }
    }
    if let Some(written) = record.usage.output_total {
        out.push(' ');
        out.push_str(if record.is_partial() { "≥ " } else { "" });
        counted(out, &text::LINE_OUT, lang, written);
    }
}

/// Adds a message that has one count in it, without a text of its own: each line has two.
fn counted(out: &mut String, message: &Message, lang: Lang, number: u64) {
    let raw = message.raw(lang);
    let (before, rest) = raw.split_once('{').unwrap_or((raw, ""));
    out.push_str(before);
    count_to(out, number);
    out.push_str(rest.split_once('}').map_or("", |(_, after)| after));
}

/// What went wrong.
fn ending(out: &mut String, record: &Record, style: &Style) {
    if record.outcome == Outcome::Completed && record.error.is_none() {
        return;
    }
    out.push_str("  ");
    style.paint(out, status_colour(record), outcome(record.outcome, style.lang));
    if let Some(code) = &record.error {
        let _ = write!(out, " {}", visible(code));
    }
    if let Some(detail) = record.detail_in(style.lang) {
        let _ = write!(out, " {}", shortened(&detail, DETAIL_SHOWN));
    }
}

/// The word for an outcome.
pub(super) fn outcome(outcome: Outcome, lang: Lang) -> &'static str {
    match outcome {
        Outcome::Completed => text::COMPLETED,
        Outcome::Failed => text::FAILED,
        Outcome::Truncated => text::TRUNCATED,
        Outcome::Cancelled => text::CANCELLED,
        Outcome::Refused => text::REFUSED,
    }
    .raw(lang)
}

pub(crate) fn timestamp(unix_ms: u64) -> Timestamp {
    Timestamp::from_millisecond(i64::try_from(unix_ms).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX)
}

/// UTC with milliseconds, as ISO 8601.
pub(crate) fn iso(unix_ms: u64) -> String {
    format!("{:.3}", timestamp(unix_ms))
}

/// `812`, `1.1k`, `48k`, `3.9M`
pub(super) fn count(number: u64) -> String {
    let mut out = String::new();
    count_to(&mut out, number);
    out
}

fn count_to(out: &mut String, number: u64) {
    let (unit, letter) = match number {
        0..1_000 => return number_to(out, number),
        1_000..1_000_000 => (1_000, 'k'),
        1_000_000..1_000_000_000 => (1_000_000, 'M'),
        _ => (1_000_000_000, 'G'),
    };
    number_to(out, number / unit);
    if number / unit < 10 {
        out.push('.');
        number_to(out, number % unit * 10 / unit);
    }
    out.push(letter);
}

/// `35ms`, `7.2s`, `12m03s`
pub(super) fn duration(us: u64) -> String {
    let mut out = String::new();
    duration_to(&mut out, us);
    out
}

fn duration_to(out: &mut String, us: u64) {
    match us {
        0..100_000 => {
            number_to(out, us / 1_000);
            out.push_str("ms");
        }
        100_000..100_000_000 => {
            seconds_to(out, us);
            out.push('s');
        }
        _ => _ = write!(out, "{}m{:02}s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

/// `0.04`, `0.4`, `12.8`: seconds without the unit.
fn seconds_to(out: &mut String, us: u64) {
    number_to(out, us / 1_000_000);
    out.push('.');
    number_to(out, us / 100_000 % 10);
    if us < 100_000 {
        number_to(out, us / 10_000);
    }
}

fn number_to(out: &mut String, number: u64) {
    out.push_str(Digits::default().of(number));
}

/// Room for the digits of a number: `write!` costs several times as much, and a line has ten numbers.
#[derive(Default)]
struct Digits([u8; 20]);

impl Digits {
    fn of(&mut self, mut number: u64) -> &str {
        let mut at = self.0.len();
        loop {
            at -= 1;
            self.0[at] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return std::str::from_utf8(&self.0[at..]).unwrap_or_default();
            }
        }
    }

    /// Three cells.
    fn status(&mut self, status: u16) -> &str {
        match status {
            0 => "  -",
            status => self.of(u64::from(status)),
        }
    }
}

/// At most `max` characters, made harmless.
fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return visible(text);
    }
    match text.char_indices().nth(max) {
        None => visible(text),
        Some((end, _)) => Cow::Owned(format!("{}…", visible(&text[..end]))),
    }
}

/// The end of a text that fits into `width` cells.
fn end_of(text: &str, width: usize) -> Cow<'_, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    let start = text.char_indices().map(|(at, _)| at).find(|at| text[*at..].width() < width);
    Cow::Owned(format!("…{}", &text[start.unwrap_or(text.len())..]))
}

/// Adds the text, filled up to `width` cells, and a space.
pub(super) fn pad(out: &mut String, text: &str, width: usize) {
    let start = out.len();
    out.push_str(text);
    fill(out, start, width);
}

/// Fills what was added since `start` up to `width` cells, and adds a space.
fn fill(out: &mut String, start: usize, width: usize) {
    let missing = width.saturating_sub(cells(&out[start..])) + 1;
    match SPACES.get(..missing) {
        Some(spaces) => out.push_str(spaces),
        None => out.extend(std::iter::repeat_n(' ', missing)),
    }
}

/// As many as the widest column.
const SPACES: &str = "                                        ";

/// Cells that a text takes on a terminal.
fn cells(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
