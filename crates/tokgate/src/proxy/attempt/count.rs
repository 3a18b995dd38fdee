//! How many tokens a request has: the provider's own number where it counts, an estimate everywhere else. Whatever goes
//! wrong on the way is nobody's fault: providers limit this call by itself, and many do not have it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};
use tokgate_policy::classify::{Phase, Row};
use tokgate_policy::engine::{Decision, Outcome as PolicyOutcome, Target};
use tokgate_wire::conversation::Refused;
use tokgate_wire::count;
use tokgate_wire::error::{self, WireError};
use tokgate_wire::path::Unary;
use tokgate_wire::provenance::Provenance;
use tokio::time::{Instant, timeout_at};

use super::super::classify::Fault;
use super::super::commit;
use super::super::context::Operation;
use super::super::decode;
use super::super::respond::Problem;
use super::super::send::Reply;
use super::super::settle::Measured;
use super::super::translate;
use super::super::verdicts;
use super::{Attempt, Attempting, ERROR_BODY_MAX, Step, UpstreamHead};
use crate::clock;
use crate::store::record::OK;

/// Longest wait for a provider's number. Clients ask for dozens at once and show nothing until all have come, and an
/// estimate is better than a late number.
const COUNT_WITHIN: Duration = Duration::from_secs(5);

/// What providers say of a call they do not have, wherever it stands in the message; lower case.
const UNSUPPORTED: [&str; 6] =
    ["not support", "unsupported", "not implemented", "unknown endpoint", "no route", "invalid url"];

/// Shorter requests are not compared with what was counted: what stands around a conversation outweighs its text.
const MEASURED_MIN: usize = 1 << 10;

/// What a provider said to the question.
enum Said {
    /// A number.
    Tokens(u64),
    /// That the request is wrong, in the client's own protocol.
    Wrong(UpstreamHead, Bytes),
    /// Nothing of use.
    Nothing,
}

impl Attempting {
    /// Answers a question for tokens.
    pub async fn count(&mut self, op: Unary) -> Step {
        let Some(Decision::Try(target)) = self.context.settle.decide(clock::now()) else {
            return self.estimated(op, None);
        };
        let said = Box::pin(self.ask(&target)).await;
        // Neither praise nor blame: that it counts does not say that it answers, nor the other way round.
        self.context.settle.observe(&PolicyOutcome::Cancelled);
        match said {
            Said::Tokens(tokens) => self.counted(op, &target, tokens, false),
            Said::Wrong(head, bytes) => {
                let bytes = self.context.settle.gateway().without_secrets(bytes);
                self.context.settle.record(|record| record.bytes_out = bytes.len() as u64);
                Step::Whole(head, bytes)
            }
            Said::Nothing => self.estimated(op, Some(&target)),
        }
    }

    /// Asks a provider that counts, unless it has said that it does not.
    async fn ask(&mut self, target: &Target) -> Said {
        let snapshot = Arc::clone(&self.context.snapshot);
        let Some(provider) = snapshot.providers.get(target.provider) else { return Said::Nothing };
        let model = self.model_at(target);
        let Some(spoken) = translate::spoken(provider, self.context.operation, model) else { return Said::Nothing };
        if !self.context.settle.gateway().counting().asks(&provider.name, spoken, model) {
            return Said::Nothing;
        }
        let now = clock::now();
        let until = now + COUNT_WITHIN;
        let mut attempt = self.begin(target.clone(), provider, now);
        let answered = timeout_at(until, pin!(self.exchange(provider, &mut attempt))).await;
        let reply = match answered {
            Ok(Ok(reply)) => reply,
            Ok(Err(fault)) => {
                self.note_fault(&attempt, &fault, fault.verdict(Phase::BeforeHead).row.id());
                return Said::Nothing;
            }
            Err(_) => {
                self.note(&attempt, |record| record.result = Row::TotalTimeout.id().into());
                self.context.settle.tried();
                return Said::Nothing;
            }
        };
        let (reply, _) = decode::plain(reply);
        self.headed(&attempt, &reply);
        self.hear(attempt, reply, until).await
    }

    /// The model that a target is asked for.
    fn model_at<'m>(&'m self, target: &'m Target) -> &'m str {
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        target.model.as_deref().unwrap_or(asked)
    }

    /// Reads what the provider said.
    async fn hear(&mut self, attempt: Attempt, mut reply: Reply, until: Instant) -> Said {
        let status = reply.head.status;
        let read = commit::whole(&mut reply.body, ERROR_BODY_MAX, until).await;
        let body = read.clone().unwrap_or_default();
        let tokens = std::str::from_utf8(&body).ok().filter(|_| status.is_success()).and_then(count::read);
        if let Some(tokens) = tokens {
            self.note(&attempt, |record| record.result = OK.into());
            return Said::Tokens(tokens);
        }
        let fault = Fault::answer(status, &reply.head.headers, &read, false, clock::unix_ms() / 1_000);
        let error = error::read(&body);
        let is_his = error.as_ref().is_some_and(|error| is_about_the_request(status) && !is_about_the_call(error));
        self.note_fault(&attempt, &fault, fault.verdict(Phase::Head).row.id());
        if has_no_such_call(status, error.as_ref()) {
            let (counting, model) = (self.context.settle.gateway().counting(), self.model_at(&attempt.target));
            counting.does_not_count(&attempt.provider, attempt.spoken, model);
        } else if is_his && attempt.spoken == self.context.operation.protocol() {
            return Said::Wrong(UpstreamHead::new(reply.head, attempt.provider), body);
        }
        Said::Nothing
    }

    /// Why the request itself would be refused, were it made: of a wrong request nobody knows the tokens.
    fn refusal(&self, target: Option<&Target>) -> Option<Problem> {
        let client = self.context.operation.protocol();
        let provider = target.and_then(|target| self.context.snapshot.providers.get(target.provider));
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        let model = target.and_then(|target| target.model.as_deref()).unwrap_or(asked);
        let spoken = provider.and_then(|provider| translate::spoken(provider, Operation::Create(client), model));
        let refused = match (provider, spoken) {
            (Some(provider), Some(spoken)) if spoken != client => {
                let target = Provenance::from(0);
                translate::request(&self.context, &self.body, provider, spoken, Some(model), target).err()?
            }
            // What passes unread may hold what nobody here knows.
            _ => translate::check(&self.context, &self.body).err().filter(Refused::is_malformed)?,
        };
        let name = provider.map_or("-", |provider| &*provider.name);
        Some(verdicts::uncountable(&refused, name, &self.context.id.to_string()))
    }

    /// Answers with an estimate, as the model of `target` would count it.
    fn estimated(&mut self, op: Unary, target: Option<&Target>) -> Step {
        if let Some(problem) = self.refusal(target) {
            return Step::Failed(problem);
        }
        let tokens = self.estimate();
        let provider = target.and_then(|target| self.context.snapshot.providers.get(target.provider));
        let asked = self.body.model.as_ref().map(|(model, _)| &**model);
        let model = target.and_then(|target| target.model.as_deref()).or(asked);
        let tokens = match (provider, model) {
            (Some(provider), Some(model)) => {
                let counting = self.context.settle.gateway().counting();
                counting.calibration().correct(&provider.name, model, tokens)
            }
            _ => tokens,
        };
        let provider = provider.map(|provider| Arc::clone(&provider.name));
        self.answer(op, provider, tokens, true)
    }

    fn counted(&mut self, op: Unary, target: &Target, tokens: u64, estimated: bool) -> Step {
        let provider = self.context.snapshot.providers.get(target.provider);
        let provider = provider.map(|provider| Arc::clone(&provider.name));
        self.answer(op, provider, tokens, estimated)
    }

    /// The number in the client's protocol.
    fn answer(&mut self, op: Unary, provider: Option<Arc<str>>, tokens: u64, estimated: bool) -> Step {
        let bytes = Bytes::from(count::answer(op, tokens));
        self.context.settle.record(|record| {
            record.provider.clone_from(&provider);
            record.counted = Some(tokens);
            record.estimated = estimated;
            record.bytes_out = bytes.len() as u64;
        });
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Step::Whole(UpstreamHead { status: StatusCode::OK, headers, provider, estimated, lost: None }, bytes)
    }

    /// Tokens of the request as the client sent it, by its text alone.
    fn estimate(&self) -> u64 {
        let body = std::str::from_utf8(&self.body.bytes).unwrap_or_default();
        count::estimate(self.context.operation.protocol(), body)
    }

    /// An answer is coming whose count shall be compared with an estimate: of each model now and then.
    pub(super) fn measure(&mut self, provider: &str) {
        if !matches!(self.context.operation, Operation::Create(_)) || self.body.bytes.len() < MEASURED_MIN {
            return;
        }
        let settle = &self.context.settle;
        let wants = settle.with_record(false, |record| {
            let model = record.model_sent.as_deref().unwrap_or_default();
            let now = clock::since_start(clock::now());
            settle.gateway().counting().calibration().wants(now, provider, model)
        });
        if wants {
            let (protocol, body) = (self.context.operation.protocol(), self.body.bytes.clone());
            self.context.settle.measure(Measured { protocol, body });
        }
    }
}

/// Whether a provider says that it has no such call at all.
fn has_no_such_call(status: StatusCode, error: Option<&WireError>) -> bool {
    match status.as_u16() {
        // A model that is not known is said with the same status, and is no reason to ask no more.
        404 => !error.is_some_and(|error| error.message.to_ascii_lowercase().contains("model")),
        405 | 410 | 501 => true,
        // Another answer than a number.
        200..=299 => true,
        _ => false,
    }
}

/// Whether an error says that it is the call that is wrong, not what is asked.
fn is_about_the_call(error: &WireError) -> bool {
    let words = error.message.to_ascii_lowercase();
    UNSUPPORTED.iter().any(|sign| words.contains(sign))
}

/// Whether a status says that the request is wrong.
fn is_about_the_request(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 413 | 422)
}
