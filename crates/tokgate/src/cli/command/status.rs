//! `status`: is it up, who answers, who uses it.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean, pad, tilde};
use crate::clock;
use crate::config::{self, Env, Loaded, Overrides};
use crate::i18n::{Lang, Message, cli as text};
use crate::process::admin::{ProviderState, Status};
use crate::process::environment::Unseen;
use crate::process::folders::database;

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
    let unseen = status.and_then(|_| loaded(context)).map(|loaded| context.unseen_variables(&loaded));
    let unseen = unseen.unwrap_or_default();
    match &out.shape {
        Shape::Json(_) => out.json("status", as_json(status, &unseen, out.lang)),
        Shape::Plain => out.data(&plain(status, &unseen, out.lang)),
        Shape::Human => out.data(&human(context, status, &unseen)),
    };
}

/// The configuration as this shell reads it; a broken one is reported by the gateway itself.
fn loaded(context: &Context<'_>) -> Option<Loaded> {
    config::load(&context.paths, context.explicit.as_deref(), &context.env, &Overrides::default()).ok()
}

/// What `-v` adds: where things are and where values come from.
fn details(context: &Context<'_>) -> String {
    let out = &context.out;
    let home = context.env.home();
    let instance = context.instance();
    let mut page = String::new();
    let mut line = |label: &Message, value: &str| {
        let _ = writeln!(page, "  {}{value}", out.paint.bold(pad(label.raw(out.lang), LABEL_CELLS)));
    };
    line(&text::DETAIL_RECORDS, &tilde(&database(&context.paths), home));
    line(&text::DETAIL_LOG, &tilde(&instance.log(), home));
    line(&text::DETAIL_SOCKET, &tilde(&instance.socket(), home));
    if let Some(loaded) = loaded(context) {
        let sources = sources(&context.out, &loaded, &context.env);
        let none = out.word(&text::DETAIL_DEFAULTS).to_owned();
        line(&text::DETAIL_SOURCES, if sources.is_empty() { &none } else { &sources });
    }
    page
}

/// The file and the variables that values of the configuration come from, in this shell.
pub(crate) fn sources(out: &Out, loaded: &Loaded, env: &Env) -> String {
    let file = loaded.file.as_deref().map(|file| tilde(file, env.home()));
    // A variable that is not set gives no value.
    let variables = loaded.variables().into_iter().filter(|name| env.var(name).is_some()).map(|name| clean(&name));
    out.list(file.into_iter().chain(variables))
}

fn as_json(status: Option<&Status>, unseen: &[Unseen], lang: Lang) -> Json {
    let mut data = serde_json::to_value(status).unwrap_or(Json::Null);
    if let Some(status) = status {
        let problem = status.config_problem.as_ref();
        data["config_problem"] = problem.map(|problem| problem.what.say(lang)).into();
        data["config_fix"] = problem.map(|problem| problem.fix.say(lang)).into();
        for (index, provider) in status.providers.iter().enumerate() {
            data["providers"][index]["note"] = provider.note.as_ref().map(|note| note.say(lang)).into();
            let remark = provider.probe_remark.as_ref().map(|remark| remark.say(lang));
            data["providers"][index]["probe_remark"] = remark.into();
        }
    }
    match data.as_object_mut() {
        Some(object) => {
            object.insert("running".into(), true.into());
            let problem = status.and_then(|status| status.records_problem.as_ref());
            object.insert("records_problem".into(), problem.map(|problem| problem.say(Lang::En)).into());
            let problem = status.and_then(|status| status.jobs_problem.as_ref());
            object.insert("jobs_problem".into(), problem.map(|problem| problem.say(Lang::En)).into());
            object.insert("variables_unseen".into(), serde_json::to_value(unseen).unwrap_or_default());
            data
        }
        None => json!({ "running": false }),
    }
}

fn plain(status: Option<&Status>, unseen: &[Unseen], lang: Lang) -> String {
    let Some(status) = status else {
        return "running\tno\n".to_owned();
    };
    let mut out = format!(
        "running\tyes\naddress\t{}\npid\t{}\nversion\t{}\nrequests\t{}\nfailed\t{}\nin_flight\t{}\nwebsockets\t{}\n",
        status.address, status.pid, status.version, status.requests, status.failed, status.in_flight, status.websockets
    );
    let waiting = status.capacity.waiting + status.capacity.outside;
    let _ = writeln!(out, "waiting\t{waiting}");
    if status.draining {
        out.push_str("draining\tyes\n");
    }
    if let Some(problem) = &status.config_problem {
        let _ = writeln!(out, "config_problem\t{}", clean(problem.what.say(lang)));
    }
    if let Some(problem) = &status.records_problem {
        let _ = writeln!(out, "records_problem\t{}", clean(&problem.say(Lang::En)));
    }
    if let Some(problem) = &status.jobs_problem {
        let _ = writeln!(out, "jobs_problem\t{}", clean(&problem.say(Lang::En)));
    }
    let failover = &status.failover;
    let _ = writeln!(out, "profile\t{}", clean(&failover.profile));
    if let Some(until) = failover.paused_until_ms {
        let _ = writeln!(out, "failover_paused_until_ms\t{until}");
    }
    if let Some(until) = failover.stopped_until_ms {
        let _ = writeln!(out, "failover_stopped_until_ms\t{until}");
    }
    if failover.may_go_back {
        out.push_str("failover_may_go_back\tyes\n");
    }
    for variable in unseen {
        let _ = writeln!(out, "variable_unseen\t{}", clean(&variable.name));
    }
    for provider in &status.providers {
        let note = provider.note.as_ref().map(|note| clean(note.say(lang))).unwrap_or_default();
        let _ = writeln!(out, "provider\t{}\t{}\t{note}", provider.name, state_id(provider.state));
    }
    out
}

fn human(context: &Context<'_>, status: Option<&Status>, unseen: &[Unseen]) -> String {
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
    if status.practice && out.verbose == 0 {
        line(&text::STATUS_ANSWERS, out.word(&text::STATUS_PRACTICE));
    } else {
        line(&text::STATUS_ANSWERS, &providers(status, out));
    }
    let remarks: Vec<String> = super::failover::remarks(out, &status.failover).collect();
    if status.failover.cause.is_some() || !remarks.is_empty() {
        let told: Vec<String> =
            std::iter::once(super::failover::in_use(out, &status.failover)).chain(remarks).collect();
        line(&text::STATUS_PROFILE, &told.join(" · "));
    }
    let counts: [(&str, &dyn std::fmt::Display); 3] =
        [("requests", &status.requests), ("failed", &status.failed), ("in_flight", &status.in_flight)];
    line(&text::STATUS_REQUESTS, &out.text(&text::STATUS_REQUESTS_LINE, &counts));
    if status.capacity.waiting + status.capacity.outside > 0 {
        line(&text::STATUS_WAITING, &super::line::summary(out, &status.capacity));
    }
    if let Some(refused) = super::line::protected(out, &status.capacity) {
        line(&text::STATUS_PROTECTED, &refused);
    }
    if status.websockets > 0 {
        line(&text::STATUS_WEBSOCKETS, &status.websockets.to_string());
    }
    if !status.runs.is_empty() {
        line(&text::STATUS_RUNS, &runs(context, status));
    }
    let config = match &status.config {
        Some(path) => tilde(path, context.env.home()),
        None => out.text(&text::NO_CONFIG_FILE, &[("path", &context.config_path())]),
    };
    line(&text::STATUS_CONFIG, &config);
    if let Some(problem) = &status.config_problem {
        let problem = out.text(
            &text::STATUS_CONFIG_PROBLEM,
            &[("problem", &clean(problem.what.say(out.lang))), ("fix", &problem.fix.say(out.lang))],
        );
        let _ = writeln!(page, "  {} {problem}", out.paint.yellow("!"));
    }
    for problem in [&status.records_problem, &status.jobs_problem].into_iter().flatten() {
        let _ = writeln!(page, "  {} {}", out.paint.yellow("!"), clean(&problem.say(out.lang)));
    }
    if let Some(words) = context.unseen_text(unseen) {
        let _ = writeln!(page, "  {} {words}", out.paint.yellow("!"));
    }
    if out.verbose > 0 {
        page.push_str(&details(context));
    }
    page
}

/// One line per provider, the first one beside the label.
fn providers(status: &Status, out: &Out) -> String {
    let (lang, paint) = (out.lang, out.paint);
    let lines: Vec<String> = status
        .providers
        .iter()
        .map(|provider| {
            let (mark, word) = match provider.state {
                ProviderState::Ok if provider.is_unused() => (paint.dim("○"), &crate::i18n::providers::NEVER),
                ProviderState::Ok => (paint.green("●"), &text::STATE_OK),
                ProviderState::Degraded => (paint.yellow("◐"), &text::STATE_DEGRADED),
                ProviderState::Down => (paint.red("✗"), &text::STATE_DOWN),
                ProviderState::Off => (paint.dim("○"), &text::STATE_OFF),
            };
            let mut line = format!("{mark} {}{}", pad(&provider.name, PROVIDER_CELLS), word.raw(lang));
            if let Some(note) = &provider.note {
                let _ = write!(line, " · {}", clean(note.say(lang)));
            }
            if !provider.learned.is_empty() {
                let count = provider.learned.len();
                let _ = write!(line, " · {}", text::STATUS_LEARNED.text(lang, &[("count", &count)]));
            }
            if out.verbose > 0 {
                let _ = write!(line, " · {}", clean(&out.list(&provider.protocols)));
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
pub(crate) fn state_id(state: ProviderState) -> &'static str {
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
            let since = (context.out.verbose > 0).then(|| format!(" · {}", local_time(run.started_ms)));
            format!("{} {project}{pinned}{}", clean(&run.client), since.unwrap_or_default())
        })
        .collect();
    lines.join(&format!("\n  {}", " ".repeat(LABEL_CELLS)))
}

/// `14:32:07` here, with its day when that is not today.
pub(crate) fn local_time(unix_ms: u64) -> String {
    moment(unix_ms, clock::unix_ms(), &jiff::tz::TimeZone::system())
}

fn moment(unix_ms: u64, now_ms: u64, zone: &jiff::tz::TimeZone) -> String {
    let here = |ms: u64| {
        let millis = i64::try_from(ms).unwrap_or(i64::MAX);
        jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(zone.clone())
    };
    let (then, now) = (here(unix_ms), here(now_ms));
    let shape = if then.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    then.strftime(shape).to_string()
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
    fn a_time_of_another_day_is_told_with_its_day() {
        let (noon, hour, day) = (1_796_126_400_000, 3_600_000, 86_400_000);
        let utc = jiff::tz::TimeZone::UTC;
        assert_eq!(moment(noon + hour, noon, &utc), "13:00:00");
        assert_eq!(moment(noon + 7 * day, noon, &utc), "2026-12-08 12:00:00");
        assert_eq!(moment(noon - day, noon, &utc), "2026-11-30 12:00:00");
    }
    use crate::i18n::Both;
    use crate::process::admin::{ProviderStatus, Refused};

    #[test]
    fn times_are_told_in_two_units() {
        assert_eq!(elapsed(59_999, Lang::En), "59 s");
        assert_eq!(elapsed(11_520_000, Lang::En), "3 h 12 min");
        assert_eq!(elapsed(90_000_000, Lang::Zh), "1 天 1 小时");
    }

    #[test]
    fn a_missing_gateway_is_an_object_too() {
        assert_eq!(as_json(None, &[], Lang::En), json!({"running": false}));
        assert_eq!(as_json(Some(&Status { pid: 3, ..Status::default() }), &[], Lang::En)["running"], true);
    }

    #[test]
    fn what_the_gateway_says_is_read_in_the_language_of_the_reader() {
        let both = |en: &str, zh: &str| Both { en: en.to_owned(), zh: zh.to_owned() };
        let provider = ProviderStatus {
            name: "a".to_owned(),
            state: ProviderState::Down,
            note: Some(both("rate limited", "限流")),
            failure: Some("rate-limited".to_owned()),
            ..ProviderStatus::default()
        };
        let refused = Refused { what: both("~/c.toml:1:1: wrong", "~/c.toml:1:1: 错误"), fix: both("do", "做") };
        let status = Status { config_problem: Some(refused), providers: vec![provider], ..Status::default() };
        let json = as_json(Some(&status), &[], Lang::Zh);
        assert_eq!(json["config_problem"], "~/c.toml:1:1: 错误");
        assert_eq!((&json["config_fix"], &json["providers"][0]["note"]), (&json!("做"), &json!("限流")));
        let plain = plain(Some(&status), &[], Lang::En);
        assert!(plain.contains("config_problem\t~/c.toml:1:1: wrong\n"), "{plain}");
        assert!(plain.contains("provider\ta\tdown\trate limited\n"), "{plain}");
    }
}
