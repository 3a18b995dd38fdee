//! renewal: a key that was refused may have another value by now where it is kept: a file that was written anew, a
//! program whose tokens end.

use tokgate_policy::classify::{KeyEffect, Phase};

use super::super::classify::Fault;
use super::{Attempt, Attempting};

impl Attempting {
    /// What a try failed for, once it is known whether the key that was refused has been replaced where it is kept.
    pub(super) async fn looked_into(&mut self, attempt: &Attempt, fault: Fault, phase: Phase) -> Fault {
        let about_key = matches!(fault.verdict(phase).key, KeyEffect::Quarantine | KeyEffect::Suspect);
        let Some(held) = attempt.held.as_ref().filter(|_| about_key) else { return fault };
        let provider = self.context.snapshot.providers.get(attempt.target.provider);
        let key = attempt.target.key.and_then(|key| provider?.keys.get(key));
        let renewed = match key {
            Some(key) => Box::pin(key.is_renewed(held, self.context.settle.gateway().redactor())).await,
            None => false,
        };
        if renewed && self.context.settle.key_renewed() { Fault::KeyOutdated(Box::new(fault)) } else { fault }
    }
}
