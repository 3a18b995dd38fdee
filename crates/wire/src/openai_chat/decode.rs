//! A provider's answer, decoded into events: streamed or whole.
//!
//! Many imitate this protocol, each a little differently; what they leave out, repeat or put elsewhere is told apart
//! here, so that nothing behind it needs to know.

use crate::conversation::{End, Event, Finish, Sink};
use crate::defect::Defect;
use crate::error;
use crate::json::Text;
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::usage::Usage;

mod calls;
mod chunk;
mod details;
mod finish;
mod found;
mod speech;
mod think;

use calls::Calls;
use chunk::{Choice, Chunk};
pub(crate) use finish::{failure, is_failure};
use speech::Speech;
use think::ThinkTags;

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    plan: Plan,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No choice has come; tokens may have.
    Waiting(Usage),
    /// The answer comes in.
    Answering(Box<Answer>),
    /// Nothing more is read.
    Ended,
}

/// An answer that comes in.
#[derive(Debug, Default)]
struct Answer {
    parts: Parts,
    tags: ThinkTags,
    speech: Speech,
    calls: Calls,
    usage: Usage,
    finish: Option<finish::Reason>,
    /// Anything but a role has come.
    generated: bool,
    /// What was found on the web has come.
    searched: bool,
}

/// Gives parts their numbers.
#[derive(Debug, Default)]
struct Parts(u32);

impl Parts {
    fn next(&mut self) -> u32 {
        let part = self.0;
        self.0 = self.0.saturating_add(1);
        part
    }
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { plan: plan.clone(), state: State::Waiting(Usage::default()) }
    }

    /// Takes one event of the stream. `Some`: the answer has ended (what comes later is ignored).
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        if matches!(self.state, State::Ended) {
            return None;
        }
        let data = event.data.trim_ascii();
        if data.is_empty() {
            // A comment; the second half of a line end that was cut in two is none.
            if matches!(self.state, State::Answering(_)) && event.raw.contains(&b':') {
                to.event(Event::Ping);
            }
            return None;
        }
        let end = if data == b"[DONE]" { Some(self.done(to)) } else { self.data(event.name, data, to) };
        if end.is_some() {
            self.state = State::Ended;
        }
        end
    }

    /// The stream is over: how the answer ended, if no event has said so. Relays often leave `[DONE]` out: a
    /// `finish_reason` and an end that the transport proves are enough.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        let said = matches!(&self.state, State::Answering(answer) if answer.finish.is_some());
        let ended = if said && end == TransportEnd::Proven { self.done(to) } else { End::Cut };
        self.state = State::Ended;
        ended
    }

    /// Takes a whole answer that was not streamed.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        let end = match Chunk::read(body) {
            Err(_) => End::Failed(Defect::not_valid(body.as_bytes()).into()),
            Ok(chunk) => self.chunk(chunk, body.as_bytes(), to).unwrap_or_else(|| match self.state {
                State::Answering(ref answer) if answer.generated => self.complete(to),
                State::Answering(_) => End::Failed(Defect::Empty.into()),
                _ => End::Failed(Defect::NoChoices.into()),
            }),
        };
        self.state = State::Ended;
        end
    }

    fn data(&mut self, name: Option<&str>, data: &[u8], to: &mut impl Sink) -> Option<End> {
        if name == Some("error") {
            return Some(End::Failed(error::read(data).unwrap_or_else(|| Defect::not_valid(data).into())));
        }
        let chunk = std::str::from_utf8(data).ok().and_then(|text| Chunk::read(text).ok());
        match chunk {
            Some(chunk) => self.chunk(chunk, data, to),
            // A part of the answer is missing, and nobody can say which.
            None => Some(End::Failed(Defect::not_valid(data).into())),
        }
    }

    fn chunk(&mut self, chunk: Chunk<'_>, data: &[u8], to: &mut impl Sink) -> Option<End> {
        if (chunk.has_error || !chunk.has_choices)
            && let Some(error) = error::read(data)
        {
            return Some(End::Failed(error));
        }
        let usage = chunk.usage();
        let Chunk { id, model, choice, found, .. } = chunk;
        if let (State::Waiting(early), Some(_)) = (&self.state, &choice) {
            let usage = *early;
            to.event(Event::Start { id, model });
            if !usage.is_empty() {
                to.event(Event::Usage(usage));
            }
            let tags = if self.plan.think_tags { ThinkTags::expected() } else { ThinkTags::default() };
            self.state = State::Answering(Box::new(Answer { usage, tags, ..Answer::default() }));
        }
        let answer = match &mut self.state {
            State::Waiting(early) => {
                early.merge(&usage);
                return None;
            }
            State::Answering(answer) => answer,
            State::Ended => return None,
        };
        if let Some(found) = found {
            answer.found(found, self.plan.seed, to);
        }
        if let Some(choice) = choice {
            answer.choice(choice, &self.plan, to);
        }
        answer.tokens(&usage, to);
        None
    }

    /// The last event has come.
    fn done(&mut self, to: &mut impl Sink) -> End {
        match &self.state {
            State::Answering(answer) if answer.generated => self.complete(to),
            // It said nothing at all: no answer, whatever ended it.
            _ => End::Cut,
        }
    }

    fn complete(&mut self, to: &mut impl Sink) -> End {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Answering(answer) => answer.end(to),
            State::Waiting(_) | State::Ended => End::Cut,
        }
    }
}

impl Answer {
    fn choice(&mut self, choice: Choice<'_>, plan: &Plan, to: &mut impl Sink) {
        let Choice { delta, message, finish, logprobs, stop_text, .. } = choice;
        // Relays that make a stream of a whole answer put the message here; others repeat all of it at the end.
        let said = delta.or_else(|| message.filter(|_| !self.generated));
        if let Some(said) = said {
            self.generated |= said.says_something();
            self.speech.probable(logprobs);
            self.said(said, plan, to);
        }
        if let Some(reason) = finish {
            self.generated = true;
            self.finish = Some(finish::Reason::read(&reason, stop_text.as_ref()));
        }
    }

    /// What one delta says, in the order in which models say it, whatever the order of the members.
    fn said(&mut self, said: chunk::Said<'_>, plan: &Plan, to: &mut impl Sink) {
        let Self { parts, tags, speech, calls, .. } = self;
        let speaks = said.reasoning.is_some() || said.details.is_some() || said.speaks();
        if speaks {
            calls.pause(to);
        }
        if let Some(text) = said.reasoning {
            speech.reason(text, parts, to);
        }
        if let Some(details) = said.details {
            speech.details(details, said.reasoning_given, parts, to);
        }
        said.content.walk(|piece| match piece {
            chunk::Piece::Text(text) => tags.take(text, |piece| speech.piece(piece, parts, to)),
            chunk::Piece::Thinking(text) => speech.reason(text, parts, to),
        });
        if said.refusal.is_some() || !said.calls.is_empty() {
            tags.seal(|piece| speech.piece(piece, parts, to));
        }
        if let Some(text) = said.refusal {
            speech.refuse(text, parts, to);
        }
        if let Some(annotations) = said.annotations {
            speech.cite(annotations, to);
        }
        for fragment in said.calls {
            speech.pause(to);
            calls.take(fragment, plan, parts, to);
        }
    }

    /// Zhipu searches once for an answer, and may say so in every chunk.
    fn found(&mut self, pages: &str, seed: u64, to: &mut impl Sink) {
        if !std::mem::replace(&mut self.searched, true)
            && let Some(item) = found::item(pages, seed)
        {
            self.calls.pause(to);
            self.speech.searched(&item, &mut self.parts, to);
        }
    }

    fn tokens(&mut self, usage: &Usage, to: &mut impl Sink) {
        let before = self.usage;
        self.usage.merge(usage);
        if self.usage != before {
            to.event(Event::Usage(self.usage));
        }
    }

    /// Closes what is complete. A call that was cut off stays open: it must not be taken for one that can be run. Where
    /// the provider does not say why it ended, an answer broke off unless each of its calls proves to be whole.
    fn end(mut self, to: &mut impl Sink) -> End {
        let reason = self.finish.take().unwrap_or(finish::Reason::Unsaid);
        let cut = reason == finish::Reason::Unsaid && !self.calls.are_whole();
        self.tags.seal(|piece| self.speech.piece(piece, &mut self.parts, to));
        let short = [Finish::MaxOutput, Finish::ContextFull, Finish::Refusal].map(finish::Reason::Finished);
        self.speech.pause(to);
        if let Err(error) = self.calls.end(cut || short.contains(&reason), to) {
            return End::Failed(error);
        }
        if cut {
            return End::Cut;
        }
        reason.end(self.calls.any(), self.speech.refused())
    }
}

/// A copy of a short text.
fn plain(text: &Text<'_>) -> String {
    text.decoded().into_owned()
}

#[cfg(test)]
mod tests;
