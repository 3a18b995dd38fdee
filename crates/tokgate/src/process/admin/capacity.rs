//! Who waits, and how much of each limit is taken, as the gateway tells it.

use serde::{Deserialize, Serialize};

/// Lines and limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapacityStatus {
    /// Requests that wait to be let in at all, as `server.max_concurrent` are under way.
    pub outside: u64,
    /// Requests that wait for a place at a provider, or for one that rests.
    pub waiting: u64,
    /// At most so many may, of each kind.
    pub max_waiting: u64,
    /// Bytes of request bodies held.
    #[serde(default)]
    pub buffered: u64,
    /// At most so many may be.
    #[serde(default)]
    pub max_buffered: u64,
    /// Requests refused for want of memory since the start.
    #[serde(default)]
    pub shed: u64,
    /// Requests of agents refused since the start because they came again and again.
    #[serde(default)]
    pub circles: u64,
    /// The clients behind `waiting`, the oldest first, and not more than some.
    #[serde(default)]
    pub clients: Vec<WaitingClient>,
    /// Those by profile.
    pub lines: Vec<LineStatus>,
    /// Limits: those for callers, of providers, and of keys.
    pub limits: Vec<LimitStatus>,
}

/// A request that waits in line while its client holds the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingClient {
    /// Its number.
    pub id: String,
    /// Model asked for.
    pub model: Option<String>,
    /// Attempts before.
    pub tries: u64,
    /// When it arrived, milliseconds since the Unix epoch.
    pub at_ms: u64,
}

/// The line of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineStatus {
    /// The profile, or the provider that was named.
    pub profile: String,
    /// Somebody waits for these.
    pub interactive: u64,
    /// Of small fast models, which programs use for their own work.
    pub background: u64,
    /// Nobody waits for these.
    #[serde(rename = "async")]
    pub unattended: u64,
    /// At most so many may wait.
    pub max: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// How long the first of them has waited, milliseconds.
    pub longest_ms: u64,
    /// How long one more would wait, milliseconds, by the pace of those before; unknown at first.
    pub drains_in_ms: Option<u64>,
}

/// One limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitStatus {
    /// `caller`, `provider` or `key`.
    pub of: String,
    /// Its name: the limit's, or the provider's.
    pub name: String,
    /// Which of the provider's keys, from 1.
    pub key: Option<u64>,
    /// `wait` or `reject`, of a limit for callers.
    pub over: Option<String>,
    /// Requests under way.
    pub in_flight: u64,
    /// As many may be.
    pub concurrent: Option<u64>,
    /// That number is found out.
    pub auto: bool,
    /// Requests a minute.
    pub rpm: Option<u64>,
    /// Those that are left.
    pub rpm_left: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Those that are left.
    pub tpm_left: Option<u64>,
}
