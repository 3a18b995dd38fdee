//! hold: a stream whose head has been sent while attempts go on. The client sees keep-alives, then the winner's events,
//! or the protocol's error event. Content has not been committed, so a failing provider can still be replaced.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokgate_wire::error::EventContext;
use tokgate_wire::{keepalive, protocol::Protocol};
use tokio::time::Sleep;

use super::body::AnswerBody;
use super::relay::{KEEPALIVE_EVERY, Relay};
use super::respond::{self, Problem};
use super::settle::Settle;
use crate::clock;
use crate::i18n::Lang;
use crate::store::record::{Outcome, RequestId};

/// How the attempts ended.
#[derive(Debug)]
pub enum Decided {
    /// A provider generates.
    Stream(Box<Relay>),
    /// None did; the request ends with the event that says so.
    Failed(Box<(Problem, Settle)>),
}

/// What the body does next.
#[derive(Debug)]
pub enum Next {
    /// Send these.
    Bytes(Bytes),
    /// Go on as this.
    Become(AnswerBody),
}

/// The attempts still running.
pub type Attempts = Pin<Box<dyn Future<Output = Decided> + Send>>;

/// A held stream.
pub struct Held {
    attempts: Attempts,
    keepalive: Pin<Box<Sleep>>,
    protocol: Protocol,
    lang: Lang,
    id: RequestId,
    /// Keep-alive bytes sent so far.
    sent: u64,
}

impl Held {
    /// Goes on with `attempts` behind a sent head.
    pub fn new(attempts: Attempts, protocol: Protocol, lang: Lang, id: RequestId) -> Self {
        // The first keep-alive goes out at once: it carries the head to the client.
        let keepalive = Box::pin(tokio::time::sleep_until(clock::now()));
        Self { attempts, keepalive, protocol, lang, id, sent: 0 }
    }

    /// The next step.
    pub fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        match self.attempts.as_mut().poll(cx) {
            Poll::Ready(Decided::Stream(mut relay)) => {
                relay.follows(self.sent);
                Poll::Ready(Next::Become(AnswerBody::Relay(relay)))
            }
            Poll::Ready(Decided::Failed(failed)) => {
                let (problem, mut settle) = *failed;
                let event = respond::event(&problem, self.protocol, self.lang, self.id, EventContext::default());
                settle.record(|record| record.bytes_out = self.sent + event.len() as u64);
                settle.finish(Outcome::Failed);
                Poll::Ready(Next::Become(AnswerBody::fixed(event)))
            }
            Poll::Pending => {
                std::task::ready!(self.keepalive.as_mut().poll(cx));
                self.keepalive.as_mut().reset(clock::now() + KEEPALIVE_EVERY);
                // Registers the timer anew; the bytes below make hyper poll again anyway.
                let bytes = keepalive::bytes(self.protocol, None, None);
                self.sent += bytes.len() as u64;
                Poll::Ready(Next::Bytes(Bytes::from(bytes.into_owned())))
            }
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}
