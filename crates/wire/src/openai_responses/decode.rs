//! A provider's answer, decoded into events: streamed or whole.

use crate::conversation::{End, Event, Finish, Sink};
use crate::error::{self, WireError};
use crate::protocol::Protocol;
use crate::sse;
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::usage::Usage;

mod emit;
mod frame;
mod items;

use frame::{Frame, Response};
use items::Items;

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    stage: Stage,
    items: Items,
}

/// How far the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Begun,
    Ended,
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        let _ = plan;
        Self { stage: Stage::Before, items: Items::default() }
    }

    /// Takes one event of the stream. `Some`: the answer has ended (what comes later is ignored).
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        if self.stage == Stage::Ended || event.data.is_empty() || event.data.trim_ascii() == b"[DONE]" {
            return None;
        }
        let end = match read(event) {
            Ok(frame) => self.frame(&frame, event, to),
            Err(Unread::Ignored) => None,
            Err(Unread::Failed(error)) => Some(End::Failed(error)),
            // What it said is lost, so the answer cannot be whole any more.
            Err(Unread::Lost) => Some(End::Cut),
        };
        if end.is_some() {
            self.stage = Stage::Ended;
        }
        end
    }

    /// The stream is over: how the answer ended, if no event has said so. No end of the transport stands for the
    /// answer's own.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        let _ = (end, to);
        self.stage = Stage::Ended;
        End::Cut
    }

    /// Takes a whole answer that was not streamed.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        let text = body.trim_start();
        // A stream in spite of the request, or of its own content type.
        if ["data:", "event:", ":"].into_iter().any(|start| text.starts_with(start)) {
            return self.streamed(body, to);
        }
        self.stage = Stage::Ended;
        let Ok(response) = Response::read(body) else { return End::Cut };
        let failed = matches!(response.status, Some("failed" | "cancelled"));
        let Some(_) = response.output.filter(|_| !failed) else {
            return error::read(body.as_bytes()).map_or(End::Cut, End::Failed);
        };
        if matches!(response.status, Some("in_progress" | "queued")) {
            return End::Cut;
        }
        self.stage = Stage::Before;
        self.start(Some(&response), to);
        let end = self.terminal(&response, response.status == Some("incomplete"), to);
        self.stage = Stage::Ended;
        // Where nothing says that the answer is complete, half a call is half an answer.
        if response.status.is_none() && self.items.said().cut { End::Cut } else { end }
    }

    fn streamed(&mut self, body: &str, to: &mut impl Sink) -> End {
        for event in sse::events(body.as_bytes()) {
            if let Some(end) = self.push(&event, to) {
                return end;
            }
        }
        self.finish(TransportEnd::Unproven, to)
    }

    fn frame(&mut self, frame: &Frame<'_>, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        match frame.kind {
            "response.output_text.delta"
            | "response.refusal.delta"
            | "response.output_text.done"
            | "response.refusal.done" => {
                self.start(None, to);
                self.items.text(frame, to);
            }
            "response.reasoning_summary_text.delta"
            | "response.reasoning_text.delta"
            | "response.reasoning_summary_text.done"
            | "response.reasoning_text.done" => {
                self.start(None, to);
                self.items.reasoning(frame, to);
            }
            "response.function_call_arguments.delta"
            | "response.custom_tool_call_input.delta"
            | "response.function_call_arguments.done"
            | "response.custom_tool_call_input.done" => {
                self.start(None, to);
                self.items.arguments(frame, to);
            }
            "response.output_item.added" => {
                self.start(None, to);
                self.items.added(frame, to);
            }
            "response.output_item.done" => {
                self.start(None, to);
                self.items.done(frame, to);
            }
            "response.output_text.annotation.added" => self.items.annotation(frame, to),
            _ => return self.around(frame, event, to),
        }
        None
    }

    /// Events about the whole answer. Unknown ones are ignored.
    fn around(&mut self, frame: &Frame<'_>, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        let response = || frame.response.and_then(|response| Response::read(response).ok()).unwrap_or_default();
        match frame.kind {
            "response.created" | "response.queued" | "response.in_progress" if self.stage == Stage::Before => {
                self.start(Some(&response()), to);
            }
            "response.in_progress" | "keepalive" => to.event(Event::Ping),
            "response.completed" | "response.incomplete" => {
                let response = response();
                if response.status == Some("failed") {
                    return Some(End::Failed(error_of(event)));
                }
                self.start(Some(&response), to);
                return Some(self.terminal(&response, frame.kind == "response.incomplete", to));
            }
            "response.failed" | "error" => return Some(End::Failed(error_of(event))),
            _ => {}
        }
        None
    }

    /// The first event of all.
    fn start(&mut self, response: Option<&Response<'_>>, to: &mut impl Sink) {
        if self.stage == Stage::Before {
            self.stage = Stage::Begun;
            let id = response.and_then(|response| response.id.clone());
            to.event(Event::Start { id, model: response.and_then(|response| response.model.clone()) });
        }
    }

    /// The answer's own end, with all of it.
    fn terminal(&mut self, response: &Response<'_>, incomplete: bool, to: &mut impl Sink) -> End {
        if let Some(output) = response.output {
            self.items.output(output, to);
        }
        // A call that nobody has called complete, and that is not.
        let cut = !incomplete && self.items.has_cut_call();
        if !incomplete && !cut {
            self.items.close(to);
        }
        let usage = response.usage.and_then(|usage| serde_json::from_str(usage).ok());
        if let Some(usage) = usage {
            to.event(Event::Usage(Usage::read(Protocol::OpenaiResponses, &usage)));
        }
        if cut { End::Cut } else { End::Complete(self.why(response, incomplete)) }
    }

    fn why(&self, response: &Response<'_>, incomplete: bool) -> Finish {
        if incomplete {
            return match response.reason.as_ref().map(|reason| reason.decoded()).as_deref() {
                Some("max_output_tokens" | "max_tokens") | None => Finish::MaxOutput,
                Some("content_filter") => Finish::Refusal,
                Some(other) => Finish::Other(other.to_owned()),
            };
        }
        match self.items.said() {
            items::Said { calls: true, .. } => Finish::ToolUse,
            items::Said { refusal: true, .. } => Finish::Refusal,
            items::Said { .. } => Finish::Done,
        }
    }
}

/// Why an event could not be read.
enum Unread {
    /// It is not one of the protocol.
    Ignored,
    /// It is an error, in words that are no JSON.
    Failed(WireError),
    /// It is part of the answer.
    Lost,
}

/// Reads an event. Its kind is the `event:` field when that is one of the protocol, else `type`, which relays that
/// leave `event:` out still send.
fn read<'e>(event: &'e sse::Event<'_>) -> Result<Frame<'e>, Unread> {
    let name = event.name.filter(|name| *name == "error" || name.starts_with("response."));
    let frame = simdutf8::basic::from_utf8(&event.data).ok().and_then(|data| Frame::read(data).ok());
    match (frame, name) {
        (Some(frame), Some(name)) => Ok(Frame { kind: name, ..frame }),
        (Some(frame), None) if frame.kind.is_empty() && frame.error => Ok(Frame { kind: "error", ..frame }),
        (Some(frame), None) => Ok(frame),
        (None, Some("error")) => Err(Unread::Failed(error_of(event))),
        (None, None) if event.name.is_some() => Err(Unread::Ignored),
        (None, _) => Err(Unread::Lost),
    }
}

/// The error that an event carries; its text as it stands when it is no JSON.
fn error_of(event: &sse::Event<'_>) -> WireError {
    error::read(&event.data).unwrap_or_else(|| {
        let end = event.data.len().min(error::MESSAGE_MAX);
        let text = String::from_utf8_lossy(event.data.get(..end).unwrap_or_default());
        WireError { message: text.into_owned(), ..WireError::default() }
    })
}

#[cfg(test)]
mod tests;
