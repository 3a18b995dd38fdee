//! Models on this computer. Source: Ollama documentation, "Anthropic compatibility" and "OpenAI compatibility".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

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
};
