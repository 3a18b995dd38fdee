//! An answer, encoded for a client: streamed or whole.

use crate::conversation::{End, Event, Sink};
use crate::translate::Plan;

/// Writes one answer as a stream of server-sent events.
#[derive(Debug)]
pub struct StreamEncoder {
    out: Vec<u8>,
}

impl StreamEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let _ = plan;
        Self { out: Vec::new() }
    }

    /// The bytes written since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// The answer has ended. An end that is not complete becomes the protocol's own error event, never a clean end.
    pub fn finish(&mut self, end: &End) {
        let _ = end;
    }
}

impl Sink for StreamEncoder {
    fn event(&mut self, event: Event<'_>) {
        let _ = event;
    }
}

/// Collects one answer and writes it whole.
#[derive(Debug)]
pub struct WholeEncoder;

impl WholeEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let _ = plan;
        Self
    }

    /// The body of a complete answer.
    pub fn finish(self, end: &End) -> Vec<u8> {
        let _ = end;
        Vec::new()
    }
}

impl Sink for WholeEncoder {
    fn event(&mut self, event: Event<'_>) {
        let _ = event;
    }
}
