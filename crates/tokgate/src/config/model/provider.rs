//! `[provider.NAME]`: one upstream, and how its calls are formed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::engine::{Allowance, KeyChoice};
use tokgate_policy::model_map::Slots;
use tokgate_wire::downgrade::Lack;
use tokgate_wire::price::{Currency, Own};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::surface::azure;
use tokgate_wire::translate::dialect::changes::Changes;

use super::{AuthStyle, ProviderKey, SecretRef, Transport};

/// One upstream: `[provider.NAME]`.
#[derive(Debug, Clone)]
pub struct Provider {
    /// `NAME`: `[a-z0-9][a-z0-9_-]{0,63}`.
    pub name: Arc<str>,
    /// What it is and where. TOML: `type` and `url`, or `preset`.
    pub kind: ProviderKind,
    /// How the addresses of its calls are formed. TOML: by `type`.
    pub surface: Surface,
    /// `protocols`: model sent → protocol it is asked in, where a provider speaks several by model; patterns as in `models`.
    pub protocols: Vec<(String, UpstreamProtocol)>,
    /// What requests are signed for with AWS keys. TOML: `region`, or the host's own.
    pub scope: Option<AwsScope>,
    /// Vendor registry id when `preset` was used.
    pub preset: Option<String>,
    /// Credentials in order. Empty for a provider that needs none.
    pub keys: Vec<ProviderKey>,
    /// `key_choice = "round-robin" | "fill-first" | "least-used" | "sticky"`. Default `round-robin`.
    pub key_choice: KeyChoice,
    /// `limits = { concurrent = 8, rpm = 60, tpm = 400_000 }`: what it bears; `concurrent = "auto"` is found out for each
    /// key. Default: nothing is limited.
    pub limits: Allowance,
    /// `auth = "auto" | "bearer" | "x-api-key" | "both" | "api-key" | "none" | { header = "…" }`. Default by protocol.
    pub auth: AuthStyle,
    /// Lower is tried first. Default 100.
    pub order: i64,
    /// Its share where a profile shares by weight, 0 to 1000. Default 100.
    pub weight: u32,
    /// Hard failures in a row after which it is left alone. Default as in `[failover.breaker]`.
    pub max_failures: Option<u32>,
    /// Largest request it takes, bytes; larger ones are not sent there. Default: what it says itself.
    pub max_body: Option<u64>,
    /// Longest context of its models, tokens; longer requests go to one with more room while there is one. Default: what is
    /// known of the model.
    pub max_context: Option<u64>,
    /// Default true.
    pub enabled: bool,
    /// asked for → sent upstream; exact names beat globs, longer globs beat shorter ones, `*` is the rest.
    pub models: Vec<(String, String)>,
    /// Model that a probe which costs tokens asks. Default: a small one.
    pub probe_model: Option<String>,
    /// Model slots of row 1.9: `default_model`, `small_model`; used when `models` has no entry.
    pub slots: Slots,
    /// Headers added to every upstream request (they replace the client's of the same name).
    pub headers: Vec<(String, String)>,
    /// What it does not take, in place of what is known of its vendor.
    pub lacks: Option<Vec<Lack>>,
    /// What of its dialect is otherwise than what is known of its vendor: `[provider.NAME.dialect]`.
    pub dialect: Changes,
    /// The same for some models, `*` and `?` allowed: `[provider.NAME.model.MODEL.dialect]`.
    pub dialects: Vec<(String, Changes)>,
    /// Currency of its prices that do not say their own.
    pub currency: Option<Currency>,
    /// Model sent (`*` and `?` allowed) → what its tokens cost: `[provider.NAME.price.MODEL]`.
    pub prices: Vec<(String, Own)>,
    /// Timeouts, proxy, trust.
    pub transport: Transport,
    /// `http://` to a host beyond loopback with a key is refused unless true.
    pub allow_plaintext: bool,
    /// Free text.
    pub note: Option<String>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
}

impl Provider {
    /// Protocols it speaks, the preferred one first. The practice provider speaks them all.
    pub fn protocols(&self) -> Vec<UpstreamProtocol> {
        match &self.kind {
            ProviderKind::Http { bases } => bases.iter().map(|(protocol, _)| *protocol).collect(),
            ProviderKind::Simulated(_) => Protocol::ALL.map(UpstreamProtocol::from).to_vec(),
        }
    }

    /// Protocols it answers in translation. A caller's own login means nothing to a provider of another protocol.
    pub fn translates(&self) -> Vec<Protocol> {
        if self.keys.iter().any(|key| key.from == SecretRef::Client) {
            return Vec::new();
        }
        let spoken = self.protocols();
        Protocol::ALL.into_iter().filter(|protocol| !spoken.contains(&(*protocol).into())).collect()
    }

    /// The names of what clients of these providers may speak: first what needs no translation.
    pub fn served<'p>(providers: impl Iterator<Item = &'p Self> + Clone) -> Vec<String> {
        let own = providers.clone().flat_map(Self::protocols).filter_map(UpstreamProtocol::client);
        let mut names: Vec<String> = Vec::new();
        for protocol in own.chain(providers.flat_map(Self::translates)) {
            if !names.iter().any(|known| known == protocol.id()) {
                names.push(protocol.id().to_owned());
            }
        }
        names
    }
}

/// `provider.X.type`
#[derive(Debug, Clone)]
pub enum ProviderKind {
    /// A real upstream over HTTP.
    Http {
        /// Protocols it speaks and the base address of each, in order of preference. The base has no trailing slash;
        /// operation paths are appended as `wire::path::upstream_path` says.
        bases: Vec<(UpstreamProtocol, url::Url)>,
    },
    /// The built-in practice provider.
    Simulated(Simulate),
}

/// How the addresses of a provider's calls are formed, and what is changed about them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Surface {
    /// As the protocol's own documentation says.
    #[default]
    Plain,
    /// `type = "azure"`; TOML: `api_version`. Default `v1`.
    Azure(azure::Version),
    /// `type = "bedrock"`
    Bedrock {
        /// `anthropic_version` in bodies. Default `bedrock-2023-05-31`.
        anthropic_version: String,
        /// `betas`: features of `anthropic-beta` that are passed on. Default: those Bedrock documents.
        betas: Option<Vec<String>>,
    },
}

/// What a signature of AWS is valid for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AwsScope {
    /// `us-east-1`
    pub region: String,
    /// The signing name, `bedrock`.
    pub service: String,
}

/// `provider.X.simulate`: how the practice provider behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulate {
    /// Time to the first event. Default 300 ms for a person to see, 0 in tests.
    pub first_byte: Duration,
    /// Output speed. Default 60 per second.
    pub tokens_per_second: u32,
}
