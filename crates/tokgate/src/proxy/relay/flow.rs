//! flow: where a committed stream stands, and what its next event, its end, its silence or its being dropped mean. Facts
//! and the time come in, what follows goes out; no socket and no clock, so that a simulation drives this very code.

use std::time::Duration;

use tokgate_policy::classify::{self as table, Event, Phase, StreamEvent};
use tokgate_policy::engine::Outcome as PolicyOutcome;
use tokgate_wire::error::WireError;
use tokgate_wire::stream::StreamEnd;
use tokio::time::Instant;

use super::{KEEPALIVE_EVERY, LINGER, SEMANTIC_IDLE};
use crate::patience::Patience;
use crate::proxy::classify::in_stream;
use crate::store::record::Outcome;

/// A committed stream.
#[derive(Debug)]
pub struct Flow {
    stand: Stand,
    /// Longest silence allowed.
    idle: Duration,
    heard: Instant,
    generated: Instant,
    sent: Instant,
    patience: Patience,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Events flow.
    Flowing,
    /// The terminal event has passed; waiting for the transport's end.
    Lingering,
    /// The upstream's own error event has passed; waiting for the transport's end.
    Failing,
    /// Nothing more comes.
    Over,
}

/// How a stream is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// The client has all of it.
    Complete,
    /// The upstream's own error event has gone through: that is the end the protocol foresees.
    Reported,
    /// It broke off like this: the client gets the protocol's error event.
    Broken(StreamEvent),
}

/// What follows when the timer has fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It is over.
    Close(Close),
    /// It was silent for this long and is taken for dead.
    Silent(Duration),
    /// It goes on. The next look is then; a keep-alive is due now.
    Wait {
        /// When to look next.
        next: Instant,
        /// Whether the client needs a sign of life.
        keepalive: bool,
    },
}

impl Flow {
    /// A stream whose first events go out now; the terminal event or the upstream's own error may be among them.
    pub fn new(now: Instant, idle: Duration, terminal: bool, failed: bool) -> Self {
        let stand = match (failed, terminal) {
            (true, _) => Stand::Failing,
            (false, true) => Stand::Lingering,
            (false, false) => Stand::Flowing,
        };
        Self { stand, idle, heard: now, generated: now, sent: now, patience: Patience::default() }
    }

    /// When to look first.
    pub fn first_look(&self) -> Instant {
        let flows = self.stand == Stand::Flowing;
        self.heard + if flows { KEEPALIVE_EVERY.min(self.idle) } else { LINGER }
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.stand == Stand::Over
    }

    /// Whether the upstream's own error event has passed.
    pub fn is_failing(&self) -> bool {
        self.stand == Stand::Failing
    }

    /// Bytes have come.
    pub fn heard(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Events have come: something was generated, the upstream's own error or the terminal event was among them. `Some`
    /// when the timer is to be set anew.
    pub fn pushed(&mut self, now: Instant, generated: bool, failed: bool, terminal: bool) -> Option<Instant> {
        if generated {
            self.generated = now;
            self.patience = Patience::default();
        }
        if failed {
            self.stand = Stand::Failing;
        }
        if terminal && !self.is_failing() {
            self.stand = Stand::Lingering;
        }
        (failed || terminal).then(|| now + LINGER)
    }

    /// Bytes have gone to the client.
    pub fn sent(&mut self, now: Instant) {
        self.sent = now;
    }

    /// The transport ended, and the stream stands like this.
    pub fn ended(&self, how: StreamEnd) -> Close {
        match how {
            // Complete to its provider, and none to the client: it was told so.
            StreamEnd::Complete if self.is_failing() => Close::Reported,
            StreamEnd::Complete => Close::Complete,
            StreamEnd::Failed => Close::Reported,
            // An answer without content, but with its own end: the client has that end, nothing may follow it.
            StreamEnd::Empty | StreamEnd::Truncated => self.broken(StreamEvent::Cut),
        }
    }

    /// It broke. Nothing may follow an end that the client already has.
    pub fn broken(&self, how: StreamEvent) -> Close {
        match self.stand {
            Stand::Lingering => Close::Complete,
            Stand::Failing => Close::Reported,
            Stand::Flowing | Stand::Over => Close::Broken(how),
        }
    }

    /// The timer has fired.
    pub fn look(&mut self, now: Instant) -> Look {
        // A transport that stays open after the stream's own end is not waited for.
        match self.stand {
            Stand::Flowing | Stand::Over => {}
            Stand::Lingering => return Look::Close(Close::Complete),
            Stand::Failing => return Look::Close(Close::Reported),
        }
        let mut dead_at = (self.heard + self.idle).min(self.generated + SEMANTIC_IDLE);
        if now >= dead_at {
            let Some(again) = self.patience.again(dead_at, now) else {
                return Look::Silent(now.saturating_duration_since(self.heard.min(self.generated)));
            };
            dead_at = again;
        }
        let keepalive = now.saturating_duration_since(self.sent) >= KEEPALIVE_EVERY;
        if keepalive {
            self.sent = now;
        }
        Look::Wait { next: dead_at.min(self.sent + KEEPALIVE_EVERY), keepalive }
    }

    /// The client went away; with `unsent`, before it had all that was read. `None`: in the middle.
    pub fn dropped(&self, unsent: bool) -> Option<Close> {
        match self.stand {
            // Clients leave as soon as they have the terminal event: the answer was complete.
            Stand::Lingering if !unsent => Some(Close::Complete),
            Stand::Failing if !unsent => Some(Close::Reported),
            Stand::Flowing | Stand::Lingering | Stand::Failing | Stand::Over => None,
        }
    }

    /// Nothing more comes.
    pub fn close(&mut self) {
        self.stand = Stand::Over;
    }
}

impl Close {
    /// What the policy and the record are told; `error` is the upstream's own.
    pub fn outcomes(self, error: &WireError) -> (PolicyOutcome, Outcome) {
        let verdict = match self {
            Self::Complete => return (PolicyOutcome::Success, Outcome::Completed),
            Self::Reported => table::classify(Event::Answer(in_stream(error)), Phase::Committed),
            Self::Broken(how) => table::classify(Event::Stream(how), Phase::Committed),
        };
        (PolicyOutcome::Failed(verdict), Outcome::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const IDLE: Duration = Duration::from_secs(30);

    #[test]
    fn a_stream_found_silent_only_after_the_process_stood_still_is_listened_to_once_more() {
        let began = clock::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut flow = Flow::new(began, IDLE, false, false);
        assert_eq!(flow.look(at(40)), Look::Wait { next: at(42), keepalive: true });
        let mut dead = Flow { patience: Patience::default(), ..flow };
        flow.heard(at(41));
        assert_eq!(flow.pushed(at(41), true, false, false), None);
        assert_eq!(flow.look(at(42)), Look::Wait { next: at(55), keepalive: false });
        assert_eq!(dead.look(at(40)), Look::Wait { next: at(42), keepalive: false });
        assert_eq!(dead.look(at(42)), Look::Silent(Duration::from_secs(42)));
    }

    #[test]
    fn a_silent_stream_is_broken_off_in_time() {
        let began = clock::now();
        assert_eq!(Flow::new(began, IDLE, false, false).look(began + IDLE), Look::Silent(IDLE));
    }
}
