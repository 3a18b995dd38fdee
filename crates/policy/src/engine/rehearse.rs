//! What would become of a request: the deciding code itself, on a copy that is thrown away. Nobody is asked and nothing
//! is remembered.

use std::time::Duration;

use super::Engine;
use crate::classify::{Row, Verdict};
use crate::explain::{self, Trail};
use crate::facts::Facts;
use crate::flight::{Decision, NOT_SENT_MAX, Outcome, Target};
use crate::refusal::Refusal;

/// What would become of a request.
#[derive(Debug)]
pub struct Rehearsal {
    /// Why it would go there. Its attempts stand in [`Rehearsal::targets`]: here each of them failed, for the next.
    pub trail: Trail,
    /// Who would be asked, one after the other, if each one could not be reached.
    pub targets: Vec<Target>,
    /// The pause before the first of them, or before the one after the last.
    pub wait: Option<Duration>,
    /// Why it would not go anywhere.
    pub refusal: Option<Refusal>,
    /// Its place among requests that wait.
    pub priority: i16,
}

impl Engine {
    /// Finds out what would become of a request now.
    pub fn rehearse(&self, now: Duration, facts: &Facts<'_>) -> Rehearsal {
        let mut copy = self.clone();
        let mut flight = match copy.start(now, facts) {
            Ok(flight) => flight,
            Err(refusal) => {
                let trail = self.refused_trail(facts, &refusal);
                return Rehearsal { trail, targets: Vec::new(), wait: None, refusal: Some(refusal), priority: 0 };
            }
        };
        let mut targets = Vec::new();
        let mut wait = None;
        // What could not be asked at all says nothing about keys, costs nothing of the request's limits, and is never kept
        // from going elsewhere.
        let unreachable = Outcome::Failed(Verdict::of(Row::Untranslatable, None));
        for _ in 0..=NOT_SENT_MAX {
            match copy.decide(now, &mut flight) {
                Decision::Try(target) => {
                    targets.push(target);
                    copy.observe(now, &mut flight, &unreachable);
                }
                Decision::Wait { until } => {
                    wait = Some(until.saturating_sub(now));
                    break;
                }
                Decision::GiveUp(_) => break,
            }
        }
        let priority = flight.priority();
        Rehearsal { trail: flight.trail(), targets, wait, refusal: None, priority }
    }

    /// Why a request that [`Self::start`] refuses is refused: the rules tried, and who was passed over.
    pub fn refused_trail(&self, facts: &Facts<'_>, refusal: &Refusal) -> Trail {
        explain::refused(&self.params, facts, refusal, self.tiers.away.as_ref().map(|away| away.profile))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use std::sync::Arc;

    use super::*;
    use crate::glob::{Glob, Style};
    use crate::params::{KeyParams, Params, ProfileParams, ProviderParams};
    use crate::route::{Match, RouteParams, To};
    use crate::select::Strategy;

    const T0: Duration = Duration::from_secs(1_000_000);

    fn engine(strategy: Strategy) -> Engine {
        let providers = ["a", "b", "c"].iter().zip(1..).map(|(name, id)| ProviderParams::new(name, id, vec![0]));
        let profile = ProfileParams { strategy, ..ProfileParams::new("all", vec![0, 1, 2]) };
        let opus = Match { model: Some(Glob::new("opus-*", Style::Name).unwrap()), ..Match::default() };
        let params = Params {
            providers: providers.collect(),
            profiles: vec![profile],
            default_profile: 0,
            routes: vec![RouteParams::new("opus", opus, To::Provider(2))],
            ..Params::default()
        };
        Engine::new(Arc::new(params), 1)
    }

    fn order(rehearsal: &Rehearsal) -> Vec<usize> {
        rehearsal.targets.iter().map(|target| target.provider).collect()
    }

    #[test]
    fn a_rehearsal_names_who_would_be_asked_and_changes_nothing() {
        let engine = engine(Strategy::RoundRobin);
        let before = format!("{engine:?}");
        let facts = Facts { model: Some("sonnet-5"), ..Facts::new(0) };
        let rehearsal = engine.rehearse(T0, &facts);
        assert_eq!(order(&rehearsal), [0, 1, 2]);
        assert_eq!((rehearsal.trail.by, rehearsal.trail.rules[0].missed), ("default", "model"));
        assert_eq!(order(&engine.rehearse(T0, &facts)), [0, 1, 2], "no turn was taken");
        assert_eq!(format!("{engine:?}"), before);
        assert_eq!(order(&engine.rehearse(T0, &Facts { model: Some("opus-5"), ..facts })), [2]);
    }

    #[test]
    fn a_rehearsal_goes_where_the_request_itself_would_go() {
        let mut engine = engine(Strategy::Failover);
        let facts = Facts { model: Some("sonnet-5"), ..Facts::new(0) };
        for _ in 0..8 {
            // Until the first provider is left alone.
            let mut flight = engine.start(T0, &facts).unwrap();
            let down = Outcome::Failed(Verdict::of(Row::Refused, None));
            while let Decision::Try(target) = engine.decide(T0, &mut flight) {
                let outcome = if target.provider == 0 { down } else { Outcome::Success };
                engine.observe(T0, &mut flight, &outcome);
            }
        }
        let rehearsal = engine.rehearse(T0, &facts);
        assert_eq!(order(&rehearsal).first(), Some(&1));
        let skipped = &rehearsal.trail.skipped[0];
        assert_eq!((&*skipped.provider, skipped.why, skipped.left_ms.is_some()), ("a", "open", true));
        let mut flight = engine.start(T0, &facts).unwrap();
        assert!(matches!(engine.decide(T0, &mut flight), Decision::Try(target) if target.provider == 1));
    }

    #[test]
    fn a_refusal_tells_the_rules_tried_and_why_nobody_is_left() {
        let mut params = Params::clone(engine(Strategy::Failover).params());
        for provider in &mut params.providers {
            provider.enabled = false;
        }
        params.providers[1].keys = vec![KeyParams { enabled: false, ..KeyParams::new(1) }];
        let engine = Engine::new(Arc::new(params), 1);
        let rehearsal = engine.rehearse(T0, &Facts { model: Some("sonnet-5"), ..Facts::new(0) });
        assert!(matches!(rehearsal.refusal, Some(Refusal::AllDisabled { .. })));
        assert_eq!(rehearsal.trail.rules[0].missed, "model");
        assert_eq!(rehearsal.trail.skipped.iter().map(|it| it.why).collect::<Vec<_>>(), ["disabled"; 3]);
    }
}
