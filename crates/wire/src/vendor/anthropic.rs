//! Claude, from its maker. Source: Anthropic API documentation.

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "anthropic",
    name: "Anthropic",
    name_zh: "Anthropic",
    bases: &[(UpstreamProtocol::Anthropic, "https://api.anthropic.com")],
    key_vars: &["ANTHROPIC_API_KEY"],
    auth: VendorAuth::XApiKey,
    models: &["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5", "claude-opus-5", "claude-sonnet-5"],
    docs: "https://platform.claude.com/docs",
    dialects: &[],
    by_model: &[],
};
