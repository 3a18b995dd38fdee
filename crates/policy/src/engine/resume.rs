//! The machine wakes up, or is in another network: what was learned of the way to providers is old.

use std::time::Duration;

use super::Engine;

/// Failures this soon afterwards are those of connections that died meanwhile, or of a network that is not up yet.
const GRACE: Duration = Duration::from_secs(10);

impl Engine {
    /// The machine has woken up or changed its network. Providers that were left alone are tried again, and failures of
    /// the next moments say nothing about them.
    pub fn resumed(&mut self, now: Duration) {
        self.resumed_at = Some(now);
        for state in self.states.iter_mut().chain(self.absent.iter_mut()) {
            state.breaker.resumed();
        }
    }

    /// Whether a failure of an attempt that started then says nothing about its provider.
    pub(super) fn is_forgiven(&self, now: Duration, started: Duration) -> bool {
        self.resumed_at.is_some_and(|at| started < at || now < at + GRACE)
    }
}
