//! commit: nothing reaches the client before the upstream has begun to generate.
//!
//! A stream's preamble is held back (it carries no text), so that an upstream that fails inside its 200 is replaced
//! without the client seeing it. Only the winner's preamble goes out. A body that is not streamed is read whole.

mod preamble;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokgate_wire::error::WireError;
use tokio::time::Instant;

use super::reading::Reading;
use super::send::{Reply, ReplyBody};
use crate::clock;
use crate::i18n::{Text, faults};
use crate::patience::Patience;
pub use preamble::{PREAMBLE_MAX, Preamble};

/// Time after the upstream's 200 until the client gets our head and keep-alives, while content is still held.
pub const HEAD_HOLD: Duration = Duration::from_secs(5);

/// A stream that has a head and nothing generated yet.
#[derive(Debug)]
pub struct Opening {
    /// The upstream's answer.
    pub reply: Reply,
    /// What has been read of it.
    pub reading: Reading,
    preamble: Preamble,
    patience: Patience,
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
    Broken(Text),
    /// Its bytes are no event stream.
    Malformed(Text),
    /// Nothing came for too long.
    Silent,
}

impl Opening {
    /// Starts on an answer whose head has come.
    pub fn new(reply: Reply, reading: Reading, started: Instant) -> Self {
        Self { reply, reading, preamble: Preamble::new(started, clock::now()), patience: Patience::default() }
    }

    /// Waits for the first generated event. With `head_due`, returns when the client needs our head.
    pub async fn wait(&mut self, first_byte: Duration, idle: Duration, head_due: bool) -> Opened {
        loop {
            let (until, otherwise) = self.preamble.patience(first_byte, idle, head_due);
            let chunk = self.patience.until(until, self.reply.body.chunk()).await;
            let Some(chunk) = chunk else { return otherwise };
            match chunk {
                Some(Ok(chunk)) => {
                    let read = self.reading.push(chunk);
                    if let Some(opened) = self.preamble.take(clock::now(), read) {
                        return opened;
                    }
                }
                Some(Err(broken)) => return Opened::Failed(OpeningFault::Broken(broken.0)),
                None => return Preamble::ended(self.reading.finish(self.reply.body.end()).0),
            }
        }
    }
}

/// How reading a whole body went wrong.
#[derive(Debug, Clone)]
pub enum WholeFault {
    /// The transport broke or ended early.
    Broken(Text),
    /// More than allowed.
    TooLarge,
    /// Not finished in time.
    Late,
}

impl WholeFault {
    /// The cause in a few words.
    pub fn why(&self) -> Text {
        match self {
            Self::Broken(why) => why.clone(),
            Self::TooLarge => (&faults::TOO_LARGE).into(),
            Self::Late => (&faults::LATE).into(),
        }
    }
}

/// Reads a body to its end.
pub async fn whole(body: &mut ReplyBody, limit: usize, until: Instant) -> Result<Bytes, WholeFault> {
    let mut first: Option<Bytes> = None;
    let mut buffer = BytesMut::new();
    let mut patience = Patience::default();
    loop {
        match patience.until(until, body.chunk()).await {
            None => return Err(WholeFault::Late),
            Some(Some(Err(broken))) => return Err(WholeFault::Broken(broken.0)),
            Some(Some(Ok(chunk))) => {
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
            Some(None) => return Ok(first.unwrap_or_else(|| buffer.freeze())),
        }
    }
}
