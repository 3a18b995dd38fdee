//! What the engine knows, handed out to be kept and taken back after a restart.

use super::Engine;
use crate::classify::Row;
use crate::memory::{Calendar, Homes, Memory, ProviderMemory};
use crate::state::ProviderState;

impl Engine {
    /// What is worth keeping. The same knowledge gives the same value, however much time has passed.
    pub fn export(&self, calendar: &Calendar) -> Memory {
        Memory {
            providers: self.states.iter().filter_map(|state| provider(calendar, state)).collect(),
            rests: self.rests.export(calendar),
            failover: self.tiers.export(calendar, &self.params),
        }
    }

    /// Where conversations are.
    pub fn export_homes(&self, calendar: &Calendar) -> Homes {
        self.stays.export(calendar)
    }

    /// Takes over what was kept; to be called before the first request. What names something that is not there any more
    /// is passed over.
    pub fn restore(&mut self, calendar: &Calendar, kept: &Memory) {
        for provider in &kept.providers {
            let Some(state) = self.state_mut(provider.identity) else { continue };
            for key in &provider.keys {
                if let Some(state) = state.keys.iter_mut().find(|state| state.id == key.id) {
                    state.restore(calendar, key);
                }
            }
            if let Some(breaker) = &provider.breaker {
                state.breaker.restore(calendar, breaker);
            }
            state.lacks.restore(calendar, &provider.lacks);
            let row = |id: &str| Row::ALL.iter().copied().find(|row| row.id() == id);
            let failure = provider.last_failure.as_ref();
            state.last_failure = failure.and_then(|(id, at)| Some((row(id)?, calendar.moment(*at))));
            state.last_success = provider.last_success.map(|at| calendar.moment(at));
        }
        let states = &self.states;
        self.rests.restore(calendar, &kept.rests, |identity| states.iter().any(|state| state.identity == identity));
        self.tiers.restore(calendar, &self.params, &kept.failover);
    }

    /// Takes over where conversations were.
    pub fn restore_homes(&mut self, calendar: &Calendar, kept: &Homes) {
        let states = &self.states;
        self.stays.restore(calendar, kept, |identity| states.iter().any(|state| state.identity == identity));
    }
}

/// Nothing of a provider of which nothing is known.
fn provider(calendar: &Calendar, state: &ProviderState) -> Option<ProviderMemory> {
    let memory = ProviderMemory {
        identity: state.identity,
        keys: state.keys.iter().filter_map(|key| key.export(calendar)).collect(),
        breaker: state.breaker.export(calendar),
        lacks: state.lacks.export(calendar),
        last_failure: state.last_failure.map(|(row, at)| (row.id().to_owned(), calendar.date(at))),
        last_success: state.last_success.map(|at| calendar.date(at)),
    };
    (memory != ProviderMemory { identity: state.identity, ..ProviderMemory::default() }).then_some(memory)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::classify::Verdict;
    use crate::engine::{Decision, Facts, KeyParams, Outcome, Params, ProfileParams, ProviderParams, Tier};

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

    #[test]
    fn a_conversation_finds_its_home_while_the_cache_is_warm() {
        let mut engine = engine();
        let mut flight = engine.start(T0, &Facts { session: Some(9), ..Facts::new(0) }).unwrap();
        for outcome in [Outcome::Failed(Verdict::of(Row::Refused, None)), Outcome::Success] {
            engine.decide(T0, &mut flight);
            engine.observe(T0, &mut flight, &outcome);
        }
        assert_eq!(engine.export_homes(&at(1)).len(), 1);
        assert_eq!(restarted(&engine, &at(1), &again(60)).export_homes(&again(60)).len(), 1);
        assert_eq!(restarted(&engine, &at(1), &again(600)).export_homes(&again(600)).len(), 0);
    }
}
