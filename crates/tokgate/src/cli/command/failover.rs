//! `failover` and `use`: which profile answers what no rule sends elsewhere, and how that is changed by hand.

use std::fmt::Write as _;
use std::time::Duration;

use crate::cli::args::FailoverAction;
use crate::cli::command::status::local_time;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Out, Shape, clean};
use crate::i18n::cli as text;
use crate::process::admin::{Failover, FailoverStatus, SwitchStatus};

pub(crate) fn run(context: &Context<'_>, action: Option<&FailoverAction>) -> Result<u8, CliError> {
    match action {
        None => {
            let status = context.admin().status()?.ok_or_else(|| not_running(&context.instance().socket()))?;
            print(&context.out, &status.failover);
            Ok(exit::DONE)
        }
        Some(FailoverAction::Switch { profile, reason, lasts }) => switch(context, profile, reason.as_deref(), *lasts),
        Some(FailoverAction::Back { reason }) => ask(context, &Failover::Back { reason: reason.clone() }),
        Some(FailoverAction::Pause { lasts }) => ask(context, &Failover::Pause { lasts_ms: millis(*lasts) }),
        Some(FailoverAction::Resume) => ask(context, &Failover::Resume),
    }
}

/// To another profile from now on.
pub(crate) fn switch(
    context: &Context<'_>,
    profile: &str,
    reason: Option<&str>,
    lasts: Option<Duration>,
) -> Result<u8, CliError> {
    let (profile, reason) = (profile.to_owned(), reason.map(str::to_owned));
    ask(context, &Failover::Switch { profile, reason, lasts_ms: lasts.map(millis) })
}

fn ask(context: &Context<'_>, asked: &Failover) -> Result<u8, CliError> {
    let status = context.admin().failover(asked)?.ok_or_else(|| not_running(&context.instance().socket()))?;
    print(&context.out, &status);
    Ok(exit::DONE)
}

fn print(out: &Out, status: &FailoverStatus) {
    match &out.shape {
        Shape::Json(_) => {
            out.json("failover", serde_json::to_value(status).unwrap_or_default());
        }
        Shape::Plain => {
            out.data(&plain(status));
        }
        Shape::Human => {
            out.data(&human(out, status));
        }
    }
}

fn plain(status: &FailoverStatus) -> String {
    let mut page = format!("profile\t{}\n", clean(&status.profile));
    if let Some(cause) = &status.cause {
        let _ = writeln!(page, "cause\t{}", clean(cause));
    }
    let times =
        [("until_ms", status.until_ms), ("retry_ms", status.retry_ms), ("paused_until_ms", status.paused_until_ms)];
    for (name, at) in times.into_iter().filter_map(|(name, at)| Some((name, at?))) {
        let _ = writeln!(page, "{name}\t{at}");
    }
    for it in &status.history {
        let reason = it.reason.as_deref().map(clean).unwrap_or_default();
        let (from, to) = (clean(&it.from), clean(&it.to));
        let _ = writeln!(page, "switch\t{}\t{from}\t{to}\t{}\t{reason}", it.at_ms, clean(&it.cause));
    }
    page
}

fn human(out: &Out, status: &FailoverStatus) -> String {
    let mut page = format!("  {}\n", in_use(out, status));
    let mut line = |message, at: Option<u64>| {
        if let Some(at) = at {
            let _ = writeln!(page, "  {}", out.text(message, &[("time", &local_time(at))]));
        }
    };
    line(&text::FAILOVER_UNTIL, status.until_ms);
    line(&text::FAILOVER_RETRY, status.retry_ms);
    line(&text::FAILOVER_PAUSED, status.paused_until_ms);
    for switched in &status.history {
        let _ = writeln!(page, "  {}", past(out, switched));
    }
    page
}

/// The profile in use, and why it is that one.
pub(crate) fn in_use(out: &Out, status: &FailoverStatus) -> String {
    let message = match status.cause.as_deref() {
        None => &text::FAILOVER_USUAL,
        Some("manual") => &text::FAILOVER_MANUAL,
        Some(_) => &text::FAILOVER_FAILED,
    };
    let since = status.since_ms.map(local_time).unwrap_or_default();
    let line = out.text(message, &[("profile", &clean(&status.profile)), ("time", &since)]);
    line + &said(status.reason.as_deref())
}

/// That nothing is switched automatically, while that is so.
pub(crate) fn pause(out: &Out, status: &FailoverStatus) -> Option<String> {
    status.paused_until_ms.map(|until| out.text(&text::FAILOVER_PAUSED, &[("time", &local_time(until))]))
}

fn past(out: &Out, switched: &SwitchStatus) -> String {
    let cause = match switched.cause.as_str() {
        "failures" => &text::FAILOVER_CAUSE_FAILURES,
        "recovered" => &text::FAILOVER_CAUSE_RECOVERED,
        "expired" => &text::FAILOVER_CAUSE_EXPIRED,
        "gone" => &text::FAILOVER_CAUSE_GONE,
        _ => &text::FAILOVER_CAUSE_MANUAL,
    };
    let (time, from, to) = (local_time(switched.at_ms), clean(&switched.from), clean(&switched.to));
    format!("{time}  {from} → {to}  {}{}", out.word(cause), said(switched.reason.as_deref()))
}

fn said(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" ({})", clean(reason))).unwrap_or_default()
}

fn millis(lasts: Duration) -> u64 {
    u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_and_the_end_of_a_switch_are_told_to_programs_too() {
        let status = FailoverStatus {
            profile: "spare".to_owned(),
            cause: Some("manual".to_owned()),
            until_ms: Some(7),
            paused_until_ms: Some(9),
            ..FailoverStatus::default()
        };
        assert_eq!(plain(&status), "profile\tspare\ncause\tmanual\nuntil_ms\t7\npaused_until_ms\t9\n");
    }
}
