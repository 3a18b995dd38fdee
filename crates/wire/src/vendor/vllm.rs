//! A vLLM server with its defaults; it serves the models it was started with. Source: vLLM documentation, "OpenAI-compatible server" and "Claude Code".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

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
};
