//! Models on this computer. Source: Ollama documentation, "Anthropic compatibility" and "OpenAI compatibility".

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ReasoningIn};

pub(super) static VENDOR: Vendor = Vendor {
    id: "ollama",
    name: "Ollama (this computer)",
    name_zh: "Ollama（本机）",
    bases: &[
        (UpstreamProtocol::Anthropic, "http://127.0.0.1:11434"),
        (UpstreamProtocol::OpenaiChat, "http://127.0.0.1:11434/v1"),
        (UpstreamProtocol::OpenaiResponses, "http://127.0.0.1:11434/v1"),
    ],
    key_vars: &["OLLAMA_API_KEY"],
    auth: VendorAuth::None,
    models: &["qwen3-coder", "gpt-oss:20b"],
    docs: "https://docs.ollama.com",
    dialects: &[
        (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            UpstreamProtocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::Reasoning,
                efforts: Efforts::of(&[Effort::None, Effort::Low, Effort::Medium, Effort::High]),
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
