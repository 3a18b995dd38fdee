//! The upstream side: connections to providers, and one exchange over them.
//!
//! Whether to try again, and where, is decided elsewhere; the only thing sent twice in here is a request that met a
//! dead pooled connection or that the origin says it never processed. Redirects are answers like any other.

mod body;
mod connect;
mod dial;
mod dns;
mod error;
mod exchange;
mod fault;
mod frames;
mod lease;
mod origin;
mod outbound_proxy;
mod pool;
mod shared;
mod stream;
mod tls;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use self::body::{BodyError, BodyErrorKind, Framing, ReplayBody, UpstreamBody};
pub use self::dns::{Resolve, ResolveError, ResolveFuture, SystemResolver};
pub use self::error::{Certainty, CertificateFault, ExchangeFacts, SendError, SendErrorKind};
pub use self::origin::{Origin, OriginError, Scheme};
pub use self::outbound_proxy::ProxyVariables;
pub use self::shared::{PoolLimits, Stats};
pub use self::tls::TrustStore;

use self::dns::Dns;
use self::pool::Pool;
use self::shared::{Pools, Shared};

/// Pools kept; beyond this the ones without connections go first. A configuration has a handful of origins.
const POOLS_MAX: usize = 1024;

/// All connections to all upstreams. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Upstream {
    shared: Arc<Shared>,
    pools: Arc<Pools>,
}

/// A response head, and the body still to be read.
#[derive(Debug)]
pub struct Exchange {
    /// Status and header fields as received.
    pub head: http::response::Parts,
    /// The body; it owns the connection.
    pub body: UpstreamBody,
    /// How the head was got.
    pub facts: ExchangeFacts,
}

/// How long an exchange may take until the answer's head.
#[derive(Debug, Clone, Copy)]
pub struct Within {
    /// From the request's going out.
    pub head: Duration,
    /// Until a connection is there, where that is less than the origin's own limits come to.
    pub connection: Option<Duration>,
}

impl From<Duration> for Within {
    fn from(head: Duration) -> Self {
        Self { head, connection: None }
    }
}

impl Upstream {
    /// With the system's resolver.
    pub fn new(limits: PoolLimits) -> Self {
        Self::with_resolver(limits, Arc::new(SystemResolver))
    }

    /// With a given resolver.
    pub fn with_resolver(limits: PoolLimits, resolver: Arc<dyn Resolve>) -> Self {
        let pools = Arc::new(Pools::new(HashMap::new()));
        Self { shared: Arc::new(Shared::new(limits, Dns::new(resolver), &pools)), pools }
    }

    /// The gateway's own listeners; no connection is ever made to them, as target or as proxy.
    pub fn set_own_addresses(&self, own: Vec<SocketAddr>) {
        *self.shared.own.lock() = own.into();
    }

    /// Sends one request and waits for the response head, no longer than `within`; the time for getting a connection has
    /// limits of the origin's own.
    ///
    /// `make` gives the request, anew for each connection it goes out on. Of its URI only path and query are used;
    /// `host`, framing and connection headers are set here.
    /// Dropping the future cancels the exchange and leaks nothing.
    // Not an `async fn` around another one: each level would carry the request once more.
    pub fn send(
        &self,
        origin: &Arc<Origin>,
        make: impl Fn() -> http::Request<ReplayBody> + Send + Sync,
        within: impl Into<Within>,
    ) -> impl Future<Output = Result<Exchange, SendError>> + Send {
        exchange::send(self.pool(origin), Arc::clone(origin), make, within.into())
    }

    /// Closes what is idle, sends nothing new over what is busy, and asks for all names again: after a sleep or a
    /// change of network.
    pub fn retire_idle(&self) {
        self.shared.dns.distrust();
        for pool in self.pools() {
            pool.retire();
        }
    }

    /// Closes what is idle now, as descriptors are needed for something else.
    pub fn close_idle(&self) {
        self.shared.close_idle();
    }

    /// Closes what is idle now and what is busy at the end of its exchange. Later requests open new connections.
    pub fn close_all(&self) {
        for pool in self.pools() {
            pool.retire();
        }
    }

    /// Connections and their use at this moment.
    pub fn stats(&self) -> Stats {
        let mut stats = self.shared.counters();
        for pool in self.pools() {
            pool.add_to(&mut stats);
        }
        stats
    }

    fn pools(&self) -> Vec<Arc<Pool>> {
        self.pools.lock().values().cloned().collect()
    }

    /// Origins of the same key share a pool, also across configurations.
    fn pool(&self, origin: &Arc<Origin>) -> Arc<Pool> {
        match origin.pool.get() {
            Some((number, pool)) if *number == self.shared.number => return Arc::clone(pool),
            _ => {}
        }
        let mut pools = self.pools.lock();
        if pools.len() >= POOLS_MAX {
            pools.retain(|_, pool| Arc::strong_count(pool) > 1 || !pool.is_empty());
        }
        let pool = Arc::clone(pools.entry(origin.key.clone()).or_insert_with(|| Pool::new(&self.shared, &origin.key)));
        let _ = origin.pool.set((self.shared.number, Arc::clone(&pool)));
        pool
    }
}
