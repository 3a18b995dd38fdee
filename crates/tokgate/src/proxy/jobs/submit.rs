//! A request becomes a job: read and found sound, then stored, then promised.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderName};
use http::{HeaderMap, Response};
use tokgate_policy::job::Job;
use tokgate_wire::downgrade;
use tokgate_wire::error::Kind;
use tokgate_wire::prefer::{self, Prefer};

use super::answer::{settled, unusable};
use super::terms::{self, Agreed};
use super::{owner, status};
use crate::clock;
use crate::config::dollars;
use crate::gateway::expected_cost::{self, Size};
use crate::gateway::jobs::{Found, Jobs, wall};
use crate::i18n::{Text, jobs as text};
use crate::proxy::body::AnswerBody;
use crate::proxy::context::{Context, Operation, Transport};
use crate::proxy::identify::Shown;
use crate::proxy::names::{CREDENTIALS, Known};
use crate::proxy::read::RequestBody;
use crate::proxy::respond::{self, Problem, Retry, Shape};
use crate::proxy::{fail, note_answer};
use crate::store::jobs::seal::Digested;
use crate::store::jobs::{Content, JobId, JobRow, NewJob, Owner, Submitted};
use crate::store::record::Outcome;

/// Longest `idempotency-key`, the bound that other services have.
const KEY_MAX: usize = 255;

/// Headers that say nothing of the request itself, or that must not be kept.
const ENDS_HERE: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::COOKIE,
    header::EXPECT,
    header::HOST,
    header::ORIGIN,
    header::REFERER,
    header::TRANSFER_ENCODING,
    HeaderName::from_static("prefer"),
    HeaderName::from_static("idempotency-key"),
];

/// What the client wishes for, when it wishes for a job and can have one.
pub fn wanted(context: &Context) -> Option<Prefer> {
    let known = context.headers.known();
    if !known.has(Known::Prefer) || !context.snapshot.config.queue.jobs {
        return None;
    }
    let can = matches!(context.operation, Operation::Create(_)) && context.caller.transport == Transport::Http;
    // A login that is forwarded is not kept: such a request is answered at once.
    let can = can && context.caller.shown != Shown::TagAndLogin;
    let values = known.values(Known::Prefer).filter_map(|value| value.to_str().ok());
    Some(prefer::read(values)).filter(|prefer| can && prefer.respond_async)
}

/// Makes it one.
pub async fn submit(mut context: Context, read: RequestBody, shape: Shape, prefer: Prefer) -> Response<AnswerBody> {
    let gateway = Arc::clone(context.settle.gateway());
    context.settle.record(|record| record.operation = "job".into());
    let submitted = match gateway.jobs().open(&gateway).await {
        Ok(jobs) => accept(jobs, &context, read).await.map(|taken| (jobs, taken)),
        Err(error) => Err(unusable(&error)),
    };
    let (jobs, row) = match submitted {
        Ok(taken) => taken,
        Err(problem) => return fail(context, &problem, shape, Outcome::Refused),
    };
    // Who waits here takes no place among the requests.
    let mut response = status::applied(status::accepted(&row), "respond-async");
    respond::stamp(response.headers_mut(), context.id, shape.protocol);
    note_answer(&mut context.settle, &response);
    context.settle.finish(Outcome::Completed);
    drop(context);
    let Some(wait) = prefer.wait.filter(|wait| *wait > Duration::ZERO) else { return response };
    jobs.wait(row.id, wait.min(prefer::WAIT_MAX)).await;
    match jobs.find(row.id, row.owner, true).await {
        Ok(Some(Found::Over(row, answer))) => status::applied(settled(&row, answer, shape), "wait"),
        _ => response,
    }
}

/// Stores it, or finds the one that was stored with the same key.
async fn accept(jobs: &Jobs, context: &Context, read: RequestBody) -> Result<JobRow, Problem> {
    let snapshot = &context.snapshot;
    let queue = &snapshot.config.queue;
    let agreed = terms::read(context.headers.map(), queue).map_err(|misread| {
        let text = Text::new(&text::HEADER_INVALID).with("name", misread.name).with("hint", misread.hint);
        Problem::request("TG346", Kind::InvalidRequest, 400, text)
    })?;
    let owner = owner(jobs.seal(), snapshot, context.headers.known(), context.caller.tag());
    let key = key(jobs, context, owner)?;
    affordable(jobs, context, &read)?;
    let row = row(jobs, context, &read, owner, &agreed);
    let content = Content::of(&headers(context), |_| true, read.bytes.clone());
    let new = NewJob { row: row.clone(), key, content };
    match jobs.submit(new, queue).await {
        Ok(Submitted::New) => Ok(row),
        Ok(Submitted::Same(before)) => Ok(*before),
        Ok(Submitted::Other) => {
            let text = Text::new(&text::KEY_REUSED);
            Err(Problem::request("TG341", Kind::InvalidRequest, 422, text))
        }
        Err(error) => Err(unusable(&error)),
    }
}

/// The job that a request is.
pub(super) fn row(jobs: &Jobs, context: &Context, read: &RequestBody, owner: Owner, agreed: &Agreed) -> JobRow {
    JobRow {
        id: JobId(context.id),
        owner,
        job: Job::accepted(wall(), agreed.lasts, agreed.terms),
        priority: agreed.priority,
        protocol: context.operation.protocol(),
        path: context.path.clone(),
        query: context.query.clone(),
        model: read.model.as_ref().map(|(model, _)| (**model).into()),
        stream: read.stream,
        run: context.caller.run.as_ref().map(|run| run.tag.clone()),
        named: context.caller.named.clone(),
        bytes: read.bytes.len() as u64,
        hash: jobs.seal().digest(&[b"body", context.path.as_bytes(), &read.bytes]),
        status: 0,
        reason: None,
        cost_micros: 0,
        last: None,
        changed_ms: clock::unix_ms(),
        read_ms: None,
        swept: false,
    }
}

/// The client's headers without what must not be kept, and with where its run is pinned to: the run may end first.
pub(super) fn headers(context: &Context) -> HeaderMap {
    let mut headers = context.headers.map().clone();
    for known in CREDENTIALS {
        headers.remove(known.name());
    }
    for name in &ENDS_HERE {
        headers.remove(name);
    }
    if let Some(run) = &context.caller.run {
        for (known, pin) in [(Known::Profile, &run.profile), (Known::Provider, &run.provider)] {
            if let Some(pin) = pin.as_deref().and_then(|pin| pin.parse().ok()) {
                headers.entry(known.name()).or_insert(pin);
            }
        }
    }
    headers
}

/// The client's name for this request, as a digest with his own.
fn key(jobs: &Jobs, context: &Context, owner: Owner) -> Result<Option<Digested>, Problem> {
    let Some(value) = context.headers.known().value(Known::IdempotencyKey) else { return Ok(None) };
    if value.is_empty() || value.len() > KEY_MAX {
        let text = Text::new(&text::KEY_INVALID).with("max", KEY_MAX);
        return Err(Problem::request("TG346", Kind::InvalidRequest, 400, text).about("idempotency-key"));
    }
    Ok(Some(jobs.seal().digest(&[b"key", &owner.0, value.as_bytes()])))
}

/// Whether the limits of money leave room for it, where prices are known.
fn affordable(jobs: &Jobs, context: &Context, read: &RequestBody) -> Result<(), Problem> {
    let (snapshot, queue) = (&context.snapshot, &context.snapshot.config.queue);
    let refused = |code, status, text| Problem {
        retry: Retry::Never,
        ..Problem::request(code, Kind::QuotaExhausted, status, text)
    };
    if queue.cost_per_day > 0 && jobs.has_spent(queue.cost_per_day) {
        let text = Text::new(&text::DAY_SPENT).with("most", dollars::format(queue.cost_per_day));
        return Err(refused("TG702", 429, text));
    }
    let model = read.model.as_ref().map_or("", |(model, _)| model);
    let size = Size {
        bytes: read.bytes.len() as u64,
        output_max: downgrade::output_max(context.operation.protocol(), &read.bytes),
    };
    let least = expected_cost::least(snapshot, model, size, clock::unix_ms() / 1_000);
    match least.filter(|micros| queue.cost_per_job > 0 && *micros > queue.cost_per_job) {
        None => Ok(()),
        Some(micros) => {
            let (cost, most) = (dollars::format(micros), dollars::format(queue.cost_per_job));
            let text = Text::new(&text::TOO_DEAR).with("cost", cost).with("most", most);
            Err(refused("TG701", 402, text))
        }
    }
}
