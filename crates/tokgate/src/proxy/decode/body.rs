//! The body of an upstream's answer behind a decoder. Only an answer that says it is encoded gets one.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::header;
use tokgate_wire::stream::TransportEnd;

use super::{Coding, Decoder, Failure, Unreadable};
use crate::proxy::send::{Broken, Reply, ReplyBody};

/// An encoded body, read decoded.
#[derive(Debug)]
pub struct Decoded {
    source: ReplyBody,
    decoder: Decoder,
}

/// Puts a decoder before the body of `reply` when its headers ask for one, and takes the headers off that are no longer
/// true. An encoding that nobody can undo leaves everything as it is.
pub fn plain(mut reply: Reply) -> (Reply, Result<(), Unreadable>) {
    let coding = match Coding::of(&reply.head.headers) {
        Ok(None) => return (reply, Ok(())),
        Ok(Some(coding)) => coding,
        Err(unreadable) => return (reply, Err(unreadable)),
    };
    reply.head.headers.remove(header::CONTENT_ENCODING);
    reply.head.headers.remove(header::CONTENT_LENGTH);
    let decoded = Decoded { source: reply.body, decoder: Decoder::new(coding) };
    (Reply { body: ReplyBody::Decoded(Box::new(decoded)), ..reply }, Ok(()))
}

impl Decoded {
    /// As [`ReplyBody::poll_chunk`]. Encoded data that is damaged or ends early is a transport that broke.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            match self.decoder.give() {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Err(failure) => return Poll::Ready(Some(Err(self.broken(failure)))),
                Ok(None) => {}
            }
            match std::task::ready!(self.source.poll_chunk(cx)) {
                Some(Ok(chunk)) => self.decoder.feed(chunk),
                Some(Err(broken)) => return Poll::Ready(Some(Err(broken))),
                None => {
                    let end = self.decoder.finish();
                    return Poll::Ready(end.err().map(|failure| Err(self.broken(failure))));
                }
            }
        }
    }

    /// As [`ReplyBody::end`].
    pub fn end(&self) -> TransportEnd {
        self.source.end()
    }

    fn broken(&self, failure: Failure) -> Broken {
        Broken(failure.text(self.decoder.coding()))
    }
}
