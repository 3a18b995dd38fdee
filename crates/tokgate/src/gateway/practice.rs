//! The built-in practice provider: what it says belongs to our catalogue, how it answers to the simulator.

use tokgate_simulator::{Greeting, Practice, PracticeOptions};

use crate::config::model::Simulate;
use crate::i18n::proxy as text;

/// A practice provider that behaves as configured.
pub fn practice(simulate: &Simulate) -> Practice {
    Practice::new(PracticeOptions {
        first_byte: simulate.first_byte,
        tokens_per_second: simulate.tokens_per_second,
        greeting: Greeting {
            en: text::PRACTICE_GREETING.en.to_owned(),
            zh: text::PRACTICE_GREETING.zh.to_owned(),
            title_en: text::PRACTICE_TITLE.en.to_owned(),
            title_zh: text::PRACTICE_TITLE.zh.to_owned(),
        },
    })
}
