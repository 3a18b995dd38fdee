//! MiniMax for accounts of minimax.io. Source: MiniMax platform documentation, "Anthropic API compatible".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;
use crate::translate::dialect::{Dialect, ThinkingSwitch};

/// Of both platforms. Its models always reason.
pub(super) const DIALECTS: &[(Protocol, Dialect)] = &[
    (Protocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
    (
        Protocol::OpenaiChat,
        Dialect { thinking_switch: ThinkingSwitch::None, stop_max: 0, parallel_tools: false, ..Dialect::OPEN_MODELS },
    ),
];

pub(super) static VENDOR: Vendor = Vendor {
    id: "minimax",
    name: "MiniMax (international)",
    name_zh: "稀宇 MiniMax（国际）",
    bases: &[
        (Protocol::Anthropic, "https://api.minimax.io/anthropic"),
        (Protocol::OpenaiChat, "https://api.minimax.io/v1"),
    ],
    key_vars: &["MINIMAX_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["MiniMax-M3", "MiniMax-M2.7", "MiniMax-M2.5"],
    docs: "https://platform.minimax.io/docs",
    dialects: DIALECTS,
};
