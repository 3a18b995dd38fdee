//! Qwen for keys of the Beijing region; other regions and plans have bases of their own. Source: Alibaba Cloud Model Studio documentation, "Claude Code", "OpenAI compatible" and "Deep thinking".

use super::{ByModel, Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, SearchSwitch, ThinkingSwitch};

/// It searches, and does not say where it found what. Source: Model Studio documentation, "Web search".
const CHAT: Dialect = Dialect {
    thinking_switch: ThinkingSwitch::EnableThinking,
    top_k: true,
    web_search: true,
    search_switch: SearchSwitch::EnableSearch,
    ..Dialect::OPEN_MODELS
};

pub(super) static VENDOR: Vendor = Vendor {
    id: "qwen",
    name: "Qwen (Alibaba Cloud Model Studio)",
    name_zh: "通义千问（阿里云百炼）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://dashscope.aliyuncs.com/apps/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://dashscope.aliyuncs.com/compatible-mode/v1"),
    ],
    key_vars: &["DASHSCOPE_API_KEY", "QWEN_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["qwen3.8-max", "qwen3.8-flash", "qwen3-coder-plus"],
    docs: "https://help.aliyun.com/zh/model-studio",
    dialects: &[(UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE), (UpstreamProtocol::OpenaiChat, CHAT)],
    // Those do not reason, or cannot stop to, and do not search. Source: Model Studio documentation, "Deep thinking".
    by_model: &[ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &["qwen3-coder*", "qwen-coder*", "*-instruct*", "*-thinking*", "qwq*"],
        dialect: Dialect { thinking_switch: ThinkingSwitch::None, web_search: false, ..CHAT },
    }],
};
