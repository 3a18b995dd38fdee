//! Answers whose clients left before their end, kept for a moment: the same client's identical retry is answered from
//! them. In memory alone, and never for anybody else.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::proxy::live::Live;
use crate::store::record::RequestId;

/// Answers known at the same time, under way or kept. Their bytes count among all that are held.
const KEPT_MAX: usize = 256;

/// Largest answer that is kept: what a coding client asks for is a hundredth of it.
pub const ANSWER_MAX: usize = 2 << 20;

/// Who asked what, and under which name: a digest with a key of this process.
pub type Question = [u8; 32];

/// An answer, whole or still coming.
#[derive(Debug, Clone)]
pub struct Rescued {
    /// The answer.
    pub live: Arc<Live>,
    /// The request it was given to.
    pub id: RequestId,
}

/// All of them.
#[derive(Debug)]
pub struct Rescues {
    key: [u8; 32],
    kept: Mutex<HashMap<Question, Rescued>>,
}

impl Default for Rescues {
    fn default() -> Self {
        Self { key: rand::random(), kept: Mutex::default() }
    }
}

impl Rescues {
    /// The digest of these parts, each for itself.
    pub fn question(&self, parts: &[&[u8]]) -> Question {
        let mut hash = Sha256::new();
        hash.update(self.key);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// Keeps an answer; false when as many are kept as may be, or one to this question is.
    pub fn keep(&self, question: Question, rescued: Rescued) -> bool {
        let mut kept = self.kept.lock();
        let fits = kept.len() < KEPT_MAX && !kept.contains_key(&question);
        if fits {
            kept.insert(question, rescued);
        }
        fits
    }

    /// The answer to a question.
    pub fn find(&self, question: &Question) -> Option<Rescued> {
        self.kept.lock().get(question).cloned()
    }

    /// Forgets the answer of this request.
    pub fn forget(&self, question: &Question, id: RequestId) {
        let mut kept = self.kept.lock();
        if kept.get(question).is_some_and(|rescued| rescued.id == id) {
            kept.remove(question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_forgotten_by_its_own_request_alone() {
        let rescues = Rescues::default();
        let rescued = |id| Rescued { live: Arc::default(), id: RequestId(id) };
        let question = |number: u64| rescues.question(&[b"owner", &number.to_le_bytes()]);
        for number in 0..KEPT_MAX as u64 {
            assert!(rescues.keep(question(number), rescued(number)));
        }
        assert!(!rescues.keep(question(9_999), rescued(9_999)));
        rescues.forget(&question(1), RequestId(2));
        assert_eq!(rescues.find(&question(1)).map(|it| it.id), Some(RequestId(1)));
        rescues.forget(&question(1), RequestId(1));
        assert!(rescues.find(&question(1)).is_none() && rescues.keep(question(1), rescued(100)));
        assert!(!rescues.keep(question(1), rescued(101)), "the first stays");
        assert_ne!(rescues.question(&[b"ab", b"c"]), rescues.question(&[b"a", b"bc"]));
        assert_ne!(Rescues::default().question(&[b"a"]), rescues.question(&[b"a"]), "of this process alone");
    }
}
