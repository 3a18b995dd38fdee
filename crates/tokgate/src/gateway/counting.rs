//! What is known of counting tokens: which providers do not count, and how far estimates are from what models count.
//! Behind one short lock; forgotten at a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokgate_wire::count::Calibration;
use tokgate_wire::protocol::UpstreamProtocol;
use tokio::time::Instant;

use crate::clock;

/// How long a provider that does not count is not asked again: it may learn to, and one question in ten minutes costs
/// nothing.
const ASK_AGAIN: Duration = Duration::from_secs(600);
/// Providers remembered; a configuration with more would only ask more often.
const SILENT_MAX: usize = 256;

/// Shared by all requests.
#[derive(Debug, Default)]
pub struct Counting {
    calibration: Mutex<Calibration>,
    /// Until when a provider is not asked in a protocol.
    silent: Mutex<HashMap<(Arc<str>, UpstreamProtocol), Instant>>,
}

impl Counting {
    /// Whether `provider` is worth asking for a number in `protocol`.
    pub fn asks(&self, provider: &Arc<str>, protocol: UpstreamProtocol) -> bool {
        let until = self.silent.lock().get(&(Arc::clone(provider), protocol)).copied();
        until.is_none_or(|until| clock::now() >= until)
    }

    /// `provider` said that it does not count in `protocol`.
    pub fn does_not_count(&self, provider: &Arc<str>, protocol: UpstreamProtocol) {
        let mut silent = self.silent.lock();
        if silent.len() >= SILENT_MAX {
            silent.clear();
        }
        silent.insert((Arc::clone(provider), protocol), clock::now() + ASK_AGAIN);
    }

    /// What estimates are corrected with.
    pub fn calibration(&self) -> parking_lot::MutexGuard<'_, Calibration> {
        self.calibration.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_does_not_count_is_asked_again_later() {
        let counting = Counting::default();
        let (kimi, glm): (Arc<str>, Arc<str>) = ("kimi".into(), "glm".into());
        counting.does_not_count(&kimi, UpstreamProtocol::Anthropic);
        assert!(!counting.asks(&kimi, UpstreamProtocol::Anthropic));
        assert!(
            counting.asks(&kimi, UpstreamProtocol::OpenaiResponses) && counting.asks(&glm, UpstreamProtocol::Anthropic)
        );
        tokio::time::advance(ASK_AGAIN).await;
        assert!(counting.asks(&kimi, UpstreamProtocol::Anthropic));
    }
}
