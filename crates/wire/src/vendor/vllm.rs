//! A vLLM server with its defaults; it serves the models it was started with. Source: vLLM documentation, "OpenAI-compatible server" and "Claude Code".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ReasoningIn, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "vllm",
    name: "vLLM (this computer)",
    name_zh: "vLLM（本机）",
    bases: &[
        (UpstreamProtocol::Anthropic, "http://127.0.0.1:8000"),
        (UpstreamProtocol::OpenaiChat, "http://127.0.0.1:8000/v1"),
        (UpstreamProtocol::OpenaiResponses, "http://127.0.0.1:8000/v1"),
    ],
    key_vars: &["VLLM_API_KEY"],
    auth: VendorAuth::None,
    models: &[],
    docs: "https://docs.vllm.ai",
    dialects: &[
        (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            UpstreamProtocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::Reasoning,
                thinking_switch: ThinkingSwitch::TemplateArguments,
                top_k: true,
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
