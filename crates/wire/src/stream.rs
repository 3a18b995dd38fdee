//! Watching a stream that passes through: what was generated, how it ended, what it cost. It changes nothing and
//! decides nothing; plain deltas are recognised without being parsed.

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::defect::Defect;
use crate::error::{self, WireError};
use crate::protocol::UpstreamProtocol;
use crate::reply::{self, ReplyFacts};
use crate::sse::{self, Event, Framer};
use crate::usage::Usage;

mod anthropic;
mod chat;
mod converse;
mod gemini;
mod responses;

/// Reads along a stream of one protocol without changing it.
#[derive(Debug)]
pub struct Tap {
    protocol: UpstreamProtocol,
    framer: Framer,
    seen: Seen,
    generated: bool,
    ended: Option<Ended>,
    error_is_bare: bool,
}

/// The last event that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Cleanly,
    WithError,
}

/// What one event is to the stream.
#[derive(Debug)]
enum Class {
    /// Says nothing of the answer yet: heads, pings, ends of blocks, unknown events.
    Quiet,
    /// Part of the answer.
    Generated,
    /// The protocol's clean end.
    Terminal,
    /// The upstream's error.
    Error(WireError),
}

/// An event that had to be read and could not be.
#[derive(Debug)]
struct NotJson(Defect);

/// What was learnt of the answer.
#[derive(Debug, Default)]
struct Seen {
    facts: ReplyFacts,
    id: Option<String>,
    /// The next Responses `sequence_number`.
    sequence: Option<u64>,
    /// Why the answer stopped has come, in a protocol whose streams may end without a last event.
    finished: bool,
}

/// What one chunk brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pushed {
    /// Whole events, byte for byte, to be passed on.
    pub whole: Bytes,
    /// How many events those are.
    pub events: u32,
    /// Whether the stream has generated anything, now or before.
    pub generated: bool,
    /// Something was generated among these very events.
    pub fresh: bool,
    /// Whether the protocol's clean last event has come, now or before. With `generated` still false the stream is
    /// empty: it ended without an answer.
    pub terminal: bool,
    /// The upstream's own error, when it is among these events.
    pub error: Option<WireError>,
    /// That error came before anything generated in the whole stream.
    pub error_first: bool,
    /// An event that had to be read is not valid JSON (after something was generated; before, it is a fault).
    pub malformed: bool,
}

/// A stream that cannot be read further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamFault {
    /// One event is longer than [`crate::sse::MAX_EVENT`].
    EventTooLong,
    /// An event that had to be read is not valid JSON and nothing was generated yet.
    Malformed(Defect),
}

impl StreamFault {
    /// What is wrong with the answer.
    pub fn defect(self) -> Defect {
        match self {
            Self::EventTooLong => Defect::too_long(),
            Self::Malformed(defect) => defect,
        }
    }
}

/// How the transport under the stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportEnd {
    /// Final chunk, `END_STREAM`, or all of `content-length`.
    Proven,
    /// The connection closed, and nothing says whether that was all.
    Unproven,
    /// Reset, timeout, or closed where more was promised.
    Cut,
}

/// How the stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// The protocol's own end was received.
    Complete,
    /// The upstream's own error event ended it.
    Failed,
    /// Nothing was generated.
    Empty,
    /// Something was generated and the end is missing.
    Truncated,
}

impl Tap {
    /// At the start of a stream.
    pub fn new(protocol: impl Into<UpstreamProtocol>) -> Self {
        Self {
            protocol: protocol.into(),
            framer: Framer::new(),
            seen: Seen::default(),
            generated: false,
            ended: None,
            error_is_bare: false,
        }
    }

    /// Takes bytes as they arrive; gives back whole events and what they mean. After the last event further ones are
    /// passed on and not read.
    pub fn push(&mut self, chunk: Bytes) -> Result<Pushed, StreamFault> {
        let whole = self.framer.push(chunk).map_err(|_| StreamFault::EventTooLong)?;
        let mut pushed = Pushed::default();
        for event in sse::events(&whole).filter(|event| !event.data.is_empty()) {
            pushed.events = pushed.events.saturating_add(1);
            if self.ended.is_none() {
                self.event(&event, &mut pushed)?;
            }
        }
        pushed.generated = self.generated;
        pushed.terminal = self.ended == Some(Ended::Cleanly);
        pushed.whole = whole;
        Ok(pushed)
    }

    /// Says how the stream ended. Chat relays often leave `[DONE]` out, Gemini has no last event, and Converse may not
    /// send its tokens: there the reason to stop and an end that the transport proves are enough.
    pub fn finish(&mut self, end: TransportEnd) -> StreamEnd {
        let said_and_proven = self.seen.finished && end == TransportEnd::Proven;
        match self.ended {
            Some(Ended::WithError) => StreamEnd::Failed,
            _ if !self.generated => StreamEnd::Empty,
            Some(Ended::Cleanly) => StreamEnd::Complete,
            None if said_and_proven => StreamEnd::Complete,
            None => StreamEnd::Truncated,
        }
    }

    /// Tokens so far.
    pub fn usage(&self) -> &Usage {
        &self.seen.facts.usage
    }

    /// The model that answers, as the upstream names it.
    pub fn model(&self) -> Option<&str> {
        self.seen.facts.model.as_deref()
    }

    /// Why the answer stopped, in the upstream's word.
    pub fn stop(&self) -> Option<&str> {
        self.seen.facts.stop.as_deref()
    }

    /// The next `sequence_number` of a Responses stream.
    pub fn sequence(&self) -> Option<u64> {
        self.seen.sequence
    }

    /// The id of the answer.
    pub fn response_id(&self) -> Option<&str> {
        self.seen.id.as_deref()
    }

    /// What a later request may refer to and the provider keeps.
    pub fn kept(&self) -> Option<&str> {
        self.seen.facts.kept.as_deref()
    }

    /// The upstream's error came without what the protocol tells events apart by: clients pass it over, or break.
    pub const fn error_is_bare(&self) -> bool {
        self.error_is_bare
    }

    /// The part of an event that waits for its end: what an upstream said that does not speak SSE at all.
    pub fn partial(&self) -> &[u8] {
        self.framer.partial()
    }

    fn event(&mut self, event: &Event<'_>, pushed: &mut Pushed) -> Result<(), StreamFault> {
        let class = match self.protocol {
            UpstreamProtocol::Anthropic => anthropic::class(event, &mut self.seen, self.generated),
            UpstreamProtocol::OpenaiChat => chat::class(event, &mut self.seen, self.generated),
            UpstreamProtocol::OpenaiResponses => responses::class(event, &mut self.seen),
            UpstreamProtocol::Gemini => gemini::class(event, &mut self.seen),
            UpstreamProtocol::BedrockConverse => converse::class(event, &mut self.seen),
        };
        match class {
            Ok(Class::Quiet) => {}
            Ok(Class::Generated) => {
                self.generated = true;
                pushed.fresh = true;
            }
            Ok(Class::Terminal) => {
                // The last event of Responses is the whole answer; the others only say that there is no more.
                self.generated |= self.protocol == UpstreamProtocol::OpenaiResponses;
                self.ended = Some(Ended::Cleanly);
            }
            Ok(Class::Error(error)) => {
                self.ended = Some(Ended::WithError);
                self.error_is_bare = self.protocol != UpstreamProtocol::OpenaiChat
                    && event.name.is_none()
                    && object(event).is_ok_and(|object| !object.contains_key("type"));
                pushed.error_first = !self.generated;
                pushed.error = Some(error);
            }
            Err(NotJson(why)) if !self.generated => return Err(StreamFault::Malformed(why)),
            Err(NotJson(_)) => pushed.malformed = true,
        }
        Ok(())
    }
}

impl Seen {
    /// Takes over what an answer object says, in whole or in part.
    fn learn(&mut self, protocol: impl Into<UpstreamProtocol>, object: &Map<String, Value>) {
        let later = reply::facts(protocol.into(), object);
        self.facts.usage.merge(&later.usage);
        self.facts.model = self.facts.model.take().or(later.model);
        self.facts.stop = later.stop.or(self.facts.stop.take());
        self.facts.kept = later.kept.or(self.facts.kept.take());
        self.id = self.id.take().or_else(|| reply::name(object.get("id")));
    }
}

/// What kind of event it is: the `event:` field when it is one the protocol knows, else `type` in the data, which relays
/// that leave `event:` out still send. Empty: it does not say.
fn kind(event: &Event<'_>, knows: impl Fn(&str) -> bool) -> Result<String, NotJson> {
    if let Some(name) = event.name
        && knows(name)
    {
        return Ok(name.to_owned());
    }
    match object(event) {
        Ok(object) if object.contains_key("type") => Ok(reply::name(object.get("type")).unwrap_or_default()),
        Ok(object) => Ok(error::nested(&object).map(|_| "error".to_owned()).unwrap_or_default()),
        // An unknown event may carry what it likes.
        Err(_) if event.name.is_some() => Ok(String::new()),
        Err(not_json) => Err(not_json),
    }
}

/// The data as a JSON object.
fn object(event: &Event<'_>) -> Result<Map<String, Value>, NotJson> {
    serde_json::from_slice(&event.data).map_err(|_| NotJson(Defect::not_object(&event.data)))
}

/// The error that an error event carries; its text as it stands when it is no JSON.
fn error_of(event: &Event<'_>) -> WireError {
    error::read(&event.data).unwrap_or_else(|| {
        let end = event.data.len().min(error::MESSAGE_MAX);
        let text = String::from_utf8_lossy(event.data.get(..end).unwrap_or_default());
        WireError { message: text.into_owned(), ..WireError::default() }
    })
}

/// Whether the data looks like one JSON object, judged by its ends: enough for a delta that is passed on unread.
fn looks_whole(event: &Event<'_>) -> Result<(), NotJson> {
    let data = event.data.trim_ascii();
    if data.starts_with(b"{") && data.ends_with(b"}") { Ok(()) } else { Err(NotJson(Defect::not_object(&event.data))) }
}

#[cfg(test)]
mod tests;
