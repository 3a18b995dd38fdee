//! Azure OpenAI and Azure AI Foundry: OpenAI's protocols, and Anthropic's for Claude, under the address of a resource.
//!
//! Source: Azure OpenAI REST reference. The older surface has a dated `api-version` and the deployment in the path of
//! Chat (Responses has it in the body alone); the newer one is OpenAI's own API under `/openai/v1`, where a version is
//! asked for only to see previews.

use crate::path::{Unary, UpstreamCall, segment, upstream_path};
use crate::protocol::UpstreamProtocol;

/// A version of the API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/openai/v1`.
    V1,
    /// `/openai/v1` with `api-version=preview` or `latest`.
    V1As(Box<str>),
    /// A dated one, `2024-10-21` or `2025-04-01-preview`.
    Dated(Box<str>),
}

impl Version {
    /// Reads what `api-version` may hold.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "v1" => Some(Self::V1),
            "preview" | "latest" => Some(Self::V1As(text.into())),
            _ if is_date(text.strip_suffix("-preview").unwrap_or(text)) => Some(Self::Dated(text.into())),
            _ => None,
        }
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        match self {
            Self::V1 => "v1",
            Self::V1As(text) | Self::Dated(text) => text,
        }
    }

    /// Path and query of `call` under a resource whose address has the path `base`. The model is a deployment's name.
    pub fn path(&self, base: &str, call: &UpstreamCall<'_>) -> String {
        let deployment = match call {
            UpstreamCall::Create { protocol: UpstreamProtocol::OpenaiChat, model, .. } => Some(model),
            _ => None,
        };
        match (self, deployment) {
            _ if is_anthropic(call) => upstream_path(&format!("{base}/anthropic"), call),
            (Self::V1, _) => upstream_path(&format!("{base}/openai/v1"), call),
            (Self::V1As(version), _) => {
                format!("{}?api-version={version}", upstream_path(&format!("{base}/openai/v1"), call))
            }
            (Self::Dated(version), Some(deployment)) => {
                let base = format!("{base}/openai/deployments/{}", segment(deployment));
                format!("{}?api-version={version}", upstream_path(&base, call))
            }
            (Self::Dated(version), None) => {
                format!("{}?api-version={version}", upstream_path(&format!("{base}/openai"), call))
            }
        }
    }
}

fn is_anthropic(call: &UpstreamCall<'_>) -> bool {
    let creates = matches!(call, UpstreamCall::Create { protocol: UpstreamProtocol::Anthropic, .. });
    let counts = matches!(call, UpstreamCall::Count { protocol: UpstreamProtocol::Anthropic, .. });
    creates || counts || matches!(call, UpstreamCall::Unary(Unary::CountTokens))
}

/// Whether a host serves Claude too: resources of Foundry do, those of Azure OpenAI alone do not.
pub fn serves_claude(host: &str) -> bool {
    host.ends_with(".services.ai.azure.com")
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut digits = |length: usize| {
        parts.next().is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    digits(4) && digits(2) && digits(2) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const fn create(protocol: UpstreamProtocol) -> UpstreamCall<'static> {
        UpstreamCall::Create { protocol, model: "gpt prod", streams: true }
    }

    const CHAT: UpstreamCall<'static> = create(UpstreamProtocol::OpenaiChat);
    const RESPONSES: UpstreamCall<'static> = create(UpstreamProtocol::OpenaiResponses);

    fn at(version: &str, call: &UpstreamCall<'_>) -> String {
        Version::from_text(version).unwrap().path("", call)
    }

    #[test]
    fn a_dated_version_has_the_deployment_in_the_path_of_chat_only() {
        let chat = at("2024-10-21", &CHAT);
        assert_eq!(chat, "/openai/deployments/gpt%20prod/chat/completions?api-version=2024-10-21");
        assert_eq!(at("2025-04-01-preview", &RESPONSES), "/openai/responses?api-version=2025-04-01-preview");
    }

    #[test]
    fn the_newer_surface_is_openais_own_and_has_a_version_for_previews_alone() {
        assert_eq!(at("v1", &CHAT), "/openai/v1/chat/completions");
        assert_eq!(at("v1", &RESPONSES), "/openai/v1/responses");
        assert_eq!(at("preview", &RESPONSES), "/openai/v1/responses?api-version=preview");
        let count = |protocol| UpstreamCall::Count { protocol, model: "m" };
        assert_eq!(at("v1", &count(UpstreamProtocol::OpenaiResponses)), "/openai/v1/responses/input_tokens");
        assert_eq!(at("v1", &count(UpstreamProtocol::Anthropic)), "/anthropic/v1/messages/count_tokens");
    }

    #[test]
    fn a_project_stays_in_front_and_claude_has_a_path_of_its_own() {
        let version = Version::from_text("2024-10-21").unwrap();
        assert_eq!(Version::V1.path("/api/projects/p1", &RESPONSES), "/api/projects/p1/openai/v1/responses");
        assert_eq!(version.path("", &create(UpstreamProtocol::Anthropic)), "/anthropic/v1/messages");
        assert!(serves_claude("acme.services.ai.azure.com") && !serves_claude("acme.openai.azure.com"));
    }

    #[test]
    fn only_versions_that_exist_in_form_are_read() {
        for wrong in ["", "2024", "2024-10", "2024-10-21-beta", "24-10-21", "2024-1-21", "v2", "2024-10-21-preview-1"] {
            assert_eq!(Version::from_text(wrong), None, "{wrong}");
        }
        for right in ["v1", "preview", "latest", "2024-10-21", "2025-04-01-preview"] {
            assert_eq!(Version::from_text(right).unwrap().text(), right);
        }
    }
}
