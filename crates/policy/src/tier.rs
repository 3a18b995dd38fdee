//! Which profile answers what no rule and no run has sent elsewhere: the default one, until it fails too often or
//! somebody switches. Each switch is remembered with its reason.

mod memory;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::classify::Elsewhere;

/// Switches remembered.
const HISTORY_MAX: usize = 100;

/// Most switches in an hour that a configuration may allow; more often than every few seconds is no failing over.
pub const SWITCHES_PER_HOUR_MAX: u32 = 1_000;

/// In which `max_per_hour` is counted.
const HOUR: Duration = Duration::from_secs(3600);

/// When a profile is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tier {
    /// Always.
    #[default]
    Primary,
    /// When the primary one fails.
    Secondary,
    /// When both fail: a last resort.
    Fallback,
}

/// How the way back is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recover {
    /// By itself, once requests succeed there again.
    #[default]
    Auto,
    /// When somebody says so; that it may be time is shown.
    Ask,
    /// When somebody says so.
    Never,
}

/// When a profile is left, and when it is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailoverParams {
    /// Whether profiles are switched without being told to.
    pub auto: bool,
    /// Requests in a row that fail before a profile is left.
    pub after: u32,
    /// Rest before it is tried again.
    pub cooldown: Duration,
    /// How the way back is taken.
    pub recover: Recover,
    /// Requests in a row that must succeed there first.
    pub recover_after: u32,
    /// Switches in an hour, beyond which none is made.
    pub max_per_hour: u32,
    /// Nothing that costs more than this many hundredths of what is left is taken without being told to.
    pub confirm_above: u32,
    /// Whether the fallback tier is used at all.
    pub fallback: bool,
    /// Which failures go to the next provider.
    pub elsewhere: Elsewhere,
}

impl Default for FailoverParams {
    fn default() -> Self {
        Self {
            auto: true,
            after: 3,
            cooldown: Duration::from_secs(300),
            recover: Recover::Auto,
            recover_after: 2,
            max_per_hour: 12,
            confirm_above: 200,
            fallback: true,
            elsewhere: Elsewhere::default(),
        }
    }
}

/// Why it was switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Requests failed.
    Failures,
    /// Requests succeed there again.
    Recovered,
    /// Somebody said so.
    Manual,
    /// The time that somebody said is over.
    Expired,
    /// The profile is gone from the configuration.
    Gone,
}

impl Cause {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Failures => "failures",
            Self::Recovered => "recovered",
            Self::Manual => "manual",
            Self::Expired => "expired",
            Self::Gone => "gone",
        }
    }
}

/// One switch.
#[derive(Debug, Clone)]
pub(crate) struct Switched {
    pub(crate) at: Duration,
    pub(crate) from: Arc<str>,
    pub(crate) to: Arc<str>,
    pub(crate) cause: Cause,
    /// What somebody said.
    pub(crate) reason: Option<Arc<str>>,
}

/// Where requests go instead of the default profile.
#[derive(Debug, Clone)]
pub(crate) struct Away {
    pub(crate) profile: usize,
    pub(crate) cause: Cause,
    pub(crate) reason: Option<Arc<str>>,
    pub(crate) since: Duration,
    /// End of a manual switch.
    pub(crate) until: Option<Duration>,
    /// From then on the default profile is tried again.
    pub(crate) retry_at: Duration,
    /// Requests in a row that succeeded there since.
    pub(crate) recovered: u32,
}

/// The state of switching.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tiers {
    /// The default profile and those of lower tiers, as indexes: one alone has nobody to switch to.
    pub(crate) chain: Vec<usize>,
    pub(crate) away: Option<Away>,
    pub(crate) paused_until: Option<Duration>,
    /// Requests in a row that failed in the profile in use.
    pub(crate) failures: u32,
    pub(crate) history: VecDeque<Switched>,
    /// When it was switched without being told to, in the last hour.
    pub(crate) automatic: VecDeque<Duration>,
    /// A switch by hand to a profile that is missing from the configuration.
    pub(crate) missed: Option<Missed>,
}

/// A switch that is taken up again when its profile is back before long.
#[derive(Debug, Clone)]
pub(crate) struct Missed {
    pub(crate) name: Arc<str>,
    /// Its index means nothing.
    pub(crate) away: Away,
    pub(crate) since: Duration,
}

impl Tiers {
    /// The switch that was made because requests failed.
    pub(crate) fn left_for_failures(&self) -> Option<&Away> {
        self.away.as_ref().filter(|away| away.cause == Cause::Failures)
    }

    pub(crate) fn left_for_failures_mut(&mut self) -> Option<&mut Away> {
        self.away.as_mut().filter(|away| away.cause == Cause::Failures)
    }

    /// All profiles for a request that begins at this one, in order: the others as they stand in the chain, but those
    /// that were left because they failed come last until they are due to be tried again.
    pub(crate) fn order(&self, now: Duration, first: usize) -> Vec<usize> {
        let failed = self.left_for_failures().filter(|away| away.retry_at > now);
        let at = failed.and_then(|_| self.chain.iter().position(|index| *index == first)).unwrap_or(0);
        let (before, behind) = self.chain.split_at_checked(at).unwrap_or_default();
        let others = behind.iter().chain(before).copied().filter(|index| *index != first);
        std::iter::once(first).chain(others).collect()
    }

    pub(crate) fn is_paused(&self, now: Duration) -> bool {
        self.paused_until.is_some_and(|until| until > now)
    }

    /// Remembers a switch.
    pub(crate) fn note(&mut self, switched: Switched) {
        if matches!(switched.cause, Cause::Failures | Cause::Recovered) {
            while self.automatic.front().is_some_and(|at| *at + HOUR <= switched.at)
                || self.automatic.len() >= SWITCHES_PER_HOUR_MAX as usize
            {
                self.automatic.pop_front();
            }
            self.automatic.push_back(switched.at);
        }
        if self.history.len() == HISTORY_MAX {
            self.history.pop_front();
        }
        self.history.push_back(switched);
        self.failures = 0;
    }

    /// Until when no other switch is made without being told to, when there were so many in the last hour. With none
    /// allowed, without end.
    pub(crate) fn stopped_until(&self, now: Duration, max_per_hour: u32) -> Option<Duration> {
        let Some(before) = max_per_hour.checked_sub(1) else { return Some(Duration::MAX) };
        let last = self.automatic.iter().rev().nth(before as usize)?;
        Some(*last + HOUR).filter(|until| *until > now)
    }
}
