//! frames: an answer in Amazon's event stream, read as server-sent events. What comes after knows one framing.
//!
//! A stream that ends inside a frame, or whose checksum is wrong, is a transport that broke: what stood whole before it
//! is given out, and then the cut.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use tokgate_wire::eventstream::{Fault, Operation, SseAdapter};
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::stream::TransportEnd;

use super::send::{Broken, Reply, ReplyBody};
use crate::i18n::defects;

/// What such an answer calls itself.
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// A body of frames, read as events.
#[derive(Debug)]
pub struct Framed {
    source: ReplyBody,
    adapter: SseAdapter,
    /// What is wrong behind the events given out last.
    fault: Option<Fault>,
}

/// Reads `reply` as events when it is in frames; its head then says so. `spoken` tells which operation it answers.
pub fn plain(mut reply: Reply, spoken: UpstreamProtocol) -> Reply {
    if !is_framed(&reply.head.headers) {
        return reply;
    }
    reply.head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    reply.head.headers.remove(header::CONTENT_LENGTH);
    let operation =
        if spoken == UpstreamProtocol::BedrockConverse { Operation::Converse } else { Operation::InvokeModel };
    let framed = Framed { source: reply.body, adapter: SseAdapter::new(operation), fault: None };
    Reply { body: ReplyBody::Framed(Box::new(framed)), ..reply }
}

fn is_framed(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let parameters = |behind: &[u8]| matches!(behind.trim_ascii_start(), [] | [b';', ..]);
    kind.split_at_checked(EVENT_STREAM.len())
        .is_some_and(|(name, behind)| name.eq_ignore_ascii_case(EVENT_STREAM.as_bytes()) && parameters(behind))
}

impl Framed {
    /// As [`ReplyBody::poll_chunk`].
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            if let Some(fault) = self.fault {
                return Poll::Ready(Some(Err(Broken(defects::text(&fault.into())))));
            }
            let mut events = Vec::new();
            match std::task::ready!(self.source.poll_chunk(cx)) {
                Some(Ok(chunk)) => self.fault = self.adapter.push(&chunk, &mut events).err(),
                Some(Err(broken)) => return Poll::Ready(Some(Err(broken))),
                None => match self.adapter.finish() {
                    Ok(()) => return Poll::Ready(None),
                    Err(fault) => self.fault = Some(fault),
                },
            }
            if !events.is_empty() {
                return Poll::Ready(Some(Ok(events.into())));
            }
        }
    }

    /// As [`ReplyBody::end`].
    pub fn end(&self) -> TransportEnd {
        self.source.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_known_by_their_type_alone() {
        let mut headers = HeaderMap::new();
        assert!(!is_framed(&headers));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("Application/vnd.amazon.eventstream; x=1"));
        assert!(is_framed(&headers));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        assert!(!is_framed(&headers));
    }
}
