//! What requests may have cost: attempts whose provider may have billed for them, against the requests they were made for.

use std::time::Duration;

use tokgate_policy::classify::Certainty;
use tokgate_policy::engine::Outcome;

use crate::invariant::{self, Violation};
use crate::request::Tried;

/// The time in which they are compared.
const WINDOW: Duration = Duration::from_secs(60);

/// Of a world.
#[derive(Debug, Default)]
pub(crate) struct Exposure {
    came: Vec<Duration>,
    ended: Vec<Duration>,
    /// When the attempts began that may have been billed.
    exposed: Vec<Duration>,
}

/// The most that was spent beyond one attempt for each request, in any minute.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Peak {
    pub(crate) exposed: usize,
    /// Requests that were under way at some moment of that minute.
    pub(crate) requests: usize,
}

impl Peak {
    /// How much above 1.3 attempts for a request, in tenths of an attempt.
    pub(crate) fn above(self) -> i64 {
        let tenths = |count: usize, tenths: i64| i64::try_from(count).unwrap() * tenths;
        tenths(self.exposed, 10) - tenths(self.requests, 13)
    }
}

impl Exposure {
    /// A request that began to be served is over.
    pub(crate) fn ended(&mut self, came: Duration, ended: Duration) {
        self.came.push(came);
        self.ended.push(ended);
    }

    /// An attempt is over.
    pub(crate) fn tried(&mut self, tried: &Tried) {
        if is_exposed(tried) {
            self.exposed.push(tried.began);
        }
    }

    /// I9, in every minute.
    pub(crate) fn check(&mut self) -> Result<Peak, Violation> {
        for times in [&mut self.came, &mut self.ended, &mut self.exposed] {
            times.sort_unstable();
        }
        let mut peak = Peak::default();
        for (number, at) in self.exposed.iter().copied().enumerate() {
            let from = at.saturating_sub(WINDOW);
            let until = |times: &[Duration], moment: Duration| times.partition_point(|it| *it <= moment);
            let exposed = number + 1 - until(&self.exposed[..=number], from);
            let requests = until(&self.came, at) - until(&self.ended, from);
            invariant::i9_little_is_billed_twice(at, exposed, requests)?;
            if (Peak { exposed, requests }).above() > peak.above() {
                peak = Peak { exposed, requests };
            }
        }
        Ok(peak)
    }
}

/// Whether its provider may have billed it: it was answered or began to be, or nobody knows what became of it. Who says no
/// bills nothing.
fn is_exposed(tried: &Tried) -> bool {
    match tried.outcome {
        Some(Outcome::Success | Outcome::Cancelled) => true,
        Some(Outcome::Failed(verdict)) => verdict.ambiguous || verdict.certainty == Certainty::Committed,
        None => false,
    }
}
