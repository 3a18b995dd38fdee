//! The body of an answer to the client: fixed bytes, a relayed stream, or a stream still being decided.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

use super::hold::Held;
use super::relay::Relay;

/// An answer's body.
pub enum AnswerBody {
    /// Bytes known in full.
    Fixed(Option<Bytes>),
    /// An upstream's stream on its way through.
    Relay(Box<Relay>),
    /// A stream whose head has been sent while attempts go on.
    Held(Box<Held>),
    /// What somebody else collects.
    Piped(mpsc::Receiver<Result<Bytes, Aborted>>),
}

impl AnswerBody {
    /// No bytes.
    pub const fn empty() -> Self {
        Self::Fixed(None)
    }

    /// These bytes.
    pub fn fixed(bytes: impl Into<Bytes>) -> Self {
        Self::Fixed(Some(bytes.into()).filter(|bytes| !bytes.is_empty()))
    }
}

/// Why an answer's body ends without its end: hyper then closes the connection without the final chunk, so the client
/// sees a truncation. Used where the protocol has no error event (a non-streamed body that broke).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("answer aborted")
    }
}

impl std::error::Error for Aborted {}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        let this = self.get_mut();
        loop {
            return match this {
                Self::Fixed(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
                Self::Relay(relay) => relay.poll_bytes(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
                Self::Piped(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
                Self::Held(held) => match held.poll_bytes(cx) {
                    Poll::Pending => Poll::Pending,
                    Poll::Ready(super::hold::Next::Bytes(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                    Poll::Ready(super::hold::Next::Become(body)) => {
                        *this = body;
                        continue;
                    }
                },
            };
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Fixed(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Fixed(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Relay(_) | Self::Held(_) | Self::Piped(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "AnswerBody::Fixed",
            Self::Relay(_) => "AnswerBody::Relay",
            Self::Held(_) => "AnswerBody::Held",
            Self::Piped(_) => "AnswerBody::Piped",
        })
    }
}
