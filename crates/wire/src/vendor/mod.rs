//! Facts about companies and programs that serve models: where they listen, how they know a caller, which variable
//! usually holds their key. Compiled in; one file each and one line here. Not configuration: every fact can be overridden.

use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{self, Dialect};

mod anthropic;
mod azure;
mod bedrock;
mod deepseek;
mod gemini;
mod groq;
mod lmstudio;
mod minimax;
mod minimax_cn;
mod mistral;
mod moonshot;
mod moonshot_cn;
mod ollama;
mod openai;
mod openrouter;
pub mod pattern;
mod question;
mod qwen;
mod siliconflow;
mod vllm;
mod volcengine;
mod xai;
mod zai;
mod zhipu;

pub use question::{FreeQuestion, free_question};

/// How a vendor wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VendorAuth {
    /// `authorization: Bearer KEY`
    Bearer,
    /// `x-api-key: KEY`
    XApiKey,
    /// As each of its protocols has it.
    Protocol,
    /// `api-key: KEY`, and `x-api-key: KEY` beside it where Anthropic's protocol is spoken.
    ApiKey,
    /// No key is needed: a program on the user's own machine. One that is set goes as `Bearer`.
    None,
}

/// One vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// The name for `preset`.
    pub id: &'static str,
    /// The name for people, English.
    pub name: &'static str,
    /// The name for people, Chinese.
    pub name_zh: &'static str,
    /// A base URL per protocol it speaks, best first. Anthropic bases carry no version, OpenAI and Gemini bases end
    /// in theirs.
    /// Where every user has another one, the part that differs stands in braces.
    pub bases: &'static [(UpstreamProtocol, &'static str)],
    /// Environment variables that usually hold a key, best first.
    pub key_vars: &'static [&'static str],
    /// How it wants the key.
    pub auth: VendorAuth,
    /// Some current models, best first: for lists and suggestions, never to refuse a name.
    pub models: &'static [&'static str],
    /// Where keys are made or the API is described.
    pub docs: &'static str,
    /// How its protocols differ from their own documentation, where they do.
    pub dialects: &'static [(UpstreamProtocol, Dialect)],
    /// How some of its models differ from that; the first that fits counts.
    pub by_model: &'static [ByModel],
}

/// Facts about some models of a vendor, in place of those about all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByModel {
    /// Where they are asked.
    pub protocol: UpstreamProtocol,
    /// Their names, as [`pattern::fits`] reads them.
    pub models: &'static [&'static str],
    /// What they take.
    pub dialect: Dialect,
}

impl ByModel {
    /// Whether `model` is one of them.
    pub fn fits(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| pattern::fits(pattern, model))
    }
}

impl Vendor {
    /// The base URL for a protocol.
    pub fn base(&self, protocol: UpstreamProtocol) -> Option<&'static str> {
        self.bases.iter().find(|(speaks, _)| *speaks == protocol).map(|(_, url)| *url)
    }

    /// What `model` takes in a protocol.
    pub fn dialect(&self, protocol: UpstreamProtocol, model: &str) -> Dialect {
        let exception = self.by_model.iter().find(|facts| facts.protocol == protocol && facts.fits(model));
        exception.map_or_else(|| self.usual_dialect(protocol), |facts| facts.dialect)
    }

    /// What its models take in a protocol, but those that [`Vendor::by_model`] names.
    pub fn usual_dialect(&self, protocol: UpstreamProtocol) -> Dialect {
        let own = self.dialects.iter().find(|(speaks, _)| *speaks == protocol);
        own.map_or_else(|| dialect::of(protocol), |(_, dialect)| *dialect)
    }
}

/// All vendors, in the order they are listed to people.
pub fn all() -> &'static [&'static Vendor] {
    ALL
}

/// The vendor of this id.
pub fn find(id: &str) -> Option<&'static Vendor> {
    ALL.iter().copied().find(|vendor| vendor.id == id)
}

static ALL: &[&Vendor] = &[
    &anthropic::VENDOR,
    &openai::VENDOR,
    &moonshot_cn::VENDOR,
    &moonshot::VENDOR,
    &zhipu::VENDOR,
    &zai::VENDOR,
    &deepseek::VENDOR,
    &openrouter::VENDOR,
    &minimax_cn::VENDOR,
    &minimax::VENDOR,
    &qwen::VENDOR,
    &siliconflow::VENDOR,
    &volcengine::VENDOR,
    &groq::VENDOR,
    &mistral::VENDOR,
    &xai::VENDOR,
    &gemini::VENDOR,
    &ollama::VENDOR,
    &lmstudio::VENDOR,
    &vllm::VENDOR,
    &azure::VENDOR,
    &bedrock::VENDOR,
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use std::collections::HashSet;

    use super::*;
    use crate::conversation::Effort;
    use crate::downgrade::Lack;
    use crate::translate::dialect::ThinkingSwitch;

    #[test]
    fn every_vendor_is_found_by_its_id_and_no_id_is_given_twice() {
        let ids: HashSet<&str> = all().iter().map(|vendor| vendor.id).collect();
        assert_eq!(ids.len(), all().len());
        for vendor in all() {
            assert_eq!(find(vendor.id), Some(*vendor));
            assert!(vendor.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", vendor.id);
        }
        assert_eq!(find("nobody"), None);
    }

    #[test]
    fn keys_travel_encrypted_to_everyone_but_this_computer() {
        for vendor in all() {
            for (_, base) in vendor.bases {
                let local = base.starts_with("http://127.0.0.1:");
                assert!(base.starts_with("https://") || local, "{base}");
                assert_eq!(local, vendor.auth == VendorAuth::None, "{base}");
            }
        }
    }

    #[test]
    fn bases_are_written_so_that_paths_join() {
        for vendor in all() {
            assert!(!vendor.bases.is_empty());
            let protocols: HashSet<UpstreamProtocol> = vendor.bases.iter().map(|(protocol, _)| *protocol).collect();
            assert_eq!(protocols.len(), vendor.bases.len(), "{}: a protocol twice", vendor.id);
            for (protocol, base) in vendor.bases {
                assert!(!base.ends_with('/') && !base.contains('?'), "{base}");
                assert!(*protocol != UpstreamProtocol::Anthropic || !base.ends_with("/v1"), "{base}");
                assert_eq!(vendor.base(*protocol), Some(*base));
            }
        }
    }

    #[test]
    fn every_vendor_has_names_in_both_languages_a_key_variable_and_a_page() {
        for vendor in all() {
            assert!(!vendor.name.is_empty() && !vendor.name_zh.is_empty());
            assert!(vendor.docs.starts_with("https://"));
            assert!(!vendor.key_vars.is_empty());
            for var in vendor.key_vars {
                assert!(var.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{var}");
            }
        }
    }

    #[test]
    fn a_dialect_is_given_once_and_only_for_a_protocol_that_is_spoken() {
        for vendor in all() {
            let protocols: HashSet<UpstreamProtocol> = vendor.dialects.iter().map(|(protocol, _)| *protocol).collect();
            assert_eq!(protocols.len(), vendor.dialects.len(), "{}: a protocol twice", vendor.id);
            for (protocol, dialect) in vendor.dialects {
                assert!(vendor.base(*protocol).is_some(), "{}: {protocol:?} is not spoken", vendor.id);
                assert_eq!(vendor.usual_dialect(*protocol), *dialect);
                assert_ne!(*dialect, dialect::of(*protocol), "{}: {protocol:?} says nothing new", vendor.id);
                for lack in dialect.lacks {
                    assert!(Lack::parse(lack).is_ok(), "{}: {lack}", vendor.id);
                }
            }
        }
        for vendor in all() {
            for facts in vendor.by_model {
                assert!(vendor.base(facts.protocol).is_some(), "{}: {:?} is not spoken", vendor.id, facts.protocol);
                let usual = vendor.usual_dialect(facts.protocol);
                assert_ne!(facts.dialect, usual, "{}: {:?} is as the others", vendor.id, facts.models);
                for lack in facts.dialect.lacks {
                    assert!(Lack::parse(lack).is_ok(), "{}: {lack}", vendor.id);
                }
            }
        }
        for (id, protocol) in [("anthropic", UpstreamProtocol::Anthropic), ("openai", UpstreamProtocol::OpenaiChat)] {
            assert!(find(id).unwrap().usual_dialect(protocol).lacked(protocol).is_empty(), "{id}: nothing is touched");
        }
        assert_eq!(
            find("anthropic").unwrap().usual_dialect(UpstreamProtocol::Anthropic),
            dialect::of(UpstreamProtocol::Anthropic)
        );
    }

    #[test]
    fn a_model_that_takes_something_else_than_the_others_is_told_so() {
        let chat = |id: &str, model: &str| find(id).unwrap().dialect(UpstreamProtocol::OpenaiChat, model);
        let efforts = |id: &str, model: &str| chat(id, model).efforts.iter().map(Effort::word).collect::<Vec<_>>();
        assert_eq!(efforts("xai", "grok-4.3"), ["none", "low", "medium", "high"]);
        assert_eq!(efforts("xai", "grok-4.5"), ["low", "medium", "high"]);
        assert_eq!(efforts("moonshot", "kimi-k3.1-pro"), ["low", "high", "max"]);
        for (id, model, switch) in [
            ("xai", "grok-4-1-fast-reasoning", ThinkingSwitch::None),
            ("xai", "grok-4", ThinkingSwitch::None),
            ("minimax-cn", "MiniMax-M3", ThinkingSwitch::ThinkingAdaptive),
            ("minimax", "MiniMax-M2.7", ThinkingSwitch::None),
            ("moonshot-cn", "kimi-k2.6", ThinkingSwitch::Thinking),
            ("moonshot-cn", "kimi-k2.7-code", ThinkingSwitch::None),
            ("siliconflow", "Pro/zai-org/GLM-5", ThinkingSwitch::EnableThinking),
            ("siliconflow", "Pro/MiniMaxAI/MiniMax-M2.5", ThinkingSwitch::None),
            ("qwen", "qwen3-coder-plus", ThinkingSwitch::None),
            ("mistral", "mistral-medium-latest", ThinkingSwitch::Protocol),
            ("mistral", "codestral-latest", ThinkingSwitch::None),
        ] {
            assert_eq!(chat(id, model).thinking_switch, switch, "{id} {model}");
        }
        let lacked =
            find("xai").unwrap().dialect(UpstreamProtocol::OpenaiChat, "grok-4").lacked(UpstreamProtocol::OpenaiChat);
        assert!(!lacked.is_empty(), "an effort is taken out of a request that passes as it is");
    }

    #[test]
    fn vendors_that_serve_claude_code_directly_are_listed_with_both_bases() {
        for id in ["moonshot-cn", "moonshot", "zhipu", "zai", "deepseek", "openrouter", "minimax-cn", "minimax", "qwen"]
        {
            let vendor = find(id).unwrap();
            assert!(
                vendor.base(UpstreamProtocol::Anthropic).is_some()
                    && vendor.base(UpstreamProtocol::OpenaiChat).is_some(),
                "{id}"
            );
        }
    }
}
