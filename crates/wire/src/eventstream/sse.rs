//! From Bedrock's frames to server-sent events: what the decoders of both operations read.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr2;

use super::{Decoder, Exception, Fault, Message};
use crate::json::{self, Reader, Text, Writer};

/// What Bedrock puts into the last event of a model; strict clients of the model's own protocol do not know it.
const METRICS: &str = "amazon-bedrock-invocationMetrics";

/// Which call the stream answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `InvokeModelWithResponseStream`: the model's own events in `chunk` frames. Errors become Anthropic's `error` event.
    InvokeModel,
    /// `ConverseStream`: the frames are the events. Errors become an event with the name of the exception.
    Converse,
}

/// Takes the bytes of an event stream and gives server-sent events.
///
/// `chunk`: the event inside, named by its `type`. Any other event: `:event-type` and the payload.
#[derive(Debug)]
pub struct SseAdapter {
    operation: Operation,
    decoder: Decoder,
}

impl SseAdapter {
    /// At the start of a stream.
    pub fn new(operation: Operation) -> Self {
        Self { operation, decoder: Decoder::new() }
    }

    /// Takes bytes as they arrive and appends the events that are whole to `out`. After an error `out` holds what stood
    /// before the fault, and nothing more can be read.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        self.decoder.push(chunk);
        while let Some(message) = self.decoder.message()? {
            if let Err(fault) = self.translate(&message, out) {
                self.decoder.fail(fault);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// The stream is over. An error when that is inside a frame; whether the answer is whole, the events say.
    pub fn finish(&self) -> Result<(), Fault> {
        self.decoder.finish()
    }

    fn translate(&self, message: &Message, out: &mut Vec<u8>) -> Result<(), Fault> {
        match message.text(":message-type") {
            Some("event") => {
                let name = message.text(":event-type").ok_or(Fault::Headers)?;
                if name == "chunk" { put_chunk(message, out) } else { put_event(out, name, utf8(message.payload())?) }
            }
            Some("exception") => {
                let name = message.text(":exception-type").ok_or(Fault::Headers)?;
                self.put_error(out, name, utf8(message.payload())?)
            }
            Some("error") => {
                let name = message.text(":error-code").ok_or(Fault::Headers)?;
                let mut payload = Writer::default();
                payload.object(|writer| writer.key("message").string(message.text(":error-message").unwrap_or("")));
                self.put_error(out, name, utf8(&payload.into_bytes())?)
            }
            _ => Err(Fault::Headers),
        }
    }

    fn put_error(&self, out: &mut Vec<u8>, name: &str, payload: &str) -> Result<(), Fault> {
        if self.operation == Operation::Converse {
            return put_event(out, name, payload);
        }
        let details = Details::read(payload).unwrap_or_default();
        let kind = Exception { name, original_status: details.original_status }.anthropic_type();
        let mut event = Writer::default();
        event.object(|writer| {
            writer.key("type").string("error");
            writer.key("error").object(|writer| {
                writer.key("type").string(kind);
                writer.key("message").text(details.message.as_ref().unwrap_or(&Text::plain(name)));
            });
        });
        put_event(out, "error", utf8(&event.into_bytes())?)
    }
}

/// What an exception says.
#[derive(Default)]
struct Details<'a> {
    message: Option<Text<'a>>,
    original_status: Option<u64>,
}

impl<'a> Details<'a> {
    fn read(payload: &'a str) -> Result<Self, json::Fault> {
        let mut details = Self::default();
        Reader::new(payload).object(|name, reader| -> Result<(), json::Fault> {
            match name {
                "message" | "Message" => details.message = reader.text_or_skip()?.filter(|text| !text.is_empty()),
                "originalStatusCode" => details.original_status = reader.count()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        Ok(details)
    }
}

/// `{"bytes": base64 of an event, "p": padding}`
fn put_chunk(message: &Message, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut code = None;
    let mut reader = Reader::new(utf8(message.payload())?);
    reader
        .object(|name, reader| -> Result<(), json::Fault> {
            match name {
                "bytes" => code = reader.text_or_skip()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
        .map_err(|_| Fault::Payload)?;
    let code = code.ok_or(Fault::Payload)?;
    let event = STANDARD.decode(code.decoded().as_bytes()).map_err(|_| Fault::Payload)?;
    let (kind, event) = own_event(utf8(&event)?).map_err(|_| Fault::Payload)?;
    match kind {
        Some(kind) => put_event(out, kind, &event),
        None => {
            put_data(out, &event);
            Ok(())
        }
    }
}

/// The `type` of a model's event, and the event without what Bedrock put into it.
fn own_event(event: &str) -> Result<(Option<&str>, Cow<'_, str>), json::Fault> {
    let mut kind = None;
    let mut measured = false;
    let mut own = Writer::default();
    let mut reader = Reader::new(event);
    reader.object(|name, reader| -> Result<(), json::Fault> {
        measured |= name == METRICS;
        if name == "type"
            && let Some(Text::Json(word)) = reader.clone().text_or_skip()?
        {
            kind = Some(word);
        }
        reader.raw().map(drop)
    })?;
    reader.end()?;
    if !measured {
        return Ok((kind, Cow::Borrowed(event)));
    }
    let mut walked = Ok(());
    own.object(|writer| {
        walked = Reader::new(event).object(|name, reader| -> Result<(), json::Fault> {
            let value = reader.raw()?;
            if name != METRICS {
                writer.key(name).raw(value);
            }
            Ok(())
        });
    });
    walked?;
    Ok((kind, Cow::Owned(String::from_utf8_lossy(&own.into_bytes()).into_owned())))
}

/// One event. A name with anything but visible ASCII could forge lines, and is none of Bedrock's.
fn put_event(out: &mut Vec<u8>, name: &str, data: &str) -> Result<(), Fault> {
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Fault::Headers);
    }
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    put_data(out, data);
    Ok(())
}

/// The data of an event. In JSON a line end is space between values, so a space takes its place.
fn put_data(out: &mut Vec<u8>, data: &str) {
    out.extend_from_slice(b"data: ");
    let mut rest = data.as_bytes();
    while let Some(at) = memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at(at);
        out.extend_from_slice(line);
        out.push(b' ');
        rest = after.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\n\n");
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| Fault::Payload)
}
