//! One provider this request may go to, and what has become of the request there.

use std::sync::Arc;
use std::time::Duration;

/// One provider this request may go to.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) provider: usize,
    /// The profile it belongs to; none when a provider was named.
    pub(crate) profile: usize,
    /// The model to send; `None` leaves it as asked.
    pub(crate) model: Option<Arc<str>>,
    /// Hash of the name that is sent.
    pub(crate) model_hash: u64,
    /// The place of the key that is the caller's own login, when this request goes with that.
    pub(crate) own_login: Option<usize>,
    /// Not asked again, except by `retry`.
    pub(crate) closed: bool,
    /// Attempts here, whatever came of them.
    pub(crate) tries: u32,
    /// Those that say something about the provider.
    pub(crate) counted: u32,
    /// Its model's context window, tokens: found out once a request was too long for somebody.
    pub(crate) context: Option<u64>,
    /// The breaker has counted this request's failure: one request is one piece of evidence.
    pub(crate) judged: bool,
    pub(crate) retried: bool,
    pub(crate) retry: Option<RetryPlan>,
    /// What it refused of this request; learned when the request succeeds without.
    pub(crate) refused: Vec<Arc<str>>,
    /// Of these, how many were new with the last refusal.
    pub(crate) refused_now: usize,
    /// It could not verify the opaque reasoning in this request.
    pub(crate) without_reasoning: bool,
    /// That came out with the last refusal.
    pub(crate) reasoning_now: bool,
    /// How often it did.
    pub(crate) refusals: u32,
    /// Keys that were sent again with another value.
    pub(crate) renewed: Vec<usize>,
    /// One of them was replaced with the last refusal.
    pub(crate) renewed_now: bool,
    /// Where the strategy put it; what that means is the strategy's.
    pub(crate) rank: f64,
    /// It did much worse than the others lately and gets less.
    pub(crate) outlier: bool,
    /// What the strategy looked at, for people: percent, requests, milliseconds, millionths of a dollar.
    pub(crate) figure: Option<u64>,
}

/// Another try at the same provider, for when nobody else is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPlan {
    pub(crate) key: Option<usize>,
    pub(crate) not_before: Duration,
    pub(crate) fresh: bool,
}
