//! Requests that refer to something one provider keeps: an earlier answer, a file, a container. Nobody else can answer
//! them, so they go to that provider or nowhere.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::candidates::Candidates;
use crate::flight::{Flight, Place, SkipWhy};
use crate::params::Params;
use crate::refusal::Refusal;

impl Engine {
    /// Leaves the provider that keeps what the request refers to alone among the candidates, where it is known: by the
    /// thing itself, else as the one that answered its conversation last. Where nobody knows, it goes where others go, but
    /// is no test of a provider that failed: it could not go on elsewhere.
    pub(super) fn go_where_it_is_kept(
        &self,
        now: Duration,
        candidates: &mut Candidates<'_, '_>,
    ) -> Result<(), Refusal> {
        let Candidates { params, facts, .. } = *candidates;
        let Some(stored) = facts.stored else { return Ok(()) };
        let keeper = |key: u64| self.keepers.of(now, key);
        let named = stored.id.and_then(keeper);
        let keeper = named.or_else(|| facts.session.filter(|key| !facts.is_new(*key)).and_then(keeper));
        let is_it = |place: &Place| {
            let provider = params.providers.get(place.provider);
            provider.is_some_and(|provider| Some(provider.identity) == keeper)
        };
        if candidates.places.iter().any(is_it) {
            candidates.leave_out(|place| (!is_it(place)).then_some(SkipWhy::KeptElsewhere));
            return Ok(());
        }
        let elsewhere = params.providers.iter().find(|provider| Some(provider.identity) == named);
        if let Some(provider) = elsewhere.filter(|_| !candidates.places.is_empty()) {
            return Err(Refusal::KeptElsewhere { field: stored.field, provider: Arc::clone(&provider.name) });
        }
        candidates.places.sort_by_key(|place| self.is_on_trial(now, params, place));
        Ok(())
    }

    /// Whether the next request there shows whether the provider works again.
    fn is_on_trial(&self, now: Duration, params: &Params, place: &Place) -> bool {
        let provider = params.providers.get(place.provider);
        let state = provider.and_then(|provider| self.state_at(place.provider, provider.identity));
        state.is_some_and(|state| state.breaker.standing(now).name == "half-open")
    }

    /// A provider has answered, and may have stored what the next request refers to.
    pub(super) fn remember_kept(&mut self, now: Duration, flight: &Flight, provider: u64) {
        if !flight.has_others() {
            return;
        }
        let thing = flight.stored.and_then(|stored| stored.id);
        for key in [thing, flight.session].into_iter().flatten() {
            self.keepers.note(now, key, provider);
        }
    }

    /// The provider that has just answered has stored something under this hash of its id.
    pub fn stored(&mut self, now: Duration, flight: &Flight, id: u64) {
        let last = flight.attempts.last().and_then(|attempt| flight.provider(attempt.place));
        if let Some(provider) = last.filter(|_| flight.has_others()) {
            self.keepers.note(now, id, provider.identity);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::classify::{Row, Verdict};
    use crate::engine::{Decision, Facts, Outcome, ProfileParams, ProviderParams, Sticky, Stored};

    const T0: Duration = Duration::from_secs(1_000_000);
    const FILE: Stored = Stored { field: "file_id", id: Some(77) };

    fn engine(sticky: Sticky) -> Engine {
        let provider = |index: u64| ProviderParams::new(&format!("p{index}"), index + 1, vec![0]);
        let spare = ProfileParams::new("spare", vec![2]);
        Engine::new(
            Arc::new(Params {
                providers: (0..3).map(provider).collect(),
                profiles: vec![ProfileParams { sticky, ..ProfileParams::new("main", vec![0, 1]) }, spare],
                ..Params::default()
            }),
            1,
        )
    }

    fn facts(stored: Option<Stored>) -> Facts<'static> {
        Facts { model: Some("m"), session: Some(9), stored, ..Facts::new(0) }
    }

    /// Whom a request went to, when those in `down` do not answer.
    fn ask(engine: &mut Engine, now: Duration, facts: &Facts<'_>, down: &[usize]) -> Vec<usize> {
        let mut flight = engine.start(now, facts).unwrap();
        let mut asked = Vec::new();
        while let Decision::Try(target) = engine.decide(now, &mut flight) {
            asked.push(target.provider);
            let fails = down.contains(&target.provider);
            let outcome = if fails { Outcome::Failed(Verdict::of(Row::Refused, None)) } else { Outcome::Success };
            engine.observe(now, &mut flight, &outcome);
        }
        asked
    }

    /// Other conversations, until the breaker of the first provider is open.
    fn open_first(engine: &mut Engine) {
        for session in 100..108 {
            ask(engine, T0, &Facts { session: Some(session), ..facts(None) }, &[0]);
        }
        assert_eq!(engine.snapshot(T0).providers[0].breaker, "open");
    }

    #[test]
    fn what_its_provider_keeps_goes_nowhere_else_though_that_provider_is_left_alone() {
        for sticky in [Sticky::Session, Sticky::Off, Sticky::Project] {
            let mut engine = engine(sticky);
            assert_eq!(ask(&mut engine, T0, &facts(None), &[]), [0]);
            open_first(&mut engine);
            assert_eq!(ask(&mut engine, T0, &facts(None), &[]), [1], "others move");
            assert_eq!(ask(&mut engine, T0, &facts(Some(FILE)), &[]), [1], "it is there now");
            assert_eq!(ask(&mut engine, T0, &facts(Some(FILE)), &[1]).first(), Some(&1));
            assert!(!ask(&mut engine, T0, &facts(Some(FILE)), &[1]).contains(&0), "not even when that one fails");
        }
    }

    #[test]
    fn a_thing_is_where_it_was_used_whatever_became_of_the_conversation() {
        let mut engine = engine(Sticky::Session);
        ask(&mut engine, T0, &facts(Some(FILE)), &[]);
        open_first(&mut engine);
        assert_eq!(ask(&mut engine, T0, &facts(None), &[]), [1]);
        let mut flight = engine.start(T0, &facts(Some(FILE))).unwrap();
        assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(target) if target.provider == 0));
        let skipped: Vec<_> = flight.trail().skipped.iter().map(|it| (it.provider.to_string(), it.why)).collect();
        assert_eq!(skipped, [("p1".to_owned(), "kept-elsewhere")]);
        assert_eq!(flight.kept(), Some(FILE));
        let other = Facts { session: Some(10), ..facts(Some(FILE)) };
        assert_eq!(ask(&mut engine, T0, &other, &[]), [0], "for every conversation");
        assert_eq!(ask(&mut engine, T0 + Duration::from_secs(86_400), &other, &[]), [0], "and for long");
    }

    #[test]
    fn what_an_answer_is_called_leads_back_to_who_gave_it() {
        let mut engine = engine(Sticky::Session);
        let first = Facts { session: None, ..facts(None) };
        let mut flight = engine.start(T0, &first).unwrap();
        for outcome in [Outcome::Failed(Verdict::of(Row::Refused, None)), Outcome::Success] {
            engine.decide(T0, &mut flight);
            engine.observe(T0, &mut flight, &outcome);
        }
        engine.stored(T0, &flight, 500);
        let next = Facts { stored: Some(Stored { field: "previous_response_id", id: Some(500) }), ..first };
        assert_eq!(ask(&mut engine, T0, &next, &[]), [1]);
    }

    #[test]
    fn what_is_kept_by_a_provider_that_is_no_candidate_is_refused_by_name() {
        let mut engine = engine(Sticky::Session);
        let pinned = Facts { pinned_profile: Some("spare"), ..facts(Some(FILE)) };
        assert_eq!(ask(&mut engine, T0, &pinned, &[]), [2]);
        let refusal = engine.start(T0, &facts(Some(FILE))).unwrap_err();
        assert_eq!(refusal, Refusal::KeptElsewhere { field: "file_id", provider: "p2".into() });
        let unknown = Some(Stored { id: None, ..FILE });
        assert_eq!(ask(&mut engine, T0, &facts(unknown), &[]), [0], "who answered last need not keep it");
    }

    #[test]
    fn what_cannot_move_is_no_test_of_a_provider_that_failed() {
        let mut engine = engine(Sticky::Session);
        open_first(&mut engine);
        let later = T0 + Duration::from_secs(60);
        assert_eq!(engine.snapshot(later).providers[0].breaker, "half-open");
        assert_eq!(ask(&mut engine, later, &Facts { session: None, ..facts(Some(FILE)) }, &[]), [1]);
        assert_eq!(ask(&mut engine, later, &Facts { session: None, ..facts(None) }, &[]), [0]);
    }

    #[test]
    fn a_restart_forgets_nothing_of_what_is_kept() {
        use crate::memory::Calendar;
        let calendar = |now| Calendar { now, unix_ms: 1_700_000_000_000 };
        let mut engine = engine(Sticky::Session);
        ask(&mut engine, T0, &facts(Some(FILE)), &[0]);
        let homes = engine.export_homes(&calendar(T0));
        let mut new = self::engine(Sticky::Session);
        new.restore_homes(&calendar(T0 / 2), &homes);
        assert_eq!(ask(&mut new, T0 / 2, &facts(Some(FILE)), &[]), [1]);
    }
}
