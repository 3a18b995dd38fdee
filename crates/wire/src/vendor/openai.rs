//! GPT and Codex models, from their maker. Source: OpenAI API reference.

use super::{ByModel, Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::Dialect;

const CHAT: Dialect =
    Dialect { developer_role: true, freeform_tools: true, openai_fields: true, ..Dialect::OPENAI_CHAT };

pub(super) static VENDOR: Vendor = Vendor {
    id: "openai",
    name: "OpenAI",
    name_zh: "OpenAI",
    bases: &[
        (UpstreamProtocol::OpenaiResponses, "https://api.openai.com/v1"),
        (UpstreamProtocol::OpenaiChat, "https://api.openai.com/v1"),
    ],
    key_vars: &["OPENAI_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["gpt-5.6", "gpt-5.5", "gpt-5.4-mini", "gpt-5.4-nano"],
    docs: "https://platform.openai.com/docs",
    dialects: &[(UpstreamProtocol::OpenaiChat, CHAT)],
    // Over Chat only they search, and always. Source: OpenAI API documentation, "Web search".
    by_model: &[ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &["gpt-*-search-*"],
        dialect: Dialect { web_search: true, ..CHAT },
    }],
};
