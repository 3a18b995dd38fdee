//! One exchange's hold on a connection. However it ends, the connection goes back to the pool or is closed.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::{http1, http2};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::body::ReplayBody;
use super::dial::DialTimes;
use super::pool::Pool;
use super::stream::Traffic;
use crate::clock;

/// A connection as it comes from dialing.
#[derive(Debug)]
pub(super) enum Opened {
    Http1(Http1Connection),
    Http2(Arc<Http2Connection>),
}

/// An HTTP/1.1 connection: one exchange at a time.
#[derive(Debug)]
pub(super) struct Http1Connection {
    pub(super) sender: http1::SendRequest<ReplayBody>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) born: Instant,
    pub(super) times: DialTimes,
    /// It has carried a request.
    pub(super) used: bool,
    task: AbortHandle,
}

impl Http1Connection {
    pub(super) fn new(
        sender: http1::SendRequest<ReplayBody>,
        task: AbortHandle,
        traffic: Arc<Traffic>,
        times: DialTimes,
    ) -> Self {
        Self { sender, traffic, born: clock::now(), times, used: false, task }
    }
}

/// An HTTP/2 connection: many streams at a time.
#[derive(Debug)]
pub(super) struct Http2Connection {
    pub(super) sender: http2::SendRequest<ReplayBody>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) born: Instant,
    pub(super) times: DialTimes,
}

impl Http2Connection {
    pub(super) fn new(sender: http2::SendRequest<ReplayBody>, traffic: Arc<Traffic>, times: DialTimes) -> Self {
        Self { sender, traffic, born: clock::now(), times }
    }
}

/// A connection, or a stream's place on one, held by one exchange.
pub(super) enum Lease {
    Http1(Http1Lease),
    Http2(Http2Lease),
}

impl Lease {
    /// The exchange came to a clean end: the connection may serve the next one.
    pub(super) fn finish(self) {
        match self {
            Self::Http1(mut lease) => lease.state = Http1State::Finished,
            Self::Http2(_) => {}
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1(_) => "Lease(http/1.1)",
            Self::Http2(_) => "Lease(http/2)",
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Http1State {
    Untouched,
    InExchange,
    Finished,
}

/// A whole HTTP/1.1 connection.
pub(super) struct Http1Lease {
    connection: Option<Http1Connection>,
    pool: Arc<Pool>,
    state: Http1State,
    /// What the origin said about how long it keeps an idle connection.
    pub(super) keep: Option<Duration>,
}

impl Http1Lease {
    pub(super) fn new(connection: Http1Connection, pool: &Arc<Pool>) -> Self {
        Self { connection: Some(connection), pool: Arc::clone(pool), state: Http1State::Untouched, keep: None }
    }

    /// The connection, from now on in an exchange: unless finished, it is closed with the lease.
    pub(super) fn begin(&mut self) -> Option<&mut Http1Connection> {
        self.state = Http1State::InExchange;
        self.connection.as_mut()
    }
}

impl Drop for Http1Lease {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match mem::replace(&mut self.state, Http1State::Finished) {
            Http1State::InExchange => connection.task.abort(),
            Http1State::Untouched => self.pool.put(connection, self.keep),
            Http1State::Finished => {
                connection.used = true;
                self.pool.put(connection, self.keep);
            }
        }
    }
}

/// A place for one stream.
pub(super) struct Http2Lease {
    pub(super) connection: Arc<Http2Connection>,
    pool: Arc<Pool>,
}

impl Http2Lease {
    pub(super) fn new(connection: &Arc<Http2Connection>, pool: &Arc<Pool>) -> Self {
        Self { connection: Arc::clone(connection), pool: Arc::clone(pool) }
    }
}

impl Drop for Http2Lease {
    fn drop(&mut self) {
        self.pool.release(&self.connection);
    }
}
