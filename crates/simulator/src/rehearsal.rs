//! What a behaviour would do, as plain data: for simulations that have neither sockets nor a clock of their own.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::asked::Asked;
use crate::fault::{self, Layer};
use crate::protocol::Protocol;
use crate::reply::{self, Act, Framing};
use crate::script::Behaviour;

/// Pieces of an answer that are listened to: some faults send pings for ever.
const PIECES_MAX: usize = 256;

/// An answer from its first byte to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Time until the head, or until it is clear that none comes.
    pub first: Duration,
    /// Status and headers; `None` when the connection ends, or stays silent, without them.
    pub head: Option<(u16, Vec<(String, String)>)>,
    /// Pieces of the body, each with the time since the one before.
    pub pieces: Vec<(Duration, Bytes)>,
    /// How it ends.
    pub end: Close,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// As its framing says.
    Proper,
    /// In the middle.
    Broken,
    /// Not at all: it falls silent, or goes on for ever.
    Silent,
}

impl Behaviour {
    /// What a provider with this behaviour answers to its first request, a short one in `protocol`, with `stream` or
    /// without. `None` for behaviours that are nothing but bytes of the test's own.
    pub fn rehearse(&self, protocol: Protocol, stream: bool) -> Option<Rehearsal> {
        let body = json!({"model": "sim-1", "stream": stream, "input": "hello", "max_tokens": 64,
            "stream_options": {"include_usage": true}, "messages": [{"role": "user", "content": "hello"}]});
        let asked = Asked::read(protocol, body.to_string().as_bytes());
        let reply = match self {
            Self::Good(answer) => reply::good(answer, &asked, 1),
            Self::AcceptanceTurn(turn) => reply::good(&turn.answer(&asked), &asked, 1),
            // What strikes before any request is read leaves no head.
            Self::Fault(plan) if plan.name.layer() == Layer::Connection => {
                return Some(Rehearsal::headless(Duration::ZERO, Close::Broken));
            }
            Self::Fault(plan) => fault::reply(plan, &asked, 1, 0),
            Self::Random(_) | Self::Raw(_) => return None,
        };
        let (mut first, mut wait, mut length) = (Duration::ZERO, Duration::ZERO, 0);
        for act in reply.before {
            match act {
                Act::Wait(time) => first += time,
                Act::Stall => return Some(Rehearsal::headless(first, Close::Silent)),
                Act::Reset | Act::Eof => return Some(Rehearsal::headless(first, Close::Broken)),
                Act::Data(_) | Act::Raw(_) => {}
            }
        }
        let mut pieces = Vec::new();
        let mut end = Close::Proper;
        for act in reply.acts {
            if pieces.len() == PIECES_MAX {
                end = Close::Silent;
                break;
            }
            match act {
                Act::Wait(time) => wait += time,
                Act::Data(bytes) => {
                    length += bytes.len();
                    pieces.push((std::mem::take(&mut wait), bytes));
                }
                Act::Stall => {
                    end = Close::Silent;
                    break;
                }
                // Bytes outside of the framing are as good as the end of it.
                Act::Raw(_) | Act::Reset | Act::Eof => {
                    end = Close::Broken;
                    break;
                }
            }
        }
        if matches!(reply.framing, Framing::Length(announced) if end == Close::Proper && announced != length) {
            end = Close::Broken;
        }
        Some(Rehearsal { first, head: Some((reply.status, reply.headers)), pieces, end })
    }
}

impl Rehearsal {
    fn headless(first: Duration, end: Close) -> Self {
        Self { first, head: None, pieces: Vec::new(), end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;

    fn rehearse(fault: Fault, stream: bool) -> Rehearsal {
        Behaviour::from(fault).rehearse(Protocol::OpenaiChat, stream).unwrap_or_else(|| panic!("{fault}"))
    }

    #[test]
    fn a_rehearsal_says_what_would_be_sent_and_how_it_ends() {
        let cut = rehearse(Fault::CutReset, true);
        assert_eq!((cut.head.as_ref().map(|head| head.0), cut.end), (Some(200), Close::Broken));
        assert!(!cut.pieces.is_empty());
        assert_eq!(rehearse(Fault::StallMidStream, true).end, Close::Silent);
        assert_eq!(rehearse(Fault::StallWithPings, true).pieces.len(), PIECES_MAX);
        assert_eq!(rehearse(Fault::ShortBody, false).end, Close::Broken);
        let refused = rehearse(Fault::Unavailable, false);
        assert_eq!((refused.head.map(|head| head.0), refused.end), (Some(503), Close::Proper));
        assert_eq!(rehearse(Fault::ResetBeforeHead, true), Rehearsal::headless(Duration::ZERO, Close::Broken));
        assert_eq!(rehearse(Fault::StallBeforeHead, true), Rehearsal::headless(Duration::ZERO, Close::Silent));
    }
}
