//! Kimi for accounts of the international platform; keys of the other platform do not work here. Source: Moonshot platform documentation, "Use Kimi in agent tools".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "moonshot",
    name: "Moonshot (Kimi, international)",
    name_zh: "月之暗面 Kimi（国际）",
    bases: &[
        (Protocol::Anthropic, "https://api.moonshot.ai/anthropic"),
        (Protocol::OpenaiChat, "https://api.moonshot.ai/v1"),
    ],
    key_vars: &["MOONSHOT_API_KEY", "KIMI_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["kimi-k3", "kimi-k2.7-code", "kimi-k2.5"],
    docs: "https://platform.moonshot.ai/docs",
};
