//! `GET`, `DELETE /tokgate/v1/jobs/ID`: for whoever submitted it, and nobody else.

use std::sync::Arc;

use http::request::Parts;
use http::{Method, Response, StatusCode};
use tokgate_policy::job::{Settled, State};
use tokgate_wire::error::Kind;

use super::{owner, status};
use crate::clock;
use crate::gateway::Gateway;
use crate::gateway::jobs::{Found, Jobs, has_answer};
use crate::gateway::snapshot::Snapshot;
use crate::i18n::{Text, jobs as text, queue};
use crate::proxy::body::AnswerBody;
use crate::proxy::context::Transport;
use crate::proxy::identify::Known;
use crate::proxy::live::Live;
use crate::proxy::names::Heads;
use crate::proxy::respond::{self, Problem, Retry, Shape};
use crate::store::jobs::{Content, JobId, JobRow, JobsError};
use crate::store::record::RequestId;

/// How much of what is asked for and unknown is repeated: a number is shorter.
const ID_SHOWN: usize = 32;

/// Answers a call about the job `id`.
pub async fn answer(
    gateway: &Arc<Gateway>,
    snapshot: &Snapshot,
    known: &Known<'_>,
    id: &str,
    head: &Parts,
    shape: Shape,
) -> Response<AnswerBody> {
    let refuse = |problem: &Problem| respond::answer(problem, shape, RequestId::next(clock::unix_ms()));
    let unknown = || unknown(id);
    let Ok(id) = id.parse::<JobId>() else { return refuse(&unknown()) };
    // Where there never was a job, asking for one does not make a file.
    if gateway.jobs().opened().is_none() && !gateway.jobs().has_file() {
        return refuse(&unknown());
    }
    let jobs = match gateway.jobs().open(gateway).await {
        Ok(jobs) => jobs,
        Err(error) => return refuse(&unusable(&error)),
    };
    let caller = known.caller(Transport::Http);
    let mine = owner(jobs.seal(), snapshot, Heads::of(&head.headers), caller.tag());
    let found = match jobs.find(id, mine, head.method == Method::GET).await {
        Ok(found) => found,
        Err(error) => return refuse(&unusable(&error)),
    };
    let Some(found) = found else { return refuse(&unknown()) };
    if head.method == Method::DELETE {
        return cancelled(jobs, id, found).await.unwrap_or_else(|error| refuse(&unusable(&error)));
    }
    match found {
        // Its try is still being ended; that it was taken back was told already.
        Found::Under(row, _) if row.job.state == State::Settled(Settled::Cancelled) => {
            settled(&row, None, Shape { protocol: row.protocol, ..shape })
        }
        Found::Under(row, live) => under(&row, &live, head),
        Found::Over(row, answer) => settled(&row, answer, Shape { protocol: row.protocol, ..shape }),
    }
}

/// Not over: how it is, or the answer as it comes.
fn under(row: &JobRow, live: &Arc<Live>, head: &Parts) -> Response<AnswerBody> {
    let Some((code, headers)) = live.head_now().filter(|_| row.stream && wants_stream(head)) else {
        return status::accepted(row);
    };
    let mut response = Response::new(live.follow());
    *response.status_mut() = code;
    *response.headers_mut() = headers;
    status::named(response.headers_mut(), row.id, row.job.state);
    response
}

/// `?stream=1`
fn wants_stream(head: &Parts) -> bool {
    let query = head.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "stream" && (value == "1" || value == "true"))
}

async fn cancelled(jobs: &Jobs, id: JobId, found: Found) -> Result<Response<AnswerBody>, JobsError> {
    let mut row = match found {
        Found::Under(row, _) | Found::Over(row, _) => row,
    };
    jobs.cancel(id).await?;
    let _ = row.job.cancel();
    Ok(status::json(StatusCode::OK, &row))
}

fn unknown(id: &str) -> Problem {
    // Of what is no number only what a number could hold is repeated: it may be a page's idea of markup.
    let harmless = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '?' };
    let id = id.chars().take(ID_SHOWN).map(harmless).collect::<String>();
    Problem::request("TG340", Kind::NotFound, 404, Text::new(&text::UNKNOWN).with("id", id))
}

/// It is over, and there is nothing to show.
fn over(row: &JobRow) -> Problem {
    let id = row.id;
    let reason = queue::reason(row.reason.as_deref().unwrap_or("?"));
    let never =
        |code, kind, status, text| Problem { retry: Retry::Never, ..Problem::request(code, kind, status, text) };
    match row.job.state {
        State::Settled(Settled::Unknown) if !row.swept => {
            never("TG343", Kind::Upstream, 502, Text::new(&text::MAYBE).with("id", id))
        }
        State::Settled(Settled::Failed) if !row.swept => never(
            "TG344",
            Kind::Upstream,
            502,
            Text::new(&text::UNANSWERED).with("id", id).with_words("reason", reason),
        ),
        state => {
            let state = queue::state(if row.swept { "expired" } else { state.id() });
            never("TG342", Kind::NotFound, 410, Text::new(&text::GONE).with("id", id).with_words("state", state))
        }
    }
}

/// The store refuses, or cannot be used.
pub(super) fn unusable(error: &JobsError) -> Problem {
    let (code, status, text) = match error {
        JobsError::Full => ("TG345", 507, Text::new(&text::FULL)),
        JobsError::DiskFull => ("TG605", 507, Text::new(&text::DISK_FULL)),
        error => {
            tracing::error!(code = "TG609", %error, "jobs cannot be stored");
            ("TG609", 507, Text::new(&text::UNUSABLE).with_words("reason", error.text()))
        }
    };
    Problem { retry: Retry::Never, ..Problem::request(code, Kind::Unavailable, status, text) }
}

/// A job that was taken: what its client gets when it asks at once.
pub(super) fn settled(row: &JobRow, answer: Option<Content>, shape: Shape) -> Response<AnswerBody> {
    match answer.filter(|_| has_answer(row)) {
        Some(answer) => status::stored(row, answer),
        None => {
            let mut response = respond::answer(&over(row), shape, RequestId::next(clock::unix_ms()));
            status::named(response.headers_mut(), row.id, row.job.state);
            response
        }
    }
}
