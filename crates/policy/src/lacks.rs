//! What a provider has been found not to take, per model: learned from its own refusals, proven by the success of the
//! request without it, and forgotten again, because providers learn too.

mod memory;

use std::sync::Arc;
use std::time::Duration;

/// How long a lack is believed. Relays follow new clients within days; learning it again costs one refused request.
pub const LEARNED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Lacks remembered of one provider, over all models; the oldest goes first.
const LEARNED_MAX: usize = 128;

/// Refusals that one request takes from one provider: each names at least one thing that was still in the request.
pub(crate) const REFUSALS_MAX: u32 = 8;

/// One thing that a provider does not take of one model's requests. What it is means nothing here.
#[derive(Debug, Clone)]
pub(crate) struct Lack {
    pub(crate) what: Arc<str>,
    pub(crate) model: Arc<str>,
    model_hash: u64,
    pub(crate) until: Duration,
}

/// The lacks of one provider.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learned(Vec<Lack>);

impl Learned {
    /// Remembers one from now on.
    pub(crate) fn learn(&mut self, now: Duration, model: &Arc<str>, model_hash: u64, what: &Arc<str>) {
        self.0.retain(|lack| lack.until > now && (lack.model_hash, &lack.what) != (model_hash, what));
        if self.0.len() >= LEARNED_MAX {
            self.0.remove(0);
        }
        let (what, model) = (Arc::clone(what), Arc::clone(model));
        self.0.push(Lack { what, model, model_hash, until: now + LEARNED_FOR });
    }

    /// What is lacked for a model.
    pub(crate) fn of(&self, now: Duration, model_hash: u64) -> impl Iterator<Item = &Arc<str>> {
        let holds = move |lack: &&Lack| lack.model_hash == model_hash && lack.until > now;
        self.0.iter().filter(holds).map(|lack| &lack.what)
    }

    /// All that holds.
    pub(crate) fn all(&self, now: Duration) -> impl Iterator<Item = &Lack> {
        self.0.iter().filter(move |lack| lack.until > now)
    }

    /// Forgets everything; how much it was.
    pub(crate) fn forget(&mut self) -> usize {
        std::mem::take(&mut self.0).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_holds_for_its_model_and_for_its_time() {
        let (mut learned, model, what) = (Learned::default(), Arc::from("m"), Arc::from("speed"));
        let now = Duration::from_secs(1);
        learned.learn(now, &model, 7, &what);
        assert_eq!(learned.of(now, 7).collect::<Vec<_>>(), [&what]);
        assert_eq!(learned.of(now, 8).count(), 0);
        assert_eq!(learned.of(now + LEARNED_FOR, 7).count(), 0);
        learned.learn(now + LEARNED_FOR, &model, 7, &what);
        assert_eq!((learned.0.len(), learned.forget(), learned.0.len()), (1, 1, 0));
    }

    #[test]
    fn no_provider_fills_the_memory_with_what_it_lacks() {
        let mut learned = Learned::default();
        for index in 0..LEARNED_MAX as u64 + 5 {
            learned.learn(Duration::ZERO, &Arc::from("m"), index, &Arc::from("x"));
        }
        assert_eq!(learned.0.len(), LEARNED_MAX);
        assert_eq!((learned.of(Duration::ZERO, 0).count(), learned.of(Duration::ZERO, 5).count()), (0, 1));
    }
}
