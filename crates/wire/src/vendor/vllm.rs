//! A vLLM server with its defaults; it serves the models it was started with. Source: vLLM documentation, "OpenAI-compatible server" and "Claude Code".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;
use crate::translate::dialect::{Dialect, ReasoningIn, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "vllm",
    name: "vLLM (this computer)",
    name_zh: "vLLM（本机）",
    bases: &[
        (Protocol::Anthropic, "http://127.0.0.1:8000"),
        (Protocol::OpenaiChat, "http://127.0.0.1:8000/v1"),
        (Protocol::OpenaiResponses, "http://127.0.0.1:8000/v1"),
    ],
    key_vars: &["VLLM_API_KEY"],
    auth: VendorAuth::None,
    models: &[],
    docs: "https://docs.vllm.ai",
    dialects: &[
        (Protocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            Protocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::Reasoning,
                thinking_switch: ThinkingSwitch::TemplateArguments,
                top_k: true,
                ..Dialect::OPEN_MODELS
            },
        ),
        (Protocol::OpenaiResponses, Dialect { freeform_tools: false, documents: false, ..Dialect::OPENAI_RESPONSES }),
    ],
};
