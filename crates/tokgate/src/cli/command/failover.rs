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
    let times = [
        ("until_ms", status.until_ms),
        ("retry_ms", status.retry_ms),
        ("paused_until_ms", status.paused_until_ms),
        ("stopped_until_ms", status.stopped_until_ms),
    ];
    for (name, at) in times.into_iter().filter_map(|(name, at)| Some((name, at?))) {
        let _ = writeln!(page, "{name}\t{at}");
    }
    if status.may_go_back {
        page.push_str("may_go_back\tyes\n");
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
    for remark in remarks(out, status) {
        let _ = writeln!(page, "  {remark}");
    }
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

/// What somebody should know of it: that it may be time to go back, and that nothing is switched automatically.
pub(crate) fn remarks(out: &Out, status: &FailoverStatus) -> impl Iterator<Item = String> {
    let at = |message, time: Option<u64>| time.map(|time| out.text(message, &[("time", &local_time(time))]));
    let back = status.may_go_back.then(|| out.word(&text::FAILOVER_MAY_GO_BACK).to_owned());
    let remarks = [
        back,
        at(&text::FAILOVER_PAUSED, status.paused_until_ms),
        at(&text::FAILOVER_STOPPED, status.stopped_until_ms),
    ];
    remarks.into_iter().flatten()
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
    let way = if from == to { to.to_string() } else { format!("{from} → {to}") };
    format!("{time}  {way}  {}{}", out.word(cause), said(switched.reason.as_deref()))
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
    use crate::cli::output::Paint;
    use crate::cli::pasted::Pasted;
    use crate::i18n::Lang;

    #[test]
    fn a_person_is_told_when_it_may_be_time_to_go_back_and_that_switching_has_stopped() {
        let status = FailoverStatus {
            profile: "spare".to_owned(),
            cause: Some("failures".to_owned()),
            may_go_back: true,
            stopped_until_ms: Some(11),
            history: vec![SwitchStatus {
                at_ms: 3,
                from: "main".to_owned(),
                to: "main".to_owned(),
                cause: "expired".to_owned(),
                reason: None,
            }],
            ..FailoverStatus::default()
        };
        let paint = Paint { on: false };
        let page = |lang| {
            let pasted = Pasted::of(None);
            let out = Out {
                lang,
                shape: Shape::Human,
                paint,
                paint_err: paint,
                quiet: false,
                verbose: 0,
                pasted,
                missed: std::sync::Arc::default(),
            };
            human(&out, &status)
        };
        for page in [Lang::En, Lang::Zh].map(page) {
            assert!(page.contains("tokgate failover back") && page.contains("failover.max_per_hour"), "{page}");
            assert!(!page.contains('→'), "nothing was left: {page}");
        }
    }

    #[test]
    fn what_is_in_force_and_until_when_is_told_to_programs_too() {
        let status = FailoverStatus {
            profile: "spare".to_owned(),
            cause: Some("manual".to_owned()),
            until_ms: Some(7),
            paused_until_ms: Some(9),
            stopped_until_ms: Some(11),
            may_go_back: true,
            ..FailoverStatus::default()
        };
        assert_eq!(
            plain(&status),
            "profile\tspare\ncause\tmanual\nuntil_ms\t7\npaused_until_ms\t9\nstopped_until_ms\t11\nmay_go_back\tyes\n"
        );
    }
}
