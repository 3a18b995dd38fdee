//! Within what a blob is understood: one issuer, and one family of its models.
//!
//! An issuer is an account at an address. A provider that is renamed is the same issuer; two accounts at one address are
//! two, as OpenAI binds encrypted reasoning to the organisation. Models of one maker read each other's reasoning, so a
//! client that changes between them keeps it; at a relay that serves several makers the family tells them apart.

use crate::protocol::UpstreamProtocol;
use crate::translate::ids;

/// Beginnings of model names and whose models those are. Source: the lists of models of each maker.
const FAMILIES: [(&str, &str); 26] = [
    ("claude", "claude"),
    ("gpt", "openai"),
    ("chatgpt", "openai"),
    ("codex", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("gemini", "gemini"),
    ("gemma", "gemini"),
    ("deepseek", "deepseek"),
    ("kimi", "kimi"),
    ("moonshot", "kimi"),
    ("glm", "glm"),
    ("qwen", "qwen"),
    ("qwq", "qwen"),
    ("minimax", "minimax"),
    ("abab", "minimax"),
    ("grok", "grok"),
    ("mistral", "mistral"),
    ("magistral", "mistral"),
    ("ministral", "mistral"),
    ("codestral", "mistral"),
    ("devstral", "mistral"),
    ("llama", "llama"),
    ("nova", "nova"),
    ("command", "command"),
];

/// The scope of a provider's model.
///
/// `address` is where the provider is asked, `account` what tells its accounts there apart; both must stay the same over
/// a restart.
pub fn of(protocol: UpstreamProtocol, address: &str, account: &str, model: &str) -> u64 {
    ids::hash(format!("{}\n{address}\n{account}\n{}", protocol.id(), family(model)).as_bytes())
}

/// The family of a model: by the table, else its name up to the first digit or mark behind a maker's prefix.
pub fn family(model: &str) -> String {
    let name = model.to_ascii_lowercase();
    // `anthropic/claude-x`, `us.anthropic.claude-x`, `accounts/fireworks/models/x`
    let pieces = || name.split(['/', '.', ':', '@']).filter(|piece| !piece.is_empty());
    let known = |piece: &str| FAMILIES.iter().find(|(begin, _)| piece.starts_with(begin)).map(|(_, family)| *family);
    if let Some(family) = pieces().find_map(known) {
        return family.to_owned();
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let word = last.split(|letter: char| !letter.is_alphabetic()).find(|word| !word.is_empty());
    word.unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_one_maker_are_one_family_wherever_they_are_served() {
        for claude in
            ["claude-opus-5-5", "claude-haiku-4-5-20251001", "anthropic/claude-sonnet-5", "us.anthropic.claude-x"]
        {
            assert_eq!(family(claude), "claude", "{claude}");
        }
        assert_eq!(family("gpt-5.6"), family("openai/o4-mini"));
        assert_eq!(family("MiniMax-M3"), "minimax");
        assert_ne!(family("deepseek/deepseek-v4"), family("moonshotai/kimi-k3"));
    }

    #[test]
    fn unknown_models_are_told_apart_by_their_first_word() {
        assert_eq!(family("lyra-7b-instruct"), family("vendor/lyra-70b"));
        assert_ne!(family("lyra-7b"), family("orion-7b"));
        assert_eq!(family(""), "");
        assert_eq!(family("4711"), "4711");
    }

    #[test]
    fn a_scope_is_an_account_at_an_address_in_one_protocol() {
        use UpstreamProtocol::{Anthropic, OpenaiChat};
        let scope = of(Anthropic, "https://a", "env:K", "claude-opus-5");
        assert_eq!(scope, of(Anthropic, "https://a", "env:K", "claude-haiku-4-5"));
        for other in [
            of(OpenaiChat, "https://a", "env:K", "claude-opus-5"),
            of(Anthropic, "https://b", "env:K", "claude-opus-5"),
            of(Anthropic, "https://a", "env:L", "claude-opus-5"),
            of(Anthropic, "https://a", "env:K", "glm-5"),
        ] {
            assert_ne!(scope, other);
        }
    }
}
