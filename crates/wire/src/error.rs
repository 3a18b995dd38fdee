//! Errors on the wire: reading any provider's, writing each protocol's.

use crate::protocol::Protocol;

/// Longest message that is kept of an upstream's error.
pub const MESSAGE_MAX: usize = 2 << 10;

/// An error as a provider wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireError {
    /// `error.type`
    pub kind: Option<String>,
    /// `error.code`; numbers as text.
    pub code: Option<String>,
    /// What it says, at most [`MESSAGE_MAX`] bytes.
    pub message: String,
}

/// What went wrong, in one form for all protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is wrong.
    InvalidRequest,
    /// The conversation is longer than the model reads.
    ContextOverflow,
    /// Not known who asks.
    Auth,
    /// Payment is missing.
    Billing,
    /// Known who asks, and it is not allowed.
    Permission,
    /// No such model or path.
    NotFound,
    /// The path exists with another method.
    MethodNotAllowed,
    /// It took too long.
    Timeout,
    /// It collides with another request.
    Conflict,
    /// The body is too long.
    TooLarge,
    /// The body is of a type nobody reads here.
    UnsupportedMedia,
    /// Too many requests for the moment.
    RateLimited,
    /// A quota is used up.
    QuotaExhausted,
    /// Too many requests of everybody.
    Overloaded,
    /// The upstream failed.
    Upstream,
    /// Nobody can serve it now.
    Unavailable,
    /// A filter refused it.
    ContentFiltered,
    /// tokgate's own fault.
    Internal,
}

/// An error answer to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What went wrong.
    pub kind: Kind,
    /// HTTP status.
    pub status: u16,
    /// A code for programs; the kind's own when `None`.
    pub code: Option<&'a str>,
    /// For people.
    pub message: &'a str,
    /// Our id of the request.
    pub request_id: &'a str,
}

/// Where in a stream an error event is put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventContext<'a> {
    /// The next Responses `sequence_number`.
    pub sequence: Option<u64>,
    /// The response that was begun.
    pub response_id: Option<&'a str>,
    /// The model that was answering.
    pub model: Option<&'a str>,
}

/// Reads any provider's error body. `None`: not an error in any known form.
pub fn read(body: &[u8]) -> Option<WireError> {
    let _ = body;
    None
}

/// The body of an error answer.
pub fn body(protocol: Protocol, a: &Answer<'_>) -> Vec<u8> {
    let _ = (protocol, a);
    Vec::new()
}

/// The event that ends a stream with an error; never a clean end.
pub fn event(protocol: Protocol, a: &Answer<'_>, at: EventContext<'_>) -> Vec<u8> {
    let _ = (protocol, a, at);
    Vec::new()
}

/// A refusal that Codex shows at once and does not repeat: a whole stream, to be sent with status 200.
pub fn codex_refusal(a: &Answer<'_>, model: &str) -> Vec<u8> {
    let _ = (a, model);
    Vec::new()
}
