//! The validated configuration: types that cannot be wrong. Read by everyone, written only by the parser.
//!
//! Every field is documented where it is declared: meaning, unit, default. The TOML spelling is the field's own name
//! unless the comment says otherwise.

mod client;
mod health;
mod key;
mod log;
mod provider;
mod queue;
mod routing;
mod server;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokgate_policy::engine::{BreakerParams, Budgets, FailoverParams, LimitParams, RouteParams};
use tokgate_wire::adapter::Adapter;

pub use client::{Client, Ui};
pub use health::{Health, ProbeKind};
pub use key::{AuthStyle, AwsParts, AwsSource, ProviderKey, SecretRef};
pub use log::{Log, LogFormat, LogKeep, LogLevel, Retention};
pub use provider::{AwsScope, Provider, ProviderKind, Simulate, Surface};
pub use queue::Queue;
pub use routing::{Hold, Profile};
pub use server::{LocalKey, Server, TlsFiles};
pub use transport::{Defaults, Http2, HttpProxy, KeepAlive, Transport};

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[defaults]`, already folded into each provider; kept for `config show`.
    pub defaults: Defaults,
    /// `[provider.NAME]`, in the order they are tried when nothing else says otherwise: by `order`, then as written.
    pub providers: Vec<Arc<Provider>>,
    /// `[profile.NAME]`. Never empty: without any, one named `default` holds every enabled provider.
    pub profiles: Vec<Profile>,
    /// Index into `profiles` of the profile used when no rule chooses: the one named `default`, else the first.
    pub default_profile: usize,
    /// `[[route]]`, first match wins.
    pub routes: Vec<RouteParams>,
    /// `[failover]`: which failures go to the next provider, and when the default profile is left for one of a lower tier.
    pub failover: FailoverParams,
    /// `[failover.budget]`: what further attempts of a request may cost.
    pub budgets: Budgets,
    /// `[failover.breaker]`: when a provider is left alone.
    pub breaker: BreakerParams,
    /// `[queue]`: requests whose clients do not wait.
    pub queue: Queue,
    /// `[health]`: looking at providers without asking them for anything.
    pub health: Health,
    /// `[hold]`: how long a request may wait for a place or for providers that rest.
    pub hold: Hold,
    /// `[[limit]]`: limits for callers; all that match hold.
    pub limits: Vec<LimitParams>,
    /// `[log]`
    pub log: Log,
    /// `[client.NAME]`
    pub clients: BTreeMap<String, Client>,
    /// `[adapter.NAME]` that are switched on, as written.
    pub adapters: Vec<Arc<Adapter>>,
    /// `[ui]`
    pub ui: Ui,
}
