//! Doubao and open models of other makers. Source: Volcengine Ark documentation, "OpenAI SDK compatibility" and "Deep thinking".

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "volcengine",
    name: "Volcengine Ark (Doubao)",
    name_zh: "火山方舟（豆包）",
    bases: &[(UpstreamProtocol::OpenaiChat, "https://ark.cn-beijing.volces.com/api/v3")],
    key_vars: &["ARK_API_KEY", "VOLCENGINE_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["doubao-seed-1-8-251228", "kimi-k2-5-260127", "glm-4-7-251222"],
    docs: "https://www.volcengine.com/docs/82379",
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect { thinking_switch: ThinkingSwitch::Thinking, ..Dialect::OPEN_MODELS },
    )],
    by_model: &[],
};
