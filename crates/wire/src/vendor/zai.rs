//! GLM for accounts of z.ai. A coding plan is served at the Anthropic base; its Chat base is `/api/coding/paas/v4`. Source: Z.ai developer documentation, "Claude Code" and "API introduction".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;

pub(super) static VENDOR: Vendor = Vendor {
    id: "zai",
    name: "Z.ai GLM (international)",
    name_zh: "Z.ai GLM（国际）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.z.ai/api/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.z.ai/api/paas/v4"),
    ],
    key_vars: &["ZAI_API_KEY", "Z_AI_API_KEY", "GLM_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["glm-5.2", "glm-5.1", "glm-5"],
    docs: "https://docs.z.ai",
    dialects: super::zhipu::DIALECTS,
    by_model: &[],
};
