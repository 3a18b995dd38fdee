//! Grok. Source: xAI API documentation.

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ThinkingSwitch};

/// Source: xAI API documentation, "Reasoning".
const EFFORTS: Efforts = Efforts::of(&[Effort::Low, Effort::Medium, Effort::High]);

const RESPONSES: Dialect =
    Dialect { efforts: EFFORTS, freeform_tools: false, documents: false, ..Dialect::OPENAI_RESPONSES };

/// Its models reason, and such take no stop texts.
const CHAT: Dialect = Dialect { efforts: EFFORTS, stop_max: 0, documents: false, ..Dialect::OPENAI_CHAT };

/// Grok 4.3 may be asked not to reason. Source: xAI API documentation, "Reasoning", "Effort levels".
const FROM_NONE: Efforts = Efforts::of(&[Effort::None, Effort::Low, Effort::Medium, Effort::High]);

/// Those that are refused with an effort, being made to reason or not to. Source: Google Cloud documentation, "Reasoning
/// for Grok models"; xAI API documentation, "Reasoning".
const FIXED: &[&str] = &["grok-4", "grok-4-*", "grok-4.1*", "grok-4.20*", "grok-code-fast*", "grok-3", "grok-3-fast*"];

/// Grok 3 mini knows two. Source: xAI API documentation, "Reasoning".
const TWO: Efforts = Efforts::of(&[Effort::Low, Effort::High]);

pub(super) static VENDOR: Vendor = Vendor {
    id: "xai",
    name: "xAI Grok",
    name_zh: "xAI Grok",
    bases: &[
        (UpstreamProtocol::OpenaiResponses, "https://api.x.ai/v1"),
        (UpstreamProtocol::OpenaiChat, "https://api.x.ai/v1"),
    ],
    key_vars: &["XAI_API_KEY", "GROK_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["grok-4.5", "grok-4.3"],
    docs: "https://docs.x.ai",
    dialects: &[(UpstreamProtocol::OpenaiResponses, RESPONSES), (UpstreamProtocol::OpenaiChat, CHAT)],
    by_model: &[
        ByModel {
            protocol: UpstreamProtocol::OpenaiResponses,
            models: &["grok-4.3*"],
            dialect: Dialect { efforts: FROM_NONE, ..RESPONSES },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: &["grok-4.3*"],
            dialect: Dialect { efforts: FROM_NONE, ..CHAT },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiResponses,
            models: FIXED,
            dialect: Dialect { thinking_switch: ThinkingSwitch::None, ..RESPONSES },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: FIXED,
            dialect: Dialect { thinking_switch: ThinkingSwitch::None, ..CHAT },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiResponses,
            models: &["grok-3-mini*"],
            dialect: Dialect { efforts: TWO, ..RESPONSES },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: &["grok-3-mini*"],
            dialect: Dialect { efforts: TWO, ..CHAT },
        },
    ],
};
