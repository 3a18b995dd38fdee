//! A streamed answer as frames: the events' data, one each, exactly one of them the last.

use super::frame::{self, Failure};
use super::history::{BYTES_MAX, Turn};
use crate::error::{self, WireError};
use crate::json::{Reader, Text};
use crate::sse::Event;

/// An answer on its way.
#[derive(Debug)]
pub struct Answer {
    lane: Option<Box<str>>,
    id: Option<Box<str>>,
    /// Finished items, with commas between them.
    output: Vec<u8>,
    /// The answer is too long to be remembered.
    overflown: bool,
    /// The provider does not keep this answer, so that only what is in the items themselves can be said again.
    stored: bool,
    ended: bool,
    /// It ended with something to go on from.
    whole: bool,
}

/// What an event comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A frame for the client.
    Frame(Vec<u8>),
    /// The last frame.
    Last(Vec<u8>),
    /// Nothing: no JSON, or something after the end.
    Nothing,
}

/// What is looked at of an event.
#[derive(Default)]
struct Seen<'a> {
    kind: Option<Text<'a>>,
    item: Option<&'a str>,
    response: Option<&'a str>,
    sequence: Option<u64>,
}

impl Answer {
    /// An answer in this lane. `stored` says that the provider keeps it.
    pub fn new(lane: Option<Box<str>>, stored: bool) -> Self {
        Self { lane, id: None, output: Vec::new(), overflown: false, stored, ended: false, whole: false }
    }

    /// The lane's name.
    pub fn lane(&self) -> Option<&str> {
        self.lane.as_deref()
    }

    /// The last frame has been made.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Its id and what it said, once it has ended well; `input` is what it answered.
    pub fn turn(&mut self, input: bytes::Bytes) -> Option<(Box<str>, Turn)> {
        let id = self.id.take().filter(|_| self.whole && !self.overflown)?;
        Some((id, Turn { input, output: std::mem::take(&mut self.output).into() }))
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event<'_>) -> Said {
        let data = String::from_utf8_lossy(&event.data);
        let Some(seen) = Seen::of(&data).filter(|_| !self.ended) else { return Said::Nothing };
        let kind = seen.kind.as_ref().map(Text::decoded).unwrap_or_default();
        match &*kind {
            "response.created" => self.note_id(seen.response),
            "response.output_item.done" => self.note_item(seen.item),
            "response.completed" | "response.incomplete" => {
                self.note_id(seen.response);
                self.whole = true;
                self.ended = true;
            }
            "response.failed" => self.ended = true,
            "error" => {
                self.ended = true;
                return Said::Last(self.error(&event.data, seen.sequence));
            }
            _ => {}
        }
        let frame = frame::in_lane(&data, self.lane());
        if self.ended { Said::Last(frame) } else { Said::Frame(frame) }
    }

    fn note_id(&mut self, response: Option<&str>) {
        let mut id = None;
        let read = response.map(|response| {
            Reader::new(response).object::<crate::json::Fault>(|name, reader| {
                match name {
                    "id" => id = reader.text_or_skip()?,
                    _ => drop(reader.raw()?),
                }
                Ok(())
            })
        });
        if let (Some(Ok(())), Some(id)) = (read, id) {
            self.id = Some(id.decoded().into());
        }
    }

    fn note_item(&mut self, item: Option<&str>) {
        let Some(item) = item.filter(|item| self.stored || can_be_said_again(item)) else { return };
        if self.output.len() + item.len() > BYTES_MAX {
            self.overflown = true;
        }
        if !self.overflown {
            if !self.output.is_empty() {
                self.output.push(b',');
            }
            self.output.extend_from_slice(item.as_bytes());
        }
    }

    /// An error event of a stream is flat and has no status; over a WebSocket Codex passes over such a one and waits on.
    fn error(&self, data: &[u8], sequence: Option<u64>) -> Vec<u8> {
        let read = error::read(data).unwrap_or_default();
        let WireError { kind, code, message, .. } = &read;
        let says = |word: &str| [kind, code].into_iter().flatten().any(|text| text.contains(word));
        let status = match () {
            () if says("invalid") || says("context_length") || says("policy") => 400,
            () if says("rate_limit") || says("overloaded") => 503,
            () => 500,
        };
        let failure = Failure {
            status,
            kind: kind.as_deref().filter(|kind| *kind != "error").unwrap_or("server_error"),
            code: code.as_deref(),
            message,
            param: None,
        };
        frame::error_at(&failure, std::iter::empty(), self.lane(), sequence)
    }
}

impl<'a> Seen<'a> {
    /// `None`: no JSON object.
    fn of(data: &'a str) -> Option<Self> {
        let mut seen = Self::default();
        let mut reader = Reader::new(data);
        let read = reader.object::<crate::json::Fault>(|name, reader| {
            match name {
                "type" => seen.kind = reader.text_or_skip()?,
                "item" => seen.item = Some(reader.raw()?),
                "response" => seen.response = Some(reader.raw()?),
                "sequence_number" => seen.sequence = reader.count()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        });
        read.ok().map(|()| seen)
    }
}

/// Reasoning of which only an id is left means nothing where nobody keeps it.
fn can_be_said_again(item: &str) -> bool {
    let (mut is_reasoning, mut has_content) = (false, false);
    let read = Reader::new(item).object::<crate::json::Fault>(|name, reader| {
        match name {
            "type" => is_reasoning = reader.text_or_skip()?.is_some_and(|kind| kind == *"reasoning"),
            "encrypted_content" => has_content = reader.text_or_skip()?.is_some(),
            _ => drop(reader.raw()?),
        }
        Ok(())
    });
    read.is_ok() && (has_content || !is_reasoning)
}
