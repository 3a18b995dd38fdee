//! A provider's answer, decoded into events: streamed or whole.
//!
//! A stream arrives as one event per frame, named by its `:event-type` or `:exception-type`. The tokens come behind the
//! reason to stop, so the answer ends with them, or, where they are missing, with an end that the transport proves.

use crate::conversation::{End, Event, Finish, Sink};
use crate::defect::Defect;
use crate::error::{self, WireError};
use crate::json::{Kind, Reader};
use crate::protocol::UpstreamProtocol;
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::usage::Usage;

mod blocks;
mod frame;

use blocks::Blocks;
use frame::{Frame, Whole};

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    plan: Plan,
    /// `None`: nothing more is read.
    answer: Option<Answer>,
}

/// An answer that comes in.
#[derive(Debug, Default)]
struct Answer {
    begun: bool,
    blocks: Blocks,
    usage: Usage,
    finish: Option<Finish>,
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { plan: plan.clone(), answer: Some(Answer::default()) }
    }

    /// Takes one event of the stream. `Some`: the answer has ended (what comes later is ignored).
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        let answer = self.answer.as_mut()?;
        if event.data.trim_ascii().is_empty() {
            // A comment; the second half of a line end that was cut in two is none.
            if answer.begun && event.raw.contains(&b':') {
                to.event(Event::Ping);
            }
            return None;
        }
        let end = answer.event(event.name.unwrap_or_default(), &event.data, &self.plan, to);
        match end {
            None => None,
            Some(Ended::Complete) => Some(self.complete(to)),
            Some(Ended::Failed(error)) => {
                self.answer = None;
                Some(End::Failed(error))
            }
        }
    }

    /// The stream is over: how the answer ended, if no event has said so.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        let said = self.answer.as_ref().is_some_and(|answer| answer.finish.is_some());
        if said && end == TransportEnd::Proven {
            return self.complete(to);
        }
        self.answer = None;
        End::Cut
    }

    /// Takes a whole answer that was not streamed. It goes the way of a stream, block by block, so that both say the same.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        let whole = Whole::read(body).ok().filter(|whole| whole.content.is_some());
        let (Some(whole), Some(mut answer)) = (whole, self.answer.take()) else {
            let body = body.as_bytes();
            return End::Failed(error::read(body).unwrap_or_else(|| Defect::not_valid(body).into()));
        };
        answer.begin(to);
        let mut index = 0;
        // It was found to be JSON when it was skipped, so nothing can fail here.
        drop(Reader::new(whole.content.unwrap_or("[]")).array(|reader| {
            frame::block(reader, |piece| answer.blocks.take(index, piece, &self.plan, to))?;
            answer.blocks.stop(index, to);
            index += 1;
            Ok::<(), crate::json::Fault>(())
        }));
        answer.tokens(whole.usage, to);
        if let Some(Err(error)) = whole.stop.map(|word| answer.stop(&word.decoded())) {
            return End::Failed(error);
        }
        if index == 0 && answer.finish.is_none() {
            return End::Failed(Defect::Empty.into());
        }
        answer.end(to)
    }

    fn complete(&mut self, to: &mut impl Sink) -> End {
        self.answer.take().map_or(End::Cut, |answer| answer.end(to))
    }
}

enum Ended {
    Complete,
    Failed(WireError),
}

impl Answer {
    fn begin(&mut self, to: &mut impl Sink) {
        if !std::mem::replace(&mut self.begun, true) {
            to.event(Event::Start { id: None, model: None });
        }
    }

    fn event(&mut self, name: &str, data: &[u8], plan: &Plan, to: &mut impl Sink) -> Option<Ended> {
        if name == "error" || name.ends_with("Exception") {
            return Some(Ended::Failed(exception(name, data)));
        }
        let known =
            ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];
        if !known.contains(&name) {
            // One that this protocol has not; but an error of anybody on the way is one.
            return error::read(data).map(Ended::Failed);
        }
        let Some(frame) = std::str::from_utf8(data).ok().and_then(|text| Frame::read(text).ok()) else {
            // A part of the answer is missing, and nobody can say which.
            return Some(Ended::Failed(Defect::not_valid(data).into()));
        };
        self.begin(to);
        match name {
            "contentBlockStart" | "contentBlockDelta" => {
                let index = frame.index;
                for piece in frame.pieces {
                    self.blocks.take(index, piece, plan, to);
                }
            }
            "contentBlockStop" => self.blocks.stop(frame.index, to),
            "messageStop" => {
                if let Err(error) = self.stop(&frame.stop.unwrap_or_default().decoded()) {
                    return Some(Ended::Failed(error));
                }
            }
            "metadata" => {
                self.tokens(frame.usage, to);
                return self.finish.is_some().then_some(Ended::Complete);
            }
            _ => {}
        }
        None
    }

    fn stop(&mut self, word: &str) -> Result<(), WireError> {
        self.finish = Some(reason(word).map_err(failed)?);
        Ok(())
    }

    fn tokens(&mut self, usage: Option<&str>, to: &mut impl Sink) {
        let Some(usage) = usage.and_then(|usage| serde_json::from_str(usage).ok()) else { return };
        self.usage.merge(&Usage::read(UpstreamProtocol::BedrockConverse, &usage));
        to.event(Event::Usage(self.usage));
    }

    /// Closes what is complete. A call that was cut off stays open: it must not be taken for one that can be run.
    fn end(mut self, to: &mut impl Sink) -> End {
        let short = matches!(self.finish, Some(Finish::MaxOutput | Finish::ContextFull | Finish::Refusal));
        // An end that speaks of no call does not make half of one whole.
        let cut = matches!(self.finish, None | Some(Finish::Done)) && self.blocks.has_cut_call();
        self.blocks.end(short || cut, to);
        if cut {
            return End::Cut;
        }
        End::Complete(match self.finish.take() {
            None | Some(Finish::Done | Finish::Other(_)) if self.blocks.called() => Finish::ToolUse,
            Some(Finish::ToolUse) if !self.blocks.called() => Finish::Done,
            finish => finish.unwrap_or(Finish::Done),
        })
    }
}

/// Why an answer ended; `Err`: it failed, in this word. Source: Amazon Bedrock API reference, "MessageStopEvent".
pub(crate) fn reason(word: &str) -> Result<Finish, &'static str> {
    Ok(match word {
        "end_turn" | "" => Finish::Done,
        "tool_use" => Finish::ToolUse,
        "max_tokens" => Finish::MaxOutput,
        "stop_sequence" => Finish::StopText(None),
        "guardrail_intervened" | "content_filtered" => Finish::Refusal,
        "model_context_window_exceeded" => Finish::ContextFull,
        // What the model wrote is neither text nor a call: another try may do better.
        "malformed_model_output" => return Err("malformed_model_output"),
        "malformed_tool_use" => return Err("malformed_tool_use"),
        other => Finish::Other(other.to_owned()),
    })
}

/// An error event: its name says what it is, and of a failed model the words are those of the model.
pub(crate) fn exception(name: &str, data: &[u8]) -> WireError {
    let mut error = error::read(data).unwrap_or_else(|| WireError { message: name.to_owned(), ..WireError::default() });
    if name != "error" {
        error.kind.get_or_insert_with(|| name.to_owned());
    }
    error
}

/// The error of an answer that failed in this word.
pub(crate) fn failed(word: &str) -> WireError {
    WireError { code: Some(word.to_owned()), ..Defect::ended("stopReason", word).into() }
}

/// An object's members; any other value is skipped.
fn object<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), crate::json::Fault>,
) -> Result<(), crate::json::Fault> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { reader.raw().map(drop) }
}

#[cfg(test)]
mod tests;
