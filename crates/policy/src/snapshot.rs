//! How every provider and key stands now, for people and programs that look. No secrets, no key values.

use std::sync::Arc;

use serde::Serialize;

use crate::explain::text;

/// The state of everything.
#[derive(Debug, Clone, Serialize)]
pub struct Snapshot {
    /// Every provider, in the order of the configuration.
    pub providers: Vec<ProviderSnapshot>,
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
    /// What it has been found not to take.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<LackSnapshot>,
    /// Models that rest at this provider or with one of its keys.
    pub resting_models: usize,
    /// `closed`, `open`, `half-open` or `slow-start`: whether it is left alone after failures.
    pub breaker: &'static str,
    /// Milliseconds until an open one is tried again, or probation ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_left_ms: Option<u64>,
    /// Row of the last failure.
    pub last_failure: Option<&'static str>,
    /// Milliseconds since then.
    pub last_failure_ago_ms: Option<u64>,
    /// Milliseconds since the last success.
    pub last_success_ago_ms: Option<u64>,
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
}
