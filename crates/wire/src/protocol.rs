//! The wire languages tokgate speaks.

use serde::{Deserialize, Serialize};

/// A wire language of clients. Azure and Bedrock's `InvokeModel` are transports of these, not protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// All of them, in the order they are listed to people.
    pub const ALL: [Self; 3] = [Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses];

    /// The name used in configuration, records and output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
        }
    }

    /// Reads [`Protocol::id`] back.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.id() == id)
    }
}

/// A wire language of providers: those of clients, and two that no client speaks to tokgate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamProtocol {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// Google's `generateContent`.
    Gemini,
    /// `Converse` of Amazon Bedrock. The decoder reads its stream as server-sent events: the transport makes one of each
    /// frame, named by its `:event-type` or `:exception-type`, with the payload as data.
    BedrockConverse,
}

impl UpstreamProtocol {
    /// All of them, in the order they are listed to people.
    pub const ALL: [Self; 5] =
        [Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses, Self::Gemini, Self::BedrockConverse];

    /// The name used in configuration, records and output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Anthropic => Protocol::Anthropic.id(),
            Self::OpenaiChat => Protocol::OpenaiChat.id(),
            Self::OpenaiResponses => Protocol::OpenaiResponses.id(),
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock-converse",
        }
    }

    /// Reads [`UpstreamProtocol::id`] back.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.id() == id)
    }

    /// The same language as clients speak it: what needs no translation.
    pub const fn client(self) -> Option<Protocol> {
        match self {
            Self::Anthropic => Some(Protocol::Anthropic),
            Self::OpenaiChat => Some(Protocol::OpenaiChat),
            Self::OpenaiResponses => Some(Protocol::OpenaiResponses),
            Self::Gemini | Self::BedrockConverse => None,
        }
    }
}

impl From<Protocol> for UpstreamProtocol {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Anthropic => Self::Anthropic,
            Protocol::OpenaiChat => Self::OpenaiChat,
            Protocol::OpenaiResponses => Self::OpenaiResponses,
        }
    }
}

impl PartialEq<Protocol> for UpstreamProtocol {
    fn eq(&self, other: &Protocol) -> bool {
        self.client() == Some(*other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_reads_back() {
        for protocol in Protocol::ALL {
            assert_eq!(Protocol::from_id(protocol.id()), Some(protocol));
        }
        assert_eq!(Protocol::from_id("gopher"), None);
        for protocol in UpstreamProtocol::ALL {
            assert_eq!(UpstreamProtocol::from_id(protocol.id()), Some(protocol));
        }
        assert_eq!(UpstreamProtocol::from_id("gopher"), None);
    }

    #[test]
    fn what_clients_speak_providers_speak_under_the_same_name() {
        for protocol in Protocol::ALL {
            let upstream = UpstreamProtocol::from(protocol);
            assert_eq!((upstream.id(), upstream.client()), (protocol.id(), Some(protocol)));
            assert_eq!(upstream, protocol);
        }
        assert_eq!(UpstreamProtocol::Gemini.client(), None);
    }
}
