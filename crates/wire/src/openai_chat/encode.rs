//! An answer, encoded for a client: streamed or whole.
//!
//! [`shape::Shape`] turns events into what this protocol says, delta by delta; the stream writes each, the whole answer
//! gathers them. So the two cannot differ.

use crate::conversation::{End, Event, Sink};
use crate::json::Writer;
use crate::translate::{Plan, logprobs};

mod ending;
mod shape;
mod whole;

use shape::{Delta, Shape};

pub use whole::WholeEncoder;

/// Writes one answer as a stream of server-sent events.
#[derive(Debug)]
pub struct StreamEncoder {
    shape: Shape,
    want_usage: bool,
    frames: Frames,
}

/// Events in the making.
#[derive(Debug)]
struct Frames {
    out: Vec<u8>,
    /// What every chunk begins with; empty until the answer has begun.
    head: Vec<u8>,
}

impl StreamEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let frames = Frames { out: Vec::new(), head: Vec::new() };
        Self { shape: Shape::new(plan), want_usage: plan.want_usage, frames }
    }

    /// The bytes written since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.frames.out)
    }

    /// The answer has ended. An end that is not complete becomes the protocol's own error event, never a clean end.
    pub fn finish(&mut self, end: &End) {
        let frames = &mut self.frames;
        let finish = match end {
            End::Complete(finish) => finish,
            End::Failed(_) | End::Cut => return frames.error(end),
        };
        self.shape.end(finish, &mut |shape, delta| frames.delta(shape, &delta));
        let word = ending::finish_reason(finish, self.shape.called());
        frames.chunk(&self.shape, |body| {
            body.key("delta").object(|_| {});
            body.key("finish_reason").string(word);
        });
        if self.want_usage {
            frames.usage(&self.shape);
        }
        frames.out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

impl Sink for StreamEncoder {
    fn event(&mut self, event: Event<'_>) {
        let frames = &mut self.frames;
        match event {
            Event::Ping => frames.out.extend_from_slice(b": ping\n\n"),
            event => self.shape.event(event, &mut |shape, delta| frames.delta(shape, &delta)),
        }
    }
}

impl Frames {
    fn delta(&mut self, shape: &Shape, delta: &Delta<'_>) {
        self.chunk(shape, |body| {
            body.key("delta").object(|body| delta.write(body));
            if let Delta::Logprobs(list) = delta {
                write_logprobs(body, |body| logprobs::write_items(list, true, body));
            }
            body.key("finish_reason").null();
        });
    }

    /// One chunk with one choice.
    fn chunk(&mut self, shape: &Shape, choice: impl FnOnce(&mut Writer)) {
        self.frame(shape, |body| {
            body.frame(b"[{\"index\":0,");
            choice(body);
            body.frame(b"}]");
        });
    }

    /// Tokens, behind everything else and without a choice.
    fn usage(&mut self, shape: &Shape) {
        if let Some(usage) = shape.usage() {
            self.frame(shape, |body| {
                body.frame(b"[],\"usage\":");
                ending::usage(&usage, body);
            });
        }
    }

    fn frame(&mut self, shape: &Shape, choices: impl FnOnce(&mut Writer)) {
        if self.head.is_empty() {
            self.head = head(shape);
        }
        let mut body = Writer::after(std::mem::take(&mut self.out));
        body.frame(&self.head);
        choices(&mut body);
        body.frame(b"}\n\n");
        self.out = body.into_bytes();
    }

    fn error(&mut self, end: &End) {
        let mut body = Writer::after(std::mem::take(&mut self.out));
        body.frame(b"data: ");
        ending::error(end, &mut body);
        body.frame(b"\n\n");
        self.out = body.into_bytes();
    }
}

/// `logprobs`; of refusals there are none.
fn write_logprobs(body: &mut Writer, items: impl FnOnce(&mut Writer)) {
    body.key("logprobs").object(|body| {
        body.key("content").array(items);
        body.key("refusal").null();
    });
}

/// What every chunk of an answer begins with, up to its choices.
fn head(shape: &Shape) -> Vec<u8> {
    let mut head = Writer::default();
    head.frame(b"data: {");
    shape.identify("chat.completion.chunk", &mut head);
    head.frame(b",\"choices\":");
    head.into_bytes()
}

#[cfg(test)]
mod tests;
