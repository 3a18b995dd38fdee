//! The runs the gateway knows: one start of a client each, found by the tag in its base path.
//!
//! The tag identifies. It is a credential only for providers that forward the caller's own login; then it is the one
//! thing that tells our user's request from another local program's, and it is valid for that run alone.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::RwLock;
use rand::Rng;
use std::collections::HashMap;

/// Runs kept; the oldest is forgotten. A forgotten run still works with its local key, only its project is not shown.
const RUNS_MAX: usize = 1_000;

/// Random bits of a tag: 20 characters of 5 bits. A tag may be a credential, so it must not be guessable.
const TAG_CHARS: usize = 20;

/// Characters of a tag: Crockford base32, lower case, safe in paths and unmistakable when read aloud.
const TAG_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// One start of a client through us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The tag in the base path.
    pub tag: Box<str>,
    /// `claude`, `codex`, `opencode` or the name of a configured client.
    pub client: Box<str>,
    /// Directory (git root) it was started in.
    pub project: Option<Arc<str>>,
    /// What it was marked with (`--tag`), for rules.
    pub label: Option<Box<str>>,
    /// Profile it is pinned to.
    pub profile: Option<Box<str>>,
    /// Provider it is pinned to.
    pub provider: Option<Box<str>>,
    /// Model it is pinned to.
    pub model: Option<Box<str>>,
    /// The tag is a credential: the caller's own login goes to a `keys = ["client"]` provider.
    pub forwards_login: bool,
    /// When it was registered, milliseconds since the Unix epoch.
    pub created_ms: u64,
}

/// The runs by tag, bounded.
#[derive(Debug, Default)]
pub struct Runs {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    by_tag: HashMap<Box<str>, Arc<Run>>,
    oldest_first: VecDeque<Box<str>>,
}

impl Runs {
    /// Adds a run; forgets the oldest beyond the bound.
    pub fn insert(&self, run: Run) -> Arc<Run> {
        let run = Arc::new(run);
        let mut inner = self.inner.write();
        if inner.by_tag.insert(run.tag.clone(), Arc::clone(&run)).is_none() {
            inner.oldest_first.push_back(run.tag.clone());
        }
        while inner.oldest_first.len() > RUNS_MAX {
            if let Some(tag) = inner.oldest_first.pop_front() {
                inner.by_tag.remove(&tag);
            }
        }
        run
    }

    /// The runs that have not ended, oldest first.
    pub fn all(&self) -> Vec<Arc<Run>> {
        let inner = self.inner.read();
        inner.oldest_first.iter().filter_map(|tag| inner.by_tag.get(tag).cloned()).collect()
    }

    /// The client has ended: its tag is no credential and no pin any more.
    pub fn end(&self, tag: &str) -> Option<Arc<Run>> {
        let mut inner = self.inner.write();
        let run = inner.by_tag.remove(tag)?;
        inner.oldest_first.retain(|known| &**known != tag);
        Some(run)
    }

    /// The run with this tag.
    pub fn find(&self, tag: &str) -> Option<Arc<Run>> {
        self.inner.read().by_tag.get(tag).cloned()
    }
}

/// A fresh random tag.
pub fn new_tag() -> Box<str> {
    let mut rng = rand::rng();
    (0..TAG_CHARS).map(|_| char::from(TAG_ALPHABET[usize::from(rng.next_u32() as u8 & 31)])).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(tag: &str) -> Run {
        Run {
            tag: tag.into(),
            client: "claude".into(),
            project: None,
            label: None,
            profile: None,
            provider: None,
            model: None,
            forwards_login: false,
            created_ms: 0,
        }
    }

    #[test]
    fn the_oldest_run_is_forgotten_beyond_the_bound() {
        let runs = Runs::default();
        for n in 0..=RUNS_MAX {
            runs.insert(run(&n.to_string()));
        }
        assert!(runs.find("0").is_none());
        assert!(runs.find("1").is_some());
        assert!(runs.find(&RUNS_MAX.to_string()).is_some());
    }

    #[test]
    fn tags_are_long_and_differ() {
        let (one, two) = (new_tag(), new_tag());
        assert_eq!(one.len(), TAG_CHARS);
        assert_ne!(one, two);
    }
}
