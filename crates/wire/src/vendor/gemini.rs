//! Gemini, in its own protocol, which keeps the signatures of its reasoning, and for Chat clients through Google's
//! OpenAI-compatible layer. Sources: Gemini API documentation, "Generating content" and "OpenAI compatibility".

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ReasoningIn, SchemaDialect, ThinkingSwitch};

const CHAT: Dialect = Dialect {
    reasoning_in: ReasoningIn::None,
    thinking_switch: ThinkingSwitch::Protocol,
    efforts: Efforts::of(&[Effort::Low, Effort::Medium, Effort::High]),
    schema: SchemaDialect::OpenApi,
    name_digit_first: false,
    parallel_tools: false,
    ..Dialect::OPEN_MODELS
};

pub(super) static VENDOR: Vendor = Vendor {
    id: "gemini",
    name: "Google Gemini",
    name_zh: "谷歌 Gemini",
    bases: &[
        (UpstreamProtocol::Gemini, "https://generativelanguage.googleapis.com/v1beta"),
        (UpstreamProtocol::OpenaiChat, "https://generativelanguage.googleapis.com/v1beta/openai"),
    ],
    key_vars: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    auth: VendorAuth::Protocol,
    models: &["gemini-3.1-pro-preview", "gemini-3.8-flash", "gemini-3.5-flash-lite"],
    docs: "https://ai.google.dev/gemini-api/docs",
    dialects: &[(UpstreamProtocol::OpenaiChat, CHAT)],
    // Only the small models can do without reasoning, and the first of the third generation knew no middle. `minimal` is
    // documented and refused by the layer. Sources: Gemini API documentation, "OpenAI compatibility"; Google AI developers
    // forum, threads 112648 and 118724.
    by_model: &[
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: &["gemini-3-pro*"],
            dialect: Dialect { efforts: Efforts::of(&[Effort::Low, Effort::High]), ..CHAT },
        },
        ByModel {
            protocol: UpstreamProtocol::OpenaiChat,
            models: &["*flash*"],
            dialect: Dialect {
                efforts: Efforts::of(&[Effort::None, Effort::Low, Effort::Medium, Effort::High]),
                ..CHAT
            },
        },
    ],
};
