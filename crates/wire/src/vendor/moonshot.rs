//! Kimi for accounts of the international platform; keys of the other platform do not work here. Source: Moonshot platform documentation, "Use Kimi in agent tools".

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, MaxOutputField, SchemaDialect, ThinkingSwitch};

/// Chat of both platforms. Temperatures are fixed per model, others refused. Source: Moonshot platform documentation,
/// "Chat" and "Use thinking models".
const CHAT: Dialect = Dialect {
    max_output_field: MaxOutputField::MaxCompletionTokens,
    thinking_switch: ThinkingSwitch::Thinking,
    schema: SchemaDialect::Moonshot,
    name_digit_first: false,
    stop_max: 5,
    sampling: false,
    parallel_tools: false,
    ..Dialect::OPEN_MODELS
};

/// Of both platforms.
pub(super) const DIALECTS: &[(UpstreamProtocol, Dialect)] = &[
    (
        UpstreamProtocol::Anthropic,
        Dialect { schema: SchemaDialect::Moonshot, name_digit_first: false, ..Dialect::ANTHROPIC_COMPATIBLE },
    ),
    (UpstreamProtocol::OpenaiChat, CHAT),
];

/// K3 always reasons and takes an effort in place of the switch; K2.7 Code always reasons and takes neither. Source:
/// Moonshot platform documentation, "Use thinking effort" and "Use thinking models".
pub(super) const BY_MODEL: &[ByModel] = &[
    ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &["kimi-k3*"],
        dialect: Dialect {
            thinking_switch: ThinkingSwitch::Protocol,
            efforts: Efforts::of(&[Effort::Low, Effort::High, Effort::Max]),
            ..CHAT
        },
    },
    ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &["kimi-k2.7-code*", "kimi-k2-thinking*"],
        dialect: Dialect { thinking_switch: ThinkingSwitch::None, ..CHAT },
    },
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
    by_model: BY_MODEL,
};
