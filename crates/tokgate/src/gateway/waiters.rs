//! Who waits in line, as tasks: the policy says whose turn it is by ticket, and this wakes it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokgate_policy::engine::Ticket;
use tokio::sync::Notify;

use crate::process::admin::capacity::WaitingClient;
use crate::store::record::RequestId;

/// Of so many it is told who they are, the oldest first; of the others how many there are.
const TOLD_MAX: usize = 200;

/// Those who wait, by ticket. As many as the policy lets wait.
#[derive(Debug, Default)]
pub struct Waiters(Mutex<HashMap<Ticket, One>>);

#[derive(Debug)]
struct One {
    bell: Arc<Notify>,
    who: Who,
}

/// A request that waits in line while its client holds the line.
#[derive(Debug, Clone)]
pub struct Who {
    /// Its number; also when it arrived.
    pub id: RequestId,
    /// Model asked for.
    pub model: Option<Box<str>>,
    /// Attempts before.
    pub tries: usize,
}

/// One who waits; it is forgotten when this is dropped.
#[derive(Debug)]
pub struct Bell {
    waiters: Arc<Waiters>,
    ticket: Ticket,
    notify: Arc<Notify>,
}

impl Waiters {
    /// Listens for this ticket. To be called under the lock under which it was given out, so that no call is missed.
    pub fn listen(self: &Arc<Self>, ticket: Ticket, who: Who) -> Bell {
        let notify = Arc::new(Notify::new());
        self.0.lock().insert(ticket, One { bell: Arc::clone(&notify), who });
        Bell { waiters: Arc::clone(self), ticket, notify }
    }

    /// Wakes these. Nobody has waited nearly always.
    pub fn wake(&self, tickets: &[Ticket]) {
        if tickets.is_empty() {
            return;
        }
        let bells = self.0.lock();
        for ticket in tickets {
            if let Some(one) = bells.get(ticket) {
                one.bell.notify_one();
            }
        }
    }

    /// Who they are, the oldest first.
    pub fn told(&self) -> Vec<WaitingClient> {
        let mut all: Vec<Who> = self.0.lock().values().map(|one| one.who.clone()).collect();
        all.sort_unstable_by_key(|who| who.id);
        all.into_iter().take(TOLD_MAX).map(Who::told).collect()
    }
}

impl Who {
    fn told(self) -> WaitingClient {
        WaitingClient {
            id: self.id.to_string(),
            model: self.model.map(String::from),
            tries: self.tries as u64,
            at_ms: self.id.unix_ms(),
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
