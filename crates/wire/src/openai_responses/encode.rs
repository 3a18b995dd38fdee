//! An answer, encoded for a client: streamed or whole.
//!
//! Both are made by the same machine; of a whole answer only the last object is written.

use crate::conversation::{End, Event, Sink};
use crate::translate::Plan;

mod answer;
mod call;
mod compaction;
mod item;
mod object;
mod parts;
mod quoted;
mod search;
mod stream;
mod tools;

use answer::Answer;
pub use compaction::CompactionEncoder;

/// Writes one answer as a stream of server-sent events.
#[derive(Debug)]
pub struct StreamEncoder {
    answer: Answer,
}

impl StreamEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { answer: Answer::new(plan, true) }
    }

    /// The bytes written since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        self.answer.take()
    }

    /// The answer has ended. An end that is not complete becomes the protocol's own error event, never a clean end.
    pub fn finish(&mut self, end: &End) {
        self.answer.finish(end);
    }
}

impl Sink for StreamEncoder {
    fn event(&mut self, event: Event<'_>) {
        self.answer.event(event);
    }
}

/// Collects one answer and writes it whole.
#[derive(Debug)]
pub struct WholeEncoder {
    answer: Answer,
}

impl WholeEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { answer: Answer::new(plan, false) }
    }

    /// The body of a complete answer; of any other end a response object whose status is `failed`.
    pub fn finish(mut self, end: &End) -> Vec<u8> {
        self.answer.finish_whole(end)
    }
}

impl Sink for WholeEncoder {
    fn event(&mut self, event: Event<'_>) {
        self.answer.event(event);
    }
}

#[cfg(test)]
mod tests;
