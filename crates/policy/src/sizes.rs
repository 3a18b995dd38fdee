//! The size of request a provider has been found to refuse, per model: learned from its own 413, so that the next request
//! of that size does not travel there in vain; unlearned by the first one that is taken, and forgotten after a day.

use std::sync::Arc;
use std::time::Duration;

use crate::lacks::LEARNED_FOR;
use crate::memory::{Calendar, SizeMemory};

/// Models remembered of one provider; the oldest goes first.
const MODELS_MAX: usize = 32;

/// So long after a refusal the same is expected for certain. Later, where nobody else takes it, one request finds out:
/// proxies in front of providers are reconfigured, and a day without an answer is too long.
const CERTAIN_FOR: Duration = Duration::from_secs(600);

/// The smallest request of a model that was refused.
#[derive(Debug, Clone)]
pub(crate) struct TooLarge {
    pub(crate) model: Arc<str>,
    model_hash: u64,
    /// Bytes of its body.
    pub(crate) bytes: u64,
    /// When one was refused last.
    at: Duration,
    pub(crate) until: Duration,
}

impl TooLarge {
    /// Whether it needs no proof.
    pub(crate) fn is_certain(&self, now: Duration) -> bool {
        self.at + CERTAIN_FOR > now
    }
}

/// What one provider refused for its size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sizes(Vec<TooLarge>);

impl Sizes {
    /// A request of so many bytes was refused.
    pub(crate) fn refused(&mut self, now: Duration, model: &Arc<str>, model_hash: u64, bytes: u64) {
        let known = self.of(now, model_hash).map_or(bytes, |known| known.bytes.min(bytes));
        self.0.retain(|it| it.until > now && it.model_hash != model_hash);
        if self.0.len() >= MODELS_MAX {
            self.0.remove(0);
        }
        let model = Arc::clone(model);
        self.0.push(TooLarge { model, model_hash, bytes: known, at: now, until: now + LEARNED_FOR });
    }

    /// A request of so many bytes was answered: what was believed of such is wrong by now.
    pub(crate) fn taken(&mut self, model_hash: u64, bytes: u64) {
        self.0.retain(|it| it.model_hash != model_hash || it.bytes > bytes);
    }

    /// What is known of a model.
    pub(crate) fn of(&self, now: Duration, model_hash: u64) -> Option<&TooLarge> {
        self.0.iter().find(|it| it.model_hash == model_hash && it.until > now)
    }

    /// All that holds.
    pub(crate) fn all(&self, now: Duration) -> impl Iterator<Item = &TooLarge> {
        self.0.iter().filter(move |it| it.until > now)
    }

    /// Forgets everything; how much it was.
    pub(crate) fn forget(&mut self) -> usize {
        std::mem::take(&mut self.0).len()
    }

    /// All that holds, to outlive the process.
    pub(crate) fn export(&self, calendar: &Calendar) -> Vec<SizeMemory> {
        let size = |it: &TooLarge| SizeMemory {
            model: it.model.to_string(),
            model_hash: it.model_hash,
            bytes: it.bytes,
            at: calendar.date(it.at),
            until: calendar.date(it.until),
        };
        self.all(calendar.now).map(size).collect()
    }

    /// Takes over what was kept.
    pub(crate) fn restore(&mut self, calendar: &Calendar, kept: &[SizeMemory]) {
        let size = |it: &SizeMemory| TooLarge {
            model: it.model.as_str().into(),
            model_hash: it.model_hash,
            bytes: it.bytes,
            at: calendar.moment(it.at),
            until: calendar.moment(it.until),
        };
        self.0.extend(kept.iter().take(MODELS_MAX.saturating_sub(self.0.len())).map(size));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000_000);

    #[test]
    fn the_smallest_refused_request_counts_for_its_model_and_its_time() {
        let (mut sizes, model) = (Sizes::default(), Arc::from("m"));
        sizes.refused(NOW, &model, 7, 900);
        sizes.refused(NOW, &model, 7, 1_000);
        let bytes = |sizes: &Sizes, now, model| sizes.of(now, model).map(|it| it.bytes);
        assert_eq!((bytes(&sizes, NOW, 7), bytes(&sizes, NOW, 8)), (Some(900), None));
        let later = NOW + CERTAIN_FOR;
        assert!(sizes.of(NOW, 7).is_some_and(|it| it.is_certain(NOW) && !it.is_certain(later)));
        assert_eq!(bytes(&sizes, NOW + LEARNED_FOR, 7), None);
        sizes.taken(7, 899);
        assert_eq!(bytes(&sizes, NOW, 7), Some(900));
        sizes.taken(7, 900);
        assert_eq!(bytes(&sizes, NOW, 7), None);
    }

    #[test]
    fn no_provider_fills_the_memory_with_sizes_and_they_outlive_the_process() {
        let mut sizes = Sizes::default();
        for hash in 0..MODELS_MAX as u64 + 5 {
            sizes.refused(NOW, &Arc::from("m"), hash, 5);
        }
        assert_eq!((sizes.0.len(), sizes.of(NOW, 4).is_none()), (MODELS_MAX, true));
        let before = Calendar { now: NOW, unix_ms: 1_700_000_000_000 };
        let after = Calendar { now: Duration::from_secs(900_000), unix_ms: before.unix_ms + 60_000 };
        let mut restored = Sizes::default();
        restored.restore(&after, &sizes.export(&before));
        assert!(restored.of(after.now, 30).is_some_and(|it| it.bytes == 5 && it.is_certain(after.now)));
        assert_eq!((restored.export(&after), restored.forget()), (sizes.export(&before), MODELS_MAX));
    }
}
