//! The memory of who issued which blob, learnt from answers that pass by.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Blobs remembered. A long session of a coding client has a few hundred; one costs about 50 bytes.
const BLOBS_MAX: usize = 65_536;

/// How long one is remembered: sessions are resumed days later.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The scope of nobody: a blob that its target could not verify, and whose issuer is not known.
const NOBODY: u64 = 0;

/// Who issued which blob. Blobs themselves are not kept, only their digests.
#[derive(Debug, Default)]
pub struct Issuers {
    /// Digest to scope.
    by_blob: HashMap<u64, u64>,
    /// Digests in the order they came, with their time.
    order: VecDeque<(u64, Duration)>,
    /// Scopes, and how many blobs of each are remembered.
    scopes: HashMap<u64, usize>,
}

impl Issuers {
    /// `scope` has issued these blobs.
    pub fn learn(&mut self, now: Duration, scope: u64, blobs: &[u64]) {
        self.sweep(now);
        for blob in blobs {
            // Who said it first has made it; an answer may repeat what it was asked with.
            if self.by_blob.contains_key(blob) {
                continue;
            }
            if self.order.len() >= BLOBS_MAX {
                self.forget_oldest();
            }
            self.by_blob.insert(*blob, scope);
            self.order.push_back((*blob, now));
            *self.scopes.entry(scope).or_default() += 1;
        }
    }

    /// A target could not verify one of these: those that nobody is known to have issued are not its own.
    pub fn doubt(&mut self, now: Duration, blobs: &[u64]) {
        self.learn(now, NOBODY, blobs);
    }

    /// Whether there is any blob that is not `scope`'s: without one nothing in a request can be known to be foreign.
    pub fn knows_others(&self, scope: u64) -> bool {
        self.scopes.len() > usize::from(self.scopes.contains_key(&scope))
    }

    /// Of these blobs those that somebody else issued, sorted.
    pub fn foreign(&self, scope: u64, mut blobs: Vec<u64>) -> Vec<u64> {
        blobs.retain(|blob| self.by_blob.get(blob).is_some_and(|issuer| *issuer != scope));
        blobs.sort_unstable();
        blobs.dedup();
        blobs
    }

    fn sweep(&mut self, now: Duration) {
        while self.order.front().is_some_and(|(_, at)| *at + KEPT < now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((blob, _)) = self.order.pop_front() else { return };
        let Some(scope) = self.by_blob.remove(&blob) else { return };
        if let Some(count) = self.scopes.get_mut(&scope) {
            *count -= 1;
            if *count == 0 {
                self.scopes.remove(&scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_blob_is_foreign_to_all_but_its_issuer_and_an_unknown_one_to_nobody() {
        let mut issuers = Issuers::default();
        issuers.learn(HOUR, 1, &[10, 11]);
        assert!(!issuers.knows_others(1) && issuers.knows_others(2));
        issuers.learn(HOUR, 2, &[20, 10]);
        assert_eq!(issuers.foreign(1, vec![20, 10, 99, 20]), [20]);
        assert_eq!(issuers.foreign(2, vec![11, 20, 10]), [10, 11]);
        assert!(issuers.foreign(3, vec![99]).is_empty());
    }

    #[test]
    fn a_doubted_blob_is_foreign_to_all_unless_its_issuer_is_known() {
        let mut issuers = Issuers::default();
        issuers.learn(HOUR, 1, &[10]);
        issuers.doubt(HOUR, &[10, 99]);
        assert_eq!(issuers.foreign(1, vec![10, 99]), [99]);
        assert!(issuers.knows_others(1));
    }

    #[test]
    fn memories_end_by_age_and_by_number() {
        let mut issuers = Issuers::default();
        issuers.learn(HOUR, 1, &[10]);
        issuers.learn(HOUR + KEPT + HOUR, 2, &[20]);
        assert_eq!((issuers.foreign(3, vec![10, 20]), issuers.knows_others(2)), (vec![20], false));
        let many: Vec<u64> = (100..100 + BLOBS_MAX as u64).collect();
        issuers.learn(HOUR + KEPT + HOUR, 2, &many);
        assert_eq!((issuers.order.len(), issuers.by_blob.len()), (BLOBS_MAX, BLOBS_MAX));
        assert_eq!(issuers.foreign(3, vec![20, 100]), [100]);
    }
}
