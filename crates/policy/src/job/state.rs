//! One job, from its acceptance to its end.

use std::time::Duration;

use super::strategy::Retries;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Safely stored, to be begun as soon as there is room.
    Accepted,
    /// A try is under way: from here on a provider may have it.
    Running,
    /// A try failed; the next one is due then. `None`: when a person says so.
    Waiting(Option<Duration>),
    /// It is over.
    Settled(Settled),
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// With a complete answer.
    Done,
    /// With an error that stays, or with the last of too many.
    Failed,
    /// The gateway died during a try: it may have been answered, and billed.
    Unknown,
    /// Its client took it back.
    Cancelled,
    /// Its time was over before an answer came.
    Expired,
}

/// What was agreed when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How tries follow each other.
    pub retries: Retries,
    /// Tries at most.
    pub tries: u32,
    /// A try that may have been answered when the gateway died is repeated, and possibly paid for twice.
    pub at_least_once: bool,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With a complete answer.
    Answered,
    /// With an error that another try would meet again.
    Refused,
    /// With one that may pass; the provider may have said when.
    Failed(Option<Duration>),
    /// Nothing was asked of anyone: the gateway was about to stop, or full.
    Unasked,
    /// It was cut in the middle by our own end.
    Interrupted,
    /// The job's time was over.
    OutOfTime,
}

/// A change that is not possible from the state a job is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved;

/// One job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Job {
    /// Where it is.
    pub state: State,
    /// Tries begun.
    pub tries: u32,
    /// Accepted then: of equal jobs the oldest is first.
    pub accepted: Duration,
    /// When its time is over.
    pub deadline: Duration,
    /// What was agreed.
    pub terms: Terms,
}

impl Job {
    /// A job as it is accepted.
    pub fn accepted(now: Duration, lasts: Duration, terms: Terms) -> Self {
        Self { state: State::Accepted, tries: 0, accepted: now, deadline: now.saturating_add(lasts), terms }
    }

    /// When its next try is due; `None` when none is.
    pub fn due(&self) -> Option<Duration> {
        match self.state {
            State::Accepted => Some(self.accepted),
            State::Waiting(until) => until,
            State::Running | State::Settled(_) => None,
        }
    }

    /// When it has to be looked at although no try is due.
    pub fn wakes(&self) -> Option<Duration> {
        matches!(self.state, State::Waiting(None)).then_some(self.deadline)
    }

    /// Whether it is over.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, State::Settled(_))
    }

    /// Begins a try. A job whose time is over expires instead, which is the error.
    pub fn begin(&mut self, now: Duration) -> Result<(), Moved> {
        self.look(now);
        if self.due().is_none_or(|due| due > now) {
            return Err(Moved);
        }
        self.state = State::Running;
        self.tries = self.tries.saturating_add(1);
        Ok(())
    }

    /// The try is over.
    pub fn ended(&mut self, now: Duration, ending: Ending) -> Result<(), Moved> {
        if self.state != State::Running {
            return Err(Moved);
        }
        self.state = match ending {
            Ending::Answered => State::Settled(Settled::Done),
            Ending::Refused => State::Settled(Settled::Failed),
            Ending::OutOfTime => State::Settled(Settled::Expired),
            Ending::Unasked => {
                self.tries = self.tries.saturating_sub(1);
                State::Accepted
            }
            Ending::Interrupted => self.broken_off(),
            Ending::Failed(asked) => self.after_failure(now, asked),
        };
        Ok(())
    }

    /// The process that ran it is gone: a try that was under way may have been answered.
    pub fn crashed(&mut self) {
        if self.state == State::Running {
            self.state = self.broken_off();
        }
    }

    /// Its client takes it back.
    pub fn cancel(&mut self) -> Result<(), Moved> {
        if self.is_settled() {
            return Err(Moved);
        }
        self.state = State::Settled(Settled::Cancelled);
        Ok(())
    }

    /// A person wants it tried again, with as much time and as many tries as at first.
    pub fn retry(&mut self, now: Duration) -> Result<(), Moved> {
        match self.state {
            State::Accepted | State::Running => return Err(Moved),
            State::Settled(Settled::Done) => return Err(Moved),
            State::Waiting(_) | State::Settled(_) => {}
        }
        let lasts = self.deadline.saturating_sub(self.accepted);
        *self = Self::accepted(now, lasts, self.terms);
        Ok(())
    }

    /// Lets one that is due wait until then, for something else than a failure; false when none is due. Where that is later
    /// than its time lasts it fails now: waiting would end without an answer all the same.
    pub fn put_off(&mut self, now: Duration, until: Duration) -> bool {
        let is_due = self.due().is_some_and(|due| due <= now);
        if is_due {
            self.state =
                if until >= self.deadline { State::Settled(Settled::Failed) } else { State::Waiting(Some(until)) };
        }
        is_due
    }

    /// Lets one that waits be due at once; false when it does not wait by itself.
    pub fn take_up(&mut self) -> bool {
        let waits = matches!(self.state, State::Waiting(Some(_)));
        if waits {
            self.state = State::Accepted;
        }
        waits
    }

    /// Lets it expire when its time is over. Whether it did.
    pub fn look(&mut self, now: Duration) -> bool {
        let expires = now >= self.deadline && matches!(self.state, State::Accepted | State::Waiting(_));
        if expires {
            self.state = State::Settled(Settled::Expired);
        }
        expires
    }

    fn broken_off(&self) -> State {
        match self.terms.at_least_once && self.tries < self.terms.tries {
            true => State::Accepted,
            false => State::Settled(Settled::Unknown),
        }
    }

    /// Waiting beyond the deadline would end without an answer all the same: the last error is worth more now.
    fn after_failure(&self, now: Duration, asked: Option<Duration>) -> State {
        if self.tries >= self.terms.tries {
            return State::Settled(Settled::Failed);
        }
        match self.terms.retries.pause(self.tries, asked) {
            None => State::Waiting(None),
            Some(pause) if now.saturating_add(pause) >= self.deadline => State::Settled(Settled::Failed),
            Some(pause) => State::Waiting(Some(now.saturating_add(pause))),
        }
    }
}

impl State {
    /// The name in storage and output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Running => "running",
            Self::Waiting(_) => "waiting",
            Self::Settled(settled) => settled.id(),
        }
    }

    /// Reads [`State::id`] back; `until` is of a waiting job.
    pub fn from_id(id: &str, until: Option<Duration>) -> Option<Self> {
        Some(match id {
            "accepted" => Self::Accepted,
            "running" => Self::Running,
            "waiting" => Self::Waiting(until),
            _ => Self::Settled(Settled::ALL.into_iter().find(|settled| settled.id() == id)?),
        })
    }
}

impl Settled {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Unknown, Self::Cancelled, Self::Expired];

    /// The name in storage and output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}
