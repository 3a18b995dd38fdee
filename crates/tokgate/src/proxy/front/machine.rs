//! Where one message ends and the next begins, and whether they may be read at all. Pure: bytes in, a verdict out.
//! The last byte of an unacceptable head, and the first byte after a framing violation, never pass.

use super::chunked::{Advance, Chunked};
use super::head::{Framing, Scan};
use super::reject::Reject;

/// What [`Machine::feed`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// So many bytes may go on. Of what is left, offer the same bytes again together with what follows them: they are
    /// an unfinished head, or the beginning of the next message.
    pub pass: usize,
    /// A complete head is among the bytes that pass.
    pub head: bool,
    /// Nothing may go on after the bytes that pass.
    pub reject: Option<Reject>,
}

/// What is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing: a message ended, or none has begun.
    Between,
    /// A head that has begun.
    Head,
    /// A body.
    Body,
    /// Nothing any more.
    Refused(Reject),
}

/// The reader of one connection.
#[derive(Debug, Clone)]
pub struct Machine {
    tls: bool,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Head(Scan),
    Body(u64),
    Chunked(Chunked),
    Refused(Reject),
}

impl Machine {
    /// A connection that is just open. `tls` says whether absolute URLs must be `https`.
    pub fn new(tls: bool) -> Self {
        Self { tls, state: State::Head(Scan::default()) }
    }

    /// Takes the next bytes, at most to the end of one message.
    pub fn feed(&mut self, bytes: &[u8]) -> Verdict {
        let mut at = 0;
        let mut head = false;
        if let State::Head(scan) = &mut self.state {
            match scan.advance(bytes, self.tls) {
                Ok(None) => return Verdict { pass: 0, head, reject: None },
                Err(reject) => return self.refuse(0, head, reject),
                Ok(Some((len, framing))) => {
                    at = len;
                    head = true;
                    self.state = match framing {
                        Framing::Length(0) => State::Head(Scan::default()),
                        Framing::Length(left) => State::Body(left),
                        Framing::Chunked => State::Chunked(Chunked::default()),
                    };
                }
            }
        }
        match &mut self.state {
            State::Head(_) => {}
            State::Refused(reject) => return Verdict { pass: 0, head, reject: Some(*reject) },
            State::Body(left) => {
                let take = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                at += take;
                *left -= take as u64;
                if *left == 0 {
                    self.state = State::Head(Scan::default());
                }
            }
            State::Chunked(chunked) => match chunked.advance(&bytes[at..]) {
                Advance::More => at = bytes.len(),
                Advance::Done(len) => {
                    at += len;
                    self.state = State::Head(Scan::default());
                }
                Advance::Bad(len, reject) => return self.refuse(at + len, head, reject),
            },
        }
        Verdict { pass: at, head, reject: None }
    }

    /// What is being read.
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Head(scan) if scan.begun() => Phase::Head,
            State::Head(_) => Phase::Between,
            State::Body(_) | State::Chunked(_) => Phase::Body,
            State::Refused(reject) => Phase::Refused(*reject),
        }
    }

    fn refuse(&mut self, pass: usize, head: bool, reject: Reject) -> Verdict {
        self.state = State::Refused(reject);
        Verdict { pass, head, reject: Some(reject) }
    }
}
