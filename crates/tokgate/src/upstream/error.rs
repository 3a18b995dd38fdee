//! Why an exchange with an upstream failed, and how long each step took. Not what is done about it: that is policy.

use std::fmt;
use std::time::Duration;

use crate::i18n::{Message, Text, faults};

/// What happened on the way to a response head. Times are zero for steps that did not take place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExchangeFacts {
    /// The connection had been in the pool (HTTP/1.1) or had carried a request before (HTTP/2).
    pub reused: bool,
    /// HTTP/2 rather than HTTP/1.1.
    pub http2: bool,
    /// The request was sent again inside `send`: its pooled connection turned out to be dead before any response
    /// byte, or the origin said it had not processed it (GOAWAY, `REFUSED_STREAM`).
    pub resent: bool,
    /// Name lookup.
    pub dns: Duration,
    /// TCP connect, and the outbound proxy's handshake where there is one.
    pub connect: Duration,
    /// TLS handshake with the origin.
    pub tls: Duration,
    /// From the call of `send` until a connection was in hand; includes the three above when they were waited for.
    pub waited: Duration,
}

/// The step that failed. One for one the `Transport` list of the policy crate, as far as a head can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendErrorKind {
    /// The name does not exist.
    DnsNotFound,
    /// The lookup failed for another reason.
    DnsFailed,
    /// No answer to the lookup in time.
    DnsTimeout,
    /// The origin refused the TCP connection.
    Refused,
    /// No route, no usable address, or an address that is never contacted (link-local, cloud metadata).
    Unreachable,
    /// Every address is one that this gateway listens on itself.
    OwnAddress,
    /// No TCP connection in time.
    ConnectTimeout,
    /// No finished TLS handshake in time.
    TlsTimeout,
    /// The TLS handshake failed for a reason other than the certificate.
    TlsAlert,
    /// The certificate was not accepted.
    TlsCertificate(CertificateFault),
    /// The outbound proxy could not be reached or did not open the way.
    ProxyRefused,
    /// No connection became free in time, no descriptor was left for one, or the origin refused every stream.
    PoolWait,
    /// A pooled connection was reset before any response byte, and no fresh one could be had.
    ResetReused,
    /// A fresh connection was reset before any response byte.
    ResetFresh,
    /// No response head in time.
    HeadTimeout,
    /// The response head passed 64 KiB or 100 fields.
    HeadTooLarge,
    /// What came back is not HTTP, or the connection broke inside the head.
    ProtocolError,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateFault {
    /// Its time is over.
    Expired,
    /// Its time has not come: often a wrong clock here.
    NotYetValid,
    /// Nobody we trust signed it: often a company's own authority, see `ca_file`.
    UnknownIssuer,
    /// It is for another name.
    WrongHost,
    /// It was revoked.
    Revoked,
    /// Anything else; the message says what.
    Other,
}

/// May the origin have acted on the request?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// It cannot have: trying elsewhere costs nothing.
    NotSent,
    /// It may have, and may bill for it.
    MaybeAccepted,
}

/// A request that got no response head.
#[derive(Debug, Clone)]
pub struct SendError {
    /// The step that failed.
    pub kind: SendErrorKind,
    /// May the origin have acted on the request?
    pub certainty: Certainty,
    /// Times up to the failure.
    pub facts: ExchangeFacts,
    /// Technical cause, without secrets.
    pub message: Text,
}

impl SendError {
    pub(super) fn new(kind: SendErrorKind, message: impl Into<Text>) -> Self {
        Self { kind, certainty: kind.certainty(), facts: ExchangeFacts::default(), message: message.into() }
    }
}

impl SendErrorKind {
    /// What the step says about it.
    pub fn certainty(self) -> Certainty {
        match self {
            Self::DnsNotFound
            | Self::DnsFailed
            | Self::DnsTimeout
            | Self::Refused
            | Self::Unreachable
            | Self::OwnAddress
            | Self::ConnectTimeout
            | Self::TlsTimeout
            | Self::TlsAlert
            | Self::TlsCertificate(_)
            | Self::ProxyRefused
            | Self::PoolWait => Certainty::NotSent,
            Self::ResetReused | Self::ResetFresh | Self::HeadTimeout | Self::HeadTooLarge | Self::ProtocolError => {
                Certainty::MaybeAccepted
            }
        }
    }
}

impl CertificateFault {
    /// The reason in a few words.
    pub fn text(self) -> &'static Message {
        match self {
            Self::Expired => &faults::CERTIFICATE_EXPIRED,
            Self::NotYetValid => &faults::CERTIFICATE_NOT_YET,
            Self::UnknownIssuer => &faults::CERTIFICATE_ISSUER,
            Self::WrongHost => &faults::CERTIFICATE_HOST,
            Self::Revoked => &faults::CERTIFICATE_REVOKED,
            Self::Other => &faults::CERTIFICATE_OTHER,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl std::error::Error for SendError {}
