//! Where jobs are handed in. Nothing of it exists until there is one: no file, no thread, no task.

use std::fmt;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::{DAY_MS, Jobs, conductor};
use crate::clock;
use crate::gateway::Gateway;
use crate::i18n::Text;
use crate::store::jobs::{JobStore, JobsError, Places, unusable};

/// The jobs, once there are any.
#[derive(Default)]
pub struct Desk {
    places: OnceLock<Places>,
    jobs: OnceCell<Arc<Jobs>>,
    /// Why they could not be opened, the last time.
    failed: Mutex<Option<Text>>,
}

impl Desk {
    /// Says where the files are. Later calls change nothing.
    pub fn set_places(&self, places: Places) {
        let _ = self.places.set(places);
    }

    /// Whether there are jobs of before.
    pub fn has_file(&self) -> bool {
        self.places.get().is_some_and(Places::exist)
    }

    /// The jobs, if there has been one since the start or before it.
    pub fn opened(&self) -> Option<&Arc<Jobs>> {
        self.jobs.get()
    }

    /// What is wrong with their file, or was when it was damaged.
    pub fn problem(&self) -> Option<Text> {
        match self.opened() {
            Some(jobs) => jobs.store().problem(),
            None => self.failed.lock().clone(),
        }
    }

    /// The jobs; the file is made when there is none.
    pub async fn open(&self, gateway: &Arc<Gateway>) -> Result<&Arc<Jobs>, JobsError> {
        let opened = self.try_open(gateway).await;
        if let Err(error) = &opened {
            *self.failed.lock() = Some(unusable(error));
        }
        opened
    }

    async fn try_open(&self, gateway: &Arc<Gateway>) -> Result<&Arc<Jobs>, JobsError> {
        self.jobs
            .get_or_try_init(async || {
                let places = self.places.get().cloned().ok_or(JobsError::Away)?;
                let now = clock::unix_ms();
                let start = move || JobStore::start(&places, now);
                let (store, live) = tokio::task::spawn_blocking(start).await.map_err(|_| JobsError::Away)??;
                let known = move |base: &mut crate::store::jobs::Base| {
                    let seal = base.seal().cloned().ok_or(JobsError::Unreadable)?;
                    Ok((seal, base.spent_on_day(now)?))
                };
                let (seal, spent) = store.with(known).await?;
                let jobs = Arc::new(Jobs::new(store, seal, live, (now / DAY_MS, spent)));
                tokio::spawn(conductor::conduct(Arc::clone(&jobs), Arc::downgrade(gateway)));
                Ok(jobs)
            })
            .await
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("opened", &self.jobs.initialized()).finish_non_exhaustive()
    }
}
