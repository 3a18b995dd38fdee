//! A time of the test's own, for tests with `start_paused = true`. Left to itself tokio's paused clock jumps to the next
//! deadline whenever only sockets are waited for, as if nobody ever answered.

use std::sync::mpsc;
use std::time::Duration;

use tokgate::clock;
use tokio::task::{JoinHandle, yield_now};

/// Longer than any test takes; then a clock that stands still goes on by itself, and a test that hangs meets its guard.
const REAL: Duration = Duration::from_secs(120);
/// Turns of the runtime, in each of which it looks at all sockets, that a step of time takes at least.
const TURNS: usize = 128;
const STEP: Duration = Duration::from_millis(10);

/// Time that only the test moves, as long as this exists: the clock does not jump while a thread of tokio's pool works.
pub(crate) struct StandStill(#[allow(dead_code, reason = "is kept")] mpsc::Sender<()>);

impl StandStill {
    pub(crate) fn begin() -> Self {
        note_epoch();
        let (hold, held) = mpsc::channel();
        tokio::task::spawn_blocking(move || held.recv_timeout(REAL));
        Self(hold)
    }
}

/// Time that passes no faster than work gets done, as long as this exists: on a machine that is busy with other things no
/// deadline comes early.
pub(crate) struct Unhurried(JoinHandle<()>);

impl Unhurried {
    pub(crate) fn begin() -> Self {
        note_epoch();
        Self(tokio::spawn(async {
            loop {
                for _ in 0..TURNS {
                    yield_now().await;
                }
                tokio::time::sleep(STEP).await;
            }
        }))
    }
}

impl Drop for Unhurried {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The gateway counts time from when it first looked, in the whole process: that must not be a moment ahead of the others'.
fn note_epoch() {
    clock::since_start(clock::now());
}
