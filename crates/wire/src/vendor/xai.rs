//! Grok. Source: xAI API documentation.

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::Dialect;

/// Source: xAI API documentation, "Reasoning".
const EFFORTS: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];

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
    dialects: &[
        (
            UpstreamProtocol::OpenaiResponses,
            Dialect { efforts: EFFORTS, freeform_tools: false, documents: false, ..Dialect::OPENAI_RESPONSES },
        ),
        // Its models reason, and such take no stop texts.
        (
            UpstreamProtocol::OpenaiChat,
            Dialect { efforts: EFFORTS, stop_max: 0, documents: false, ..Dialect::OPENAI_CHAT },
        ),
    ],
};
