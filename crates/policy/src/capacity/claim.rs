//! What one request asks of the gateway's capacity: how urgent it is, how long it may wait, and what it holds.

use std::sync::Arc;
use std::time::Duration;

use super::gauge::{GaugeSnapshot, Taken};
use crate::facts::Facts;
use crate::kind;

/// How urgent a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Class {
    /// Somebody waits for it.
    #[default]
    Interactive,
    /// A program's own work beside that: titles, summaries, small fast models.
    Background,
    /// Nobody waits.
    Async,
}

impl Class {
    /// Every class, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Interactive, Self::Background, Self::Async];

    /// Name in status and records.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Background => "background",
            Self::Async => "async",
        }
    }

    /// The class of a request: what programs ask beside their user's work (small fast models, titles, counts of tokens)
    /// can wait for that.
    pub fn of(facts: &Facts<'_>) -> Self {
        let beside = facts.class == Self::Interactive && (facts.counts_tokens || kind::is_background(facts));
        if beside { Self::Background } else { facts.class }
    }
}

/// Who waits: given out once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// What an attempt holds of a provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// Identity of the provider.
    pub(crate) provider: u64,
    /// Id of the key; none when it was the caller's own login.
    pub(crate) key: Option<u64>,
    /// What both were asked for.
    pub(crate) taken: Taken,
}

/// Why a request has no place, for whoever words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The line is as long as it may be: so many wait.
    LineFull {
        /// Requests that wait.
        waiting: usize,
    },
    /// It has waited as long as it may, and no place was free.
    NoPlace,
    /// A limit for callers.
    Limit {
        /// Its name.
        name: Arc<str>,
        /// What it allows and what is left.
        gauge: GaugeSnapshot,
    },
}

/// What a request asks for and holds.
#[derive(Debug, Default)]
pub(crate) struct Claim {
    /// How urgent it is.
    pub(crate) class: Class,
    /// Among equals: higher goes first.
    pub(crate) priority: i64,
    /// Tokens it is estimated to need.
    pub(crate) tokens: u64,
    /// When it began.
    pub(crate) since: Duration,
    /// It waits no longer than until then.
    pub(crate) until: Duration,
    /// Its place in the line.
    pub(crate) ticket: Option<Ticket>,
    /// What it found full when it last asked.
    pub(crate) full: Vec<u64>,
    /// When the first of these may have a place by itself.
    pub(crate) full_until: Option<Duration>,
    /// Why it got none.
    pub(crate) denied: Option<Denial>,
    /// Limits for callers that it falls under, by id, and what it holds of each.
    pub(crate) limits: Vec<(u64, Option<Taken>)>,
    /// What the attempt under way holds.
    pub(crate) held: Option<Held>,
    /// What the last attempt held, until it is known what it has used.
    pub(crate) unsettled: Option<Held>,
    /// What chooses a key that stays with a conversation.
    pub(crate) session: Option<u64>,
}

impl Claim {
    /// Something was full when it last asked.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.full.is_empty()
    }

    /// Notes what is full, and until when, if that is known.
    pub(crate) fn blocked_by(&mut self, point: u64, until: Option<Duration>) {
        if !self.full.contains(&point) {
            self.full.push(point);
        }
        self.full_until = [self.full_until, until].into_iter().flatten().min();
    }

    /// Asks anew.
    pub(crate) fn unblock(&mut self) {
        self.full.clear();
        self.full_until = None;
    }
}
