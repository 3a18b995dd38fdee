//! Models on this computer. Source: Ollama documentation, "Anthropic compatibility" and "OpenAI compatibility".

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::Protocol;
use crate::translate::dialect::{Dialect, ReasoningIn};

pub(super) static VENDOR: Vendor = Vendor {
    id: "ollama",
    name: "Ollama (this computer)",
    name_zh: "Ollama（本机）",
    bases: &[
        (Protocol::Anthropic, "http://127.0.0.1:11434"),
        (Protocol::OpenaiChat, "http://127.0.0.1:11434/v1"),
        (Protocol::OpenaiResponses, "http://127.0.0.1:11434/v1"),
    ],
    key_vars: &["OLLAMA_API_KEY"],
    auth: VendorAuth::None,
    models: &["qwen3-coder", "gpt-oss:20b"],
    docs: "https://docs.ollama.com",
    dialects: &[
        (Protocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            Protocol::OpenaiChat,
            Dialect {
                reasoning_in: ReasoningIn::Reasoning,
                efforts: &[Effort::None, Effort::Low, Effort::Medium, Effort::High],
                parallel_tools: false,
                ..Dialect::OPEN_MODELS
            },
        ),
        (Protocol::OpenaiResponses, Dialect { freeform_tools: false, documents: false, ..Dialect::OPENAI_RESPONSES }),
    ],
};
