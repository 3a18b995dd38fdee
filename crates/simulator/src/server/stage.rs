//! The state all connections share: the script and its place, the log, the figures.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{AwsCredentials, Counters, Ended, Options, Seen};
use crate::asked::Asked;
use crate::clock;
use crate::fault::{Fault, Layer};
use crate::issuer;
use crate::protocol::Protocol;
use crate::script::{Behaviour, CHOICE_HEADER, Script, When};

/// Request bodies kept in the log, all together; the oldest requests go first.
const LOG_BYTES_MAX: usize = 256 << 20;

/// A request as it came off the wire.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path_and_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) connection_id: u64,
    pub(crate) http_version: &'static str,
    /// Earlier requests of the same connection.
    pub(crate) on_connection: u64,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) protocols: Vec<Protocol>,
    pub(crate) control: bool,
    pub(crate) credentials: Option<AwsCredentials>,
    pub(crate) h2_max_streams: Option<u32>,
    log_max: usize,
    started: Instant,
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    script: Script,
    /// The current step and how often it was played.
    step: usize,
    played: u32,
    log: VecDeque<Seen>,
    log_bytes: usize,
    counters: Counters,
    /// Counted through resets, so that ids and numbers stay unique.
    numbers: u64,
    connection_ids: u64,
    /// Grows with every reset: a request that began before it must not touch the figures after it.
    generation: u64,
}

impl Inner {
    fn next(&self) -> &Behaviour {
        self.script.steps.get(self.step).map_or(&self.script.then, |step| &step.behaviour)
    }

    fn advance(&mut self) {
        self.played += 1;
        self.skip_finished();
    }

    fn skip_finished(&mut self) {
        while self.script.steps.get(self.step).is_some_and(|step| self.played >= step.times) {
            self.step += 1;
            self.played = 0;
        }
    }

    fn push(&mut self, seen: Seen, log_max: usize) {
        self.log_bytes += seen.body.len();
        self.log.push_back(seen);
        while self.log.len() > log_max || self.log_bytes > LOG_BYTES_MAX {
            let Some(old) = self.log.pop_front() else { break };
            self.log_bytes -= old.body.len();
        }
    }
}

impl Stage {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            protocols: options.protocols.clone(),
            control: options.control,
            credentials: options.aws.clone(),
            h2_max_streams: options.h2_max_streams,
            log_max: options.log_max,
            started: clock::now(),
            inner: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    pub(crate) fn play(&self, script: Script) {
        let mut inner = self.inner.lock();
        (inner.script, inner.step, inner.played) = (script, 0, 0);
        inner.skip_finished();
    }

    /// What a provider says to opaque reasoning that is not its own.
    pub(crate) fn disowned(&self, request: &Request, asked: &Asked, number: u64) -> Option<serde_json::Value> {
        let own = self.inner.lock().script.issuer.clone()?;
        issuer::refuse(&own, asked.surface(), &request.body, number)
    }

    pub(crate) fn reset(&self) {
        let mut inner = self.inner.lock();
        *inner = Inner {
            numbers: inner.numbers,
            connection_ids: inner.connection_ids,
            generation: inner.generation + 1,
            ..Inner::default()
        };
        drop(inner);
        self.tell();
    }

    pub(crate) fn log(&self) -> Vec<Seen> {
        self.inner.lock().log.iter().cloned().collect()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.inner.lock().counters
    }

    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    /// A connection was accepted: its number, and the fault that strikes it before any request.
    pub(crate) fn connected(self: &std::sync::Arc<Self>) -> (ConnectionGuard, Option<Fault>) {
        let mut inner = self.inner.lock();
        inner.connection_ids += 1;
        inner.counters.connections += 1;
        inner.counters.connections_open += 1;
        let fault = match inner.next() {
            Behaviour::Fault(plan) if plan.name.layer() == Layer::Connection => Some(plan.name),
            _ => None,
        };
        if fault.is_some() {
            inner.advance();
        }
        let guard = ConnectionGuard { id: inner.connection_ids, generation: inner.generation, stage: self.clone() };
        drop(inner);
        self.tell();
        (guard, fault)
    }

    /// The behaviour of a request: its own choice, then the rules, then (for model requests) the steps.
    pub(crate) fn choose(&self, request: &Request, asked: Option<&Asked>) -> Result<Behaviour, String> {
        if let Some(choice) = request.header(CHOICE_HEADER) {
            return Behaviour::parse(choice);
        }
        let mut inner = self.inner.lock();
        let fits = |when: &When| matches(when, request, asked);
        if let Some(rule) = inner.script.rules.iter().find(|rule| fits(&rule.when)) {
            return Ok(rule.behaviour.clone());
        }
        if asked.is_none() {
            return Ok(Behaviour::default());
        }
        let behaviour = inner.next().clone();
        inner.advance();
        Ok(behaviour)
    }

    /// What a provider narrower than its protocol answers with 400.
    pub(crate) fn refuse(&self, request: &Request, asked: &Asked, number: u64) -> Option<serde_json::Value> {
        let narrow = self.inner.lock().script.narrow.clone()?;
        let betas = request.header("anthropic-beta").unwrap_or_default();
        narrow.refuse(asked.protocol, &request.body, betas, number)
    }

    pub(crate) fn number(&self) -> u64 {
        let mut inner = self.inner.lock();
        inner.numbers += 1;
        inner.numbers
    }

    /// Writes the request into the log; the guard says how it ended.
    pub(crate) fn began(
        self: &std::sync::Arc<Self>,
        request: Request,
        number: u64,
        behaviour: &'static str,
    ) -> RequestGuard {
        let at_ms = u64::try_from(clock::since(self.started).as_millis()).unwrap_or(u64::MAX);
        let mut inner = self.inner.lock();
        inner.counters.requests += 1;
        inner.counters.requests_open += 1;
        inner.counters.requests_peak = inner.counters.requests_peak.max(inner.counters.requests_open);
        let seen = Seen {
            number,
            method: request.method,
            path_and_query: request.path_and_query,
            headers: request.headers,
            body: request.body,
            connection_id: request.connection_id,
            http_version: request.http_version,
            at_ms,
            behaviour,
            ended: Ended::Open,
            stalled: false,
        };
        inner.push(seen, self.log_max);
        let generation = inner.generation;
        drop(inner);
        self.tell();
        RequestGuard { number, generation, stage: self.clone(), ended: Ended::Open }
    }
}

fn matches(when: &When, request: &Request, asked: Option<&Asked>) -> bool {
    let path = when.path.as_ref().is_none_or(|part| request.path_and_query.contains(part.as_str()));
    let header = when.header.as_ref().is_none_or(|(name, value)| request.header(name) == Some(value));
    let about_model = match asked {
        None => when.model.is_none() && when.tools.is_none() && when.stream.is_none(),
        Some(asked) => {
            when.model.as_ref().is_none_or(|model| *model == asked.model)
                && when.tools.is_none_or(|tools| tools != asked.tools.is_empty())
                && when.stream.is_none_or(|stream| stream == asked.stream)
        }
    };
    path && header && about_model
}

/// Counts a connection as open while it lives.
#[derive(Debug)]
pub(crate) struct ConnectionGuard {
    pub(crate) id: u64,
    generation: u64,
    stage: std::sync::Arc<Stage>,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let mut inner = self.stage.inner.lock();
        if inner.generation == self.generation {
            inner.counters.connections_open -= 1;
        }
        drop(inner);
        self.stage.tell();
    }
}

/// Counts a request as open until it ended; dropped without a word it was cancelled.
#[derive(Debug)]
pub(crate) struct RequestGuard {
    number: u64,
    generation: u64,
    stage: std::sync::Arc<Stage>,
    ended: Ended,
}

impl RequestGuard {
    /// The answer stands still from here on.
    pub(crate) fn stalls(&self) {
        let mut inner = self.stage.inner.lock();
        if inner.generation == self.generation
            && let Some(seen) = inner.log.iter_mut().rev().find(|seen| seen.number == self.number)
        {
            seen.stalled = true;
        }
        drop(inner);
        self.stage.tell();
    }

    /// Call it before the last byte goes out, so that whoever has the whole answer finds it in the log.
    pub(crate) fn ended(&mut self, how: Ended) {
        if self.ended != Ended::Open {
            return;
        }
        self.ended = how;
        let mut inner = self.stage.inner.lock();
        if inner.generation == self.generation {
            inner.counters.requests_open -= 1;
            if let Some(seen) = inner.log.iter_mut().rev().find(|seen| seen.number == self.number) {
                seen.ended = how;
            }
        }
        drop(inner);
        self.stage.tell();
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.ended(Ended::Cancelled);
    }
}
