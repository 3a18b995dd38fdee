//! Which connections are open: the caps, the counts, and the way to tell all of them something.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::proxy::front::{Live, Order, Peer};

/// How many connections may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// In all.
    pub connections: usize,
    /// From one address beyond loopback.
    pub per_address: usize,
    /// Descriptors that may be open when a connection is taken: the others are for the way to providers.
    pub descriptors: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { connections: 10_000, per_address: 256, descriptors: u64::MAX }
    }
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Active {
    /// Open connections.
    pub connections: usize,
    /// Requests whose response is not over.
    pub requests: u64,
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Connections turned away at a cap since the start.
    pub turned_away: u64,
}

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// The gateway is stopping.
    Stopping,
    /// All places are taken.
    Connections,
    /// All places of this address are taken.
    Address,
    /// The descriptors that are left are for other things.
    Descriptors,
}

/// The open connections and the listeners.
#[derive(Debug)]
pub(super) struct Open {
    inner: Mutex<Inner>,
    /// Closes what can be closed when descriptors run out.
    spare: OnceLock<Spare>,
    emptied: Notify,
}

/// Gives descriptors back.
struct Spare(Box<dyn Fn() + Send + Sync>);

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spare")
    }
}

#[derive(Debug)]
struct Inner {
    caps: Caps,
    order: Order,
    next: u64,
    live: HashMap<u64, Arc<Live>>,
    /// Addresses beyond loopback; an entry goes when its last connection does.
    addresses: HashMap<IpAddr, usize>,
    listeners: Vec<(SocketAddr, AbortHandle)>,
    turned_away: u64,
}

impl Open {
    pub(super) fn new(caps: Caps) -> Self {
        let inner = Inner {
            caps,
            order: Order::Run,
            next: 0,
            live: HashMap::new(),
            addresses: HashMap::new(),
            listeners: Vec::new(),
            turned_away: 0,
        };
        Self { inner: Mutex::new(inner), spare: OnceLock::new(), emptied: Notify::new() }
    }

    pub(super) fn spare_with(&self, spare: impl Fn() + Send + Sync + 'static) {
        // Whoever came first stays.
        let _ = self.spare.set(Spare(Box::new(spare)));
    }

    /// Descriptors have run out.
    pub(super) fn spare(&self) {
        if let Some(Spare(spare)) = self.spare.get() {
            spare();
        }
    }

    pub(super) fn set_caps(&self, caps: Caps) {
        self.inner.lock().caps = caps;
    }

    /// Takes a place for a connection. `descriptor` is its number: the system gives the lowest that is free, so at
    /// least as many are open.
    pub(super) fn admit(self: &Arc<Self>, peer: Peer, descriptor: u64) -> Result<Seat, Full> {
        let mut inner = self.inner.lock();
        let full = inner.full(peer.addr.ip(), descriptor);
        if let Some(full) = full {
            inner.turned_away += u64::from(full != Full::Stopping);
            drop(inner);
            if full == Full::Descriptors {
                self.spare();
            }
            return Err(full);
        }
        let id = inner.next;
        inner.next += 1;
        let live = Arc::new(Live::new(peer));
        inner.live.insert(id, live.clone());
        if let Some(address) = counted(peer.addr.ip()) {
            *inner.addresses.entry(address).or_insert(0) += 1;
        }
        Ok(Seat { open: self.clone(), id, live })
    }

    pub(super) fn active(&self) -> Active {
        let inner = self.inner.lock();
        Active {
            connections: inner.live.len(),
            requests: inner.live.values().map(|live| live.in_flight()).sum(),
            accepted: inner.next,
            turned_away: inner.turned_away,
        }
    }

    /// Remembers an accept loop; ends it at once when the gateway is stopping.
    pub(super) fn add_listener(&self, addr: SocketAddr, handle: AbortHandle) {
        let mut inner = self.inner.lock();
        if inner.order != Order::Run {
            handle.abort();
            return;
        }
        inner.listeners.push((addr, handle));
    }

    /// Ends the accept loops of this address. `false` when there is none.
    pub(super) fn release(&self, addr: SocketAddr) -> bool {
        let mut inner = self.inner.lock();
        let before = inner.listeners.len();
        inner.listeners.retain(|(listening, handle)| {
            if *listening == addr {
                handle.abort();
            }
            *listening != addr
        });
        inner.listeners.len() < before
    }

    /// Stops accepting and tells every connection.
    pub(super) fn stop(&self, order: Order) {
        let told: Vec<_> = {
            let mut inner = self.inner.lock();
            inner.order = order;
            for (_, handle) in inner.listeners.drain(..) {
                handle.abort();
            }
            inner.live.values().cloned().collect()
        };
        for live in told {
            live.send(order);
        }
    }

    /// Until no connection is open.
    pub(super) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.inner.lock().live.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}

impl Inner {
    fn full(&self, address: IpAddr, descriptor: u64) -> Option<Full> {
        if self.order != Order::Run {
            return Some(Full::Stopping);
        }
        if self.live.len() >= self.caps.connections {
            return Some(Full::Connections);
        }
        if descriptor >= self.caps.descriptors {
            return Some(Full::Descriptors);
        }
        let taken = counted(address).and_then(|address| self.addresses.get(&address)).copied().unwrap_or(0);
        (taken >= self.caps.per_address && counted(address).is_some()).then_some(Full::Address)
    }
}

/// The address under which a connection counts. Loopback does not: all users of this machine share it.
fn counted(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    (!address.is_loopback()).then_some(address)
}

/// The place of one open connection; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    open: Arc<Open>,
    id: u64,
    live: Arc<Live>,
}

impl Seat {
    pub(super) fn live(&self) -> &Arc<Live> {
        &self.live
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inner = self.open.inner.lock();
        inner.live.remove(&self.id);
        if let Some(address) = counted(self.live.peer().addr.ip())
            && let Some(taken) = inner.addresses.get_mut(&address)
        {
            *taken -= 1;
            if *taken == 0 {
                inner.addresses.remove(&address);
            }
        }
        if inner.live.is_empty() {
            self.open.emptied.notify_waiters();
        }
    }
}
