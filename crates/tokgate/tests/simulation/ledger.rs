//! What an observer beside the gateway remembers: only what was seen on the wire and in the public snapshot. The invariants
//! are judged by this, not by the engine's own memory. Of providers and their keys: [`Roster`].

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokgate_policy::engine::{Outcome, ProviderSnapshot, Snapshot};

use crate::request::Tried;
use crate::roster::Roster;

/// Everything seen.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) roster: Roster,
    /// When anything failed last, or anything but a plain success happened.
    pub(crate) trouble_at: Duration,
    /// When the machine last woke up.
    pub(crate) woke_at: Option<Duration>,
    /// The profile that somebody switched to.
    pub(crate) switched: Option<String>,
    /// Pauses before somebody was asked again who named no moment: how many, and how many of these were none.
    pub(crate) pauses: (u32, u32),
    /// Who answered each conversation last.
    pub(crate) keepers: BTreeMap<usize, u64>,
    /// By profile.
    pub(crate) groups: BTreeMap<String, SeenGroup>,
}

/// A profile: when its requests came, and when their further attempts began that were of no use.
#[derive(Debug, Default)]
pub(crate) struct SeenGroup {
    pub(crate) requests: VecDeque<Duration>,
    pub(crate) wasted: VecDeque<Duration>,
    /// When somebody was tried although everything was left alone.
    pub(crate) panicked: Option<Duration>,
    /// When an attempt last succeeded.
    pub(crate) worked: Option<Duration>,
}

/// What is remembered of a profile's attempts: an attempt is judged when it ends, by the two minutes before it began.
const GROUP_MEMORY: Duration = Duration::from_secs(120 + 600);

impl SeenGroup {
    fn forget(&mut self, now: Duration) {
        for times in [&mut self.requests, &mut self.wasted] {
            while times.front().is_some_and(|at| *at + GROUP_MEMORY < now) {
                times.pop_front();
            }
        }
    }

    /// Requests of the time up to a moment. They are in order.
    pub(crate) fn asked(&self, until: Duration, length: Duration) -> usize {
        let before = |at: Duration| self.requests.partition_point(|it| *it <= at);
        before(until) - before(until.saturating_sub(length))
    }

    /// How many of these lie in the time up to a moment.
    pub(crate) fn within(times: &VecDeque<Duration>, until: Duration, length: Duration) -> usize {
        times.iter().filter(|at| **at <= until && **at + length > until).count()
    }
}

/// Failures this soon after waking up do not count.
pub(crate) const WAKING: Duration = Duration::from_secs(10);

impl Ledger {
    /// A profile.
    pub(crate) fn group(&mut self, now: Duration, name: &str) -> &mut SeenGroup {
        let group = self.groups.entry(name.to_owned()).or_default();
        group.forget(now);
        group
    }

    /// Whether a failure now, of an attempt that began then, is one of waking up.
    pub(crate) fn is_waking(&self, now: Duration, began: Duration) -> bool {
        self.woke_at.is_some_and(|at| began < at || now < at + WAKING)
    }

    /// An attempt ended; `after` is how its provider stands then, unless it is missing. `own_login`: it said nothing about
    /// the gateway's own keys. `judged`: this request's failure at this provider was counted before.
    pub(crate) fn ended(
        &mut self,
        now: Duration,
        tried: &Tried,
        after: Option<&ProviderSnapshot>,
        own_login: bool,
        judged: bool,
    ) {
        // What fails while waking up is forgiven; what succeeds then counts.
        let counts = !self.is_waking(now, tried.began) && !own_login && !judged;
        if !matches!(tried.outcome, Some(Outcome::Success)) {
            self.trouble_at = now;
        }
        let Some(member) = self.roster.get_mut(tried.identity) else { return };
        member.seen.ended(now, tried, counts);
        match after {
            Some(after) => member.seen.look(now, after),
            None => member.seen.unseen(now),
        }
        let key = tried.key_id.filter(|_| !own_login).and_then(|key| member.keys.get_mut(&key));
        if let Some(key) = key {
            key.ended(now, tried);
        }
    }

    /// A new configuration.
    pub(crate) fn configured(&mut self, now: Duration, providers: impl IntoIterator<Item = (u64, Vec<u64>)>) {
        self.trouble_at = now;
        self.roster.configured(providers);
    }
}

/// How a provider stands.
pub(crate) fn stands<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a ProviderSnapshot> {
    snapshot.providers.iter().find(|provider| *provider.name == *name)
}
