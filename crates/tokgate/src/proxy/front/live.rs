//! What the parts of one open connection tell each other: the accept loop (what is wanted of it), the front filter (who
//! is at the other end, whether a request is with hyper) and the service wrapper (when its response is over).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::Waker;

use parking_lot::Mutex;

use super::switch::{Session, Switch};

/// Both ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The client's address.
    pub addr: SocketAddr,
    /// Our address on this connection: the concrete one, also when the listener is bound to all.
    pub local: SocketAddr,
    /// The connection is encrypted.
    pub tls: bool,
}

/// What is wanted of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Serve.
    Run,
    /// Finish the running response, then close; close at once when idle.
    Drain,
    /// Close now.
    Abort,
}

/// One open connection.
#[derive(Debug)]
pub struct Live {
    peer: Peer,
    started: AtomicU64,
    finished: AtomicU64,
    order: AtomicU8,
    waker: Mutex<Option<Waker>>,
    switched: AtomicBool,
    switch: Mutex<Option<Switch>>,
}

impl Live {
    /// A connection just made.
    pub fn new(peer: Peer) -> Self {
        Self {
            peer,
            started: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            order: AtomicU8::new(Order::Run as u8),
            waker: Mutex::new(None),
            switched: AtomicBool::new(false),
            switch: Mutex::new(None),
        }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Requests given to the service whose response is not over.
    pub fn in_flight(&self) -> u64 {
        let finished = self.finished();
        self.started.load(Ordering::Relaxed).saturating_sub(finished)
    }

    /// Responses that are over: sent, failed or abandoned.
    pub fn finished(&self) -> u64 {
        self.finished.load(Ordering::Acquire)
    }

    /// A request goes to the service.
    pub fn start(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    /// Its response is over.
    pub fn finish(&self) {
        self.finished.fetch_add(1, Ordering::Release);
    }

    /// The response now being sent ends HTTP on this connection.
    pub(super) fn switch_to(&self, switch: Switch) {
        *self.switch.lock() = Some(switch);
        self.switched.store(true, Ordering::Release);
    }

    /// Whether a response has ended HTTP on this connection: what follows it is another protocol.
    pub fn has_switched(&self) -> bool {
        self.switched.load(Ordering::Acquire)
    }

    /// What the connection goes on with, once.
    pub fn session(&self) -> Option<Session> {
        self.switch.lock().take()?.session()
    }

    /// What is wanted now.
    pub fn order(&self) -> Order {
        match self.order.load(Ordering::SeqCst) {
            0 => Order::Run,
            1 => Order::Drain,
            _ => Order::Abort,
        }
    }

    /// Whom to wake when the order changes. Call it before reading the order for the first time.
    pub fn listen(&self, waker: &Waker) {
        *self.waker.lock() = Some(waker.clone());
    }

    /// Changes the order. It only ever gets stricter.
    pub fn send(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::SeqCst);
        let waker = self.waker.lock().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
