//! Effort, budgets, and what models know of them.

use crate::conversation::{Effort, Thinking, ThinkingMode};

/// Least budget that providers take. Source: Anthropic API documentation, "Extended thinking".
pub const BUDGET_MIN: u64 = 1024;

/// Tokens kept for the answer itself behind a budget of reasoning.
const ANSWER_ROOM: u64 = 1024;

/// The effort that says the same as `thinking`, for protocols that have nothing else; `None`: say nothing.
pub fn of(thinking: &Thinking) -> Option<Effort> {
    match (thinking.mode, thinking.effort) {
        // A switch that is off and an effort are never said together: providers refuse it.
        (ThinkingMode::Off, _) => Some(Effort::None),
        (_, Some(effort)) => Some(effort),
        (ThinkingMode::Budget(tokens), None) => Some(of_budget(tokens)),
        (ThinkingMode::BetweenTools, None) => Some(Effort::Medium),
        (ThinkingMode::Unset | ThinkingMode::Adaptive, None) => None,
    }
}

/// What says the same as `effort` where whether and how much are said apart.
pub const fn thinking(effort: Effort) -> Thinking {
    let (mode, effort) = match effort {
        Effort::None => (ThinkingMode::Off, None),
        Effort::Minimal | Effort::Low => (ThinkingMode::Adaptive, Some(Effort::Low)),
        higher => (ThinkingMode::Adaptive, Some(higher)),
    };
    Thinking { mode, effort, shown: None }
}

/// Tokens of reasoning for an effort, where only a budget can be said; 0: none.
pub const fn budget(effort: Effort) -> u64 {
    match effort {
        Effort::None => 0,
        Effort::Minimal | Effort::Low => 2_048,
        Effort::Medium => 8_192,
        Effort::High => 16_384,
        Effort::ExtraHigh => 32_768,
        Effort::Max => 64_000,
    }
}

/// The effort that a budget is nearest to.
pub const fn of_budget(tokens: u64) -> Effort {
    match tokens {
        0 => Effort::None,
        1..4_096 => Effort::Low,
        4_096..16_384 => Effort::Medium,
        16_384..32_768 => Effort::High,
        _ => Effort::ExtraHigh,
    }
}

/// A budget that leaves room for an answer within `max_output`, which counts reasoning too; `None`: there is no room
/// for reasoning at all.
pub fn within(budget: u64, max_output: u64) -> Option<u64> {
    let room = max_output.saturating_sub(ANSWER_ROOM.min(max_output / 2));
    Some(budget.min(room).min(max_output.saturating_sub(1))).filter(|budget| *budget >= BUDGET_MIN)
}

#[cfg(test)]
mod tests;
