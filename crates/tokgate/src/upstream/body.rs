//! Bodies: the request that can be sent again, and the response that owns its connection.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::lease::Lease;
use crate::i18n::{Text, faults};

/// Most pieces a request body has: before the model name, the name, after it.
const SEGMENTS: usize = 3;

/// A request body of known length in up to three pieces. Cloning copies no bytes.
#[derive(Clone, Default)]
pub struct ReplayBody {
    segments: [Bytes; SEGMENTS],
    next: usize,
}

impl ReplayBody {
    /// One piece.
    pub fn whole(body: Bytes) -> Self {
        Self { segments: [body, Bytes::new(), Bytes::new()], next: 0 }
    }

    /// Three pieces sent one after the other.
    pub fn spliced(before: Bytes, middle: Bytes, after: Bytes) -> Self {
        Self { segments: [before, middle, after], next: 0 }
    }

    /// All of it in one piece, for an upstream inside this process.
    pub fn into_bytes(self) -> Bytes {
        let [before, middle, after] = self.segments;
        if middle.is_empty() && after.is_empty() {
            return before;
        }
        [before, middle, after].concat().into()
    }

    /// Bytes still to be sent.
    pub fn remaining(&self) -> u64 {
        self.segments.iter().skip(self.next).map(|s| s.len() as u64).sum()
    }
}

impl From<Bytes> for ReplayBody {
    fn from(body: Bytes) -> Self {
        Self::whole(body)
    }
}

impl fmt::Debug for ReplayBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayBody({} bytes left)", self.remaining())
    }
}

impl Body for ReplayBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while self.next < SEGMENTS {
            let at = self.next;
            self.next += 1;
            let piece = std::mem::take(&mut self.segments[at]);
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.remaining() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining())
    }
}

/// How the end of a response body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The announced number of bytes (or an answer that has no body).
    ContentLength,
    /// The last chunk.
    Chunked,
    /// END_STREAM.
    Http2,
    /// The connection was closed: a cut cannot be told from the end.
    UntilClose,
}

impl Framing {
    /// A clean end of the body proves that all of it arrived.
    pub fn proves_end(self) -> bool {
        self != Self::UntilClose
    }

    pub(super) fn of(method: &Method, head: &http::response::Parts, http2: bool) -> Self {
        if http2 {
            return Self::Http2;
        }
        let bodiless =
            method == Method::HEAD || head.status == StatusCode::NO_CONTENT || head.status == StatusCode::NOT_MODIFIED;
        if bodiless {
            Self::ContentLength
        } else if head.headers.contains_key(TRANSFER_ENCODING) {
            // hyper reads a transfer-encoding whose last coding is not `chunked` until the connection closes
            let chunked = head
                .headers
                .get_all(TRANSFER_ENCODING)
                .iter()
                .next_back()
                .and_then(|v| v.to_str().ok())
                .and_then(|v| v.rsplit(',').next())
                .is_some_and(|v| v.trim().eq_ignore_ascii_case("chunked"));
            if chunked { Self::Chunked } else { Self::UntilClose }
        } else if head.headers.contains_key(CONTENT_LENGTH) {
            Self::ContentLength
        } else {
            Self::UntilClose
        }
    }
}

/// What cut a response body short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyErrorKind {
    /// The connection or stream was reset.
    Reset,
    /// It ended before the body did.
    Eof,
    /// What came is not a valid body.
    Protocol,
}

/// A response body that did not come to its end.
#[derive(Debug, Clone)]
pub struct BodyError {
    /// What happened.
    pub kind: BodyErrorKind,
    /// Technical cause.
    pub message: Text,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl std::error::Error for BodyError {}

/// A response body and the connection it comes over. Dropped before its end it cancels the exchange upstream: the
/// HTTP/1.1 connection is closed, the HTTP/2 stream reset. Read to a clean end it gives the connection back.
pub struct UpstreamBody {
    incoming: Incoming,
    lease: Option<Lease>,
    framing: Framing,
}

impl UpstreamBody {
    pub(super) fn new(incoming: Incoming, lease: Lease, framing: Framing) -> Self {
        Self { incoming, lease: Some(lease), framing }
    }

    /// How the end of this body is known.
    pub fn framing(&self) -> Framing {
        self.framing
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        match std::task::ready!(Pin::new(&mut this.incoming).poll_frame(cx)) {
            Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
            Some(Err(error)) => {
                this.lease = None;
                Poll::Ready(Some(Err(super::fault::body(&error))))
            }
            None if this.framing == Framing::Http2 && !this.incoming.is_end_stream() => {
                // RST_STREAM(NO_ERROR) without END_STREAM: hyper calls that an end, but nothing proves it.
                this.lease = None;
                Poll::Ready(Some(Err(BodyError { kind: BodyErrorKind::Eof, message: (&faults::STREAM_RESET).into() })))
            }
            None => {
                if let Some(lease) = this.lease.take() {
                    lease.finish();
                }
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for UpstreamBody {
    fn drop(&mut self) {
        // a reader that knows the length may stop at the last byte without asking for the end
        if let Some(lease) = self.lease.take()
            && self.incoming.is_end_stream()
        {
            lease.finish();
        }
    }
}

impl fmt::Debug for UpstreamBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamBody").field("framing", &self.framing).finish_non_exhaustive()
    }
}
