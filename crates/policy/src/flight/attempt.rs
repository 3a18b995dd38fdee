//! One attempt: as it was decided, and while it is under way.

use std::time::Duration;

use super::{Outcome, Target};
use crate::classify::KeyEffect;

/// One attempt that was decided.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) place: usize,
    pub(crate) key: Option<usize>,
    /// The attempt tests a key that was set aside.
    pub(crate) test: bool,
    /// It was made although the provider is left alone or rests: nobody else was there.
    pub(crate) last_resort: bool,
    /// Less was waited for it than usual, as it had failed so often in a row.
    pub(crate) impatient_after: Option<u32>,
    pub(crate) outcome: Option<Outcome>,
    /// Until when its key, or its provider, was told to rest: kept here too, as a newer configuration may no longer know
    /// it, and what a caller's own login met rests nowhere else.
    pub(crate) told_until: Duration,
    /// When the upstream wants to be asked again, where its answer named that.
    pub(crate) asked_until: Option<Duration>,
}

impl Attempt {
    /// What its failure did to the key, or to the provider for the model.
    pub(crate) fn effect(&self) -> Option<KeyEffect> {
        match self.outcome {
            Some(Outcome::Failed(verdict)) => Some(verdict.key),
            Some(Outcome::Success | Outcome::Cancelled) | None => None,
        }
    }
}

/// The attempt that is under way.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) place: usize,
    /// What the provider's breaker wants to see again with the result.
    pub(crate) epoch: u64,
    pub(crate) started: Duration,
    pub(crate) target: Target,
    pub(crate) test: bool,
    /// Its first event is there.
    pub(crate) began: bool,
    /// It came from another provider.
    pub(crate) moved: bool,
    /// The profile's budget was spent on it.
    pub(crate) paid: bool,
}
