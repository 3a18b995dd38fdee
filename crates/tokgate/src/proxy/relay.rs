//! relay: a committed stream on its way to the client. Whole events only, as soon as they arrive; a usage tap beside
//! it; keep-alives while the upstream is silent; never a clean end for a stream that did not end.
//!
//! No task of its own: hyper polls it, back-pressure comes for free, and dropping it cancels the upstream.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokgate_policy::classify::{self as table, Event, Phase, StreamEvent};
use tokgate_policy::engine::Outcome as PolicyOutcome;
use tokgate_wire::error::{Kind, WireError};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::stream::{StreamEnd, StreamFault, TransportEnd};
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep};

use super::reading::Reading;
use super::respond::{Problem, Retry};
use super::send::ReplyBody;
use super::settle::Settle;
use crate::clock;
use crate::i18n::{Lang, proxy as text};
use crate::store::record::{Outcome, RequestId};

/// Silence after which the client gets a keep-alive: clients give up after 300 s, proxies between after 60 s.
pub const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// Time without a generated event, pings or not, after which a stream is taken for dead.
pub const SEMANTIC_IDLE: Duration = Duration::from_secs(300);

/// Time the upstream has to close after its terminal event; the answer is complete, nobody needs to wait longer.
const LINGER: Duration = Duration::from_secs(2);

/// Why a stream ends when the gateway does.
pub const STOPPED: &str = "the gateway was stopped";

/// The code of a stream that broke off.
const BROKE: &str = "TG320";

/// An upstream's words kept in the record.
const DETAIL_MAX: usize = 512;

/// Everything a relay is made of.
#[derive(Debug)]
pub struct RelayParts {
    /// Where the stream comes from.
    pub source: ReplyBody,
    /// What has been read of it so far.
    pub reading: Reading,
    /// Whole events read before the commit.
    pub first: Bytes,
    /// The request's end.
    pub settle: Settle,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub id: RequestId,
    /// The upstream's own error event, when it is among `first`.
    pub error: Option<WireError>,
    /// Longest silence allowed.
    pub idle: Duration,
    /// Provider, for messages.
    pub provider: std::sync::Arc<str>,
    /// Language of messages.
    pub lang: Lang,
}

/// A committed stream.
pub struct Relay {
    parts: RelayParts,
    state: State,
    timer: Pin<Box<Sleep>>,
    ending: Pin<Box<OwnedNotified>>,
    /// `ending` knows whom to wake: the one task that polls this body.
    listening: bool,
    heard: Instant,
    generated: Instant,
    sent: Instant,
    /// The upstream's own error event, when one has passed.
    error: Option<WireError>,
}

/// Where the stream stands.
#[derive(Debug)]
enum State {
    /// Events flow.
    Flowing,
    /// The terminal event has passed; waiting for the transport's end.
    Lingering,
    /// The upstream's own error event has passed; waiting for the transport's end.
    Failing,
    /// Nothing more comes.
    Over,
}

impl Relay {
    /// Begins relaying; the bytes read before the commit go out first.
    pub fn new(mut parts: RelayParts, terminal_seen: bool) -> Self {
        let now = clock::now();
        let state = match (&parts.error, terminal_seen) {
            (Some(_), _) => State::Failing,
            (None, true) => State::Lingering,
            (None, false) => State::Flowing,
        };
        let flows = matches!(state, State::Flowing);
        let first_look = if flows { KEEPALIVE_EVERY.min(parts.idle) } else { LINGER };
        Self {
            timer: Box::pin(tokio::time::sleep_until(now + first_look)),
            ending: Box::pin(parts.settle.gateway().ending()),
            listening: false,
            heard: now,
            generated: now,
            sent: now,
            error: parts.error.take(),
            parts,
            state,
        }
    }

    /// The head of the answer leaves now.
    pub fn head_goes_out(&mut self, status: u16) {
        self.parts.settle.mark_head();
        self.parts.settle.record(|record| record.status = status);
    }

    /// So many bytes of the answer have been sent before this: keep-alives of a held stream.
    pub fn follows(&mut self, bytes: u64) {
        self.parts.settle.record(|record| record.bytes_out += bytes);
    }

    /// The next bytes for the client.
    pub fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.parts.first.is_empty() {
            let first = std::mem::take(&mut self.parts.first);
            self.parts.settle.mark_first();
            return Poll::Ready(Some(self.count(first)));
        }
        loop {
            if matches!(self.state, State::Over) {
                return Poll::Ready(None);
            }
            match self.parts.source.poll_chunk(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    if let Some(bytes) = self.take(chunk) {
                        return Poll::Ready(Some(bytes));
                    }
                }
                Poll::Ready(Some(Err(broken))) => return Poll::Ready(self.end(TransportEnd::Cut, &broken.0)),
                Poll::Ready(None) => {
                    let end = self.parts.source.end();
                    return Poll::Ready(self.end(end, "the connection was closed"));
                }
                Poll::Pending if self.must_end(cx) => {
                    return Poll::Ready(self.stopped());
                }
                Poll::Pending => match self.timer.as_mut().poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(()) => {
                        if let Some(due) = self.timer_fired() {
                            return Poll::Ready(due);
                        }
                    }
                },
            }
        }
    }

    /// Whether the gateway is being stopped at once.
    fn must_end(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.listening {
            self.listening = true;
            if self.ending.as_mut().poll(cx).is_ready() {
                return true;
            }
        }
        self.parts.settle.gateway().is_ending()
    }

    /// Reads a chunk; whole events go on.
    fn take(&mut self, chunk: Bytes) -> Option<Bytes> {
        let now = clock::now();
        self.heard = now;
        match self.parts.reading.push(chunk) {
            Ok(mut pushed) => {
                if pushed.fresh {
                    self.generated = now;
                }
                if pushed.error.is_some() {
                    self.error = pushed.error;
                    self.state = State::Failing;
                    self.timer.as_mut().reset(now + LINGER);
                    pushed.whole = self.parts.settle.gateway().without_secrets(pushed.whole);
                }
                if pushed.terminal {
                    self.state = State::Lingering;
                    self.timer.as_mut().reset(now + LINGER);
                }
                if pushed.whole.is_empty() {
                    return None;
                }
                self.sent = now;
                Some(self.count(pushed.whole))
            }
            Err(StreamFault::EventTooLong) => self.fail(StreamEvent::EventTooLong, "an event was too long"),
            Err(StreamFault::Malformed(what)) => self.fail(StreamEvent::Malformed, &what),
        }
    }

    /// The transport ended.
    fn end(&mut self, end: TransportEnd, why: &str) -> Option<Bytes> {
        let (how, rest) = self.parts.reading.finish(end);
        match how {
            StreamEnd::Complete => {
                let rest = (!rest.is_empty()).then(|| self.count(rest));
                self.settle(&PolicyOutcome::Success, Outcome::Completed);
                rest
            }
            // An answer without content, but with its own end: the client has that end, nothing may follow it.
            StreamEnd::Empty if matches!(self.state, State::Lingering) => {
                self.settle(&PolicyOutcome::Success, Outcome::Completed);
                None
            }
            // The upstream's own error event has gone through: that is the end the protocol foresees.
            StreamEnd::Failed => {
                let retold = self.retold();
                self.settle_error();
                retold
            }
            StreamEnd::Empty | StreamEnd::Truncated => self.fail(StreamEvent::Cut, why),
        }
    }

    /// The upstream ended the stream with an error event of its own.
    fn settle_error(&mut self) {
        let error = self.error.take().unwrap_or_default();
        let verdict = table::classify(Event::Answer(super::classify::in_stream(&error)), Phase::Committed);
        let detail = self.parts.settle.gateway().redact(&error.message, DETAIL_MAX);
        self.parts.settle.record(|record| record.detail = Some(detail.into()));
        self.settle(&PolicyOutcome::Failed(verdict), Outcome::Truncated);
    }

    /// Nothing may follow an end that the client already has.
    fn has_ended(&mut self) -> bool {
        match self.state {
            State::Flowing => return false,
            State::Lingering => self.settle(&PolicyOutcome::Success, Outcome::Completed),
            State::Failing => self.settle_error(),
            State::Over => {}
        }
        true
    }

    /// An error that the upstream told in a form which clients pass over is told again in the protocol's own: else the
    /// answer would end like a whole one.
    fn retold(&mut self) -> Option<Bytes> {
        if !matches!(self.state, State::Failing) || !self.parts.reading.error_is_bare() {
            return None;
        }
        let why = self.error.as_ref().map_or("", |error| &error.message);
        let why = self.parts.settle.gateway().redact(why, DETAIL_MAX);
        Some(self.broken(&why))
    }

    /// The protocol's own error event.
    fn broken(&mut self, why: &str) -> Bytes {
        let problem = Problem {
            code: BROKE,
            kind: Kind::Overloaded,
            status: 529,
            text: text::STREAM_BROKE.text(self.parts.lang, &[("provider", &self.parts.provider), ("why", &why)]),
            retry: Retry::ByStatus,
            header: None,
        };
        let frame = self.parts.reading.broken(&problem, self.parts.protocol, self.parts.id);
        self.count(frame)
    }

    /// The stream broke: the protocol's own error event, then the end.
    fn fail(&mut self, event: StreamEvent, why: &str) -> Option<Bytes> {
        let retold = self.retold();
        if self.has_ended() {
            return retold;
        }
        let why = self.parts.settle.gateway().redact(why, DETAIL_MAX);
        let frame = self.broken(&why);
        self.parts.settle.record(|record| {
            record.error = Some(BROKE.into());
            record.detail = Some(why.into());
        });
        let verdict = table::classify(Event::Stream(event), Phase::Committed);
        self.settle(&PolicyOutcome::Failed(verdict), Outcome::Truncated);
        Some(frame)
    }

    /// The gateway is being stopped: the client gets its error event, the provider no blame.
    fn stopped(&mut self) -> Option<Bytes> {
        if !self.has_ended() {
            self.parts.settle.observe(&PolicyOutcome::Cancelled);
        }
        match self.state {
            State::Over => None,
            State::Flowing | State::Lingering | State::Failing => self.fail(StreamEvent::Cut, STOPPED),
        }
    }

    /// The timer fired: keep-alive, dead stream, or look again later. `Some` is what `poll_bytes` returns.
    fn timer_fired(&mut self) -> Option<Option<Bytes>> {
        let now = clock::now();
        // A transport that stays open after the stream's own end is not waited for.
        let retold = self.retold();
        if self.has_ended() {
            return Some(retold);
        }
        let silent = now.saturating_duration_since(self.heard);
        let ungenerated = now.saturating_duration_since(self.generated);
        if silent >= self.parts.idle || ungenerated >= SEMANTIC_IDLE {
            let seconds = silent.max(ungenerated).as_secs();
            return Some(self.fail(StreamEvent::Idle, &format!("silent for {seconds} s")));
        }
        let quiet = now.saturating_duration_since(self.sent);
        let keepalive = (quiet >= KEEPALIVE_EVERY).then(|| {
            self.sent = now;
            self.parts.reading.keepalive(self.parts.protocol)
        });
        let next = (self.heard + self.parts.idle).min(self.generated + SEMANTIC_IDLE).min(self.sent + KEEPALIVE_EVERY);
        self.timer.as_mut().reset(next);
        keepalive.map(|bytes| Some(self.count(bytes)))
    }

    fn count(&mut self, bytes: Bytes) -> Bytes {
        self.parts.settle.record(|record| record.bytes_out += bytes.len() as u64);
        bytes
    }

    fn settle(&mut self, policy: &PolicyOutcome, outcome: Outcome) {
        self.state = State::Over;
        self.note_usage();
        if let PolicyOutcome::Failed(verdict) = policy {
            let row = verdict.row.id();
            self.parts.settle.record(|record| {
                if let Some(attempt) = record.attempts.last_mut() {
                    attempt.result = row.into();
                }
            });
        }
        self.parts.settle.observe(policy);
        self.parts.settle.finish(outcome);
    }

    fn note_usage(&mut self) {
        let RelayParts { reading, settle, .. } = &mut self.parts;
        settle.record(|record| {
            record.usage = *reading.usage();
            record.stop = reading.stop().map(Into::into);
            record.answered_by(reading.model());
        });
    }
}

impl Drop for Relay {
    /// The client went away: what is known until then is kept.
    fn drop(&mut self) {
        let unsent = !self.parts.first.is_empty();
        match self.state {
            State::Over => {}
            // Clients leave as soon as they have the terminal event: the answer was complete.
            State::Lingering if !unsent => self.settle(&PolicyOutcome::Success, Outcome::Completed),
            State::Failing if !unsent => self.settle_error(),
            State::Flowing | State::Lingering | State::Failing => self.note_usage(),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("state", &self.state).finish_non_exhaustive()
    }
}
