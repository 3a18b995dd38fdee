//! preamble: when a stream's opening stops being held back. What was read and the time come in, what follows goes out;
//! no socket and no clock, so that a simulation drives this very code.

use std::time::Duration;

use bytes::BytesMut;
use tokgate_wire::stream::{Pushed, StreamEnd, StreamFault};
use tokio::time::Instant;

use super::{HEAD_HOLD, Opened, OpeningFault};
use crate::i18n::{defects, faults};
use crate::proxy::relay::SEMANTIC_IDLE;

/// Held-back preamble beyond which we commit all the same: no real preamble is this long.
pub const PREAMBLE_MAX: usize = 64 << 10;

/// What is held back of a stream that has a head and nothing generated yet.
#[derive(Debug)]
pub struct Preamble {
    /// Whole events.
    held: BytesMut,
    /// When the request had gone out.
    started: Instant,
    /// When the head came.
    head_at: Instant,
    /// When the last bytes came; `None` before the first.
    heard: Option<Instant>,
}

impl Preamble {
    /// Nothing yet of an answer whose head came at `head_at` to a request sent at `started`.
    pub fn new(started: Instant, head_at: Instant) -> Self {
        Self { held: BytesMut::new(), started, head_at, heard: None }
    }

    /// Until when the next bytes are waited for, and what it means when none come. With `head_due`, the client needs our
    /// head by then.
    pub fn patience(&self, first_byte: Duration, idle: Duration, head_due: bool) -> (Instant, Opened) {
        // Pings alone are no sign that anything will be said.
        let silent_until = self.heard.map_or(self.started + first_byte, |heard| heard + idle);
        let silent_until = silent_until.min(self.head_at + SEMANTIC_IDLE.max(first_byte));
        let due = self.head_at + HEAD_HOLD;
        if head_due && due <= silent_until {
            (due, Opened::HeadDue)
        } else {
            (silent_until, Opened::Failed(OpeningFault::Silent))
        }
    }

    /// Takes what was read of a chunk that came at `now`; `Some` when the wait is over.
    pub fn take(&mut self, now: Instant, read: Result<Pushed, StreamFault>) -> Option<Opened> {
        self.heard = Some(now);
        let pushed = match read {
            Ok(pushed) => pushed,
            Err(fault) => {
                return Some(Opened::Failed(OpeningFault::Malformed(defects::text(&fault.defect()))));
            }
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

    /// What the transport's end means, after which the stream stands like this.
    pub fn ended(how: StreamEnd) -> Opened {
        match how {
            // A terminal event without anything generated was handled in `take`; this is a stream that said nothing.
            StreamEnd::Complete | StreamEnd::Empty => Opened::Failed(OpeningFault::Empty),
            StreamEnd::Failed | StreamEnd::Truncated => {
                Opened::Failed(OpeningFault::Broken((&faults::ENDED_EARLY).into()))
            }
        }
    }

    /// Bytes held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }
}
