//! What is remembered of a request, held against what was seen on both sides of the gateway: who was asked in which
//! order and what came of it, how it ended, its tokens and their cost as the client's own bytes tell them, and that the
//! page of `why` names every cause.

use serde_json::Value;
use tokgate::store::format::Style;
use tokgate::store::record::{AttemptRecord, OK, Outcome, Record};
use tokgate::store::why;
use tokgate_simulator::Running;

use super::place::own_key;
use super::{Asked, B_KEY, Cell, answer};
use crate::call::Reply;
use crate::house::LOCAL_KEY;
use crate::stream;

/// What tokens cost, in the currency per million: others at each provider, so that a cost shows whose it is.
pub(super) struct Price {
    input: u64,
    output: u64,
}

pub(super) const A_PRICE: Price = Price { input: 1, output: 2 };
pub(super) const B_PRICE: Price = Price { input: 3, output: 5 };
/// Input and output tokens of a good answer.
const GOOD: Tokens = (Some(120), Some(24));
/// No provider counts further; beyond it a figure is nonsense.
const FIGURE_MAX: u64 = 1 << 53;
/// Rows of attempts that no head of an answer came to, whatever the fault.
pub(super) const HEADLESS: [&str; 16] = [
    "reset",
    "protocol-error",
    "head-too-large",
    "pool-wait",
    "unreachable",
    "refused",
    "dns-not-found",
    "dns-failed",
    "dns-timeout",
    "connect-timeout",
    "tls-timeout",
    "tls-alert",
    "tls-certificate",
    "own-address",
    "client-gone",
    "key-unreadable",
];
/// What the page says of whoever was not asked, by the word of the list.
const PASSED_OVER: [(&str, &str); 8] = [
    ("quarantined", "its key was rejected or could not be read, and is set aside, for another"),
    ("exhausted", "out of credit or quota, for another"),
    ("not-permitted", "said that this key may not use the model, for another"),
    ("no-such-model", "said that it does not have this model, for another"),
    ("cooling", "rests after a failure, for another"),
    ("request-fault", "not asked: the fault is in the request itself"),
    ("room-unknown", "not asked: it is not known to take larger requests"),
    ("answer-begun", "not asked: the client had a part of the answer already"),
];

type Tokens = (Option<u64>, Option<u64>);

impl Price {
    /// The line of `[provider.NAME]`.
    pub(super) fn section(&self) -> String {
        let Self { input, output } = self;
        format!("price = {{ \"m-*\" = {{ input = {input}, cache_read = 0, cache_write = 0, output = {output} }} }}\n")
    }

    fn cost(&self, tokens: Tokens) -> Option<String> {
        let millionths = tokens.0? * self.input + tokens.1? * self.output;
        Some(format!("0.{millionths:06}").trim_end_matches('0').to_owned())
    }
}

/// What is wrong with the record of a request.
pub(super) fn check(
    cell: &Cell,
    asked: &Asked<'_>,
    reply: &Reply,
    said: Option<&Reply>,
    record: &Record,
) -> Result<(), String> {
    let from = if asked.b > 0 { "b".to_owned() } else { cell.name() };
    let (outcome, error) = (ended(asked.outcome), answer::code(asked.outcome, reply));
    let checks = [
        (record.status == reply.status, "status"),
        (record.bytes_out == reply.body.len() as u64, "bytes"),
        (record.stream == cell.stream, "stream"),
        (record.outcome == outcome, "outcome"),
        (record.error.as_deref() == error, "error"),
        (record.provider.as_deref() == Some(&*from), "provider"),
        (record.model.as_deref() == Some("m-1") && record.model_sent == record.model, "model"),
        (record.profile.as_deref() == Some(&*format!("c{}", cell.number)), "profile"),
    ];
    if let Some((_, what)) = checks.iter().find(|(holds, _)| !holds) {
        return Err(format!("{what} in the record: {record:?}"));
    }
    attempts(cell, asked, said, record)?;
    tokens(cell, asked, reply, record)?;
    let cause = cause(cell, asked, said, record)?;
    let page = why::page(record, &[], &Style::here());
    told(cell, asked, record, cause.as_deref(), &page).map_err(|what| format!("{what} in `why`:\n{page}"))
}

fn ended(outcome: &str) -> Outcome {
    match outcome {
        "error-event" => Outcome::Truncated,
        "from-b" => Outcome::Completed,
        _ if outcome.starts_with("clean") => Outcome::Completed,
        _ => Outcome::Failed,
    }
}

/// Every try at A, then every try at B, each with its row, its status and the one key there is.
fn attempts(cell: &Cell, asked: &Asked<'_>, said: Option<&Reply>, record: &Record) -> Result<(), String> {
    // Requests that the provider surely did not take are one try.
    let at_a = if cell.entry.resent { asked.a.min(1) } else { asked.a };
    let (name, of_b) = (cell.name(), AttemptRecord::begun("b".into()));
    let names = std::iter::repeat_n(name.as_str(), at_a).chain(std::iter::repeat_n("b", asked.b));
    if !names.eq(record.attempts.iter().map(|attempt| &*attempt.provider)) {
        return Err(format!("A{at_a} B{} in the record: {:?}", asked.b, record.attempts));
    }
    for attempt in &record.attempts {
        let (row, status) = match attempt.provider == of_b.provider {
            true => (attempt.result == OK, 200),
            false => (asked.wanted.allows(&attempt.result), status(cell, &attempt.result, said)?),
        };
        if !row || attempt.status != status || attempt.key != Some(1) || attempt.model_answered.is_some() {
            return Err(format!("an attempt in the record, status {status}: {attempt:?}"));
        }
    }
    Ok(())
}

/// The status of an attempt at A: what A says to a direct caller, if a head can come at all.
fn status(cell: &Cell, row: &str, said: Option<&Reply>) -> Result<u16, String> {
    if cell.place.a.is_none() || HEADLESS.contains(&row) || (row == "no-answer" && said.is_none()) {
        return Ok(0);
    }
    said.map(|said| said.status).ok_or_else(|| format!("A says nothing to a direct caller, and the row is {row}"))
}

/// Tokens are counted where the client's bytes tell them, and cost what they cost at whom they come from.
fn tokens(cell: &Cell, asked: &Asked<'_>, reply: &Reply, record: &Record) -> Result<(), String> {
    let told = tokens_in(cell, reply);
    if asked.outcome == "from-b" && told != GOOD {
        return Err(format!("B's answer tells {told:?} tokens"));
    }
    let recorded = (record.tokens_in(), record.usage.output_total);
    let price = if asked.b > 0 { B_PRICE } else { A_PRICE };
    let cost = record.cost.map(|cost| cost.amount());
    let wanted = price.cost(told);
    if recorded != told || cost != wanted {
        return Err(format!("{recorded:?} tokens for {cost:?} in the record, not {told:?} for {wanted:?}"));
    }
    Ok(())
}

fn tokens_in(cell: &Cell, reply: &Reply) -> Tokens {
    let documents = if cell.stream { stream::events(&reply.body) } else { vec![reply.text()] };
    let (mut input, mut output) = (None, None);
    for text in documents {
        let json: Value = serde_json::from_str(&text).unwrap_or_default();
        let places =
            [&json["usage"], &json["message"]["usage"], &json["response"]["usage"], &json["choices"][0]["usage"]];
        let figure = |names: [&str; 2]| {
            let mut all = places.iter().flat_map(|usage| names.map(|name| &usage[name])).filter_map(Value::as_u64);
            all.find(|figure| *figure < FIGURE_MAX)
        };
        input = figure(["input_tokens", "prompt_tokens"]).or(input);
        output = figure(["output_tokens", "completion_tokens"]).or(output);
    }
    (input, output)
}

/// What the record says went wrong at A, when it is the truth.
fn cause(cell: &Cell, asked: &Asked<'_>, said: Option<&Reply>, record: &Record) -> Result<Option<String>, String> {
    let begun = asked.outcome == "error-event";
    let Some(attempt) = record.attempts.iter().find(|attempt| *attempt.provider != *"b" && attempt.result != OK) else {
        return Ok(None);
    };
    let told = if begun { &record.detail } else { &attempt.message };
    let told = told.as_deref().ok_or_else(|| format!("no cause in the record: {record:?}"))?;
    let true_one = match cell.entry.why(cell.protocol, cell.stream) {
        Some(why) => told.contains(why),
        None => said.and_then(answer::error_of).as_deref() == Some(told),
    };
    true_one.then(|| Some(told.to_owned())).ok_or_else(|| format!("a cause that is not the true one: {told}"))
}

/// Whether the page names every attempt with its number, provider, key, status and row; under it the cause; and whoever
/// was passed over with the reason.
fn told(cell: &Cell, asked: &Asked<'_>, record: &Record, cause: Option<&str>, page: &str) -> Result<(), String> {
    let lines: Vec<Vec<&str>> = page.lines().map(words).collect();
    let numbered = lines.iter().filter(|line| line[0].parse::<usize>().is_ok()).count();
    if numbered != record.attempts.len() {
        return Err(format!("{numbered} attempts"));
    }
    for (number, attempt) in (1..).zip(&record.attempts) {
        let (number, status) = (number.to_string(), attempt.status.to_string());
        let status = (attempt.status > 0).then_some(status.as_str());
        let start = [&*number, &attempt.provider, "#1"].into_iter().chain(status).chain([&*attempt.result, "·"]);
        let start: Vec<&str> = start.collect();
        let at = lines.iter().position(|line| line.starts_with(&start)).ok_or(format!("no attempt {start:?}"))?;
        let under = page.lines().nth(at + 1).map(str::trim);
        let quoted = attempt.message.as_deref().map(|message| format!("“{message}”"));
        if quoted.is_some() && quoted.as_deref() != under {
            return Err(format!("{quoted:?} is not under the attempt"));
        }
    }
    let says = |text: &str| page.lines().any(|line| line.trim().trim_matches(['“', '”']) == text);
    if let Some(cause) = cause.filter(|cause| !says(cause)) {
        return Err(format!("no cause {cause:?}"));
    }
    passed_over(cell, asked, &lines)
}

/// The words of a line without the label before it.
fn words(line: &str) -> Vec<&str> {
    let line = line.trim_start();
    let rest = ["tried ", "not used "].into_iter().find_map(|label| line.strip_prefix(label)).unwrap_or(line);
    let words: Vec<&str> = rest.split_whitespace().collect();
    if words.is_empty() { vec![""] } else { words }
}

fn passed_over(cell: &Cell, asked: &Asked<'_>, lines: &[Vec<&str>]) -> Result<(), String> {
    let begun = asked.outcome == "error-event";
    let failed = ended(asked.outcome) == Outcome::Failed;
    let larger = asked.wanted.rows().any(|row| row == "context-too-long" || row == "too-large");
    let name = cell.name();
    let (start, why) = match &asked.wanted.skipped {
        Some(why) => (vec![name.as_str(), "#1"], why.as_str()),
        None if begun => (vec!["b"], "answer-begun"),
        None if failed && larger => (vec!["b"], "room-unknown"),
        None if failed => (vec!["b"], "request-fault"),
        None => return Ok(()),
    };
    let told = PASSED_OVER.iter().find(|(word, _)| *word == why).map(|(_, told)| *told);
    let told = told.ok_or_else(|| format!("nobody knows how {why} is told"))?;
    let wanted: Vec<&str> = start.into_iter().chain(told.split(' ')).collect();
    lines.iter().any(|line| line.starts_with(&wanted)).then_some(()).ok_or(format!("no line {wanted:?}"))
}

/// Each provider was shown its own key and nothing else of the gateway's.
pub(super) fn keys(cell: &Cell, mark: &str, b: &Running) -> Result<(), String> {
    let own = own_key(cell.number);
    let at_a = cell.place.a.as_ref().map(Running::log).unwrap_or_default();
    for (log, key) in [(at_a, own.as_str()), (b.log(), B_KEY)] {
        for seen in log.iter().filter(|seen| seen.header("x-cell") == Some(mark)) {
            let shown: Vec<&str> =
                seen.headers.iter().map(|(_, value)| value.as_str()).filter(|it| it.contains("sk-")).collect();
            if !matches!(shown[..], [only] if only.trim_start_matches("Bearer ") == key) {
                return Err(format!("{shown:?} is shown for {key}"));
            }
            if seen.headers.iter().any(|(_, value)| value.contains(LOCAL_KEY))
                || seen.path_and_query != cell.protocol.path()
            {
                return Err(format!("{} {:?}", seen.path_and_query, seen.headers));
            }
        }
    }
    Ok(())
}
