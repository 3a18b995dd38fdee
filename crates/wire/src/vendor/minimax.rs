//! MiniMax for accounts of minimax.io. Source: MiniMax platform documentation, "Anthropic API compatible".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ThinkingSwitch};

/// Of both platforms. Its models always reason.
pub(super) const DIALECTS: &[(UpstreamProtocol, Dialect)] = &[
    (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
    (
        UpstreamProtocol::OpenaiChat,
        Dialect { thinking_switch: ThinkingSwitch::None, stop_max: 0, parallel_tools: false, ..Dialect::OPEN_MODELS },
    ),
];

pub(super) static VENDOR: Vendor = Vendor {
    id: "minimax",
    name: "MiniMax (international)",
    name_zh: "稀宇 MiniMax（国际）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.minimax.io/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.minimax.io/v1"),
    ],
    key_vars: &["MINIMAX_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["MiniMax-M3", "MiniMax-M2.7", "MiniMax-M2.5"],
    docs: "https://platform.minimax.io/docs",
    dialects: DIALECTS,
};
