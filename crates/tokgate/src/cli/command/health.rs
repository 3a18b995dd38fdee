//! `health`: how well providers have answered real requests, whether they can be reached, and when they last answered;
//! three things that are not the same.

use std::num::NonZeroUsize;

use serde_json::{Value as Json, json};
use tokgate_policy::health::{HealthSnapshot, Stretch};
use tokgate_wire::price::{Cost, Currency};

use super::status::{elapsed, local_time, state_id};
use super::table;
use crate::cli::args::HealthAction;
use crate::cli::confirm::confirmed;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Out, Shape, clean};
use crate::i18n::{Message, failures, providers as text};
use crate::process::admin::{AskHistory, Check, ProbesStatus, ProviderState, ProviderStatus, Reset};

/// From this share of good answers on a provider is called well, and below the other one ill, percent.
const WELL: u32 = 95;
const ILL: u32 = 50;

pub(crate) fn run(context: &Context<'_>, action: Option<&HealthAction>) -> Result<u8, CliError> {
    match action {
        None | Some(HealthAction::Status) => {
            let status = context.admin().status()?.ok_or_else(|| not_running(&context.instance().socket()))?;
            print(&context.out, &status.providers, status.probes);
            Ok(exit::DONE)
        }
        Some(HealthAction::Check { names, yes }) => check(context, names, *yes),
        Some(HealthAction::History { name }) => history(context, name),
        Some(HealthAction::Reset { name }) => reset(context, name, None),
    }
}

/// Looks at providers now, and asks first where that costs money. One that cannot be used is a failure, for scripts.
pub(crate) fn check(context: &Context<'_>, names: &[String], yes: bool) -> Result<u8, CliError> {
    if !yes
        && let Some(cost) = cost(context, names)?
        && !confirmed(context, cost)?
    {
        return Ok(exit::FAILED);
    }
    let checked = context.admin().check(&Check { providers: names.to_vec() })?;
    let providers = checked.ok_or_else(|| not_running(&context.instance().socket()))?;
    // A gateway that has gone meanwhile has spent nothing more.
    let probes = context.admin().status().ok().flatten().and_then(|status| status.probes);
    print(&context.out, &providers, probes);
    let ill = |provider: &ProviderStatus| {
        provider.health.probe_failure.is_some() || provider.health.message_failure.is_some()
    };
    Ok(if providers.iter().any(ill) { exit::FAILED } else { exit::DONE })
}

/// What looking at these providers would cost at most; nothing where it is free.
fn cost(context: &Context<'_>, names: &[String]) -> Result<Option<Text>, CliError> {
    let status = context.admin().status()?.ok_or_else(|| not_running(&context.instance().socket()))?;
    let Some(probes) = status.probes else { return Ok(None) };
    let meant = |provider: &&ProviderStatus| match names {
        [] => provider.state != ProviderState::Off,
        names => names.contains(&provider.name),
    };
    let each: Vec<u64> = status.providers.iter().filter(meant).filter_map(|it| it.message_micros).collect();
    let most = each.iter().fold(0, |sum: u64, micros| sum.saturating_add(*micros));
    let most = most.min(probes.budget_micros.saturating_sub(probes.spent_micros));
    let cost = Text::new(&text::MESSAGES_COST).with("count", each.len()).with("cost", dollars(most));
    Ok((!each.is_empty()).then_some(cost))
}

/// An amount in millionths of a US dollar.
fn dollars(micros: u64) -> String {
    Cost { trillionths: micros.saturating_mul(1_000_000), currency: Currency::Usd }.shown()
}

pub(crate) fn reset(context: &Context<'_>, name: &str, key: Option<NonZeroUsize>) -> Result<u8, CliError> {
    let reset = context.admin().reset(&Reset { provider: name.to_owned(), key })?;
    let provider = reset.ok_or_else(|| not_running(&context.instance().socket()))?;
    context.out.say(context.out.text(&text::RESET, &[("name", &clean(name))]));
    context.out.json("health.reset", as_json(&provider, &context.out));
    Ok(exit::DONE)
}

fn print(out: &Out, providers: &[ProviderStatus], probes: Option<ProbesStatus>) {
    if let Shape::Json(_) = out.shape {
        let all = providers.iter().map(|provider| as_json(provider, out));
        out.json("health", json!({ "providers": all.collect::<Vec<_>>(), "probes": probes }));
        return;
    }
    if out.shape == Shape::Plain {
        out.data(&providers.iter().map(plain).collect::<String>());
        return;
    }
    let headings =
        [&text::HEAD_PROVIDER, &text::HEAD_LATELY, &text::HEAD_REACHABLE, &text::HEAD_ANSWERS, &text::HEAD_SCORE]
            .map(|heading| out.word(heading));
    let row = |provider: &ProviderStatus| {
        let health = &provider.health;
        let score = health.score.map_or("–".to_owned(), |score| score.to_string());
        let note = provider.note.as_ref().map(|note| clean(note.say(out.lang))).unwrap_or_default();
        let name = clean(&provider.name);
        vec![name, lately(out, provider), reachable(out, health), answers(out, health), format!("{score:>4}   {note}")]
    };
    out.data(&table::page(out, &headings, &providers.iter().map(row).collect::<Vec<_>>()));
    if let Some(probes) = probes {
        let (spent, budget) = (dollars(probes.spent_micros), dollars(probes.budget_micros));
        out.say(out.text(&text::PROBES_SPENT, &[("asked", &probes.asked), ("spent", &spent), ("budget", &budget)]));
    }
    for remark in providers.iter().filter_map(|provider| provider.probe_remark.as_ref()) {
        out.say(clean(remark.say(out.lang)));
    }
}

/// What real requests have shown.
fn lately(out: &Out, provider: &ProviderStatus) -> String {
    let health = &provider.health;
    if provider.state == ProviderState::Off {
        return format!("○ {}", out.word(&crate::i18n::cli::STATE_OFF));
    }
    let Some(percent) = (health.good * 100).checked_div(health.answers) else {
        let nothing = if health.refused_ago_ms.is_some() { &text::REFUSED_ONLY } else { &text::NO_TRAFFIC };
        return format!("○ {}", out.word(nothing));
    };
    let mark = mark(percent);
    let ago = health.last_used_ago_ms.map(|ago| ago_text(out, ago)).unwrap_or_default();
    let counts: [(&str, &dyn std::fmt::Display); 3] = [("good", &health.good), ("all", &health.answers), ("ago", &ago)];
    format!("{mark} {percent:>3} %  {}", out.text(&text::GOOD_OF_ALL, &counts).trim_end_matches([',', '，', ' ']))
}

fn mark(percent: u32) -> &'static str {
    match percent {
        WELL.. => "●",
        ILL.. => "◐",
        _ => "✗",
    }
}

/// What the last probe has shown of the way there and of the key.
fn reachable(out: &Out, health: &HealthSnapshot) -> String {
    let ago = health.probe_ago_ms.map(|ago| ago_text(out, ago)).unwrap_or_default();
    let accepted = health.answer_ago_ms.is_some_and(|answer| health.probe_ago_ms.is_some_and(|probe| answer <= probe));
    match (health.reach_ms, &health.probe_failure) {
        (Some(ms), _) if accepted => format!("● {ms} ms · {} · {ago}", out.word(&text::KEY_ACCEPTED)),
        (Some(ms), _) => format!("● {ms} ms · {ago}"),
        (None, Some(row)) => format!("✗ {} · {ago}", words(out, row)),
        (None, None) => format!("– {}", out.word(&text::NOT_LOOKED)),
    }
}

/// When it last answered a message: a request's, or one that was asked to see it.
fn answers(out: &Out, health: &HealthSnapshot) -> String {
    let failed = |message: &'static Message| out.text(message, &[("count", &health.failed_since)]);
    if let Some(row) = &health.message_failure {
        return format!("✗ {} · {}", out.word(&text::BY_PROBE), words(out, row));
    }
    match health.completion_ago_ms {
        Some(ago) if health.failed_since == 0 => format!("● {}", ago_text(out, ago)),
        Some(ago) => format!("◐ {} · {}", ago_text(out, ago), failed(&text::FAILED_SINCE)),
        None if health.failed_since > 0 => format!("✗ {}", failed(&text::FAILED)),
        None => match health.refused_ago_ms {
            Some(ago) => format!("– {}", out.text(&text::REFUSED_AGO, &[("ago", &ago_text(out, ago))])),
            None => format!("– {}", out.word(&text::NEVER)),
        },
    }
}

fn ago_text(out: &Out, ms: u64) -> String {
    out.text(&text::AGO, &[("time", &elapsed(ms, out.lang))])
}

/// A row of the failure table in words.
fn words(out: &Out, row: &str) -> String {
    failures::of(row).map_or_else(|| clean(row), |message: &Message| message.raw(out.lang).to_owned())
}

/// One line for programs: name, health, score, good, all, ms to reach, ms since the probe, ms since the answer, failure.
fn plain(provider: &ProviderStatus) -> String {
    let health = &provider.health;
    let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
    let cells = [
        clean(&provider.name),
        health_id(provider.state).to_owned(),
        number(health.score.map(u64::from)),
        health.good.to_string(),
        health.answers.to_string(),
        number(health.reach_ms),
        number(health.probe_ago_ms),
        number(health.answer_ago_ms),
        health.probe_failure.as_deref().or(provider.failure.as_deref()).map(clean).unwrap_or_default(),
    ];
    format!("{}\n", cells.join("\t"))
}

/// The words of JSON and plain output, which are never translated.
fn health_id(state: ProviderState) -> &'static str {
    match state {
        ProviderState::Ok => "healthy",
        ProviderState::Degraded => "degraded",
        ProviderState::Down => "unhealthy",
        ProviderState::Off => "off",
    }
}

/// A provider's status with its words in one language.
pub(crate) fn as_json(provider: &ProviderStatus, out: &Out) -> Json {
    let mut data = serde_json::to_value(provider).unwrap_or_default();
    data["probe_remark"] = provider.probe_remark.as_ref().map(|remark| remark.say(out.lang)).into();
    data["note"] = provider.note.as_ref().map(|note| note.say(out.lang)).into();
    data["state"] = state_id(provider.state).into();
    data["health"]["state"] = health_id(provider.state).into();
    data
}

fn history(context: &Context<'_>, name: &str) -> Result<u8, CliError> {
    let history = context.admin().history(&AskHistory { provider: name.to_owned() })?;
    let history = history.ok_or_else(|| not_running(&context.instance().socket()))?;
    let out = &context.out;
    if let Shape::Json(_) = out.shape {
        out.json("health.history", serde_json::to_value(&history).unwrap_or_default());
        return Ok(exit::DONE);
    }
    let row = |kind: &Message, stretch: &Stretch| {
        let all = stretch.good.saturating_add(stretch.bad);
        let percent = (stretch.good * 100).checked_div(all).unwrap_or(0);
        let failure = stretch.failure.as_deref();
        let human = out.shape == Shape::Human;
        vec![
            if human { out.word(kind).to_owned() } else { kind.id.rsplit('.').next().unwrap_or_default().to_owned() },
            if human { local_time(stretch.start_ms) } else { stretch.start_ms.to_string() },
            stretch.good.to_string(),
            all.to_string(),
            if human { format!("{} {percent} %", mark(percent)) } else { percent.to_string() },
            failure.map(|row| if human { words(out, row) } else { clean(row) }).unwrap_or_default(),
        ]
    };
    let days = history.days.iter().map(|stretch| row(&text::DAY, stretch));
    let hours = history.hours.iter().map(|stretch| row(&text::HOUR, stretch));
    let rows: Vec<_> = days.chain(hours).collect();
    if rows.is_empty() {
        out.say(out.word(&text::NO_TRAFFIC));
        return Ok(exit::DONE);
    }
    let headings = [
        &text::HEAD_STRETCH,
        &text::HEAD_SINCE,
        &text::HEAD_GOOD,
        &text::HEAD_ALL,
        &text::HEAD_SHARE,
        &text::HEAD_LAST_FAILURE,
    ];
    out.data(&table::page(out, &headings.map(|heading| out.word(heading)), &rows));
    Ok(exit::DONE)
}
