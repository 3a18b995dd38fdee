//! Looks at providers without asking a model for anything: whether they can be reached, and whether the key is accepted.
//! When is the policy's to say; what is learned goes back to it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderValue};
use http::{Method, Request, Uri};
use parking_lot::Mutex;
use tokgate_policy::classify::{Phase, Row};
use tokgate_policy::health::Probe;
use tokgate_policy::probe::ProbeParams;
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::vendor::{FreeQuestion, free_question};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::Gateway;
use super::credential::{Credential, KeyHeaders};
use super::snapshot::{Base, Provider, Reach, Snapshot};
use crate::clock;
use crate::config::model::{ProbeKind, Surface};
use crate::proxy::classify::Fault;
use crate::proxy::send;
use crate::upstream::ReplayBody;

/// How often the policy is asked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Probes under way at once; more providers than this wait for the next look.
const AT_ONCE: usize = 16;
/// Addresses known not to have the question; a configuration has few, and reloads must not add up.
const WITHOUT_MAX: usize = 1_024;
/// Anthropic's API wants to be told a version.
const ANTHROPIC_VERSION: (&str, HeaderValue) = ("anthropic-version", HeaderValue::from_static("2023-06-01"));

/// Providers, by identity, that answered that there is no such question.
#[derive(Debug, Default)]
pub struct Unasked(Mutex<HashSet<u64>>);

impl Unasked {
    fn contains(&self, identity: u64) -> bool {
        self.0.lock().contains(&identity)
    }

    fn insert(&self, identity: u64) {
        let mut unasked = self.0.lock();
        if unasked.len() >= WITHOUT_MAX {
            unasked.clear();
        }
        unasked.insert(identity);
    }
}

/// Looks for something to probe until dropped.
pub(super) async fn run(gateway: Arc<Gateway>) {
    let mut every = tokio::time::interval(LOOK_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut served, mut last_work) = (gateway.served(), None);
    let mut probing = JoinSet::new();
    loop {
        every.tick().await;
        while probing.try_join_next().is_some() {}
        let now = clock::since_start(clock::now());
        if gateway.served() != served || gateway.in_flight() > 0 {
            (served, last_work) = (gateway.served(), Some(now));
        }
        let health = gateway.snapshot().config.health;
        let Some(last_work) = last_work.filter(|_| health.enabled) else { continue };
        let params = ProbeParams { every: health.every, quiet_after: health.quiet_when_idle };
        let due = gateway.engine().probes_due(now, &params, last_work);
        for index in due.into_iter().take(AT_ONCE.saturating_sub(probing.len())) {
            let gateway = Arc::clone(&gateway);
            probing.spawn(async move {
                let snapshot = Arc::clone(&gateway.snapshot());
                probe(&gateway, &snapshot, index).await;
            });
        }
    }
}

/// Probes the provider of this index and tells the policy; nothing when there is none.
pub async fn probe(gateway: &Gateway, snapshot: &Snapshot, index: usize) -> Option<Probe> {
    let provider = snapshot.providers.get(index)?;
    let params = snapshot.policy.providers.get(index)?;
    let started = clock::now();
    let key = key_to_ask_with(gateway, snapshot, index);
    let within = snapshot.config.health.timeout;
    let asking = ask(gateway, snapshot, index, provider, key);
    let found = timeout(within, asking).await.unwrap_or(Found::Failed(Row::HeadTimeout));
    let took = clock::now().saturating_duration_since(started);
    let probe = match found {
        Found::Reached => Probe::Reached(took),
        Found::Answered => Probe::Answered(took),
        Found::Rejected => match key.and_then(|key| params.keys.get(key)) {
            Some(key) => Probe::Rejected(key.id),
            None => Probe::Reached(took),
        },
        Found::Failed(row) => Probe::Failed(row),
    };
    let since = |at: Instant| clock::since_start(at);
    gateway.engine().probed(since(clock::now()), since(started), params.identity, probe);
    tracing::debug!(provider = &*provider.name, ?probe, "probed");
    Some(probe)
}

/// Probes these providers side by side, and waits for all of them, but not longer than `within`.
pub async fn all(gateway: &Arc<Gateway>, snapshot: &Arc<Snapshot>, indexes: &[usize], within: Duration) {
    let mut probing = JoinSet::new();
    for index in indexes.iter().copied() {
        let (gateway, snapshot) = (Arc::clone(gateway), Arc::clone(snapshot));
        probing.spawn(async move { probe(&gateway, &snapshot, index).await });
    }
    // What is not done by then stays as it was known.
    let _ = timeout(within, async { while probing.join_next().await.is_some() {} }).await;
}

/// What came of a question.
enum Found {
    Reached,
    Answered,
    Rejected,
    Failed(Row),
}

/// A rejected key, whose test this is, else the first one that is in use.
fn key_to_ask_with(gateway: &Gateway, snapshot: &Snapshot, index: usize) -> Option<usize> {
    let params = snapshot.policy.providers.get(index)?;
    let usable = |place: &usize| params.keys.get(*place).is_some_and(|key| key.enabled && !key.client);
    let shown = gateway.engine().snapshot(clock::since_start(clock::now()));
    let state = shown.providers.into_iter().find(|provider| provider.name == params.name)?;
    let rejected = state.keys.iter().position(|key| key.state == "quarantined").filter(usable);
    rejected.or_else(|| (0..params.keys.len()).find(usable))
}

async fn ask(gateway: &Gateway, snapshot: &Snapshot, index: usize, provider: &Provider, key: Option<usize>) -> Found {
    let Reach::Http(bases) = &provider.reach else { return Found::Reached };
    let Some(base) = bases.iter().find(|base| base.protocol != UpstreamProtocol::Anthropic).or(bases.first()) else {
        return Found::Reached;
    };
    let identity = snapshot.policy.providers.get(index).map_or(0, |params| params.identity);
    let preset = snapshot.config.providers.get(index).and_then(|provider| provider.preset.as_deref());
    let question = match free_question(preset) {
        FreeQuestion::Get(path)
            if snapshot.config.health.probe == ProbeKind::Models
                && provider.surface == Surface::Plain
                && !gateway.unasked().contains(identity) =>
        {
            path
        }
        FreeQuestion::Get(_) | FreeQuestion::None => return touch(gateway, provider, base, snapshot).await,
    };
    let headers = match key.and_then(|key| provider.keys.get(key)) {
        Some(key) => match key.credential(base.protocol, gateway.redactor()).await {
            Ok(Credential::Headers(headers)) => Some(headers),
            Ok(Credential::Signature(_)) => return touch(gateway, provider, base, snapshot).await,
            Err(_) => return Found::Failed(Row::KeyUnreadable),
        },
        // The login is the caller's, and we have none.
        None if !provider.keys.is_empty() => return touch(gateway, provider, base, snapshot).await,
        None => None,
    };
    let version = if base.protocol == UpstreamProtocol::Anthropic { "/v1" } else { "" };
    let path = format!("{}{version}{question}", base.path);
    let status = match exchange(gateway, provider, base, &Method::GET, &path, headers.as_ref(), snapshot).await {
        Ok(status) => status,
        Err(row) => return Found::Failed(row),
    };
    match status {
        200..=299 => Found::Answered,
        401 => {
            if let Some(key) = key.and_then(|key| provider.keys.get(key)) {
                key.forget();
            }
            Found::Rejected
        }
        404 | 405 | 501 => {
            gateway.unasked().insert(identity);
            Found::Reached
        }
        500..=599 => Found::Failed(Row::ServerError),
        _ => Found::Reached,
    }
}

/// Whether anybody is there: any answer says so.
async fn touch(gateway: &Gateway, provider: &Provider, base: &Base, snapshot: &Snapshot) -> Found {
    let path = if base.path.is_empty() { "/" } else { &base.path };
    match exchange(gateway, provider, base, &Method::HEAD, path, None, snapshot).await {
        Ok(_) => Found::Reached,
        Err(row) => Found::Failed(row),
    }
}

/// The status of the answer to one small request. Its body is not read: nothing in it matters.
async fn exchange(
    gateway: &Gateway,
    provider: &Provider,
    base: &Base,
    method: &Method,
    path: &str,
    credential: Option<&KeyHeaders>,
    snapshot: &Snapshot,
) -> Result<u16, Row> {
    let address = Uri::try_from(path).map_err(|_| Row::Unreachable)?;
    let make = || {
        let mut request = Request::new(ReplayBody::whole(bytes::Bytes::new()));
        *request.method_mut() = method.clone();
        *request.uri_mut() = address.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("tokgate/", env!("CARGO_PKG_VERSION"))));
        if base.protocol == UpstreamProtocol::Anthropic {
            headers.insert(ANTHROPIC_VERSION.0, ANTHROPIC_VERSION.1);
        }
        for (name, value) in credential.into_iter().flat_map(|headers| headers.iter().flatten()) {
            headers.insert(name.clone(), value.clone());
        }
        // A header of the user's may be a credential: it goes where keys go.
        for (name, value) in provider.headers.iter().filter(|_| credential.is_some()) {
            headers.insert(name.clone(), value.clone());
        }
        request
    };
    let sent = send::send(gateway.upstream(), provider, Some(base), make, snapshot.config.health.timeout).await;
    match sent {
        Ok(reply) => Ok(reply.head.status.as_u16()),
        Err(error) => Err(Fault::Send(error).verdict(Phase::BeforeHead).row),
    }
}
