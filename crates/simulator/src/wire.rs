//! Answers as events and bodies of each protocol. The events are complete enough for the official client
//! libraries: every field that their types require is there. What is said comes from `answer`.

use bytes::Bytes;
use serde_json::Value;

use crate::answer::{Answer, Piece, Usage};
use crate::asked::Asked;
use crate::protocol::Protocol;

mod anthropic;
mod chat;
pub(crate) mod error;
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

/// One server-sent event before it is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) name: Option<&'static str>,
    pub(crate) data: String,
    pub(crate) class: Class,
}

impl Frame {
    pub(crate) fn bytes(&self) -> Bytes {
        self.bytes_with("\n")
    }

    pub(crate) fn bytes_with(&self, eol: &str) -> Bytes {
        let name = self.name.map(|name| format!("event: {name}{eol}")).unwrap_or_default();
        Bytes::from(format!("{name}data: {}{eol}{eol}", self.data))
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
pub(crate) enum Writer {
    Anthropic(anthropic::Writer),
    Chat(chat::Writer),
    Responses(responses::Writer),
}

impl Writer {
    pub(crate) fn new(protocol: Protocol, heading: Heading) -> Self {
        match protocol {
            Protocol::Anthropic => Self::Anthropic(anthropic::Writer::new(heading)),
            Protocol::OpenaiChat => Self::Chat(chat::Writer::new(heading)),
            Protocol::OpenaiResponses => Self::Responses(responses::Writer::new(heading)),
        }
    }

    /// Leaves the finished items out of the last Responses event, so that a long stream needs no memory.
    pub(crate) fn forgetful(mut self) -> Self {
        if let Self::Responses(w) = &mut self {
            w.keep_output = false;
        }
        self
    }

    pub(crate) fn open(&mut self, out: &mut Vec<Frame>) {
        match self {
            Self::Anthropic(w) => w.open(out),
            Self::Chat(w) => w.open(out),
            Self::Responses(w) => w.open(out),
        }
    }

    pub(crate) fn piece(&mut self, piece: &Piece, chunks: usize, out: &mut Vec<Frame>) {
        match self {
            Self::Anthropic(w) => w.piece(piece, chunks, out),
            Self::Chat(w) => w.piece(piece, chunks, out),
            Self::Responses(w) => w.piece(piece, chunks, out),
        }
    }

    pub(crate) fn close(&mut self, out: &mut Vec<Frame>) {
        match self {
            Self::Anthropic(w) => w.close(out),
            Self::Chat(w) => w.close(out),
            Self::Responses(w) => w.close(out),
        }
    }
}

/// All events of a streamed answer.
pub(crate) fn frames(answer: &Answer, asked: &Asked, number: u64) -> Vec<Frame> {
    let mut writer = Writer::new(asked.protocol, Heading::of(answer, asked, number));
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
    match asked.protocol {
        Protocol::Anthropic => anthropic::message(&heading, &answer.pieces),
        Protocol::OpenaiChat => chat::completion(&heading, &answer.pieces),
        Protocol::OpenaiResponses => responses::finished(&heading, &answer.pieces),
    }
}

/// A keep-alive of the protocol: an event for Anthropic, a comment elsewhere.
pub(crate) fn ping(protocol: Protocol) -> Bytes {
    Bytes::from_static(match protocol {
        Protocol::Anthropic => b"event: ping\ndata: {\"type\": \"ping\"}\n\n",
        _ => b": ping\n\n",
    })
}

#[cfg(test)]
#[path = "wire/tests.rs"]
mod tests;
