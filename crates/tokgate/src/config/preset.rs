//! Vendor presets as the configuration needs them.
//!
//! The facts about vendors are not kept here; this is the narrow view of them that `preset = "…"` and the search for keys
//! in the environment use.

use tokgate_wire::protocol::Protocol;

use super::model::AuthStyle;

/// A vendor as far as configuration is concerned.
#[derive(Debug, Clone)]
pub struct Preset {
    /// What `preset` names.
    pub id: &'static str,
    /// Base addresses, preferred protocol first.
    pub bases: &'static [(Protocol, &'static str)],
    /// Variables that usually hold a key, the best first.
    pub key_vars: &'static [&'static str],
    /// How the key is sent.
    pub auth: AuthStyle,
}

impl Preset {
    /// The address of one protocol.
    pub(crate) fn base(&self, protocol: Protocol) -> Option<&'static str> {
        self.bases.iter().find(|(other, _)| *other == protocol).map(|(_, url)| *url)
    }

    /// The variable with which the vendor's own SDKs are pointed elsewhere.
    pub(crate) fn base_var(&self) -> Option<&'static str> {
        BASE_VARS.iter().find(|(id, _)| *id == self.id).map(|(_, variable)| *variable)
    }
}

const BASE_VARS: [(&str, &str); 2] = [("anthropic", "ANTHROPIC_BASE_URL"), ("openai", "OPENAI_BASE_URL")];

/// Names under which people and older tools know a vendor.
const ALIASES: [(&str, &str); 8] = [
    ("claude", "anthropic"),
    ("kimi", "moonshot-cn"),
    ("glm", "zhipu"),
    ("bigmodel", "zhipu"),
    ("z-ai", "zai"),
    ("gpt", "openai"),
    ("dashscope", "qwen"),
    ("grok", "xai"),
];

/// Every preset, in the order in which keys are looked for.
pub(crate) fn all() -> Vec<Preset> {
    table().to_vec()
}

/// The preset of this id.
pub(crate) fn find(id: &str) -> Option<Preset> {
    table().iter().find(|preset| preset.id == id).cloned()
}

/// The preset that a provider name stands for.
pub(crate) fn by_name(name: &str) -> Option<Preset> {
    let name = name.replace('_', "-");
    let id = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, id)| *id);
    find(id)
}

/// The ids, for messages.
pub(crate) fn ids() -> Vec<&'static str> {
    table().iter().map(|preset| preset.id).collect()
}

const A: Protocol = Protocol::Anthropic;
const C: Protocol = Protocol::OpenaiChat;
const R: Protocol = Protocol::OpenaiResponses;

fn table() -> &'static [Preset] {
    const TABLE: &[Preset] = &[
        Preset {
            id: "anthropic",
            bases: &[(A, "https://api.anthropic.com")],
            key_vars: &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
            auth: AuthStyle::Auto,
        },
        Preset {
            id: "openai",
            bases: &[(R, "https://api.openai.com/v1"), (C, "https://api.openai.com/v1")],
            key_vars: &["OPENAI_API_KEY"],
            auth: AuthStyle::Auto,
        },
        Preset {
            id: "moonshot-cn",
            bases: &[(A, "https://api.moonshot.cn/anthropic"), (C, "https://api.moonshot.cn/v1")],
            key_vars: &["MOONSHOT_API_KEY", "KIMI_API_KEY"],
            auth: AuthStyle::Auto,
        },
        Preset {
            id: "zhipu",
            bases: &[(A, "https://open.bigmodel.cn/api/anthropic"), (C, "https://open.bigmodel.cn/api/paas/v4")],
            key_vars: &["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"],
            auth: AuthStyle::Auto,
        },
        Preset {
            id: "deepseek",
            bases: &[(A, "https://api.deepseek.com/anthropic"), (C, "https://api.deepseek.com/v1")],
            key_vars: &["DEEPSEEK_API_KEY"],
            auth: AuthStyle::Auto,
        },
        Preset {
            id: "openrouter",
            bases: &[(C, "https://openrouter.ai/api/v1"), (A, "https://openrouter.ai/api")],
            key_vars: &["OPENROUTER_API_KEY"],
            auth: AuthStyle::Auto,
        },
    ];
    TABLE
}
