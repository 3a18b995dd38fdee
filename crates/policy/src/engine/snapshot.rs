//! How everything stands, for whoever looks.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::explain::millis;
use crate::keys::Readiness;
use crate::params::ProviderParams;
use crate::snapshot::{KeySnapshot, LackSnapshot, ProviderSnapshot, SizeSnapshot, Snapshot};
use crate::state::ProviderState;

impl Engine {
    /// How everything stands.
    pub fn snapshot(&self, now: Duration) -> Snapshot {
        let both = self.params.providers.iter().zip(&self.states);
        let best = self.best_latency();
        let providers = both.map(|(params, state)| self.provider_snapshot(now, params, state, best)).collect();
        Snapshot {
            providers,
            failover: self.failover_snapshot(now),
            room: self.room.snapshot(now),
            limits: self.limit_snapshots(now),
        }
    }

    fn provider_snapshot(
        &self,
        now: Duration,
        params: &ProviderParams,
        state: &ProviderState,
        best: Option<f64>,
    ) -> ProviderSnapshot {
        let identity = params.identity;
        let keys = params.keys.iter().zip(&state.keys).map(|(params, key)| {
            let (state, until) = match key.readiness(now) {
                Readiness::Ready => ("ok", None),
                Readiness::Test => (key.name(), Some(now)),
                Readiness::Cooling { until } | Readiness::Exhausted { until } | Readiness::Quarantined { until } => {
                    (key.name(), Some(until))
                }
            };
            let left_ms = until.map(|until| millis(until.saturating_sub(now)));
            let gauge = key.gauge.snapshot(now);
            let resting_models = self.rests.count_of_key(now, identity, params.id);
            KeySnapshot { enabled: params.enabled, client: params.client, state, left_ms, resting_models, gauge }
        });
        let ago = |at: Duration| millis(now.saturating_sub(at));
        let without_keys = state.keys.first().filter(|_| params.keys.is_empty());
        let resting = without_keys.and_then(|state| state.next_change(now));
        let breaker = state.breaker.standing(now);
        let lacks = state.lacks.all(now).map(|lack| LackSnapshot {
            what: Arc::clone(&lack.what),
            model: Arc::clone(&lack.model),
            left_ms: millis(lack.until.saturating_sub(now)),
        });
        let sizes = state.sizes.all(now).map(|it| SizeSnapshot {
            model: Arc::clone(&it.model),
            bytes: it.bytes,
            left_ms: millis(it.until.saturating_sub(now)),
        });
        ProviderSnapshot {
            name: Arc::clone(&params.name),
            enabled: params.enabled,
            keys: keys.collect(),
            resting_left_ms: resting.map(|until| millis(until.saturating_sub(now))),
            lacks: lacks.collect(),
            sizes: sizes.collect(),
            resting_models: self.rests.count(now, params.identity),
            gauge: state.gauge.snapshot(now),
            breaker: breaker.name,
            breaker_left_ms: breaker.until.map(|until| millis(until.saturating_sub(now))),
            outlier_left_ms: state.record.out_until(now).map(|until| millis(until.saturating_sub(now))),
            last_failure: state.last_failure.map(|(row, _)| row.id()),
            last_failure_ago_ms: state.last_failure.map(|(_, at)| ago(at)),
            last_success_ago_ms: state.last_success.map(ago),
            health: state.health.snapshot(now, state.last_success, &Self::health_standing(now, params, state, best)),
        }
    }
}
