//! Laws that hold for every sequence of outcomes, found by trying very many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use proptest::strategy::Strategy;

use super::*;
use crate::classify::{Certainty, Failover, Fault, Row, Verdict};

/// Whoever waits longer than this inside one request waits for ever.
const STEPS_MAX: usize = 40;

#[derive(Debug, Clone)]
struct World {
    providers: Vec<ProviderParams>,
    seed: u64,
}

fn worlds() -> impl Strategy<Value = World> {
    let provider = (0usize..4, 0u32..6, any::<bool>(), prop::bool::weighted(0.9), prop::bool::weighted(0.15));
    (prop::collection::vec(provider, 1..6), any::<u64>()).prop_map(|(shapes, seed)| {
        let providers = shapes.into_iter().enumerate().map(|(index, (keys, attempts_max, turns, enabled, client))| {
            let identity = u64::try_from(index).unwrap() + 1;
            let key = |number: usize| KeyParams {
                enabled: number != 3,
                client: client && number == 0,
                ..KeyParams::new(identity * 100 + u64::try_from(number).unwrap())
            };
            ProviderParams {
                enabled,
                attempts_max,
                keys: (0..keys).map(key).collect(),
                key_choice: if turns { KeyChoice::RoundRobin } else { KeyChoice::FillFirst },
                body_max: (index == 2).then_some(1000),
                context_max: Some(identity * 10),
                ..ProviderParams::new(&format!("p{index}"), identity, vec![0])
            }
        });
        World { providers: providers.collect(), seed }
    })
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    let wait = prop_oneof![Just(None), (0u64..8000).prop_map(|millis| Some(Duration::from_millis(millis)))];
    let failed = (prop::sample::select(Row::ALL), wait).prop_map(|(row, wait)| Outcome::Failed(Verdict::of(row, wait)));
    prop_oneof![1 => Just(Outcome::Success), 1 => Just(Outcome::Cancelled), 12 => failed]
}

#[derive(Debug, Clone)]
struct Call {
    pause: Duration,
    login: bool,
    retry_count: u32,
    model: &'static str,
    outcomes: Vec<Outcome>,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let pause = prop_oneof![Just(0u64), 0u64..10_000, 0u64..4_000_000].prop_map(Duration::from_millis);
    let model = prop::sample::select(vec!["opus", "haiku"]);
    let call = (pause, prop::bool::weighted(0.2), 0u32..2, model, prop::collection::vec(outcomes(), 1..16))
        .prop_map(|(pause, login, retry_count, model, outcomes)| Call { pause, login, retry_count, model, outcomes });
    prop::collection::vec(call, 1..12)
}

fn params(providers: Vec<ProviderParams>) -> Arc<Params> {
    let all = ProfileParams::new("all", (0..providers.len()).collect());
    Arc::new(Params { providers, profiles: vec![all], default_profile: 0, routes: Vec::new(), ..Params::default() })
}

/// What one request did: each target with its outcome, in order.
struct Story {
    tried: Vec<(Target, Outcome)>,
    own_login: bool,
    ended: bool,
}

/// Runs one request, and at every step asks `watch` whether the target is allowed.
fn fly(
    engine: &mut Engine,
    now: &mut Duration,
    call: &Call,
    mut watch: impl FnMut(&Engine, Duration, &Flight),
) -> Option<Story> {
    let facts = Facts {
        model: Some(call.model),
        caller_has_login: call.login,
        retry_count: call.retry_count,
        affinity: Some(1),
        body_bytes: 500,
        ..Facts::new(0)
    };
    let mut flight = engine.start(*now, &facts).ok()?;
    let mut story = Story { tried: Vec::new(), own_login: flight.is_own_login(), ended: false };
    for step in 0..STEPS_MAX {
        watch(engine, *now, &flight);
        match engine.decide(*now, &mut flight) {
            Decision::Try(target) => {
                let outcome = *call.outcomes.get(step).unwrap_or(&Outcome::Failed(Verdict::of(Row::Unavailable, None)));
                if verdict(&outcome).is_some_and(|it| it.row == Row::FieldRefused) {
                    engine.refused(&mut flight, call.model, &[format!("{step}").into()]);
                }
                engine.observe(*now, &mut flight, &outcome);
                story.tried.push((target, outcome));
            }
            Decision::Wait { until } => {
                assert!(until > *now, "a pause that is over");
                assert!(until <= *now + HoldParams::default().max, "a pause beyond the limit");
                *now = until;
            }
            Decision::GiveUp(_) => {
                story.ended = true;
                break;
            }
        }
    }
    Some(story)
}

fn verdict(outcome: &Outcome) -> Option<&Verdict> {
    match outcome {
        Outcome::Failed(verdict) => Some(verdict),
        Outcome::Success | Outcome::Cancelled => None,
    }
}

fn check_limits(story: &Story) {
    let refused = |outcome: &Outcome| verdict(outcome).is_some_and(|verdict| verdict.row == Row::FieldRefused);
    // A request that was refused for a field and sent again without counts once.
    let sent = |outcome: &Outcome| {
        !refused(outcome) && verdict(outcome).is_none_or(|verdict| verdict.certainty != Certainty::NotSent)
    };
    // Neither does who asks it to wait, the first time, eight times in all.
    let told = story.tried.iter().enumerate().filter(|(at, (target, outcome))| {
        let waits = |outcome: &Outcome| verdict(outcome).is_some_and(|verdict| verdict.row.asks_to_wait());
        let whole = |outcome: &Outcome| verdict(outcome).is_some_and(|verdict| verdict.key.is_about_provider());
        let before = |(other, earlier): &(Target, Outcome)| {
            let same = other.key == target.key || whole(earlier) && whole(outcome);
            other.provider == target.provider && same && waits(earlier)
        };
        waits(outcome) && !story.tried[..*at].iter().any(before)
    });
    let told = told.count();
    let reached = story.tried.iter().filter(|(_, outcome)| sent(outcome)).count();
    let counted = reached - told.min(8);
    assert!(counted <= 4, "{counted} attempts reached an upstream");
    let relieved = story.tried.iter().filter(|(_, outcome)| refused(outcome)).count();
    assert!(story.tried.len() - reached - relieved <= 8, "too many attempts in all");
    let ambiguous = story.tried.iter().filter(|(_, outcome)| verdict(outcome).is_some_and(|it| it.ambiguous));
    assert!(ambiguous.count() <= 2, "too many attempts that may have been billed");
    for (target, _) in &story.tried {
        let here = story.tried.iter().filter(|(other, _)| other.provider == target.provider);
        let says_something = |verdict: &Verdict| !verdict.key.is_about_key() && !verdict.key.is_rest();
        let about_provider = here.filter(|(_, outcome)| sent(outcome) && verdict(outcome).is_none_or(says_something));
        assert!(about_provider.count() <= 2, "one provider was hammered");
        let here = story.tried.iter().filter(|(other, outcome)| other.provider == target.provider && refused(outcome));
        assert!(here.count() <= 8 + 2, "one provider refused without end");
    }
}

fn check_ends(story: &Story) {
    let last = story.tried.len().saturating_sub(1);
    for (index, (_, outcome)) in story.tried.iter().enumerate() {
        let is_final = match outcome {
            Outcome::Success | Outcome::Cancelled => true,
            Outcome::Failed(verdict) => verdict.failover == Failover::Never,
        };
        assert!(!is_final || index == last, "went on after {outcome:?}");
    }
}

fn check_room(story: &Story, providers: &[ProviderParams]) {
    for (index, (target, outcome)) in story.tried.iter().enumerate() {
        let Some(verdict) = verdict(outcome).filter(|it| it.row == Row::TooLarge) else { continue };
        assert_eq!(verdict.fault, Fault::Client);
        for (later, _) in &story.tried[index + 1..] {
            let declared = providers[later.provider].body_max;
            assert!(declared > providers[target.provider].body_max, "moved to a provider without more room");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_outcomes_breaks_the_limits(world in worlds(), calls in calls()) {
        let mut engine = Engine::new(params(world.providers.clone()), world.seed);
        let mut now = Duration::from_secs(1_000_000);
        for call in &calls {
            now += call.pause;
            let Some(story) = fly(&mut engine, &mut now, call, |_, _, _| {}) else { continue };
            prop_assert!(story.ended, "no end after {STEPS_MAX} steps");
            check_limits(&story);
            check_ends(&story);
            check_room(&story, &world.providers);
        }
    }

    #[test]
    fn shut_keys_and_switched_off_things_are_never_used(world in worlds(), calls in calls()) {
        let mut engine = Engine::new(params(world.providers.clone()), world.seed);
        let mut now = Duration::from_secs(1_000_000);
        for call in &calls {
            now += call.pause;
            let mut shut: Vec<Vec<bool>> = Vec::new();
            let mut seen = Vec::new();
            let story = fly(&mut engine, &mut now, call, |engine, now, flight| {
                // How keys stood before each decision; a test that is due has no time left.
                let keys = engine.snapshot(now).providers.into_iter().map(|provider| {
                    let shut = |key: &KeySnapshot| {
                        matches!(key.state, "quarantined" | "exhausted") && key.left_ms != Some(0)
                    };
                    provider.keys.iter().map(shut).collect()
                });
                shut = keys.collect();
                seen.push((flight.attempts(), shut.clone()));
            });
            let Some(story) = story else { continue };
            for (index, (target, _)) in story.tried.iter().enumerate() {
                let provider = &world.providers[target.provider];
                prop_assert!(provider.enabled);
                let Some(key) = target.key else {
                    prop_assert!(provider.keys.is_empty());
                    continue;
                };
                prop_assert!(provider.keys[key].enabled);
                prop_assert_eq!(provider.keys[key].client, story.own_login);
                let before = seen.iter().rev().find(|(attempts, _)| *attempts as usize == index).unwrap();
                prop_assert!(story.own_login || !before.1[target.provider][key], "a shut key was used");
            }
        }
    }

    #[test]
    fn a_callers_login_reaches_one_account_only(world in worlds(), calls in calls()) {
        let mut engine = Engine::new(params(world.providers), world.seed);
        let mut now = Duration::from_secs(1_000_000);
        for call in &calls {
            now += call.pause;
            let Some(story) = fly(&mut engine, &mut now, call, |_, _, _| {}) else { continue };
            if story.own_login {
                let places: Vec<_> = story.tried.iter().map(|(target, _)| (target.provider, target.key)).collect();
                prop_assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");
            }
        }
    }

    /// Whatever happened before: if one provider works, each request succeeds, unless the limits end it first.
    #[test]
    fn with_a_healthy_provider_a_request_succeeds_within_the_limits(
        mut world in worlds(),
        calls in calls(),
        healthy in any::<prop::sample::Index>(),
        failure in prop::sample::select(vec![
            Row::Refused, Row::ServerError, Row::Unavailable, Row::Overloaded, Row::KeyRejected, Row::RateLimited,
            Row::ResetFresh, Row::ModelNotFound, Row::EmptyStream,
        ]),
    ) {
        let healthy = healthy.index(world.providers.len());
        let usable = &mut world.providers[healthy];
        usable.enabled = true;
        usable.keys.retain(|key| !key.client);
        let mut engine = Engine::new(params(world.providers), world.seed);
        let mut now = Duration::from_secs(1_000_000);
        for call in &calls {
            now += call.pause;
            // The healthy provider never fails, so nothing of it rests or is shut.
            let mut flight = engine.start(now, &Facts { model: Some(call.model), ..Facts::new(0) }).unwrap();
            let mut success = false;
            for _ in 0..STEPS_MAX {
                match engine.decide(now, &mut flight) {
                    Decision::Try(target) => {
                        success = target.provider == healthy;
                        let failed = Outcome::Failed(Verdict::of(failure, None));
                        engine.observe(now, &mut flight, if success { &Outcome::Success } else { &failed });
                    }
                    Decision::Wait { until } => now = until,
                    Decision::GiveUp(_) => break,
                }
            }
            let spent = !flight.tries.are_left();
            prop_assert!(success || spent, "gave up with attempts left: {:?}", flight.trail());
        }
    }
}
