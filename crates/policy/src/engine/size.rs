//! Requests that are too large for a provider, by its own word or the configuration's: they go where there is room, and
//! nowhere when there is none.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::facts::Facts;
use crate::flight::{Flight, Pending, Place, Skip, SkipWhy};
use crate::params::Params;
use crate::refusal::{Refusal, SizeLimit};

/// A smaller request is refused for another reason, whatever is said: no proxy and no vendor has a limit below it.
const LEARNED_MIN: u64 = 16 << 10;

impl Engine {
    /// Takes out the candidates that will not take a request of this size. When nobody else is left, those of which that
    /// is not certain any more are asked; else it is refused here.
    pub(super) fn leave_room(
        &self,
        now: Duration,
        facts: &Facts<'_>,
        params: &Params,
        places: &mut Vec<Place>,
        skips: &mut Vec<Skip>,
    ) -> Result<(), Refusal> {
        // Tokens are counted here where the provider will not.
        if facts.counts_tokens {
            return Ok(());
        }
        let mut small = places.iter().filter_map(|place| self.size_limit(now, facts, params, place)).peekable();
        if small.peek().is_none() {
            return Ok(());
        }
        let small: Vec<(SizeLimit, bool)> = small.collect();
        let fits = places.iter().any(|place| self.size_limit(now, facts, params, place).is_none());
        if !fits && small.iter().all(|(_, certain)| *certain) {
            return Err(Refusal::TooLarge { limits: small.into_iter().map(|(limit, _)| limit).collect() });
        }
        places.retain(|place| match self.size_limit(now, facts, params, place) {
            None => true,
            Some((_, certain)) if !fits && !certain => true,
            Some(_) => {
                let (provider, why) = (place.provider, SkipWhy::SmallerLimit);
                skips.push(Skip { provider, key: None, why, left: None });
                false
            }
        });
        Ok(())
    }

    /// How much the provider of a place takes, when that is too little, and whether that is certain.
    fn size_limit(
        &self,
        now: Duration,
        facts: &Facts<'_>,
        params: &Params,
        place: &Place,
    ) -> Option<(SizeLimit, bool)> {
        let provider = params.providers.get(place.provider)?;
        let limit = |bytes, declared| SizeLimit { provider: Arc::clone(&provider.name), bytes, declared };
        if let Some(most) = provider.body_max.filter(|most| facts.body_bytes > *most) {
            return Some((limit(most, true), true));
        }
        let state = self.state_at(place.provider, provider.identity)?;
        let known = state.sizes.of(now, place.model_hash).filter(|known| facts.body_bytes >= known.bytes)?;
        Some((limit(known.bytes, false), known.is_certain(now)))
    }

    /// The provider refused the attempt under way for its size.
    pub(super) fn learn_size(&mut self, now: Duration, flight: &Flight, pending: &Pending) {
        let Some((provider, place)) = flight.provider(pending.place).zip(flight.places.get(pending.place)) else {
            return;
        };
        if flight.body_bytes < LEARNED_MIN {
            return;
        }
        let model = place.model.as_ref().or(flight.asked.as_ref()).unwrap_or(&provider.name);
        if let Some(state) = self.state_mut(provider.identity) {
            state.sizes.refused(now, model, place.model_hash, flight.body_bytes);
        }
    }

    /// Takes note of the model that the attempt under way asked for; to be followed by [`Self::observe`] with a refusal
    /// for its size.
    pub fn too_large(&self, flight: &mut Flight, model: &str) {
        flight.asked = Some(model.into());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::classify::{Row, Verdict};
    use crate::engine::{Decision, Outcome, Params, ProfileParams, ProviderParams};

    const T0: Duration = Duration::from_secs(1_000_000);
    const LATER: Duration = Duration::from_secs(1_000_700);

    fn engine(declared: [Option<u64>; 2]) -> Engine {
        let provider = |(index, body_max): (u64, &Option<u64>)| ProviderParams {
            body_max: body_max.map(|kib| kib << 10),
            ..ProviderParams::new(&format!("p{index}"), index + 1, vec![0])
        };
        let providers = (0..).zip(&declared).map(provider).collect();
        let profiles = vec![ProfileParams::new("all", vec![0, 1])];
        Engine::new(Arc::new(Params { providers, profiles, ..Params::default() }), 1)
    }

    fn facts(kib: u64) -> Facts<'static> {
        Facts { model: Some("m"), body_bytes: kib << 10, ..Facts::new(0) }
    }

    /// Who is asked for a request of so many KiB, when each takes fewer than these.
    fn asked(engine: &mut Engine, now: Duration, kib: u64, takes: [u64; 2]) -> Result<Vec<usize>, Refusal> {
        let mut flight = engine.start(now, &facts(kib))?;
        let mut asked = Vec::new();
        while let Decision::Try(target) = engine.decide(now, &mut flight) {
            asked.push(target.provider);
            if kib < takes[target.provider] {
                engine.observe(now, &mut flight, &Outcome::Success);
            } else {
                engine.too_large(&mut flight, "m");
                engine.observe(now, &mut flight, &Outcome::Failed(Verdict::of(Row::TooLarge, None)));
            }
        }
        Ok(asked)
    }

    #[test]
    fn a_request_of_a_size_that_was_refused_goes_to_somebody_else() {
        let mut engine = engine([None, None]);
        assert_eq!(asked(&mut engine, T0, 150, [100, 1_000]), Ok(vec![0]), "its room is unknown: told to the client");
        assert_eq!(asked(&mut engine, T0, 150, [100, 1_000]), Ok(vec![1]));
        assert_eq!(asked(&mut engine, T0, 90, [100, 1_000]), Ok(vec![0]));
        assert_eq!(asked(&mut engine, LATER, 200, [100, 1_000]), Ok(vec![1]), "nobody has to prove it again");
        let sizes = &engine.snapshot(T0).providers[0].sizes;
        assert_eq!((sizes.len(), &*sizes[0].model, sizes[0].bytes), (1, "m", 150 << 10));
        assert_eq!((engine.forget_lacks(Some("p0")), engine.forget_lacks(None)), (1, 0));
        assert_eq!(asked(&mut engine, T0, 150, [1_000, 1_000]), Ok(vec![0]));
        for _ in 0..2 {
            assert_eq!(asked(&mut engine, T0, 15, [10, 1_000]), Ok(vec![0]), "so small a limit is none");
        }
    }

    #[test]
    fn a_size_that_all_have_refused_is_refused_here_and_tried_again_after_a_while() {
        let mut engine = engine([None, None]);
        for provider in 0..2 {
            assert_eq!(asked(&mut engine, T0, 150, [100, 100]), Ok(vec![provider]));
        }
        let refusal = asked(&mut engine, T0, 160, [100, 100]).unwrap_err();
        let limit = |name: &str| SizeLimit { provider: name.into(), bytes: 150 << 10, declared: false };
        assert_eq!(refusal, Refusal::TooLarge { limits: vec![limit("p0"), limit("p1")] });
        assert_eq!(asked(&mut engine, LATER, 160, [1_000, 100]), Ok(vec![0]));
        assert_eq!(asked(&mut engine, LATER, 160, [1_000, 100]), Ok(vec![0]), "it takes them again");
    }

    #[test]
    fn a_declared_limit_needs_no_refusal() {
        let mut engine = engine([Some(100), Some(1_000)]);
        assert_eq!(asked(&mut engine, T0, 150, [100, 1_000]), Ok(vec![1]));
        assert_eq!(asked(&mut engine, T0, 100, [101, 1_000]), Ok(vec![0]));
        let refusal = asked(&mut engine, LATER, 1_001, [100, 1_000]).unwrap_err();
        assert!(matches!(refusal, Refusal::TooLarge { limits } if limits.iter().all(|it| it.declared)));
        let counting = Facts { counts_tokens: true, ..facts(5_000) };
        assert!(engine.start(T0, &counting).is_ok(), "tokens are counted all the same");
    }
}
