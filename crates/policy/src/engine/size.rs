//! Requests that are too large or too long for a provider, by its own word or the configuration's: they go where there is
//! room, and nowhere when there is none for so many bytes.

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use crate::candidates::Candidates;
use crate::facts::Facts;
use crate::flight::{Flight, Pending, Place, SkipWhy};
use crate::params::Params;
use crate::refusal::{Refusal, SizeLimit};

/// In what a provider takes less than a request needs.
struct Shortage {
    why: SkipWhy,
    /// Bytes that it takes, when it is these.
    limit: Option<SizeLimit>,
    /// Whether it needs no proof.
    certain: bool,
}

/// A smaller request is refused for another reason, whatever is said: no proxy and no vendor has a limit below it.
const LEARNED_MIN: u64 = 16 << 10;

impl Engine {
    /// Takes out the candidates that will not take a request of this size. When nobody else is left, those of which that
    /// is not certain any more are asked; else it is refused here.
    pub(super) fn leave_room(&self, now: Duration, candidates: &mut Candidates<'_, '_>) -> Result<(), Refusal> {
        let Candidates { params, facts, .. } = *candidates;
        // Tokens are counted here where the provider will not.
        if facts.counts_tokens {
            return Ok(());
        }
        let shortage = |place: &Place| self.shortage(now, facts, params, place);
        let mut small = candidates.places.iter().filter_map(shortage).peekable();
        if small.peek().is_none() {
            return Ok(());
        }
        let small: Vec<Shortage> = small.collect();
        let fits = candidates.places.iter().any(|place| shortage(place).is_none());
        if !fits && small.iter().all(|it| it.certain) {
            return Err(Refusal::TooLarge { limits: small.into_iter().filter_map(|it| it.limit).collect() });
        }
        candidates.leave_out(|place| shortage(place).filter(|it| fits || it.certain).map(|it| it.why));
        Ok(())
    }

    /// In what the provider of a place takes too little, if so.
    fn shortage(&self, now: Duration, facts: &Facts<'_>, params: &Params, place: &Place) -> Option<Shortage> {
        let provider = params.providers.get(place.provider)?;
        let small = |bytes, declared, certain| {
            let limit = Some(SizeLimit { provider: Arc::clone(&provider.name), bytes, declared });
            Some(Shortage { why: SkipWhy::SmallerLimit, limit, certain })
        };
        if let Some(most) = provider.body_max.filter(|most| facts.body_bytes > *most) {
            return small(most, true, true);
        }
        let state = self.state_at(place.provider, provider.identity)?;
        if let Some(known) = state.sizes.of(now, place.model_hash).filter(|known| facts.body_bytes >= known.bytes) {
            return small(known.bytes, false, known.is_certain(now));
        }
        // Bytes are no tokens, of an image least of all: so nobody is refused for them.
        let long = provider.context_max.is_some_and(|most| facts.input_tokens() > most) && !(facts.traits)().images;
        long.then_some(Shortage { why: SkipWhy::SmallerContext, limit: None, certain: false })
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

impl Engine {
    /// Takes note of how much room there is where, when the attempt under way was refused because its prompt is too long;
    /// to be followed by [`Self::observe`]. `told`: the tokens of the prompt and the window that it was held against, as far
    /// as the refusal names them. `known`: the window of a provider's model, by its name and the model it is sent; what the
    /// configuration says beats it. `asked`: the model asked for.
    pub fn too_long(
        &self,
        flight: &mut Flight,
        told: Option<(u64, u64)>,
        known: &dyn Fn(&str, &str) -> Option<u64>,
        asked: &str,
    ) {
        let Some(refused) = flight.pending.as_ref().map(|pending| pending.place) else { return };
        flight.tokens = told.map(|(tokens, _)| tokens);
        for (at, place) in flight.places.iter_mut().enumerate() {
            let Some(provider) = flight.params.providers.get(place.provider) else { continue };
            let told = told.filter(|_| at == refused).map(|(_, window)| window);
            let model = place.model.as_deref().unwrap_or(asked);
            place.context = provider.context_max.or(told).or_else(|| known(&provider.name, model));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::classify::{Row, Verdict};
    use crate::engine::{Decision, Outcome, Params, ProfileParams, ProviderParams, Traits};

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
        let trail = engine.rehearse(T0, &facts(1_001)).trail;
        let told: Vec<_> = trail.skipped.iter().map(|it| (&*it.provider, it.why)).collect();
        assert_eq!(told, [("p0", "smaller-limit"), ("p1", "smaller-limit")], "the refusal says who takes too little");
    }

    #[test]
    fn a_conversation_stays_with_the_only_one_that_had_room_for_it() {
        let mut engine = engine([Some(100), None]);
        let facts = |kib| Facts { session: Some(9), ..facts(kib) };
        let ask = |engine: &mut Engine, kib| {
            let mut flight = engine.start(T0, &facts(kib)).unwrap();
            let Decision::Try(target) = engine.decide(T0, &mut flight) else { panic!("nobody was asked") };
            engine.observe(T0, &mut flight, &Outcome::Success);
            target.provider
        };
        assert_eq!((ask(&mut engine, 90), ask(&mut engine, 150), ask(&mut engine, 90)), (0, 1, 1));
    }

    /// Providers whose windows are these many thousand tokens.
    fn windows(declared: [Option<u64>; 2]) -> Engine {
        let engine = engine([None, None]);
        let mut params = Params::clone(engine.params());
        for (provider, most) in params.providers.iter_mut().zip(declared) {
            provider.context_max = most.map(|most| most * 1_000);
        }
        Engine::new(Arc::new(params), 1)
    }

    fn shows_images() -> Traits {
        Traits { images: true, ..Traits::default() }
    }

    #[test]
    fn a_prompt_that_is_longer_than_a_declared_window_goes_to_one_with_room() {
        let mut engine = windows([Some(100), Some(200)]);
        let kib_of = |thousand_tokens: u64| thousand_tokens * 4_000 / 1_024;
        let ask = |engine: &mut Engine, tokens, images| {
            let traits: &dyn Fn() -> Traits = if images { &shows_images } else { &Traits::default };
            let facts = Facts { traits, ..facts(kib_of(tokens)) };
            let flight = &mut engine.start(T0, &facts).unwrap();
            let Decision::Try(target) = engine.decide(T0, flight) else { panic!("nobody was asked") };
            (target.provider, flight.trail().skipped.first().map(|it| it.why))
        };
        assert_eq!(ask(&mut engine, 90, false), (0, None));
        assert_eq!(ask(&mut engine, 150, false), (1, Some("smaller-context")));
        assert_eq!(ask(&mut engine, 150, true), (0, None), "an image has fewer tokens than bytes tell");
        assert_eq!(ask(&mut engine, 300, false), (0, None), "bytes are no proof: nobody is refused for them");
    }

    /// Whom a request goes to that the first one refuses for its length with these words, and how it ends.
    fn refused_for_length(
        declared: [Option<u64>; 2],
        told: Option<(u64, u64)>,
        known: &dyn Fn(&str, &str) -> Option<u64>,
    ) -> (Vec<usize>, Vec<&'static str>) {
        let mut engine = windows(declared);
        let mut flight = engine.start(T0, &facts(10)).unwrap();
        let mut asked = Vec::new();
        while let Decision::Try(target) = engine.decide(T0, &mut flight) {
            asked.push(target.provider);
            if target.provider == 0 {
                engine.too_long(&mut flight, told, known, "m");
                engine.observe(T0, &mut flight, &Outcome::Failed(Verdict::of(Row::ContextTooLong, None)));
            } else {
                engine.observe(T0, &mut flight, &Outcome::Success);
            }
        }
        (asked, flight.trail().skipped.iter().map(|it| it.why).collect())
    }

    #[test]
    fn a_prompt_that_was_refused_for_its_length_goes_only_where_the_window_is_known_to_be_larger() {
        let (stays, moves) = ((vec![0], vec!["smaller-context"]), (vec![0, 1], Vec::new()));
        let unclear = (vec![0], vec!["room-unknown"]);
        let unknown = |_: &str, _: &str| None;
        let known = |provider: &str, model: &str| (provider == "p1" && model == "m").then_some(1_000_000);
        let told = Some((210_000, 200_000));
        assert_eq!(refused_for_length([Some(100), Some(200)], None, &unknown), moves);
        assert_eq!(refused_for_length([Some(200), Some(200)], None, &unknown), stays);
        assert_eq!(refused_for_length([None, Some(200)], None, &unknown), unclear, "the first one's is not known");
        assert_eq!(refused_for_length([None, Some(250)], told, &unknown), moves, "it says so itself");
        assert_eq!(refused_for_length([None, Some(205)], told, &unknown), stays, "larger, and still too small");
        assert_eq!(refused_for_length([None, None], told, &unknown), unclear);
        assert_eq!(refused_for_length([None, None], told, &known), moves, "a fact about the model");
        assert_eq!(refused_for_length([None, Some(205)], told, &known), stays, "what is written beats it");
        assert_eq!(refused_for_length([Some(300), Some(250)], told, &unknown), stays, "and what it says itself");
    }
}
