//! Grok. Source: xAI API documentation.

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "xai",
    name: "xAI Grok",
    name_zh: "xAI Grok",
    bases: &[(Protocol::OpenaiResponses, "https://api.x.ai/v1"), (Protocol::OpenaiChat, "https://api.x.ai/v1")],
    key_vars: &["XAI_API_KEY", "GROK_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["grok-4.5", "grok-4.3"],
    docs: "https://docs.x.ai",
};
