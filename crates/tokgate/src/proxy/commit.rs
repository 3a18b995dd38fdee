//! commit: nothing reaches the client before the upstream has begun to generate.
//!
//! A stream's preamble is held back (it carries no text), so that an upstream that fails inside its 200 is replaced
//! without the client seeing it. Only the winner's preamble goes out. A body that is not streamed is read whole.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokgate_wire::error::WireError;
use tokgate_wire::stream::{StreamEnd, StreamFault};
use tokio::time::{Instant, timeout_at};

use super::reading::Reading;
use super::relay::SEMANTIC_IDLE;
use super::send::{Reply, ReplyBody};
use crate::clock;

/// Held-back preamble beyond which we commit all the same: no real preamble is this long.
const PREAMBLE_MAX: usize = 64 << 10;

/// Time after the upstream's 200 until the client gets our head and keep-alives, while content is still held.
pub const HEAD_HOLD: Duration = Duration::from_secs(5);

/// A stream that has a head and nothing generated yet.
#[derive(Debug)]
pub struct Opening {
    /// The upstream's answer.
    pub reply: Reply,
    /// What has been read of it.
    pub reading: Reading,
    /// Whole events held back.
    held: BytesMut,
    /// When the request had gone out.
    started: Instant,
    /// When the head came.
    head_at: Instant,
    /// When the last bytes came; `None` before the first.
    heard: Option<Instant>,
}

/// What became of an opening.
#[derive(Debug)]
pub enum Opened {
    /// It generates: these are the bytes so far.
    Generates {
        /// Preamble and first generated events.
        first: Bytes,
        /// The terminal event is among them.
        terminal: bool,
        /// The upstream's own error event is among them, behind generated ones.
        error: Option<WireError>,
    },
    /// It failed before generating.
    Failed(OpeningFault),
    /// Still only preamble after [`HEAD_HOLD`]: time to send our head.
    HeadDue,
}

/// How a stream failed before generating.
#[derive(Debug)]
pub enum OpeningFault {
    /// Its first word was an error event.
    Error(WireError),
    /// It ended with nothing generated.
    Empty,
    /// The transport broke.
    Broken(String),
    /// Its bytes are no event stream.
    Malformed(String),
    /// Nothing came for too long.
    Silent,
}

impl Opening {
    /// Starts on an answer whose head has come.
    pub fn new(reply: Reply, reading: Reading, started: Instant) -> Self {
        Self { reply, reading, held: BytesMut::new(), started, head_at: clock::now(), heard: None }
    }

    /// Waits for the first generated event. With `head_due`, returns when the client needs our head.
    pub async fn wait(&mut self, first_byte: Duration, idle: Duration, head_due: bool) -> Opened {
        loop {
            // Pings alone are no sign that anything will be said.
            let silent_until = self.heard.map_or(self.started + first_byte, |heard| heard + idle);
            let silent_until = silent_until.min(self.head_at + SEMANTIC_IDLE.max(first_byte));
            let due = self.head_at + HEAD_HOLD;
            let until = if head_due { silent_until.min(due) } else { silent_until };
            let chunk = match timeout_at(until, self.reply.body.chunk()).await {
                Ok(chunk) => chunk,
                Err(_) if head_due && until == due => return Opened::HeadDue,
                Err(_) => return Opened::Failed(OpeningFault::Silent),
            };
            match chunk {
                Some(Ok(chunk)) => {
                    if let Some(opened) = self.take(chunk) {
                        return opened;
                    }
                }
                Some(Err(broken)) => return Opened::Failed(OpeningFault::Broken(broken.0)),
                None => return self.ended(),
            }
        }
    }

    fn take(&mut self, chunk: Bytes) -> Option<Opened> {
        self.heard = Some(clock::now());
        let pushed = match self.reading.push(chunk) {
            Ok(pushed) => pushed,
            Err(StreamFault::EventTooLong) => return Some(malformed("an event is too long")),
            Err(StreamFault::Malformed(what)) => return Some(malformed(&what)),
        };
        let error = match pushed.error {
            Some(error) if pushed.error_first => return Some(Opened::Failed(OpeningFault::Error(error))),
            error => error,
        };
        // An end without anything before it: not even a stop reason, which a legally empty answer has.
        if pushed.terminal && !pushed.generated {
            return Some(Opened::Failed(OpeningFault::Empty));
        }
        let ready = pushed.generated || self.held.len() + pushed.whole.len() > PREAMBLE_MAX;
        if !ready {
            self.held.extend_from_slice(&pushed.whole);
            return None;
        }
        let first = if self.held.is_empty() {
            pushed.whole
        } else {
            self.held.extend_from_slice(&pushed.whole);
            self.held.split().freeze()
        };
        Some(Opened::Generates { first, terminal: pushed.terminal, error })
    }

    fn ended(&mut self) -> Opened {
        match self.reading.finish(self.reply.body.end()).0 {
            // A terminal event without anything generated was handled in `take`; this is a stream that said nothing.
            StreamEnd::Complete | StreamEnd::Empty => Opened::Failed(OpeningFault::Empty),
            StreamEnd::Failed | StreamEnd::Truncated => {
                Opened::Failed(OpeningFault::Broken("the stream ended early".to_owned()))
            }
        }
    }
}

fn malformed(what: &str) -> Opened {
    Opened::Failed(OpeningFault::Malformed(what.to_owned()))
}

/// How reading a whole body went wrong.
#[derive(Debug, Clone)]
pub enum WholeFault {
    /// The transport broke or ended early.
    Broken(String),
    /// More than allowed.
    TooLarge,
    /// Not finished in time.
    Late,
}

impl WholeFault {
    /// The cause in a few words.
    pub fn why(&self) -> &str {
        match self {
            Self::Broken(why) => why,
            Self::TooLarge => "the answer is too large",
            Self::Late => "not finished in time",
        }
    }
}

/// Reads a body to its end.
pub async fn whole(body: &mut ReplyBody, limit: usize, until: Instant) -> Result<Bytes, WholeFault> {
    let mut first: Option<Bytes> = None;
    let mut buffer = BytesMut::new();
    loop {
        match timeout_at(until, body.chunk()).await {
            Err(_) => return Err(WholeFault::Late),
            Ok(Some(Err(broken))) => return Err(WholeFault::Broken(broken.0)),
            Ok(Some(Ok(chunk))) => {
                if first.as_ref().map_or(buffer.len(), Bytes::len) + chunk.len() > limit {
                    return Err(WholeFault::TooLarge);
                }
                match (first.take(), buffer.is_empty()) {
                    (None, true) => first = Some(chunk),
                    (Some(one), _) => {
                        buffer.extend_from_slice(&one);
                        buffer.extend_from_slice(&chunk);
                    }
                    (None, false) => buffer.extend_from_slice(&chunk),
                }
            }
            Ok(None) => return Ok(first.unwrap_or_else(|| buffer.freeze())),
        }
    }
}
