//! How a gateway is told to stop: first drain, then now. Signals and the admin socket push the same lever.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};

/// Where the gateway is on its way out. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serving.
    Running,
    /// No new requests; running streams may finish.
    Draining,
    /// Streams are ended with their protocol's error event.
    Now,
}

/// The side that stops.
#[derive(Debug, Clone)]
pub struct Stopper(Arc<watch::Sender<Phase>>);

/// The side that is stopped. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<Phase>);

/// Both sides.
pub fn channel() -> (Stopper, Shutdown) {
    let (sender, receiver) = watch::channel(Phase::Running);
    (Stopper(Arc::new(sender)), Shutdown(receiver))
}

impl Stopper {
    /// Moves to `phase` unless already there or beyond.
    pub fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
            let forward = phase > *now;
            if forward {
                *now = phase;
            }
            forward
        });
    }

    /// Draining first, at once the second time.
    pub fn press(&self) -> Phase {
        let next = if *self.0.borrow() == Phase::Running { Phase::Draining } else { Phase::Now };
        self.advance(next);
        next
    }
}

impl Shutdown {
    /// Where we are.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Waits until at least `phase`. When the stopping side is gone, nobody can stop us gently: that counts as reached.
    pub async fn reached(&mut self, phase: Phase) {
        // The error says that the sender was dropped.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

/// Signals of the process.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

/// What a signal asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// SIGINT or SIGTERM.
    Stop,
    /// SIGHUP.
    Hangup,
}

impl Signals {
    /// Takes the signals over. Needs a running tokio runtime.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Stop,
            _ = self.terminate.recv() => Asked::Stop,
            _ = self.hangup.recv() => Asked::Hangup,
        }
    }
}

/// Rung when the configuration should be read again.
pub type Reload = Arc<Notify>;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_press_stops_now_and_nothing_goes_back() {
        let (stopper, mut shutdown) = channel();
        assert_eq!(shutdown.phase(), Phase::Running);
        assert_eq!(stopper.press(), Phase::Draining);
        shutdown.reached(Phase::Draining).await;
        assert_eq!(stopper.press(), Phase::Now);
        stopper.advance(Phase::Draining);
        assert_eq!(shutdown.phase(), Phase::Now);
        shutdown.reached(Phase::Draining).await;
    }

    #[tokio::test]
    async fn a_lost_stopper_counts_as_a_stop() {
        let (stopper, mut shutdown) = channel();
        drop(stopper);
        shutdown.reached(Phase::Now).await;
    }
}
