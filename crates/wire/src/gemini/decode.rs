//! A provider's answer, decoded into events: streamed or whole.
//!
//! A stream is made of partial answers and has no last event: why the answer stopped, and an end that the transport
//! proves, are its end. A function is called whole.

use crate::conversation::{End, Event, Finish, Sink};
use crate::defect::Defect;
use crate::error::{self, WireError};
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::usage::Usage;

mod chunk;
mod grounding;
mod speech;

use chunk::{Chunk, Part};
use speech::Speech;

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    plan: Plan,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing has come.
    Waiting,
    /// The answer comes in.
    Answering(Box<Answer>),
    /// Nothing more is read.
    Ended,
}

/// An answer that comes in.
#[derive(Debug, Default)]
struct Answer {
    speech: Speech,
    usage: Usage,
    finish: Option<Finish>,
    /// Anything but its head has come.
    generated: bool,
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { plan: plan.clone(), state: State::Waiting }
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
        let end = match std::str::from_utf8(data).ok().and_then(|text| Chunk::read(text).ok()) {
            Some(chunk) if event.name != Some("error") => self.chunk(chunk, data, to),
            // A part of the answer is missing, and nobody can say which.
            _ => Some(End::Failed(error::read(data).unwrap_or_else(|| Defect::not_valid(data).into()))),
        };
        if end.is_some() {
            self.state = State::Ended;
        }
        end
    }

    /// The stream is over: how the answer ended, if no event has said so.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Answering(answer) if answer.finish.is_some() && end == TransportEnd::Proven => answer.end(to),
            _ => End::Cut,
        }
    }

    /// Takes a whole answer that was not streamed.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        let end = match Chunk::read(body) {
            Err(_) => {
                let body = body.as_bytes();
                Some(End::Failed(error::read(body).unwrap_or_else(|| Defect::not_valid(body).into())))
            }
            Ok(chunk) => self.chunk(chunk, body.as_bytes(), to),
        };
        end.unwrap_or_else(|| match std::mem::replace(&mut self.state, State::Ended) {
            State::Answering(answer) if answer.generated => answer.end(to),
            _ => End::Failed(Defect::Empty.into()),
        })
    }

    fn chunk(&mut self, chunk: Chunk<'_>, data: &[u8], to: &mut impl Sink) -> Option<End> {
        if (chunk.has_error || !chunk.is_answer)
            && let Some(error) = error::read(data)
        {
            return Some(End::Failed(error));
        }
        let Chunk { id, model, usage, parts, finish, said, logprobs, grounding, blocked, .. } = chunk;
        if matches!(self.state, State::Waiting) {
            to.event(Event::Start { id, model });
            let speech = Speech::new(self.plan.searches);
            self.state = State::Answering(Box::new(Answer { speech, ..Answer::default() }));
        }
        let State::Answering(answer) = &mut self.state else { return None };
        answer.speech.probable(logprobs);
        // Sources belong to the text before them, which its signature or a call would end.
        let mut grounding = grounding;
        for mut part in parts {
            let signature = part.signature.take_if(|_| part.call.is_none() && !part.thought);
            answer.part(part, &self.plan, to);
            if let Some(signature) = signature {
                answer.ground(&mut grounding, &self.plan, to);
                answer.speech.sign_text(&signature, to);
            }
        }
        answer.ground(&mut grounding, &self.plan, to);
        answer.tokens(usage, to);
        if blocked.is_some() {
            answer.generated = true;
            answer.finish = Some(Finish::Refusal);
        }
        match reason(&finish?.decoded()) {
            Ok(finish) => {
                answer.generated = true;
                answer.finish = Some(finish);
                None
            }
            Err(word) => Some(End::Failed(failed(word, said.map(|text| text.decoded()).as_deref()))),
        }
    }
}

impl Answer {
    fn part(&mut self, part: Part<'_>, plan: &Plan, to: &mut impl Sink) {
        self.generated |= part.says_something();
        match part.call {
            Some(call) => self.speech.call(call, part.signature, plan, to),
            None if part.thought => self.speech.think(part.text, part.signature, to),
            None => self.speech.say(part.text, to),
        }
    }

    fn ground(&mut self, grounding: &mut Option<&str>, plan: &Plan, to: &mut impl Sink) {
        if let Some(metadata) = grounding.take() {
            self.speech.ground(metadata, plan.seed, to);
        }
    }

    fn tokens(&mut self, usage: Option<Usage>, to: &mut impl Sink) {
        let before = self.usage;
        if let Some(usage) = usage {
            self.usage.merge(&usage);
        }
        if self.usage != before {
            to.event(Event::Usage(self.usage));
        }
    }

    /// Calls that were made wait for results: this protocol has no word for that.
    fn end(mut self, to: &mut impl Sink) -> End {
        self.speech.close(to);
        End::Complete(match self.finish.take() {
            None | Some(Finish::Done | Finish::Other(_)) if self.speech.called() => Finish::ToolUse,
            finish => finish.unwrap_or(Finish::Done),
        })
    }
}

/// Why an answer ended; `Err`: it failed, in this word. Source: Gemini API reference, "FinishReason".
pub(crate) fn reason(word: &str) -> Result<Finish, &'static str> {
    /// Calls that the model got wrong, or whose history is damaged: another try may do better.
    const FAILED: [&str; 5] = [
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
        "TOO_MANY_TOOL_CALLS",
        "UNEXPECTED_TOOL_CALL",
    ];
    if let Some(word) = FAILED.into_iter().find(|failed| *failed == word) {
        return Err(word);
    }
    Ok(match word {
        "STOP" => Finish::Done,
        "MAX_TOKENS" => Finish::MaxOutput,
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "MODEL_ARMOR" => {
            Finish::Refusal
        }
        image if image.starts_with("IMAGE_") => Finish::Refusal,
        other => Finish::Other(other.to_owned()),
    })
}

/// The error of an answer that failed in this word, and in these where the provider has some.
pub(crate) fn failed(word: &str, said: Option<&str>) -> WireError {
    let code = Some(word.to_owned());
    match said {
        Some(said) => WireError { code, message: said.to_owned(), ..WireError::default() },
        None => WireError { code, ..Defect::ended("finishReason", word).into() },
    }
}

#[cfg(test)]
mod tests;
