#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::translate::dialect::Efforts;

const fn asked(mode: ThinkingMode, effort: Option<Effort>) -> Thinking {
    Thinking { mode, effort, shown: None }
}

#[test]
fn every_row_of_the_table() {
    use ThinkingMode::{Adaptive, BetweenTools, Budget, Off, Unset};
    let rows = [
        (asked(Unset, None), None),
        (asked(Off, None), Some(Effort::None)),
        (asked(Adaptive, None), None),
        (asked(Adaptive, Some(Effort::High)), Some(Effort::High)),
        (asked(Unset, Some(Effort::Minimal)), Some(Effort::Minimal)),
        (asked(Budget(31_999), Some(Effort::Max)), Some(Effort::Max)),
        (asked(Budget(1024), None), Some(Effort::Low)),
        (asked(Budget(4096), None), Some(Effort::Medium)),
        (asked(Budget(16_384), None), Some(Effort::High)),
        (asked(Budget(32_768), None), Some(Effort::ExtraHigh)),
        (asked(BetweenTools, None), Some(Effort::Medium)),
    ];
    for (thinking, effort) in rows {
        assert_eq!(of(&thinking), effort, "{thinking:?}");
    }
}

#[test]
fn trap_33_thinking_that_is_off_never_goes_with_an_effort() {
    assert_eq!(of(&asked(ThinkingMode::Off, Some(Effort::High))), Some(Effort::None));
    assert_eq!(thinking(Effort::None), asked(ThinkingMode::Off, None));
}

#[test]
fn said_apart_and_together_is_the_same() {
    for effort in Effort::ALL {
        let back = of(&thinking(effort));
        let nearest = if effort == Effort::Minimal { Effort::Low } else { effort };
        assert_eq!(back, Some(nearest));
        assert_eq!(of_budget(budget(effort)), nearest.min(Effort::ExtraHigh));
    }
}

proptest! {
    #[test]
    fn the_nearest_is_known_and_never_higher_than_wanted_unless_nothing_is_lower(
        wanted in proptest::sample::select(&Effort::ALL[..]),
        known in proptest::sample::subsequence(&Effort::ALL[..], 0..=7),
    ) {
        let nearest = Efforts::of(&known).nearest(wanted);
        if known.is_empty() || known.contains(&wanted) {
            prop_assert_eq!(nearest, wanted);
        } else {
            prop_assert!(known.contains(&nearest));
            let more = |known: &Effort| *known > wanted || *known == Effort::None;
            prop_assert!(nearest < wanted || known.iter().all(more));
            prop_assert!(nearest != Effort::None || known == [Effort::None]);
        }
    }

    #[test]
    fn a_budget_fits_and_leaves_room(budget: u64, max_output in 0_u64..200_000) {
        if let Some(fitting) = within(budget, max_output) {
            prop_assert!(fitting >= BUDGET_MIN && fitting <= budget && fitting < max_output);
        } else {
            prop_assert!(budget < BUDGET_MIN || max_output < 2 * BUDGET_MIN);
        }
    }
}
