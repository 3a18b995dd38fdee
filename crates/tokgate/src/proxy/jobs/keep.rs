//! A request that failed is put aside, where that is wanted: so that a person can have it repeated. It lies there like a
//! job that failed; nothing begins by itself.

use std::sync::Arc;

use tokgate_policy::job::{Settled, State};

use super::owner;
use super::submit::{headers, row};
use super::terms;
use crate::gateway::jobs::Jobs;
use crate::proxy::attempt::Attempting;
use crate::proxy::context::{Operation, Transport};
use crate::proxy::identify::Shown;
use crate::store::jobs::{Content, NewJob};

/// Puts it aside, if it is one that may be kept. Nobody waits for that.
pub fn keep(attempting: &Attempting) {
    let context = &attempting.context;
    let may = context.snapshot.config.queue.keep_bodies
        && matches!(context.operation, Operation::Create(_))
        && context.caller.transport != Transport::Job
        && context.caller.shown != Shown::TagAndLogin;
    if !may {
        return;
    }
    let gateway = Arc::clone(context.settle.gateway());
    match gateway.jobs().opened() {
        Some(jobs) => put_aside(jobs, attempting),
        // The file is opened when the configuration asks for it; until then nothing can be kept.
        None => tracing::debug!(request_id = %context.id, "not kept: the job store is not open yet"),
    }
}

fn put_aside(jobs: &Arc<Jobs>, attempting: &Attempting) {
    let (context, body) = (&attempting.context, attempting.body());
    let queue = &context.snapshot.config.queue;
    let owner = owner(jobs.seal(), &context.snapshot, context.headers.known(), context.caller.tag());
    let mut row = row(jobs, context, body, owner, &terms::usual(queue));
    row.job.state = State::Settled(Settled::Failed);
    row.last = Some(context.id);
    let failed = |last: &crate::store::record::AttemptRecord| last.result.as_ref().into();
    row.reason = context.settle.with_record(None, |record| record.attempts.last().map(failed));
    let content = Content::of(&headers(context), |_| true, attempting.sent().clone());
    let (jobs, id, most) = (Arc::clone(jobs), context.id, queue.max_size);
    let new = NewJob { row, key: None, content };
    tokio::spawn(async move {
        if let Err(error) = jobs.store().with(move |base| base.put_aside(&new, most)).await {
            tracing::warn!(code = "TG609", %error, request_id = %id, "a failed request could not be kept");
        }
    });
}
