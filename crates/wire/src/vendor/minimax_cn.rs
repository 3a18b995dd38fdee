//! MiniMax for accounts of minimaxi.com. Source: MiniMax open platform documentation, "Anthropic API compatible".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "minimax-cn",
    name: "MiniMax (mainland China)",
    name_zh: "稀宇 MiniMax（国内）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.minimaxi.com/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.minimaxi.com/v1"),
    ],
    key_vars: &["MINIMAX_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["MiniMax-M3", "MiniMax-M2.7", "MiniMax-M2.5"],
    docs: "https://platform.minimaxi.com/docs",
    dialects: super::minimax::DIALECTS,
    by_model: super::minimax::BY_MODEL,
};
