//! attempt: the loop. The policy says what to try next; each try is prepared, sent, classified, and either committed
//! or put down as failed. Nothing reaches the client from here: what to send is returned as a [`Step`].

mod cap;
mod count;
mod promise;
mod tie;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokgate_policy::classify::{Content, KeyEffect, Phase, Row};
use tokgate_policy::engine::GiveUp;
use tokgate_policy::engine::{Decision, Outcome as PolicyOutcome, Target};
use tokgate_wire::conversation::{End, Loss, Refused as Untranslatable};
use tokgate_wire::defect::Defect;
use tokgate_wire::error::{Kind, WireError};
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::provenance::{Foreign, Provenance};
use tokgate_wire::reply;
use tokgate_wire::stream::Tap;
use tokgate_wire::translate::{Plan, answer};
use tokio::time::Instant;

use super::classify::{self, Fault};
use super::commit::{self, Opened, Opening};
use super::context::{Context, Operation};
use super::decode;
use super::denied;
use super::downgrade::{self, Betas, Changed};
use super::frames;
use super::prepare::{Unprepared, prepare};
use super::provenance::{self, Witness};
use super::read::RequestBody;
use super::reading::Reading;
use super::relay::{Relay, RelayParts};
use super::respond::{Problem, Retry};
use super::send::{Reply, send};
use super::translate;
use super::verdicts;
use crate::clock;
use crate::config::model::Surface;
use crate::gateway::snapshot::{Deadlines, Provider};
use crate::i18n::{Text, defects, faults, proxy as text};
use crate::store::record::{AttemptRecord, OK};
pub use promise::Promise;
pub use tie::Tie;

/// Largest answer that is not streamed: the same bound as requests.
const WHOLE_MAX: usize = 64 << 20;

/// Largest error body that is read and handed on.
const ERROR_BODY_MAX: usize = 1 << 20;

/// Time an upstream has to finish its error body after the head; without it the status alone must do.
const ERROR_BODY_WITHIN: Duration = Duration::from_secs(5);

/// A stream that has waited in line for so long gets its head and keep-alives. Not before: until then the answer may still
/// be an error with a status and a moment to come again, which clients heed better than an event. The coding clients wait
/// 300 s for a head, proxies in between 60 s.
const WAITING_HEAD: Duration = Duration::from_secs(40);

/// Wait named to a client whose request is tied to a provider that failed.
const STATE_RETRY: Duration = Duration::from_secs(5);

/// An upstream's words kept in the record.
const MESSAGE_MAX: usize = 512;

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
    uncapped: Option<Bytes>,
    /// The client has a head already: content may be held without limit, and an error must be an event.
    head_sent: bool,
    /// A stream whose preamble is being held.
    pending: Option<Box<(Attempt, Opening)>>,
    tie: Tie,
    /// The last answer that was an error, for the case that the client should see it verbatim.
    last_error: Option<(UpstreamHead, Bytes)>,
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
    /// Time until the request was ready: a key may come from a program that asks its user.
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

/// What has been read of a stream that generates.
struct Begun {
    first: Bytes,
    terminal: bool,
    error: Option<WireError>,
}

impl Attempting {
    /// Ready for the first try.
    pub fn new(context: Context, body: RequestBody) -> Self {
        Self {
            context,
            tie: Tie::new(body.state_field.is_some()),
            body,
            uncapped: None,
            head_sent: false,
            pending: None,
            last_error: None,
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
        self.uncapped.as_ref().unwrap_or(&self.body.bytes)
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
            match self.context.settle.decide() {
                Some(Decision::Try(target)) if self.tie.forbids(&target) => return self.tied(),
                Some(Decision::Try(target)) => {
                    if let Some(step) = self.attempt(target).await {
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

    /// Waits until then, or until it is this request's turn. True: the client of a stream must get its head first, and
    /// keep-alives, so that it stays.
    async fn wait(&self, until: Duration) -> bool {
        let now = clock::now();
        let end = now + until.saturating_sub(clock::since_start(now));
        let owes_head = self.streams() && !self.head_sent;
        let (wake, head_due) = waking(end, owes_head.then(|| self.context.settle.started()));
        let bell = self.context.settle.bell();
        let rung = async {
            match &bell {
                Some(bell) => bell.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = rung => false,
            () = tokio::time::sleep_until(wake) => head_due,
        }
    }

    /// The provider that keeps the request's state failed: its own answer, or ours naming the field.
    fn tied(&mut self) -> Step {
        // The policy has chosen another one, which is not asked.
        self.context.settle.observe(&PolicyOutcome::Cancelled);
        // What was said about our own key or account is not the client's business.
        let about_us = |status: StatusCode| matches!(status.as_u16(), 401 | 402 | 403 | 429);
        let is_his = self.last_error.as_ref().is_some_and(|(head, _)| !about_us(head.status));
        if is_his && let Some(step) = self.verbatim() {
            return step;
        }
        let field = self.body.state_field.unwrap_or_default();
        let text = Text::new(&text::STATE_BOUND).with("field", field);
        Step::Failed(Problem {
            retry: Retry::After(STATE_RETRY),
            ..Problem::request("TG325", Kind::Unavailable, 503, text)
        })
    }

    // What is rare or waits long is boxed: its room would be made and moved for every plain answer too.
    async fn attempt(&mut self, target: Target) -> Option<Step> {
        let snapshot = Arc::clone(&self.context.snapshot);
        let provider = snapshot.providers.get(target.provider)?;
        self.tie.begin(&target);
        self.last_error = None;
        let mut attempt = self.begin(target, provider);
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
        let prepared =
            prepare(&self.context, &self.body, provider, base, target.key, model, attempt.spoken, &attempt.changed)
                .await
                .map_err(|why| match why {
                    Unprepared::Key(error) => Fault::KeyUnreadable(error.text()),
                    Unprepared::Address => Fault::Address,
                })?;
        let within = if self.streams() { provider.deadlines.first_byte } else { provider.deadlines.total };
        attempt.prepared = clock::now().saturating_duration_since(attempt.started);
        let upstream = self.context.settle.gateway().upstream();
        pin!(send(upstream, provider, base, || prepared.request(), within)).await.map_err(Fault::Send)
    }

    /// What this target gets in the place of the client's own: the request in its protocol and on its surface, when those
    /// are others, never opaque reasoning that somebody else issued, and nothing that it does not take.
    fn change(&mut self, provider: &Provider, attempt: &mut Attempt, model: Option<&str>) -> Result<(), Fault> {
        let capped = self.cap(attempt.target.max_output_tokens);
        let (spoken, client) = (attempt.spoken, self.context.operation.protocol());
        let untranslatable = |refused| Fault::Untranslatable { refused };
        let foreign = provenance::foreign(self.context.settle.gateway(), client, &self.body.bytes, attempt.scope);
        let foreign = if attempt.target.without_reasoning { Foreign::All } else { Foreign::Known(&foreign) };
        let target = Provenance { scope: attempt.scope, foreign };
        let mut losses = self.context.adapted.clone();
        losses.extend(&capped);
        if spoken == client {
            if let Some((body, cut)) = provenance::request(client, &self.body, &target, model) {
                attempt.changed.body = Some(body);
                losses.extend(&cut);
            }
        } else if self.context.operation.counts().is_some() {
            let question = translate::question(&self.context, &self.body, provider, spoken, model);
            let question = question.map_err(untranslatable)?;
            attempt.changed = Changed { body: Some(question), translated: true, betas: Betas::Unchanged };
        } else {
            let translated = translate::request(&self.context, &self.body, provider, spoken, model, target);
            let translated = translated.map_err(untranslatable)?;
            attempt.plan = Some(Box::new(translated.plan));
            attempt.changed = Changed { body: Some(translated.body), translated: true, betas: Betas::Unchanged };
            losses.extend(&translated.losses);
        }
        let kept = downgrade::kept(&self.context);
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        let known = provider.lacks(spoken, model.unwrap_or(asked));
        let lacks = downgrade::lacks(known, attempt.target.lacks.as_deref(), kept);
        let bytes = &self.body.bytes;
        losses.extend(&downgrade::request(&self.context, bytes, spoken, &lacks, model, &mut attempt.changed));
        let body = attempt.changed.body.as_ref().unwrap_or(bytes);
        if let Some(body) =
            translate::on_surface(&self.context, provider, spoken, body, &mut losses).map_err(untranslatable)?
        {
            attempt.changed.body = Some(body);
        }
        attempt.losses = lost(losses.all());
        self.context.settle.record(|record| record.losses.clone_from(&attempt.losses));
        Ok(())
    }

    /// Whether an answer refuses what was sent and can be left out; the policy hears of it.
    fn refuses(&mut self, attempt: &Attempt, status: StatusCode, read: &Result<Bytes, commit::WholeFault>) -> bool {
        let Some(error) = read.as_ref().ok().filter(|_| status.is_client_error()) else { return false };
        let sent = attempt.changed.body.as_ref().unwrap_or(&self.body.bytes);
        let refused = downgrade::refused(&self.context, attempt.spoken, error, sent, &attempt.changed);
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        self.context.settle.refused(attempt.target.model.as_deref().unwrap_or(asked), &refused)
    }

    /// The provider cannot verify opaque reasoning that it was sent: what nobody is known to have issued is not its own.
    fn disowned(&mut self, attempt: &Attempt) {
        let Some(protocol) = attempt.spoken.client() else { return };
        let sent = attempt.changed.body.as_ref().unwrap_or(&self.body.bytes);
        if provenance::doubt(self.context.settle.gateway(), protocol, sent) {
            self.context.settle.reasoning_refused();
        }
    }

    /// Who keeps what of the answer must not be forgotten.
    fn witness(&self, attempt: &Attempt) -> Option<Witness> {
        let Operation::Create(client) = self.context.operation else { return None };
        let gateway = Arc::clone(self.context.settle.gateway());
        Some(match attempt.plan {
            Some(_) => Witness::of_thoughts(gateway, self.context.caller.tag()),
            None => Witness::of_issued(gateway, client, attempt.scope),
        })
    }

    /// A stream has its head; wait for content.
    async fn open(&mut self, attempt: Attempt, mut opening: Opening) -> Option<Step> {
        let deadlines = self.deadlines(&attempt.target);
        match opening.wait(deadlines.first_byte, deadlines.idle, !self.head_sent).await {
            Opened::HeadDue => {
                self.pending = Some(Box::new((attempt, opening)));
                Some(Step::HeadDue)
            }
            Opened::Generates { first, terminal, error } => {
                let first = match &error {
                    Some(_) => self.context.settle.gateway().without_secrets(first),
                    None => first,
                };
                Some(self.commit(attempt, opening, Begun { first, terminal, error }, deadlines))
            }
            Opened::Failed(fault) => {
                self.failed(&attempt, &Fault::Opening(fault), Phase::Held);
                None
            }
        }
    }

    /// The stream generates: from here on there is no other provider.
    fn commit(&mut self, attempt: Attempt, opening: Opening, begun: Begun, deadlines: Deadlines) -> Step {
        self.note(&attempt, |record| record.result = OK.into());
        self.measure(&attempt.provider);
        let Opening { reply, reading, .. } = opening;
        let parts = RelayParts {
            source: reply.body,
            reading,
            first: begun.first,
            error: begun.error,
            settle: self.context.settle.take(),
            protocol: self.context.operation.protocol(),
            id: self.context.id,
            idle: deadlines.idle,
            provider: Arc::clone(&attempt.provider),
            lang: self.context.snapshot.lang,
        };
        let head = attempt.head(reply.head);
        Step::Stream(head, Box::new(Relay::new(parts, begun.terminal)))
    }

    /// A success that is not streamed: read it whole, look whether it is one.
    async fn whole(&mut self, attempt: Attempt, mut reply: Reply, deadlines: Deadlines) -> Option<Step> {
        let until = attempt.started + deadlines.total;
        let bytes = match commit::whole(&mut reply.body, WHOLE_MAX, until).await {
            Ok(bytes) => bytes,
            Err(fault) => {
                self.failed(&attempt, &Fault::Whole(fault), Phase::Held);
                return None;
            }
        };
        let read = match self.context.operation {
            Operation::Create(_) => reply::read(attempt.spoken, &bytes),
            Operation::Unary(..) if attempt.plan.is_some() => reply::read(attempt.spoken, &bytes),
            Operation::Unary(_, op) => reply::read_unary(op, &bytes),
        };
        let witness = self.witness(&attempt);
        if let Some(witness) = &witness {
            witness.see(&bytes);
        }
        let fault = match Fault::whole(read, &reply.head.headers, &bytes) {
            Ok(facts) => match attempt.client_body(bytes, witness.as_ref()) {
                Ok(bytes) => {
                    self.succeeded(&attempt, facts, bytes.len());
                    return Some(Step::Whole(attempt.head(reply.head), bytes));
                }
                Err(why) => Fault::Shape { content: Content::Json, why },
            },
            Err(fault) => fault,
        };
        self.failed(&attempt, &fault, Phase::Held);
        None
    }

    fn succeeded(&mut self, attempt: &Attempt, facts: reply::ReplyFacts, length: usize) {
        self.note(attempt, |record| record.result = OK.into());
        self.context.settle.observe(&PolicyOutcome::Success);
        self.measure(&attempt.provider);
        self.context.settle.record(|record| {
            record.usage = facts.usage;
            record.stop = facts.stop.map(Into::into);
            record.answered_by(facts.model.as_deref());
            record.bytes_out = length as u64;
        });
    }

    /// A 200 whose content is not what was asked for.
    async fn wrong_shape(&mut self, attempt: &Attempt, mut reply: Reply, why: Text) {
        let until = clock::now() + ERROR_BODY_WITHIN;
        let bytes = commit::whole(&mut reply.body, ERROR_BODY_MAX, until).await.unwrap_or_default();
        self.failed(attempt, &Fault::unasked(&reply.head.headers, &bytes, why), Phase::Held);
    }

    /// An answer that says no.
    async fn refused(&mut self, attempt: Attempt, mut reply: Reply) {
        let until = clock::now() + ERROR_BODY_WITHIN;
        let read = commit::whole(&mut reply.body, ERROR_BODY_MAX, until).await;
        let names_field = self.refuses(&attempt, reply.head.status, &read);
        let fault = Fault::answer(reply.head.status, &reply.head.headers, &read, names_field, clock::unix_ms() / 1_000);
        if fault.verdict(Phase::Head).row == Row::ReasoningRefused {
            self.disowned(&attempt);
        }
        self.failed(&attempt, &fault, Phase::Head);
        // In words of another protocol or of a cloud it would not be understood: then our own say the same.
        self.last_translated = attempt.foreign_errors;
        let bytes = read.unwrap_or_default();
        self.last_error = (!attempt.foreign_errors).then(|| (UpstreamHead::new(reply.head, attempt.provider), bytes));
    }

    fn begin(&mut self, target: Target, provider: &Provider) -> Attempt {
        let asked = self.body.model.as_ref().map(|(model, _)| Arc::clone(model));
        let line = AttemptRecord {
            key: target.key.and_then(|key| u16::try_from(key).ok()),
            model: target.model.clone(),
            ..AttemptRecord::begun(Arc::clone(&provider.name))
        };
        self.context.settle.record(|record| {
            record.provider = Some(Arc::clone(&provider.name));
            record.model_sent = line.model.as_deref().or(asked.as_deref()).map(Into::into);
            record.attempts.push(line);
        });
        let operation = self.context.operation;
        let model = target.model.as_deref().or(asked.as_deref()).unwrap_or_default();
        let spoken = translate::spoken(provider, operation, model).unwrap_or(operation.protocol().into());
        let scope = provider.issuer.scope(spoken, model);
        let started = clock::now();
        self.context.settle.tries(started, asked.as_ref());
        Attempt {
            target,
            provider: Arc::clone(&provider.name),
            started,
            prepared: Duration::ZERO,
            spoken,
            scope,
            plan: None,
            foreign_errors: spoken != operation.protocol() || matches!(provider.surface, Surface::Bedrock { .. }),
            changed: Changed::default(),
            losses: None,
        }
    }

    fn headed(&mut self, attempt: &Attempt, reply: &Reply) {
        let (status, facts) = (reply.head.status.as_u16(), reply.facts);
        self.note(attempt, |record| {
            record.status = status;
            record.reused = facts.reused;
            record.dns_ms = millis(facts.dns);
            record.connect_ms = millis(facts.connect);
            record.tls_ms = millis(facts.tls);
            record.head_ms = Some(record.total_ms);
        });
    }

    /// Puts a failed try down: record, policy, key.
    fn failed(&mut self, attempt: &Attempt, fault: &Fault, phase: Phase) {
        let verdict = fault.verdict(phase);
        self.note_fault(attempt, fault, verdict.row.id());
        // A key that is refused may have been replaced where it is kept: it is read again at the next use.
        if matches!(verdict.key, KeyEffect::Quarantine | KeyEffect::Suspect)
            && let Some(provider) = self.context.snapshot.providers.get(attempt.target.provider)
            && let Some(key) = attempt.target.key.and_then(|key| provider.keys.get(key))
        {
            key.forget();
        }
        let row = verdict.row.id();
        tracing::debug!(request_id = %self.context.id, provider = &*attempt.provider, row, "attempt failed");
        self.context.settle.observe(&PolicyOutcome::Failed(verdict));
    }

    /// The running try is over, and failed for this.
    fn note_fault(&mut self, attempt: &Attempt, fault: &Fault, row: &'static str) {
        let gateway = self.context.settle.gateway();
        let lang = self.context.snapshot.lang;
        let text = fault.text().map(&|piece| gateway.redact(piece, MESSAGE_MAX));
        if let Fault::Untranslatable { refused } = fault {
            self.refused.get_or_insert_with(|| refused.clone());
        }
        self.note(attempt, |record| {
            record.result = row.into();
            record.explain(&text, lang);
        });
        self.context.settle.tried();
    }

    /// Corrects the running try's line in the record.
    fn note(&mut self, attempt: &Attempt, change: impl FnOnce(&mut AttemptRecord)) {
        let total_ms = millis(clock::now().saturating_duration_since(attempt.started));
        self.context.settle.record(|record| {
            if let Some(line) = record.attempts.last_mut() {
                line.total_ms = total_ms;
                change(line);
            }
        });
    }

    fn deadlines(&self, target: &Target) -> Deadlines {
        let fallback = Deadlines {
            first_byte: Duration::from_secs(90),
            idle: Duration::from_secs(120),
            total: Duration::from_secs(600),
        };
        self.context.snapshot.providers.get(target.provider).map_or(fallback, |provider| provider.deadlines)
    }

    /// The last upstream's error, word for word; an error page is not passed on, and a sent head leaves no room for one.
    fn verbatim(&mut self) -> Option<Step> {
        let (head, bytes) = self.last_error.take().filter(|_| !self.head_sent)?;
        if classify::content(&head.headers, &bytes) != Content::Json {
            return None;
        }
        let bytes = self.context.settle.gateway().without_secrets(bytes);
        self.context.settle.record(|record| record.bytes_out = bytes.len() as u64);
        Some(Step::Whole(head, bytes))
    }

    /// The policy has nothing left to try: the last answer verbatim when it is the client's to see, else our own words.
    fn give_up(&mut self, why: &GiveUp) -> Step {
        if verdicts::is_for_the_client(why)
            && let Some(step) = self.verbatim()
        {
            return step;
        }
        let settle = &self.context.settle;
        if let Some(denial) = settle.denial() {
            return Step::Failed(denied::problem(&denial, why, self.context.operation.protocol()));
        }
        let problem = settle.with_record(None, |record| {
            let refused = self.refused.as_ref();
            Some(verdicts::problem(why, record, &settle.skipped(), self.last_translated, refused))
        });
        Step::Failed(problem.unwrap_or_else(verdicts::internal))
    }
}

impl Attempt {
    /// Reads this try's stream.
    fn reading(&self, witness: Option<Witness>) -> Reading {
        let tap = Tap::new(self.spoken);
        match &self.plan {
            Some(plan) => Reading::translated(tap, answer::AnswerStream::new(plan), witness),
            None => Reading::unchanged(tap, witness),
        }
    }

    /// A whole answer as the client gets it, or why it cannot be had in his protocol.
    fn client_body(&self, bytes: Bytes, witness: Option<&Witness>) -> Result<Bytes, Text> {
        let Some(plan) = &self.plan else { return Ok(bytes) };
        let text = std::str::from_utf8(&bytes).map_err(|_| Text::new(&faults::UNTRANSLATABLE_ANSWER))?;
        let (body, end, mut seen) = answer::whole_seen(plan, text);
        match end {
            End::Complete(_) => {}
            End::Failed(error) => return Err(defects::error(&error)),
            End::Cut => return Err(defects::text(&Defect::Cut)),
        }
        if let Some(witness) = witness {
            witness.keep(seen.take_thoughts());
        }
        Ok(body.into())
    }

    /// The answer's head as the client gets it: of another protocol's headers only what every client reads.
    fn head(&self, head: http::response::Parts) -> UpstreamHead {
        let mut head = UpstreamHead::new(head, Arc::clone(&self.provider));
        if self.plan.is_some() {
            head.headers = translate::response_headers(&head.headers);
        }
        head.lost.clone_from(&self.losses);
        head
    }
}

/// When a request that waits until `end` is to be looked at, and whether its head is due then. `began`: a stream whose
/// client has no head yet.
fn waking(end: Instant, began: Option<Instant>) -> (Instant, bool) {
    match began.map(|began| began + WAITING_HEAD) {
        Some(head_at) if head_at < end => (head_at, true),
        Some(_) | None => (end, false),
    }
}

/// The losses of a translation, for the record: `stop_sequences dropped, tools[].strict reworded`.
fn lost(losses: &[Loss]) -> Option<Box<str>> {
    let each: Vec<String> = losses.iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (!each.is_empty()).then(|| each.join(", ").into())
}

impl UpstreamHead {
    fn new(head: http::response::Parts, provider: Arc<str>) -> Self {
        let provider = Some(provider);
        Self { status: head.status, headers: head.headers, provider, estimated: false, lost: None }
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_waits_gets_its_head_after_forty_seconds_and_not_before() {
        let began = clock::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(waking(at(30), Some(began)), (at(30), false), "its answer may still be a status");
        assert_eq!(waking(at(90), Some(began)), (at(40), true));
        assert_eq!(waking(at(90), None), (at(90), false), "it has its head, or is no stream");
    }
}
