//! OpenAI's models, and Claude, in a resource of one's own. Sources: Azure OpenAI REST reference; Azure AI Foundry
//! documentation, "Claude models". Models are deployments, whose names are the user's.

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::Dialect;

pub(super) static VENDOR: Vendor = Vendor {
    id: "azure",
    name: "Azure OpenAI and AI Foundry",
    name_zh: "微软 Azure OpenAI 与 AI Foundry",
    bases: &[
        (UpstreamProtocol::OpenaiResponses, "https://{resource}.openai.azure.com"),
        (UpstreamProtocol::OpenaiChat, "https://{resource}.openai.azure.com"),
        (UpstreamProtocol::Anthropic, "https://{resource}.services.ai.azure.com"),
    ],
    key_vars: &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    auth: VendorAuth::ApiKey,
    models: &[],
    docs: "https://learn.microsoft.com/azure/ai-services/openai/reference",
    dialects: &[(
        UpstreamProtocol::OpenaiChat,
        Dialect { developer_role: true, openai_fields: true, ..Dialect::OPENAI_CHAT },
    )],
    by_model: &[],
};
