//! A client's frame, and the HTTP request that a `response.create` stands for.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::history::Turn;
use crate::json::{Fault, Kind, Reader, Text, Writer};

/// Members of one frame. Real requests have under 30; each takes five times the room of the shortest there is.
pub const MEMBERS_MAX: usize = 256;

/// Longest name of a lane, bytes.
pub const STREAM_ID_MAX: usize = 256;

/// What a client says in one frame.
#[derive(Debug)]
pub enum ClientEvent<'a> {
    /// `response.create`
    Create(Create<'a>),
    /// `response.steer`
    Steer(Steer<'a>),
    /// `response.processed`: the client has dealt with an answer. Nothing follows from it.
    Processed,
    /// A type we do not know.
    Unknown(Text<'a>),
}

/// `response.create`: a request as over HTTP, with the members that only a WebSocket has.
#[derive(Debug)]
pub struct Create<'a> {
    /// The members that HTTP has too, as they stand.
    members: Vec<(&'a str, &'a str)>,
    /// The lane; `None` is the one without a name.
    pub stream_id: Option<Text<'a>>,
    /// The answer that this one goes on from.
    pub previous: Option<Text<'a>>,
    /// The model asked for.
    pub model: Option<Text<'a>>,
    /// `false`: only get ready.
    pub generate: bool,
    /// The provider shall keep the answer.
    pub store: bool,
}

/// `response.steer`: more input for an answer that is being generated.
#[derive(Debug)]
pub struct Steer<'a> {
    /// The answer, as it stands.
    pub previous: &'a str,
    /// What to say to it, as it stands.
    pub input: &'a str,
}

/// A request for HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The whole body.
    pub body: Bytes,
    /// All input items of it, with commas between them.
    pub input: Bytes,
}

/// Why a frame says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not one JSON object.
    NotJson(Fault),
    /// It has more members than [`MEMBERS_MAX`].
    TooManyMembers,
    /// This member is there twice, and programs differ in which one they take.
    Twice(&'static str),
    /// This member is missing, or is of another type.
    Bad(&'static str),
}

impl From<Fault> for Unreadable {
    fn from(fault: Fault) -> Self {
        Self::NotJson(fault)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(fault) => fault.fmt(f),
            Self::TooManyMembers => write!(f, "more than {MEMBERS_MAX} members"),
            Self::Twice(name) => write!(f, "`{name}` is given twice"),
            Self::Bad(name) => write!(f, "`{name}` is missing or not of its type"),
        }
    }
}

impl Unreadable {
    /// The member that is at fault.
    pub const fn member(&self) -> Option<&'static str> {
        match self {
            Self::NotJson(_) | Self::TooManyMembers => None,
            Self::Twice(name) | Self::Bad(name) => Some(name),
        }
    }
}

/// Members that are no part of a request over HTTP, where an answer is asked for by [`Create::asked`] anew, and those
/// that are looked at.
const LOOKED_AT: [&str; 9] =
    ["type", "stream_id", "generate", "stream", "background", "previous_response_id", "input", "model", "store"];

/// Those of them that stay in the body.
const STAYS: [&str; 3] = ["input", "model", "store"];

impl<'a> ClientEvent<'a> {
    /// Reads the text of a frame.
    pub fn read(text: &'a str) -> Result<Self, Unreadable> {
        let mut members = Vec::new();
        let mut known = [None; LOOKED_AT.len()];
        let mut reader = Reader::new(text);
        reader.object(|name, reader| {
            let value = reader.raw()?;
            if let Some(at) = LOOKED_AT.iter().position(|looked_at| *looked_at == name)
                && known[at].replace(value).is_some()
            {
                return Err(Unreadable::Twice(LOOKED_AT[at]));
            }
            if STAYS.contains(&name) || !LOOKED_AT.contains(&name) {
                members.push((name, value));
            }
            if members.len() > MEMBERS_MAX { Err(Unreadable::TooManyMembers) } else { Ok(()) }
        })?;
        reader.end()?;
        let [kind, stream_id, generate, _, _, previous, input, model, store] = known;
        let kind = string("type", kind)?.ok_or(Unreadable::Bad("type"))?;
        match &*kind.decoded() {
            "response.create" => {
                let stream_id = string("stream_id", stream_id)?;
                if stream_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > STREAM_ID_MAX) {
                    return Err(Unreadable::Bad("stream_id"));
                }
                let (previous, model) = (string("previous_response_id", previous)?, string("model", model)?);
                Ok(Self::Create(Create {
                    members,
                    stream_id,
                    previous,
                    model,
                    generate: generate != Some("false"),
                    store: store != Some("false"),
                }))
            }
            "response.steer" => {
                let (previous, input) = (previous.unwrap_or("null"), input.unwrap_or("null"));
                Ok(Self::Steer(Steer { previous, input }))
            }
            "response.processed" => Ok(Self::Processed),
            _ => Ok(Self::Unknown(kind)),
        }
    }
}

/// A string, or nothing where it is left out or null.
fn string<'a>(name: &'static str, value: Option<&'a str>) -> Result<Option<Text<'a>>, Unreadable> {
    match value {
        None | Some("null") => Ok(None),
        Some(value) => match Reader::new(value).text() {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Unreadable::Bad(name)),
        },
    }
}

/// What Codex says in headers over HTTP, and in `client_metadata` of each frame here. Measured with 0.169.0.
const IN_METADATA: [&str; 2] = ["x-codex-turn-state", "x-codex-turn-metadata"];

/// Longest value that is made a header; servers refuse heads of more than some 16 KiB.
const HEADER_MAX: usize = 8 << 10;

impl Create<'_> {
    /// Headers that the request has over HTTP, beside those of the connection.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        let Some((_, metadata)) = self.members.iter().find(|(name, _)| *name == "client_metadata") else {
            return headers;
        };
        // Of another type it says nothing, and what it is stays in the body.
        let _ = Reader::new(metadata).object(|name, reader| {
            let value = reader.raw()?;
            let name = IN_METADATA.iter().find(|known| **known == name);
            if let (Some(name), Ok(value)) = (name, Reader::new(value).text())
                && value.len() <= HEADER_MAX
            {
                headers.push((*name, value.decoded().into_owned()));
            }
            Ok::<(), Fault>(())
        });
        headers
    }

    /// The request over HTTP, for a stream. `before` is what the answer named by [`Create::previous`] went on from and
    /// said: it takes the name's place, so that any provider can go on with it.
    pub fn asked(&self, before: Option<&Turn>) -> Result<Asked, Unreadable> {
        let room: usize = self.members.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let mut out = Writer::with_capacity(room + before.map_or(0, Turn::len) + 64);
        let mut input = Input::Absent;
        let mut fault = None;
        out.object(|out| {
            for (name, value) in &self.members {
                out.key(name);
                match *name {
                    "input" => match written(out, value, before) {
                        Ok(done) => input = done,
                        Err(error) => fault = Some(error),
                    },
                    _ => out.raw(value),
                }
            }
            if let (Input::Absent, Some(before)) = (&input, before) {
                out.key("input");
                input = items(out, Some(before), "");
            }
            out.key("stream").flag(true);
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        let body = Bytes::from(out.into_bytes());
        let input = match input {
            Input::Absent => Bytes::new(),
            Input::Items(range) => body.slice(range),
            Input::Text(item) => item.into(),
        };
        Ok(Asked { body, input })
    }
}

/// The input of a request, where it stands in the body.
enum Input {
    Absent,
    Items(Range<usize>),
    /// It is a text there; as an item it is this.
    Text(Vec<u8>),
}

/// Writes `input`, behind what came before.
fn written(out: &mut Writer, value: &str, before: Option<&Turn>) -> Result<Input, Unreadable> {
    match (Reader::new(value).kind()?, before) {
        (Kind::Array, _) => {
            let inside = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or_default();
            Ok(items(out, before, inside.trim_ascii()))
        }
        (Kind::String, Some(_)) => Ok(items(out, before, &message(value))),
        (Kind::String, None) => {
            out.raw(value);
            Ok(Input::Text(message(value).into_bytes()))
        }
        (Kind::Null, Some(_)) => Ok(items(out, before, "")),
        (Kind::Null, None) => {
            out.raw(value);
            Ok(Input::Absent)
        }
        _ => Err(Unreadable::Bad("input")),
    }
}

fn items(out: &mut Writer, before: Option<&Turn>, new: &str) -> Input {
    let mut range = 0..0;
    out.array(|out| {
        range.start = out.len();
        for piece in before.into_iter().flat_map(Turn::pieces).chain([new]).filter(|piece| !piece.is_empty()) {
            out.raw(piece);
        }
        range.end = out.len();
    });
    Input::Items(range)
}

/// A text as the item it stands for.
fn message(text: &str) -> String {
    format!(r#"{{"type":"message","role":"user","content":{text}}}"#)
}
