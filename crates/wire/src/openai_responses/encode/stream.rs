//! Events with their numbers.

use std::borrow::Cow;

use crate::json::Writer;
use crate::keepalive;
use crate::protocol::Protocol;

/// The stream's bytes. Of a whole answer no event is written.
#[derive(Debug)]
pub(super) struct Stream {
    writer: Writer,
    sequence: u64,
    streamed: bool,
}

impl Stream {
    pub(super) fn new(streamed: bool) -> Self {
        Self { writer: Writer::default(), sequence: 0, streamed }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.writer).into_bytes()
    }

    pub(super) const fn is_streamed(&self) -> bool {
        self.streamed
    }

    /// One event; its type and number come before `members`.
    pub(super) fn event(&mut self, kind: &str, members: impl FnOnce(&mut Writer)) {
        if !self.streamed {
            return;
        }
        let writer = &mut self.writer;
        writer.frame(b"event: ");
        writer.frame(kind.as_bytes());
        writer.frame(b"\ndata: ");
        writer.object(|writer| {
            writer.key("type").string(kind);
            writer.key("sequence_number").count(self.sequence);
            members(writer);
        });
        writer.frame(b"\n\n");
        self.sequence += 1;
    }

    /// Keeps the connection alive; not numbered.
    pub(super) fn keep_alive(&mut self, response_id: Option<&str>) {
        if self.streamed {
            let bytes: Cow<'_, [u8]> = keepalive::bytes(Protocol::OpenaiResponses, Some(self.sequence), response_id);
            self.writer.frame(&bytes);
        }
    }
}
