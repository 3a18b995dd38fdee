//! How each key stands: usable, resting, without balance, or set aside. One key's trouble is not its provider's.

mod memory;

use std::time::Duration;

use crate::absent::Identified;
use crate::capacity::{Allowance, Gauge};

/// A key without balance and without a stated reset is tested this often.
pub(crate) const EXHAUSTED_RETEST: Duration = Duration::from_secs(15 * 60);

/// A rejected key is tested after these pauses, the last one for ever.
pub(crate) const QUARANTINE_RETEST: [Duration; 3] =
    [Duration::from_secs(60), Duration::from_secs(600), Duration::from_secs(3600)];

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Usable.
    Ok,
    /// The provider asked to wait.
    Cooling { until: Duration },
    /// No balance; at `until` one request may test it.
    Exhausted { until: Duration },
    /// Rejected `step + 1` times in a row; at `until` one request may test it.
    Quarantined { until: Duration, step: usize },
}

/// Whether a key may be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Yes.
    Ready,
    /// By one request, as a test.
    Test,
    /// Only when nothing else is left.
    Cooling { until: Duration },
    /// Not before its test: no balance.
    Exhausted { until: Duration },
    /// Not before its test: rejected.
    Quarantined { until: Duration },
}

/// State of one key.
#[derive(Debug, Clone)]
pub(crate) struct KeyState {
    /// Keeps the state over a reload.
    pub(crate) id: u64,
    pub(crate) standing: Standing,
    /// When it was last shut (exhausted or quarantined): results of attempts that started before change nothing.
    shut_at: Duration,
    /// When it was last proven good after having been shut.
    lifted_at: Duration,
    /// Until when its provider last asked to wait.
    asked_until: Duration,
    /// The model with which it was last forbidden something.
    denied_model: Option<u64>,
    /// The last question that costs nothing was answered with it.
    vouched: bool,
    /// Such an answer was followed by a request's refusal: it proves nothing.
    unproven: bool,
    /// What it bears, and what is under way with it.
    pub(crate) gauge: Gauge,
    /// What it is owed where keys take turns by weight.
    pub(crate) owed: i64,
}

impl KeyState {
    #[cfg(test)]
    pub(crate) fn new(id: u64) -> Self {
        Self::with(id, &Allowance::default())
    }

    /// A usable key that bears so much.
    pub(crate) fn with(id: u64, allowed: &Allowance) -> Self {
        Self {
            id,
            standing: Standing::Ok,
            shut_at: Duration::ZERO,
            lifted_at: Duration::ZERO,
            asked_until: Duration::ZERO,
            denied_model: None,
            vouched: false,
            unproven: false,
            gauge: Gauge::new(allowed),
            owed: 0,
        }
    }

    /// As if it had never been refused; what is under way with it stays.
    pub(crate) fn forget(&mut self) {
        let fresh = Self::with(self.id, &Allowance::default());
        *self = Self { gauge: self.gauge.clone(), owed: self.owed, ..fresh };
    }

    pub(crate) fn readiness(&self, now: Duration) -> Readiness {
        match self.standing {
            Standing::Cooling { until } if until > now => Readiness::Cooling { until },
            Standing::Ok | Standing::Cooling { .. } => Readiness::Ready,
            Standing::Exhausted { until } if until > now => Readiness::Exhausted { until },
            Standing::Quarantined { until, .. } if until > now => Readiness::Quarantined { until },
            Standing::Exhausted { .. } | Standing::Quarantined { .. } => Readiness::Test,
        }
    }

    /// Name of how it stands, whatever the time.
    pub(crate) const fn name(&self) -> &'static str {
        match self.standing {
            Standing::Ok => "ok",
            Standing::Cooling { .. } => "cooling",
            Standing::Exhausted { .. } => "exhausted",
            Standing::Quarantined { .. } => "quarantined",
        }
    }

    /// One request tests the key now; until its result the others stay away. A result that never comes costs one
    /// interval, not the key.
    pub(crate) fn claim_test(&mut self, now: Duration) {
        match &mut self.standing {
            Standing::Exhausted { until } => *until = now + EXHAUSTED_RETEST,
            Standing::Quarantined { until, step } => *until = now + retest_after(*step),
            Standing::Ok | Standing::Cooling { .. } => {}
        }
    }

    /// The test that began at `started` ended without a word about the key (network, server, client gone): it is due
    /// again, unless the key was shut anew meanwhile; and not before the moment that another answer named.
    pub(crate) fn release_test(&mut self, now: Duration, started: Duration) {
        if started < self.shut_at {
            return;
        }
        match &mut self.standing {
            Standing::Exhausted { until } | Standing::Quarantined { until, .. } => *until = now.max(self.asked_until),
            Standing::Ok | Standing::Cooling { .. } => {}
        }
    }

    /// A question that costs nothing was answered with it: a rejected key is tested by the next request, unless that has
    /// meant nothing before.
    pub(crate) fn vouched(&mut self, now: Duration) {
        self.vouched = true;
        if !self.unproven {
            self.test_early(now);
        }
    }

    /// A question that costs nothing was refused with it: such answers mean something here.
    pub(crate) fn refused_by_probe(&mut self, now: Duration, started: Duration) {
        (self.vouched, self.unproven) = (false, false);
        self.quarantine(now, started);
    }

    /// The key was accepted where nothing is at stake: a rejected one is tested by the next request.
    pub(crate) fn test_early(&mut self, now: Duration) {
        if let Standing::Quarantined { until, .. } = &mut self.standing {
            *until = now.min(*until);
        }
    }

    /// A request with this key succeeded.
    pub(crate) fn worked(&mut self, now: Duration, started: Duration) {
        match self.standing {
            Standing::Exhausted { .. } | Standing::Quarantined { .. } if started < self.shut_at => {}
            Standing::Exhausted { .. } | Standing::Quarantined { .. } => {
                // It is good; that it shall rest, as another answer said meanwhile, is another thing.
                let until = self.asked_until;
                self.standing = if until > now { Standing::Cooling { until } } else { Standing::Ok };
                self.lifted_at = now;
                self.denied_model = None;
                self.unproven = false;
            }
            // A rest that the provider asked for is kept: other requests succeed meanwhile without disproving it.
            Standing::Ok | Standing::Cooling { .. } => self.denied_model = None,
        }
    }

    /// The provider asked to wait.
    pub(crate) fn cool(&mut self, now: Duration, wait: Duration) {
        let asked = now + wait;
        self.asked_until = self.asked_until.max(asked);
        match &mut self.standing {
            Standing::Ok => self.standing = Standing::Cooling { until: asked },
            // A shut key being tested: not proven either way, so it is tested again when the wait is over.
            Standing::Cooling { until } | Standing::Exhausted { until } | Standing::Quarantined { until, .. } => {
                *until = asked.max(*until);
            }
        }
    }

    /// No balance. `reset` is how long until the stated reset.
    pub(crate) fn exhaust(&mut self, now: Duration, started: Duration, reset: Option<Duration>) {
        if !self.is_stale(started) {
            let until = (now + reset.unwrap_or(EXHAUSTED_RETEST)).max(self.rest());
            self.standing = Standing::Exhausted { until };
            self.shut_at = now;
        }
    }

    /// Rejected.
    pub(crate) fn quarantine(&mut self, now: Duration, started: Duration) {
        if self.is_stale(started) {
            return;
        }
        self.unproven |= self.vouched;
        let step = match self.standing {
            Standing::Quarantined { step, .. } => (step + 1).min(QUARANTINE_RETEST.len() - 1),
            Standing::Ok | Standing::Cooling { .. } | Standing::Exhausted { .. } => 0,
        };
        self.standing = Standing::Quarantined { until: (now + retest_after(step)).max(self.rest()), step };
        self.shut_at = now;
    }

    /// Forbidden for this model. Whether a second model agrees, so that the key itself is meant.
    pub(crate) fn deny(&mut self, now: Duration, started: Duration, model: u64) -> bool {
        // A shut key that is tested and forbidden again is not better than before.
        let agreed = matches!(self.standing, Standing::Quarantined { .. })
            || self.denied_model.is_some_and(|other| other != model);
        self.denied_model = Some(model);
        if agreed {
            self.quarantine(now, started);
        }
        agreed
    }

    /// End of the rest that the provider asked for: a key that is shut meanwhile is not tested before.
    fn rest(&self) -> Duration {
        match self.standing {
            Standing::Cooling { until } => until,
            Standing::Ok | Standing::Exhausted { .. } | Standing::Quarantined { .. } => Duration::ZERO,
        }
    }

    /// Until when its provider asked to wait with it, if that is to come.
    pub(crate) fn asked(&self, now: Duration) -> Option<Duration> {
        (self.asked_until > now).then_some(self.asked_until)
    }

    /// Whether an attempt started too early to say anything about how the key stands now.
    fn is_stale(&self, started: Duration) -> bool {
        let shut = matches!(self.standing, Standing::Exhausted { .. } | Standing::Quarantined { .. });
        started < self.lifted_at || (shut && started < self.shut_at)
    }

    /// When it next changes by itself.
    pub(crate) fn next_change(&self, now: Duration) -> Option<Duration> {
        match self.standing {
            Standing::Ok => None,
            Standing::Cooling { until } | Standing::Exhausted { until } | Standing::Quarantined { until, .. } => {
                (until > now).then_some(until)
            }
        }
    }
}

impl Identified for KeyState {
    fn identity(&self) -> u64 {
        self.id
    }
}

fn retest_after(step: usize) -> Duration {
    QUARANTINE_RETEST.get(step).copied().unwrap_or(EXHAUSTED_RETEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// Found by the simulation: the first of two tests fell silent after the second had been told to wait.
    #[test]
    fn a_test_that_says_nothing_does_not_end_the_rest_another_one_was_asked_for() {
        let mut key = KeyState::new(1);
        key.quarantine(secs(1000), secs(1000));
        key.claim_test(secs(1060));
        assert_eq!(key.readiness(secs(1120)), Readiness::Test);
        key.claim_test(secs(1120));
        key.cool(secs(1121), secs(360));
        key.release_test(secs(1125), secs(1060));
        assert_eq!(key.readiness(secs(1126)), Readiness::Quarantined { until: secs(1481) });
    }

    #[test]
    fn a_test_that_succeeds_does_not_end_the_rest_that_another_answer_asked_for_meanwhile() {
        let mut key = KeyState::new(1);
        key.exhaust(secs(10), secs(9), Some(secs(1)));
        key.claim_test(secs(11));
        key.cool(secs(12), secs(3600));
        key.worked(secs(13), secs(11));
        assert_eq!(key.readiness(secs(13)), Readiness::Cooling { until: secs(3612) });
        assert_eq!(key.readiness(secs(3612)), Readiness::Ready);
    }

    #[test]
    fn a_rejected_key_is_tested_after_a_minute_ten_minutes_and_then_hourly() {
        let mut key = KeyState::new(1);
        let mut now = secs(1000);
        key.quarantine(now, now);
        for pause in [60, 600, 3600, 3600, 3600] {
            assert_eq!(key.readiness(now + secs(pause - 1)), Readiness::Quarantined { until: now + secs(pause) });
            now += secs(pause);
            assert_eq!(key.readiness(now), Readiness::Test);
            key.claim_test(now);
            assert!(matches!(key.readiness(now), Readiness::Quarantined { .. }), "one request tests, not two");
            key.quarantine(now, now);
        }
        now += secs(3600);
        key.worked(now, now);
        assert_eq!(key.readiness(now), Readiness::Ready);
    }

    #[test]
    fn a_key_without_balance_waits_for_the_stated_reset_or_a_quarter_of_an_hour() {
        let mut key = KeyState::new(1);
        key.exhaust(secs(100), secs(100), Some(secs(30)));
        assert_eq!(key.readiness(secs(129)), Readiness::Exhausted { until: secs(130) });
        assert_eq!(key.readiness(secs(130)), Readiness::Test);
        key.exhaust(secs(130), secs(130), None);
        assert_eq!(key.readiness(secs(130)), Readiness::Exhausted { until: secs(130 + 900) });
    }

    #[test]
    fn a_test_that_says_nothing_about_the_key_is_repeated() {
        let mut key = KeyState::new(1);
        key.quarantine(secs(0), secs(0));
        key.claim_test(secs(60));
        key.release_test(secs(62), secs(60));
        assert_eq!(key.readiness(secs(62)), Readiness::Test);
    }

    #[test]
    fn a_test_that_ends_after_the_key_was_shut_anew_opens_nothing() {
        let mut key = KeyState::new(1);
        key.quarantine(secs(0), secs(0));
        key.claim_test(secs(60));
        key.claim_test(secs(120));
        key.worked(secs(121), secs(120));
        key.quarantine(secs(130), secs(125));
        key.release_test(secs(140), secs(60));
        assert_eq!(key.readiness(secs(140)), Readiness::Quarantined { until: secs(190) });
    }

    #[test]
    fn results_of_older_attempts_change_nothing() {
        let mut key = KeyState::new(1);
        key.quarantine(secs(10), secs(9));
        key.worked(secs(11), secs(9));
        assert!(matches!(key.readiness(secs(11)), Readiness::Quarantined { .. }), "an old success does not lift");
        key.quarantine(secs(11), secs(8));
        assert_eq!(key.readiness(secs(70)), Readiness::Test, "an old rejection is not a second one");
        key.worked(secs(71), secs(70));
        key.quarantine(secs(72), secs(60));
        assert_eq!(key.readiness(secs(72)), Readiness::Ready, "an old rejection does not undo a newer success");
    }

    #[test]
    fn a_key_is_quarantined_for_403_only_when_two_models_agree() {
        let mut key = KeyState::new(1);
        assert!(!key.deny(secs(1), secs(1), 7));
        assert!(!key.deny(secs(2), secs(2), 7));
        assert_eq!(key.readiness(secs(2)), Readiness::Ready);
        key.worked(secs(3), secs(3));
        assert!(!key.deny(secs(4), secs(4), 8), "a success in between starts the count again");
        assert!(key.deny(secs(5), secs(5), 9));
        assert!(matches!(key.readiness(secs(5)), Readiness::Quarantined { .. }));
    }

    #[test]
    fn a_longer_wait_extends_a_shorter_one_and_never_the_reverse() {
        let mut key = KeyState::new(1);
        key.cool(secs(0), secs(30));
        key.cool(secs(1), secs(5));
        assert_eq!(key.readiness(secs(1)), Readiness::Cooling { until: secs(30) });
        assert_eq!(key.readiness(secs(30)), Readiness::Ready);
    }

    #[test]
    fn a_key_that_is_shut_while_it_rests_is_not_tested_before_the_rest_is_over() {
        let mut key = KeyState::new(1);
        key.cool(secs(0), secs(180));
        key.quarantine(secs(1), secs(0));
        assert_eq!(key.readiness(secs(179)), Readiness::Quarantined { until: secs(180) });
        assert_eq!(key.readiness(secs(180)), Readiness::Test);
        let mut key = KeyState::new(1);
        key.cool(secs(0), secs(180));
        key.exhaust(secs(1), secs(0), Some(secs(10)));
        assert_eq!(key.readiness(secs(11)), Readiness::Exhausted { until: secs(180) });
    }
}
