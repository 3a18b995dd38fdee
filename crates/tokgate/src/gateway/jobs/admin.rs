//! What a person does with jobs, through the admin socket.

use std::sync::Arc;

use tokgate_wire::downgrade;

use super::Jobs;
use crate::cli::error::{CliError, Text, exit};
use crate::clock;
use crate::config::dollars;
use crate::gateway::Gateway;
use crate::gateway::expected_cost::{self, Size};
use crate::i18n::queue as text;
use crate::process::admin::{QueueAsk, QueueTold};
use crate::store::jobs::{JobId, JobsError};

/// Does what is asked.
pub async fn answer(gateway: &Arc<Gateway>, asked: &QueueAsk) -> Result<QueueTold, CliError> {
    // Where there never was a job, looking for one makes no file.
    if gateway.jobs().opened().is_none() && !gateway.jobs().has_file() {
        return match asked {
            QueueAsk::Count | QueueAsk::Clear => Ok(QueueTold::default()),
            QueueAsk::Estimate { id } | QueueAsk::Retry { id } | QueueAsk::Drop { id } => Err(unknown(*id)),
        };
    }
    let jobs = gateway.jobs().open(gateway).await.map_err(|error| failed(&error))?;
    let (micros, done) = match asked {
        QueueAsk::Count => (None, 0),
        QueueAsk::Estimate { id } => (estimate(gateway, jobs, *id).await?, 1),
        QueueAsk::Retry { id } => {
            let most = gateway.snapshot().config.queue.cost_per_day;
            if jobs.spent_until(most).is_some() {
                return Err(spent(most));
            }
            let moved = jobs.retry(*id).await.map_err(|error| failed(&error))?;
            moved.map_err(|_| CliError::new("TG353", exit::FAILED, Text::new(&text::NOT_AGAIN).with("id", id)))?;
            (None, 1)
        }
        QueueAsk::Drop { id } => (None, remove(jobs, Some(*id)).await?),
        QueueAsk::Clear => (None, remove(jobs, None).await?),
    };
    Ok(QueueTold { counts: jobs.counts(), micros, done })
}

async fn estimate(gateway: &Gateway, jobs: &Jobs, id: JobId) -> Result<Option<u64>, CliError> {
    let kept = jobs.store().with(move |base| Ok((base.row(id)?, base.peek_request(id)?)));
    let (row, request) = kept.await.map_err(|error| failed(&error))?;
    let row = row.ok_or_else(|| unknown(id))?;
    let output_max = request.and_then(|request| downgrade::output_max(row.protocol, &request.body));
    let size = Size { bytes: row.bytes, output_max };
    let model = row.model.as_deref().unwrap_or_default();
    Ok(expected_cost::least(&gateway.snapshot(), model, size, clock::unix_ms() / 1_000))
}

async fn remove(jobs: &Jobs, id: Option<JobId>) -> Result<usize, CliError> {
    if let Some(id) = id {
        jobs.cancel(id).await.map_err(|error| failed(&error))?;
        // A try under way is written down as it ends.
        jobs.wait(id, std::time::Duration::from_secs(2)).await;
    }
    jobs.store().with(move |base| base.remove(id)).await.map_err(|error| failed(&error))
}

fn unknown(id: JobId) -> CliError {
    CliError::new("TG340", exit::USAGE, Text::new(&text::UNKNOWN).with("id", id)).run("tokgate queue list")
}

/// Nothing begins today any more: it would only wait.
fn spent(most: u64) -> CliError {
    CliError::new("TG702", exit::FAILED, Text::new(&text::DAY_SPENT).with("most", dollars::format(most)))
        .fix(&text::DAY_SPENT_FIX)
}

fn failed(error: &JobsError) -> CliError {
    CliError::new("TG609", exit::FAILED, Text::new(&text::STORE_FAILED).with_words("error", error.text()))
        .fix(error.fix())
}
