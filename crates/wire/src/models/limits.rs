//! How much models take and say. Facts that the vendors' own pages say, or on which two public tables agree that are kept
//! by different people; what is not here is not known. Read on 2026-11-28.

use crate::price;

/// What a model takes and says at most, tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest input.
    pub input: u64,
    /// Longest answer, where it is known.
    pub output: Option<u64>,
}

/// Vendors, models, longest input, longest answer.
type Row = (&'static [&'static str], &'static [&'static str], u64, Option<u64>);

/// Of `model` at a vendor; a date at the end of its name is not looked at.
pub fn find(vendor: &str, model: &str) -> Option<Limits> {
    let model = price::family(model);
    let row = ROWS.iter().find(|(vendors, models, ..)| vendors.contains(&vendor) && models.contains(&model))?;
    Some(Limits { input: row.2, output: row.3 })
}

static ROWS: &[Row] = &[
    (
        &["anthropic"],
        &[
            "claude-opus-5-5",
            "claude-sonnet-5-5",
            "claude-haiku-5-5",
            "claude-fable-5-1",
            "claude-fable-5",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-opus-4-8",
        ],
        1_000_000,
        Some(128_000),
    ),
    (&["anthropic"], &["claude-haiku-4-5", "claude-opus-4-5", "claude-sonnet-4-5"], 200_000, Some(64_000)),
    (&["deepseek"], &["deepseek-flash", "deepseek-v4-pro"], 1_000_000, Some(393_216)),
    (&["moonshot", "moonshot-cn"], &["kimi-k3", "kimi-k3.1-pro"], 1_048_576, None),
    (&["moonshot", "moonshot-cn"], &["kimi-k2.6", "kimi-k2.5"], 262_144, None),
    (&["zai", "zhipu"], &["glm-5.1", "glm-5", "glm-4.7"], 200_000, Some(128_000)),
    (&["minimax", "minimax-cn"], &["MiniMax-M3"], 1_000_000, None),
    (&["minimax", "minimax-cn"], &["MiniMax-M2.7"], 204_800, None),
    (&["qwen"], &["qwen3.8-max"], 991_808, Some(131_072)),
    (&["qwen"], &["qwen3-max"], 258_048, Some(65_536)),
    (&["gemini"], &["gemini-2.5-flash"], 1_048_576, Some(65_536)),
    (&["xai"], &["grok-4.7"], 500_000, None),
    (&["xai"], &["grok-4.3"], 1_000_000, None),
    (&["xai"], &["grok-build-0.1"], 256_000, None),
    (&["mistral"], &["mistral-medium-latest"], 262_144, None),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor;

    #[test]
    fn every_row_is_of_a_known_vendor_and_no_model_has_two() {
        let mut seen = std::collections::HashSet::new();
        for (vendors, models, input, output) in ROWS {
            assert!(output.is_none_or(|output| output <= *input), "{models:?}");
            for (vendor, model) in vendors.iter().flat_map(|vendor| models.iter().map(move |model| (vendor, model))) {
                assert!(vendor::find(vendor).is_some() && seen.insert((vendor, model)), "{vendor} {model}");
            }
        }
    }

    #[test]
    fn a_model_is_known_with_its_date_and_only_at_its_vendor() {
        let haiku = Some(Limits { input: 200_000, output: Some(64_000) });
        assert_eq!(find("anthropic", "claude-haiku-4-5-20251001"), haiku);
        assert_eq!(find("openrouter", "claude-haiku-4-5"), None);
    }
}
