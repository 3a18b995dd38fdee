//! What is known of counting tokens: which models of which providers are not counted, and how far estimates are from what models count.
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
/// Models remembered; a configuration with more would only ask more often.
const SILENT_MAX: usize = 1_024;

/// A provider, the protocol it is asked in, a model.
type Place = (Arc<str>, UpstreamProtocol, Box<str>);

/// Shared by all requests.
#[derive(Debug, Default)]
pub struct Counting {
    calibration: Mutex<Calibration>,
    /// Until when a provider is not asked for a model in a protocol: Bedrock counts for some.
    silent: Mutex<HashMap<Place, Instant>>,
}

impl Counting {
    /// Whether `provider` is worth asking for a number of `model` in `protocol`.
    pub fn asks(&self, provider: &Arc<str>, protocol: UpstreamProtocol, model: &str) -> bool {
        let until = self.silent.lock().get(&(Arc::clone(provider), protocol, model.into())).copied();
        until.is_none_or(|until| clock::now() >= until)
    }

    /// `provider` said that it does not count for `model` in `protocol`.
    pub fn does_not_count(&self, provider: &Arc<str>, protocol: UpstreamProtocol, model: &str) {
        let mut silent = self.silent.lock();
        if silent.len() >= SILENT_MAX {
            silent.clear();
        }
        silent.insert((Arc::clone(provider), protocol, model.into()), clock::now() + ASK_AGAIN);
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
    async fn a_model_that_is_not_counted_is_asked_for_again_later_and_the_others_at_once() {
        let counting = Counting::default();
        let (kimi, glm): (Arc<str>, Arc<str>) = ("kimi".into(), "glm".into());
        let (messages, responses) = (UpstreamProtocol::Anthropic, UpstreamProtocol::OpenaiResponses);
        counting.does_not_count(&kimi, messages, "k3");
        assert!(!counting.asks(&kimi, messages, "k3") && counting.asks(&kimi, messages, "k2"));
        assert!(counting.asks(&kimi, responses, "k3") && counting.asks(&glm, messages, "k3"));
        tokio::time::advance(ASK_AGAIN).await;
        assert!(counting.asks(&kimi, messages, "k3"));
    }
}
