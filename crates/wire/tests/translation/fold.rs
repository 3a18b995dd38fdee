//! What an answer says, put together from its events as a strict client would, with every rule of its protocol checked
//! on the way. Written from the protocols' descriptions, not from our encoders.

mod anthropic;
mod chat;
mod responses;

use serde_json::Value;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::sse;

/// What an answer says, whatever its protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    /// What comes with reasoning and only its maker reads, in order.
    pub(crate) opaque: Vec<String>,
    pub(crate) calls: Vec<Call>,
    /// In the protocol's own word.
    pub(crate) finish: String,
    /// The protocol's own sign of success was seen.
    pub(crate) complete: bool,
    /// The protocol's own error was seen.
    pub(crate) failed: bool,
    /// Tokens: all input, all output.
    pub(crate) tokens: (u64, u64),
}

/// A call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// JSON text, or the input of a freeform tool.
    pub(crate) arguments: String,
}

impl Said {
    /// Names and arguments of the calls.
    pub(crate) fn called(&self) -> Vec<(&str, &str)> {
        self.calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect()
    }
}

/// The data of every event; `[DONE]` as a text.
pub(crate) fn events(bytes: &[u8]) -> Vec<Value> {
    sse::events(bytes)
        .filter(|event| !event.data.is_empty())
        .map(|event| {
            let text = std::str::from_utf8(&event.data).unwrap();
            let data = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
            if let Some(name) = event.name {
                assert_eq!(data["type"], name, "the name of the event is its type");
            }
            data
        })
        .collect()
}

/// Reads a stream; panics at the first event that a strict client would not take.
pub(crate) fn stream(protocol: Protocol, events: &[Value]) -> Said {
    match protocol {
        Protocol::Anthropic => anthropic::stream(events),
        Protocol::OpenaiChat => chat::stream(events),
        Protocol::OpenaiResponses => responses::stream(events),
    }
}

/// Reads an answer that was not streamed.
pub(crate) fn whole(protocol: Protocol, body: &Value) -> Said {
    match protocol {
        Protocol::Anthropic => anthropic::whole(body),
        Protocol::OpenaiChat => chat::whole(body),
        Protocol::OpenaiResponses => responses::whole(body),
    }
}

/// The text a value is; nothing for no text.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A count that must be there.
fn count(usage: &Value, name: &str) -> u64 {
    usage[name].as_u64().unwrap_or_else(|| panic!("no {name} in {usage}"))
}
