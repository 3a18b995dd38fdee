//! Event streams as a client reads them: written apart from the gateway's own reader, so that a mistake there is seen.

use serde_json::Value;
use tokgate_simulator::Protocol;

/// The data of every whole event, in order.
pub(crate) fn events(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body).replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut found = Vec::new();
    // What stands behind the last empty line is no event.
    let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
    for event in whole.split("\n\n") {
        let data: Vec<&str> = event
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(|data| data.strip_prefix(' ').unwrap_or(data))
            .collect();
        if !data.is_empty() {
            found.push(data.join("\n"));
        }
    }
    found
}

/// What an event is to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The protocol's clean end.
    End,
    /// The protocol's error.
    Error,
    /// Anything else.
    Other,
}

pub(crate) fn kind(protocol: Protocol, data: &str) -> Kind {
    let json: Value = serde_json::from_str(data).unwrap_or_default();
    let end = match protocol {
        Protocol::Anthropic => json["type"] == "message_stop",
        Protocol::OpenaiChat => data == "[DONE]",
        Protocol::OpenaiResponses => json["type"] == "response.completed" || json["type"] == "response.incomplete",
        Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
    };
    let error = match protocol {
        Protocol::Anthropic => json["type"] == "error",
        Protocol::OpenaiChat => !json["error"].is_null(),
        Protocol::OpenaiResponses => json["type"] == "response.failed" || json["type"] == "error",
        Protocol::Gemini | Protocol::BedrockConverse => unreachable!("no client speaks it"),
    };
    match (end, error) {
        (true, _) => Kind::End,
        (_, true) => Kind::Error,
        _ => Kind::Other,
    }
}

/// How a stream ends for a client: its last word, and how many last words there are.
pub(crate) fn ends(protocol: Protocol, body: &[u8]) -> Vec<Kind> {
    events(body).iter().map(|data| kind(protocol, data)).filter(|kind| *kind != Kind::Other).collect()
}
