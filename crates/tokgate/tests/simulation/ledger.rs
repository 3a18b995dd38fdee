//! What an observer beside the gateway remembers of providers and keys: only what was seen on the wire and in the public
//! snapshot. The invariants are judged by this, not by the engine's own memory.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokgate_policy::classify::{KeyEffect, Row, Verdict, Weight};
use tokgate_policy::engine::{Outcome, ProviderSnapshot, Snapshot};

use crate::request::Tried;

/// A rejected key is left alone for this long at least.
const REJECTED_FOR: Duration = Duration::from_secs(60);

/// A key without balance, when no moment was named.
const NO_BALANCE_FOR: Duration = Duration::from_secs(15 * 60);

/// Everything seen.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) providers: BTreeMap<u64, Seen>,
    pub(crate) keys: BTreeMap<u64, SeenKey>,
    /// Providers and keys of the present configuration: what an older request learns of others is nobody's.
    known: Vec<(u64, Vec<u64>)>,
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

/// A provider.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Hard failures of attempts that began and ended with the breaker closed, without a success between.
    pub(crate) hard_in_a_row: u32,
    /// Since when the breaker has been seen closed without interruption.
    closed_since: Duration,
    /// Since when it has been in the configuration, as far as it was looked at. The policy may remember it from before.
    here_since: Duration,
    breaker: &'static str,
    /// When a result last changed how the breaker stands: results of older attempts are old news.
    pub(crate) turned_at: Option<Duration>,
    /// When an attempt last failed.
    pub(crate) failed_at: Option<Duration>,
    /// Attempts in the last part of the run.
    pub(crate) asked: u32,
    /// The longest wait it asked for.
    pub(crate) longest_asked: Duration,
    /// Attempts of those who had waited in line, of the last tenth of a second.
    pub(crate) waited: Vec<Duration>,
    /// Attempts of the last two minutes.
    pub(crate) began: VecDeque<Duration>,
    /// Of the last minute, those that asked again right after a failure here.
    pub(crate) again: VecDeque<Duration>,
}

/// Two requests that were waiting in line come to one provider together when no more than this lies between.
const TOGETHER: Duration = Duration::from_millis(100);

impl Seen {
    /// An attempt begins of a request that waited in line. How many such there were just now.
    pub(crate) fn came_from_line(&mut self, now: Duration) -> usize {
        self.waited.retain(|at| *at + TOGETHER > now);
        self.waited.push(now);
        self.waited.len()
    }

    /// An attempt begins; `again`: right after a failure here. How many there were in two minutes, and how many of these
    /// asked again in one.
    pub(crate) fn begins(&mut self, now: Duration, again: bool) -> (usize, usize) {
        self.began.push_back(now);
        if again {
            self.again.push_back(now);
        }
        for (times, length) in [(&mut self.began, 120), (&mut self.again, 60)] {
            while times.front().is_some_and(|at| *at + Duration::from_secs(length) <= now) {
                times.pop_front();
            }
        }
        (self.began.len(), self.again.len())
    }
}

/// A key.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct SeenKey {
    shut: Option<(Duration, Duration)>,
    worked_at: Duration,
    /// When a result last spoke against it: what began before may be old news.
    judged_at: Duration,
    /// Until when its provider asked to leave it alone.
    pub(crate) cool_until: Duration,
}

impl SeenKey {
    /// Until when it must not be used.
    pub(crate) fn shut_until(&self) -> Duration {
        self.shut.map_or(Duration::ZERO, |(_, until)| until)
    }
}

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

    /// The public state was looked at.
    pub(crate) fn look(&mut self, now: Duration, identity: u64, stands: &ProviderSnapshot) {
        let seen = self.providers.entry(identity).or_default();
        if seen.breaker.is_empty() {
            seen.here_since = now;
        } else if seen.breaker != "closed" && stands.breaker == "closed" {
            seen.closed_since = now;
            seen.hard_in_a_row = 0;
        }
        seen.breaker = stands.breaker;
    }

    /// A result changed how the breaker of a provider stands.
    pub(crate) fn turned(&mut self, now: Duration, identity: u64) {
        self.providers.entry(identity).or_default().turned_at = Some(now);
    }

    /// An attempt ended. `own_login`: it said nothing about the gateway's own keys. `judged`: this request's failure at
    /// this provider was counted before.
    pub(crate) fn ended(&mut self, now: Duration, tried: &Tried, own_login: bool, judged: bool) {
        let Some((_, keys)) = self.known.iter().find(|(known, _)| *known == tried.identity) else { return };
        let key_id = tried.key_id.filter(|key| keys.contains(key) && !own_login);
        let seen = self.providers.entry(tried.identity).or_default();
        let waking = self.woke_at.is_some_and(|at| tried.began < at || now < at + WAKING);
        let current = tried.breaker == "closed" && tried.began >= seen.closed_since;
        if !matches!(tried.outcome, Some(Outcome::Success)) {
            self.trouble_at = now;
        }
        match tried.outcome {
            Some(Outcome::Success) => {
                if current {
                    seen.hard_in_a_row = 0;
                }
                if let Some(key) = key_id {
                    let key = self.keys.entry(key).or_default();
                    if key.shut.is_none_or(|(at, _)| tried.began >= at) {
                        key.shut = None;
                        key.worked_at = now;
                    }
                }
            }
            Some(Outcome::Failed(verdict)) => {
                seen.failed_at = Some(now);
                if let Some(asked) = tried.asked {
                    seen.longest_asked = seen.longest_asked.max(asked);
                }
                // What fails while waking up is forgiven; what succeeds then counts.
                let current = current && tried.began >= seen.here_since;
                if current && !waking && !own_login && !judged && verdict.breaker == Weight::Hard {
                    seen.hard_in_a_row += 1;
                }
                if let Some(key) = key_id {
                    self.key_failed(now, tried, key, &verdict);
                }
            }
            Some(Outcome::Cancelled) | None => {}
        }
    }

    fn key_failed(&mut self, now: Duration, tried: &Tried, key: u64, verdict: &Verdict) {
        let key = self.keys.entry(key).or_default();
        // A result of an attempt that began before the key last worked, or was judged, may be old news.
        let current = tried.began >= key.worked_at.max(key.judged_at);
        // What is said of a key inside a stream is the verdict's, whatever the row.
        if !matches!(verdict.key, KeyEffect::None | KeyEffect::Cool | KeyEffect::CoolModel | KeyEffect::Outdated) {
            key.judged_at = now;
        }
        let asked = tried.asked.unwrap_or_default();
        match verdict.row {
            Row::KeyRejected | Row::KeyUnreadable if current => key.shut = Some((now, now + REJECTED_FOR)),
            Row::QuotaExhausted | Row::PaymentRequired if current => {
                key.shut = Some((now, now + tried.asked.unwrap_or(NO_BALANCE_FOR)));
            }
            Row::RateLimitedLong | Row::RateLimitedBriefly => key.cool_until = key.cool_until.max(now + asked),
            _ => {}
        }
    }

    /// A provider of the present configuration.
    pub(crate) fn known(&mut self, identity: u64) -> Option<&mut Seen> {
        let known = self.known.iter().any(|(known, _)| *known == identity);
        known.then(|| self.providers.entry(identity).or_default())
    }

    /// A new configuration: what it no longer has is forgotten, but for the waits that missing providers asked for and what
    /// makes attempts old news: whoever is back before long is the one he was.
    pub(crate) fn keep(&mut self, now: Duration, providers: Vec<(u64, Vec<u64>)>) {
        self.trouble_at = now;
        let gone =
            self.providers.iter_mut().filter(|(identity, _)| !providers.iter().any(|(kept, _)| kept == *identity));
        gone.for_each(|(_, seen)| {
            let (longest_asked, closed_since, turned_at) = (seen.longest_asked, seen.closed_since, seen.turned_at);
            *seen = Seen { longest_asked, closed_since, turned_at, ..Seen::default() };
        });
        self.keys.retain(|key, _| providers.iter().any(|(_, keys)| keys.contains(key)));
        self.known = providers;
    }
}

/// How a provider stands.
pub(crate) fn stands<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a ProviderSnapshot> {
    snapshot.providers.iter().find(|provider| *provider.name == *name)
}
