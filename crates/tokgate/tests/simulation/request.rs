//! One request on the line: where it stands, and what has been tried for it.

use std::time::Duration;

use tokgate::proxy::attempt::Tie;
use tokgate::proxy::commit::Preamble;
use tokgate::proxy::relay::Flow;
use tokgate_policy::classify::{Retry, Verdict};
use tokgate_policy::engine::{Flight, Outcome, Patience, Target};
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
    /// It refers to something that the provider keeps which answered its conversation last.
    pub(crate) tied: bool,
    /// That provider, when the request came.
    pub(crate) keeper: Option<u64>,
    /// The caller has a login of his own.
    pub(crate) login: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) body_bytes: u64,
    /// It waits in line no longer than until then.
    pub(crate) patience: Duration,
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
    /// Pauses beyond the time that it may wait in line.
    pub(crate) late_pauses: u32,
    /// End of the last pause: woken early, a request is told the same one again.
    pub(crate) paused_until: Option<Duration>,
    /// It was called from the line.
    pub(crate) called: bool,
    /// Places of the providers that it may be sent to.
    pub(crate) allowed: Vec<usize>,
    /// Of these, at which nothing could go wrong when it came, and which stood well.
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
    /// Less is waited for it than usual.
    pub(crate) patience: Option<Patience>,
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

impl Tried {
    /// Whether an attempt asks the same again because this one failed, and not because of its key or of a part of it.
    pub(crate) fn is_repeated_by(&self, target: &Target) -> bool {
        let again = (self.provider, self.key) == (target.provider, target.key);
        let repeatable =
            |verdict: &Verdict| matches!(verdict.retry, Retry::Once | Retry::OnceAfter) && !verdict.key.is_about_key();
        again && matches!(&self.outcome, Some(Outcome::Failed(verdict)) if repeatable(verdict))
    }
}

impl Request {
    /// Whose attempt it is.
    pub(crate) fn identity(&self, target: &Target) -> u64 {
        self.flight.params().providers[target.provider].identity
    }

    /// The attempt under way.
    pub(crate) fn trying(&mut self) -> &mut Tried {
        self.tried.last_mut().unwrap()
    }
}
