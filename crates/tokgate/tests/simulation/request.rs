//! One request on the line: where it stands, and what has been tried for it.

use std::time::Duration;

use tokgate::proxy::attempt::Tie;
use tokgate::proxy::commit::Preamble;
use tokgate::proxy::relay::Flow;
use tokgate_policy::engine::{Flight, Outcome};
use tokgate_wire::error::WireError;

use crate::upstream::Play;

/// A request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) session: usize,
    pub(crate) protocol: usize,
    pub(crate) stream: bool,
    pub(crate) started: Duration,
    pub(crate) tied: bool,
    pub(crate) has_deadline: bool,
    pub(crate) body_bytes: u64,
    pub(crate) repeated: u32,
    pub(crate) flight: Flight,
    pub(crate) tie: Tie,
    pub(crate) stage: Stage,
    /// Counts the stages: a wake-up for an earlier one is too late.
    pub(crate) generation: u64,
    /// The client has a head.
    pub(crate) head_sent: bool,
    /// The client has content.
    pub(crate) committed: bool,
    /// The provider's terminal event has come.
    pub(crate) terminal: bool,
    /// Its connection to the provider breaks now.
    pub(crate) cut: bool,
    pub(crate) tried: Vec<Tried>,
    pub(crate) waits: u32,
    /// End of the last pause: woken early, a request is told the same one again.
    pub(crate) paused_until: Option<Duration>,
    /// Providers at which nothing could go wrong when it came, and which stood well.
    pub(crate) sound: Vec<u64>,
    /// Times it has ended.
    pub(crate) ends: u32,
}

/// One attempt, as the world saw it.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Index in the configuration of the request.
    pub(crate) provider: usize,
    pub(crate) identity: u64,
    pub(crate) key: Option<usize>,
    pub(crate) key_id: Option<u64>,
    pub(crate) began: Duration,
    /// How its provider's breaker stood then.
    pub(crate) breaker: &'static str,
    pub(crate) play: Play,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) ended: Duration,
    /// How long the provider asked to wait, when it did so in valid words.
    pub(crate) asked: Option<Duration>,
    /// The list says that the request is refused for itself.
    pub(crate) refuses_request: bool,
    /// The list says that the answer may be shown as complete.
    pub(crate) complete: bool,
}

/// Where a request stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// The policy is asked.
    Asking,
    /// A pause.
    Waiting,
    /// Sent; the head, or that none comes, is known at the next wake-up.
    Sending,
    /// The head is there; the body is read at the next wake-up.
    Reading,
    /// A stream of which nothing was generated yet.
    Opening { preamble: Preamble, next: Cursor },
    /// A committed stream.
    Flowing { flow: Flow, next: Cursor, look: Duration, error: WireError },
}

/// The next chunk of a stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) index: usize,
    /// When it comes; `None`: never.
    pub(crate) at: Option<Duration>,
    /// Between chunks.
    pub(crate) gap: Duration,
}

impl Request {
    /// The attempt under way.
    pub(crate) fn trying(&mut self) -> &mut Tried {
        self.tried.last_mut().unwrap()
    }
}
