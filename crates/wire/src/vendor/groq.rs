//! Open models on Groq's own hardware. Source: GroqCloud documentation, "OpenAI compatibility".

use super::{Vendor, VendorAuth};
use crate::conversation::Effort;
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::Dialect;

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
        Dialect { efforts: &[Effort::Low, Effort::Medium, Effort::High], documents: false, ..Dialect::OPENAI_CHAT },
    )],
};
