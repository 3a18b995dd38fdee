//! answer: what comes of a provider's answer once its head is there: a stream that generates, a whole success, or a
//! failure.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokgate_policy::classify::{Content, Phase, Row};
use tokgate_policy::engine::Outcome as PolicyOutcome;
use tokgate_wire::conversation::End;
use tokgate_wire::defect::Defect;
use tokgate_wire::error::WireError;
use tokgate_wire::reply;
use tokgate_wire::stream::Tap;
use tokgate_wire::translate::answer;

use super::super::classify::Fault;
use super::super::commit::{self, Opened, Opening};
use super::super::context::Operation;
use super::super::provenance::Witness;
use super::super::reading::Reading;
use super::super::relay::{Relay, RelayParts};
use super::super::send::Reply;
use super::super::translate;
use super::{Attempt, Attempting, ERROR_BODY_MAX, Step, UpstreamHead};
use crate::clock;
use crate::gateway::snapshot::Deadlines;
use crate::i18n::{Text, defects, faults};
use crate::store::record::OK;

/// Largest answer that is not streamed: the same bound as requests.
const WHOLE_MAX: usize = 64 << 20;

/// Time an upstream has to finish its error body after the head; without it the status alone must do.
const ERROR_BODY_WITHIN: Duration = Duration::from_secs(5);

/// What has been read of a stream that generates.
struct Begun {
    first: Bytes,
    terminal: bool,
    error: Option<WireError>,
}

impl Attempting {
    /// Who keeps what of the answer must not be forgotten.
    pub(super) fn witness(&self, attempt: &Attempt) -> Option<Witness> {
        let Operation::Create(client) = self.context.operation else { return None };
        let gateway = Arc::clone(self.context.settle.gateway());
        Some(match attempt.plan {
            Some(_) => Witness::of_thoughts(gateway, self.context.caller.tag()),
            None => Witness::of_issued(gateway, client, attempt.scope),
        })
    }

    /// A stream has its head; wait for content.
    pub(super) async fn open(&mut self, attempt: Attempt, mut opening: Opening) -> Option<Step> {
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
                let fault = self.looked_into(&attempt, Fault::Opening(fault), Phase::Held).await;
                self.failed(&attempt, &fault, Phase::Held);
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
    pub(super) async fn whole(&mut self, attempt: Attempt, mut reply: Reply, deadlines: Deadlines) -> Option<Step> {
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
            Err(fault) => self.looked_into(&attempt, fault, Phase::Held).await,
        };
        self.failed(&attempt, &fault, Phase::Held);
        None
    }

    fn succeeded(&mut self, attempt: &Attempt, facts: reply::ReplyFacts, length: usize) {
        let now = clock::now();
        self.note_at(now, attempt, |record| record.result = OK.into());
        self.context.settle.observe_at(now, &PolicyOutcome::Success);
        if let Some(id) = facts.kept.as_deref().filter(|_| attempt.plan.is_none()) {
            self.context.settle.stored(now, id);
        }
        self.measure(&attempt.provider);
        self.context.settle.record(|record| {
            record.usage = facts.usage;
            record.stop = facts.stop.map(Into::into);
            record.answered_by(facts.model.as_deref());
            record.bytes_out = length as u64;
        });
    }

    /// A 200 whose content is not what was asked for.
    pub(super) async fn wrong_shape(&mut self, attempt: &Attempt, mut reply: Reply, why: Text) {
        let until = clock::now() + ERROR_BODY_WITHIN;
        let bytes = commit::whole(&mut reply.body, ERROR_BODY_MAX, until).await.unwrap_or_default();
        self.failed(attempt, &Fault::unasked(&reply.head.headers, &bytes, why), Phase::Held);
    }

    /// An answer that says no.
    pub(super) async fn refused(&mut self, attempt: Attempt, mut reply: Reply) {
        let until = clock::now() + ERROR_BODY_WITHIN;
        let read = commit::whole(&mut reply.body, ERROR_BODY_MAX, until).await;
        let names_field = self.refuses(&attempt, reply.head.status, &read);
        let fault = Fault::answer(reply.head.status, &reply.head.headers, &read, names_field, clock::unix_ms() / 1_000);
        match fault.verdict(Phase::Head).row {
            Row::ReasoningRefused => self.disowned(&attempt),
            Row::TooLarge => self.oversized(&attempt),
            _ => {}
        }
        let fault = self.looked_into(&attempt, fault, Phase::Head).await;
        self.failed(&attempt, &fault, Phase::Head);
        // In words of another protocol or of a cloud it would not be understood: then our own say the same.
        self.last_translated = attempt.foreign_errors;
        let bytes = read.unwrap_or_default();
        self.last_error = (!attempt.foreign_errors).then(|| (UpstreamHead::new(reply.head, attempt.provider), bytes));
    }
}

impl Attempt {
    /// Reads this try's stream.
    pub(super) fn reading(&self, witness: Option<Witness>) -> Reading {
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
    pub(super) fn head(&self, head: http::response::Parts) -> UpstreamHead {
        let mut head = UpstreamHead::new(head, Arc::clone(&self.provider));
        if self.plan.is_some() {
            head.headers = translate::response_headers(&head.headers);
        }
        head.lost.clone_from(&self.losses);
        head
    }
}
