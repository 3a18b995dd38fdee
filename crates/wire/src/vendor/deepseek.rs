//! DeepSeek. Its bases carry no version. Source: DeepSeek API documentation, "Your First API Call".

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ThinkingSwitch};

/// Source: DeepSeek API documentation, "Thinking Mode".
const EFFORTS: Efforts = Efforts::of(&[Effort::Low, Effort::High, Effort::Max]);

const MESSAGES: Dialect = Dialect { efforts: EFFORTS, images: false, ..Dialect::ANTHROPIC_COMPATIBLE };

const CHAT: Dialect = Dialect {
    thinking_switch: ThinkingSwitch::Thinking,
    efforts: EFFORTS,
    // A call in thinking mode whose reasoning does not come back is refused.
    reasoning_required: true,
    stop_max: 16,
    parallel_tools: false,
    schema_answers: false,
    images: false,
    ..Dialect::OPEN_MODELS
};

/// It keeps nothing, and does not search over this protocol. Source: DeepSeek API documentation, "Using the Responses
/// API".
const RESPONSES: Dialect =
    Dialect { efforts: EFFORTS, images: false, documents: false, web_search: false, ..Dialect::OPENAI_RESPONSES };

const SEEING: &[&str] = &["deepseek-flash*"];

pub(super) static VENDOR: Vendor = Vendor {
    id: "deepseek",
    name: "DeepSeek",
    name_zh: "深度求索 DeepSeek",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.deepseek.com/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.deepseek.com"),
        (UpstreamProtocol::OpenaiResponses, "https://api.deepseek.com"),
    ],
    key_vars: &["DEEPSEEK_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["deepseek-flash", "deepseek-v4-pro"],
    docs: "https://api-docs.deepseek.com",
    dialects: &[
        (UpstreamProtocol::Anthropic, MESSAGES),
        (UpstreamProtocol::OpenaiChat, CHAT),
        (UpstreamProtocol::OpenaiResponses, RESPONSES),
    ],
    // It sees, and searches over Messages. Source: DeepSeek API documentation, "Models & Pricing" and "Web Tools"; that
    // Anthropic's own tool is taken: DeepSeek's harness, "web-search-deepseek".
    by_model: &[
        ByModel {
            protocol: UpstreamProtocol::Anthropic,
            models: SEEING,
            dialect: Dialect { images: true, web_search: true, ..MESSAGES },
        },
        ByModel { protocol: UpstreamProtocol::OpenaiChat, models: SEEING, dialect: Dialect { images: true, ..CHAT } },
        ByModel {
            protocol: UpstreamProtocol::OpenaiResponses,
            models: SEEING,
            dialect: Dialect { images: true, ..RESPONSES },
        },
    ],
};
