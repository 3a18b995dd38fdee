//! How a job is, as its client hears it.

use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use serde_json::json;
use tokgate_policy::job::State;
use tokgate_wire::path::JOBS;

use super::{APPLIED, JOB, STATE};
use crate::gateway::jobs::wall;
use crate::proxy::body::AnswerBody;
use crate::store::jobs::{Content, JobId, JobRow};

/// What a client is told to wait at least and at most before it asks again, seconds.
const AGAIN: std::ops::RangeInclusive<u64> = 1..=59;
/// The same while a try is under way.
const AGAIN_RUNNING: u64 = 2;

/// Where it is found: under the run or name that it was submitted under.
pub(super) fn location(row: &JobRow) -> String {
    let tag = match (&row.run, &row.named) {
        (Some(run), _) => format!("/r/{run}"),
        (None, Some(name)) => format!("/c/{name}"),
        (None, None) => String::new(),
    };
    format!("{tag}{JOBS}{}", row.id)
}

/// It is not over: 202, and when to ask again.
pub(super) fn accepted(row: &JobRow) -> Response<AnswerBody> {
    let mut response = json(StatusCode::ACCEPTED, row);
    let headers = response.headers_mut();
    let again = match row.job.due() {
        None => AGAIN_RUNNING,
        Some(due) => due.saturating_sub(wall()).as_secs().saturating_add(1),
    };
    headers.insert(header::RETRY_AFTER, again.clamp(*AGAIN.start(), *AGAIN.end()).into());
    if let Ok(location) = HeaderValue::from_str(&location(row)) {
        headers.insert(header::LOCATION, location);
    }
    response
}

/// As JSON.
pub(super) fn json(status: StatusCode, row: &JobRow) -> Response<AnswerBody> {
    let seconds = |since: Duration| since.as_secs();
    let next = match row.job.state {
        State::Waiting(until) => until.map(seconds),
        State::Accepted | State::Running | State::Settled(_) => None,
    };
    let body = json!({
        "object": "job",
        "id": row.id.to_string(),
        "status": row.job.state.id(),
        "model": row.model,
        "tries": row.job.tries,
        "reason": row.reason,
        "created_at": seconds(row.job.accepted),
        "deadline_at": seconds(row.job.deadline),
        "next_try_at": next,
        "last_request": row.last.map(|last| last.to_string()),
    });
    let mut response = Response::new(AnswerBody::fixed(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    named(headers, row.id, row.job.state);
    response
}

/// The stored answer, as its client would have got it.
pub(super) fn stored(row: &JobRow, answer: Content) -> Response<AnswerBody> {
    let mut headers = answer.header_map();
    named(&mut headers, row.id, row.job.state);
    let mut response = Response::new(AnswerBody::fixed(answer.body));
    *response.status_mut() = StatusCode::from_u16(row.status).unwrap_or_default();
    *response.headers_mut() = headers;
    response
}

/// Says which job it is, and where that is.
pub(super) fn named(headers: &mut HeaderMap, id: JobId, state: State) {
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(JOB, id);
    }
    headers.insert(STATE, HeaderValue::from_static(state.id()));
}

/// Says that what was wished for was done.
pub(super) fn applied(mut response: Response<AnswerBody>, what: &'static str) -> Response<AnswerBody> {
    response.headers_mut().insert(APPLIED, HeaderValue::from_static(what));
    response
}
