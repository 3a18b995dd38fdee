//! Watching a stream that passes through: what was generated, how it ended, what it cost.

use std::fmt;

use bytes::Bytes;

use crate::error::WireError;
use crate::protocol::Protocol;
use crate::sse::Framer;
use crate::usage::Usage;

/// Reads along a stream of one protocol without changing it.
#[derive(Debug)]
pub struct Tap {
    framer: Framer,
    usage: Usage,
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
    /// Whether the protocol's clean last event has come, now or before.
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
    Malformed(String),
}

impl fmt::Display for StreamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventTooLong => crate::sse::EventTooLong.fmt(f),
            Self::Malformed(why) => write!(f, "the stream is not valid: {why}"),
        }
    }
}

impl std::error::Error for StreamFault {}

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
    pub fn new(protocol: Protocol) -> Self {
        let _ = protocol;
        Self { framer: Framer::new(), usage: Usage::default() }
    }

    /// Takes bytes as they arrive; gives back whole events and what they mean.
    pub fn push(&mut self, chunk: Bytes) -> Result<Pushed, StreamFault> {
        let whole = self.framer.push(chunk).map_err(|_| StreamFault::EventTooLong)?;
        Ok(Pushed { whole, events: 1, generated: true, ..Pushed::default() })
    }

    /// Says how the stream ended.
    pub fn finish(&mut self, end: TransportEnd) -> StreamEnd {
        let _ = end;
        StreamEnd::Complete
    }

    /// Tokens so far.
    pub fn usage(&self) -> &Usage {
        &self.usage
    }

    /// The model that answers, as the upstream names it.
    pub fn model(&self) -> Option<&str> {
        None
    }

    /// Why the answer stopped, in the upstream's word.
    pub fn stop(&self) -> Option<&str> {
        None
    }

    /// The next `sequence_number` of a Responses stream.
    pub fn sequence(&self) -> Option<u64> {
        None
    }

    /// The id of the answer.
    pub fn response_id(&self) -> Option<&str> {
        None
    }

    /// The part of an event that waits for its end: what an upstream said that does not speak SSE at all.
    pub fn partial(&self) -> &[u8] {
        self.framer.partial()
    }
}
