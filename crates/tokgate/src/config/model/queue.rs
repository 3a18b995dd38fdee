//! `[queue]`: requests whose clients do not wait.

use std::time::Duration;

use tokgate_policy::job::Retries;

/// `[queue]`: requests whose clients do not wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Whether `prefer: respond-async` makes a request a job. Default on.
    pub jobs: bool,
    /// Jobs that are not over. Default 1000.
    pub max: usize,
    /// Jobs tried at the same time. Default 4: a key takes a few requests at once, and people come first.
    pub at_once: usize,
    /// `strategy`, `first`, `factor`, `longest`. Default 5 s, 10 s, 20 s … 300 s.
    pub retries: Retries,
    /// Tries of one job. Default 8.
    pub tries: u32,
    /// How long a job may take in all. Default 1 h.
    pub deadline: Duration,
    /// Repeat a try that may have been answered when the gateway died. Default off.
    pub at_least_once: bool,
    /// What one job may cost, millionths of a US dollar; 0 is no limit. Default 5.00.
    pub cost_per_job: u64,
    /// What all jobs of a day may cost, millionths of a US dollar; 0 is no limit. Default 50.00.
    pub cost_per_day: u64,
    /// Whether an answer whose client left is kept for its retry. Default off.
    pub rescue: bool,
    /// Whether requests that failed are kept, sealed. Default off.
    pub keep_bodies: bool,
    /// Bytes of all contents kept. Default 256 MiB.
    pub max_size: u64,
    /// How long an answer waits to be read. Default 3 d.
    pub keep: Duration,
    /// How long it stays after that. Default 1 d.
    pub keep_read: Duration,
}

impl Default for Queue {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self {
            jobs: true,
            max: 1_000,
            at_once: 4,
            retries: Retries::default(),
            tries: 8,
            deadline: Duration::from_secs(3_600),
            at_least_once: false,
            cost_per_job: 5_000_000,
            cost_per_day: 50_000_000,
            rescue: false,
            keep_bodies: false,
            max_size: 256 << 20,
            keep: day * 3,
            keep_read: day,
        }
    }
}
