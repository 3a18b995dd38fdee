//! Providers and their keys, with everything that was seen of each. Somebody edits a file in steps, and whoever is missing
//! from the configuration for a while, a provider or one of its keys, is the one he was when he is back: so he stays here
//! as he is, and what requests that began before learn of him is noted as of any other. The laws need not know who is
//! missing.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokgate_policy::classify::{KeyEffect, Row, Verdict, Weight};
use tokgate_policy::engine::{Outcome, ProviderSnapshot};

use crate::request::Tried;

/// A rejected key is left alone for this long at least.
const REJECTED_FOR: Duration = Duration::from_secs(60);

/// A key without balance, when no moment was named.
const NO_BALANCE_FOR: Duration = Duration::from_secs(15 * 60);

/// Two requests that were waiting in line come to one provider together when no more than this lies between.
const TOGETHER: Duration = Duration::from_millis(100);

/// All that were ever configured, by identity.
#[derive(Debug, Default)]
pub(crate) struct Roster(BTreeMap<u64, Member>);

/// A provider, and its keys by their ids.
#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) seen: Seen,
    pub(crate) keys: BTreeMap<u64, SeenKey>,
}

impl Roster {
    /// A new configuration has these, with these keys.
    pub(crate) fn configured(&mut self, providers: impl IntoIterator<Item = (u64, Vec<u64>)>) {
        for (identity, keys) in providers {
            let member = self.0.entry(identity).or_default();
            for key in keys {
                member.keys.entry(key).or_default();
            }
        }
    }

    /// A provider, unless it was never configured.
    pub(crate) fn get(&self, identity: u64) -> Option<&Member> {
        self.0.get(&identity)
    }

    /// See [`Self::get`].
    pub(crate) fn get_mut(&mut self, identity: u64) -> Option<&mut Member> {
        self.0.get_mut(&identity)
    }

    /// A key of a provider.
    pub(crate) fn key(&self, identity: u64, key: u64) -> Option<&SeenKey> {
        self.get(identity)?.keys.get(&key)
    }
}

/// What was seen of a provider.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Hard failures of attempts that began and ended with the breaker closed, without a success between.
    pub(crate) hard_in_a_row: u32,
    /// Since when the breaker has been seen closed without interruption.
    closed_since: Duration,
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
    waited: Vec<Duration>,
    /// Attempts of the last two minutes.
    began: VecDeque<Duration>,
    /// Of the last minute, those that asked again right after a failure here.
    again: VecDeque<Duration>,
}

impl Seen {
    /// The public state was looked at.
    pub(crate) fn look(&mut self, now: Duration, stands: &ProviderSnapshot) {
        if self.breaker != "closed" && stands.breaker == "closed" {
            self.closed_since = now;
            self.hard_in_a_row = 0;
        }
        self.breaker = stands.breaker;
    }

    /// Something happened to it while it was missing, where nobody sees what that did to the breaker.
    pub(crate) fn unseen(&mut self, now: Duration) {
        self.closed_since = now;
        self.hard_in_a_row = 0;
    }

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

    /// An attempt ended; `counts`: a failure may count against it.
    pub(crate) fn ended(&mut self, now: Duration, tried: &Tried, counts: bool) {
        let current = tried.breaker == "closed" && tried.began >= self.closed_since;
        match tried.outcome {
            Some(Outcome::Success) if current => self.hard_in_a_row = 0,
            Some(Outcome::Failed(verdict)) => {
                self.failed_at = Some(now);
                self.longest_asked = self.longest_asked.max(tried.asked.unwrap_or_default());
                self.hard_in_a_row += u32::from(current && counts && verdict.breaker == Weight::Hard);
            }
            Some(Outcome::Success | Outcome::Cancelled) | None => {}
        }
    }
}

/// What was seen of a key.
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

    /// An attempt with it ended.
    pub(crate) fn ended(&mut self, now: Duration, tried: &Tried) {
        match &tried.outcome {
            Some(Outcome::Success) if self.shut.is_none_or(|(at, _)| tried.began >= at) => {
                self.shut = None;
                self.worked_at = now;
            }
            Some(Outcome::Failed(verdict)) => self.failed(now, tried, verdict),
            Some(Outcome::Success | Outcome::Cancelled) | None => {}
        }
    }

    fn failed(&mut self, now: Duration, tried: &Tried, verdict: &Verdict) {
        // A result of an attempt that began before the key last worked, or was judged, may be old news.
        let current = tried.began >= self.worked_at.max(self.judged_at);
        // What is said of a key inside a stream is the verdict's, whatever the row.
        if !matches!(verdict.key, KeyEffect::None | KeyEffect::Cool | KeyEffect::CoolModel | KeyEffect::Outdated) {
            self.judged_at = now;
        }
        match verdict.row {
            Row::KeyRejected | Row::KeyUnreadable if current => self.shut = Some((now, now + REJECTED_FOR)),
            Row::QuotaExhausted | Row::PaymentRequired if current => {
                self.shut = Some((now, now + tried.asked.unwrap_or(NO_BALANCE_FOR)));
            }
            Row::RateLimitedLong | Row::RateLimitedBriefly => {
                self.cool_until = self.cool_until.max(now + tried.asked.unwrap_or_default());
            }
            _ => {}
        }
    }
}
