//! An answer, encoded for a client: streamed or whole.
//!
//! Both are written from the same blocks, see [`shape`], so that they cannot say different things.

mod failure;
mod hosted;
mod shape;
mod stream;
mod tokens;
mod whole;

use crate::conversation::{End, Event, Sink};
use crate::defect::Words;
use crate::translate::Plan;
use crate::translate::sequencer::Sequencer;

use failure::Failure;
use shape::Shape;
use stream::Stream;
use whole::Whole;

/// Writes one answer as a stream of server-sent events.
#[derive(Debug)]
pub struct StreamEncoder {
    sequencer: Sequencer,
    shape: Shape<Stream>,
    words: Words,
}

impl StreamEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { sequencer: Sequencer::default(), shape: Shape::new(plan, Stream::default()), words: plan.words }
    }

    /// The bytes written since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        self.shape.to.take()
    }

    /// The answer has ended. An end that is not complete becomes the protocol's own error event, never a clean end.
    pub fn finish(&mut self, end: &End) {
        finish(&mut self.sequencer, &mut self.shape, end, self.words);
    }
}

impl Sink for StreamEncoder {
    fn event(&mut self, event: Event<'_>) {
        self.sequencer.push(event, &mut self.shape);
    }
}

/// Collects one answer and writes it whole.
#[derive(Debug)]
pub struct WholeEncoder {
    sequencer: Sequencer,
    shape: Shape<Whole>,
    words: Words,
}

impl WholeEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { sequencer: Sequencer::default(), shape: Shape::new(plan, Whole::default()), words: plan.words }
    }

    /// The body of a complete answer; of one that is not complete, an error's.
    pub fn finish(mut self, end: &End) -> Vec<u8> {
        finish(&mut self.sequencer, &mut self.shape, end, self.words);
        self.shape.to.into_body()
    }
}

impl Sink for WholeEncoder {
    fn event(&mut self, event: Event<'_>) {
        self.sequencer.push(event, &mut self.shape);
    }
}

/// What waits is given out only for an answer that is complete: half a call must not look like a whole one.
fn finish<B: shape::Blocks>(sequencer: &mut Sequencer, shape: &mut Shape<B>, end: &End, words: Words) {
    match end {
        End::Complete(finish) if !sequencer.overflowed() => {
            sequencer.finish(shape);
            shape.complete(finish);
        }
        End::Complete(_) => shape.fail(&Failure::out_of_order(words)),
        end => shape.fail(&Failure::of(end)),
    }
}

#[cfg(test)]
mod tests;
