//! Who waits, and how much of each limit is taken, for our own commands.

use tokgate_policy::engine::{GaugeSnapshot, LimitSnapshot, LineSnapshot, ProviderSnapshot};

use super::Gateway;
use crate::clock;
use crate::process::admin::capacity::{CapacityStatus, LimitStatus, LineStatus};
use crate::proxy::read::BUFFERED_MAX;

/// How it stands now.
pub fn status(gateway: &Gateway) -> CapacityStatus {
    let known = gateway.engine().snapshot(clock::since_start(clock::now()));
    CapacityStatus {
        outside: gateway.waiting_outside() as u64,
        waiting: known.room.waiting as u64,
        max_waiting: known.room.max as u64,
        buffered: gateway.buffered(),
        max_buffered: BUFFERED_MAX,
        shed: gateway.shed(),
        circles: gateway.repetition().refused(),
        clients: gateway.waiters().told(),
        lines: known.room.lines.iter().map(line).collect(),
        limits: known.limits.iter().map(caller).chain(known.providers.iter().flat_map(provider)).collect(),
    }
}

fn line(line: &LineSnapshot) -> LineStatus {
    let [interactive, background, unattended] = line.waiting.map(|count| count as u64);
    LineStatus {
        profile: line.profile.to_string(),
        interactive,
        background,
        unattended,
        max: line.max as u64,
        bytes: line.bytes,
        longest_ms: line.longest_ms,
        drains_in_ms: line.drains_in_ms,
    }
}

fn caller(limit: &LimitSnapshot) -> LimitStatus {
    let over = Some(limit.over.to_owned());
    LimitStatus { of: "caller".to_owned(), name: limit.name.to_string(), over, ..gauge(&limit.gauge) }
}

/// What of a provider is limited: itself, and each of its keys.
fn provider(provider: &ProviderSnapshot) -> Vec<LimitStatus> {
    let limited =
        |gauge: &GaugeSnapshot| gauge.auto || gauge.concurrent.is_some() || gauge.rpm.is_some() || gauge.tpm.is_some();
    let name = || provider.name.to_string();
    let whole = limited(&provider.gauge).then(|| LimitStatus {
        of: "provider".to_owned(),
        name: name(),
        ..gauge(&provider.gauge)
    });
    let keys = (1..).zip(&provider.keys).filter(|(_, key)| limited(&key.gauge)).map(|(place, key)| LimitStatus {
        of: "key".to_owned(),
        name: name(),
        key: Some(place),
        ..gauge(&key.gauge)
    });
    whole.into_iter().chain(keys).collect()
}

fn gauge(gauge: &GaugeSnapshot) -> LimitStatus {
    LimitStatus {
        in_flight: gauge.in_flight.into(),
        concurrent: gauge.concurrent.map(u64::from),
        auto: gauge.auto,
        rpm: gauge.rpm.map(|(allowed, _)| allowed),
        rpm_left: gauge.rpm.map(|(_, left)| left),
        tpm: gauge.tpm.map(|(allowed, _)| allowed),
        tpm_left: gauge.tpm.map(|(_, left)| left),
        ..LimitStatus::default()
    }
}
