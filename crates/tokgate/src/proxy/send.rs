//! send: one prepared request to one target. A real upstream over a pooled connection, or the practice provider in here.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http::response::Parts;
use http_body::Body;
use tokgate_simulator::SimBody;
use tokgate_wire::stream::TransportEnd;

use super::decode::Decoded;
use super::frames::Framed;
use crate::gateway::snapshot::{Base, Provider, Reach};
use crate::i18n::{Text, faults};
use crate::upstream::{
    Certainty, ExchangeFacts, Framing, ReplayBody, SendError, SendErrorKind, Upstream, UpstreamBody, Within,
};

/// An upstream's answer: its head, and a body still to be read.
#[derive(Debug)]
pub struct Reply {
    /// Status and headers.
    pub head: Parts,
    /// The body. Dropping it cancels the upstream's work at once.
    pub body: ReplyBody,
    /// How the connection came about.
    pub facts: ExchangeFacts,
}

/// The body of an upstream's answer.
#[derive(Debug)]
pub enum ReplyBody {
    /// From the network.
    Network(UpstreamBody),
    /// From the practice provider.
    Practice(Pin<Box<SimBody>>),
    /// Either of them, encoded although nobody asked for it.
    Decoded(Box<Decoded>),
    /// Either of them, in Amazon's frames.
    Framed(Box<Framed>),
}

/// The transport broke inside a body.
#[derive(Debug, Clone)]
pub struct Broken(pub Text);

impl ReplyBody {
    /// The next bytes; `None` at the transport's end.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        loop {
            let frame = match self {
                Self::Network(body) => {
                    std::task::ready!(Pin::new(body).poll_frame(cx)).map(|r| r.map_err(|e| Broken(e.message)))
                }
                Self::Practice(body) => {
                    std::task::ready!(body.as_mut().poll_frame(cx)).map(|r| r.map_err(|e| Broken(Text::verbatim(e))))
                }
                Self::Decoded(body) => return body.poll_chunk(cx),
                Self::Framed(body) => return body.poll_chunk(cx),
            };
            return Poll::Ready(match frame {
                None => None,
                Some(Err(broken)) => Some(Err(broken)),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => continue,
                    Ok(data) => Some(Ok(data)),
                    Err(_trailers) => continue,
                },
            });
        }
    }

    /// The next bytes, awaited.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Broken>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// What the end of this body proves: a counted or chunked body that ended has ended where its sender meant it to.
    pub fn end(&self) -> TransportEnd {
        match self {
            Self::Network(body) => match body.framing() {
                Framing::ContentLength | Framing::Chunked | Framing::Http2 => TransportEnd::Proven,
                Framing::UntilClose => TransportEnd::Unproven,
            },
            Self::Practice(_) => TransportEnd::Proven,
            Self::Decoded(body) => body.end(),
            Self::Framed(body) => body.end(),
        }
    }
}

/// Sends the request that `make` makes to `provider`; waits no longer than `within`.
pub async fn send(
    upstream: &Upstream,
    provider: &Provider,
    base: Option<&Base>,
    make: impl Fn() -> Request<ReplayBody> + Send + Sync,
    within: Within,
) -> Result<Reply, SendError> {
    match (&provider.reach, base) {
        (Reach::Practice(practice), _) => {
            let (parts, body) = make().into_parts();
            let (head, body) = practice.answer(&parts, body.into_bytes()).into_parts();
            Ok(Reply { head, body: ReplyBody::Practice(Box::pin(body)), facts: ExchangeFacts::default() })
        }
        (Reach::Http(_), Some(base)) => {
            // Pinned where it is made: awaited as it stands it would be moved here first, all two kilobytes.
            let exchange = pin!(upstream.send(&base.origin, make, within)).await?;
            Ok(Reply { head: exchange.head, body: ReplyBody::Network(exchange.body), facts: exchange.facts })
        }
        (Reach::Http(_), None) => Err(SendError {
            kind: SendErrorKind::Unreachable,
            certainty: Certainty::NotSent,
            facts: ExchangeFacts::default(),
            message: (&faults::NO_ADDRESS_FOR_PROTOCOL).into(),
        }),
    }
}
