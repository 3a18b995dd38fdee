//! relay: a committed stream on its way to the client. Whole events only, as soon as they arrive; a usage tap beside
//! it; keep-alives while the upstream is silent; never a clean end for a stream that did not end.
//!
//! No task of its own: hyper polls it, back-pressure comes for free, and dropping it cancels the upstream.

mod flow;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokgate_policy::classify::StreamEvent;
use tokgate_policy::engine::Outcome as PolicyOutcome;
use tokgate_wire::error::{Kind, WireError};
use tokgate_wire::protocol::Protocol;
use tokgate_wire::stream::{StreamFault, TransportEnd};
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep};

use super::reading::Reading;
use super::respond::{Problem, Retry};
use super::send::ReplyBody;
use super::settle::Settle;
use crate::clock;
use crate::i18n::{Lang, Message, Text, defects, faults, proxy as text};
use crate::store::record::RequestId;
pub use flow::{Close, Flow, Look};

/// Silence after which the client gets a keep-alive: clients give up after 300 s, proxies between after 60 s.
pub const KEEPALIVE_EVERY: Duration = Duration::from_secs(15);

/// Time without a generated event, pings or not, after which a stream is taken for dead.
pub const SEMANTIC_IDLE: Duration = Duration::from_secs(300);

/// Time the upstream has to close after its terminal event; the answer is complete, nobody needs to wait longer.
const LINGER: Duration = Duration::from_secs(2);

/// Why a stream ends when the gateway does.
pub const STOPPED: &Message = &faults::STOPPED;

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
    flow: Flow,
    timer: Timer,
    ending: Pin<Box<OwnedNotified>>,
    /// `ending` knows whom to wake: the one task that polls this body.
    listening: bool,
    /// The upstream's own error event, when one has passed.
    error: Option<WireError>,
}

/// A timer that is registered once for each time it is set: the one task that polls this body stays the same, and
/// registering costs more than all else that an event costs here.
#[derive(Debug)]
struct Timer {
    sleep: Pin<Box<Sleep>>,
    registered: bool,
}

impl Timer {
    fn at(time: Instant) -> Self {
        Self { sleep: Box::pin(tokio::time::sleep_until(time)), registered: false }
    }

    fn reset(&mut self, time: Instant) {
        self.sleep.as_mut().reset(time);
        self.registered = false;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.registered && !self.sleep.is_elapsed() {
            return Poll::Pending;
        }
        self.registered = true;
        self.sleep.as_mut().poll(cx)
    }
}

impl Relay {
    /// Begins relaying; the bytes read before the commit go out first.
    pub fn new(mut parts: RelayParts, terminal_seen: bool) -> Self {
        let flow = Flow::new(clock::now(), parts.idle, terminal_seen, parts.error.is_some());
        Self {
            timer: Timer::at(flow.first_look()),
            ending: Box::pin(parts.settle.gateway().ending()),
            listening: false,
            error: parts.error.take(),
            parts,
            flow,
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
            if self.flow.is_over() {
                return Poll::Ready(None);
            }
            match self.parts.source.poll_chunk(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    if let Some(bytes) = self.take(chunk) {
                        return Poll::Ready(Some(bytes));
                    }
                }
                Poll::Ready(Some(Err(broken))) => return Poll::Ready(self.end(TransportEnd::Cut, broken.0)),
                Poll::Ready(None) => {
                    let end = self.parts.source.end();
                    return Poll::Ready(self.end(end, (&faults::CLOSED).into()));
                }
                Poll::Pending if self.must_end(cx) => {
                    return Poll::Ready(self.stopped());
                }
                Poll::Pending => match self.timer.poll(cx) {
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
        self.flow.heard(now);
        match self.parts.reading.push(chunk) {
            Ok(mut pushed) => {
                if let Some(next) = self.flow.pushed(now, pushed.fresh, pushed.error.is_some(), pushed.terminal) {
                    self.timer.reset(next);
                }
                if pushed.error.is_some() {
                    self.error = pushed.error;
                    pushed.whole = self.parts.settle.gateway().without_secrets(pushed.whole);
                }
                if pushed.whole.is_empty() {
                    return None;
                }
                self.flow.sent(now);
                Some(self.count(pushed.whole))
            }
            Err(fault) => {
                let event = match fault {
                    StreamFault::EventTooLong => StreamEvent::EventTooLong,
                    StreamFault::Malformed(_) => StreamEvent::Malformed,
                };
                self.fail(event, defects::text(&fault.defect()))
            }
        }
    }

    /// The transport ended.
    fn end(&mut self, end: TransportEnd, why: Text) -> Option<Bytes> {
        let (how, rest) = self.parts.reading.finish(end);
        match self.flow.ended(how) {
            Close::Complete => {
                let rest = (!rest.is_empty()).then(|| self.count(rest));
                self.settle(Close::Complete);
                rest
            }
            Close::Reported => {
                let retold = self.retold();
                self.settle(Close::Reported);
                retold
            }
            Close::Broken(event) => self.fail(event, why),
        }
    }

    /// An error that the upstream told in a form which clients pass over is told again in the protocol's own: else the
    /// answer would end like a whole one.
    fn retold(&mut self) -> Option<Bytes> {
        if !self.flow.is_failing() || !self.parts.reading.error_is_bare() {
            return None;
        }
        let why = self.error.as_ref().map_or_else(|| Text::verbatim(""), defects::error);
        let why = self.redacted(why);
        Some(self.broken(why))
    }

    /// The protocol's own error event.
    fn broken(&mut self, why: Text) -> Bytes {
        let problem = Problem {
            code: BROKE,
            kind: Kind::Overloaded,
            status: 529,
            text: Text::new(&text::STREAM_BROKE).with("provider", &self.parts.provider).with_words("why", why),
            retry: Retry::ByStatus,
            param: None,
            headers: Vec::new(),
        };
        let frame = self.parts.reading.broken(&problem, self.parts.protocol, self.parts.lang, self.parts.id);
        self.count(frame)
    }

    /// The stream broke: the protocol's own error event, then the end.
    fn fail(&mut self, event: StreamEvent, why: Text) -> Option<Bytes> {
        let close = self.flow.broken(event);
        if !matches!(close, Close::Broken(_)) {
            let retold = self.retold();
            self.settle(close);
            return retold;
        }
        let (why, lang) = (self.redacted(why), self.parts.lang);
        let frame = self.broken(why.clone());
        self.parts.settle.record(|record| {
            record.error = Some(BROKE.into());
            record.explain(&why, lang);
        });
        self.settle(close);
        Some(frame)
    }

    /// The gateway is being stopped: the client gets its error event, the provider no blame.
    fn stopped(&mut self) -> Option<Bytes> {
        if matches!(self.flow.broken(StreamEvent::Cut), Close::Broken(_)) {
            self.parts.settle.observe(&PolicyOutcome::Cancelled);
        }
        self.fail(StreamEvent::Cut, STOPPED.into())
    }

    /// The timer fired: keep-alive, dead stream, or look again later. `Some` is what `poll_bytes` returns.
    fn timer_fired(&mut self) -> Option<Option<Bytes>> {
        match self.flow.look(clock::now()) {
            Look::Close(close) => {
                let retold = self.retold();
                self.settle(close);
                Some(retold)
            }
            Look::Silent(silent) => {
                let why = Text::new(&faults::SILENT).with("seconds", silent.as_secs());
                Some(self.fail(StreamEvent::Idle, why))
            }
            Look::Wait { next, keepalive } => {
                self.timer.reset(next);
                let bytes = keepalive.then(|| self.parts.reading.keepalive(self.parts.protocol));
                bytes.map(|bytes| Some(self.count(bytes)))
            }
        }
    }

    /// Words without secrets, and not too long.
    fn redacted(&self, text: Text) -> Text {
        let gateway = self.parts.settle.gateway();
        text.map(&|piece| gateway.redact(piece, DETAIL_MAX))
    }

    fn count(&mut self, bytes: Bytes) -> Bytes {
        self.parts.settle.record(|record| record.bytes_out += bytes.len() as u64);
        bytes
    }

    fn settle(&mut self, close: Close) {
        self.flow.close();
        self.note_usage();
        let error = self.error.take().unwrap_or_default();
        if close == Close::Reported {
            let (detail, lang) = (self.redacted(defects::error(&error)), self.parts.lang);
            self.parts.settle.record(|record| record.explain(&detail, lang));
        }
        let (policy, outcome) = close.outcomes(&error);
        if let PolicyOutcome::Failed(verdict) = &policy {
            let row = verdict.row.id();
            self.parts.settle.record(|record| {
                if let Some(attempt) = record.attempts.last_mut() {
                    attempt.result = row.into();
                }
            });
        }
        self.parts.settle.observe(&policy);
        if let Some(id) = self.parts.reading.kept_id().filter(|_| close == Close::Complete) {
            self.parts.settle.stored(clock::now(), id);
        }
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
        match self.flow.dropped(!self.parts.first.is_empty()) {
            Some(close) => self.settle(close),
            None if self.flow.is_over() => {}
            None => self.note_usage(),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("flow", &self.flow).finish_non_exhaustive()
    }
}
