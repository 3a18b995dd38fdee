//! A response body for the caller's own process: the acts of a reply, paced with tokio's timer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::reply::{Act, Acts, Framing, Reply};

/// The body broke off on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimCut;

impl fmt::Display for SimCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated provider broke the answer off")
    }
}

impl std::error::Error for SimCut {}

/// A paced response body.
pub struct SimBody {
    acts: Acts,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What is left of a body whose length is known.
    left: Option<u64>,
    over: bool,
}

impl fmt::Debug for SimBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimBody").field("left", &self.left).field("over", &self.over).finish_non_exhaustive()
    }
}

impl SimBody {
    /// The reply's body; waits before the head become waits before the first byte.
    pub(crate) fn new(reply: Reply) -> Self {
        let left = if let Framing::Length(length) = reply.framing { Some(length as u64) } else { None };
        Self { acts: Box::new(reply.before.into_iter().chain(reply.acts)), sleep: None, left, over: false }
    }
}

impl Body for SimBody {
    type Data = Bytes;
    type Error = SimCut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SimCut>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            if self.over {
                return Poll::Ready(None);
            }
            match self.acts.next() {
                Some(Act::Data(bytes)) => {
                    self.left = self.left.map(|left| left.saturating_sub(bytes.len() as u64));
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Act::Raw(_)) => {}
                Some(Act::Wait(time)) => self.sleep = Some(Box::pin(tokio::time::sleep(time))),
                // never woken: whoever waits gives up by itself
                Some(Act::Stall) => return Poll::Pending,
                Some(Act::Reset | Act::Eof) => {
                    self.over = true;
                    return Poll::Ready(Some(Err(SimCut)));
                }
                None => self.over = true,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}
