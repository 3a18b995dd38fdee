//! One validated configuration made ready for requests: immutable, swapped whole. A request keeps the one it began with.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::header::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use tokgate_policy::engine::Params;
use tokgate_policy::glob::{Glob, Style, TooLong};
use tokgate_simulator::Practice;
use tokgate_wire::downgrade::Lacks;
use tokgate_wire::models::limits::{self, Limits};
use tokgate_wire::path::{UpstreamCall, upstream_path};
use tokgate_wire::price::{self, Cost, Own, Price};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::surface::bedrock;
use tokgate_wire::translate::dialect::changes::Changes;
use tokgate_wire::translate::dialect::{self, Dialect};
use tokgate_wire::usage::Usage;
use tokgate_wire::vendor;
use tokgate_wire::vendor::{ByModel, Vendor};

use super::credential::Key;
use super::issuer::Issuer;
use super::policy_params;
use crate::config::model::{AwsScope, Config, ProviderKind, SecretRef, Surface};
use crate::config::{Env, SecretError};
use crate::i18n::{Both, Lang, Text, faults};
use crate::process::admin::Refused;
use crate::proxy::host::HostRules;
use crate::secret::Secret;
use crate::upstream::{Origin, Scheme, TrustStore};

/// The model the practice provider lists; it answers to any name.
const PRACTICE_MODEL: &str = "practice";

/// The running configuration.
#[derive(Debug)]
pub struct Snapshot {
    /// What was read.
    pub config: Arc<Config>,
    /// Counts up with every accepted configuration.
    pub version: u64,
    /// The same providers in the same order, ready to be called.
    pub providers: Vec<Provider>,
    /// What the policy decides on.
    pub policy: Arc<Params>,
    /// Who may call.
    pub access: Access,
    /// Which `Host` and `Origin` values are ours.
    pub hosts: HostRules,
    /// Language of texts inside answers.
    pub lang: Lang,
    /// Keys that could not be read when the configuration was loaded: provider, reason. Shown by `status`.
    pub key_problems: Vec<(Arc<str>, Both)>,
}

/// A provider ready to be called.
#[derive(Debug)]
pub struct Provider {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is.
    pub reach: Reach,
    /// Its keys, in the configured order.
    pub keys: Vec<Key>,
    /// Headers added to every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Deadlines.
    pub deadlines: Deadlines,
    /// Who it is to the opaque reasoning it issues.
    pub issuer: Issuer,
    /// How the addresses of its calls are formed.
    pub surface: Surface,
    /// What signatures with AWS keys are made for.
    pub scope: Option<AwsScope>,
    /// Models that are asked in one protocol alone, in the order they are looked at.
    protocols: Vec<(Glob, UpstreamProtocol)>,
    /// What the configuration knows better of its dialect.
    changes: Changes,
    /// The same of some of its models, in the order they are looked at.
    changes_by_model: Vec<(Glob, Changes)>,
    /// What models cost by the configuration, in the order they are looked at.
    prices: Vec<(Glob, Own)>,
    /// Whose API it is, when it is known.
    vendor: Option<&'static Vendor>,
    /// What its vendor charges.
    listed: Box<[&'static Price]>,
    /// What requests in its own protocols are relieved of; the first that fits counts.
    lacks: Vec<Lacking>,
}

/// What a provider does not take.
#[derive(Debug)]
struct Lacking {
    protocol: UpstreamProtocol,
    /// For these models alone.
    of: Option<&'static ByModel>,
    lacks: Lacks,
}

/// A provider that follows the documentation.
static LACKS_NOTHING: Lacks = Lacks::NONE;

/// Where a provider is.
#[derive(Debug)]
pub enum Reach {
    /// Over HTTP, one base per protocol.
    Http(Vec<Base>),
    /// Inside this process.
    Practice(Practice),
}

/// One base address.
#[derive(Debug)]
pub struct Base {
    /// Protocol spoken there.
    pub protocol: UpstreamProtocol,
    /// Path before the operation's own.
    pub path: Box<str>,
    /// Where answers are asked for, when that is one address for every model: nearly every request goes there.
    pub create: Option<Uri>,
    /// Host, port, TLS, proxy, pool.
    pub origin: Arc<Origin>,
}

/// Deadlines of one attempt, after the connection stands.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Stream: request sent → first event.
    pub first_byte: Duration,
    /// Longest silence inside a stream.
    pub idle: Duration,
    /// A whole answer that is not streamed.
    pub total: Duration,
}

/// Who may call.
#[derive(Debug, Clone)]
pub enum Access {
    /// Callers show this key.
    Key(KeyCheck),
    /// Anyone on this machine; `local_key = "off"`.
    Open,
}

/// Compares a caller's key without keeping it and in constant time.
#[derive(Debug, Clone)]
pub struct KeyCheck([u8; 32]);

impl KeyCheck {
    /// Remembers the hash of `key`.
    pub fn new(key: &Secret) -> Self {
        Self(Sha256::digest(key.expose()).into())
    }

    /// Whether `candidate` is the key. Both sides are hashed, so timing tells nothing of the key.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        let hash: [u8; 32] = Sha256::digest(candidate).into();
        bool::from(subtle::ConstantTimeEq::ct_eq(&self.0[..], &hash[..]))
    }
}

/// What a snapshot is built from besides the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// Trusted certificates, shared by all configurations.
    pub trust: &'a TrustStore,
    /// The local key made or read at start; unused when the configuration names one or switches it off.
    pub auto_key: &'a Secret,
    /// Where variables are looked up.
    pub env: &'a Arc<Env>,
    /// Language of texts inside answers.
    pub lang: Lang,
    /// Counts up.
    pub version: u64,
}

impl Snapshot {
    /// Makes `config` ready. Fails when a provider cannot be reached even in theory (bad CA file, …): the text says why.
    pub fn build(config: Arc<Config>, around: &Surroundings<'_>) -> Result<Self, Refused> {
        let mut providers = Vec::with_capacity(config.providers.len());
        let mut key_problems = Vec::new();
        for provider in &config.providers {
            let ready =
                Provider::build(provider, around).map_err(|why| Refused::because(Both::of(|lang| why.say(lang))))?;
            for key in &ready.keys {
                if let Err(error) = key.resolve_now() {
                    key_problems.push((Arc::clone(&ready.name), Both::of(|lang| error.text(lang))));
                }
            }
            providers.push(ready);
        }
        Ok(Self {
            version: around.version,
            policy: Arc::new(
                policy_params::params(&config).map_err(|why| Refused::because(Both::of(|lang| why.say(lang))))?,
            ),
            access: access(&config, around)?,
            hosts: HostRules::new(&config.server.hosts),
            lang: around.lang,
            key_problems,
            providers,
            config,
        })
    }

    /// Models that can be asked for, with the provider they come from: mapped names first, then those vendors list.
    pub fn models(&self) -> Vec<(&str, &str)> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        for provider in self.config.providers.iter().filter(|provider| provider.enabled) {
            let mapped = provider.models.iter().map(|(asked, _)| asked.as_str());
            let exact = mapped.filter(|name| !name.contains(['*', '?']));
            let vendor = provider.preset.as_deref().and_then(vendor::find);
            for name in exact.chain(vendor.map_or(&[][..], |vendor| vendor.models).iter().copied()) {
                if !found.iter().any(|(known, _)| *known == name) {
                    found.push((name, &provider.name));
                }
            }
            if matches!(provider.kind, ProviderKind::Simulated(_)) {
                found.push((PRACTICE_MODEL, &provider.name));
            }
        }
        found
    }

    /// What a model of [`Snapshot::models`] takes and says at most: of the model that is sent in its place.
    pub fn limits(&self, model: &str, provider: &str) -> Option<Limits> {
        let provider = self.config.providers.iter().find(|known| *known.name == *provider)?;
        let sent = provider.models.iter().find(|(asked, _)| asked == model).map_or(model, |(_, sent)| sent);
        limits::find(provider.preset.as_deref()?, sent)
    }

    /// The longest input of a model that is sent to a provider, tokens, where it is a known fact.
    pub fn window(&self, provider: &str, sent: &str) -> Option<u64> {
        let provider = self.config.providers.iter().find(|known| *known.name == *provider)?;
        limits::find(provider.preset.as_deref()?, sent).map(|limits| limits.input)
    }

    /// The local key in force; `None` when none is needed.
    pub fn local_key<'a>(
        config: &Config,
        auto: &'a Secret,
        env: &Env,
    ) -> Result<Option<std::borrow::Cow<'a, Secret>>, SecretError> {
        use std::borrow::Cow;

        use crate::config::model::LocalKey;
        match &config.server.local_key {
            LocalKey::Auto => Ok(Some(Cow::Borrowed(auto))),
            LocalKey::Given(from) => crate::config::resolve(from, env).map(|secret| Some(Cow::Owned(secret))),
            LocalKey::Off => Ok(None),
        }
    }
}

fn origin(
    url: &url::Url,
    config: &crate::config::model::Provider,
    around: &Surroundings<'_>,
) -> Result<Arc<Origin>, Text> {
    let wrong = |why: Text| Text::new(&faults::OF_PROVIDER).with("name", &config.name).with_words("why", why);
    let scheme = Scheme::from_name(url.scheme()).ok_or_else(|| wrong((&faults::NOT_HTTP_URL).into()))?;
    let host = url.host_str().ok_or_else(|| wrong((&faults::NO_HOST).into()))?;
    let port = url.port_or_known_default().ok_or_else(|| wrong((&faults::NO_PORT).into()))?;
    Origin::new(scheme, host, port, &config.transport, around.trust).map_err(|error| wrong(error.text()))
}

fn access(config: &Config, around: &Surroundings<'_>) -> Result<Access, Refused> {
    let key = Snapshot::local_key(config, around.auto_key, around.env).map_err(|error| no_local_key(&error))?;
    Ok(match key {
        Some(key) => Access::Key(KeyCheck::new(&key)),
        None => Access::Open,
    })
}

/// The key that callers show cannot be fetched: what its error says, and what makes it fetchable.
fn no_local_key(error: &SecretError) -> Refused {
    Refused {
        what: Both::of(|lang| format!("server.local_key: {}", error.text(lang))),
        fix: Both::of(|lang| error.local_key_fix(lang)),
    }
}

/// A whole name says more than a pattern, and a longer pattern more than a shorter; of two equal ones the first counts.
pub(crate) fn by_model<T: Clone>(
    config: &crate::config::model::Provider,
    named: &[(String, T)],
) -> Result<Vec<(Glob, T)>, Text> {
    let too_long = |_: TooLong| policy_params::pattern_too_long(&config.name);
    let compiled = named.iter().map(|(name, value)| Ok((name.len(), Glob::new(name, Style::Name)?, value.clone())));
    let mut compiled = compiled.collect::<Result<Vec<_>, TooLong>>().map_err(too_long)?;
    compiled.sort_by_key(|(length, glob, _)| (!glob.is_literal(), std::cmp::Reverse(*length)));
    Ok(compiled.into_iter().map(|(_, glob, value)| (glob, value)).collect())
}

/// What the configuration says a provider lacks, else what is known of its vendor.
fn lacks(config: &crate::config::model::Provider) -> Vec<Lacking> {
    let spoken = config.protocols().into_iter();
    if let Some(lacks) = &config.lacks {
        let all = |protocol| Lacking { protocol, of: None, lacks: Lacks::new(lacks.iter().cloned()) };
        return spoken.map(all).collect();
    }
    let Some(vendor) = config.preset.as_deref().and_then(vendor::find) else { return Vec::new() };
    let of_all = |protocol| (protocol, None, vendor.usual_dialect(protocol));
    let of_some = vendor.by_model.iter().map(|facts| (facts.protocol, Some(facts), facts.dialect));
    let known = of_some.chain(spoken.map(of_all));
    known.map(|(protocol, of, dialect)| Lacking { protocol, of, lacks: dialect.lacked(protocol) }).collect()
}

/// The address below `base` at which answers are asked for, whatever the model.
fn create(base: &str, protocol: UpstreamProtocol, surface: &Surface) -> Option<Uri> {
    // Those that no client speaks name the model in the path.
    protocol.client().filter(|_| *surface == Surface::Plain)?;
    Uri::try_from(upstream_path(base, &UpstreamCall::Create { protocol, model: "", streams: false })).ok()
}

impl Provider {
    fn build(config: &crate::config::model::Provider, around: &Surroundings<'_>) -> Result<Self, Text> {
        let reach = match &config.kind {
            ProviderKind::Http { bases } => Reach::Http(
                bases
                    .iter()
                    .map(|(protocol, url)| {
                        let origin = origin(url, config, around)?;
                        let path: Box<str> = url.path().trim_end_matches('/').into();
                        let create = create(&path, *protocol, &config.surface);
                        Ok(Base { protocol: *protocol, path, create, origin })
                    })
                    .collect::<Result<_, Text>>()?,
            ),
            ProviderKind::Simulated(simulate) => Reach::Practice(super::practice::practice(simulate)),
        };
        let headers = config
            .headers
            .iter()
            .filter_map(|(name, value)| {
                Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
            })
            .collect();
        let vendor = config.preset.as_deref().and_then(vendor::find);
        Ok(Self {
            name: Arc::clone(&config.name),
            reach,
            keys: config
                .keys
                .iter()
                .map(|key| Key::new(key.from.clone(), config.auth.clone(), Arc::clone(around.env)))
                .collect(),
            headers,
            deadlines: Deadlines {
                first_byte: config.transport.first_byte_timeout,
                idle: config.transport.idle_timeout,
                total: config.transport.request_timeout,
            },
            issuer: Issuer::of(config),
            surface: config.surface.clone(),
            scope: config.scope.clone(),
            protocols: by_model(config, &config.protocols)?,
            changes: config.dialect.clone(),
            changes_by_model: by_model(config, &config.dialects)?,
            prices: by_model(config, &config.prices)?,
            vendor,
            listed: vendor.into_iter().flat_map(|vendor| price::of(vendor.id)).collect(),
            lacks: lacks(config),
        })
    }

    /// Whether it takes the caller's own login.
    pub fn forwards_login(&self) -> bool {
        self.keys.iter().any(|key| key.from == SecretRef::Client)
    }

    /// Protocols it speaks, the preferred one first.
    pub fn protocols(&self) -> Vec<UpstreamProtocol> {
        match &self.reach {
            Reach::Http(bases) => bases.iter().map(|base| base.protocol).collect(),
            Reach::Practice(_) => Protocol::ALL.map(UpstreamProtocol::from).to_vec(),
        }
    }

    /// Whether it is asked for `model` in this protocol. In a cloud the model decides.
    pub fn speaks(&self, asked: UpstreamProtocol, model: &str) -> bool {
        use UpstreamProtocol::{Anthropic, BedrockConverse};
        if let Some((_, protocol)) = self.protocols.iter().find(|(pattern, _)| pattern.matches(model)) {
            return *protocol == asked;
        }
        let has = |protocol: UpstreamProtocol| match &self.reach {
            Reach::Http(bases) => bases.iter().any(|base| base.protocol == protocol),
            Reach::Practice(_) => protocol.client().is_some(),
        };
        match &self.surface {
            Surface::Plain => has(asked),
            Surface::Bedrock { .. } if bedrock::is_claude(model) => asked == Anthropic,
            Surface::Bedrock { .. } => asked == BedrockConverse,
            Surface::Azure(_) if model.starts_with("claude") && has(Anthropic) => asked == Anthropic,
            Surface::Azure(_) => asked != Anthropic && has(asked),
        }
    }

    /// What is special about it when `model` is asked in `protocol`.
    pub fn dialect(&self, protocol: UpstreamProtocol, model: &str) -> Dialect {
        let mut dialect = self.vendor.map_or_else(|| dialect::of(protocol), |vendor| vendor.dialect(protocol, model));
        self.changes.apply(&mut dialect);
        if let Some((_, changes)) = self.changes_by_model.iter().find(|(pattern, _)| pattern.matches(model)) {
            changes.apply(&mut dialect);
        }
        dialect
    }

    /// What is taken out of requests for `model` to it in `protocol`.
    pub fn lacks(&self, protocol: UpstreamProtocol, model: &str) -> &Lacks {
        let fits = |known: &&Lacking| known.protocol == protocol && known.of.is_none_or(|facts| facts.fits(model));
        self.lacks.iter().find(fits).map_or(&LACKS_NOTHING, |known| &known.lacks)
    }

    /// What an answer of `model` cost that was asked for then (seconds since the Unix epoch), when its price is known.
    /// The owner's own price is final: what it leaves unknown is not looked up elsewhere.
    pub fn cost(&self, model: &str, usage: &Usage, unix_s: u64) -> Option<Cost> {
        if let Some((_, own)) = self.prices.iter().find(|(pattern, _)| pattern.matches(model)) {
            return own.cost(usage, unix_s);
        }
        price::newest(self.listed.iter().copied(), model, unix_s)?.cost(usage, unix_s)
    }

    /// The base for `protocol`.
    pub fn base(&self, protocol: UpstreamProtocol) -> Option<&Base> {
        match &self.reach {
            Reach::Http(bases) => bases.iter().find(|base| base.protocol == protocol),
            Reach::Practice(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_key_is_let_in() {
        let check = KeyCheck::new(&Secret::new("tg-0123456789abcdef"));
        assert!(check.matches(b"tg-0123456789abcdef"));
        assert!(!check.matches(b"tg-0123456789abcdeg"));
        assert!(!check.matches(b""));
    }
}
