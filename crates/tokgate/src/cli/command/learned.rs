//! `learned`: what providers have been found not to take, and how it is forgotten.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::args::LearnedAction;
use crate::cli::command::status::local_time;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, exit};
use crate::cli::output::{Shape, clean, pad};
use crate::config::size;
use crate::i18n::cli as text;
use crate::process::admin::{Forget, LearnedLack, Status};

/// Column of the providers' names.
const PROVIDER_CELLS: usize = 18;
/// Column of what is lacked; longer ones push the rest away.
const LACK_CELLS: usize = 34;

pub(crate) fn run(context: &Context<'_>, action: Option<&LearnedAction>) -> Result<u8, CliError> {
    match action {
        None => list(context),
        Some(LearnedAction::Forget { provider }) => forget(context, provider.as_deref()),
    }
}

fn list(context: &Context<'_>) -> Result<u8, CliError> {
    let status = context.admin().status()?.ok_or_else(|| not_running(&context.instance().socket()))?;
    let out = &context.out;
    let all: Vec<(&str, &LearnedLack)> = all(&status).collect();
    match &out.shape {
        Shape::Json(_) => {
            let lacks = all.iter().map(|(provider, it)| {
                json!({ "provider": provider, "lack": it.lack, "bytes": it.bytes, "model": it.model, "until_ms": it.until_ms })
            });
            out.json("learned", lacks.collect::<Vec<_>>().into());
        }
        Shape::Plain => {
            let lines = all.iter().map(|(provider, it)| {
                let what = it.bytes.map_or_else(|| clean(&it.lack), |bytes| format!("{}>={bytes}", it.lack));
                format!("{}\t{what}\t{}\t{}\n", clean(provider), clean(&it.model), it.until_ms)
            });
            out.data(&lines.collect::<String>());
        }
        Shape::Human if all.is_empty() => out.say(out.word(&text::LEARNED_NOTHING)),
        Shape::Human => {
            let mut page = String::new();
            for (provider, it) in all {
                let (model, time) = (clean(&it.model), local_time(it.until_ms));
                let rest = out.text(&text::LEARNED_UNTIL, &[("model", &model), ("time", &time)]);
                let name = out.paint.bold(pad(&clean(provider), PROVIDER_CELLS));
                let what = match it.bytes {
                    Some(bytes) => out.text(&text::LEARNED_SIZE, &[("size", &size::rounded(bytes))]),
                    None => clean(&it.lack),
                };
                let _ = writeln!(page, "  {name}{} {rest}", pad(&what, LACK_CELLS));
            }
            out.data(&page);
        }
    }
    Ok(exit::DONE)
}

fn all(status: &Status) -> impl Iterator<Item = (&str, &LearnedLack)> {
    status.providers.iter().flat_map(|provider| provider.learned.iter().map(|lack| (&*provider.name, lack)))
}

fn forget(context: &Context<'_>, provider: Option<&str>) -> Result<u8, CliError> {
    let forgotten = context.admin().forget(&Forget { provider: provider.map(str::to_owned) })?;
    let count = forgotten.ok_or_else(|| not_running(&context.instance().socket()))?.count;
    let out = &context.out;
    out.say(out.text(&text::LEARNED_FORGOTTEN, &[("count", &count)]));
    out.json("forgotten", json!({ "count": count }));
    Ok(exit::DONE)
}
