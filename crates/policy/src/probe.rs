//! When a provider is looked at without being asked for anything: it is in trouble, or nobody has used it for a while. Not
//! while nobody works at all, and never often.

use std::time::Duration;

use crate::jitter::Jitter;

mod spend;

pub use spend::{ProbeSpend, Reserved};

/// The least between two probes of a provider.
pub const EVERY_MIN: Duration = Duration::from_secs(30);

/// A provider that works is looked at when it has been neither used nor probed for so long.
const UNUSED: Duration = Duration::from_secs(300);

/// The least between two messages to a provider that are asked only to see that it answers, unless somebody wants it now.
pub(crate) const MESSAGE_EVERY: Duration = Duration::from_secs(600);

/// How often, as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeParams {
    /// Between two probes of a provider in trouble.
    pub every: Duration,
    /// Nothing is probed when the last request was so long ago.
    pub quiet_after: Duration,
}

/// What is known of one provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// It is not simply in use: left alone, on probation, or a key of it is shut.
    pub(crate) troubled: bool,
    /// When it last answered or failed a request.
    pub(crate) last_used: Option<Duration>,
    pub(crate) last_probe: Option<Duration>,
    /// No probe before then.
    pub(crate) next: Duration,
}

/// Whether it is time. `last_work` is when anybody last asked for anything.
pub(crate) fn is_due(now: Duration, params: &ProbeParams, last_work: Duration, known: &Known) -> bool {
    if now.saturating_sub(last_work) > params.quiet_after || now < known.next {
        return false;
    }
    let Some(last_seen) = known.last_used.max(known.last_probe) else { return true };
    // What requests have just shown needs no probe.
    now.saturating_sub(last_seen) >= if known.troubled { EVERY_MIN } else { UNUSED }
}

/// When one is probed first that nobody has used yet.
pub(crate) fn first(now: Duration, jitter: &mut Jitter) -> Duration {
    now + jitter.between(UNUSED, UNUSED.mul_f64(1.2))
}

/// The earliest next one: those of many providers are spread.
pub(crate) fn next(now: Duration, params: &ProbeParams, jitter: &mut Jitter) -> Duration {
    let every = params.every.max(EVERY_MIN);
    now + jitter.between(every, every.mul_f64(1.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: ProbeParams = ProbeParams { every: Duration::from_secs(60), quiet_after: Duration::from_secs(900) };

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(100_000 + seconds)
    }

    #[test]
    fn only_trouble_and_disuse_are_looked_at_and_only_while_somebody_works() {
        let used = Known { troubled: false, last_used: Some(secs(0)), last_probe: None, next: Duration::ZERO };
        let troubled = Known { troubled: true, ..used };
        let due = |now, work, known: &Known| is_due(secs(now), &PARAMS, secs(work), known);
        assert!(!due(10, 10, &used));
        assert!(!due(29, 29, &troubled), "requests have just shown it");
        assert!(due(30, 30, &troubled));
        assert!(due(300, 300, &used));
        assert!(!due(300, 300, &Known { last_probe: Some(secs(200)), ..used }));
        assert!(due(10, 10, &Known { last_used: None, ..used }), "nothing is known of it");
        assert!(due(900, 0, &troubled));
        assert!(!due(901, 0, &troubled), "nobody works");
        assert!(!due(10, 10, &Known { next: secs(11), ..troubled }));
    }

    #[test]
    fn a_day_of_dead_providers_costs_each_a_bounded_number_of_probes() {
        let params = ProbeParams { every: Duration::from_secs(1), ..PARAMS };
        let mut jitter = Jitter::new(1);
        for _ in 0..10 {
            let mut known = Known { troubled: true, last_used: None, last_probe: None, next: Duration::ZERO };
            let mut probes = 0;
            for second in 0..86_400 {
                if is_due(secs(second), &params, secs(second), &known) {
                    probes += 1;
                    known.next = next(secs(second), &params, &mut jitter);
                }
            }
            assert!((2_000..=2_880).contains(&probes), "{probes}");
        }
    }
}
