//! Answers as events and bodies of each protocol. The events are complete enough for the official client
//! libraries: every field that their types require is there. What is said comes from `answer`.

use bytes::Bytes;
use serde_json::Value;

use crate::answer::{Answer, Piece, Usage};
use crate::asked::Asked;
use crate::protocol::{Protocol, Service, Surface};

mod anthropic;
pub(crate) mod azure;
pub(crate) mod bedrock;
mod chat;
mod converse;
pub(crate) mod error;
pub(crate) mod eventstream;
pub(crate) mod gemini;
pub(crate) mod lists;
mod responses;

/// The creation time in every answer: fixed, so that equal requests get equal bytes.
pub(crate) const CREATED: u64 = 1_795_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Carries no content of its own.
    Around,
    /// Carries generated text, reasoning or arguments.
    Generated,
    /// Ends the stream.
    Terminal,
}

/// How an event is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A server-sent event.
    Sse,
    /// A `chunk` frame of AWS's event stream, the event inside.
    Chunk,
    /// A frame of AWS's event stream with the name of the event.
    Event,
    /// An exception frame of AWS's event stream.
    Exception,
}

/// One event before it is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
    pub(crate) class: Class,
    pub(crate) form: Form,
}

impl Frame {
    /// A server-sent event.
    pub(crate) fn new(name: Option<&'static str>, data: String, class: Class) -> Self {
        Self { name, data, class, form: Form::Sse }
    }

    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes_with("\n")
    }

    /// Frames of AWS have no lines to end.
    pub(crate) fn bytes_with(&self, eol: &str) -> Bytes {
        if self.form != Form::Sse {
            return self.framed(self.data.as_bytes());
        }
        let name = self.name.map(|name| format!("event: {name}{eol}")).unwrap_or_default();
        Bytes::from(format!("{name}data: {}{eol}{eol}", self.data))
    }

    /// Any bytes as the data of this event, in a frame of AWS.
    pub(crate) fn framed(&self, data: &[u8]) -> Bytes {
        bedrock::bytes(self.form, self.name.unwrap_or_default(), data)
    }
}

/// What every event of one answer shares.
#[derive(Debug, Clone)]
pub(crate) struct Heading {
    /// Number of the request: makes the ids of an answer unique and repeatable.
    pub(crate) number: u64,
    pub(crate) model: String,
    pub(crate) usage: Usage,
    pub(crate) include_usage: bool,
    pub(crate) calls_tools: bool,
    pub(crate) stop: Option<String>,
}

impl Heading {
    pub(crate) fn of(answer: &Answer, asked: &Asked, number: u64) -> Self {
        Self {
            number,
            model: asked.model.clone(),
            usage: answer.usage,
            include_usage: asked.include_usage,
            calls_tools: answer.calls_tools(),
            stop: answer.stop.clone(),
        }
    }
}

/// Writes the events of one answer: `open`, then every piece, then `close`.
#[derive(Debug)]
pub(crate) struct Writer {
    service: Service,
    usage: Usage,
    inner: Inner,
}

/// The protocol's own events.
#[derive(Debug)]
enum Inner {
    Anthropic(anthropic::Writer),
    Chat(chat::Writer),
    Responses(responses::Writer),
    Gemini(gemini::Writer),
    Converse(converse::Writer),
}

impl Writer {
    pub(crate) fn new(surface: Surface, heading: Heading) -> Self {
        let usage = heading.usage;
        let inner = match surface.protocol {
            Protocol::Anthropic => Inner::Anthropic(anthropic::Writer::new(heading)),
            Protocol::OpenaiChat => Inner::Chat(chat::Writer::new(heading)),
            Protocol::OpenaiResponses => Inner::Responses(responses::Writer::new(heading)),
            Protocol::Gemini => Inner::Gemini(gemini::Writer::new(heading)),
            Protocol::BedrockConverse => Inner::Converse(converse::Writer::new(heading)),
        };
        Self { service: surface.service, usage, inner }
    }

    /// Leaves the finished items out of the last Responses event, so that a long stream needs no memory.
    pub(crate) fn forgetful(mut self) -> Self {
        if let Inner::Responses(w) = &mut self.inner {
            w.keep_output = false;
        }
        self
    }

    pub(crate) fn open(&mut self, out: &mut Vec<Frame>) {
        if self.is_azure_chat() {
            out.push(azure::first());
        }
        let from = out.len();
        match &mut self.inner {
            Inner::Anthropic(w) => w.open(out),
            Inner::Chat(w) => w.open(out),
            Inner::Responses(w) => w.open(out),
            Inner::Converse(w) => w.open(out),
            Inner::Gemini(_) => {}
        }
        self.dress(&mut out[from..]);
    }

    pub(crate) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        let from = out.len();
        match &mut self.inner {
            Inner::Anthropic(w) => w.piece(piece, chunks, out),
            Inner::Chat(w) => w.piece(piece, chunks, out),
            Inner::Responses(w) => w.piece(piece, chunks, out),
            Inner::Gemini(w) => w.piece(piece, chunks, out),
            Inner::Converse(w) => w.piece(piece, chunks, out),
        }
        self.dress(&mut out[from..]);
    }

    pub(crate) fn close(&mut self, out: &mut Vec<Frame>) {
        if self.is_azure_chat() {
            out.push(azure::late());
        }
        let from = out.len();
        match &mut self.inner {
            Inner::Anthropic(w) => w.close(out),
            Inner::Chat(w) => w.close(out),
            Inner::Responses(w) => w.close(out),
            Inner::Gemini(w) => w.close(out),
            Inner::Converse(w) => w.close(out),
        }
        self.dress(&mut out[from..]);
    }

    fn is_azure_chat(&self) -> bool {
        self.service == Service::Azure && matches!(self.inner, Inner::Chat(_))
    }

    /// What the service puts around the protocol's own events.
    fn dress(&self, frames: &mut [Frame]) {
        match (self.service, &self.inner) {
            (Service::Bedrock, Inner::Anthropic(_)) => bedrock::invoked(frames, &self.usage),
            (Service::Azure, Inner::Chat(_)) => azure::filtered(frames),
            _ => {}
        }
    }
}

/// All events of a streamed answer.
pub(crate) fn frames(answer: &Answer, asked: &Asked, number: u64) -> Vec<Frame> {
    let mut writer = Writer::new(asked.surface(), Heading::of(answer, asked, number));
    let mut out = Vec::new();
    writer.open(&mut out);
    for piece in &answer.pieces {
        writer.piece(piece, answer.chunks, &mut out);
    }
    writer.close(&mut out);
    out
}

/// The body of an answer that is not streamed.
pub(crate) fn body(answer: &Answer, asked: &Asked, number: u64) -> Value {
    let heading = Heading::of(answer, asked, number);
    let pieces = &answer.pieces;
    match (asked.protocol, asked.service) {
        (Protocol::Anthropic, _) => anthropic::message(&heading, pieces),
        (Protocol::OpenaiChat, Service::Azure) => azure::completion(chat::completion(&heading, pieces)),
        (Protocol::OpenaiChat, _) => chat::completion(&heading, pieces),
        (Protocol::OpenaiResponses, _) => responses::finished(&heading, pieces),
        (Protocol::Gemini, _) => gemini::whole(&heading, pieces),
        (Protocol::BedrockConverse, _) => converse::whole(&heading, pieces),
    }
}

/// The type of a good answer's body.
pub(crate) fn content_type(surface: Surface, stream: bool) -> &'static str {
    match stream {
        false => "application/json",
        true if surface.is_binary() => "application/vnd.amazon.eventstream",
        true => "text/event-stream; charset=utf-8",
    }
}

/// A keep-alive of the protocol: an event for Anthropic, a comment elsewhere; Converse has none.
pub(crate) fn ping(surface: Surface) -> Option<Bytes> {
    let event = || Frame::new(Some("ping"), "{\"type\": \"ping\"}".to_owned(), Class::Around);
    match (surface.protocol, surface.is_binary()) {
        (Protocol::Anthropic, false) => Some(event().bytes()),
        (Protocol::Anthropic, true) => Some(Frame { form: Form::Chunk, ..event() }.bytes()),
        (_, true) => None,
        (_, false) => Some(Bytes::from_static(b": ping\n\n")),
    }
}

#[cfg(test)]
#[path = "wire/tests.rs"]
mod tests;
