//! GLM for accounts of bigmodel.cn. A coding plan is served at the Anthropic base; its Chat base is `/api/coding/paas/v4`. Source: Zhipu open platform documentation, "Claude Code" and "API introduction".

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, SearchSwitch, ThinkingSwitch};

/// Of both platforms. The tokens come without being asked for.
pub(super) const DIALECTS: &[(UpstreamProtocol, Dialect)] =
    &[(UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE), (UpstreamProtocol::OpenaiChat, CHAT)];

const CHAT: Dialect = Dialect {
    thinking_switch: ThinkingSwitch::Thinking,
    efforts: Efforts::of(&[Effort::Low, Effort::High, Effort::Max]),
    include_usage: false,
    stop_max: 1,
    parallel_tools: false,
    schema_answers: false,
    ..Dialect::OPEN_MODELS
};

pub(super) static VENDOR: Vendor = Vendor {
    id: "zhipu",
    name: "Zhipu GLM (mainland China)",
    name_zh: "智谱 GLM（国内）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://open.bigmodel.cn/api/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://open.bigmodel.cn/api/paas/v4"),
    ],
    key_vars: &["ZHIPUAI_API_KEY", "ZHIPU_API_KEY", "GLM_API_KEY", "BIGMODEL_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["glm-5.2", "glm-5.1", "glm-5"],
    docs: "https://docs.bigmodel.cn",
    // It searches. Source: Zhipu open platform documentation, "Web search", part "Web search in chat".
    dialects: &[
        (UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE),
        (
            UpstreamProtocol::OpenaiChat,
            Dialect { web_search: true, search_switch: SearchSwitch::Tool { engine: "search_pro" }, ..CHAT },
        ),
    ],
    by_model: &[],
};
