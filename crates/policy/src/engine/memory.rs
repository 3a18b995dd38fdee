//! What the engine knows, handed out to be kept and taken back after a restart.

use std::time::Duration;

use super::Engine;
use crate::absent::Absent;
use crate::classify::Row;
use crate::memory::{Calendar, Home, Homes, KeyMemory, Memory, ProviderMemory};
use crate::state::ProviderState;

/// So many conversations and things are written as often as everything else: a person's, not a team's.
const HOMES_FEW: usize = 200;

/// Conversations and things kept: those used last. More than a person and a team have at once, and small enough to write
/// often.
const HOMES_MAX: usize = 2_000;

impl Engine {
    /// What is worth keeping. The same knowledge gives the same value, however much time has passed.
    pub fn export(&self, calendar: &Calendar) -> Memory {
        Memory {
            providers: self.providers(calendar),
            rests: self.rests.export(calendar),
            failover: self.tiers.export(calendar, &self.params),
        }
    }

    /// Where conversations are.
    pub fn export_homes(&self, calendar: &Calendar) -> Homes {
        let mut homes: Homes = self.stays.export(calendar).chain(self.keepers.export(calendar)).collect();
        homes.sort_unstable_by_key(|Home(key, _, at, warm)| (std::cmp::Reverse(*at), *key, *warm));
        homes.truncate(HOMES_MAX);
        homes
    }

    /// Whether these are so few that they are written as often as everything else.
    pub fn homes_are_few(&self) -> bool {
        self.stays.len() + self.keepers.len() <= HOMES_FEW
    }

    /// Takes over what was kept; to be called before the first request. What names something that is not there any more
    /// is passed over.
    pub fn restore(&mut self, calendar: &Calendar, kept: &Memory) {
        for provider in &kept.providers {
            let keys = provider.keys.iter().filter(|key| key.gone.is_none()).map(|key| key.id);
            self.expect_back(calendar, provider.identity, provider.gone, keys);
            let Some(state) = self.state_mut(provider.identity) else { continue };
            for key in &provider.keys {
                state.expect_key(key.id, since(calendar, key.gone));
                if let Some(state) = state.key_mut(Some(key.id)) {
                    state.restore(calendar, key);
                }
            }
            if let Some(breaker) = &provider.breaker {
                state.breaker.restore(calendar, breaker);
            }
            state.lacks.restore(calendar, &provider.lacks);
            state.sizes.restore(calendar, &provider.sizes);
            let row = |id: &str| Row::ALL.iter().copied().find(|row| row.id() == id);
            let failure = provider.last_failure.as_ref();
            state.last_failure = failure.and_then(|(id, at)| Some((row(id)?, calendar.moment(*at))));
            state.last_success = provider.last_success.map(|at| calendar.moment(at));
        }
        let (states, absent) = (&self.states, &self.absent);
        let is_known = |identity| known(states, absent, identity);
        self.rests.restore(calendar, &kept.rests, is_known);
        self.tiers.restore(calendar, &self.params, &kept.failover);
    }

    /// Takes over where conversations were.
    pub fn restore_homes(&mut self, calendar: &Calendar, kept: &Homes) {
        let (states, absent) = (&self.states, &self.absent);
        // The newest last, as they would have come.
        for home in kept.iter().rev().filter(|Home(_, provider, ..)| known(states, absent, *provider)) {
            match home {
                Home(.., 0) => self.keepers.restore(calendar, home),
                Home(..) => self.stays.restore(calendar, home),
            }
        }
    }

    /// Something was kept of this provider: when no configuration describes it, it is absent since `gone`, or since now.
    pub(super) fn expect_back(
        &mut self,
        calendar: &Calendar,
        identity: u64,
        gone: Option<u64>,
        keys: impl IntoIterator<Item = u64>,
    ) {
        if self.state(identity).is_none() {
            self.absent.leave(since(calendar, gone), ProviderState::unseen(identity, keys));
        }
    }

    fn providers(&self, calendar: &Calendar) -> Vec<ProviderMemory> {
        let here = self.states.iter().filter_map(|state| provider(calendar, state, None));
        let absent = self.absent.iter().filter_map(|(since, state)| provider(calendar, state, Some(*since)));
        here.chain(absent).collect()
    }
}

/// Since when something is missing; what was kept of what is missing only now says nothing.
fn since(calendar: &Calendar, gone: Option<u64>) -> Duration {
    gone.map_or(calendar.now, |date| calendar.moment(date).min(calendar.now))
}

fn known(states: &[ProviderState], absent: &Absent<ProviderState>, identity: u64) -> bool {
    states.iter().any(|state| state.identity == identity) || absent.get(identity).is_some()
}

/// Nothing of a provider of which nothing is known.
fn provider(calendar: &Calendar, state: &ProviderState, gone: Option<Duration>) -> Option<ProviderMemory> {
    let memory = ProviderMemory {
        identity: state.identity,
        gone: None,
        keys: keys(calendar, state),
        breaker: state.breaker.export(calendar),
        lacks: state.lacks.export(calendar),
        sizes: state.sizes.export(calendar),
        last_failure: state.last_failure.map(|(row, at)| (row.id().to_owned(), calendar.date(at))),
        last_success: state.last_success.map(|at| calendar.date(at)),
    };
    let blank = ProviderMemory { identity: state.identity, ..ProviderMemory::default() };
    (memory != blank).then(|| ProviderMemory { gone: gone.map(|since| calendar.date(since)), ..memory })
}

fn keys(calendar: &Calendar, state: &ProviderState) -> Vec<KeyMemory> {
    let here = state.keys.iter().filter_map(|key| key.export(calendar));
    let absent = state.absent_keys.iter().filter_map(|(since, key)| {
        let gone = Some(calendar.date(*since));
        key.export(calendar).map(|key| KeyMemory { gone, ..key })
    });
    here.chain(absent).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::classify::Verdict;
    use crate::engine::{Decision, Facts, KeyParams, Outcome, Params, ProfileParams, ProviderParams, Tier};
    use crate::health::Probe;

    const T0: Duration = Duration::from_secs(1_000_000);
    const DATE: u64 = 1_700_000_000_000;

    fn at(seconds: u64) -> Calendar {
        Calendar { now: T0 + Duration::from_secs(seconds), unix_ms: DATE + seconds * 1_000 }
    }

    /// After a restart `seconds` later: another beginning of time.
    fn again(seconds: u64) -> Calendar {
        Calendar { now: Duration::from_secs(500_000), unix_ms: DATE + seconds * 1_000 }
    }

    fn params() -> Arc<Params> {
        let key = |id| KeyParams::new(id);
        let provider = |index: u64| ProviderParams {
            keys: vec![key(index * 10 + 1), key(index * 10 + 2)],
            ..ProviderParams::new(&format!("p{index}"), index + 1, vec![0])
        };
        let spare = ProfileParams { tier: Tier::Secondary, ..ProfileParams::new("spare", vec![1]) };
        Arc::new(Params {
            providers: (0..2).map(provider).collect(),
            profiles: vec![ProfileParams::new("main", vec![0, 1]), spare],
            ..Params::default()
        })
    }

    fn engine() -> Engine {
        Engine::new(params(), 1)
    }

    /// One request, pinned to the first provider, in which every attempt ends like this.
    fn fail(engine: &mut Engine, now: Duration, row: Row, wait: Option<Duration>) {
        let facts = Facts { model: Some("m"), pinned_provider: Some("p0"), session: Some(9), ..Facts::new(0) };
        let mut flight = engine.start(now, &facts).unwrap();
        while let Decision::Try(_) = engine.decide(now, &mut flight) {
            engine.observe(now, &mut flight, &Outcome::Failed(Verdict::of(row, wait)));
        }
    }

    fn restarted(engine: &Engine, from: &Calendar, to: &Calendar) -> Engine {
        let mut new = self::engine();
        new.restore(to, &engine.export(from));
        new.restore_homes(to, &engine.export_homes(from));
        new
    }

    #[test]
    fn rejected_and_resting_keys_open_breakers_and_switches_are_there_again_with_their_ages() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        engine.switch(T0, "spare", Some("bills"), Some(Duration::from_secs(7_200))).unwrap();
        engine.pause_failover(T0, Some(Duration::from_secs(3_600)));
        let new = restarted(&engine, &at(1), &again(600));
        let now = again(600).now;
        let (old, shown) = (engine.snapshot(T0), new.snapshot(now));
        assert_eq!(shown.providers[0].keys[0].state, old.providers[0].keys[0].state);
        assert_eq!(shown.providers[0].keys[0].left_ms, Some(0), "tested by the next request");
        assert_eq!(shown.providers[0].last_failure, old.providers[0].last_failure);
        assert_eq!(shown.providers[0].last_failure_ago_ms, Some(600_000));
        assert_eq!((&*shown.failover.profile, shown.failover.reason.as_deref()), ("spare", Some("bills")));
        assert_eq!(shown.failover.until_left_ms, Some(6_600_000));
        assert_eq!(shown.failover.paused_left_ms, Some(3_000_000));
        assert_eq!(shown.failover.history[0].ago_ms, 600_000);
    }

    #[test]
    fn what_was_over_meanwhile_is_over() {
        let mut engine = engine();
        for _ in 0..4 {
            fail(&mut engine, T0, Row::Refused, None);
        }
        engine.switch(T0, "spare", None, Some(Duration::from_secs(60))).unwrap();
        let shut = restarted(&engine, &at(1), &again(2)).snapshot(again(2).now);
        let over = restarted(&engine, &at(1), &again(86_400)).snapshot(again(86_400).now);
        assert_eq!(shut.providers[0].breaker, "open");
        assert_eq!(over.providers[0].breaker, "half-open");
        let mut new = restarted(&engine, &at(1), &again(86_400));
        assert!(new.start(again(86_400).now, &Facts::new(0)).is_ok());
        assert_eq!(&*new.snapshot(again(86_400).now).failover.profile, "main");
    }

    #[test]
    fn the_same_knowledge_gives_the_same_value_as_time_passes() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        fail(&mut engine, T0, Row::ServerError, None);
        engine.switch(T0, "spare", None, None).unwrap();
        assert_eq!(engine.export(&at(2)), engine.export(&at(3)));
        assert_eq!(Engine::new(params(), 1).export(&at(0)), Memory::default());
        let kept = engine.export(&at(2));
        assert_eq!(restarted(&engine, &at(2), &again(2)).export(&again(2)).failover, kept.failover);
    }

    #[test]
    fn what_names_something_unknown_is_passed_over() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        engine.switch(T0, "spare", None, None).unwrap();
        let mut kept = engine.export(&at(1));
        kept.providers[0].identity = 77;
        kept.failover.away.as_mut().unwrap().profile = "gone".to_owned();
        kept.failover.history[0].cause = "later".to_owned();
        let mut new = self::engine();
        new.restore(&again(1), &kept);
        let shown = new.snapshot(again(1).now);
        assert_eq!(shown.providers[0].keys[0].state, "ok");
        assert_eq!((&*shown.failover.profile, shown.failover.history.len()), ("main", 0));
    }

    fn without(gone: &str) -> Arc<Params> {
        let all = params();
        let providers: Vec<_> = all.providers.iter().filter(|provider| *provider.name != *gone).cloned().collect();
        let profiles = vec![ProfileParams::new("main", vec![0])];
        Arc::new(Params { providers, profiles, ..Params::default() })
    }

    #[test]
    fn a_provider_that_was_missing_for_a_while_is_who_it_was() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        fail(&mut engine, T0, Row::ServerError, None);
        engine.reload(T0, without("p0"));
        engine.reload(at(3_600).now, params());
        let shown = engine.snapshot(at(3_600).now);
        assert_eq!(shown.providers[0].keys[0].state, "quarantined");
        assert_eq!((shown.providers[0].health.answers, shown.providers[1].health.answers), (2, 0));
        engine.reload(at(3_600).now, without("p0"));
        engine.reload(at(3_600 + 86_400).now, params());
        assert_eq!(engine.snapshot(at(3_600 + 86_400).now).providers[0].keys[0].state, "ok", "that was too long");
    }

    #[test]
    fn a_request_that_ends_while_its_provider_is_missing_leaves_its_place() {
        let mut engine = engine();
        let facts = Facts { pinned_provider: Some("p0"), ..Facts::new(0) };
        let mut flight = engine.start(T0, &facts).unwrap();
        assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(_)));
        engine.reload(T0, without("p0"));
        engine.observe(T0, &mut flight, &Outcome::Success);
        engine.reload(T0, params());
        let state = engine.state(1).unwrap();
        assert_eq!((state.gauge.in_flight(), state.last_success), (0, Some(T0)));
    }

    #[test]
    fn a_restart_while_a_provider_is_missing_forgets_neither_it_nor_since_when() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        engine.reload(T0, without("p0"));
        let mut new = Engine::new(without("p0"), 1);
        new.restore(&again(60), &engine.export(&at(1)));
        new.restore_health(&again(60), &engine.export_health(&at(1)));
        let mut late = new.clone();
        new.reload(again(120).now, params());
        let shown = new.snapshot(again(120).now);
        assert_eq!((shown.providers[0].keys[0].state, shown.providers[0].health.answers), ("quarantined", 2));
        late.handle_timeout(again(60).now + Duration::from_secs(86_400 - 60));
        late.reload(again(60).now, params());
        assert_eq!(late.snapshot(again(60).now).providers[0].keys[0].state, "ok");
    }

    /// The first provider has lost the first of its two keys.
    fn without_a_key() -> Arc<Params> {
        let mut providers = params().providers.clone();
        providers[0].keys.remove(0);
        Arc::new(Params { providers, ..Params::clone(&params()) })
    }

    #[test]
    fn a_key_that_was_missing_for_a_while_stands_as_it_stood() {
        for (row, wait, state) in [
            (Row::KeyRejected, None, "quarantined"),
            (Row::QuotaExhausted, Some(Duration::from_secs(7_200)), "exhausted"),
            (Row::RateLimitedLong, Some(Duration::from_secs(7_200)), "cooling"),
        ] {
            let mut engine = engine();
            fail(&mut engine, T0, row, wait);
            let key = |engine: &Engine, now| {
                let key = engine.snapshot(now).providers[0].keys[0].clone();
                (key.state, key.left_ms)
            };
            let before = key(&engine, at(3_600).now);
            engine.reload(T0, without_a_key());
            assert_eq!(engine.snapshot(T0).providers[0].keys.len(), 1, "{row}");
            engine.reload(at(3_600).now, params());
            assert_eq!((before.0, key(&engine, at(3_600).now)), (state, before), "{row}");
            engine.reload(at(3_600).now, without_a_key());
            engine.reload(at(3_600 + 86_400).now, params());
            assert_eq!(key(&engine, at(3_600 + 86_400).now).0, "ok", "that was too long: {row}");
        }
    }

    #[test]
    fn what_is_learned_of_a_key_while_it_is_missing_is_known_when_it_is_back() {
        let mut engine = engine();
        let facts = Facts { pinned_provider: Some("p0"), ..Facts::new(0) };
        let mut flight = engine.start(T0, &facts).unwrap();
        assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(_)));
        engine.reload(T0, without_a_key());
        engine.observe(T0, &mut flight, &Outcome::Failed(Verdict::of(Row::KeyRejected, None)));
        engine.reload(T0, params());
        assert_eq!(engine.snapshot(T0).providers[0].keys[0].state, "quarantined");
        assert_eq!(engine.state(1).and_then(|state| state.key(Some(1))).unwrap().gauge.in_flight(), 0);
    }

    #[test]
    fn a_restart_while_a_key_is_missing_forgets_neither_it_nor_since_when() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        engine.reload(T0, without_a_key());
        let mut new = Engine::new(without_a_key(), 1);
        new.restore(&again(60), &engine.export(&at(1)));
        let kept = new.export(&again(60));
        assert_eq!(kept.providers[0].keys.iter().find(|key| key.id == 1).unwrap().gone, Some(DATE));
        let mut late = new.clone();
        new.reload(again(60).now, params());
        assert_eq!(new.snapshot(again(60).now).providers[0].keys[0].state, "quarantined");
        let a_day_after = again(60).now + Duration::from_secs(86_400 - 60);
        late.reload(a_day_after, params());
        assert_eq!(late.snapshot(a_day_after).providers[0].keys[0].state, "ok");
    }

    #[test]
    fn a_key_missing_from_a_provider_that_is_missing_too_is_kept_as_long_and_no_longer() {
        let mut engine = engine();
        fail(&mut engine, T0, Row::KeyRejected, None);
        engine.reload(T0, without_a_key());
        engine.reload(at(3_600).now, without("p0"));
        let mut new = Engine::new(without("p0"), 1);
        new.restore(&again(7_200), &engine.export(&at(7_200)));
        for (mut engine, now) in [(engine, at(7_200).now), (new, again(7_200).now)] {
            let in_time = now + Duration::from_secs(86_399 - 7_200);
            let mut late = engine.clone();
            engine.reload(in_time, params());
            assert_eq!(engine.snapshot(in_time).providers[0].keys[0].state, "quarantined");
            late.reload(in_time + Duration::from_secs(1), params());
            assert_eq!(late.snapshot(in_time + Duration::from_secs(1)).providers[0].keys[0].state, "ok");
        }
    }

    #[test]
    fn a_switch_by_hand_to_a_profile_that_was_missing_holds_again() {
        let mut engine = engine();
        engine.switch(T0, "spare", Some("bills"), None).unwrap();
        engine.reload(T0, without("p0"));
        let profile = |engine: &Engine, now| engine.snapshot(now).failover;
        assert_eq!(&*profile(&engine, T0).profile, "main");
        let mut restarted = Engine::new(without("p0"), 1);
        restarted.restore(&again(60), &engine.export(&at(1)));
        engine.reload(at(60).now, params());
        restarted.reload(again(61).now, params());
        for shown in [profile(&engine, at(60).now), profile(&restarted, again(61).now)] {
            assert_eq!(
                (&*shown.profile, shown.cause, shown.reason.as_deref()),
                ("spare", Some("manual"), Some("bills"))
            );
        }
        // That requests failed meanwhile, and went elsewhere, is nobody's word.
        let mut last = Params::clone(&without("p0"));
        last.providers.push(ProviderParams::new("p9", 9, vec![0]));
        last.profiles.push(ProfileParams { tier: Tier::Fallback, ..ProfileParams::new("last", vec![1]) });
        engine.reload(at(60).now, Arc::new(last));
        for _ in 0..3 {
            let mut flight = engine.start(at(60).now, &Facts::new(0)).unwrap();
            while let Decision::Try(target) = engine.decide(at(60).now, &mut flight) {
                let failed = Outcome::Failed(Verdict::of(Row::Refused, None));
                engine.observe(at(60).now, &mut flight, if target.provider == 0 { &failed } else { &Outcome::Success });
            }
        }
        assert_eq!(&*profile(&engine, at(60).now).profile, "last");
        engine.reload(at(60).now, params());
        assert_eq!(&*profile(&engine, at(60).now).profile, "spare");
        engine.reload(at(60).now, without("p0"));
        engine.switch_back(at(61).now, None);
        engine.reload(at(62).now, params());
        assert_eq!(&*profile(&engine, at(62).now).profile, "main", "somebody has said otherwise since");
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_over_a_restart_whatever_a_probe_finds_and_a_request_hears() {
        let mut engine = engine();
        for _ in 0..3 {
            fail(&mut engine, T0, Row::Unavailable, Some(Duration::from_secs(100)));
        }
        fail(&mut engine, T0, Row::Overloaded, Some(Duration::from_secs(200)));
        let mut new = restarted(&engine, &at(1), &again(10));
        let now = again(10).now;
        new.probed(now, now, 1, Probe::Reached(Duration::ZERO));
        fail(&mut new, now, Row::Overloaded, None);
        let shown = new.snapshot(now).providers[0].clone();
        assert_eq!((shown.breaker, shown.resting_models), ("open", 1));
        let rest = new.export(&again(10)).rests[0].clone();
        assert_eq!((rest.until, rest.asked_until), (DATE + 200_000, Some(DATE + 200_000)));
    }

    #[test]
    fn how_a_provider_has_answered_is_there_again_after_a_kill() {
        let mut engine = engine();
        for _ in 0..6 {
            fail(&mut engine, T0, Row::Unavailable, None);
        }
        let mut new = self::engine();
        new.restore(&again(5), &engine.export(&at(0)));
        new.restore_lately(&again(5), &engine.export_lately(&at(0)));
        let health = new.snapshot(again(5).now).providers[0].health.clone();
        assert_eq!((health.answers, health.failures_in_a_row, health.good), (6, 6, 0), "{health:?}");
        assert!(health.score.is_some(), "{health:?}");
    }

    #[test]
    fn a_switch_by_hand_to_the_default_profile_and_how_often_it_was_switched_outlive_a_restart() {
        let mut engine = engine();
        engine.tiers.automatic.extend([T0, T0 + Duration::from_secs(1)]);
        engine.switch(T0, "main", None, Some(Duration::from_secs(120))).unwrap();
        let new = restarted(&engine, &at(2), &again(60));
        let shown = new.snapshot(again(60).now).failover;
        assert_eq!((shown.cause, shown.until_left_ms), (Some("manual"), Some(60_000)));
        assert_eq!(new.export(&again(60)).failover, engine.export(&at(2)).failover);
    }

    #[test]
    fn a_conversation_finds_its_home_while_the_cache_is_warm() {
        let mut engine = engine();
        let mut flight = engine.start(T0, &Facts { session: Some(9), ..Facts::new(0) }).unwrap();
        for outcome in [Outcome::Failed(Verdict::of(Row::Refused, None)), Outcome::Success] {
            engine.decide(T0, &mut flight);
            engine.observe(T0, &mut flight, &outcome);
        }
        assert_eq!(engine.export_homes(&at(1)).len(), 2, "where it is, and who answered it last");
        let home_after = |seconds| {
            let mut new = restarted(&engine, &at(1), &again(seconds));
            let flight = new.start(again(seconds).now, &Facts { session: Some(9), ..Facts::new(0) }).unwrap();
            flight.home.map(|home| home.provider)
        };
        assert_eq!((home_after(60), home_after(600)), (Some(1), None));
    }
}
