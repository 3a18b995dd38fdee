//! Reasoning for models that want a budget: what is adaptive gets one, or goes where no budget fits.

use crate::conversation::{Effort, Losses};
use crate::json::Outline;
use crate::splice::Edits;
use crate::translate::effort;

/// Gives adaptive reasoning a budget by the effort that was asked for; the field that has to go where none fits.
pub(super) fn bound(outline: &Outline<'_>, edits: &mut Edits, losses: &mut Losses) -> Option<&'static str> {
    let member = outline.member("thinking")?;
    let (_, kind) = outline.nested("thinking", "type")?;
    if kind != "\"adaptive\"" && kind != "\"between_tools\"" {
        return None;
    }
    let Some(tokens) = budget(outline) else {
        losses.dropped("thinking");
        return Some("thinking");
    };
    edits.replace(member.value.clone(), format!(r#"{{"type":"enabled","budget_tokens":{tokens}}}"#));
    losses.approximated("thinking.type=adaptive");
    None
}

/// The budget, below the longest answer; none beside a tool that must be called, which budgets forbid.
fn budget(outline: &Outline<'_>) -> Option<u64> {
    let forced = matches!(outline.nested("tool_choice", "type"), Some((_, "\"any\"" | "\"tool\"")));
    let asked = outline.nested("output_config", "effort").and_then(|(_, word)| named(word)).unwrap_or(Effort::Medium);
    let most = outline.value("max_tokens")?.parse().ok()?;
    effort::within(effort::budget(asked), most).filter(|_| !forced)
}

fn named(word: &str) -> Option<Effort> {
    Effort::from_word(word.trim_matches('"'))
}
