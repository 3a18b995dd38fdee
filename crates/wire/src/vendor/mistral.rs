//! Mistral's own models. Source: Mistral API documentation.

use super::{Vendor, VendorAuth};
use crate::protocol::Protocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "mistral",
    name: "Mistral",
    name_zh: "Mistral",
    bases: &[(Protocol::OpenaiChat, "https://api.mistral.ai/v1")],
    key_vars: &["MISTRAL_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["mistral-large-latest", "mistral-medium-latest", "codestral-latest"],
    docs: "https://docs.mistral.ai",
};
