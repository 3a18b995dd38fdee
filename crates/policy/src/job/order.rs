//! Which job is next.

use std::time::Duration;

use super::state::Job;

/// How urgent a job is among jobs. Requests that somebody waits for come before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// First.
    High,
    /// Then these.
    #[default]
    Normal,
    /// Last.
    Low,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The name in headers and storage.
    pub const fn id(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// Reads [`Priority::id`] back, in upper or lower case.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.id().eq_ignore_ascii_case(id))
    }
}

/// The job to begin at `now`, and when there is something to do next. Of equal priority the one that is due longest.
pub fn next<'j, I: Copy + Ord>(
    jobs: impl Iterator<Item = (I, Priority, &'j Job)>,
    now: Duration,
) -> (Option<I>, Option<Duration>) {
    let mut best: Option<(Priority, Duration, I)> = None;
    let mut later: Option<Duration> = None;
    for (id, priority, job) in jobs {
        let Some(due) = job.due() else {
            later = sooner(later, job.wakes());
            continue;
        };
        if due <= now {
            let this = (priority, due, id);
            best = Some(best.map_or(this, |best| best.min(this)));
        } else {
            later = sooner(later, Some(due));
        }
    }
    (best.map(|(_, _, id)| id), later)
}

fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
