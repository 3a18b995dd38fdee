//! A job as a row, and its number.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rusqlite::Row;
use serde::{Deserialize, Serialize};
use tokgate_policy::job::{Job, Priority, Retries, State, Strategy, Terms};
use tokgate_wire::protocol::Protocol;

use super::seal::Digested;
use crate::store::id::{NotAnId, RequestId};

/// A job's number: that of the request that brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub RequestId);

/// What stands before a number.
const PREFIX: &str = "job_";

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        write!(f, "{PREFIX}{}", text.rsplit('_').next().unwrap_or_default())
    }
}

impl FromStr for JobId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let lower = text.get(..PREFIX.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
        (if lower { &text[PREFIX.len()..] } else { text }).parse().map(Self)
    }
}

/// Whose a job is: a digest of the key its caller showed, and of the run or name in his path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner(pub Digested);

/// A job without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its number.
    pub id: JobId,
    /// Whose it is.
    pub owner: Owner,
    /// Where it is.
    pub job: Job,
    /// How urgent.
    pub priority: Priority,
    /// The client's protocol.
    pub protocol: Protocol,
    /// Path without tag, as sent.
    pub path: Box<str>,
    /// Query with its `?`, or empty.
    pub query: Box<str>,
    /// Model asked for.
    pub model: Option<Box<str>>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The run it belongs to.
    pub run: Option<Box<str>>,
    /// The name in its path.
    pub named: Option<Box<str>>,
    /// Bytes of its body.
    pub bytes: u64,
    /// Digest of path and body.
    pub hash: Digested,
    /// Status of the stored answer; 0 when there is none.
    pub status: u16,
    /// Why the last try failed: a row of the failure table or a code of ours.
    pub reason: Option<Box<str>>,
    /// What its tries cost so far, millionths of a US dollar.
    pub cost_micros: u64,
    /// Record of its last try.
    pub last: Option<RequestId>,
    /// When it was last changed, milliseconds since the Unix epoch.
    pub changed_ms: u64,
    /// When its answer was first read.
    pub read_ms: Option<u64>,
    /// Its contents have been removed.
    pub swept: bool,
}

/// A job to be stored.
#[derive(Debug)]
pub struct NewJob {
    /// Everything but the content.
    pub row: JobRow,
    /// Digest of the owner and his `idempotency-key`.
    pub key: Option<Digested>,
    /// The request.
    pub content: super::Content,
}

/// How a try ended, for the row.
#[derive(Debug, Default)]
pub struct Ended {
    /// Status of the answer.
    pub status: u16,
    /// Why it failed.
    pub reason: Option<Box<str>>,
    /// What it cost, millionths of a US dollar.
    pub cost_micros: u64,
    /// Its record.
    pub last: Option<RequestId>,
    /// The answer, when it is to be kept.
    pub answer: Option<super::Content>,
}

/// Columns of [`read`], in order.
pub(super) const COLUMNS: &str = "id, owner, state, until_ms, tries, accepted_ms, deadline_ms, terms, priority, protocol, \
     path, query, model, stream, run, named, bytes, hash, status, reason, cost, last, changed_ms, read_ms, swept";

/// Terms as they are stored.
#[derive(Serialize, Deserialize)]
struct StoredTerms {
    strategy: String,
    first_ms: u64,
    factor: u32,
    longest_ms: u64,
    tries: u32,
    at_least_once: bool,
}

pub(super) fn terms_text(terms: &Terms) -> String {
    let stored = StoredTerms {
        strategy: terms.retries.strategy.id().to_owned(),
        first_ms: millis(terms.retries.first),
        factor: terms.retries.factor,
        longest_ms: millis(terms.retries.longest),
        tries: terms.tries,
        at_least_once: terms.at_least_once,
    };
    serde_json::to_string(&stored).unwrap_or_default()
}

fn terms(text: &str) -> Terms {
    // A text that a later release wrote differently: the careful reading, by hand and once.
    let Ok(stored) = serde_json::from_str::<StoredTerms>(text) else {
        let retries = Retries { strategy: Strategy::Manual, ..Retries::default() };
        return Terms { retries, tries: 1, at_least_once: false };
    };
    Terms {
        retries: Retries {
            strategy: Strategy::from_id(&stored.strategy).unwrap_or(Strategy::Manual),
            first: Duration::from_millis(stored.first_ms),
            factor: stored.factor,
            longest: Duration::from_millis(stored.longest_ms),
        },
        tries: stored.tries,
        at_least_once: stored.at_least_once,
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<JobRow> {
    let number = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
    let maybe = |at: usize| row.get::<_, Option<i64>>(at).map(|number| number.map(i64::unsigned_abs));
    let state: String = row.get(2)?;
    let until = maybe(3)?.map(Duration::from_millis);
    // A state that a later release invented is one that nothing is done about.
    let unknown = State::Settled(tokgate_policy::job::Settled::Unknown);
    Ok(JobRow {
        id: JobId(RequestId(number(0)?)),
        owner: Owner(row.get(1)?),
        job: Job {
            state: State::from_id(&state, until).unwrap_or(unknown),
            tries: row.get(4)?,
            accepted: Duration::from_millis(number(5)?),
            deadline: Duration::from_millis(number(6)?),
            terms: terms(&row.get::<_, String>(7)?),
        },
        priority: Priority::from_id(&row.get::<_, String>(8)?).unwrap_or_default(),
        protocol: Protocol::from_id(&row.get::<_, String>(9)?).unwrap_or(Protocol::OpenaiChat),
        path: row.get(10)?,
        query: row.get(11)?,
        model: row.get(12)?,
        stream: row.get(13)?,
        run: row.get(14)?,
        named: row.get(15)?,
        bytes: number(16)?,
        hash: row.get(17)?,
        status: row.get(18)?,
        reason: row.get(19)?,
        cost_micros: number(20)?,
        last: maybe(21)?.map(RequestId),
        changed_ms: number(22)?,
        read_ms: maybe(23)?,
        swept: row.get(24)?,
    })
}

pub(super) fn until(state: State) -> Option<i64> {
    match state {
        State::Waiting(until) => until.map(|until| signed(millis(until))),
        State::Accepted | State::Running | State::Settled(_) => None,
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
