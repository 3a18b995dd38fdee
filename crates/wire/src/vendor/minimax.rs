//! MiniMax for accounts of minimax.io. Source: MiniMax platform documentation, "Anthropic API compatible".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

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
};
