//! The admin interface: how our own commands talk to the running gateway, over a Unix socket that only this user can
//! open. One small request per connection: `GET /status`, `POST /stop`, `POST /runs`, `DELETE /runs/TAG`,
//! `POST /environment`, `POST /records`, `POST /config/reload`, `POST /learned/forget`, `POST /failover`, `POST /queue`, `POST /health/check`,
//! `POST /health/reset`, `POST /health/history`. Described for other programs in docs/reference/admin.openapi.json.
//!
//! The gateway implements [`AdminHandler`]; [`server`] and [`client`] are the two ends of the socket.

pub mod capacity;
pub mod client;
mod route;
pub mod server;

pub use route::{RouteCandidate, RouteTest, RouteTested, Unknown};

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tokgate_policy::health::{HealthSnapshot, Stretch};

use super::environment::{Asked, Seen};
use crate::cli::error::{CliError, Text};
use crate::gateway::jobs::Counts;
use crate::i18n::Both;
use crate::secret::Secret;
use crate::store::jobs::JobId;
use crate::store::record::Record;

/// What the running gateway answers. Calls are quick and do not wait: they read counters and add to tables. Only
/// [`AdminHandler::records`] waits, for the disk.
pub trait AdminHandler: Send + Sync + 'static {
    /// How it is.
    fn status(&self) -> Status;

    /// Registers one start of a client. The tag must be random: for providers that take the caller's own login it is
    /// the credential.
    fn start_run(&self, run: NewRun) -> Result<RunGrant, CliError>;

    /// Writes the records that wait and says what became of that. Blocks.
    fn records(&self) -> Records {
        Records::default()
    }

    /// Reads the configuration again and says what came of it. Blocks until that is done.
    fn reload(&self) -> Result<Reloaded, CliError>;

    /// What it has of these variables, without their values.
    fn environment(&self, asked: &Asked) -> Seen;

    /// Forgets what providers were found not to take.
    fn forget(&self, asked: &Forget) -> Result<Forgotten, CliError>;

    /// Says what would become of a request, and makes none.
    fn route(&self, asked: &RouteTest) -> Result<RouteTested, CliError>;

    /// Looks at providers now and says how they are. Blocks for as long as `[health] timeout` allows.
    fn check(&self, asked: &Check) -> Result<Vec<ProviderStatus>, CliError>;

    /// Forgets how a provider or a key stands. Blocks for the disk.
    fn reset(&self, asked: &Reset) -> Result<ProviderStatus, CliError>;

    /// What a provider has answered.
    fn history(&self, asked: &AskHistory) -> Result<History, CliError>;

    /// Switches between profiles. Blocks for the disk.
    fn failover(&self, asked: &Failover) -> Result<FailoverStatus, CliError>;

    /// Looks at jobs and changes them. Blocks.
    fn queue(&self, asked: &QueueAsk) -> Result<QueueTold, CliError>;

    /// The client has ended: its tag is no credential any more. An unknown tag is fine.
    fn end_run(&self, tag: &str);
}

/// How the gateway is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Status {
    /// Version of the program that runs.
    pub version: String,
    /// Process number.
    pub pid: u32,
    /// When it started, milliseconds since the Unix epoch.
    pub started_ms: u64,
    /// Main address as clients use it: `http://127.0.0.1:7711`, never an unspecified address.
    pub address: String,
    /// Further addresses.
    #[serde(default)]
    pub also: Vec<String>,
    /// Configuration file, when there is one.
    pub config: Option<PathBuf>,
    /// Why the configuration on disk is not the one in use, when a later edit was refused.
    #[serde(default)]
    pub config_problem: Option<Refused>,
    /// Why records are not written, when they are not.
    #[serde(default)]
    pub records_problem: Option<Text>,
    /// What became of the job file, when it could not be used or was damaged.
    #[serde(default)]
    pub jobs_problem: Option<Text>,
    /// No real provider: the practice provider answers.
    pub practice: bool,
    /// Profile used when no rule chooses.
    pub profile: String,
    /// Which profile answers by default now, and how that came.
    #[serde(default)]
    pub failover: FailoverStatus,
    /// Providers of that profile in the order they are tried, then the others.
    pub providers: Vec<ProviderStatus>,
    /// What messages asked as probes have cost, where they are asked.
    #[serde(default)]
    pub probes: Option<ProbesStatus>,
    /// Runs that have not ended.
    #[serde(default)]
    pub runs: Vec<RunStatus>,
    /// Requests in flight.
    pub in_flight: u64,
    /// WebSockets open.
    #[serde(default)]
    pub websockets: u64,
    /// Who waits, and how much of each limit is taken.
    #[serde(default)]
    pub capacity: capacity::CapacityStatus,
    /// Requests since the start.
    pub requests: u64,
    /// Those that did not complete.
    pub failed: u64,
    /// No new requests are taken.
    pub draining: bool,
}

/// Which profile answers by default, and how that came. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailoverStatus {
    /// The profile in use.
    pub profile: String,
    /// Why it is that one, unless the configuration alone says so: `failures` or `manual`.
    pub cause: Option<String>,
    /// What somebody said.
    pub reason: Option<String>,
    /// Since when.
    pub since_ms: Option<u64>,
    /// When a switch by hand ends.
    pub until_ms: Option<u64>,
    /// When the configuration's profile may be tried again.
    pub retry_ms: Option<u64>,
    /// It may be time to go back, which waits for somebody to say so.
    #[serde(default)]
    pub may_go_back: bool,
    /// When another switch may be made automatically: there were as many in an hour as are allowed.
    #[serde(default)]
    pub stopped_until_ms: Option<u64>,
    /// Until when nothing is switched automatically.
    pub paused_until_ms: Option<u64>,
    /// Requests in a row that failed in the profile in use.
    pub failures: u32,
    /// The last switches, newest first.
    pub history: Vec<SwitchStatus>,
}

/// One switch between profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchStatus {
    /// When, milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The profile that was left.
    pub from: String,
    /// The profile that is used since.
    pub to: String,
    /// `failures`, `recovered`, `manual`, `expired` or `gone`.
    pub cause: String,
    /// What somebody said.
    pub reason: Option<String>,
}

/// The body of `POST /failover`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum Failover {
    /// To this profile, for good or for so long.
    Switch {
        /// The profile.
        profile: String,
        /// Why, for those who look.
        reason: Option<String>,
        /// How long, milliseconds.
        lasts_ms: Option<u64>,
    },
    /// To the configuration's profile, at once.
    Back {
        /// Why.
        reason: Option<String>,
    },
    /// Nothing is switched automatically for so long.
    Pause {
        /// How long, milliseconds.
        lasts_ms: u64,
    },
    /// Automatically again.
    Resume,
}

/// The body of `POST /queue`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action")]
pub enum QueueAsk {
    /// How many there are.
    Count,
    /// What it would cost to try this one again.
    Estimate {
        /// Which.
        id: JobId,
    },
    /// Tries one again.
    Retry {
        /// Which.
        id: JobId,
    },
    /// Takes one back if it is not over, and removes it.
    Drop {
        /// Which.
        id: JobId,
    },
    /// Removes all that are over.
    Clear,
}

/// Its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueTold {
    /// How many there are that are not over.
    pub counts: Counts,
    /// What another try costs at least, millionths of a US dollar; `None` where no price is known.
    pub micros: Option<u64>,
    /// How many it was done to.
    pub done: usize,
}

/// Why a configuration was not put in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// What is wrong, with its place: one sentence.
    pub what: Both,
    /// What to do: a command, or one sentence.
    pub fix: Both,
}

impl Refused {
    /// Something of which nothing closer is known than that the configuration should be looked at.
    pub fn because(what: Both) -> Self {
        Self { what, fix: Both::same("tokgate config validate") }
    }
}

/// The answer to `POST /config/reload`: what became of a configuration that was read again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// Counts up with every configuration taken over.
    pub version: u64,
    /// Why it was not; the one before is in force.
    pub problem: Option<Refused>,
}

/// One provider now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProviderStatus {
    /// Its name.
    pub name: String,
    /// Whether it is used.
    pub state: ProviderState,
    /// Protocol ids it speaks.
    pub protocols: Vec<String>,
    /// Why it is not used, in a few words.
    #[serde(default)]
    pub note: Option<Both>,
    /// Its last failure, as a row of the failure table.
    #[serde(default)]
    pub failure: Option<String>,
    /// When it may be tried again, milliseconds since the Unix epoch.
    #[serde(default)]
    pub until_ms: Option<u64>,
    /// What it has been found not to take.
    #[serde(default)]
    pub learned: Vec<LearnedLack>,
    /// How well it has answered lately, and what probes have shown.
    #[serde(default)]
    pub health: HealthSnapshot,
    /// Why no message is asked of it as a probe, where one is wanted.
    #[serde(default)]
    pub probe_remark: Option<Both>,
    /// What a message asked of it now would cost at most, millionths of a US dollar; none where none would be asked.
    #[serde(default)]
    pub message_micros: Option<u64>,
    /// Its keys, in the order of the configuration.
    #[serde(default)]
    pub keys: Vec<KeyStatus>,
}

impl ProviderStatus {
    /// Nothing is known of it: it has neither been asked nor looked at.
    pub fn is_unused(&self) -> bool {
        let health = &self.health;
        let heard = [health.last_used_ago_ms, health.refused_ago_ms, health.probe_ago_ms, health.answer_ago_ms];
        self.failure.is_none() && health.answers == 0 && heard.iter().all(Option::is_none)
    }
}

/// What messages asked as probes have cost today (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbesStatus {
    /// Spent, millionths of a US dollar; what is not known stands at its most.
    pub spent_micros: u64,
    /// `health.probe_budget`, millionths of a US dollar.
    pub budget_micros: u64,
    /// How many were asked.
    pub asked: u32,
}

/// One key of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStatus {
    /// Where it comes from: a reference, or the end of a literal.
    pub from: String,
    /// Whether the configuration allows it to be used.
    pub enabled: bool,
    /// `ok`, `cooling`, `exhausted` or `quarantined`; `unreadable` when it is not there, as a variable that is not set;
    /// `client` for the caller's own login.
    pub state: String,
    /// When it is used or tested again, milliseconds since the Unix epoch.
    pub until_ms: Option<u64>,
    /// Models that rest with it.
    #[serde(default)]
    pub resting_models: usize,
}

/// The body of `POST /health/check`: look at these providers now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Their names; none: all that are used.
    pub providers: Vec<String>,
}

/// The body of `POST /health/reset`: forget how a provider, or one key of it, stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Its name.
    pub provider: String,
    /// The number of the key, from 1; none: the provider and all its keys.
    pub key: Option<NonZeroUsize>,
}

/// The body of `POST /health/history`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskHistory {
    /// Of this provider.
    pub provider: String,
}

/// The answer: what a provider has answered, by hours (a day) and days (three months), oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Hours.
    pub hours: Vec<Stretch>,
    /// Days.
    pub days: Vec<Stretch>,
}

/// One thing a provider has been found not to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearnedLack {
    /// What, as in `provider.NAME.lacks`; or [`LearnedLack::SIZE`].
    pub lack: String,
    /// The size from which on requests are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Of which model's requests.
    pub model: String,
    /// Until when it is believed, milliseconds since the Unix epoch.
    pub until_ms: u64,
}

impl LearnedLack {
    /// Room for large requests.
    pub const SIZE: &str = "size";
}

/// The body of `POST /learned/forget`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    /// Of which provider; without one, of all.
    pub provider: Option<String>,
}

/// Its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// How much it was.
    pub count: usize,
}

/// Health of a provider, as real traffic showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderState {
    /// Used.
    #[default]
    Ok,
    /// Used, with trouble lately or some keys resting.
    Degraded,
    /// Rests after failures.
    Down,
    /// Switched off, or without a usable key.
    Off,
}

/// One run now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunStatus {
    /// Client.
    pub client: String,
    /// Directory.
    #[serde(default)]
    pub project: Option<String>,
    /// Profile or provider it is pinned to.
    #[serde(default)]
    pub pinned: Option<String>,
    /// When it started, milliseconds since the Unix epoch.
    pub started_ms: u64,
}

/// One start of a client, to be registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRun {
    /// `claude`, `codex`, `opencode` or the name of a configured client.
    pub client: String,
    /// Git root, or the directory it is started in.
    pub project: Option<String>,
    /// What it is marked with, for rules.
    #[serde(default)]
    pub tag: Option<String>,
    /// Profile it is pinned to.
    pub profile: Option<String>,
    /// Provider it is pinned to.
    pub provider: Option<String>,
    /// Model sent upstream instead of whatever is asked for.
    pub model: Option<String>,
}

/// What a registered run may use.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunGrant {
    /// Stands in its base path, `/r/TAG`.
    pub tag: String,
    /// Main address, `http://127.0.0.1:7711`.
    pub address: String,
    /// The local key; `None` when the gateway asks for none, or when `own_login` holds.
    #[serde(with = "optional_secret")]
    pub key: Option<Secret>,
    /// The client's own login is forwarded: it must be left as it is, and the tag is the credential.
    pub own_login: bool,
    /// Protocol ids that the providers of this run speak, the preferred one first.
    pub protocols: Vec<String>,
    /// Names of the providers of this run, in the order they are tried; for the line shown at the start.
    pub providers: Vec<String>,
    /// Profile that was chosen, unless a provider was named.
    pub profile: Option<String>,
    /// PEM file with the gateway's own certificate, when it listens with TLS: the client has to trust it.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
}

/// The answer to `POST /records`: everything that had ended is in the file now, or here.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Records {
    /// Why they are not written, when they are not.
    pub problem: Option<Text>,
    /// Those held in memory because of it, oldest first.
    pub held: Vec<Record>,
}

/// The answer to `POST /stop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopping {
    /// Requests still in flight.
    pub in_flight: u64,
    /// How long they may take, seconds.
    pub drain_s: u64,
}

/// The body of `POST /stop`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Do not wait for running streams.
    pub now: bool,
}

/// The one way a secret crosses the admin socket, which only this user can open.
mod optional_secret {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(super) fn serialize<S: Serializer>(key: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
        match key {
            Some(key) => serializer.serialize_some(key.expose()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
    }
}

#[cfg(test)]
mod tests;
