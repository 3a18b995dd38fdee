//! Mistral's own models. Source: Mistral API documentation.

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ReasoningIn, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "mistral",
    name: "Mistral",
    name_zh: "Mistral",
    bases: &[(UpstreamProtocol::OpenaiChat, "https://api.mistral.ai/v1")],
    key_vars: &["MISTRAL_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["mistral-large-latest", "mistral-medium-latest", "codestral-latest"],
    docs: "https://docs.mistral.ai",
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect {
            reasoning_in: ReasoningIn::None,
            thinking_switch: ThinkingSwitch::None,
            // Exactly nine letters or digits.
            id_max: 9,
            // The tokens come without being asked for; unknown fields are refused.
            include_usage: false,
            ..Dialect::OPEN_MODELS
        },
    )],
};
