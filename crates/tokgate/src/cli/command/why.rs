//! `why REQUEST`: why it went where it went, from its record alone, beside what it would have cost elsewhere.

use serde_json::json;
use tokgate_policy::classify::Row;
use tokgate_policy::engine::Facts;
use tokgate_wire::price::Cost;

use crate::cli::args::Show;
use crate::cli::command::logs::style;
use crate::cli::command::price::cost_at;
use crate::cli::command::show;
use crate::cli::context::Context;
use crate::cli::error::{CliError, exit};
use crate::cli::output::Shape;
use crate::config::model::Config;
use crate::config::{self, Overrides};
use crate::gateway::policy_params::served;
use crate::gateway::rehearsal;
use crate::store::json::JsonRecord;
use crate::store::record::{Outcome, Record};
use crate::store::show::trail::Trail;
use crate::store::why;

/// The word of a trail for a provider that said it does not have the model.
const NO_SUCH_MODEL: &str = "no-such-model";

/// Other providers whose price is told.
const ELSEWHERE_MAX: usize = 4;

pub(crate) fn show(context: &Context<'_>, asked: &Show) -> Result<u8, CliError> {
    let record = show::record(context, &asked.request)?;
    let style = style(context);
    let elsewhere = elsewhere(context, &record);
    match &context.out.shape {
        Shape::Json(_) => {
            let mut data = serde_json::to_value(JsonRecord::from(&record)).unwrap_or_default();
            let each = elsewhere.iter().map(|(provider, cost)| {
                json!({ "provider": provider, "cost": { "amount": cost.amount(), "currency": cost.currency.id() } })
            });
            if let Some(data) = data.as_object_mut() {
                data.insert("elsewhere".to_owned(), each.collect::<Vec<_>>().into());
            }
            context.out.json("why", data);
        }
        _ => {
            context.out.data(&why::page(&record, &elsewhere, &style));
        }
    }
    Ok(exit::DONE)
}

/// What the same tokens would have cost at the other providers of its profile, by the prices known now and under the
/// models they would be sent.
fn elsewhere(context: &Context<'_>, record: &Record) -> Vec<(String, Cost)> {
    let known = record.outcome == Outcome::Completed && record.usage.output_total.is_some();
    let loaded = config::load(&context.paths, context.explicit.as_deref(), &context.env, &Overrides::default());
    match loaded {
        Ok(loaded) if known => others(&loaded.config, record).unwrap_or_default(),
        // A broken file is another command's to tell.
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn others(config: &Config, record: &Record) -> Option<Vec<(String, Cost)>> {
    let profile = record.profile.as_deref()?;
    let model = record.model.as_deref()?;
    let engine = rehearsal::fresh(config).ok()?;
    let facts =
        Facts { model: Some(model), pinned_profile: Some(profile), ..Facts::new(served(record.protocol?, true)) };
    let candidates = engine.rehearse(std::time::Duration::ZERO, &facts).targets;
    let priced = candidates.iter().filter_map(|target| {
        let provider = config.providers.get(target.provider)?;
        let other = record.provider.as_deref() != Some(&provider.name) && !lacks_model(record, &provider.name);
        let model = target.model.as_deref().unwrap_or(model);
        let cost = cost_at(provider, model, &record.usage, record.id.unix_ms() / 1_000)?;
        other.then(|| (provider.name.to_string(), cost))
    });
    Some(priced.take(ELSEWHERE_MAX).collect())
}

/// Whether a provider said, to this request or before it, that it does not have the model.
fn lacks_model(record: &Record, provider: &str) -> bool {
    let says_so = |result: &str| [Row::ModelNotFound, Row::DeploymentNotFound].iter().any(|row| row.id() == result);
    let asked = record.attempts.iter().any(|it| *it.provider == *provider && says_so(&it.result));
    let is_passed_over =
        |trail: Trail| trail.skipped.iter().any(|it| it.provider == provider && it.why == NO_SUCH_MODEL);
    asked || Trail::read(&record.trail).is_some_and(is_passed_over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::{AttemptRecord, RequestId};

    #[test]
    fn what_it_would_have_cost_at_a_provider_without_the_model_is_not_told() {
        let missing = AttemptRecord { result: Row::ModelNotFound.id().into(), ..AttemptRecord::begun("aa".into()) };
        let trail = r#"{"by":"default","skipped":[{"provider":"cc","why":"no-such-model"}]}"#;
        let record =
            Record { attempts: vec![missing], trail: trail.into(), ..Record::blank(RequestId(1), "sdk", "messages") };
        assert_eq!(["aa", "bb", "cc"].map(|provider| lacks_model(&record, provider)), [true, false, true]);
    }
}
