//! The one probe that costs tokens: a message of a word to a cheap model, answered with a few tokens at most. It shows what
//! no free question does, that the provider answers.
//!
//! Only where the price is known, and only while the day's budget lasts: what it may cost at most is taken from that before
//! it is asked. See [`tokgate_policy::probe::ProbeSpend`].

use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Uri};
use tokgate_policy::classify::{Phase, Row};
use tokgate_policy::model_map::Slots;
use tokgate_wire::conversation::Losses;
use tokgate_wire::path::{UpstreamCall, upstream_path};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::provenance::Provenance;
use tokgate_wire::reply;
use tokgate_wire::surface::bedrock;
use tokgate_wire::translate::convert;
use tokgate_wire::usage::Usage;
use tokio::time::{Instant, timeout_at};

use super::call::{self, Call};
use super::purse::{MICRO, Purse, today};
use super::{Found, key_of};
use crate::clock;
use crate::config::model::Surface;
use crate::gateway::Gateway;
use crate::gateway::credential::Credential;
use crate::gateway::expected_cost::dollar_trillionths;
use crate::gateway::snapshot::{Base, Provider, Reach, Snapshot};
use crate::i18n::{Both, Message, providers as text};
use crate::proxy::classify::Fault;
use crate::proxy::context::Operation;
use crate::proxy::{commit, decode, sign, translate};
use crate::upstream::Certainty;

/// Tokens an answer may have: the fewest that every API takes. Source: OpenAI Responses reference, `max_output_tokens`.
const OUTPUT_MAX: u64 = 16;
/// Tokens that the question has at most: it is one word, and APIs put a dozen around it.
const INPUT_MAX: u64 = 64;
/// Largest answer read.
const ANSWER_MAX: usize = 1 << 20;

/// Why no message is asked of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpaid {
    /// It is in this process, or takes only its callers' own login.
    NotOurs,
    /// No model of it is known.
    NoModel,
    /// What this model costs is not known, or not in dollars or yuan.
    NoPrice(String),
    /// The rest of the day's budget is less than it may cost.
    Spent,
    /// What is spent could not be remembered.
    Unkept,
}

/// A message that could be asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    provider: &'a Provider,
    base: &'a Base,
    model: String,
    spoken: UpstreamProtocol,
    /// What it costs at most, trillionths of a US dollar.
    most: u64,
    identity: u64,
}

impl<'a> Question<'a> {
    /// The message for the provider of this index; why there is none.
    pub(super) fn of(snapshot: &'a Snapshot, index: usize) -> Result<Self, Unpaid> {
        let all =
            (snapshot.providers.get(index), snapshot.config.providers.get(index), snapshot.policy.providers.get(index));
        let (Some(provider), Some(config), Some(params)) = all else { return Err(Unpaid::NotOurs) };
        let own_keys = config.keys.iter().any(|key| key.enabled && key.from != crate::config::model::SecretRef::Client);
        if matches!(provider.reach, Reach::Practice(_)) || !(own_keys || config.keys.is_empty()) {
            return Err(Unpaid::NotOurs);
        }
        let named = config.probe_model.as_deref().or_else(|| configured(&config.slots));
        let (model, most) = match named {
            Some(model) => (model, most_of(provider, model)),
            None => {
                let all = snapshot.models();
                let own = all.iter().filter(|(_, of)| *of == &*provider.name);
                let sent = |asked: &'a str| {
                    config.models.iter().find(|(known, _)| known == asked).map_or(asked, |(_, sent)| sent.as_str())
                };
                let priced = own.map(|(asked, _)| (sent(asked), most_of(provider, sent(asked))));
                // The cheapest; without any price the first, so that it can be named.
                priced.min_by_key(|(_, most)| most.unwrap_or(u64::MAX)).ok_or(Unpaid::NoModel)?
            }
        };
        let spoken = translate::spoken(provider, Operation::Create(Protocol::Anthropic), model);
        let spoken = spoken.ok_or(Unpaid::NoModel)?;
        let base = provider.base(spoken).ok_or(Unpaid::NoModel)?;
        let most = most.ok_or_else(|| Unpaid::NoPrice(model.to_owned()))?;
        Ok(Self { provider, base, model: model.to_owned(), spoken, most, identity: params.identity })
    }

    /// Whether the day's budget pays for it.
    pub(super) fn is_paid(&self, purse: &Purse, limit: u64) -> bool {
        purse.spend().affords(today(), self.identity, self.most, limit)
    }

    /// Asks it, after the money was taken; `None` when there is not enough left.
    pub(super) async fn ask(
        &self,
        gateway: &Gateway,
        key: Option<usize>,
        limit: u64,
        within: Duration,
    ) -> Option<Found> {
        let until = clock::now() + within;
        let body = self.body()?;
        let path = self.path();
        let credential = match timeout_at(until, self.credential(gateway, key, &path, &body)).await {
            Ok(Ok(credential)) => credential,
            Ok(Err(row)) => return Some(Found::Failed(row)),
            Err(_) => return Some(Found::Failed(Row::KeyUnreadable)),
        };
        let purse = gateway.purse();
        let reserved = purse.spend().reserve(today(), self.identity, self.most, limit)?;
        purse.keep(gateway.recorder()).await;
        let call = Call { method: Method::POST, path: &path, body, credential: Some(credential) };
        let left = until.saturating_duration_since(clock::now());
        let answered = match call::send(gateway, self.provider, self.base, &call, left).await {
            Ok(reply) => self.read(reply, until).await,
            Err(fault) => Err(fault),
        };
        let (cost, found) = match answered {
            Ok(usage) => (self.cost(&usage), Found::Completed),
            Err(fault) => failed(&fault),
        };
        // Without a number it stays at the most it may have cost.
        if let Some(cost) = cost {
            purse.spend().settle(reserved, cost);
            purse.hand(gateway.recorder());
        }
        if matches!(found, Found::Rejected)
            && let Some(key) = key_of(self.provider, key)
        {
            key.forget();
        }
        Some(found)
    }

    /// Its question in the provider's protocol and on its surface.
    fn body(&self) -> Option<Bytes> {
        let asked = serde_json::json!({
            "model": self.model,
            "max_tokens": OUTPUT_MAX,
            "messages": [{ "role": "user", "content": "Hi" }],
        });
        let asked = asked.to_string();
        let (provider, model) = (self.provider, self.model.as_str());
        if self.spoken != UpstreamProtocol::Anthropic {
            let (dialect, nobody) = (provider.dialect(self.spoken, model), Provenance::from(0));
            let (from, now) = (Protocol::Anthropic, clock::unix_ms() / 1_000);
            let made = convert::request(from, self.spoken, &asked, &dialect, nobody, model, model, now, 0).ok()?;
            return Some(made.body.into());
        }
        let Surface::Bedrock { anthropic_version, .. } = &provider.surface else { return Some(asked.into()) };
        let with = bedrock::Invoke { version: anthropic_version, asked: &[], allowed: bedrock::BETAS };
        bedrock::invoke(asked.as_bytes(), with, &mut Losses::default()).ok().map(Bytes::from)
    }

    fn path(&self) -> String {
        let call = UpstreamCall::Create { protocol: self.spoken, model: &self.model, streams: false };
        match &self.provider.surface {
            Surface::Plain => upstream_path(&self.base.path, &call),
            Surface::Azure(version) => version.path(&self.base.path, &call),
            Surface::Bedrock { .. } => bedrock::path(&self.base.path, &call),
        }
    }

    async fn credential(
        &self,
        gateway: &Gateway,
        key: Option<usize>,
        path: &str,
        body: &[u8],
    ) -> Result<HeaderMap, Row> {
        let Some(key) = key_of(self.provider, key) else { return Ok(HeaderMap::new()) };
        match key.credential(self.spoken, gateway.redactor()).await.map_err(|_| Row::KeyUnreadable)? {
            Credential::Headers(headers) => Ok(call::shown(&headers)),
            Credential::Signature(keys) => {
                let address = Uri::try_from(path).map_err(|_| Row::Unreachable)?;
                let sent = sign::Sent { authority: self.base.origin.authority(), address: &address, body };
                let scope = self.provider.scope.as_ref().ok_or(Row::KeyUnreadable)?;
                sign::headers(sent, &keys, scope, clock::unix_ms() / 1_000).ok_or(Row::KeyUnreadable)
            }
        }
    }

    /// The tokens of a good answer.
    async fn read(&self, reply: crate::proxy::send::Reply, until: Instant) -> Result<Usage, Fault> {
        let (mut reply, readable) = decode::plain(reply);
        let read = commit::whole(&mut reply.body, ANSWER_MAX, until).await;
        let (status, headers) = (reply.head.status, &reply.head.headers);
        if !status.is_success() {
            return Err(Fault::answer(status, headers, &read, false, clock::unix_ms() / 1_000));
        }
        let body = read.map_err(Fault::Whole)?;
        if let Err(unreadable) = readable {
            return Err(Fault::unasked(headers, &body, unreadable.text()));
        }
        Fault::whole(reply::read(self.spoken, &body), headers, &body).map(|facts| facts.usage)
    }

    fn cost(&self, usage: &Usage) -> Option<u64> {
        let cost = self.provider.cost(&self.model, usage, clock::unix_ms() / 1_000)?;
        dollar_trillionths(&cost)
    }
}

/// What a failure shows, and what it did cost where that is certain: nothing, when it was never sent or was refused.
fn failed(fault: &Fault) -> (Option<u64>, Found) {
    let row = fault.verdict(Phase::Head).row;
    match fault {
        Fault::Send(error) if error.certainty == Certainty::NotSent => (Some(0), Found::Failed(row)),
        Fault::Address | Fault::KeyUnreadable(_) => (Some(0), Found::Failed(row)),
        Fault::Answered(_) if row == Row::KeyRejected => (Some(0), Found::Rejected),
        Fault::Answered(_) => (Some(0), Found::Unanswered(row)),
        _ => (None, Found::Unanswered(row)),
    }
}

/// What a message to the provider of this index costs at most, millionths of a US dollar; why none would be asked now.
pub fn message_cost(gateway: &Gateway, snapshot: &Snapshot, index: usize) -> Result<u64, Unpaid> {
    let message = Question::of(snapshot, index)?;
    if gateway.recorder().problem().is_some() {
        return Err(Unpaid::Unkept);
    }
    let purse = gateway.purse();
    if !message.is_paid(purse, super::purse::limit(snapshot)) {
        return Err(Unpaid::Spent);
    }
    Ok(purse.spend().reckoned(message.identity, message.most).div_ceil(MICRO))
}

impl Unpaid {
    /// It in words, with what to do; nothing where nobody would expect a message.
    pub fn say(&self, provider: &str) -> Option<Both> {
        let both = |message: &'static Message, model: &str| {
            Both::of(|lang| message.text(lang, &[("name", &provider), ("model", &model)]))
        };
        Some(match self {
            Self::NotOurs => return None,
            Self::NoModel => both(&text::UNPAID_NO_MODEL, ""),
            Self::NoPrice(model) => both(&text::UNPAID_NO_PRICE, model),
            Self::Spent => both(&text::UNPAID_SPENT, ""),
            Self::Unkept => both(&text::UNPAID_UNKEPT, ""),
        })
    }
}

/// The small model somebody named, else whatever he named.
fn configured(slots: &Slots) -> Option<&str> {
    slots.small.as_deref().or(slots.haiku.as_deref()).or(slots.default.as_deref())
}

/// What a message to `model` costs at most, trillionths of a US dollar; `None` when its price is not known.
fn most_of(provider: &Provider, model: &str) -> Option<u64> {
    let usage = Usage { input_uncached: Some(INPUT_MAX), output_total: Some(OUTPUT_MAX), ..Usage::default() };
    dollar_trillionths(&provider.cost(model, &usage, clock::unix_ms() / 1_000)?)
}
