//! Kimi for accounts of the international platform; keys of the other platform do not work here. Source: Moonshot platform documentation, "Use Kimi in agent tools".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, SchemaDialect, ThinkingSwitch};

/// Of both platforms. Temperatures are fixed per model, others refused.
pub(super) const DIALECTS: &[(UpstreamProtocol, Dialect)] = &[
    (
        UpstreamProtocol::Anthropic,
        Dialect { schema: SchemaDialect::Moonshot, name_digit_first: false, ..Dialect::ANTHROPIC_COMPATIBLE },
    ),
    (
        UpstreamProtocol::OpenaiChat,
        Dialect {
            thinking_switch: ThinkingSwitch::Thinking,
            schema: SchemaDialect::Moonshot,
            name_digit_first: false,
            stop_max: 5,
            sampling: false,
            parallel_tools: false,
            ..Dialect::OPEN_MODELS
        },
    ),
];

pub(super) static VENDOR: Vendor = Vendor {
    id: "moonshot",
    name: "Moonshot (Kimi, international)",
    name_zh: "月之暗面 Kimi（国际）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.moonshot.ai/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.moonshot.ai/v1"),
    ],
    key_vars: &["MOONSHOT_API_KEY", "KIMI_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["kimi-k3", "kimi-k2.7-code", "kimi-k2.5"],
    docs: "https://platform.moonshot.ai/docs",
    dialects: DIALECTS,
};
