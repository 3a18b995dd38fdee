//! Reading a whole answer that is not a stream.

use crate::error::WireError;
use crate::path::Unary;
use crate::protocol::Protocol;
use crate::usage::Usage;

/// What a 200 body turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An answer of the protocol.
    Complete(ReplyFacts),
    /// An error, in spite of the status.
    Error(WireError),
    /// Not an answer of the protocol; says what it looks like.
    Malformed(String),
}

/// What is remembered of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyFacts {
    /// Tokens.
    pub usage: Usage,
    /// The model that answered, as the upstream names it.
    pub model: Option<String>,
    /// Why the answer stopped, in the upstream's word.
    pub stop: Option<String>,
}

/// Reads the body of a call that generates.
pub fn read(protocol: Protocol, body: &[u8]) -> Reply {
    let _ = (protocol, body);
    Reply::Complete(ReplyFacts::default())
}

/// Reads the body of a call that does not.
pub fn read_unary(op: Unary, body: &[u8]) -> Reply {
    let _ = (op, body);
    Reply::Complete(ReplyFacts::default())
}
