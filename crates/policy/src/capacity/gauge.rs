//! What one provider, one key or one rule for callers bears, and how much of it is taken.

use std::time::Duration;

use serde::Serialize;

use super::aimd::Aimd;
use super::bucket::Bucket;

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allowance {
    /// Requests at once.
    pub concurrent: Option<Concurrent>,
    /// Requests a minute.
    pub rpm: Option<u64>,
    /// Tokens a minute, sent and received.
    pub tpm: Option<u64>,
}

impl Allowance {
    /// Nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Requests at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrent {
    /// This many.
    Fixed(u32),
    /// As many as the provider's answers show to be borne.
    Auto,
}

/// How much is taken, for people and programs that look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct GaugeSnapshot {
    /// Requests under way.
    pub in_flight: u32,
    /// As many may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
    /// That number is found out, not configured.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub auto: bool,
    /// Requests allowed a minute, and how many of them are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpm: Option<(u64, u64)>,
    /// Tokens allowed a minute, and how many of them are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tpm: Option<(u64, u64)>,
    /// Milliseconds until all of them are there again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_in_ms: Option<u64>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// As many as are borne are under way: until one of them ends.
    Places,
    /// As many as are allowed have begun: until then.
    Until(Duration),
}

impl Full {
    pub(crate) fn until(self) -> Option<Duration> {
        match self {
            Self::Places => None,
            Self::Until(until) => Some(until),
        }
    }
}

/// What a request holds of a gauge, and gives back when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Tokens it was estimated to need.
    pub(crate) tokens: u64,
}

#[derive(Debug, Clone, Copy)]
enum Ceiling {
    None,
    Fixed(u32),
    Auto(Aimd),
}

/// What is borne and taken.
#[derive(Debug, Clone)]
pub(crate) struct Gauge {
    ceiling: Ceiling,
    in_flight: u32,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

impl Gauge {
    pub(crate) fn new(allowed: &Allowance) -> Self {
        let ceiling = match allowed.concurrent {
            None => Ceiling::None,
            Some(Concurrent::Fixed(limit)) => Ceiling::Fixed(limit.max(1)),
            Some(Concurrent::Auto) => Ceiling::Auto(Aimd::new()),
        };
        Self { ceiling, in_flight: 0, requests: allowed.rpm.map(Bucket::new), tokens: allowed.tpm.map(Bucket::new) }
    }

    /// Takes over another allowance; what is under way, owed and found out stays.
    pub(crate) fn adopt(&mut self, allowed: &Allowance) {
        let fresh = Self::new(allowed);
        if !matches!((self.ceiling, fresh.ceiling), (Ceiling::Auto(_), Ceiling::Auto(_))) {
            self.ceiling = fresh.ceiling;
        }
        let resize = |old: Option<Bucket>, size: Option<u64>| {
            size.map(|size| old.map_or_else(|| Bucket::new(size), |old| old.resized(size)))
        };
        self.requests = resize(self.requests, allowed.rpm);
        self.tokens = resize(self.tokens, allowed.tpm);
    }

    /// It limits tokens.
    pub(crate) fn counts_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Requests under way.
    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Why a request of so many tokens has no place now; nothing when it has.
    pub(crate) fn full(&self, now: Duration, tokens: u64) -> Option<Full> {
        if self.free_places() == 0 {
            return Some(Full::Places);
        }
        let requests = self.requests.and_then(|bucket| bucket.wait(now, 1));
        let tokens = self.tokens.and_then(|bucket| bucket.wait(now, tokens));
        requests.max(tokens).map(|wait| Full::Until(now + wait))
    }

    /// How many more could begin now; a very large number when nothing is limited.
    pub(crate) fn room(&self, now: Duration) -> u32 {
        let requests = self.requests.map_or(u64::from(u32::MAX), |bucket| bucket.left(now));
        let tokens = self.tokens.map_or(u64::from(u32::MAX), |bucket| bucket.left(now));
        let least = requests.min(tokens).min(u64::from(self.free_places()));
        u32::try_from(least).unwrap_or(u32::MAX)
    }

    fn free_places(&self) -> u32 {
        match self.ceiling() {
            None => u32::MAX,
            Some(limit) => limit.saturating_sub(self.in_flight),
        }
    }

    fn ceiling(&self) -> Option<u32> {
        match self.ceiling {
            Ceiling::None => None,
            Ceiling::Fixed(limit) => Some(limit),
            Ceiling::Auto(aimd) => aimd.limit(),
        }
    }

    /// A request begins.
    pub(crate) fn take(&mut self, now: Duration, tokens: u64) -> Taken {
        self.in_flight = self.in_flight.saturating_add(1);
        if let Some(bucket) = &mut self.requests {
            bucket.take(now, 1);
        }
        if let Some(bucket) = &mut self.tokens {
            bucket.take(now, tokens);
        }
        Taken { tokens }
    }

    /// Its place is free again.
    pub(crate) fn leave(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// What it has really used is known.
    pub(crate) fn settle(&mut self, now: Duration, taken: Taken, used: u64) {
        let Some(bucket) = &mut self.tokens else { return };
        match used.checked_sub(taken.tokens) {
            Some(more) => bucket.take(now, more),
            None => bucket.give_back(now, taken.tokens - used),
        }
    }

    /// A request that began at `started` and has just ended was refused because of too many.
    pub(crate) fn refused(&mut self, now: Duration, started: Duration) {
        let in_flight = self.in_flight.saturating_add(1);
        if let Ceiling::Auto(aimd) = &mut self.ceiling {
            aimd.refused(now, started, in_flight);
        }
    }

    /// A request succeeded.
    pub(crate) fn succeeded(&mut self) {
        if let Ceiling::Auto(aimd) = &mut self.ceiling {
            aimd.succeeded();
        }
    }

    pub(crate) fn snapshot(&self, now: Duration) -> GaugeSnapshot {
        let shown = |bucket: Option<Bucket>| bucket.map(|bucket| (bucket.per_minute(), bucket.left(now)));
        let full_in = [self.requests, self.tokens].into_iter().flatten().map(|bucket| bucket.full_in(now)).max();
        GaugeSnapshot {
            in_flight: self.in_flight,
            concurrent: self.ceiling(),
            auto: matches!(self.ceiling, Ceiling::Auto(_)),
            rpm: shown(self.requests),
            tpm: shown(self.tokens),
            full_in_ms: full_in.map(crate::explain::millis),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_gauge_without_limits_is_never_full() {
        let mut gauge = Gauge::new(&Allowance::default());
        for _ in 0..10_000 {
            gauge.take(secs(1), 1_000_000);
        }
        assert_eq!(gauge.full(secs(1), 1_000_000), None);
        assert_eq!((gauge.in_flight(), gauge.room(secs(1))), (10_000, u32::MAX));
    }

    #[test]
    fn places_are_free_when_a_request_ends_and_rates_when_time_passes() {
        let allowed = Allowance { concurrent: Some(Concurrent::Fixed(2)), rpm: Some(3), tpm: None };
        let mut gauge = Gauge::new(&allowed);
        gauge.take(secs(0), 0);
        gauge.take(secs(0), 0);
        assert_eq!(gauge.full(secs(0), 0), Some(Full::Places));
        gauge.leave();
        assert_eq!(gauge.full(secs(0), 0), None);
        gauge.take(secs(0), 0);
        gauge.leave();
        assert_eq!(gauge.full(secs(0), 0), Some(Full::Until(secs(20))));
    }

    #[test]
    fn an_estimate_is_corrected_by_what_was_used() {
        let mut gauge = Gauge::new(&Allowance { tpm: Some(1_000), ..Allowance::default() });
        let taken = gauge.take(secs(0), 900);
        assert!(gauge.full(secs(0), 200).is_some());
        gauge.settle(secs(0), taken, 100);
        assert_eq!(gauge.full(secs(0), 200), None);
        let taken = gauge.take(secs(0), 100);
        gauge.settle(secs(0), taken, 850);
        assert!(gauge.full(secs(0), 1).is_none() && gauge.full(secs(0), 100).is_some());
    }

    #[test]
    fn a_new_allowance_keeps_what_is_under_way_and_what_was_found_out() {
        let auto = Allowance { concurrent: Some(Concurrent::Auto), ..Allowance::default() };
        let mut gauge = Gauge::new(&auto);
        for _ in 0..10 {
            gauge.take(secs(1), 0);
        }
        gauge.leave();
        gauge.refused(secs(2), secs(1));
        gauge.adopt(&Allowance { rpm: Some(5), ..auto });
        assert_eq!(gauge.snapshot(secs(2)).concurrent, Some(7));
        gauge.adopt(&Allowance { concurrent: Some(Concurrent::Fixed(20)), ..Allowance::default() });
        assert_eq!(gauge.room(secs(2)), 11);
    }

    proptest! {
        #[test]
        fn never_more_than_allowed_are_under_way_when_each_asks_before_it_begins(
            limit in 1u32..10, steps in prop::collection::vec(any::<bool>(), 1..200)
        ) {
            let allowed = Allowance { concurrent: Some(Concurrent::Fixed(limit)), ..Allowance::default() };
            let mut gauge = Gauge::new(&allowed);
            for begins in steps {
                if !begins {
                    gauge.leave();
                } else if gauge.full(secs(1), 0).is_none() {
                    gauge.take(secs(1), 0);
                }
                prop_assert!(gauge.in_flight() <= limit);
                prop_assert_eq!(gauge.room(secs(1)), limit - gauge.in_flight());
            }
        }
    }
}
