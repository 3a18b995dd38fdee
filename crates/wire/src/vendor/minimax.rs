//! MiniMax for accounts of minimax.io. Source: MiniMax platform documentation, "Anthropic API compatible" and "OpenAI API compatible".

use super::{ByModel, Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, MaxOutputField, ReasoningIn, ThinkingSwitch};

/// Chat of both platforms. `max_tokens` is deprecated; reasoning begins the text unless `reasoning_split` is asked for,
/// and goes back the same way; neither efforts nor `parallel_tool_calls` nor schemas are known. Source: MiniMax platform
/// documentation, "OpenAI API compatible".
const CHAT: Dialect = Dialect {
    max_output_field: MaxOutputField::MaxCompletionTokens,
    thinking_switch: ThinkingSwitch::None,
    reasoning_in: ReasoningIn::ThinkTags,
    think_tags: true,
    stop_max: 0,
    parallel_tools: false,
    schema_answers: false,
    lacks: &["messages[].role=developer", "reasoning_effort"],
    ..Dialect::OPEN_MODELS
};

/// Of both platforms. M2 and its successors up to M3 always reason.
pub(super) const DIALECTS: &[(UpstreamProtocol, Dialect)] =
    &[(UpstreamProtocol::Anthropic, Dialect::ANTHROPIC_COMPATIBLE), (UpstreamProtocol::OpenaiChat, CHAT)];

/// M3 can be asked not to reason.
pub(super) const BY_MODEL: &[ByModel] = &[ByModel {
    protocol: UpstreamProtocol::OpenaiChat,
    models: &["MiniMax-M3*"],
    dialect: Dialect { thinking_switch: ThinkingSwitch::ThinkingAdaptive, ..CHAT },
}];

pub(super) static VENDOR: Vendor = Vendor {
    id: "minimax",
    name: "MiniMax (international)",
    name_zh: "稀宇 MiniMax（国际）",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://api.minimax.io/anthropic"),
        (UpstreamProtocol::OpenaiChat, "https://api.minimax.io/v1"),
    ],
    key_vars: &["MINIMAX_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["MiniMax-M3", "MiniMax-M2.7", "MiniMax-M2.5"],
    docs: "https://platform.minimax.io/docs",
    dialects: DIALECTS,
    by_model: BY_MODEL,
};
