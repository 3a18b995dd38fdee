//! Models on this computer. Source: LM Studio documentation, "Anthropic compatible endpoints" and "OpenAI compatible endpoints".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ReasoningIn, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "lmstudio",
    name: "LM Studio (this computer)",
    name_zh: "LM Studio（本机）",
    bases: &[
        (UpstreamProtocol::Anthropic, "http://127.0.0.1:1234"),
        (UpstreamProtocol::OpenaiChat, "http://127.0.0.1:1234/v1"),
        (UpstreamProtocol::OpenaiResponses, "http://127.0.0.1:1234/v1"),
    ],
    key_vars: &["LM_API_TOKEN"],
    auth: VendorAuth::None,
    models: &["openai/gpt-oss-20b"],
    docs: "https://lmstudio.ai/docs",
    dialects: &[
        (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            UpstreamProtocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::None,
                thinking_switch: ThinkingSwitch::None,
                top_k: true,
                parallel_tools: false,
                ..Dialect::OPEN_MODELS
            },
        ),
        (
            UpstreamProtocol::OpenaiResponses,
            Dialect { freeform_tools: false, documents: false, web_search: false, ..Dialect::OPENAI_RESPONSES },
        ),
    ],
    by_model: &[],
};
