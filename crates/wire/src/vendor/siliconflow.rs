//! Open models of many makers. Source: SiliconFlow documentation, "Claude Code" and "API reference".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "siliconflow",
    name: "SiliconFlow",
    name_zh: "硅基流动",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.siliconflow.cn"),
        (UpstreamProtocol::OpenaiChat, "https://api.siliconflow.cn/v1"),
    ],
    key_vars: &["SILICONFLOW_API_KEY", "SF_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["deepseek-ai/DeepSeek-V4-Pro", "Pro/zai-org/GLM-5", "Pro/MiniMaxAI/MiniMax-M2.5"],
    docs: "https://docs.siliconflow.cn",
    dialects: &[
        (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            UpstreamProtocol::OpenaiChat,
            Dialect { thinking_switch: ThinkingSwitch::EnableThinking, top_k: true, ..Dialect::OPEN_MODELS },
        ),
    ],
};
