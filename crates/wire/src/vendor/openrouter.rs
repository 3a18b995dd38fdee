//! Many makers' models behind one key. Answers 402 with `retry-after` when credit is only reserved. Source: OpenRouter documentation, "Claude Code" and "API reference".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, MaxOutputField, ReasoningIn, SearchSwitch, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "openrouter",
    name: "OpenRouter",
    name_zh: "OpenRouter",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://openrouter.ai/api"),
        (UpstreamProtocol::OpenaiChat, "https://openrouter.ai/api/v1"),
        (UpstreamProtocol::OpenaiResponses, "https://openrouter.ai/api/v1"),
    ],
    key_vars: &["OPENROUTER_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["openrouter/auto", "moonshotai/kimi-k3", "z-ai/glm-5.2", "deepseek/deepseek-v4-pro"],
    docs: "https://openrouter.ai/docs",
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect {
            max_output_field: MaxOutputField::MaxTokens,
            reasoning_in: ReasoningIn::Details,
            thinking_switch: ThinkingSwitch::Reasoning,
            top_k: true,
            cache_control: true,
            // Source: OpenRouter documentation, "Web search server tool".
            web_search: true,
            search_switch: SearchSwitch::OpenRouter,
            ..Dialect::OPENAI_CHAT
        },
    )],
    by_model: &[],
};
