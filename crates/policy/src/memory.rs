//! What the engine knows, as it outlives the process: plain values whose times are those of the calendar, so that a rest
//! that was to last an hour is over when the gateway was off for two. No secrets: providers and keys are hashes.
//!
//! Each part writes and reads its own: see `memory.rs` below it. Providers, keys and switched-to profiles that are missing
//! from the configuration are kept for a day (see `absent.rs`); what names something else that is not there is passed over.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Nothing that rests or is away is believed for longer: a calendar that was wrong once must not shut a key for years.
const AHEAD_MAX: Duration = Duration::from_secs(31 * 24 * 3600);

/// Everything that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// How providers stand.
    pub providers: Vec<ProviderMemory>,
    /// Models at rest.
    pub rests: Vec<RestMemory>,
    /// Which profile is used, and how that came.
    pub failover: FailoverMemory,
}

/// One provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderMemory {
    /// See [`crate::engine::ProviderParams::identity`].
    pub identity: u64,
    /// Since when it is missing from the configuration, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<u64>,
    /// Keys that are not simply usable.
    pub keys: Vec<KeyMemory>,
    /// A breaker that is not simply closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerMemory>,
    /// What it has been found not to take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<LackMemory>,
    /// What it has been found to refuse for its size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeMemory>,
    /// Row of the last failure, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<(String, u64)>,
    /// When it last answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<u64>,
}

/// One key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyMemory {
    /// See [`crate::engine::KeyParams::id`].
    pub id: u64,
    /// Since when it is missing from the configuration, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<u64>,
    /// `cooling`, `exhausted` or `quarantined`; `ok` when only something was forbidden.
    pub state: String,
    /// Until then, or its next test.
    pub until: u64,
    /// Rejected so many times in a row, less one.
    #[serde(skip_serializing_if = "is_zero")]
    pub step: usize,
    /// The model with which it was last forbidden something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_model: Option<u64>,
}

/// One breaker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BreakerMemory {
    /// `closed`, `open`, `half-open` or `slow-start`.
    pub phase: String,
    /// End of an open or a slow-start one.
    pub until: u64,
    /// Tests that a half-open one passed.
    pub passed: u32,
    /// How long the next opening is, as a power of two.
    pub steps: u32,
    /// Since when it was not opened.
    pub steps_since: u64,
    /// Until when the provider itself asked to be left alone, if that is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_until: Option<u64>,
}

/// One thing that a provider does not take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LackMemory {
    /// What.
    pub what: String,
    /// Of which model's requests.
    pub model: String,
    /// That model's hash.
    pub model_hash: u64,
    /// Until when that is believed.
    pub until: u64,
}

/// The smallest request of a model that a provider refused for its size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeMemory {
    /// The model.
    pub model: String,
    /// Its hash.
    pub model_hash: u64,
    /// Bytes of that request.
    pub bytes: u64,
    /// When one was refused last.
    pub at: u64,
    /// Until when that is believed.
    pub until: u64,
}

/// One model at rest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestMemory {
    /// Identity of the provider.
    pub provider: u64,
    /// Id of the key; none is the provider itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<u64>,
    /// Hash of the model's name.
    pub model: u64,
    /// Because it is not there, rather than busy.
    pub missing: bool,
    /// Since when.
    pub since: u64,
    /// Until when.
    pub until: u64,
    /// Until when the upstream itself asked to be left alone, if that is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_until: Option<u64>,
    /// How often it was doubled.
    pub exponent: u32,
}

/// Switching between profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailoverMemory {
    /// Where requests go instead of the default profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<AwayMemory>,
    /// Nothing is switched automatically until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<u64>,
    /// Requests in a row that failed in the profile in use.
    pub failures: u32,
    /// The last switches, oldest first.
    pub history: Vec<SwitchMemory>,
    /// When it was switched automatically, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub automatic: Vec<u64>,
}

/// Where requests go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AwayMemory {
    /// Name of the profile.
    pub profile: String,
    /// Since when it is missing from the configuration, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone: Option<u64>,
    /// Why.
    pub cause: String,
    /// What somebody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub since: u64,
    /// End of a switch by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// From then on the default profile is tried again; none: not by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<u64>,
    /// Requests in a row that succeeded there since.
    pub recovered: u32,
}

/// One switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchMemory {
    /// When.
    pub at: u64,
    /// The profile that was left.
    pub from: String,
    /// The profile that was used since.
    pub to: String,
    /// Why.
    pub cause: String,
    /// What somebody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where conversations are, and who keeps what.
pub type Homes = Vec<Home>;

/// Where a conversation is: its hash, the provider's identity, since when it is not used, and for how many seconds from
/// then its cache is warm. None: the provider keeps it, or something of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home(pub u64, pub u64, pub u64, #[serde(default)] pub u64);

/// The same moment in the engine's time and in the calendar's, milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub struct Calendar {
    /// In the engine's time.
    pub now: Duration,
    /// In the calendar's.
    pub unix_ms: u64,
}

impl Calendar {
    /// A moment of the engine's in the calendar.
    pub(crate) fn date(&self, at: Duration) -> u64 {
        let between = |later: Duration, earlier: Duration| {
            u64::try_from(later.saturating_sub(earlier).as_millis()).unwrap_or(u64::MAX)
        };
        self.unix_ms.saturating_add(between(at, self.now)).saturating_sub(between(self.now, at))
    }

    /// A date in the engine's time; one before that time began is its beginning, one too far ahead is not believed.
    pub(crate) fn moment(&self, date: u64) -> Duration {
        let ahead = Duration::from_millis(date.saturating_sub(self.unix_ms)).min(AHEAD_MAX);
        let ago = Duration::from_millis(self.unix_ms.saturating_sub(date));
        (self.now + ahead).saturating_sub(ago)
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_becomes_the_moment_it_was_whatever_passed_between() {
        let before = Calendar { now: Duration::from_secs(1_000), unix_ms: 50_000_000 };
        let after = Calendar { now: Duration::from_secs(700), unix_ms: 50_060_000 };
        let rest_ends = before.date(Duration::from_secs(1_100));
        assert_eq!(after.moment(rest_ends), Duration::from_secs(740));
        assert_eq!(after.moment(before.date(Duration::from_secs(900))), Duration::from_secs(540));
        assert_eq!(after.moment(0), Duration::ZERO);
        assert_eq!(after.moment(u64::MAX), after.now + AHEAD_MAX);
    }
}
