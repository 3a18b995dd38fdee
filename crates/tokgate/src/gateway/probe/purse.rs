//! What probes have spent, remembered before it is spent.

use parking_lot::{Mutex, MutexGuard};
use tokgate_policy::probe::ProbeSpend;

use crate::clock;
use crate::gateway::snapshot::Snapshot;
use crate::process::admin::ProbesStatus;
use crate::store::writer::Recorder;

/// The name it is kept under.
pub(crate) const KEPT: &str = "probe-spend";

/// Milliseconds of a day; days are those of the calendar (UTC).
const DAY_MS: u64 = 86_400_000;
/// Trillionths in a millionth.
pub(super) const MICRO: u64 = 1_000_000;

/// The account of this process.
#[derive(Debug, Default)]
pub struct Purse(Mutex<ProbeSpend>);

impl Purse {
    /// The account, behind a lock that is never held over an `await`.
    pub fn spend(&self) -> MutexGuard<'_, ProbeSpend> {
        self.0.lock()
    }

    /// Takes over what was kept.
    pub fn restore(&self, kept: ProbeSpend) {
        *self.0.lock() = kept;
    }

    /// Gives it to the recorder.
    pub(super) fn hand(&self, recorder: &Recorder) {
        if let Ok(text) = serde_json::to_string(&*self.spend()) {
            recorder.keep(KEPT, text);
        }
    }

    /// The same, and waits until it is written: a process that dies afterwards has spent it.
    pub(super) async fn keep(&self, recorder: &Recorder) {
        self.hand(recorder);
        let recorder = recorder.clone();
        // A thread that could not be had is the end of the process.
        let _ = tokio::task::spawn_blocking(move || recorder.flush()).await;
    }

    /// For people: what is spent of today's budget.
    pub fn status(&self, snapshot: &Snapshot) -> ProbesStatus {
        let (day, spend) = (today(), self.spend());
        ProbesStatus {
            spent_micros: spend.spent(day).div_ceil(MICRO),
            budget_micros: snapshot.config.health.probe_budget,
            asked: spend.asked(day),
        }
    }
}

/// What a day's probes may spend, trillionths of a US dollar.
pub(super) fn limit(snapshot: &Snapshot) -> u64 {
    snapshot.config.health.probe_budget.saturating_mul(MICRO)
}

/// Days since the Unix epoch.
pub(super) fn today() -> u64 {
    clock::unix_ms() / DAY_MS
}
