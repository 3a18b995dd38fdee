//! One try of a job: on the disk that it begins, down the line, the answer collected, on the disk what came of it.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use tokgate_policy::job::{Ending, Job, Settled, State};

use super::judge;
use super::{ANSWER_MAX, Jobs, wall};
use crate::clock;
use crate::gateway::{Gateway, expected_cost};
use crate::proxy::body::AnswerBody;
use crate::proxy::jobs::{Errand, errand};
use crate::proxy::live::{End, Live};
use crate::store::jobs::{Content, Ended, JobId, JobRow, JobsError};
use crate::store::record::Record;

/// Pause before the disk is tried again.
const DISK_PAUSE: Duration = Duration::from_secs(5);

/// Why the kept answer of a job is none of a provider's.
const TOO_LARGE: &str = "answer-too-large";
/// Why a job is not tried any more although tries are left.
const TOO_DEAR: &str = "cost-per-job";

/// What came of a try.
struct Tried {
    ending: Ending,
    status: StatusCode,
    headers: HeaderMap,
    record: Option<Record>,
    reason: Option<Box<str>>,
}

/// Carries out one try of a job whose state says already that it runs.
pub(super) async fn carry_out(jobs: Arc<Jobs>, gateway: Arc<Gateway>, id: JobId) {
    let known = {
        let index = jobs.index.lock();
        index.jobs.get(&id).map(|entry| (entry.row.clone(), Arc::clone(&entry.live), Arc::clone(&entry.stop)))
    };
    if let Some((row, live, stop)) = known {
        let job = row.job;
        match jobs.store.with(move |base| base.begin(id, &job, clock::unix_ms())).await {
            Ok(content) => {
                let tried = tokio::select! {
                    tried = attempt(&gateway, &row, content, &live) => Some(tried),
                    () = stop.notified() => None,
                };
                live.close(if tried.as_ref().is_some_and(|it| it.ending == Ending::Answered) {
                    End::Whole
                } else {
                    End::Cut
                });
                conclude(&jobs, &gateway, id, tried, &live).await;
            }
            Err(error) => not_begun(&jobs, id, &error).await,
        }
    }
    jobs.index.lock().running -= 1;
    jobs.ended.notify_waiters();
    jobs.changed.notify_one();
}

/// Sends it down the line and collects the answer.
async fn attempt(gateway: &Arc<Gateway>, row: &JobRow, content: Content, live: &Live) -> Tried {
    let left = row.job.deadline.saturating_sub(wall());
    let nothing = |ending, reason: Option<&str>| Tried {
        ending,
        status: StatusCode::default(),
        headers: HeaderMap::new(),
        record: None,
        reason: reason.map(Into::into),
    };
    let work = async {
        let Errand { response, record } = errand(gateway, row, content).await;
        let (parts, fits) = collect(response, live).await;
        let record = record.await.ok();
        let Some(known) = &record else { return nothing(Ending::Failed(None), None) };
        let stopping = gateway.is_draining() && (gateway.is_ending() || known.attempts.is_empty());
        let ending = match fits {
            true => judge::ending(known, parts.status, &parts.headers, stopping),
            false => Ending::Refused,
        };
        let reason = if fits { reason(known) } else { Some(TOO_LARGE.into()) };
        Tried { ending, status: parts.status, headers: parts.headers, record, reason }
    };
    tokio::time::timeout(left, Box::pin(work)).await.unwrap_or_else(|_| nothing(Ending::OutOfTime, Some("deadline")))
}

/// Reads the answer to its end; false when it grew too large.
async fn collect(response: Response<AnswerBody>, live: &Live) -> (http::response::Parts, bool) {
    let (parts, mut body) = response.into_parts();
    if parts.status.is_success() {
        live.open((parts.status, parts.headers.clone()));
    }
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { break };
        let Ok(data) = frame.into_data() else { continue };
        if !live.push(data, ANSWER_MAX) {
            return (parts, false);
        }
    }
    (parts, true)
}

/// A row of the failure table or a code of ours.
fn reason(record: &Record) -> Option<Box<str>> {
    let failed = record.attempts.last().map(|last| &*last.result).filter(|row| *row != crate::store::record::OK);
    failed.or(record.error.as_deref()).map(Into::into)
}

/// Writes down what came of it. `None`: it was taken back.
async fn conclude(jobs: &Arc<Jobs>, gateway: &Gateway, id: JobId, tried: Option<Tried>, live: &Live) {
    let now = wall();
    let cost = tried.as_ref().and_then(|tried| tried.record.as_ref()?.cost.as_ref()).and_then(expected_cost::dollars);
    let cost = cost.unwrap_or_default();
    let Some(row) = jobs.index.lock().jobs.get(&id).map(|entry| entry.row.clone()) else { return };
    let mut job = row.job;
    let mut ended = Ended { cost_micros: cost, ..Ended::default() };
    if let Some(tried) = tried {
        // Cancelled in this very moment stays cancelled.
        let _ = job.ended(now, tried.ending);
        ended.last = tried.record.as_ref().map(|record| record.id);
        ended.reason = tried.reason;
        let most = gateway.snapshot().config.queue.cost_per_job;
        if !job.is_settled() && most > 0 && row.cost_micros.saturating_add(cost) >= most {
            job.state = State::Settled(Settled::Failed);
            ended.reason = Some(TOO_DEAR.into());
        }
        if job.is_settled() && tried.record.is_some() {
            ended.status = tried.status.as_u16();
            ended.answer = Some(Content::of(&tried.headers, |name| name != "connection", live.body()));
        }
    }
    let ended = Arc::new(ended);
    write(jobs, id, job, &ended).await;
    jobs.index.lock().spend(cost);
    settle(jobs, id, job, &ended);
}

/// Writes it however long that takes: an answer that was paid for is not thrown away because the disk is full now.
async fn write(jobs: &Jobs, id: JobId, job: Job, ended: &Arc<Ended>) {
    loop {
        let (ended, now) = (Arc::clone(ended), clock::unix_ms());
        match jobs.store.with(move |base| base.ended(id, &job, &ended, now)).await {
            Ok(()) | Err(JobsError::Away) => return,
            Err(error) => tracing::error!(code = "TG609", %error, job = %id, "the answer of a job waits for the disk"),
        }
        tokio::time::sleep(DISK_PAUSE).await;
    }
}

/// What everybody sees from now on.
fn settle(jobs: &Jobs, id: JobId, job: Job, ended: &Ended) {
    if job.is_settled() {
        jobs.leave(id);
    } else if let Some(entry) = jobs.index.lock().jobs.get_mut(&id) {
        entry.row.job = job;
        entry.row.reason.clone_from(&ended.reason);
        entry.row.cost_micros += ended.cost_micros;
        entry.row.last = ended.last.or(entry.row.last);
    }
}

/// The request cannot be read, or it could not be written down that it begins: nothing has been sent.
async fn not_begun(jobs: &Arc<Jobs>, id: JobId, error: &JobsError) {
    tracing::error!(code = "TG609", %error, job = %id, "a job could not be begun");
    let Some(mut job) = jobs.index.lock().jobs.get(&id).map(|entry| entry.row.job) else { return };
    if matches!(error, JobsError::Unreadable) {
        let _ = job.ended(wall(), Ending::Refused);
        let ended = Arc::new(Ended { reason: Some("unreadable".into()), ..Ended::default() });
        write(jobs, id, job, &ended).await;
        return settle(jobs, id, job, &ended);
    }
    let _ = job.ended(wall(), Ending::Unasked);
    if let State::Accepted = job.state {
        job.state = State::Waiting(Some(wall().saturating_add(DISK_PAUSE)));
    }
    settle(jobs, id, job, &Ended::default());
}
