//! DeepSeek. Its Chat base carries no version. Source: DeepSeek API documentation, "Your First API Call".

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "deepseek",
    name: "DeepSeek",
    name_zh: "深度求索 DeepSeek",
    bases: &[
        (Protocol::Anthropic, "https://api.deepseek.com/anthropic"),
        (Protocol::OpenaiChat, "https://api.deepseek.com"),
    ],
    key_vars: &["DEEPSEEK_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["deepseek-flash", "deepseek-v4-pro"],
    docs: "https://api-docs.deepseek.com",
};
