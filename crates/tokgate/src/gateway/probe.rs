//! Looks at providers: whether they can be reached, whether the key is accepted, and, where somebody wants to pay for it,
//! whether they answer. When is the policy's to say; what is learned goes back to it.

mod call;
mod message;
mod purse;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use parking_lot::Mutex;
use tokgate_policy::classify::{Phase, Row};
use tokgate_policy::health::Probe;
use tokgate_policy::probe::ProbeParams;
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::vendor::{FreeQuestion, free_question};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::Gateway;
use super::credential::{Credential, Key};
use super::snapshot::{Base, Provider, Reach, Snapshot};
use crate::clock;
use crate::config::model::{ProbeKind, Surface};
use call::Call;
use message::Question;
pub use message::{Unpaid, message_cost};
pub(super) use purse::KEPT;
pub use purse::Purse;

/// How often the policy is asked whether something is due.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Probes under way at once; more providers than this wait for the next look.
const AT_ONCE: usize = 16;
/// Addresses known not to have the question; a configuration has few, and reloads must not add up.
const WITHOUT_MAX: usize = 1_024;

/// Who wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Nobody: it was time.
    InTurn,
    /// Somebody who waits for it.
    ByHand,
}

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
                probe(&gateway, &snapshot, index, Asked::InTurn).await;
            });
        }
    }
}

/// Probes the provider of this index and tells the policy; nothing when there is none.
pub async fn probe(gateway: &Gateway, snapshot: &Snapshot, index: usize, asked: Asked) -> Option<Probe> {
    let provider = snapshot.providers.get(index)?;
    let params = snapshot.policy.providers.get(index)?;
    let started = clock::now();
    let key = key_to_ask_with(gateway, snapshot, index);
    let within = snapshot.config.health.timeout;
    let found = match message(gateway, snapshot, index, key, asked).await {
        Some(found) => found,
        None => {
            let asking = ask(gateway, snapshot, index, provider, key);
            timeout(within, asking).await.unwrap_or(Found::Failed(Row::HeadTimeout))
        }
    };
    let took = clock::now().saturating_duration_since(started);
    let id = key.and_then(|key| params.keys.get(key)).map(|key| key.id);
    let probe = match found {
        Found::Reached => Probe::Reached(took),
        Found::Answered => Probe::Answered(took, id),
        Found::Completed => Probe::Completed(took, id),
        Found::Unanswered(row) => Probe::Unanswered(took, row),
        Found::Rejected => id.map_or(Probe::Reached(took), Probe::Rejected),
        Found::Failed(row) => Probe::Failed(row),
    };
    let since = |at: Instant| clock::since_start(at);
    gateway.engine().probed(since(clock::now()), since(started), params.identity, probe);
    tracing::debug!(provider = &*provider.name, ?probe, "probed");
    Some(probe)
}

/// A message to a model, where one is wanted, due and paid for.
async fn message(
    gateway: &Gateway,
    snapshot: &Snapshot,
    index: usize,
    key: Option<usize>,
    asked: Asked,
) -> Option<Found> {
    let health = &snapshot.config.health;
    let identity = snapshot.policy.providers.get(index)?.identity;
    let is_due = || gateway.engine().message_is_due(clock::since_start(clock::now()), identity);
    if health.probe != ProbeKind::Message || message_cost(gateway, snapshot, index).is_err() {
        return None;
    }
    if asked == Asked::InTurn && !is_due() {
        return None;
    }
    Question::of(snapshot, index).ok()?.ask(gateway, key, purse::limit(snapshot), health.timeout).await
}

/// Probes these providers side by side, and waits for all of them, but not longer than `within`.
pub async fn all(gateway: &Arc<Gateway>, snapshot: &Arc<Snapshot>, indexes: &[usize], within: Duration) {
    let mut probing = JoinSet::new();
    for index in indexes.iter().copied() {
        let (gateway, snapshot) = (Arc::clone(gateway), Arc::clone(snapshot));
        probing.spawn(async move { probe(&gateway, &snapshot, index, Asked::ByHand).await });
    }
    // What is not done by then stays as it was known.
    let _ = timeout(within, async { while probing.join_next().await.is_some() {} }).await;
}

/// What came of a question.
#[derive(Debug)]
enum Found {
    Reached,
    Answered,
    /// A message was.
    Completed,
    /// A message was not, by somebody who was reached.
    Unanswered(Row),
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

fn key_of(provider: &Provider, key: Option<usize>) -> Option<&Key> {
    key.and_then(|key| provider.keys.get(key))
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
            if snapshot.config.health.probe != ProbeKind::Passive
                && provider.surface == Surface::Plain
                && !gateway.unasked().contains(identity) =>
        {
            path
        }
        FreeQuestion::Get(_) | FreeQuestion::None => return touch(gateway, provider, base, snapshot).await,
    };
    let credential = match key_of(provider, key) {
        Some(key) => match key.credential(base.protocol, gateway.redactor()).await {
            Ok(Credential::Headers(headers)) => Some(call::shown(&headers)),
            Ok(Credential::Signature(_)) => return touch(gateway, provider, base, snapshot).await,
            Err(_) => return Found::Failed(Row::KeyUnreadable),
        },
        // The login is the caller's, and we have none.
        None if !provider.keys.is_empty() => return touch(gateway, provider, base, snapshot).await,
        None => None,
    };
    let version = if base.protocol == UpstreamProtocol::Anthropic { "/v1" } else { "" };
    let path = format!("{}{version}{question}", base.path);
    let status = match status(gateway, provider, base, &Call::plain(Method::GET, &path, credential), snapshot).await {
        Ok(status) => status,
        Err(row) => return Found::Failed(row),
    };
    match status {
        200..=299 => Found::Answered,
        401 => {
            if let Some(key) = key_of(provider, key) {
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
    match status(gateway, provider, base, &Call::plain(Method::HEAD, path, None), snapshot).await {
        Ok(_) => Found::Reached,
        Err(row) => Found::Failed(row),
    }
}

/// The status of the answer. Its body is not read: nothing in it matters.
async fn status(
    gateway: &Gateway,
    provider: &Provider,
    base: &Base,
    call: &Call<'_>,
    snapshot: &Snapshot,
) -> Result<u16, Row> {
    let sent = call::send(gateway, provider, base, call, snapshot.config.health.timeout).await;
    sent.map(|reply| reply.head.status.as_u16()).map_err(|fault| fault.verdict(Phase::BeforeHead).row)
}
