//! Why a request went where it went, on one page: rules tried, what was chosen, each attempt with its time, who was not
//! used and why, how it ended, what it cost and would have cost, and what would help. Every line of it was decided or
//! measured; nothing is found out a second time here.

use std::ffi::OsStr;
use std::fmt::Write as _;

use tokgate_policy::classify::Row;
use tokgate_wire::price::Cost;
use tokgate_wire::usage::Usage;
use unicode_width::UnicodeWidthStr;

use crate::cli::output::quoted;
use crate::i18n::{Lang, Message, proxy, why as text};
use crate::store::format::{Style, count, duration, outcome, pad};
use crate::store::record::{AttemptRecord, OK, Outcome, Record};
use crate::store::show::trail::{Trail, Tried, chosen, impatience, ordered, reason_of, stayed, stopped, target};
use crate::store::show::{at_least, operation, show_attempts};
use crate::store::visible::visible;

/// Remedies that are told; more than that is a list nobody reads.
const REMEDIES_MAX: usize = 6;

/// A page of labelled lines.
#[derive(Debug, Default)]
pub(crate) struct Page {
    heading: Option<String>,
    sections: Vec<(&'static str, Vec<String>)>,
}

impl Page {
    /// Adds lines under a label; none: nothing.
    pub(crate) fn add(&mut self, label: &Message, lines: Vec<String>, lang: Lang) {
        if !lines.is_empty() {
            self.sections.push((label.raw(lang), lines));
        }
    }

    /// The page as text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if let Some(heading) = &self.heading {
            let _ = writeln!(out, "  {heading}");
        }
        let width = self.sections.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
        for (label, lines) in &self.sections {
            for (number, line) in lines.iter().enumerate() {
                out.push_str("  ");
                pad(&mut out, if number == 0 { label } else { "" }, width);
                let _ = writeln!(out, "  {line}");
            }
        }
        out
    }
}

/// The page of a record. `elsewhere`: what it would have cost at other providers.
pub fn page(record: &Record, elsewhere: &[(String, Cost)], style: &Style) -> String {
    let lang = style.lang;
    let trail = Trail::read(&record.trail);
    let clock = style.time(record.id.unix_ms());
    let heading = format!("{}  {}  {}", record.id, clock.as_str(), outcome(record.outcome, lang));
    let mut page = Page { heading: Some(heading), sections: Vec::new() };
    page.add(&text::REQUEST, vec![request(record, style)], lang);
    let seen = |condition: &str| seen(record, condition, style);
    page.add(&text::RULES, trail.as_ref().map_or_else(Vec::new, |trail| rules(trail, &seen, lang)), lang);
    page.add(&text::PROFILE, choice(record, trail.as_ref(), lang), lang);
    page.add(&text::TRIED, attempts(record, trail.as_ref(), style), lang);
    page.add(&text::NOT_USED, trail.as_ref().map_or_else(Vec::new, |trail| not_used(trail, lang)), lang);
    page.add(&text::ENDED, ended(record, lang), lang);
    page.add(&text::COST, vec![cost(record, elsewhere, lang)], lang);
    page.add(&text::FIX, fixes(record, trail.as_ref(), lang), lang);
    page.text()
}

/// `claude · ~/work/api · session 3f9c · asked for claude-sonnet-5 · 48,212 tokens in`
fn request(record: &Record, style: &Style) -> String {
    let lang = style.lang;
    let model = record.model.as_deref().map(|model| text::ASKED_FOR.text(lang, &[("model", &visible(model))]));
    let tokens = record.tokens_in().map(|tokens| text::TOKENS_IN.text(lang, &[("count", &count(tokens))]));
    let parts = [
        Some(visible(&record.client).into_owned()),
        record.project.as_deref().map(|project| style.folder(project).into_owned()),
        record.session.as_deref().map(|session| visible(session).into_owned()),
        Some(operation(&record.operation, lang).into_owned()),
        model,
        tokens,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What the record knows of what a rule looked at.
fn seen(record: &Record, condition: &str, style: &Style) -> Option<String> {
    match condition {
        "model" => record.model.as_deref().map(|model| visible(model).into_owned()),
        "client" => Some(visible(&record.client).into_owned()),
        "project" => record.project.as_deref().map(|project| style.folder(project).into_owned()),
        "stream" => Some(record.stream.to_string()),
        _ => None,
    }
}

/// The rules that were tried, each with what did not hold.
pub(crate) fn rules(trail: &Trail, seen: &dyn Fn(&str) -> Option<String>, lang: Lang) -> Vec<String> {
    let matched = trail.route.as_deref().filter(|_| trail.by == "route");
    let names = trail.rules.iter().map(|rule| rule.rule.as_str()).chain(matched);
    let width = names.map(|name| visible(name).width()).max().unwrap_or_default();
    let verdicts = [&text::NO, &text::YES].map(|message| message.raw(lang));
    let verdict_width = verdicts.map(UnicodeWidthStr::width).into_iter().max().unwrap_or_default();
    let line = |number: usize, name: &str, verdict: &str, why: &str| {
        let mut line = format!("{number} ");
        pad(&mut line, &visible(name), width + 2);
        pad(&mut line, verdict, verdict_width + 2);
        line.push_str(why);
        line.trim_end().to_owned()
    };
    let mut lines: Vec<String> = trail
        .rules
        .iter()
        .zip(1..)
        .map(|(rule, number)| {
            let why = missed(&rule.missed, &rule.wanted, seen(&rule.missed), lang);
            line(number, &rule.rule, verdicts[0], &why)
        })
        .collect();
    if trail.more_rules > 0 {
        lines.push(text::MORE_RULES.text(lang, &[("count", &trail.more_rules)]));
    }
    if let Some(name) = matched {
        let number = lines.len() + 1;
        lines.push(line(number, name, verdicts[1], &target_of(trail, lang)));
    }
    lines
}

/// `→ production (strict)`
fn target_of(trail: &Trail, lang: Lang) -> String {
    let Some(name) = trail.profile.as_deref().or(trail.provider.as_deref()) else { return String::new() };
    let target = format!("→ {}", visible(name));
    if trail.strict { text::STRICT.text(lang, &[("target", &target)]) } else { target }
}

fn missed(condition: &str, wanted: &str, seen: Option<String>, lang: Lang) -> String {
    let (condition, wanted) = (visible(condition), visible(wanted));
    match (&*condition, seen) {
        ("any", _) => text::MISSED_ANY.raw(lang).to_owned(),
        ("not", _) => text::MISSED_NOT.raw(lang).to_owned(),
        (_, Some(seen)) => {
            text::WANTS_ELSE.text(lang, &[("condition", &condition), ("seen", &seen), ("wanted", &wanted)])
        }
        (_, None) => text::WANTS.text(lang, &[("condition", &condition), ("wanted", &wanted)]),
    }
}

fn choice(record: &Record, trail: Option<&Trail>, lang: Lang) -> Vec<String> {
    let Some(trail) = trail else {
        // A plain request: one candidate by default, tried once. That is all there is to tell.
        let name = record.profile.clone().filter(|_| record.outcome != Outcome::Refused);
        let told = name.map(|name| crate::i18n::records::TRAIL_DEFAULT.text(lang, &[("profile", &visible(&name))]));
        let refused = || text::REFUSED_BEFORE.raw(lang).to_owned();
        return told.or_else(|| (record.outcome == Outcome::Refused).then(refused)).into_iter().collect();
    };
    let mut lines = vec![chosen(trail, lang)];
    if trail.own_login {
        lines.push(crate::i18n::records::TRAIL_OWN_LOGIN.raw(lang).to_owned());
    }
    lines.extend(ordered(trail, lang));
    lines.extend(trail.home.as_ref().map(|home| stayed(home, lang)));
    lines.extend(stopped(trail, lang));
    lines
}

fn attempts(record: &Record, trail: Option<&Trail>, style: &Style) -> Vec<String> {
    let lang = style.lang;
    if record.attempts.is_empty() {
        let waited = trail.map(|trail| waited(trail, lang)).unwrap_or_default();
        // What answered it all the same, as another request's answer does.
        let detail = record.detail_in(lang).filter(|_| record.outcome == Outcome::Completed);
        let detail = detail.map(|detail| visible(&detail).into_owned());
        return std::iter::once(text::NOBODY_TRIED.raw(lang).to_owned()).chain(detail).chain(waited).collect();
    }
    let shown = show_attempts(record, style);
    let width = shown.iter().map(|attempt| attempt.target.width()).max().unwrap_or_default();
    let mut lines = Vec::new();
    for ((attempt, shown), number) in record.attempts.iter().zip(&shown).zip(1..) {
        let tried = trail.and_then(|trail| trail.attempts.get(number - 1));
        let tried = tried.filter(|tried| *tried.provider == *attempt.provider);
        let mut line = format!("{number} ");
        pad(&mut line, &shown.target, width + 2);
        let parts: Vec<String> = std::iter::once(shown.result.clone())
            .chain(std::iter::once(shown.times.clone()))
            .chain(beside(record, attempt, tried, style))
            .filter(|part| !part.is_empty())
            .collect();
        line.push_str(&parts.join(" · "));
        lines.push(line);
        lines.extend(shown.message.as_ref().map(|message| format!("    “{message}”")));
    }
    lines.extend(trail.map(|trail| waited(trail, lang)).unwrap_or_default());
    lines
}

/// How long it waited for a limit for callers, and for somebody to be usable.
fn waited(trail: &Trail, lang: Lang) -> Vec<String> {
    let time = |ms: u64| duration(ms.saturating_mul(1_000));
    let name = trail.waited_for.as_deref().filter(|_| trail.waited_for_ms > 0);
    let limit = name.map(|name| {
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("time", &time(trail.waited_for_ms)), ("name", &visible(name))];
        text::WAITED_FOR.text(lang, &values)
    });
    let other = trail.waited_ms.saturating_sub(if limit.is_some() { trail.waited_for_ms } else { 0 });
    let other = (other > 0).then(|| text::WAITED.text(lang, &[("time", &time(other))]));
    limit.into_iter().chain(other).collect()
}

/// What else is known of an attempt.
fn beside(record: &Record, attempt: &AttemptRecord, tried: Option<&Tried>, style: &Style) -> Vec<String> {
    let lang = style.lang;
    let took = |ms: u32| duration(u64::from(ms) * 1_000);
    let mut told = Vec::new();
    if attempt.began_ms >= 100 {
        told.push(text::BEGAN.text(lang, &[("time", &took(attempt.began_ms))]));
    }
    if let Some(wait) = tried.and_then(|tried| tried.retry_after_ms) {
        let failed = record.id.unix_ms() + u64::from(attempt.began_ms) + u64::from(attempt.total_ms);
        let clock = style.time(failed.saturating_add(wait));
        let (time, clock) = (duration(wait.saturating_mul(1_000)), clock.as_str());
        told.push(text::RETRY_AFTER.text(lang, &[("time", &time), ("clock", &clock)]));
    }
    if let Some(profile) = tried.and_then(|tried| tried.profile.as_deref()) {
        told.push(text::LOWER_TIER.text(lang, &[("profile", &visible(profile))]));
    }
    if tried.is_some_and(|tried| tried.test) {
        told.push(text::TESTED.raw(lang).to_owned());
    }
    told.extend(tried.and_then(|tried| impatience(tried, lang)));
    if row(attempt).is_some_and(|row| row.consequence().ambiguous) {
        told.push(text::MAYBE_BILLED.raw(lang).to_owned());
    }
    told
}

fn row(attempt: &AttemptRecord) -> Option<Row> {
    Row::ALL.iter().copied().find(|row| row.id() == attempt.result)
}

/// Who was not used, and why not.
pub(crate) fn not_used(trail: &Trail, lang: Lang) -> Vec<String> {
    let skipped = trail.skipped.iter().map(|skipped| (target(skipped), reason_of(skipped, lang)));
    let untried = trail.untried.iter();
    let untried = untried.map(|it| (visible(&it.provider).into_owned(), text::NOT_NEEDED.raw(lang).to_owned()));
    let all: Vec<_> = skipped.chain(untried).collect();
    let width = all.iter().map(|(name, _)| name.width()).max().unwrap_or_default();
    let lines = all.iter().map(|(name, why)| {
        let mut line = String::new();
        pad(&mut line, name, width + 2);
        line + why
    });
    let barred = trail.barred.iter().map(|profile| text::BARRED.text(lang, &[("profile", &visible(profile))]));
    lines.chain(barred).collect()
}

fn ended(record: &Record, lang: Lang) -> Vec<String> {
    if record.outcome == Outcome::Completed {
        return Vec::new();
    }
    let code = record.error.as_deref().map(|code| visible(code).into_owned());
    let status = (record.status > 0).then(|| record.status.to_string());
    let head = [code, status].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let head = if head.is_empty() { outcome(record.outcome, lang).to_owned() } else { head };
    let detail = record.detail_in(lang).map(|detail| visible(&detail).into_owned());
    // A job has no client that waits: it was taken back.
    let gone = if record.operation.ends_with("-job") { &text::TAKEN_BACK } else { &text::CLIENT_LEFT };
    let left = (record.outcome == Outcome::Cancelled).then(|| gone.raw(lang).to_owned());
    std::iter::once(head).chain(left).chain(detail).collect()
}

fn cost(record: &Record, elsewhere: &[(String, Cost)], lang: Lang) -> String {
    let own = match &record.cost {
        Some(cost) => at_least(record, cost.shown(), lang),
        None => unpriced(record).raw(lang).to_owned(),
    };
    let each = elsewhere.iter().map(|(provider, cost)| {
        text::ELSEWHERE.text(lang, &[("provider", &visible(provider)), ("cost", &cost.shown())])
    });
    let others = each.collect::<Vec<_>>().join(if lang == Lang::Zh { "，" } else { ", " });
    match (others.is_empty(), lang) {
        (true, _) => own,
        (false, Lang::En) => format!("{own} ({others})"),
        (false, Lang::Zh) => format!("{own}（{others}）"),
    }
}

/// Why it is not known what it cost.
fn unpriced(record: &Record) -> &'static Message {
    let usage = &record.usage;
    let cached = [usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.cache_write_other];
    if *usage == Usage::default() {
        match (record.outcome, record.attempts.is_empty()) {
            (Outcome::Completed, false) => &text::COST_UNCOUNTED,
            (_, true) => &text::COST_NOBODY,
            (_, false) => &text::COST_NOTHING,
        }
    } else if cached.into_iter().flatten().any(|tokens| tokens > 0) {
        &text::COST_UNKNOWN_CACHED
    } else {
        &text::COST_UNKNOWN
    }
}

/// What would help, once per provider; and the way to other rules.
fn fixes(record: &Record, trail: Option<&Trail>, lang: Lang) -> Vec<String> {
    // Who has left needs no help.
    if record.outcome == Outcome::Cancelled {
        return Vec::new();
    }
    let failed = record.attempts.iter().filter(|attempt| attempt.result != OK);
    let failed = failed.map(|attempt| (&*attempt.provider, &*attempt.result, attempt.key.map(usize::from), None));
    // Whoever was passed over before an answer began could not have helped it to its end.
    let skipped = trail.iter().filter(|_| record.outcome != Outcome::Truncated).flat_map(|trail| &trail.skipped);
    let skipped = skipped.map(|skipped| {
        let key = skipped.key.and_then(|key| usize::try_from(key).ok());
        (skipped.provider.as_str(), skipped.why.as_str(), key, skipped.profile.as_deref())
    });
    let mut lines: Vec<String> = Vec::new();
    let (mut waits, mut hurries) = (false, false);
    if record.outcome != Outcome::Completed {
        for (provider, word, key, profile) in failed.chain(skipped) {
            waits |= text::passes(word);
            hurries |= text::is_short_of_time(word);
            let provider = visible(provider);
            let named = profile.map(|name| text::FIX_PRICE_PROFILE.text(lang, &[("profile", &argument(name))]));
            let helps = named.or_else(|| text::remedy(word, &provider, key).map(|remedy| remedy.say(lang)));
            let Some(helps) = helps else { continue };
            let line = proxy::ATTEMPT.text(lang, &[("provider", &provider), ("result", &helps)]);
            if lines.len() < REMEDIES_MAX && !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    if hurries {
        lines.push(text::FIX_TIME.raw(lang).to_owned());
    }
    if waits {
        // A rule that lets nobody else be asked beats any profile.
        let stays = trail.is_some_and(|trail| trail.by == "route" && (trail.strict || trail.provider.is_some()));
        lines.push(if stays { &text::FIX_WAIT_HERE } else { &text::FIX_WAIT }.raw(lang).to_owned());
    }
    if let Some(name) = trail.and_then(|trail| trail.limit.as_deref()) {
        lines.push(text::FIX_LIMIT.text(lang, &[("name", &argument(name))]));
    }
    if record.error.as_deref() == Some("TG328") {
        // To wait longer makes a full line no shorter.
        let full = trail.is_some_and(|trail| trail.line_full);
        lines.push(if full { &text::FIX_LINE } else { &text::FIX_PLACE }.raw(lang).to_owned());
    }
    // Who was asked is of importance only where nobody of them could answer.
    let misled = matches!(record.outcome, Outcome::Failed | Outcome::Refused) && !record.attempts.is_empty();
    if misled && trail.is_some_and(|trail| trail.route.is_some()) {
        lines.push(text::OTHERWISE.text(lang, &[("command", &"tokgate route list")]));
    }
    lines
}

/// A name as a command takes it.
fn argument(name: &str) -> String {
    quoted(OsStr::new(&*visible(name))).to_string()
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
