//! What differs between Gemini's models, by how their names begin. Sources: Gemini API documentation, "Thinking",
//! "Thought signatures", "Structured outputs" and "Function calling".

use crate::conversation::Effort;
use crate::translate::dialect::Efforts;

/// Facts about one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    /// How much it reasons, and how that is said.
    pub(super) thinks: Thinks,
    /// A function's response may hold pictures and documents.
    pub(super) media_in_results: bool,
    /// A schema of the answer may stand beside tools.
    pub(super) schema_beside_tools: bool,
    /// A turn's first call must have a signature. One that another model made has none; this is what Google documents
    /// for it.
    pub(super) unsigned: Option<&'static str>,
}

/// How a model's reasoning is steered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinks {
    /// It does not reason.
    No,
    /// By a budget of tokens.
    Budget {
        /// Least budget but none.
        least: u64,
        /// Largest budget.
        most: u64,
        /// Whether it can be switched off.
        stops: bool,
    },
    /// By a level, and always.
    Level(Efforts),
}

const UNSIGNED: &str = "skip_thought_signature_validator";

const FIRST: Model = Model { thinks: Thinks::No, media_in_results: false, schema_beside_tools: false, unsigned: None };

const SECOND: Model = Model { thinks: Thinks::Budget { least: 1, most: 24_576, stops: true }, ..FIRST };

const THIRD: Model = Model {
    thinks: Thinks::Level(Efforts::of(&[Effort::Low, Effort::Medium, Effort::High])),
    media_in_results: true,
    schema_beside_tools: true,
    unsigned: Some(UNSIGNED),
};

/// The most particular name first.
const MODELS: [(&str, Model); 7] = [
    ("gemini-1", FIRST),
    ("gemini-2.0", FIRST),
    ("gemma-", FIRST),
    ("gemini-2.5-pro", Model { thinks: Thinks::Budget { least: 128, most: 32_768, stops: false }, ..SECOND }),
    ("gemini-2.5-flash-lite", Model { thinks: Thinks::Budget { least: 512, most: 24_576, stops: true }, ..SECOND }),
    ("gemini-2.5", SECOND),
    ("gemini-3-pro", Model { thinks: Thinks::Level(Efforts::of(&[Effort::Low, Effort::High])), ..THIRD }),
];

const FLASH: Model = Model {
    thinks: Thinks::Level(Efforts::of(&[Effort::Minimal, Effort::Low, Effort::Medium, Effort::High])),
    ..THIRD
};

/// The facts of a model; one that is not known is taken for a current one.
pub(super) fn of(name: &str) -> Model {
    let name = name.strip_prefix("models/").unwrap_or(name);
    let known = MODELS.iter().find(|(begins, _)| name.starts_with(begins)).map(|(_, model)| *model);
    known.unwrap_or(if name.contains("flash") { FLASH } else { THIRD })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_how_their_names_begin_and_unknown_ones_are_current() {
        assert_eq!(of("gemini-2.0-flash").thinks, Thinks::No);
        assert!(matches!(of("models/gemini-2.5-pro").thinks, Thinks::Budget { stops: false, .. }));
        assert!(matches!(of("gemini-2.5-flash-preview").thinks, Thinks::Budget { least: 1, .. }));
        assert_eq!(of("gemini-3-pro-preview").thinks, Thinks::Level(Efforts::of(&[Effort::Low, Effort::High])));
        assert_eq!(of("gemini-3.8-flash"), FLASH);
        assert_eq!(of("gemini-9-ultra"), THIRD);
        assert!(of("gemini-2.5-pro").unsigned.is_none() && of("gemini-pro-latest").unsigned.is_some());
    }
}
