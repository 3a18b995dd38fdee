//! A provider's answer, decoded into events: streamed or whole.

use crate::conversation::{End, Sink};
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder;

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let _ = plan;
        Self
    }

    /// Takes one event of the stream. `Some`: the answer has ended (what comes later is ignored).
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        let _ = (event, to);
        None
    }

    /// The stream is over: how the answer ended, if no event has said so.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        let _ = (end, to);
        End::Cut
    }

    /// Takes a whole answer that was not streamed.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        let _ = (body, to);
        End::Cut
    }
}
