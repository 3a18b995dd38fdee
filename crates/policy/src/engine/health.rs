//! What probes show, and forgetting by hand how a provider stands.

use std::time::Duration;

use super::Engine;
use crate::health::{HealthMemory, LatelyMemory, Probe, Standing};
use crate::keys::Readiness;
use crate::memory::Calendar;
use crate::params::ProviderParams;
use crate::probe::{self, Known, MESSAGE_EVERY, ProbeParams};
use crate::state::ProviderState;

impl Engine {
    /// Providers to be probed now, as indexes; each counts as probed from now on. `last_work` is when anybody last asked
    /// for anything.
    pub fn probes_due(&mut self, now: Duration, params: &ProbeParams, last_work: Duration) -> Vec<usize> {
        let mut due = Vec::new();
        for (index, (provider, state)) in self.params.providers.iter().zip(&mut self.states).enumerate() {
            let known = Known {
                troubled: state.breaker.standing(now).name != "closed" || shut_keys(now, provider, state).0 > 0,
                last_used: state.last_success.max(state.last_failure.map(|(_, at)| at)),
                last_probe: state.health.last_probe(),
                next: state.health.next_probe,
            };
            if known.next == Duration::ZERO && known.last_used.is_none() {
                state.health.next_probe = probe::first(now, &mut self.jitter);
                continue;
            }
            if provider.enabled && probe::is_due(now, params, last_work, &known) {
                state.health.next_probe = probe::next(now, params, &mut self.jitter);
                due.push(index);
            }
        }
        due
    }

    /// Takes note of what a probe that began at `started` has shown. A good one lets a provider that is left alone be
    /// tried by a request at once, and the rejected key that it was asked with be tested, unless such a question has been
    /// answered with a key that requests are refused for; it proves nothing more. A refused key is set aside.
    pub fn probed(&mut self, now: Duration, started: Duration, identity: u64, probe: Probe) {
        let Some(state) = self.state_mut(identity) else { return };
        state.health.probed(now, probe);
        match probe {
            Probe::Reached(_) => state.breaker.reached(now),
            Probe::Answered(_, id) => {
                state.breaker.reached(now);
                if let Some(key) = id.and_then(|id| state.key_mut(Some(id))) {
                    key.vouched(now);
                }
            }
            Probe::Completed(_, id) => {
                state.breaker.reached(now);
                if let Some(key) = id.and_then(|id| state.key_mut(Some(id))) {
                    key.test_early(now);
                }
            }
            Probe::Rejected(id) => {
                if let Some(key) = state.key_mut(Some(id)) {
                    key.refused_by_probe(now, started);
                }
            }
            Probe::Failed(_) | Probe::Unanswered(..) => {}
        }
    }

    /// Whether it is time for a message to the provider of this identity, which costs tokens.
    pub fn message_is_due(&self, now: Duration, identity: u64) -> bool {
        let state = self.states.iter().find(|state| state.identity == identity);
        let asked = state.and_then(|state| state.health.last_message());
        asked.is_none_or(|asked| now.saturating_sub(asked) >= MESSAGE_EVERY)
    }

    /// Forgets how a provider, or one key of it by its place, stands: as if it had never failed. False when there is none.
    pub fn reset(&mut self, provider: &str, key: Option<usize>) -> bool {
        self.generation += 1;
        let generation = self.generation;
        let mut both = self.params.providers.iter().zip(&mut self.states);
        let Some((params, state)) = both.find(|(params, _)| *params.name == *provider) else { return false };
        match key {
            Some(place) => {
                let Some(id) = params.keys.get(place).map(|key| key.id) else { return false };
                state.forget_key(id);
                self.rests.forget(params.identity, Some(id));
            }
            None => {
                state.forget(generation);
                self.rests.forget(params.identity, None);
            }
        }
        true
    }

    /// Answers of every provider, by hours and days.
    pub fn export_health(&self, calendar: &Calendar) -> Vec<HealthMemory> {
        let here = self.states.iter().map(|state| state.health.export(calendar, state.identity));
        let absent = self.absent.iter().map(|(since, state)| HealthMemory {
            gone: Some(calendar.date(*since)),
            ..state.health.export(calendar, state.identity)
        });
        here.chain(absent).filter(|health| !health.days.is_empty()).collect()
    }

    /// What changes with each answer, of every provider that has answered.
    pub fn export_lately(&self, calendar: &Calendar) -> Vec<LatelyMemory> {
        let here = self.states.iter().chain(self.absent.iter().map(|(_, state)| state));
        here.filter_map(|state| state.health.export_lately(calendar, state.identity)).collect()
    }

    /// Takes over what was kept of that, after [`Self::restore_health`].
    pub fn restore_lately(&mut self, calendar: &Calendar, kept: &[LatelyMemory]) {
        for kept in kept {
            if let Some(state) = self.state_mut(kept.identity) {
                state.health.restore_lately(calendar, kept);
            }
        }
    }

    /// The same of one, by name.
    pub fn health_of(&self, calendar: &Calendar, provider: &str) -> Option<HealthMemory> {
        let mut both = self.params.providers.iter().zip(&self.states);
        let (_, state) = both.find(|(params, _)| *params.name == *provider)?;
        Some(state.health.export(calendar, state.identity))
    }

    /// Takes over what was kept.
    pub fn restore_health(&mut self, calendar: &Calendar, kept: &[HealthMemory]) {
        for kept in kept {
            self.expect_back(calendar, kept.identity, kept.gone, []);
            if let Some(state) = self.state_mut(kept.identity) {
                state.health.restore(calendar, kept);
            }
        }
    }

    /// The shortest mean latency of all providers, seconds.
    pub(super) fn best_latency(&self) -> Option<f64> {
        self.states.iter().filter_map(|state| state.health.latency()).min_by(f64::total_cmp)
    }

    pub(super) fn health_standing(
        now: Duration,
        params: &ProviderParams,
        state: &ProviderState,
        best_latency: Option<f64>,
    ) -> Standing {
        let breaker = state.breaker.standing(now).name;
        Standing { breaker, shut_keys: shut_keys(now, params, state), best_latency }
    }
}

/// Keys that may not be used now, and all of them.
fn shut_keys(now: Duration, params: &ProviderParams, state: &ProviderState) -> (usize, usize) {
    let own = params.keys.iter().zip(&state.keys).filter(|(params, _)| params.enabled && !params.client);
    let ready = |key: &crate::keys::KeyState| key.readiness(now) == Readiness::Ready;
    own.fold((0, 0), |(shut, all), (_, key)| (shut + usize::from(!ready(key)), all + 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use std::sync::Arc;

    use super::*;
    use crate::classify::{Row, Verdict};
    use crate::engine::{Decision, Facts, KeyParams, Outcome, Params, ProfileParams};

    const T0: Duration = Duration::from_secs(1_000_000);
    const PARAMS: ProbeParams = ProbeParams { every: Duration::from_secs(60), quiet_after: Duration::from_secs(900) };

    fn engine() -> Engine {
        let key = |id| KeyParams::new(id);
        let provider = |index: u64| ProviderParams {
            keys: vec![key(index * 10 + 1)],
            ..ProviderParams::new(&format!("p{index}"), index + 1, vec![0])
        };
        let providers: Vec<_> = (0..2).map(provider).collect();
        let profiles = vec![ProfileParams::new("main", vec![0, 1])];
        Engine::new(Arc::new(Params { providers, profiles, ..Params::default() }), 1)
    }

    fn fail(engine: &mut Engine, now: Duration, row: Row, wait: Option<Duration>) {
        let mut flight = engine.start(now, &Facts { pinned_provider: Some("p0"), ..Facts::new(0) }).unwrap();
        while let Decision::Try(_) = engine.decide(now, &mut flight) {
            engine.observe(now, &mut flight, &Outcome::Failed(Verdict::of(row, wait)));
        }
    }

    fn breaker(engine: &Engine, now: Duration) -> &'static str {
        engine.snapshot(now).providers[0].breaker
    }

    #[test]
    fn a_good_probe_lets_a_request_try_and_closes_nothing() {
        let mut engine = engine();
        for _ in 0..3 {
            fail(&mut engine, T0, Row::Refused, None);
        }
        assert_eq!(breaker(&engine, T0), "open");
        engine.probed(T0, T0, 1, Probe::Failed(Row::Refused));
        assert_eq!(breaker(&engine, T0), "open");
        engine.probed(T0, T0, 1, Probe::Reached(Duration::from_millis(3)));
        assert_eq!(breaker(&engine, T0), "half-open");
        for _ in 0..9 {
            engine.probed(T0, T0, 1, Probe::Answered(Duration::from_millis(3), Some(1)));
        }
        assert_eq!(breaker(&engine, T0), "half-open");
    }

    #[test]
    fn a_good_probe_does_not_shorten_a_wait_that_the_provider_asked_for() {
        let mut engine = engine();
        for _ in 0..3 {
            fail(&mut engine, T0, Row::Refused, Some(Duration::from_secs(100)));
        }
        engine.probed(T0 + Duration::from_secs(99), T0, 1, Probe::Reached(Duration::ZERO));
        assert_eq!(breaker(&engine, T0 + Duration::from_secs(99)), "open");
    }

    #[test]
    fn a_refused_key_is_set_aside_and_an_accepted_one_is_tested_by_a_request() {
        let mut engine = engine();
        engine.probed(T0, T0, 1, Probe::Rejected(1));
        let key = |engine: &Engine| engine.snapshot(T0).providers[0].keys[0].clone();
        assert_eq!((key(&engine).state, key(&engine).left_ms), ("quarantined", Some(60_000)));
        engine.probed(T0, T0, 1, Probe::Answered(Duration::ZERO, Some(1)));
        assert_eq!((key(&engine).state, key(&engine).left_ms), ("quarantined", Some(0)));
    }

    /// How long until the key of the first provider is tested.
    fn test_left(engine: &Engine, now: Duration) -> Option<u64> {
        let key = engine.snapshot(now).providers[0].keys[0].clone();
        (key.state == "quarantined").then_some(key.left_ms.unwrap_or_default())
    }

    /// A list of models that anybody may see says nothing about a key.
    #[test]
    fn a_question_that_is_answered_with_a_key_that_requests_are_refused_for_brings_no_test_forward() {
        let mut engine = engine();
        let good = |engine: &mut Engine, now| engine.probed(now, now, 1, Probe::Answered(Duration::ZERO, Some(1)));
        fail(&mut engine, T0, Row::KeyRejected, None);
        let mut now = T0 + Duration::from_secs(35);
        good(&mut engine, now);
        assert_eq!(test_left(&engine, now), Some(0), "it may be good again");
        fail(&mut engine, now, Row::KeyRejected, None);
        for _ in 0..3 {
            now += Duration::from_secs(60);
            good(&mut engine, now);
            assert_ne!(test_left(&engine, now), Some(0), "that has proved nothing");
        }
        // Where the question is refused too, its answer means something.
        engine.probed(now, now, 1, Probe::Rejected(1));
        good(&mut engine, now);
        assert_eq!(test_left(&engine, now), Some(0));
    }

    #[test]
    fn a_question_says_nothing_of_the_keys_it_was_not_asked_with() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        for key in [None, Some(7)] {
            engine.probed(T0, T0, 1, Probe::Answered(Duration::ZERO, key));
            engine.probed(T0, T0, 1, Probe::Completed(Duration::ZERO, key));
        }
        assert_eq!(test_left(&engine, T0), Some(60_000));
    }

    #[test]
    fn a_provider_in_trouble_is_probed_again_and_again_and_one_in_use_is_not() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        let now = T0 + Duration::from_secs(1);
        let mut used = engine.start(now, &Facts { pinned_provider: Some("p1"), ..Facts::new(0) }).unwrap();
        engine.decide(now, &mut used);
        engine.observe(now, &mut used, &Outcome::Success);
        let due = |engine: &mut Engine, seconds| {
            let then = now + Duration::from_secs(seconds);
            let due = engine.probes_due(then, &PARAMS, now);
            due.iter().for_each(|index| engine.probed(then, then, *index as u64 + 1, Probe::Reached(Duration::ZERO)));
            due
        };
        assert!(due(&mut engine, 20).is_empty());
        assert_eq!(due(&mut engine, 31), [0]);
        assert!(due(&mut engine, 90).is_empty());
        assert_eq!(due(&mut engine, 104), [0]);
        assert_eq!(due(&mut engine, 310), [0, 1]);
        assert!(due(&mut engine, 901).is_empty(), "nobody works");
    }

    #[test]
    fn one_that_nobody_has_used_is_first_probed_after_minutes() {
        let mut engine = engine();
        assert!(engine.probes_due(T0, &PARAMS, T0).is_empty());
        assert!(engine.probes_due(T0 + Duration::from_secs(299), &PARAMS, T0).is_empty());
        assert_eq!(engine.probes_due(T0 + Duration::from_secs(361), &PARAMS, T0), [0, 1]);
    }

    #[test]
    fn a_message_is_asked_once_in_ten_minutes_and_one_that_is_refused_changes_nothing() {
        let mut engine = engine();
        for _ in 0..3 {
            fail(&mut engine, T0, Row::Refused, None);
        }
        assert!(engine.message_is_due(T0, 1));
        engine.probed(T0, T0, 1, Probe::Unanswered(Duration::ZERO, Row::RateLimited));
        assert_eq!(breaker(&engine, T0), "open");
        assert!(!engine.message_is_due(T0 + Duration::from_secs(599), 1));
        assert!(engine.message_is_due(T0 + Duration::from_secs(600), 1) && engine.message_is_due(T0, 2));
        engine.probed(T0, T0, 1, Probe::Completed(Duration::ZERO, Some(1)));
        assert_eq!(breaker(&engine, T0), "half-open", "a request must prove it");
    }

    #[test]
    fn a_reset_provider_is_as_on_its_first_day() {
        let mut engine = engine();
        for _ in 0..5 {
            fail(&mut engine, T0, Row::Refused, None);
        }
        fail(&mut engine, T0, Row::KeyRejected, None);
        assert!(engine.reset("p0", None) && !engine.reset("nobody", None) && !engine.reset("p0", Some(3)));
        let shown = engine.snapshot(T0);
        assert_eq!((shown.providers[0].breaker, shown.providers[0].keys[0].state), ("closed", "ok"));
        assert_eq!((shown.providers[0].health.score, shown.providers[0].last_failure), (None, None));
    }

    #[test]
    fn one_key_is_reset_and_nothing_else() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        assert!(engine.reset("p0", Some(0)));
        let shown = engine.snapshot(T0);
        assert_eq!(shown.providers[0].keys[0].state, "ok");
        assert!(shown.providers[0].last_failure.is_some());
    }
}
