//! How every provider and key stands now, for people and programs that look. No secrets, no key values.

use std::sync::Arc;

use serde::Serialize;

use crate::capacity::{GaugeSnapshot, RoomSnapshot};
use crate::explain::{maybe_text, text};
use crate::health::HealthSnapshot;

/// The state of everything.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Every provider, in the order of the configuration.
    pub providers: Vec<ProviderSnapshot>,
    /// Which profile answers by default, and how that came.
    pub failover: FailoverSnapshot,
    /// Who waits for a place.
    pub room: RoomSnapshot,
    /// Limits for callers.
    pub limits: Vec<LimitSnapshot>,
}

/// A limit for callers.
#[derive(Debug, Clone, Serialize)]
pub struct LimitSnapshot {
    /// Its name.
    #[serde(serialize_with = "text")]
    pub name: Arc<str>,
    /// `wait` or `reject`.
    pub over: &'static str,
    /// What it allows and what is taken.
    pub gauge: GaugeSnapshot,
}

/// How switching between profiles stands.
#[derive(Debug, Clone, Serialize)]
pub struct FailoverSnapshot {
    /// The profile in use by default.
    #[serde(serialize_with = "text")]
    pub profile: Arc<str>,
    /// Why it is that one, unless the configuration alone says so: `failures` or `manual`.
    pub cause: Option<&'static str>,
    /// What somebody said.
    #[serde(serialize_with = "maybe_text")]
    pub reason: Option<Arc<str>>,
    /// Milliseconds since then.
    pub since_ms: Option<u64>,
    /// Milliseconds until a switch by hand ends.
    pub until_left_ms: Option<u64>,
    /// Milliseconds until the configuration's profile may be tried again.
    pub retry_left_ms: Option<u64>,
    /// It may be time to go back, which waits for somebody to say so.
    pub may_go_back: bool,
    /// Milliseconds until another switch is made automatically: there were as many in the last hour as are allowed.
    pub stopped_left_ms: Option<u64>,
    /// Milliseconds for which nothing is switched automatically.
    pub paused_left_ms: Option<u64>,
    /// Requests in a row that failed in the profile in use.
    pub failures: u32,
    /// The last switches, newest first.
    pub history: Vec<SwitchSnapshot>,
}

/// One switch.
#[derive(Debug, Clone, Serialize)]
pub struct SwitchSnapshot {
    /// Milliseconds since then.
    pub ago_ms: u64,
    /// The profile that was left.
    #[serde(serialize_with = "text")]
    pub from: Arc<str>,
    /// The profile that is used since.
    #[serde(serialize_with = "text")]
    pub to: Arc<str>,
    /// `failures`, `recovered`, `manual`, `expired` or `gone`.
    pub cause: &'static str,
    /// What somebody said.
    #[serde(serialize_with = "maybe_text")]
    pub reason: Option<Arc<str>>,
}

/// The state of one provider.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderSnapshot {
    /// Its name.
    #[serde(serialize_with = "text")]
    pub name: Arc<str>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Its keys in order; empty when it needs none.
    pub keys: Vec<KeySnapshot>,
    /// Milliseconds that a provider without keys is left alone for, because it asked to; with keys, each says it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resting_left_ms: Option<u64>,
    /// What it has been found not to take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<LackSnapshot>,
    /// What it has been found to refuse for its size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<SizeSnapshot>,
    /// Models that rest at this provider or with one of its keys.
    pub resting_models: usize,
    /// What it bears and what is under way.
    pub gauge: GaugeSnapshot,
    /// `closed`, `open`, `half-open` or `slow-start`: whether it is left alone after failures.
    pub breaker: &'static str,
    /// Milliseconds until an open one is tried again, or probation ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_left_ms: Option<u64>,
    /// Milliseconds that it gets less, because it does much worse than those it shares requests with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlier_left_ms: Option<u64>,
    /// Row of the last failure.
    pub last_failure: Option<&'static str>,
    /// Milliseconds since then.
    pub last_failure_ago_ms: Option<u64>,
    /// Milliseconds since the last success.
    pub last_success_ago_ms: Option<u64>,
    /// How well it has answered lately.
    pub health: HealthSnapshot,
}

/// One thing a provider has been found not to take.
#[derive(Debug, Clone, Serialize)]
pub struct LackSnapshot {
    /// What.
    #[serde(serialize_with = "text")]
    pub what: Arc<str>,
    /// Of which model's requests.
    #[serde(serialize_with = "text")]
    pub model: Arc<str>,
    /// Milliseconds until it is tried again.
    pub left_ms: u64,
}

/// The size from which on a provider refuses a model's requests.
#[derive(Debug, Clone, Serialize)]
pub struct SizeSnapshot {
    /// The model.
    #[serde(serialize_with = "text")]
    pub model: Arc<str>,
    /// Bytes of the smallest that it refused.
    pub bytes: u64,
    /// Milliseconds until that is not believed any more.
    pub left_ms: u64,
}

/// The state of one key.
#[derive(Debug, Clone, Serialize)]
pub struct KeySnapshot {
    /// Whether it may be used.
    pub enabled: bool,
    /// It is the caller's own login; such a key has no state of its own.
    pub client: bool,
    /// `ok`, `cooling`, `exhausted` or `quarantined`.
    pub state: &'static str,
    /// Milliseconds until it is used again, or tested; absent when usable, 0 when a test is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_ms: Option<u64>,
    /// Models that rest with this key.
    pub resting_models: usize,
    /// What it bears and what is under way with it.
    pub gauge: GaugeSnapshot,
}
