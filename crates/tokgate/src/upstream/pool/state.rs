//! What a pool has and owes: idle connections, streams, and the queue of requests; what is handed out to whom, and how many
//! connections are still needed. Nothing here waits or opens anything.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::dial::PING_INTERVAL;
use super::super::error::SendError;
use super::super::lease::{Http1Connection, Http1Lease, Http2Connection, Http2Lease, Lease};
use super::super::origin::Origin;
use super::super::shared::Shared;
use super::{Grant, Pool};
use crate::clock;

/// Connections opened at once while the origin's protocol is unknown: enough that a few first requests need not wait
/// for each other, few enough that a burst does not open hundreds where three carry it.
const SCOUTS: usize = 4;
/// Connections being opened at once for one origin.
const DIALS_MAX: usize = 256;
/// HTTP/2 connections to one origin.
const CONNECTIONS_MAX: usize = 256;
/// Streams on one connection, whatever the peer allows: the loss of a connection must not take everything with it.
const STREAMS_MAX: usize = 256;
/// Assumed stream limit of a peer not heard yet. Source: RFC 9113 section 6.5.2 recommends no less.
const STREAMS_USUAL: usize = 100;
/// Streams started on a connection before the peer's limit is known, which is one round trip away.
const STREAMS_UNPROVEN: usize = 8;
/// A connection with open streams this silent was asked for a sign of life and has not given it: no new streams.
const SUSPECT_SILENCE: Duration = PING_INTERVAL.saturating_add(Duration::from_secs(2));

/// What is known of the protocol an origin speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    Unknown,
    Http1,
    Http2,
}

/// What there is, and who waits for it.
pub(super) struct State {
    pub(super) speaks: Speaks,
    pub(super) idle: Vec<Idle>,
    pub(super) http2: Vec<Carrier>,
    pub(super) waiters: VecDeque<Waiter>,
    pub(super) dialing: usize,
    /// Stream limit last heard from this origin.
    usual: usize,
    /// Connections born up to here serve no further exchange.
    pub(super) retired: Option<Instant>,
    pub(super) idle_time: Duration,
    pub(super) idle_max: usize,
}

/// A connection of HTTP/1.1 that nobody uses.
pub(super) struct Idle {
    pub(super) connection: Http1Connection,
    pub(super) until: Instant,
}

/// A connection of HTTP/2.
pub(super) struct Carrier {
    pub(super) connection: Arc<Http2Connection>,
    pub(super) streams: usize,
    pub(super) used: bool,
    pub(super) idle_since: Instant,
}

/// What a waiting request gets in the end.
pub(super) type Told = Result<Grant, SendError>;

/// A request that waits for a connection.
pub(super) struct Waiter {
    pub(super) tell: oneshot::Sender<Told>,
    pub(super) origin: Arc<Origin>,
    pub(super) since: Instant,
    /// Only a connection born after this will do.
    pub(super) after: Option<Instant>,
}

/// Grants and refusals to hand out, and connections to open, once the lock is released.
#[derive(Default)]
pub(super) struct Work {
    pub(super) answers: Vec<(oneshot::Sender<Told>, Told)>,
    pub(super) dials: Option<(Arc<Origin>, usize)>,
}

impl State {
    /// Nothing is there yet.
    pub(super) fn new(speaks: Speaks) -> Self {
        Self {
            speaks,
            idle: Vec::new(),
            http2: Vec::new(),
            waiters: VecDeque::new(),
            dialing: 0,
            usual: STREAMS_USUAL,
            retired: None,
            idle_time: Duration::ZERO,
            idle_max: 0,
        }
    }

    /// Something at hand for one exchange, born after `after` if given. `waiting_since`: since when it was waited for.
    pub(super) fn take(
        &mut self,
        pool: &Arc<Pool>,
        after: Option<Instant>,
        waiting_since: Option<Instant>,
        now: Instant,
    ) -> Option<Grant> {
        self.take_http1(pool, after, waiting_since, now).or_else(|| self.take_http2(pool, after, waiting_since, now))
    }

    fn take_http1(
        &mut self,
        pool: &Arc<Pool>,
        after: Option<Instant>,
        waiting_since: Option<Instant>,
        now: Instant,
    ) -> Option<Grant> {
        loop {
            let at = self.idle.iter().rposition(|i| after.is_none_or(|after| i.connection.born >= after))?;
            let idle = self.idle.remove(at);
            pool.shared.idle.fetch_sub(1, Ordering::Relaxed);
            let connection = idle.connection;
            if connection.sender.is_closed() || idle.until <= now {
                continue;
            }
            let waited_for = !connection.used && waiting_since.is_some_and(|since| since <= connection.born);
            return Some(Grant {
                times: waited_for.then_some(connection.times),
                reused: !waited_for,
                waited: waiting_since.is_some(),
                lease: Lease::Http1(Http1Lease::new(connection, pool)),
            });
        }
    }

    fn take_http2(
        &mut self,
        pool: &Arc<Pool>,
        after: Option<Instant>,
        waiting_since: Option<Instant>,
        now: Instant,
    ) -> Option<Grant> {
        if self.http2.is_empty() {
            return None;
        }
        self.drop_dead_carriers();
        if let Some(limit) = self.http2.last().and_then(|c| c.connection.traffic.stream_limit()) {
            self.usual = limit.min(STREAMS_MAX);
        }
        // the oldest with room to spare, so that surplus ones fall idle; else the emptiest with any room
        let usable = |c: &Carrier| {
            after.is_none_or(|after| c.connection.born >= after)
                && !(c.streams > 0 && c.connection.traffic.silent(now) > SUSPECT_SILENCE)
        };
        let roomy = self.http2.iter().position(|c| usable(c) && c.streams < comfortable(c.limit()));
        let at = roomy.or_else(|| {
            let full = |(_, c): &(usize, &Carrier)| usable(c) && c.streams < c.limit();
            self.http2.iter().enumerate().filter(full).min_by_key(|(_, c)| c.streams).map(|(at, _)| at)
        })?;
        let carrier = self.http2.get_mut(at)?;
        carrier.streams += 1;
        let reused = std::mem::replace(&mut carrier.used, true);
        let waited_for = waiting_since.is_some_and(|since| since <= carrier.connection.born);
        Some(Grant {
            times: waited_for.then_some(carrier.connection.times),
            reused,
            waited: waiting_since.is_some(),
            lease: Lease::Http2(Http2Lease::new(&carrier.connection, pool)),
        })
    }

    /// Hands out all there is, first come first served.
    pub(super) fn serve(&mut self, pool: &Arc<Pool>) -> Work {
        let now = clock::now();
        let mut work = Work::default();
        let mut at = 0;
        while let Some(waiter) = self.waiters.get(at) {
            if waiter.tell.is_closed() {
                self.waiters.remove(at);
                continue;
            }
            let (after, since) = (waiter.after, waiter.since);
            match (self.take(pool, after, Some(since), now), after) {
                (Some(grant), _) => {
                    if let Some(waiter) = self.waiters.remove(at) {
                        work.answers.push((waiter.tell, Ok(grant)));
                    }
                }
                // the next one may take what is too old for this one
                (None, Some(_)) => at += 1,
                (None, None) => break,
            }
        }
        work
    }

    /// Opens as many connections as the waiting requests need beyond those on the way.
    pub(super) fn plan(&mut self, mut work: Work) -> Work {
        self.waiters.retain(|waiter| !waiter.tell.is_closed());
        let Some(first) = self.waiters.front() else { return work };
        let waiting = self.waiters.len();
        let needed = match self.speaks {
            Speaks::Unknown => waiting.min(SCOUTS),
            Speaks::Http1 => waiting,
            Speaks::Http2 => waiting
                .saturating_sub(self.unproven_room())
                .div_ceil(comfortable(self.usual))
                .min(CONNECTIONS_MAX.saturating_sub(self.http2.len())),
        };
        let more = needed.min(DIALS_MAX).saturating_sub(self.dialing);
        self.dialing += more;
        work.dials = (more > 0).then(|| (Arc::clone(&first.origin), more));
        work
    }

    /// One connection ahead of need when all in use are four fifths full.
    pub(super) fn spare(&mut self) -> usize {
        let wanted = self.speaks == Speaks::Http2
            && self.dialing == 0
            && self.http2.len() < CONNECTIONS_MAX
            && self
                .http2
                .iter()
                .all(|c| c.connection.traffic.stream_limit().is_some() && c.streams >= comfortable(c.limit()));
        self.dialing += usize::from(wanted);
        usize::from(wanted)
    }

    /// A connection could not be opened: the oldest waiting requests that nothing else on the way will serve get to
    /// know it.
    pub(super) fn refuse(&mut self, error: &SendError, work: &mut Work) {
        self.waiters.retain(|waiter| !waiter.tell.is_closed());
        let each = if self.speaks == Speaks::Http1 { 1 } else { comfortable(self.usual) };
        let coming = self.unproven_room() + self.dialing * each;
        while self.waiters.len() > coming
            && let Some(waiter) = self.waiters.pop_front()
        {
            work.answers.push((waiter.tell, Err(error.clone())));
        }
    }

    /// Streams to be expected on connections whose peer has not named its limit yet.
    fn unproven_room(&self) -> usize {
        let unproven = self.http2.iter().filter(|c| c.connection.traffic.stream_limit().is_none());
        unproven.map(|c| comfortable(self.usual).saturating_sub(c.streams)).sum()
    }

    /// Forgets connections that are closed, or about to be.
    pub(super) fn drop_dead_carriers(&mut self) {
        self.http2.retain(|c| !c.connection.sender.is_closed() && !c.connection.traffic.leaving());
    }

    /// It was born before the pool was emptied for good.
    pub(super) fn is_retired(&self, born: Instant) -> bool {
        self.retired.is_some_and(|retired| born <= retired)
    }

    /// Takes out what is over the bounds, oldest first.
    pub(super) fn excess(&mut self, shared: &Shared) -> Vec<Idle> {
        let over_all = shared.idle.load(Ordering::Relaxed).saturating_sub(shared.limits.idle_total);
        let over_here = self.idle.len().saturating_sub(self.idle_max);
        let count = over_all.max(over_here).min(self.idle.len());
        shared.idle.fetch_sub(count, Ordering::Relaxed);
        self.idle.drain(..count).collect()
    }
}

impl Carrier {
    fn limit(&self) -> usize {
        self.connection.traffic.stream_limit().map_or(STREAMS_UNPROVEN, |limit| limit.min(STREAMS_MAX))
    }
}

/// Four fifths, at least one.
fn comfortable(limit: usize) -> usize {
    (limit * 4 / 5).max(1)
}
