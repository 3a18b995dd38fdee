//! `limit`: what is limited, how much of it is taken, and other numbers.

mod change;

use std::fmt::Write as _;

use crate::cli::args::LimitAction;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean, pad};
use crate::i18n::cli as text;
use crate::process::admin::capacity::LimitStatus;

/// Column of the names.
const NAME_CELLS: usize = 26;

pub(crate) fn run(context: &Context<'_>, action: Option<&LimitAction>) -> Result<u8, CliError> {
    match action {
        None | Some(LimitAction::Show) => show(context),
        Some(LimitAction::Set(asked)) => change::set(context, asked),
        Some(LimitAction::Unset(asked)) => change::unset(context, asked),
    }
}

fn show(context: &Context<'_>) -> Result<u8, CliError> {
    let status = context.admin().status()?.ok_or_else(|| not_running(&context.instance().socket()))?;
    let (out, limits) = (&context.out, &status.capacity.limits);
    match &out.shape {
        Shape::Json(_) => {
            out.json("limits", serde_json::to_value(limits).unwrap_or_default());
        }
        Shape::Plain => {
            out.data(&limits.iter().map(plain).collect::<String>());
        }
        Shape::Human if limits.is_empty() => out.say(out.word(&text::LIMIT_NOTHING)),
        Shape::Human => {
            out.data(&limits.iter().map(|limit| human(out, limit)).collect::<String>());
        }
    }
    Ok(exit::DONE)
}

fn plain(limit: &LimitStatus) -> String {
    let mut line = format!("{}\t{}", limit.of, name(limit));
    let of = |used: u64, most: Option<u64>| most.map_or_else(|| "-".to_owned(), |most| format!("{used}/{most}"));
    let taken = |left: Option<u64>, most: Option<u64>| of(most.unwrap_or(0).saturating_sub(left.unwrap_or(0)), most);
    let (requests, tokens) = (taken(limit.rpm_left, limit.rpm), taken(limit.tpm_left, limit.tpm));
    let _ = writeln!(line, "\t{}\t{requests}\t{tokens}", of(limit.in_flight, limit.concurrent));
    line
}

/// The limit, the provider, or the provider and its key: `kimi #2`.
fn name(limit: &LimitStatus) -> String {
    match limit.key {
        Some(key) => format!("{} #{key}", clean(&limit.name)),
        None => clean(&limit.name),
    }
}

fn human(out: &Out, limit: &LimitStatus) -> String {
    let mut parts = Vec::new();
    match limit.concurrent {
        Some(most) => parts.push(out.text(&text::LIMIT_AT_ONCE, &[("taken", &limit.in_flight), ("most", &most)])),
        None if limit.auto => parts.push(out.text(&text::LIMIT_UNKNOWN_YET, &[("taken", &limit.in_flight)])),
        None => {}
    }
    let rates = [(&text::LIMIT_REQUESTS, limit.rpm, limit.rpm_left), (&text::LIMIT_TOKENS, limit.tpm, limit.tpm_left)];
    for (message, most, left) in rates {
        if let Some((most, left)) = most.zip(left) {
            parts.push(out.text(message, &[("left", &left), ("most", &most)]));
        }
    }
    match limit.over.as_deref() {
        Some("reject") => parts.push(out.word(&text::LIMIT_REJECTS).to_owned()),
        Some(_) => parts.push(out.word(&text::LIMIT_WAITS).to_owned()),
        None => {}
    }
    format!("  {}{}\n", out.paint.bold(pad(&name(limit), NAME_CELLS)), parts.join(" · "))
}
