//! attempt: the loop. The policy says what to try next; each try is prepared, sent, classified, and either committed
//! or put down as failed. Nothing reaches the client from here: what to send is returned as a [`Step`].

mod answer;
mod cap;
mod change;
mod count;
mod last;
mod ledger;
mod promise;
mod renewal;
mod tie;
mod wait;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokgate_policy::classify::{Phase, Verdict};
use tokgate_policy::engine::{Decision, Target};
use tokgate_wire::conversation::Refused as Untranslatable;
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::translate::Plan;
use tokio::time::Instant;

use super::classify::Fault;
use super::commit::Opening;
use super::context::{Context, Operation};
use super::decode;
use super::downgrade::Changed;
use super::frames;
use super::prepare::{Unprepared, prepare};
use super::read::{BufferedBytes, RequestBody};
use super::relay::Relay;
use super::respond::Problem;
use super::send::{Reply, send};
use super::verdicts;
use crate::clock;
use crate::gateway::credential::Held;
use crate::gateway::snapshot::{Deadlines, Provider};
use crate::i18n::faults;
use crate::upstream::Within;
pub use promise::Promise;
pub use tie::Tie;

/// Largest error body that is read and handed on.
const ERROR_BODY_MAX: usize = 1 << 20;

/// What the caller gets.
#[derive(Debug)]
pub enum Step {
    /// A stream that generates.
    Stream(UpstreamHead, Box<Relay>),
    /// A whole answer, byte for byte the upstream's (also its own final error).
    Whole(UpstreamHead, Bytes),
    /// An error of ours.
    Failed(Problem),
    /// Content is still held, but the client must get a head and keep-alives now. Call `run` again.
    HeadDue,
}

/// Head of an upstream's answer, as it is passed on.
#[derive(Debug)]
pub struct UpstreamHead {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Who gave it; nobody when it is ours.
    pub provider: Option<Arc<str>>,
    /// It is a number of tokens that nobody counted.
    pub estimated: bool,
    /// What the translation of its request could not carry.
    pub lost: Option<Box<str>>,
}

/// A request being tried.
#[derive(Debug)]
pub struct Attempting {
    /// The request.
    pub context: Context,
    body: RequestBody,
    /// What the client sent, while the body has the limit of a profile in it.
    uncapped: Option<(Bytes, BufferedBytes)>,
    /// The client has a head already: content may be held without limit, and an error must be an event.
    head_sent: bool,
    /// A stream whose preamble is being held.
    pending: Option<Box<(Attempt, Opening)>>,
    tie: Tie,
    /// The last answer that was an error, for the case that the client should see it verbatim.
    last_error: Option<(UpstreamHead, Bytes)>,
    /// What the last try failed for.
    last_failure: Option<Verdict>,
    /// The last answer was in another protocol than the client's.
    last_translated: bool,
    /// The first reason why the request could not be translated.
    refused: Option<Untranslatable>,
}

/// One try. Its line in the record is written when it begins, as cancelled, and corrected when more is known: a client
/// that leaves in the middle leaves a true record.
#[derive(Debug)]
struct Attempt {
    target: Target,
    provider: Arc<str>,
    started: Instant,
    /// The value of its key, where that may change and had been used before.
    held: Option<Held>,
    /// Time until the request for a stream was ready: a key may come from a program that asks its user.
    prepared: Duration,
    /// Protocol the provider is spoken to in.
    spoken: UpstreamProtocol,
    /// Whose opaque reasoning it understands.
    scope: u64,
    /// What a translated answer needs; `None` when the provider speaks the client's protocol.
    plan: Option<Box<Plan>>,
    /// Its error bodies are not of the client's protocol.
    foreign_errors: bool,
    /// What goes in the place of the client's own.
    changed: Changed,
    /// What could not be carried.
    losses: Option<Box<str>>,
}

impl Attempting {
    /// Ready for the first try.
    pub fn new(context: Context, body: RequestBody) -> Self {
        Self {
            context,
            tie: Tie::new(body.stored.is_some()),
            body,
            uncapped: None,
            head_sent: false,
            pending: None,
            last_error: None,
            last_failure: None,
            last_translated: false,
            refused: None,
        }
    }

    /// Whether the caller asked for a stream.
    pub fn streams(&self) -> bool {
        self.body.stream && matches!(self.context.operation, Operation::Create(_))
    }

    /// What is sent: as the client sent it, but for the limit of a profile.
    pub fn body(&self) -> &RequestBody {
        &self.body
    }

    /// The bytes that the client sent.
    pub fn sent(&self) -> &Bytes {
        self.uncapped.as_ref().map_or(&self.body.bytes, |(sent, _)| sent)
    }

    /// The request itself, for whoever answers it.
    pub fn into_context(self) -> Context {
        self.context
    }

    /// The client has its head now.
    pub fn head_is_sent(&mut self) {
        self.head_sent = true;
    }

    /// Tries until something can be sent.
    pub async fn run(&mut self) -> Step {
        loop {
            if let Some(pending) = self.pending.take() {
                let (attempt, opening) = *pending;
                if let Some(step) = Box::pin(self.open(attempt, opening)).await {
                    return step;
                }
                continue;
            }
            let now = clock::now();
            match self.context.settle.decide(now) {
                Some(Decision::Try(target)) if self.tie.forbids(&target) => return self.tied(),
                Some(Decision::Try(target)) => {
                    if let Some(step) = self.attempt(target, now).await {
                        return step;
                    }
                }
                Some(Decision::Wait { until }) => {
                    if Box::pin(self.wait(until)).await {
                        return Step::HeadDue;
                    }
                }
                Some(Decision::GiveUp(why)) => return self.give_up(&why),
                None => return Step::Failed(verdicts::internal()),
            }
        }
    }

    // What is rare or waits long is boxed: its room would be made and moved for every plain answer too.
    async fn attempt(&mut self, target: Target, now: Instant) -> Option<Step> {
        let snapshot = Arc::clone(&self.context.snapshot);
        let provider = snapshot.providers.get(target.provider)?;
        self.tie.begin(&target);
        self.last_error = None;
        let mut attempt = self.begin(target, provider, now);
        let answered = pin!(self.exchange(provider, &mut attempt)).await;
        let reply = match answered {
            Ok(reply) => reply,
            Err(fault) => {
                self.failed(&attempt, &fault, Phase::BeforeHead);
                return None;
            }
        };
        let (reply, readable) = decode::plain(reply);
        let reply = frames::plain(reply, attempt.spoken);
        self.headed(&attempt, &reply);
        let promise = Promise::of(reply.head.status, &reply.head.headers, self.streams());
        if promise == Promise::Refusal {
            Box::pin(self.refused(attempt, reply)).await;
            return None;
        }
        if let Err(unreadable) = readable {
            Box::pin(self.wrong_shape(&attempt, reply, unreadable.text())).await;
            return None;
        }
        match promise {
            Promise::Stream => {
                let reading = attempt.reading(self.witness(&attempt));
                let sent = attempt.started + attempt.prepared + reply.facts.waited;
                Box::pin(self.open(attempt, Opening::new(reply, reading, sent))).await
            }
            Promise::Whole => pin!(self.whole(attempt, reply, provider.deadlines)).await,
            Promise::Unasked | Promise::Refusal => {
                Box::pin(self.wrong_shape(&attempt, reply, (&faults::UNASKED).into())).await;
                None
            }
        }
    }

    async fn exchange(&mut self, provider: &Provider, attempt: &mut Attempt) -> Result<Reply, Fault> {
        let target = attempt.target.clone();
        let model = target.model.as_deref();
        self.change(provider, attempt, model)?;
        let base = provider.base(attempt.spoken);
        attempt.held = target.key.and_then(|key| provider.keys.get(key)?.held());
        let prepared =
            prepare(&self.context, &self.body, provider, base, target.key, model, attempt.spoken, &attempt.changed)
                .await
                .map_err(|why| match why {
                    Unprepared::Key(error) => Fault::KeyUnreadable(error.text()),
                    Unprepared::Address => Fault::Address,
                })?;
        let head = if self.streams() {
            attempt.prepared = clock::now().saturating_duration_since(attempt.started);
            self.deadlines(&target).first_byte
        } else {
            provider.deadlines.total
        };
        let within = Within { head, connection: target.patience.map(|patience| patience.connection) };
        let upstream = self.context.settle.gateway().upstream();
        pin!(send(upstream, provider, base, || prepared.request(), within)).await.map_err(Fault::Send)
    }

    fn deadlines(&self, target: &Target) -> Deadlines {
        let fallback = Deadlines {
            first_byte: Duration::from_secs(90),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(600),
        };
        let deadlines = self.context.snapshot.providers.get(target.provider).map_or(fallback, |it| it.deadlines);
        let most = target.patience.map_or(Duration::MAX, |patience| patience.first_byte);
        Deadlines { first_byte: deadlines.first_byte.min(most), ..deadlines }
    }
}

impl UpstreamHead {
    fn new(head: http::response::Parts, provider: Arc<str>) -> Self {
        let provider = Some(provider);
        Self { status: head.status, headers: head.headers, provider, estimated: false, lost: None }
    }
}
