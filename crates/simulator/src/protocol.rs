//! The wire languages, whose service speaks them, and the operation a path names. Written apart from the gateway's own
//! path table on purpose: a mistake there must not be repeated here.

use serde::{Deserialize, Serialize};

/// A wire language the simulator speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// Google's `generateContent`.
    Gemini,
    /// `Converse` of Amazon Bedrock.
    BedrockConverse,
}

impl Protocol {
    /// The protocols that clients speak, in a fixed order.
    pub const ALL: &'static [Self] = &[Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses];

    /// The protocols that providers speak: those of clients, and two more.
    pub const UPSTREAM: &'static [Self] =
        &[Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses, Self::Gemini, Self::BedrockConverse];

    /// The name used in scripts and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock-converse",
        }
    }

    /// The protocol of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::UPSTREAM.iter().copied().find(|p| p.id() == id)
    }

    /// A path of this protocol that takes an answer without a stream, below the server's root.
    pub fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::OpenaiChat => "/v1/chat/completions",
            Self::OpenaiResponses => "/v1/responses",
            Self::Gemini => "/v1beta/models/sim-1:generateContent",
            Self::BedrockConverse => "/model/sim-1/converse",
        }
    }
}

/// Whose service speaks: it decides about keys, the shape of errors and what is put around the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Service {
    /// The protocol's own vendor, or somebody who does as they do.
    #[default]
    Vendor,
    /// Azure OpenAI: chat and responses with content filters.
    Azure,
    /// Amazon Bedrock: Anthropic inside `InvokeModel`, and Converse.
    Bedrock,
}

/// A protocol as one service speaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Surface {
    pub(crate) protocol: Protocol,
    pub(crate) service: Service,
}

impl Surface {
    /// Whether streams are frames of `application/vnd.amazon.eventstream`.
    pub(crate) fn is_binary(self) -> bool {
        self.service == Service::Bedrock
    }
}

impl From<Protocol> for Surface {
    fn from(protocol: Protocol) -> Self {
        let service = if protocol == Protocol::BedrockConverse { Service::Bedrock } else { Service::Vendor };
        Self { protocol, service }
    }
}

/// What a request line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create(Surface),
    CountTokens,
    /// Gemini's `:countTokens`.
    GeminiCount,
    /// Bedrock's `/count-tokens`.
    BedrockCount,
    InputTokens,
    Compact,
    Models,
    GeminiModels,
    Model,
    Hello,
    /// `GET …/responses` with an upgrade: Codex asks for a WebSocket; 426 sends it to POST at once.
    WebSocket,
    Unknown,
}

/// Any prefix is allowed before the operation, so that a base URL with a path works.
pub(crate) fn call(method: &str, path_and_query: &str) -> Call {
    let path = path_and_query.split('?').next().unwrap_or_default().trim_end_matches('/');
    let ends = |tail: &str| path.ends_with(tail);
    match method {
        "POST" => posted(path),
        "GET" if ends("/responses") => Call::WebSocket,
        "GET" | "HEAD" if ends("/v1beta/models") => Call::GeminiModels,
        "GET" | "HEAD" if ends("/models") => Call::Models,
        "GET" | "HEAD" if path.contains("/models/") => Call::Model,
        "GET" | "HEAD" if path.is_empty() || ends("/api/hello") || ends("/v1") => Call::Hello,
        _ => Call::Unknown,
    }
}

fn posted(path: &str) -> Call {
    let ends = |tail: &str| path.ends_with(tail);
    let service = if is_azure(path) { Service::Azure } else { Service::Vendor };
    let create = |protocol, service| Call::Create(Surface { protocol, service });
    if let Some((_, operation)) = bedrock_segments(path) {
        return match operation {
            "invoke" | "invoke-with-response-stream" => create(Protocol::Anthropic, Service::Bedrock),
            "converse" | "converse-stream" => create(Protocol::BedrockConverse, Service::Bedrock),
            "count-tokens" => Call::BedrockCount,
            _ => Call::Unknown,
        };
    }
    if let Some((_, operation)) = google_segment(path) {
        return match operation {
            "generateContent" | "streamGenerateContent" => create(Protocol::Gemini, Service::Vendor),
            "countTokens" => Call::GeminiCount,
            "rawPredict" if path.contains("/models/count-tokens:") => Call::CountTokens,
            "rawPredict" | "streamRawPredict" => create(Protocol::Anthropic, Service::Vendor),
            _ => Call::Unknown,
        };
    }
    match path {
        _ if ends("/messages/count_tokens") => Call::CountTokens,
        _ if ends("/responses/input_tokens") => Call::InputTokens,
        _ if ends("/responses/compact") => Call::Compact,
        _ if ends("/chat/completions") => create(Protocol::OpenaiChat, service),
        _ if ends("/messages") => create(Protocol::Anthropic, Service::Vendor),
        _ if ends("/responses") => create(Protocol::OpenaiResponses, service),
        _ => Call::Unknown,
    }
}

/// `/openai/deployments/…`, `/openai/v1/…` and `/openai/responses`: paths that only Azure has.
fn is_azure(path: &str) -> bool {
    let Some((_, tail)) = path.split_once("/openai/") else { return false };
    tail.starts_with("deployments/") || tail.starts_with("v1/") || tail == "responses"
}

/// Model and operation of `…/model/MODEL/OPERATION`; the model as it is sent.
fn bedrock_segments(path: &str) -> Option<(&str, &str)> {
    let (_, tail) = path.rsplit_once("/model/")?;
    tail.split_once('/').filter(|(model, operation)| !model.is_empty() && !operation.contains('/'))
}

/// Model and operation of `…/models/MODEL:OPERATION`.
fn google_segment(path: &str) -> Option<(&str, &str)> {
    let (_, tail) = path.rsplit_once("/models/")?;
    tail.rsplit_once(':').filter(|(model, _)| !model.is_empty() && !tail.contains('/'))
}

/// What a path says that other protocols say in the body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct InPath {
    pub(crate) model: Option<String>,
    pub(crate) stream: Option<bool>,
}

/// Reads a path with its query.
pub(crate) fn in_path(path_and_query: &str) -> InPath {
    let path = path_and_query.split('?').next().unwrap_or_default().trim_end_matches('/');
    if let Some((model, operation)) = bedrock_segments(path) {
        return InPath { model: Some(percent_decoded(model)), stream: Some(operation.ends_with("-stream")) };
    }
    if let Some((model, operation)) = google_segment(path) {
        // Vertex: the body of a Claude model says whether it is a stream, and so does the path.
        return InPath { model: Some(percent_decoded(model)), stream: Some(operation.starts_with("stream")) };
    }
    let deployment = path.split_once("/openai/deployments/").and_then(|(_, tail)| tail.split('/').next());
    InPath { model: deployment.map(percent_decoded), stream: None }
}

/// Percent-encoding taken off; what is none stays.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        out.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(protocol: Protocol, service: Service) -> Call {
        Call::Create(Surface { protocol, service })
    }

    #[test]
    fn the_operation_is_found_behind_any_prefix() {
        assert_eq!(call("POST", "/v1/messages?beta=true"), Call::Create(Protocol::Anthropic.into()));
        assert_eq!(call("POST", "/a/b/v1/chat/completions"), Call::Create(Protocol::OpenaiChat.into()));
        assert_eq!(call("POST", "/v1/messages/count_tokens?beta=true"), Call::CountTokens);
        assert_eq!(call("GET", "/v1/models/kimi-k3"), Call::Model);
        assert_eq!(call("HEAD", "/claude/api/hello"), Call::Hello);
        assert_eq!(call("DELETE", "/v1/messages"), Call::Unknown);
    }

    #[test]
    fn clouds_are_known_by_their_paths() {
        let azure = "/openai/deployments/gpt-5/chat/completions?api-version=2024-10-21";
        assert_eq!(call("POST", azure), create(Protocol::OpenaiChat, Service::Azure));
        assert_eq!(call("POST", "/openai/v1/responses"), create(Protocol::OpenaiResponses, Service::Azure));
        assert_eq!(call("POST", "/api/openai/chat/completions"), create(Protocol::OpenaiChat, Service::Vendor));
        assert_eq!(call("POST", "/model/a%2Fb/invoke"), create(Protocol::Anthropic, Service::Bedrock));
        assert_eq!(call("POST", "/model/a:0/converse-stream"), create(Protocol::BedrockConverse, Service::Bedrock));
        assert_eq!(call("POST", "/model/a:0/count-tokens"), Call::BedrockCount);
        let gemini = "/v1beta/models/gemini-3:streamGenerateContent?alt=sse";
        assert_eq!(call("POST", gemini), create(Protocol::Gemini, Service::Vendor));
        assert_eq!(call("POST", "/v1beta/models/gemini-3:countTokens"), Call::GeminiCount);
        let vertex = "/v1/projects/p/locations/r/publishers/anthropic/models/claude@1:streamRawPredict";
        assert_eq!(call("POST", vertex), create(Protocol::Anthropic, Service::Vendor));
    }

    #[test]
    fn a_path_names_model_and_stream() {
        let named = |path: &str| in_path(path).model.unwrap_or_default();
        assert_eq!(named("/openai/deployments/gpt%205/chat/completions"), "gpt 5");
        assert_eq!(named("/model/us.anthropic.x-v1%3A0/invoke"), "us.anthropic.x-v1:0");
        assert_eq!(named("/v1beta/models/gemini-3:generateContent"), "gemini-3");
        assert_eq!(in_path("/model/m/converse-stream").stream, Some(true));
        assert_eq!(in_path("/v1beta/models/m:generateContent?alt=sse").stream, Some(false));
        assert_eq!(in_path("/v1/messages"), InPath::default());
    }

    #[test]
    fn names_are_read_back() {
        for p in Protocol::UPSTREAM {
            assert_eq!(Protocol::from_id(p.id()), Some(*p));
        }
    }
}
