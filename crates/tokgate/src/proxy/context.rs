//! The only per-request state. It is made by `identify`, moved along the line, and never shared.

use std::sync::Arc;

use tokgate_wire::adapter::Adapter;
use tokgate_wire::client::Client;
use tokgate_wire::conversation::Losses;
use tokgate_wire::path::Unary;
use tokgate_wire::protocol::Protocol;
use tokio::time::Instant;

use super::identify::Shown;
use super::names::Headers;
use super::settle::Settle;
use crate::gateway::runs::Run;
use crate::gateway::snapshot::Snapshot;
use crate::store::record::RequestId;

/// What the client wants from a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// An answer from a model, streamed or not.
    Create(Protocol),
    /// A small JSON question: counting tokens, compaction.
    Unary(Protocol, Unary),
}

impl Operation {
    /// Protocol it is asked in.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Create(protocol) | Self::Unary(protocol, _) => protocol,
        }
    }

    /// The call that asks for a number of tokens, when it is one.
    pub const fn counts(self) -> Option<Unary> {
        match self {
            Self::Unary(_, op) if op.counts() => Some(op),
            Self::Unary(..) | Self::Create(_) => None,
        }
    }

    /// Its name in records.
    pub const fn name(self, transport: Transport) -> &'static str {
        match self {
            Self::Create(Protocol::OpenaiResponses) if matches!(transport, Transport::WebSocket) => {
                "responses-websocket"
            }
            Self::Create(protocol) if matches!(transport, Transport::Job) => match protocol {
                Protocol::Anthropic => "messages-job",
                Protocol::OpenaiChat => "chat-job",
                Protocol::OpenaiResponses => "responses-job",
            },
            Self::Create(Protocol::Anthropic) => "messages",
            Self::Create(Protocol::OpenaiChat) => "chat",
            Self::Create(Protocol::OpenaiResponses) => "responses",
            Self::Unary(_, Unary::CountTokens) => "count-tokens",
            Self::Unary(_, Unary::InputTokens) => "input-tokens",
            Self::Unary(_, Unary::Compact) => "compact",
        }
    }
}

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// As one of HTTP.
    Http,
    /// As a frame of a connection that stays open.
    WebSocket,
    /// Stored before, and its client does not wait.
    Job,
}

/// Who calls.
#[derive(Debug)]
pub struct Caller {
    /// How his request came.
    pub transport: Transport,
    /// Which program, by its headers.
    pub client: Client,
    /// The run it belongs to.
    pub run: Option<Arc<Run>>,
    /// The name in its permanent base path.
    pub named: Option<Box<str>>,
    /// How it showed who it is.
    pub shown: Shown,
}

impl Caller {
    /// What tells callers apart whose requests have nothing to do with each other: the run, else the name in the path.
    pub fn tag(&self) -> &str {
        self.run.as_ref().map(|run| &*run.tag).or(self.named.as_deref()).unwrap_or_default()
    }
}

/// One request on its way.
#[derive(Debug)]
pub struct Context {
    /// Its number, shown to the client and in records.
    pub id: RequestId,
    /// When its head arrived.
    pub started: Instant,
    /// The configuration it runs under, to its end.
    pub snapshot: Arc<Snapshot>,
    /// Who calls.
    pub caller: Caller,
    /// What is wanted.
    pub operation: Operation,
    /// Path without tag, and query, as sent.
    pub path: Box<str>,
    /// Query with its `?`, or empty.
    pub query: Box<str>,
    /// The client's headers.
    pub headers: Headers,
    /// What rewrote it, when it is one client program's.
    pub adapter: Option<Arc<Adapter>>,
    /// What that took out.
    pub adapted: Losses,
    /// The record in the making, and the policy's view of the request.
    pub settle: Settle,
}
