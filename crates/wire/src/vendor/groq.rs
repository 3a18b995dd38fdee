//! Open models on Groq's own hardware. Source: GroqCloud documentation, "OpenAI compatibility".

use super::{ByModel, Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::{Dialect, Efforts, ThinkingSwitch};

pub(super) static VENDOR: Vendor = Vendor {
    id: "groq",
    name: "Groq",
    name_zh: "Groq",
    bases: &[
        (UpstreamProtocol::OpenaiChat, "https://api.groq.com/openai/v1"),
        (UpstreamProtocol::OpenaiResponses, "https://api.groq.com/openai/v1"),
    ],
    key_vars: &["GROQ_API_KEY"],
    auth: VendorAuth::Bearer,
    models: &["openai/gpt-oss-120b", "openai/gpt-oss-20b"],
    docs: "https://console.groq.com/docs",
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect {
            efforts: Efforts::of(&[Effort::Low, Effort::Medium, Effort::High]),
            documents: false,
            ..Dialect::OPENAI_CHAT
        },
    )],
    // They reason by default, in the text unless there are tools, and know no effort but `none` and `default`. Source:
    // GroqCloud documentation, "Reasoning".
    by_model: &[ByModel {
        protocol: UpstreamProtocol::OpenaiChat,
        models: &["qwen/*"],
        dialect: Dialect {
            thinking_switch: ThinkingSwitch::None,
            think_tags: true,
            documents: false,
            ..Dialect::OPENAI_CHAT
        },
    }],
};
