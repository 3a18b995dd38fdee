//! Who waits in line, as tasks: the policy says whose turn it is by ticket, and this wakes it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokgate_policy::engine::Ticket;
use tokio::sync::Notify;

/// The bells of those who wait, by ticket. As many as the policy lets wait.
#[derive(Debug, Default)]
pub struct Waiters(Mutex<HashMap<Ticket, Arc<Notify>>>);

/// One who waits; it is forgotten when this is dropped.
#[derive(Debug)]
pub struct Bell {
    waiters: Arc<Waiters>,
    ticket: Ticket,
    notify: Arc<Notify>,
}

impl Waiters {
    /// Listens for this ticket. To be called under the lock under which it was given out, so that no call is missed.
    pub fn listen(self: &Arc<Self>, ticket: Ticket) -> Bell {
        let notify = Arc::new(Notify::new());
        self.0.lock().insert(ticket, Arc::clone(&notify));
        Bell { waiters: Arc::clone(self), ticket, notify }
    }

    /// Wakes these. Nobody has waited nearly always.
    pub fn wake(&self, tickets: &[Ticket]) {
        if tickets.is_empty() {
            return;
        }
        let bells = self.0.lock();
        for ticket in tickets {
            if let Some(bell) = bells.get(ticket) {
                bell.notify_one();
            }
        }
    }
}

impl Bell {
    /// Whose it is.
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// What rings; a ring before anybody listens is kept.
    pub fn notify(&self) -> Arc<Notify> {
        Arc::clone(&self.notify)
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.waiters.0.lock().remove(&self.ticket);
    }
}
