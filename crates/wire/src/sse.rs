//! Server-sent events: cutting a byte stream into whole events without changing a byte, and reading them.
//!
//! Lines end with LF, CRLF or CR, mixed as the sender likes; a blank line ends an event. Source: WHATWG HTML, "Parsing
//! an event stream". An event without its blank line is never an event, at the end of the stream neither.

use std::borrow::Cow;
use std::fmt;

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memchr2};

use crate::defect::Defect;

/// Longest event that is collected; one event carries a whole response object with images at the end of a stream.
pub const MAX_EVENT: usize = 32 << 20;

/// One event, or a run of comments between two blank lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event:` field, when there is one and it is UTF-8.
    pub name: Option<&'a str>,
    /// The `data:` lines, joined. Empty: readers dispatch nothing.
    pub data: Cow<'a, [u8]>,
    /// The bytes as they came, blank line included.
    pub raw: &'a [u8],
}

/// An event grew over [`MAX_EVENT`]. The upstream's fault; another attempt may do better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTooLong;

impl fmt::Display for EventTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Defect::too_long().fmt(f)
    }
}

impl std::error::Error for EventTooLong {}

/// Releases whole events only and keeps the rest. What it releases and what it keeps is always what it was given.
#[derive(Debug, Default)]
pub struct Framer {
    /// The event that is not whole yet.
    partial: BytesMut,
    lines: Lines,
}

impl Framer {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they arrive; gives back all whole events, unchanged, and without a copy when nothing waited.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<Bytes, EventTooLong> {
        let end = self.lines.last_event_end(&chunk);
        let kept = if end == 0 { self.partial.len() } else { 0 };
        if kept + (chunk.len() - end) > MAX_EVENT {
            return Err(EventTooLong);
        }
        if end == 0 {
            self.partial.extend_from_slice(&chunk);
            return Ok(Bytes::new());
        }
        let released = chunk.split_to(end);
        let released = if self.partial.is_empty() {
            released
        } else {
            self.partial.extend_from_slice(&released);
            self.partial.split().freeze()
        };
        self.partial.extend_from_slice(&chunk);
        Ok(released)
    }

    /// Whether part of an event waits for its end.
    pub fn has_partial(&self) -> bool {
        !self.partial.is_empty()
    }

    /// The part of an event that waits for its end.
    pub fn partial(&self) -> &[u8] {
        &self.partial
    }
}

/// Where lines stand, from chunk to chunk.
#[derive(Debug, Default)]
struct Lines {
    /// The current line has bytes already.
    begun: bool,
    /// The last byte was a CR; an LF now belongs to it.
    after_cr: bool,
    /// That CR ended an event, which is released already.
    event_ended: bool,
}

impl Lines {
    /// The offset after the last blank line of `chunk`; 0 when there is none. A CR counts at once, and an LF that
    /// follows in the next chunk is released right behind it: waiting for it would hold a finished event back.
    fn last_event_end(&mut self, chunk: &[u8]) -> usize {
        if chunk.is_empty() {
            return 0;
        }
        let mut end = 0;
        let mut line = 0;
        if self.after_cr && chunk.first() == Some(&b'\n') {
            line = 1;
            end = usize::from(self.event_ended);
        }
        self.after_cr = false;
        while let Some(length) = memchr2(b'\n', b'\r', chunk.get(line..).unwrap_or_default()) {
            let blank = length == 0 && !self.begun;
            let next = after_line_end(chunk, line + length);
            self.after_cr = next == chunk.len() && chunk.last() == Some(&b'\r');
            self.event_ended = blank;
            self.begun = false;
            line = next;
            if blank {
                end = next;
            }
        }
        self.begun |= line < chunk.len();
        end
    }
}

/// The offset after the line end at `at`.
fn after_line_end(bytes: &[u8], at: usize) -> usize {
    let crlf = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
    at + if crlf { 2 } else { 1 }
}

/// The events of what [`Framer::push`] gave back. An unfinished event at the end is not reported.
pub fn events(whole: &[u8]) -> impl Iterator<Item = Event<'_>> {
    let mut rest = whole;
    std::iter::from_fn(move || {
        let (event, after) = event(rest)?;
        rest = after;
        Some(event)
    })
}

/// The first event of `bytes`, and what follows it.
fn event(bytes: &[u8]) -> Option<(Event<'_>, &[u8])> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let mut name = None;
    let mut data: Option<Cow<'_, [u8]>> = None;
    let mut at = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    loop {
        let rest = bytes.get(at..)?;
        let length = memchr2(b'\n', b'\r', rest)?;
        let line = rest.get(..length)?;
        at = after_line_end(bytes, at + length);
        if line.is_empty() {
            let (raw, after) = bytes.split_at_checked(at)?;
            return Some((Event { name, data: data.unwrap_or_default(), raw }, after));
        }
        match field(line) {
            (b"data", value) => match &mut data {
                None => data = Some(Cow::Borrowed(value)),
                Some(lines) => {
                    let lines = lines.to_mut();
                    lines.push(b'\n');
                    lines.extend_from_slice(value);
                }
            },
            (b"event", value) => name = std::str::from_utf8(value).ok().filter(|name| !name.is_empty()),
            _ => {}
        }
    }
}

/// Name and value of a line; one space after the colon belongs to neither. A comment has an empty name.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = memchr(b':', line) else { return (line, b"") };
    let (name, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default();
    (name, value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests;
