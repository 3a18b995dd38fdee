//! What is to be done next for a request, where, and how it ended.

use std::sync::Arc;
use std::time::Duration;

use super::Patience;
use crate::classify::Verdict;
use crate::refusal::GiveUp;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Send the request there.
    Try(Target),
    /// Ask again then.
    Wait {
        /// In the engine's time.
        until: Duration,
    },
    /// Tell the client.
    GiveUp(GiveUp),
}

/// Where an attempt goes. Indexes are those of [`Flight::params`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The provider.
    pub provider: usize,
    /// Its key; `None` when it needs none.
    pub key: Option<usize>,
    /// The model to send; `None` leaves it as asked.
    pub model: Option<Arc<str>>,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// A connection that was not used before must be taken.
    pub fresh: bool,
    /// What the provider has been found not to take, in the shell's words; `None`: nothing.
    pub lacks: Option<Arc<[Arc<str>]>>,
    /// Tokens that its answer may have, at most.
    pub max_output_tokens: Option<u32>,
    /// The provider could not verify opaque reasoning in this request: it gets none.
    pub without_reasoning: bool,
    /// Less is waited for it than is configured; `None`: no less.
    pub patience: Option<Patience>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The answer was complete.
    Success,
    /// It failed.
    Failed(Verdict),
    /// The client went away, or the gateway stops.
    Cancelled,
}
