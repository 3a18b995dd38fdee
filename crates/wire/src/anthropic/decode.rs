//! A provider's answer, decoded into events: streamed or whole.

mod block;
mod frame;
mod unwrap;

use crate::conversation::{CallKind, End, Event, Finish, Sink};
use crate::defect::Defect;
use crate::error::{self, WireError};
use crate::json::{Fault, Kind, Reader, Text};
use crate::protocol::Protocol;
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::usage::Usage;

use block::Blocks;
use frame::{Delta, Frame, Message};

/// Events that the protocol has. Others may carry what they like and are passed over.
const EVENTS: [&str; 8] = [
    "content_block_delta",
    "content_block_start",
    "content_block_stop",
    "error",
    "message_delta",
    "message_start",
    "message_stop",
    "ping",
];

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    facts: Facts,
    /// `None`: it has ended; nothing counts any more.
    live: Option<Live>,
}

/// What the request says of its answer.
#[derive(Debug)]
struct Facts {
    /// See [`Plan::forms`].
    forms: Vec<(String, CallKind)>,
    /// See [`Plan::usage_includes_cache`].
    usage_includes_cache: bool,
}

/// An answer that comes in: nothing yet, or what is known of it.
#[derive(Debug, Default)]
struct Live(Option<Begun>);

/// What is known of an answer that has begun.
#[derive(Debug, Default)]
struct Begun {
    blocks: Blocks,
    usage: Usage,
    finish: Option<Finish>,
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let facts = Facts { forms: plan.forms.clone(), usage_includes_cache: plan.usage_includes_cache };
        Self { facts, live: Some(Live::default()) }
    }

    /// Takes one event of the stream. `Some`: the answer has ended (what comes later is ignored).
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        let live = self.live.as_mut().filter(|_| !event.data.is_empty())?;
        let end = match live.event(&self.facts, event, to) {
            Ok(end) => end,
            Err(Broken(defect)) => Some(End::Failed(defect.into())),
        };
        if end.is_some() {
            self.live = None;
        }
        end
    }

    /// The stream is over without `message_stop`, so it broke off, however the transport ended.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        let _ = (end, to);
        self.live = None;
        End::Cut
    }

    /// Takes a whole answer that was not streamed.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        self.live = None;
        match whole(&self.facts, body, to) {
            Ok(end) => end,
            // What looks like an answer and is none: half of one, or a web page.
            Err(_) => error::read(body.as_bytes()).map_or(End::Cut, End::Failed),
        }
    }
}

impl Live {
    fn event(&mut self, facts: &Facts, event: &sse::Event<'_>, to: &mut impl Sink) -> Result<Option<End>, Broken> {
        let known = event.name.filter(|name| EVENTS.contains(name));
        if known == Some("ping") {
            to.event(Event::Ping);
            return Ok(None);
        }
        let read = simdutf8::basic::from_utf8(&event.data).ok().and_then(|data| Frame::read(data).ok());
        match (read, known) {
            (_, Some("error")) => Ok(Some(End::Failed(error_of(&event.data)))),
            // Relays that leave `event:` out, or have a name of their own for it, still say the type.
            (Some(frame), known) => match known.or(frame.kind).or(frame.error.then_some("error")) {
                Some("error") => Ok(Some(End::Failed(error_of(&event.data)))),
                Some(kind) => self.frame(facts, kind, &frame, to),
                None => Ok(None),
            },
            // An unknown event may be no JSON; one that counts must be.
            (None, None) if event.name.is_some() => Ok(None),
            (None, _) => Err(Broken(Defect::EventNotJson)),
        }
    }

    fn frame(
        &mut self,
        facts: &Facts,
        kind: &str,
        frame: &Frame<'_>,
        to: &mut impl Sink,
    ) -> Result<Option<End>, Broken> {
        let index = frame.index.unwrap_or(0);
        match kind {
            "message_start" if self.0.is_none() => self.start(facts, frame.message, to)?,
            "content_block_delta" => self.begun(to).blocks.delta(index, &frame.delta, to)?,
            "content_block_start" => {
                let block = frame.block.ok_or(Broken(Defect::BlockUntyped))?;
                self.begun(to).blocks.start(index, block, &facts.forms, to)?;
            }
            "content_block_stop" => self.begun(to).blocks.stop(index, to),
            "message_delta" => {
                let begun = self.begun(to);
                if let Some(reason) = frame.delta.stop_reason {
                    begun.finish = Some(finish(reason, frame.delta.stop_sequence.as_ref()));
                }
                begun.usage(frame.usage, facts, to);
            }
            "message_stop" => return Ok(Some(self.stop(to))),
            "ping" => to.event(Event::Ping),
            _ => {}
        }
        Ok(None)
    }

    /// The answer so far. A relay may have left `message_start` out.
    fn begun(&mut self, to: &mut impl Sink) -> &mut Begun {
        self.0.get_or_insert_with(|| {
            to.event(Event::Start { id: None, model: None });
            Begun::default()
        })
    }

    fn start(&mut self, facts: &Facts, message: Option<&str>, to: &mut impl Sink) -> Result<(), Broken> {
        let head = message.map(Message::read).transpose()?.unwrap_or_default();
        to.event(Event::Start { id: head.id, model: head.model });
        self.0.insert(Begun::default()).usage(head.usage, facts, to);
        Ok(())
    }

    /// `message_stop`: complete, unless nothing was said at all.
    fn stop(&mut self, to: &mut impl Sink) -> End {
        match self.0.take() {
            Some(mut begun) if begun.finish.is_some() || !begun.blocks.is_untouched() => begun.end(to),
            _ => End::Cut,
        }
    }
}

/// A whole answer goes the way of a stream, block by block, so that both say the same.
fn whole(facts: &Facts, body: &str, to: &mut impl Sink) -> Result<End, Broken> {
    let message = Message::read(body)?;
    let Some(content) = message.content.filter(|_| message.kind != Some("error")) else {
        return Ok(error::read(body.as_bytes()).map_or(End::Cut, End::Failed));
    };
    to.event(Event::Start { id: message.id, model: message.model });
    let mut begun = Begun::default();
    begun.usage(message.usage, facts, to);
    begun.finish = message.stop_reason.map(|reason| finish(reason, message.stop_sequence.as_ref()));
    let mut reader = Reader::new(content);
    if reader.kind()? == Kind::String {
        begun.blocks.text(&reader.text()?, to);
        return Ok(begun.end(to));
    }
    let mut index = 0;
    reader.array(|reader| -> Result<(), Broken> {
        begun.blocks.start(index, reader.raw()?, &facts.forms, to)?;
        begun.blocks.stop(index, to);
        index += 1;
        Ok(())
    })?;
    Ok(begun.end(to))
}

impl Begun {
    /// Closes what is complete. A tool call that a limit cut in the middle is not, and stays open.
    fn end(&mut self, to: &mut impl Sink) -> End {
        let short = matches!(self.finish, Some(Finish::MaxOutput | Finish::ContextFull | Finish::Refusal));
        // Where it is not said why it ended, half a call is half an answer.
        let cut = self.finish.is_none() && self.blocks.has_cut_call();
        self.blocks.end(!short && !cut, to);
        if cut {
            return End::Cut;
        }
        let said = if self.blocks.has_calls() { Finish::ToolUse } else { Finish::Done };
        End::Complete(self.finish.take().unwrap_or(said))
    }

    /// Counts are cumulative; the last ones win.
    fn usage(&mut self, usage: Option<&str>, facts: &Facts, to: &mut impl Sink) {
        let Some(usage) = usage.and_then(|usage| serde_json::from_str(usage).ok()) else { return };
        let mut read = Usage::read(Protocol::Anthropic, &usage);
        if facts.usage_includes_cache {
            let cached = Usage { input_uncached: None, ..read }.input_total().unwrap_or(0);
            read.input_uncached = read.input_uncached.map(|input| input.saturating_sub(cached));
        }
        self.usage.merge(&read);
        to.event(Event::Usage(self.usage));
    }
}

/// An upstream that does not keep to the protocol: what is wrong.
#[derive(Debug)]
struct Broken(Defect);

impl From<Fault> for Broken {
    fn from(_: Fault) -> Self {
        Self(Defect::EventNotJson)
    }
}

/// The error that an error event carries; its text as it stands when it is no JSON.
fn error_of(data: &[u8]) -> WireError {
    error::read(data).unwrap_or_else(|| {
        let end = data.len().min(error::MESSAGE_MAX);
        let message = String::from_utf8_lossy(data.get(..end).unwrap_or_default()).into_owned();
        WireError { message, ..WireError::default() }
    })
}

fn finish(reason: &str, stop_text: Option<&Text<'_>>) -> Finish {
    match reason {
        "end_turn" => Finish::Done,
        "stop_sequence" => Finish::StopText(stop_text.map(|text| text.decoded().into_owned())),
        "tool_use" => Finish::ToolUse,
        "max_tokens" => Finish::MaxOutput,
        "model_context_window_exceeded" => Finish::ContextFull,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        "compaction" => Finish::Compaction,
        other => Finish::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests;
