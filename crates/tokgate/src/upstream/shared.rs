//! What all pools of one `Upstream` have in common: limits, lookup, counters, and the sweeper of idle connections.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::dns::Dns;
use super::origin::PoolKey;
use super::pool::Pool;
use crate::clock;

/// Shortest pause of the sweeper, so that connections that fall idle one by one are closed in groups.
const SWEEP_PAUSE: Duration = Duration::from_millis(500);

/// Bounds over all origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Idle HTTP/1.1 connections kept in all. Default 200.
    pub idle_total: usize,
    /// Longest wait for a connection beyond the time limits of opening one. Default 5 s.
    pub wait: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { idle_total: 200, wait: Duration::from_secs(5) }
    }
}

/// Connections and their use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Idle HTTP/1.1 connections now.
    pub idle: usize,
    /// Usable HTTP/2 connections now.
    pub http2_connections: usize,
    /// Streams open on them now.
    pub http2_streams: usize,
    /// Connections being opened now.
    pub dialing: usize,
    /// Requests waiting for a connection now.
    pub waiting: usize,
    /// Connections opened so far.
    pub opened: u64,
    /// Requests sent over an existing connection so far.
    pub reused: u64,
    /// Requests sent again after a dead pooled connection or a refusal to process so far.
    pub resent: u64,
}

pub(super) type Pools = Mutex<HashMap<PoolKey, Arc<Pool>>>;

/// State shared by the pools of one `Upstream`.
pub(super) struct Shared {
    pub(super) number: u64,
    pub(super) limits: PoolLimits,
    pub(super) dns: Dns,
    pub(super) own: Mutex<Arc<[SocketAddr]>>,
    pub(super) idle: AtomicUsize,
    pub(super) opened: AtomicU64,
    pub(super) reused: AtomicU64,
    pub(super) resent: AtomicU64,
    pools: Weak<Pools>,
    sweeping: AtomicBool,
}

impl Shared {
    pub(super) fn new(limits: PoolLimits, dns: Dns, pools: &Arc<Pools>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            limits,
            dns,
            own: Mutex::new(Arc::new([])),
            idle: AtomicUsize::new(0),
            opened: AtomicU64::new(0),
            reused: AtomicU64::new(0),
            resent: AtomicU64::new(0),
            pools: Weak::clone(&Arc::downgrade(pools)),
            sweeping: AtomicBool::new(false),
        }
    }

    pub(super) fn counters(&self) -> Stats {
        Stats {
            opened: self.opened.load(Ordering::Relaxed),
            reused: self.reused.load(Ordering::Relaxed),
            resent: self.resent.load(Ordering::Relaxed),
            ..Stats::default()
        }
    }

    /// Something fell idle: there must be a sweeper. It lives only as long as something is idle.
    pub(super) fn ensure_sweeper(self: &Arc<Self>) {
        if self.sweeping.load(Ordering::Acquire) || self.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(sweep(Arc::downgrade(self)))),
            Err(_) => self.sweeping.store(false, Ordering::Release),
        }
    }

    /// Closes what is idle now, at all origins; how many connections it was.
    pub(super) fn close_idle(&self) -> usize {
        let Some(pools) = self.pools.upgrade() else { return 0 };
        let pools: Vec<Arc<Pool>> = pools.lock().values().cloned().collect();
        pools.iter().map(|pool| pool.close_idle()).sum()
    }

    /// Closes what has been idle for too long; when the next one is due.
    fn sweep(&self) -> Option<Instant> {
        let now = clock::now();
        let pools: Vec<Arc<Pool>> = self.pools.upgrade()?.lock().values().cloned().collect();
        pools.iter().filter_map(|pool| pool.sweep(now)).min()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("limits", &self.limits)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}

async fn sweep(shared: Weak<Shared>) {
    loop {
        let Some(strong) = shared.upgrade() else { return };
        let due = match strong.sweep() {
            Some(due) => due,
            None => {
                strong.sweeping.store(false, Ordering::Release);
                // what fell idle between the sweep and the store saw a sweeper that is about to go
                match strong.sweep() {
                    Some(due) if !strong.sweeping.swap(true, Ordering::AcqRel) => due,
                    _ => return,
                }
            }
        };
        drop(strong);
        tokio::time::sleep_until(due.max(clock::now() + SWEEP_PAUSE)).await;
    }
}
