//! What a failure means: facts about a transport, an answer or a stream in, one row of the failure table out.
//!
//! Typed error codes decide first, then the status, and exact sentences of known providers last: a bare word such as
//! "credit" or "balance" never decides anything, because it also appears in ordinary messages.

mod family;
mod row;
mod wording;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use family::Kept;
pub use family::{Elsewhere, Families, Family};
pub use row::{Certainty, Consequence, Failover, Fault, KeyEffect, Retry, Row, Weight};

/// Longest pause that is waited out inside one request when nobody else can answer.
pub const WAIT_MAX: Duration = Duration::from_secs(5);

/// Longest pause after a 503 that is waited out.
const UNAVAILABLE_WAIT_MAX: Duration = Duration::from_secs(2);

/// How far an attempt had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No answer head yet.
    BeforeHead,
    /// An answer head that is not a success.
    Head,
    /// A 200 head, but nothing generated has been forwarded.
    Held,
    /// Generated output reached the client.
    Committed,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 4] = [Self::BeforeHead, Self::Head, Self::Held, Self::Committed];
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// The key's value could not be read: nothing was sent.
    KeyUnreadable,
    /// The key was refused, and has another value by now where it is kept.
    KeyOutdated,
    /// The connection or the time.
    Transport(Transport),
    /// An HTTP answer, or an error event inside a stream.
    Answer(Answer<'a>),
    /// The stream itself.
    Stream(StreamEvent),
    /// The provider's protocol cannot carry the request.
    Untranslatable,
    /// There is no memory for the body that it is to get.
    NoMemory,
    /// The client went away.
    ClientGone,
}

/// Failures of the way to the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; the rows of the same name explain them")]
pub enum Transport {
    PoolWait,
    DnsNotFound,
    DnsFailed,
    DnsTimeout,
    Refused,
    Unreachable,
    OwnAddress,
    ConnectTimeout,
    TlsTimeout,
    TlsAlert,
    TlsCertificate,
    ProxyRefused,
    ResetReused,
    ResetFresh,
    HeadTimeout,
    TotalTimeout,
    HeadTooLarge,
    ProtocolError,
}

impl Transport {
    /// Every transport failure.
    pub const ALL: [Self; 18] = [
        Self::PoolWait,
        Self::DnsNotFound,
        Self::DnsFailed,
        Self::DnsTimeout,
        Self::Refused,
        Self::Unreachable,
        Self::OwnAddress,
        Self::ConnectTimeout,
        Self::TlsTimeout,
        Self::TlsAlert,
        Self::TlsCertificate,
        Self::ProxyRefused,
        Self::ResetReused,
        Self::ResetFresh,
        Self::HeadTimeout,
        Self::TotalTimeout,
        Self::HeadTooLarge,
        Self::ProtocolError,
    ];
}

/// Failures of a stream, or of a body, whose head said 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEvent {
    /// It ended in order, and nothing was generated.
    Empty,
    /// It ended or was cut before its terminal event.
    Cut,
    /// A body that is not streamed was cut, or damaged on its way.
    WholeCut,
    /// It fell silent for longer than allowed.
    Idle,
    /// An event that cannot be read.
    Malformed,
    /// An event beyond the size limit.
    EventTooLong,
    /// A body that is not what was asked for: HTML, broken JSON, nothing.
    WrongShape,
}

impl StreamEvent {
    /// Every stream failure.
    pub const ALL: [Self; 7] =
        [Self::Empty, Self::Cut, Self::WholeCut, Self::Idle, Self::Malformed, Self::EventTooLong, Self::WrongShape];
}

/// Facts of an HTTP answer that is not a good one, or of an error event inside a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    /// HTTP status (200 for an event inside a stream).
    pub status: u16,
    /// `error.type`
    pub kind: Option<&'a str>,
    /// `error.code`, numbers as text.
    pub code: Option<&'a str>,
    /// `error.message`; empty when there is none.
    pub message: &'a str,
    /// What the body was.
    pub content: Content,
    /// How long the upstream asks to wait (see [`crate::retry_after`]).
    pub retry_after: Option<Duration>,
    /// Whether the error was an event inside a stream, so that the status says nothing.
    pub in_stream: bool,
    /// It names a field or beta that was sent and that the request can do without.
    pub names_field: bool,
}

/// What an answer's body was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// JSON.
    Json,
    /// A web page.
    Html,
    /// Nothing.
    Empty,
    /// Anything else.
    Other,
}

/// What a failure means and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The row of the failure table.
    pub row: Row,
    /// Same provider again?
    pub retry: Retry,
    /// Another provider?
    pub failover: Failover,
    /// Effect on the key or on provider × model.
    pub key: KeyEffect,
    /// Effect on the breaker.
    pub breaker: Weight,
    /// What the upstream may have done.
    pub certainty: Certainty,
    /// Whether the upstream may have billed for it.
    pub ambiguous: bool,
    /// Whose fault it is.
    pub fault: Fault,
    /// How long the upstream asked to wait.
    pub retry_after: Option<Duration>,
}

impl Verdict {
    /// The verdict of a row as the table has it.
    pub const fn of(row: Row, retry_after: Option<Duration>) -> Self {
        let Consequence { retry, failover, key, breaker, certainty, ambiguous, fault } = row.consequence();
        Self { row, retry, failover, key, breaker, certainty, ambiguous, fault, retry_after }
    }
}

/// The meaning of a failure in the phase in which it happened.
pub fn classify(event: Event<'_>, phase: Phase) -> Verdict {
    match phase {
        Phase::BeforeHead | Phase::Head | Phase::Held => early(event, phase),
        Phase::Committed => late(event),
    }
}

/// Before output reached the client.
fn early(event: Event<'_>, phase: Phase) -> Verdict {
    match event {
        Event::Transport(transport) => Verdict::of(transport_row(transport, phase), None),
        Event::Answer(answer) => Verdict::of(answer_row(&answer), answer.retry_after),
        Event::Stream(stream) => Verdict::of(stream_row(stream), None),
        Event::KeyUnreadable => Verdict::of(Row::KeyUnreadable, None),
        Event::KeyOutdated => Verdict::of(Row::KeyOutdated, None),
        Event::Untranslatable => Verdict::of(Row::Untranslatable, None),
        Event::NoMemory => Verdict::of(Row::NoMemory, None),
        Event::ClientGone => Verdict::of(Row::ClientGone, None),
    }
}

/// After output reached the client: nothing is repeated, but the key and the breaker still learn from it.
fn late(event: Event<'_>) -> Verdict {
    match event {
        Event::Transport(Transport::HeadTimeout | Transport::TotalTimeout) | Event::Stream(StreamEvent::Idle) => {
            Verdict::of(Row::IdleTimeout, None)
        }
        Event::KeyUnreadable
        | Event::KeyOutdated
        | Event::Transport(_)
        | Event::Stream(StreamEvent::Cut | StreamEvent::WholeCut | StreamEvent::Empty) => {
            Verdict::of(Row::Truncated, None)
        }
        Event::Stream(StreamEvent::Malformed | StreamEvent::EventTooLong | StreamEvent::WrongShape) => {
            Verdict::of(Row::MalformedLate, None)
        }
        Event::Answer(answer) => late_answer(&answer),
        // Nothing is translated any more by then; said for completeness.
        Event::Untranslatable => Verdict::of(Row::Untranslatable, None),
        Event::NoMemory => Verdict::of(Row::NoMemory, None),
        Event::ClientGone => Verdict::of(Row::ClientGone, None),
    }
}

/// An error event after output: judged as if it had come first, but only the key's part of it counts.
fn late_answer(answer: &Answer<'_>) -> Verdict {
    let meant = Verdict::of(answer_row(answer), answer.retry_after);
    let row = if matches!(meant.fault, Fault::Client) { Row::RefusedLate } else { Row::ErrorLate };
    Verdict { key: meant.key, ..Verdict::of(row, answer.retry_after) }
}

/// A connection that breaks after a 200 head has lost an answer, not a request.
fn transport_row(transport: Transport, phase: Phase) -> Row {
    match transport {
        Transport::PoolWait => Row::PoolWait,
        Transport::DnsNotFound => Row::DnsNotFound,
        Transport::DnsFailed => Row::DnsFailed,
        Transport::DnsTimeout => Row::DnsTimeout,
        Transport::Refused => Row::Refused,
        Transport::Unreachable => Row::Unreachable,
        Transport::OwnAddress => Row::OwnAddress,
        Transport::ConnectTimeout => Row::ConnectTimeout,
        Transport::TlsTimeout => Row::TlsTimeout,
        Transport::TlsAlert => Row::TlsAlert,
        Transport::TlsCertificate => Row::TlsCertificate,
        Transport::ProxyRefused => Row::ProxyRefused,
        Transport::ResetReused if phase == Phase::BeforeHead => Row::ResetReused,
        Transport::ResetFresh if phase == Phase::BeforeHead => Row::ResetFresh,
        Transport::ResetReused | Transport::ResetFresh => Row::EmptyStream,
        Transport::HeadTimeout => Row::HeadTimeout,
        Transport::TotalTimeout => Row::TotalTimeout,
        Transport::HeadTooLarge => Row::HeadTooLarge,
        Transport::ProtocolError => Row::ProtocolError,
    }
}

fn stream_row(stream: StreamEvent) -> Row {
    match stream {
        StreamEvent::Empty | StreamEvent::Cut => Row::EmptyStream,
        StreamEvent::WholeCut => Row::AnswerCut,
        StreamEvent::Idle => Row::HeadTimeout,
        StreamEvent::Malformed | StreamEvent::EventTooLong => Row::MalformedEvent,
        StreamEvent::WrongShape => Row::WrongShape,
    }
}

/// Typed codes first, then exact sentences, then the status.
fn answer_row(answer: &Answer<'_>) -> Row {
    let typed = [answer.code, answer.kind].into_iter().flatten().find_map(|word| wording::typed(word, answer.status));
    let reasoning = wording::refuses_reasoning(answer).then_some(Row::ReasoningRefused);
    let refused = (answer.names_field && refuses_fields(answer.status)).then_some(Row::FieldRefused);
    if let Some(row) = typed.or_else(|| wording::sentence(answer)).or(reasoning).or(refused) {
        return timed(row, answer.retry_after);
    }
    if answer.in_stream {
        // No status to go by: an error whose type nobody knows is the upstream's.
        let general = [answer.kind, answer.code].into_iter().flatten().find_map(wording::general);
        return general.unwrap_or(Row::ServerError);
    }
    timed(status_row(answer), answer.retry_after)
}

/// Statuses with which a request is called wrong; with any other the name of a field is chance.
const fn refuses_fields(status: u16) -> bool {
    matches!(status, 400 | 422)
}

/// Rows that differ by how long the upstream asks to wait.
fn timed(row: Row, retry_after: Option<Duration>) -> Row {
    match (row, retry_after) {
        (Row::RateLimited, Some(wait)) if wait <= WAIT_MAX => Row::RateLimitedBriefly,
        (Row::RateLimited, Some(_)) => Row::RateLimitedLong,
        (Row::PaymentRequired, Some(_)) => Row::PaymentPaused,
        (Row::Unavailable, Some(wait)) if wait <= UNAVAILABLE_WAIT_MAX => Row::UnavailableBriefly,
        (row, _) => row,
    }
}

/// By status alone.
fn status_row(answer: &Answer<'_>) -> Row {
    let page = answer.content == Content::Html;
    let json = answer.content == Content::Json;
    match answer.status {
        200..=299 => Row::WrongShape,
        300..=399 => Row::Redirect,
        401 if page => Row::Blocked,
        401 => Row::KeyRejected,
        402 => Row::PaymentRequired,
        403 if json => Row::PermissionDenied,
        403 | 451 => Row::Blocked,
        // 410: an address that was there once.
        404 | 410 => Row::PathNotFound,
        // The outbound proxy wants credentials.
        407 => Row::ProxyRefused,
        408 => Row::RequestTimeout,
        409 => Row::Conflict,
        413 => Row::TooLarge,
        // 421: asked the wrong machine. 499: a relay's own caller (not us) went away.
        421 | 499 => Row::Unavailable,
        // Bedrock: the model behind it failed.
        424 => Row::ServerError,
        425 => Row::TooEarly,
        429 => Row::RateLimited,
        400..=499 => Row::InvalidRequest,
        500 if json => Row::ServerError,
        501 => Row::NotImplemented,
        529 => Row::Overloaded,
        500..=599 => Row::Unavailable,
        // 1xx as a final answer, or a number that is no status.
        _ => Row::ProtocolError,
    }
}
