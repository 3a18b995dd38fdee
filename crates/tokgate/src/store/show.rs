//! One record in full: what `show` prints, first as a structure, then as text.

pub(crate) mod trail;

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use tokgate_policy::classify::Row;
use unicode_width::UnicodeWidthStr;

use crate::i18n::{Lang, Message, failures, queue, records as text};
use crate::store::format::{Style, count, duration, outcome, pad};
use crate::store::json::shown_run;
use crate::store::record::{AttemptRecord, OK, Outcome, Record};
use crate::store::visible::visible;

/// The parts of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// Number, time, outcome.
    pub heading: String,
    /// Labels and values.
    pub facts: Vec<(&'static str, String)>,
    /// One per attempt.
    pub attempts: Vec<ShowAttempt>,
    /// Why it went where it went, one step each.
    pub trail: Vec<String>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowAttempt {
    /// Provider, key and model.
    pub target: String,
    /// Status and what happened.
    pub result: String,
    /// Where the time went.
    pub times: String,
    /// The upstream's words.
    pub message: Option<String>,
}

impl Show {
    /// The view of a record.
    pub fn of(record: &Record, style: &Style) -> Self {
        let heading = format!(
            "{}  {}  {}",
            record.id,
            style.time(record.id.unix_ms()).as_str(),
            outcome(record.outcome, style.lang)
        );
        Self {
            heading,
            facts: facts(record, style),
            attempts: show_attempts(record, style),
            trail: trail::lines(&record.trail, style.lang),
        }
    }

    /// The view as text.
    pub fn text(&self, style: &Style) -> String {
        let mut out = format!("{}\n", self.heading);
        let width = self.facts.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
        for (label, value) in &self.facts {
            out.push_str("  ");
            pad(&mut out, label, width);
            let _ = writeln!(out, " {value}");
        }
        if !self.attempts.is_empty() {
            let _ = writeln!(out, "{}", text::ATTEMPTS.raw(style.lang));
        }
        self.attempts_text(&mut out);
        if !self.trail.is_empty() {
            let _ = writeln!(out, "{}", text::TRAIL.raw(style.lang));
        }
        for step in &self.trail {
            let _ = writeln!(out, "  {step}");
        }
        out
    }

    /// The attempts alone, a line each.
    pub fn attempts_text(&self, out: &mut String) {
        let target_width = self.attempts.iter().map(|attempt| attempt.target.width()).max().unwrap_or_default();
        let result_width = self.attempts.iter().map(|attempt| attempt.result.width()).max().unwrap_or_default();
        for (number, attempt) in self.attempts.iter().enumerate() {
            let _ = write!(out, "  {} ", number + 1);
            pad(out, &attempt.target, target_width + 1);
            pad(out, &attempt.result, result_width + 1);
            let _ = writeln!(out, "{}", attempt.times);
            if let Some(message) = &attempt.message {
                let _ = writeln!(out, "    {message}");
            }
        }
    }

    /// The view with what is left out otherwise: the whole time, and the tokens as they are counted apart.
    #[must_use]
    pub fn detailed(mut self, record: &Record, style: &Style) -> Self {
        let arrived = i64::try_from(record.id.unix_ms()).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let arrived =
            arrived.map(|time| time.to_zoned(style.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string());
        let usage = &record.usage;
        let counts = [
            ("input_uncached", usage.input_uncached),
            ("cache_read", usage.cache_read),
            ("cache_write_5m", usage.cache_write_5m),
            ("cache_write_1h", usage.cache_write_1h),
            ("cache_write_other", usage.cache_write_other),
            ("output_total", usage.output_total),
            ("output_reasoning", usage.output_reasoning),
        ];
        let counts = counts.iter().filter_map(|(name, count)| count.map(|count| format!("{name} {count}")));
        let counts = counts.collect::<Vec<_>>().join(" · ");
        let mut facts = Facts { style, all: std::mem::take(&mut self.facts) };
        facts.add(&text::ARRIVED, arrived);
        facts.add(&text::COUNTED, Some(counts).filter(|counts| !counts.is_empty()));
        self.facts = facts.all;
        self
    }
}

/// Losses with their fates in `lang`; the fields are the client's own.
fn told(losses: &str, lang: Lang) -> String {
    let one = |loss: &str| match loss.rsplit_once(' ').and_then(|(field, fate)| Some((field, text::fate(fate)?))) {
        Some((field, fate)) => format!("{} {}", visible(field), fate.raw(lang)),
        None => visible(loss).into_owned(),
    };
    lang.list(losses.split(", ").map(one))
}

fn facts(record: &Record, style: &Style) -> Vec<(&'static str, String)> {
    let mut facts = Facts { style, all: Vec::new() };
    facts.put(&text::CLIENT, Some(&record.client));
    facts.add(&text::PROJECT, record.project.as_deref().map(|path| style.folder(path).into_owned()));
    facts.put(&text::SESSION, record.session.as_deref());
    facts.put(&text::RUN, record.run.as_deref().map(shown_run));
    let protocol = record.protocol.map_or("-", tokgate_wire::protocol::Protocol::id);
    let stream = if record.stream { text::STREAMED.raw(style.lang) } else { "" };
    facts.add(&text::OPERATION, Some(format!("{} ({protocol}){stream}", operation(&record.operation, style.lang))));
    facts.add(&text::MODEL, models(record, style));
    facts.put(&text::PROFILE, record.profile.as_deref());
    facts.put(&text::ROUTE, record.route.as_deref());
    facts.put(&text::PROVIDER, record.provider.as_deref());
    facts.add(&text::STATUS, Some(status(record)).filter(|status| !status.is_empty()));
    facts.put(&text::DETAIL, record.detail_in(style.lang).as_deref());
    facts.add(&text::LOSSES, record.losses.as_deref().map(|losses| told(losses, style.lang)));
    facts.add(&text::TIME, Some(times(record, style)));
    facts.add(&text::WAITED, waited(record));
    facts.add(&text::TOKENS, tokens(record, style));
    facts.add(&text::COST, record.cost.map(|cost| at_least(record, cost.shown(), style.lang)));
    let bytes: [(&str, &dyn std::fmt::Display); 2] = [("in", &record.bytes_in), ("out", &record.bytes_out)];
    facts.add(&text::BYTES, Some(text::BYTES_VALUE.text(style.lang, &bytes)));
    facts.put(&text::STOP, record.stop.as_deref());
    facts.all
}

struct Facts<'s> {
    style: &'s Style,
    all: Vec<(&'static str, String)>,
}

impl Facts<'_> {
    fn put(&mut self, label: &Message, value: Option<&str>) {
        self.add(label, value.map(|value| visible(value).into_owned()));
    }

    fn add(&mut self, label: &Message, value: Option<String>) {
        self.all.extend(value.map(|value| (label.raw(self.style.lang), value)));
    }
}

fn models(record: &Record, style: &Style) -> Option<String> {
    let asked = visible(record.model.as_deref()?);
    let names = match record.model_sent.as_deref().filter(|sent| *sent != asked) {
        Some(sent) => format!("{asked} → {}", visible(sent)),
        None => asked.into_owned(),
    };
    Some(match record.model_answered() {
        Some(answered) => text::MODEL_ANSWERED.text(style.lang, &[("names", &names), ("answered", &visible(answered))]),
        None => names,
    })
}

fn status(record: &Record) -> String {
    let status = (record.status > 0).then(|| record.status.to_string());
    let code = record.error.as_deref().map(|code| visible(code).into_owned());
    status.into_iter().chain(code).collect::<Vec<_>>().join(" ")
}

fn times(record: &Record, style: &Style) -> String {
    let total = duration(record.total_us);
    let Some(head) = record.head() else {
        return text::TIME_NO_HEAD.text(style.lang, &[("total", &total)]);
    };
    let head = duration(u64::from(head));
    match record.first_us {
        Some(first) => {
            let first = duration(u64::from(first));
            text::TIME_STREAM.text(style.lang, &[("total", &total), ("head", &head), ("first", &first)])
        }
        None => text::TIME_WHOLE.text(style.lang, &[("total", &total), ("head", &head)]),
    }
}

/// Of an answer that was not heard to its end, what was counted until then.
pub(super) fn at_least(record: &Record, counted: String, lang: Lang) -> String {
    if record.is_partial() { text::AT_LEAST.text(lang, &[("counted", &counted)]) } else { counted }
}

/// How long it waited for a provider.
fn waited(record: &Record) -> Option<String> {
    let waited = trail::Trail::read(&record.trail)?.waited_ms;
    (waited > 0).then(|| duration(waited.saturating_mul(1_000)))
}

fn tokens(record: &Record, style: &Style) -> Option<String> {
    let usage = &record.usage;
    let written = [usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other];
    let written = written.into_iter().flatten().reduce(u64::saturating_add);
    let parts = [
        (&text::TOKENS_IN, record.tokens_in()),
        (&text::TOKENS_READ, usage.cache_read),
        (&text::TOKENS_WRITTEN, written),
        (&text::TOKENS_OUT, usage.output_total),
        (&text::TOKENS_REASONING, usage.output_reasoning),
        (&text::TOOL_CALLS, usage.server_tool_requests),
    ];
    let shown = parts.iter().filter_map(|(label, tokens)| {
        let tokens = (*tokens)?;
        Some(label.text(style.lang, &[("n", &count(tokens))]))
    });
    let counted = record.counted.map(|tokens| {
        let words = if record.estimated { &text::TOKENS_ESTIMATED } else { &text::TOKENS_COUNTED };
        words.text(style.lang, &[("n", &tokens)])
    });
    let shown: Vec<String> = counted.into_iter().chain(shown).collect();
    (!shown.is_empty()).then(|| at_least(record, shown.join(" · "), style.lang))
}

/// All attempts. One that its client left says so: what came until then was well.
pub(super) fn show_attempts(record: &Record, style: &Style) -> Vec<ShowAttempt> {
    let mut shown: Vec<_> = record.attempts.iter().map(|attempt| show_attempt(attempt, style)).collect();
    let left = record.outcome == Outcome::Cancelled;
    let last = record.attempts.last().filter(|last| left && last.result == OK).zip(shown.last_mut());
    if let Some((attempt, shown)) = last {
        shown.result = result_of(attempt.status, Outcome::Cancelled.id(), style.lang);
    }
    shown
}

/// `429 rate-limited`
fn result_of(status: u16, id: &str, lang: Lang) -> String {
    match status {
        0 => result(id, lang).into_owned(),
        status => format!("{status} {}", result(id, lang)),
    }
}

fn show_attempt(attempt: &AttemptRecord, style: &Style) -> ShowAttempt {
    let key = attempt.key.map(|key| format!(" #{key}")).unwrap_or_default();
    let model = attempt.model.as_deref().map(|model| format!(" {}", visible(model))).unwrap_or_default();
    ShowAttempt {
        target: format!("{}{key}{model}", visible(&attempt.provider)),
        result: result_of(attempt.status, &attempt.result, style.lang),
        times: attempt_times(attempt, style),
        message: attempt.message_in(style.lang).map(|message| visible(&message).into_owned()),
    }
}

/// What was asked for; in English by its name, which documents and `logs` use.
pub(super) fn operation(id: &str, lang: Lang) -> Cow<'_, str> {
    match (id, id.strip_suffix("-job")) {
        ("refused", _) => Cow::Borrowed(text::OPERATION_REFUSED.raw(lang)),
        (_, Some(asked)) => Cow::Owned(text::OPERATION_JOB.text(lang, &[("operation", &visible(asked))])),
        (id, None) => visible(id),
    }
}

/// What became of an attempt: in English by its name in the failure table, which documents and `logs` use.
pub(super) fn result(id: &str, lang: Lang) -> Cow<'_, str> {
    let words = match (lang, id) {
        (Lang::En, _) => None,
        (Lang::Zh, OK) => Some(&text::COMPLETED),
        (Lang::Zh, _) if id == Outcome::Cancelled.id() => Some(&text::CANCELLED),
        (Lang::Zh, "killed") => Some(&queue::REASON_KILLED),
        (Lang::Zh, _) => failures::of(id),
    };
    words.map_or_else(|| visible(id), |words| Cow::Borrowed(words.raw(lang)))
}

fn attempt_times(attempt: &AttemptRecord, style: &Style) -> String {
    if attempt.result == Row::KeyUnreadable.id() {
        return text::ATTEMPT_UNSENT.raw(style.lang).to_owned();
    }
    let ms = |ms: u32| duration(u64::from(ms) * 1000);
    let total = ms(attempt.total_ms);
    let Some(head) = attempt.head_ms.filter(|_| attempt.status > 0).map(ms) else {
        return text::ATTEMPT_NO_HEAD.text(style.lang, &[("total", &total)]);
    };
    if attempt.reused {
        return text::ATTEMPT_REUSED.text(style.lang, &[("total", &total), ("head", &head)]);
    }
    let (dns, connect, tls) = (ms(attempt.dns_ms), ms(attempt.connect_ms), ms(attempt.tls_ms));
    let args: [(&str, &dyn std::fmt::Display); 5] =
        [("total", &total), ("head", &head), ("dns", &dns), ("connect", &connect), ("tls", &tls)];
    text::ATTEMPT_NEW.text(style.lang, &args)
}

#[cfg(test)]
#[path = "show_tests.rs"]
mod tests;
