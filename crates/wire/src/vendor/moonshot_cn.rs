//! Kimi for accounts of the Chinese platform; keys of the other platform do not work here. Source: Moonshot platform documentation, "Use Kimi in agent tools".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "moonshot-cn",
    name: "Moonshot (Kimi, mainland China)",
    name_zh: "月之暗面 Kimi（国内）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.moonshot.cn/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.moonshot.cn/v1"),
    ],
    key_vars: &["MOONSHOT_API_KEY", "KIMI_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["kimi-k3", "kimi-k2.7-code", "kimi-k2.5"],
    docs: "https://platform.moonshot.cn/docs",
    dialects: super::moonshot::DIALECTS,
    by_model: super::moonshot::BY_MODEL,
};
