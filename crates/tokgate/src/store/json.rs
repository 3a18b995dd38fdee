//! A record as JSON: the form for programs, in `logs --json`, `show --json` and the JSON access log. Its names never
//! change and are never translated; new ones may be added.

use serde::Serialize;
use serde_json::value::RawValue;
use tokgate_wire::usage::Usage;

use crate::i18n::Text;
use crate::store::format::iso;
use crate::store::record::{AttemptRecord, Record};

/// Characters of a run tag that are shown: the whole tag is a credential at some providers.
const RUN_SHOWN: usize = 6;

/// The fields, in the order they are written.
#[derive(Debug, Serialize)]
pub struct JsonRecord<'r> {
    request_id: String,
    time: String,
    client: &'r str,
    run: Option<&'r str>,
    project: Option<&'r str>,
    session: Option<&'r str>,
    operation: &'r str,
    protocol: Option<&'static str>,
    model: Option<&'r str>,
    model_sent: Option<&'r str>,
    model_answered: Option<&'r str>,
    stream: bool,
    profile: Option<&'r str>,
    route: Option<&'r str>,
    provider: Option<&'r str>,
    outcome: &'static str,
    status: u16,
    error: Option<&'r str>,
    detail: Option<&'r str>,
    reason: Option<&'r Text>,
    losses: Option<&'r str>,
    head_ms: Option<f64>,
    ttfb_ms: Option<f64>,
    total_ms: f64,
    bytes_in: u64,
    bytes_out: u64,
    tokens_in: Option<u64>,
    tokens_out: Option<u64>,
    usage: &'r Usage,
    counted: Option<u64>,
    estimated: bool,
    cost: Option<JsonCost>,
    stop: Option<&'r str>,
    attempts: &'r [AttemptRecord],
    trail: Option<&'r RawValue>,
}

/// An amount of money. The amount is a decimal text: binary fractions would not add up.
#[derive(Debug, Serialize)]
struct JsonCost {
    amount: String,
    currency: &'static str,
}

impl<'r> From<&'r Record> for JsonRecord<'r> {
    fn from(record: &'r Record) -> Self {
        Self {
            request_id: record.id.to_string(),
            time: iso(record.id.unix_ms()),
            client: &record.client,
            run: record.run.as_deref().map(shown_run),
            project: record.project.as_deref(),
            session: record.session.as_deref(),
            operation: &record.operation,
            protocol: record.protocol.map(tokgate_wire::protocol::Protocol::id),
            model: record.model.as_deref(),
            model_sent: record.model_sent.as_deref(),
            model_answered: record.model_answered(),
            stream: record.stream,
            profile: record.profile.as_deref(),
            route: record.route.as_deref(),
            provider: record.provider.as_deref(),
            outcome: record.outcome.id(),
            status: record.status,
            error: record.error.as_deref(),
            detail: record.detail.as_deref(),
            reason: record.reason.as_deref(),
            losses: record.losses.as_deref(),
            head_ms: record.head().map(|us| f64::from(us) / 1e3),
            ttfb_ms: record.first_us.map(|us| f64::from(us) / 1e3),
            total_ms: record.total_us as f64 / 1e3,
            bytes_in: record.bytes_in,
            bytes_out: record.bytes_out,
            tokens_in: record.tokens_in(),
            tokens_out: record.usage.output_total,
            usage: &record.usage,
            counted: record.counted,
            estimated: record.estimated,
            cost: record.cost.map(|cost| JsonCost { amount: cost.amount(), currency: cost.currency.id() }),
            stop: record.stop.as_deref(),
            attempts: &record.attempts,
            trail: serde_json::from_str(&record.trail).ok(),
        }
    }
}

/// The beginning of a run tag.
pub(super) fn shown_run(tag: &str) -> &str {
    &tag[..tag.floor_char_boundary(RUN_SHOWN)]
}
