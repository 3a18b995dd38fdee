//! Within what a blob is understood: one issuer, and one family of its models.
//!
//! An issuer is an account at an address. A provider that is renamed is the same issuer; two accounts at one address are
//! two, as OpenAI binds encrypted reasoning to the organisation. Models of one maker read each other's reasoning, so a
//! client that changes between them keeps it; at a relay that serves several makers the family tells them apart.

use std::borrow::Cow;

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

/// A provider asked in one protocol: the part of a scope that is the same for all of its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked(u64);

impl Asked {
    /// `address` is where the provider is asked, `account` what tells its accounts there apart; both must stay the same
    /// over a restart.
    pub fn new(protocol: UpstreamProtocol, address: &str, account: &str) -> Self {
        Self(ids::hash(format!("{}\n{address}\n{account}\n", protocol.id()).as_bytes()))
    }

    /// The scope of one of its models.
    pub fn scope(self, model: &str) -> u64 {
        ids::hash_on(self.0, family(model).as_bytes())
    }
}

/// The scope of a provider's model, as [`Asked`] has it.
pub fn of(protocol: UpstreamProtocol, address: &str, account: &str, model: &str) -> u64 {
    Asked::new(protocol, address, account).scope(model)
}

/// The family of a model, in lower case: by the table, else its name up to the first digit or mark behind a maker's
/// prefix.
pub fn family(model: &str) -> Cow<'_, str> {
    // `anthropic/claude-x`, `us.anthropic.claude-x`, `accounts/fireworks/models/x`
    let mut pieces = model.as_bytes().split(|byte| matches!(byte, b'/' | b'.' | b':' | b'@'));
    if let Some(family) = pieces.find_map(known) {
        return Cow::Borrowed(family);
    }
    let last = model.rsplit('/').next().unwrap_or_default();
    let word = last.split(|letter: char| !letter.is_alphabetic()).find(|word| !word.is_empty()).unwrap_or(last);
    let capitals = word.bytes().any(|byte| byte.is_ascii_uppercase());
    if capitals { Cow::Owned(word.to_ascii_lowercase()) } else { Cow::Borrowed(word) }
}

/// Whose models have names that begin like this piece of one. Asked for every attempt, so the first letter is compared
/// first.
fn known(piece: &[u8]) -> Option<&'static str> {
    let first = piece.first()?.to_ascii_lowercase();
    let begins = |begin: &str| {
        begin.as_bytes().first() == Some(&first)
            && piece.get(..begin.len()).is_some_and(|it| it.eq_ignore_ascii_case(begin.as_bytes()))
    };
    FAMILIES.iter().find(|(begin, _)| begins(begin)).map(|(_, family)| *family)
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
        assert_eq!(family("Vendor/Lyra-70B"), "lyra");
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
