//! Mistral's own models. Source: Mistral API documentation.

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ReasoningIn, ThinkingSwitch};

const CHAT: Dialect = Dialect {
    reasoning_in: ReasoningIn::None,
    thinking_switch: ThinkingSwitch::None,
    // Exactly nine letters or digits.
    id_max: 9,
    // The tokens come without being asked for; unknown fields are refused.
    include_usage: false,
    ..Dialect::OPEN_MODELS
};

pub(super) static VENDOR: Vendor = Vendor {
    id: "mistral",
    name: "Mistral",
    name_zh: "Mistral",
    bases: &[(UpstreamProtocol::OpenaiChat, "https://api.mistral.ai/v1")],
    key_vars: &["MISTRAL_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["mistral-large-latest", "mistral-medium-latest", "codestral-latest"],
    docs: "https://docs.mistral.ai",
    dialects: &[(UpstreamProtocol::OpenaiChat, CHAT)],
    // Source: Mistral documentation, "Reasoning": on or off, by an effort.
    by_model: &[ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &[
            "mistral-medium-latest",
            "mistral-medium-3*",
            "mistral-medium-26*",
            "mistral-small-latest",
            "mistral-small-26*",
        ],
        dialect: Dialect {
            thinking_switch: ThinkingSwitch::Protocol,
            efforts: Efforts::of(&[Effort::None, Effort::High]),
            ..CHAT
        },
    }],
};
