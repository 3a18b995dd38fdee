//! Gemini, in its own protocol, which keeps the signatures of its reasoning, and for Chat clients through Google's
//! OpenAI-compatible layer. Sources: Gemini API documentation, "Generating content" and "OpenAI compatibility".

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, ReasoningIn, SchemaDialect};

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
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect {
            reasoning_in: ReasoningIn::None,
            efforts: &[Effort::Low, Effort::Medium, Effort::High],
            schema: SchemaDialect::OpenApi,
            name_digit_first: false,
            parallel_tools: false,
            ..Dialect::OPEN_MODELS
        },
    )],
};
