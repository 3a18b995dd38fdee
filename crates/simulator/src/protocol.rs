//! The three wire languages and the operation a path names. Written apart from the gateway's own path
//! table on purpose: a mistake there must not be repeated here.

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
}

impl Protocol {
    /// Every protocol, in a fixed order.
    pub const ALL: &'static [Self] = &[Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses];

    /// The name used in scripts and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
        }
    }

    /// The protocol of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.id() == id)
    }

    /// The path a client of this protocol posts to, below the server's root.
    pub fn path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::OpenaiChat => "/v1/chat/completions",
            Self::OpenaiResponses => "/v1/responses",
        }
    }
}

/// What a request line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create(Protocol),
    CountTokens,
    InputTokens,
    Compact,
    Models,
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
        "POST" if ends("/messages/count_tokens") => Call::CountTokens,
        "POST" if ends("/responses/input_tokens") => Call::InputTokens,
        "POST" if ends("/responses/compact") => Call::Compact,
        "POST" if ends("/chat/completions") => Call::Create(Protocol::OpenaiChat),
        "POST" if ends("/messages") => Call::Create(Protocol::Anthropic),
        "POST" if ends("/responses") => Call::Create(Protocol::OpenaiResponses),
        "GET" if ends("/responses") => Call::WebSocket,
        "GET" | "HEAD" if ends("/models") => Call::Models,
        "GET" | "HEAD" if path.contains("/models/") => Call::Model,
        "GET" | "HEAD" if path.is_empty() || ends("/api/hello") || ends("/v1") => Call::Hello,
        _ => Call::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_is_found_behind_any_prefix() {
        assert_eq!(call("POST", "/v1/messages?beta=true"), Call::Create(Protocol::Anthropic));
        assert_eq!(call("POST", "/a/b/v1/chat/completions"), Call::Create(Protocol::OpenaiChat));
        assert_eq!(call("POST", "/v1/messages/count_tokens?beta=true"), Call::CountTokens);
        assert_eq!(call("GET", "/v1/models/kimi-k3"), Call::Model);
        assert_eq!(call("HEAD", "/claude/api/hello"), Call::Hello);
        assert_eq!(call("DELETE", "/v1/messages"), Call::Unknown);
    }

    #[test]
    fn names_are_read_back() {
        for p in Protocol::ALL {
            assert_eq!(Protocol::from_id(p.id()), Some(*p));
        }
    }
}
