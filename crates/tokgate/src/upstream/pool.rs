//! The connections to one origin: who gets which, who waits, and when another one is opened.
//!
//! HTTP/1.1: idle connections on a stack, one new connection per waiting request. HTTP/2: as many connections as the
//! streams need, the next one opened when those in use are four fifths full. As long as it is unknown which of the two
//! the origin speaks, a few connections scout. Requests wait in one queue; whatever comes free first serves them.

mod state;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::Instant;

use self::state::{Carrier, Idle, Speaks, State, Told, Waiter, Work};
use super::dial::{self, DialTimes};
use super::error::{SendError, SendErrorKind};
use super::lease::{Http1Connection, Http2Connection, Lease, Opened};
use super::origin::{Origin, PoolKey, Scheme};
use super::shared::{Shared, Stats};
use crate::clock;
use crate::config::model::Http2;
use crate::i18n::{Text, faults};

/// The pool of one origin.
pub(super) struct Pool {
    pub(super) shared: Arc<Shared>,
    state: Mutex<State>,
}

/// A connection for a request, and what it took.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) lease: Lease,
    /// Of a connection this request waited for.
    pub(super) times: Option<DialTimes>,
    pub(super) reused: bool,
    /// It had to be waited for.
    pub(super) waited: bool,
}

impl Pool {
    pub(super) fn new(shared: &Arc<Shared>, key: &PoolKey) -> Arc<Self> {
        let speaks = match (key.http2, key.scheme) {
            (Http2::PriorKnowledge, _) => Speaks::Http2,
            (Http2::Off, _) | (Http2::Auto, Scheme::Http) => Speaks::Http1,
            (Http2::Auto, Scheme::Https) => Speaks::Unknown,
        };
        Arc::new(Self { shared: Arc::clone(shared), state: Mutex::new(State::new(speaks)) })
    }

    /// A connection for one exchange from `now` on, born after `after` if given; one that is not there `within` this time
    /// is opened all the same, for the next request.
    pub(super) async fn acquire(
        self: &Arc<Self>,
        origin: &Arc<Origin>,
        now: Instant,
        after: Option<Instant>,
        within: Option<Duration>,
    ) -> Result<Grant, SendError> {
        match self.take_or_queue(origin, now, after) {
            Ok(grant) => Ok(grant),
            // Boxed: with a connection at hand, as nearly always, nobody waits.
            Err(told) => Box::pin(self.wait(origin, told, within)).await,
        }
    }

    async fn wait(
        &self,
        origin: &Origin,
        told: oneshot::Receiver<Told>,
        most: Option<Duration>,
    ) -> Result<Grant, SendError> {
        let times = &origin.times;
        let usual = times.dns + times.connect * 2 + times.tls * 2 + self.shared.limits.wait;
        let within = most.map_or(usual, |most| most.min(usual));
        match tokio::time::timeout(within, told).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(SendError::new(SendErrorKind::PoolWait, &faults::POOL_CLOSED)),
            Err(_) => {
                let message =
                    Text::new(&faults::POOL_SLOW).with("host", &origin.authority).with("ms", within.as_millis());
                // Who waits less than for a place and two connections in vain takes the provider for unreachable.
                let kind = if within < usual { SendErrorKind::ConnectTimeout } else { SendErrorKind::PoolWait };
                Err(SendError::new(kind, message))
            }
        }
    }

    fn take_or_queue(
        self: &Arc<Self>,
        origin: &Arc<Origin>,
        now: Instant,
        after: Option<Instant>,
    ) -> Result<Grant, oneshot::Receiver<Told>> {
        let mut state = self.state.lock();
        state.idle_time = origin.times.idle;
        state.idle_max = origin.idle_per_host;
        if let Some(grant) = state.take(self, after, None, now) {
            let spare = state.spare();
            drop(state);
            self.open(origin, spare);
            return Ok(grant);
        }
        let (tell, told) = oneshot::channel();
        state.waiters.push_back(Waiter { tell, origin: Arc::clone(origin), since: now, after });
        let work = state.plan(Work::default());
        drop(state);
        self.perform(work);
        Err(told)
    }

    /// Serves waiting requests from what is there now.
    pub(super) fn dispatch(self: &Arc<Self>) {
        let work = {
            let mut state = self.state.lock();
            if state.waiters.is_empty() {
                return;
            }
            let work = state.serve(self);
            state.plan(work)
        };
        self.perform(work);
    }

    /// Takes an HTTP/1.1 connection back. `keep`: how long the origin keeps it.
    pub(super) fn put(self: &Arc<Self>, connection: Http1Connection, keep: Option<Duration>) {
        let now = clock::now();
        let mut state = self.state.lock();
        if connection.sender.is_closed() || state.is_retired(connection.born) {
            drop(state);
            return;
        }
        let time = keep.map_or(state.idle_time, |keep| keep.min(state.idle_time));
        state.idle.push(Idle { connection, until: now + time });
        self.shared.idle.fetch_add(1, Ordering::Relaxed);
        let work = if state.waiters.is_empty() {
            Work::default()
        } else {
            let work = state.serve(self);
            state.plan(work)
        };
        let excess = state.excess(&self.shared);
        let any_idle = !state.idle.is_empty();
        drop(state);
        drop(excess);
        self.perform(work);
        if any_idle {
            self.shared.ensure_sweeper();
        }
    }

    /// A stream has ended.
    pub(super) fn release(self: &Arc<Self>, connection: &Arc<Http2Connection>) {
        let now = clock::now();
        let mut state = self.state.lock();
        let Some(carrier) = state.http2.iter_mut().find(|c| Arc::ptr_eq(&c.connection, connection)) else { return };
        carrier.streams = carrier.streams.saturating_sub(1);
        let idle = carrier.streams == 0;
        if idle {
            carrier.idle_since = now;
        }
        let waiting = !state.waiters.is_empty();
        drop(state);
        if waiting {
            self.dispatch();
        }
        if idle {
            self.shared.ensure_sweeper();
        }
    }

    /// Closes what is idle and keeps what is busy from being used again.
    pub(super) fn retire(&self) {
        let mut state = self.state.lock();
        state.retired = Some(clock::now());
        let idle = std::mem::take(&mut state.idle);
        self.shared.idle.fetch_sub(idle.len(), Ordering::Relaxed);
        let carriers = std::mem::take(&mut state.http2);
        drop(state);
        drop((idle, carriers));
    }

    /// Closes what is idle now; how many connections it was.
    pub(super) fn close_idle(&self) -> usize {
        let mut state = self.state.lock();
        let idle = std::mem::take(&mut state.idle);
        self.shared.idle.fetch_sub(idle.len(), Ordering::Relaxed);
        let carriers: Vec<Carrier> = state.http2.extract_if(.., |carrier| carrier.streams == 0).collect();
        drop(state);
        idle.len() + carriers.len()
    }

    /// Closes what has been idle for too long; when the next one is due.
    pub(super) fn sweep(&self, now: Instant) -> Option<Instant> {
        let mut state = self.state.lock();
        let before = state.idle.len();
        state.idle.retain(|idle| idle.until > now && !idle.connection.sender.is_closed());
        self.shared.idle.fetch_sub(before - state.idle.len(), Ordering::Relaxed);
        let time = state.idle_time;
        state.drop_dead_carriers();
        state.http2.retain(|carrier| carrier.streams > 0 || carrier.idle_since + time > now);
        let first = state.idle.iter().map(|idle| idle.until).min();
        let carriers = state.http2.iter().filter(|c| c.streams == 0).map(|c| c.idle_since + time).min();
        first.into_iter().chain(carriers).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.idle.is_empty() && state.http2.is_empty() && state.waiters.is_empty() && state.dialing == 0
    }

    pub(super) fn add_to(&self, stats: &mut Stats) {
        let state = self.state.lock();
        stats.idle += state.idle.len();
        stats.http2_connections += state.http2.len();
        stats.http2_streams += state.http2.iter().map(|c| c.streams).sum::<usize>();
        stats.dialing += state.dialing;
        stats.waiting += state.waiters.iter().filter(|w| !w.tell.is_closed()).count();
    }

    fn perform(self: &Arc<Self>, work: Work) {
        for (tell, answer) in work.answers {
            // nobody there any more: the grant's lease goes back by being dropped
            let _ = tell.send(answer);
        }
        if let Some((origin, count)) = work.dials {
            self.open(&origin, count);
        }
    }

    /// Opens connections in tasks of their own: they outlive the request that asked for them and serve whoever waits.
    fn open(self: &Arc<Self>, origin: &Arc<Origin>, count: usize) {
        for _ in 0..count {
            let (pool, origin) = (Arc::clone(self), Arc::clone(origin));
            let dialing = Dialing(Some(Arc::clone(self)));
            tokio::spawn(async move {
                let outcome = dial::dial(&pool, &origin).await;
                dialing.done();
                pool.dialed(outcome);
            });
        }
    }

    fn dialed(self: &Arc<Self>, outcome: Result<Opened, SendError>) {
        let mut state = self.state.lock();
        state.dialing = state.dialing.saturating_sub(1);
        let mut work = Work::default();
        match outcome {
            Ok(opened) => {
                self.shared.opened.fetch_add(1, Ordering::Relaxed);
                self.add(&mut state, opened);
                work = state.serve(self);
            }
            Err(error) => state.refuse(&error, &mut work),
        }
        let work = state.plan(work);
        let excess = state.excess(&self.shared);
        let any_idle = !state.idle.is_empty() || state.http2.iter().any(|c| c.streams == 0);
        drop(state);
        drop(excess);
        self.perform(work);
        if any_idle {
            self.shared.ensure_sweeper();
        }
    }

    fn add(&self, state: &mut State, opened: Opened) {
        let now = clock::now();
        match opened {
            Opened::Http1(connection) => {
                state.speaks = Speaks::Http1;
                let until = now + state.idle_time;
                state.idle.push(Idle { connection, until });
                self.shared.idle.fetch_add(1, Ordering::Relaxed);
            }
            Opened::Http2(connection) => {
                state.speaks = Speaks::Http2;
                state.http2.push(Carrier { connection, streams: 0, used: false, idle_since: now });
            }
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut stats = Stats::default();
        self.add_to(&mut stats);
        f.debug_struct("Pool").field("stats", &stats).finish_non_exhaustive()
    }
}

/// Counts a connection being opened, also if its task dies.
struct Dialing(Option<Arc<Pool>>);

impl Dialing {
    /// From here on `Pool::dialed` counts.
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Dialing {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            let mut state = pool.state.lock();
            state.dialing = state.dialing.saturating_sub(1);
        }
    }
}
