//! An answer on its way back: a provider's bytes in, a client's bytes out, and what the record needs of it.

#[cfg(test)]
pub(crate) mod bench;
mod codec;
mod seen;

use codec::WholeEncoder;
pub use codec::{Decoder, Encoder};
pub use seen::Seen;

use super::plan::Plan;
use super::recall::Thoughts;
use super::stop::StopWatch;
use crate::conversation::{End, Event, Finish, Sink};
use crate::defect::{Defect, Words};
use crate::error::WireError;
use crate::sse;
use crate::stream::TransportEnd;
use crate::usage::Usage;

/// What some events brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many events of the upstream those were.
    pub events: u32,
    /// Whether the answer has generated anything, now or before.
    pub generated: bool,
    /// Something was generated among these very events.
    pub fresh: bool,
    /// The answer is complete, now or before. With `generated` still false it is empty: it ended without an answer.
    pub terminal: bool,
    /// A stop text was found here: the upstream does not know, and is to be cancelled.
    pub stopped: bool,
    /// The upstream's own error, when it is among these events.
    pub error: Option<WireError>,
    /// That error came before anything generated.
    pub error_first: bool,
}

/// A streamed answer.
#[derive(Debug)]
pub struct AnswerStream {
    decoder: Decoder,
    encoder: Encoder,
    watch: StopWatch,
    seen: Seen,
    end: Option<End>,
    words: Words,
}

impl AnswerStream {
    /// To the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self {
            decoder: Decoder::new(plan),
            encoder: Encoder::new(plan),
            watch: StopWatch::new(plan.stop.clone()),
            seen: Seen::new(plan),
            end: None,
            words: plan.words,
        }
    }

    /// Takes whole events as the upstream sent them. What comes after the end is ignored.
    pub fn push(&mut self, whole_events: &[u8]) -> Progress {
        let mut progress = Progress::default();
        for event in sse::events(whole_events) {
            // Comments alone are a sign of life, and no event.
            progress.events = progress.events.saturating_add(u32::from(!event.data.is_empty()));
            if self.end.is_none() {
                self.event(&event, &mut progress);
            }
        }
        progress.generated = self.seen.generated();
        progress.terminal = matches!(self.end, Some(End::Complete(_)));
        progress
    }

    /// The bytes for the client since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        self.encoder.take()
    }

    /// The stream is over. Says how the answer ended; what is left for the client is taken as before.
    pub fn finish(&mut self, end: TransportEnd) -> End {
        if let Some(end) = &self.end {
            return end.clone();
        }
        let mut through = Through::new(&mut self.seen, &mut self.watch, &mut self.encoder);
        let end = self.decoder.finish(end, &mut through);
        let end = through.stop_or(end);
        self.end_with(end)
    }

    /// The answer is broken off for a reason that the upstream did not give: the client is told, in its protocol.
    pub fn fail(&mut self, error: WireError) {
        if self.end.is_none() {
            self.end_with(End::Failed(error));
        }
    }

    /// A sign of life for the client, while the upstream is silent.
    pub fn ping(&mut self) {
        if self.end.is_none() {
            self.encoder.event(Event::Ping);
        }
    }

    /// Reasoning to be kept for a client that does not send it back, once the answer is complete.
    pub fn take_thoughts(&mut self) -> Option<Thoughts> {
        matches!(self.end, Some(End::Complete(_))).then(|| self.seen.take_thoughts()).flatten()
    }

    /// How the answer ended, if it has.
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Whether anything was generated.
    pub const fn generated(&self) -> bool {
        self.seen.generated()
    }

    /// Tokens so far.
    pub const fn usage(&self) -> &Usage {
        self.seen.usage()
    }

    /// The model that answers, as the upstream names it.
    pub fn model(&self) -> Option<&str> {
        self.seen.model()
    }

    /// Why the answer stopped, in the upstream's word.
    pub fn stop(&self) -> Option<&str> {
        self.seen.stop()
    }

    fn event(&mut self, event: &sse::Event<'_>, progress: &mut Progress) {
        let mut through = Through::new(&mut self.seen, &mut self.watch, &mut self.encoder);
        let end = self.decoder.push(event, &mut through);
        progress.fresh |= through.fresh;
        progress.stopped |= through.stopped.is_some();
        let end = match (through.stopped.take(), end) {
            (Some(stop), _) => End::Complete(Finish::StopText(Some(stop))),
            (None, Some(end)) => end,
            (None, None) => return,
        };
        progress.error = match self.end_with(end) {
            End::Failed(error) => Some(error),
            // The provider's own last event ends half an answer like a whole one, and the client was told otherwise.
            End::Cut if self.seen.generated() => Some(WireError::from(Defect::Cut).said(self.words)),
            End::Complete(_) | End::Cut => None,
        };
        progress.error_first = progress.error.is_some() && !self.seen.generated();
    }

    fn end_with(&mut self, end: End) -> End {
        self.watch.finish(&mut self.encoder);
        let end = said(self.encoder.settle(end), self.words);
        self.seen.ended(&end);
        self.encoder.finish(told(&end, self.words).as_ref().unwrap_or(&end));
        self.end.insert(end).clone()
    }
}

/// Translates an answer that was not streamed. The body is empty unless the answer is complete.
pub fn whole(plan: &Plan, body: &str) -> (Vec<u8>, End) {
    let (body, end, _) = whole_seen(plan, body);
    (body, end)
}

/// The same, with what the record needs of it.
pub fn whole_seen(plan: &Plan, body: &str) -> (Vec<u8>, End, Seen) {
    let mut encoder = WholeEncoder::new(plan);
    let mut watch = StopWatch::new(plan.stop.clone());
    let mut seen = Seen::new(plan);
    let mut through = Through::new(&mut seen, &mut watch, &mut encoder);
    let end = Decoder::new(plan).whole(body, &mut through);
    let end = through.stop_or(end);
    watch.finish(&mut encoder);
    let end = said(encoder.settle(end), plan.words);
    seen.ended(&end);
    let body = if matches!(end, End::Complete(_)) { encoder.finish(&end) } else { Vec::new() };
    (body, end, seen)
}

/// An end with what only we say of it in `words`.
fn said(end: End, words: Words) -> End {
    match end {
        End::Failed(error) => End::Failed(error.said(words)),
        End::Complete(_) | End::Cut => end,
    }
}

/// What a client is told in place of an end for which nobody has words.
fn told(end: &End, words: Words) -> Option<End> {
    (*end == End::Cut).then(|| End::Failed(WireError::from(Defect::Cut).said(words)))
}

/// What stands between decoder and encoder.
struct Through<'s, S> {
    seen: &'s mut Seen,
    watch: &'s mut StopWatch,
    to: &'s mut S,
    /// Something was generated.
    fresh: bool,
    /// The stop text that was found.
    stopped: Option<String>,
}

impl<'s, S: Sink> Through<'s, S> {
    const fn new(seen: &'s mut Seen, watch: &'s mut StopWatch, to: &'s mut S) -> Self {
        Self { seen, watch, to, fresh: false, stopped: None }
    }

    /// How the answer ends for the client, when it ends so for the upstream.
    fn stop_or(&mut self, end: End) -> End {
        self.stopped.take().map_or(end, |stop| End::Complete(Finish::StopText(Some(stop))))
    }
}

impl<S: Sink> Sink for Through<'_, S> {
    fn event(&mut self, event: Event<'_>) {
        self.fresh |= self.seen.learn(&event);
        match (&self.stopped, &event) {
            (None, _) => self.stopped = self.watch.push(event, self.to),
            // What lies behind a stop text was generated all the same.
            (Some(_), Event::Usage(_)) => self.to.event(event),
            (Some(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests;
