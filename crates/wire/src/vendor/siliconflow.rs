//! Open models of many makers. Source: SiliconFlow documentation, "Claude Code" and "API reference".

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ThinkingSwitch};

/// Models without a switch refuse it.
const CHAT: Dialect = Dialect { thinking_switch: ThinkingSwitch::None, top_k: true, ..Dialect::OPEN_MODELS };

/// Those that have one. Source: SiliconFlow documentation, "Create chat completion", `enable_thinking`.
const SWITCHED: &[&str] = &[
    "*zai-org/GLM-4.5V",
    "*zai-org/GLM-4.6*",
    "*zai-org/GLM-4.7*",
    "*zai-org/GLM-5*",
    "*deepseek-ai/DeepSeek-V3.1*",
    "*deepseek-ai/DeepSeek-V3.2*",
    "Qwen/Qwen3-8B",
    "Qwen/Qwen3-14B",
    "Qwen/Qwen3-32B",
    "Qwen/Qwen3-30B-A3B",
    "Qwen/Qwen3.5-*",
    "tencent/Hunyuan-A13B-Instruct",
];

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
    dialects: &[(UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE), (UpstreamProtocol::OpenaiChat, CHAT)],
    by_model: &[
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: SWITCHED,
            dialect: Dialect { thinking_switch: ThinkingSwitch::EnableThinking, ..CHAT },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: &["*deepseek-ai/DeepSeek-V4*"],
            dialect: Dialect {
                thinking_switch: ThinkingSwitch::Protocol,
                efforts: Efforts::of(&[Effort::High, Effort::Max]),
                ..CHAT
            },
        },
    ],
};
