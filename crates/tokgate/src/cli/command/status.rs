//! `status`: is it up, who answers, who uses it.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Paint, Shape, clean, pad, tilde};
use crate::clock;
use crate::i18n::{Lang, Message, cli as text};
use crate::process::admin::{ProviderState, Status};

/// Column of the values; wide enough for the longest label in both languages.
const LABEL_CELLS: usize = 14;
/// Column of provider states.
const PROVIDER_CELLS: usize = 18;

pub(crate) fn show(context: &Context<'_>) -> Result<u8, CliError> {
    let status = context.admin().status()?;
    print(context, status.as_ref());
    Ok(if status.is_some() { exit::DONE } else { exit::NOT_RUNNING })
}

/// Prints a status, or that there is no gateway.
pub(crate) fn print(context: &Context<'_>, status: Option<&Status>) {
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => out.json("status", as_json(status)),
        Shape::Plain => out.data(&plain(status)),
        Shape::Human => out.data(&human(context, status)),
    };
}

fn as_json(status: Option<&Status>) -> Json {
    let mut data = serde_json::to_value(status).unwrap_or(Json::Null);
    match data.as_object_mut() {
        Some(object) => {
            object.insert("running".into(), true.into());
            data
        }
        None => json!({ "running": false }),
    }
}

fn plain(status: Option<&Status>) -> String {
    let Some(status) = status else {
        return "running\tno\n".to_owned();
    };
    let mut out = format!(
        "running\tyes\naddress\t{}\npid\t{}\nversion\t{}\nrequests\t{}\nfailed\t{}\nin_flight\t{}\n",
        status.address, status.pid, status.version, status.requests, status.failed, status.in_flight
    );
    if status.draining {
        out.push_str("draining\tyes\n");
    }
    if let Some(problem) = &status.config_problem {
        let first = problem.lines().next().unwrap_or_default();
        let _ = writeln!(out, "config_problem\t{}", clean(first));
    }
    for provider in &status.providers {
        let note = provider.note.as_deref().map(clean).unwrap_or_default();
        let _ = writeln!(out, "provider\t{}\t{}\t{note}", provider.name, state_id(provider.state));
    }
    out
}

fn human(context: &Context<'_>, status: Option<&Status>) -> String {
    let out = &context.out;
    let Some(status) = status else {
        let config = out.text(&text::STATUS_DOWN_CONFIG, &[("path", &context.config_path())]);
        return format!("  ○ {} · {config}\n", out.word(&text::NOT_RUNNING));
    };
    let since = elapsed(clock::unix_ms().saturating_sub(status.started_ms), out.lang);
    let head = out.text(&text::STATUS_UP, &[("since", &since), ("address", &status.address), ("pid", &status.pid)]);
    let mut page = format!("  {} {head}\n", out.paint.green("●"));
    let mut line = |label: &Message, value: &str| {
        let _ = writeln!(page, "  {}{value}", out.paint.bold(pad(label.raw(out.lang), LABEL_CELLS)));
    };
    if status.draining {
        line(&text::UP_GATEWAY, &out.text(&text::STATUS_DRAINING, &[("count", &status.in_flight)]));
    }
    if status.practice {
        line(&text::STATUS_ANSWERS, out.word(&text::STATUS_PRACTICE));
    } else {
        line(&text::STATUS_ANSWERS, &providers(status, out.lang, out.paint));
    }
    let counts: [(&str, &dyn std::fmt::Display); 3] =
        [("requests", &status.requests), ("failed", &status.failed), ("in_flight", &status.in_flight)];
    line(&text::STATUS_REQUESTS, &out.text(&text::STATUS_REQUESTS_LINE, &counts));
    if !status.runs.is_empty() {
        line(&text::STATUS_RUNS, &runs(context, status));
    }
    let config = match &status.config {
        Some(path) => tilde(path, context.env.home()),
        None => out.text(&text::NO_CONFIG_FILE, &[("path", &context.config_path())]),
    };
    line(&text::STATUS_CONFIG, &config);
    if let Some(problem) = &status.config_problem {
        let problem = out.text(&text::STATUS_CONFIG_PROBLEM, &[("problem", &clean(problem))]);
        let _ = writeln!(page, "  {} {problem}", out.paint.yellow("!"));
    }
    page
}

/// One line per provider, the first one beside the label.
fn providers(status: &Status, lang: Lang, paint: Paint) -> String {
    let lines: Vec<String> = status
        .providers
        .iter()
        .map(|provider| {
            let (mark, word) = match provider.state {
                ProviderState::Ok => (paint.green("●"), &text::STATE_OK),
                ProviderState::Degraded => (paint.yellow("◐"), &text::STATE_DEGRADED),
                ProviderState::Down => (paint.red("✗"), &text::STATE_DOWN),
                ProviderState::Off => (paint.dim("○"), &text::STATE_OFF),
            };
            let mut line = format!("{mark} {}{}", pad(&provider.name, PROVIDER_CELLS), word.raw(lang));
            if let Some(note) = &provider.note {
                let _ = write!(line, " · {}", clean(note));
            }
            if let Some(until) = provider.until_ms {
                let time = local_time(until);
                let _ = write!(line, " · {}", text::STATUS_UNTIL.text(lang, &[("time", &time)]));
            }
            line
        })
        .collect();
    lines.join(&format!("\n  {}", " ".repeat(LABEL_CELLS)))
}

/// The words of JSON and plain output, which are never translated.
fn state_id(state: ProviderState) -> &'static str {
    match state {
        ProviderState::Ok => "ok",
        ProviderState::Degraded => "degraded",
        ProviderState::Down => "down",
        ProviderState::Off => "off",
    }
}

fn runs(context: &Context<'_>, status: &Status) -> String {
    let lines: Vec<String> = status
        .runs
        .iter()
        .map(|run| {
            let project = run
                .project
                .as_ref()
                .map(|path| tilde(std::path::Path::new(path), context.env.home()))
                .unwrap_or_default();
            let pinned = run.pinned.as_ref().map(|name| format!(" → {}", clean(name))).unwrap_or_default();
            format!("{} {project}{pinned}", clean(&run.client))
        })
        .collect();
    lines.join(&format!("\n  {}", " ".repeat(LABEL_CELLS)))
}

/// `14:32:07` here.
fn local_time(unix_ms: u64) -> String {
    let millis = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    time.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// `3 h 12 min`, the two largest units.
pub(crate) fn elapsed(ms: u64, lang: Lang) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let words = match lang {
        Lang::En => ["d", "h", "min", "s"],
        Lang::Zh => ["天", "小时", "分钟", "秒"],
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} {}", words[3]),
        (0, 0, _) => format!("{minutes} {}", words[2]),
        (0, _, _) => format!("{hours} {} {minutes} {}", words[1], words[2]),
        _ => format!("{days} {} {hours} {}", words[0], words[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_units() {
        assert_eq!(elapsed(59_999, Lang::En), "59 s");
        assert_eq!(elapsed(11_520_000, Lang::En), "3 h 12 min");
        assert_eq!(elapsed(90_000_000, Lang::Zh), "1 天 1 小时");
    }

    #[test]
    fn a_missing_gateway_is_an_object_too() {
        assert_eq!(as_json(None), json!({"running": false}));
        assert_eq!(as_json(Some(&Status { pid: 3, ..Status::default() }))["running"], true);
    }
}
