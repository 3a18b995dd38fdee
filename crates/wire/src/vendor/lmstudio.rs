//! Models on this computer. Source: LM Studio documentation, "Anthropic compatible endpoints" and "OpenAI compatible endpoints".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;
use crate::translate::dialect::{Dialect, ReasoningIn, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "lmstudio",
    name: "LM Studio (this computer)",
    name_zh: "LM Studio（本机）",
    bases: &[
        (Protocol::Anthropic, "http://127.0.0.1:1234"),
        (Protocol::OpenaiChat, "http://127.0.0.1:1234/v1"),
        (Protocol::OpenaiResponses, "http://127.0.0.1:1234/v1"),
    ],
    key_vars: &["LM_API_TOKEN"],
    auth: VendorAuth::None,
    models: &["openai/gpt-oss-20b"],
    docs: "https://lmstudio.ai/docs",
    dialects: &[
        (Protocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            Protocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::None,
                thinking_switch: ThinkingSwitch::None,
                top_k: true,
                parallel_tools: false,
                ..Dialect::OPEN_MODELS
            },
        ),
        (Protocol::OpenaiResponses, Dialect { freeform_tools: false, documents: false, ..Dialect::OPENAI_RESPONSES }),
    ],
};
