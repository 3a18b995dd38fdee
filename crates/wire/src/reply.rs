//! Reading a whole answer that is not a stream. What is sent on are the bytes as they came; this only looks.

use serde_json::{Map, Value};

use crate::defect::{self, Defect};
use crate::error::{self, WireError};
use crate::openai_chat::decode::failure;
use crate::path::Unary;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::usage::Usage;

/// Longest name (model, stop reason) that is kept.
pub(crate) const NAME_MAX: usize = 256;

/// How much of a body that is no JSON is quoted.
const QUOTE_MAX: usize = 80;

/// What a 200 body turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An answer of the protocol.
    Complete(ReplyFacts),
    /// An error, in spite of the status.
    Error(WireError),
    /// Not an answer of the protocol; says what it looks like.
    Malformed(Defect),
}

/// What is remembered of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyFacts {
    /// Tokens.
    pub usage: Usage,
    /// The model that answered, as the upstream names it.
    pub model: Option<String>,
    /// Why the answer stopped, in the upstream's word.
    pub stop: Option<String>,
    /// What a later request may refer to and its provider keeps: the id of a Responses answer, or of the container that an
    /// Anthropic answer ran code in.
    pub kept: Option<String>,
}

/// Reads the body of a call that generates.
pub fn read(protocol: impl Into<UpstreamProtocol>, body: &[u8]) -> Reply {
    let protocol = protocol.into();
    // A good answer is read by its few interesting members alone; whatever is odd about one is looked at in full.
    if let Some(facts) = protocol.client().and_then(|protocol| sketch::read(protocol, body)) {
        return Reply::Complete(facts);
    }
    read_shape(protocol, body, |object| is_answer(protocol, object))
}

/// Reads the body of a call that does not.
pub fn read_unary(op: Unary, body: &[u8]) -> Reply {
    let protocol = match op {
        Unary::CountTokens => Protocol::Anthropic,
        Unary::InputTokens | Unary::Compact => Protocol::OpenaiResponses,
    };
    read_shape(protocol.into(), body, |object| match op {
        Unary::CountTokens | Unary::InputTokens => object.get("input_tokens").is_some_and(Value::is_u64),
        Unary::Compact => object.get("output").is_some_and(Value::is_array),
    })
}

fn read_shape(protocol: UpstreamProtocol, body: &[u8], fits: impl Fn(&Map<String, Value>) -> bool) -> Reply {
    let object = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => object,
        Ok(Value::Array(_)) => return error::read(body).map_or_else(|| looks_like(body), Reply::Error),
        _ => return looks_like(body),
    };
    let failed = object.get("status").is_some_and(|status| status == "failed");
    if let Some(error) = error::nested(&object).filter(|_| failed || !fits(&object)).or_else(|| choice_failed(&object))
    {
        return Reply::Error(error);
    }
    if fits(&object) && !failed {
        return Reply::Complete(facts(protocol, &object));
    }
    error::read_object(&object).map_or_else(|| looks_like(body), Reply::Error)
}

/// The error of a Chat answer of which a choice failed.
fn choice_failed(object: &Map<String, Value>) -> Option<WireError> {
    object.get("choices").and_then(Value::as_array)?.iter().find_map(failure)
}

/// Whether an object has what every answer of the protocol has.
fn is_answer(protocol: UpstreamProtocol, object: &Map<String, Value>) -> bool {
    let list = |name: &str| object.get(name).and_then(Value::as_array);
    match protocol {
        UpstreamProtocol::Anthropic => list("content").is_some(),
        UpstreamProtocol::OpenaiChat => list("choices").is_some_and(|choices| !choices.is_empty()),
        UpstreamProtocol::OpenaiResponses => list("output").is_some(),
        UpstreamProtocol::Gemini => {
            let blocked = object.get("promptFeedback").and_then(|feedback| feedback.get("blockReason"));
            blocked.is_some() || list("candidates").is_some_and(|candidates| !candidates.is_empty())
        }
        UpstreamProtocol::BedrockConverse => {
            object.get("output").and_then(|output| output.get("message")).is_some_and(Value::is_object)
        }
    }
}

/// Model, stop reason and tokens of an answer object (of Responses: also the `response` of an event).
pub(crate) fn facts(protocol: UpstreamProtocol, object: &Map<String, Value>) -> ReplyFacts {
    let (usage, model) = match protocol {
        UpstreamProtocol::Gemini => ("usageMetadata", "modelVersion"),
        _ => ("usage", "model"),
    };
    let usage = object.get(usage).filter(|usage| usage.is_object());
    ReplyFacts {
        usage: usage.map(|usage| Usage::read(protocol, usage)).unwrap_or_default(),
        model: name(object.get(model)),
        stop: stop(protocol, object),
        kept: match protocol {
            UpstreamProtocol::OpenaiResponses => name(object.get("id")),
            UpstreamProtocol::Anthropic => name(object.get("container").and_then(|container| container.get("id"))),
            UpstreamProtocol::OpenaiChat | UpstreamProtocol::Gemini | UpstreamProtocol::BedrockConverse => None,
        },
    }
}

/// Why an answer stopped. Responses says `completed`, or why it is incomplete; Gemini also why there is none.
fn stop(protocol: UpstreamProtocol, object: &Map<String, Value>) -> Option<String> {
    let first = |list: &str, member: &str| {
        let items = object.get(list).and_then(Value::as_array)?;
        items.iter().find_map(|item| name(item.get(member)))
    };
    match protocol {
        UpstreamProtocol::Anthropic => name(object.get("stop_reason")),
        UpstreamProtocol::OpenaiChat => first("choices", "finish_reason"),
        UpstreamProtocol::Gemini => first("candidates", "finishReason")
            .or_else(|| name(object.get("promptFeedback").and_then(|feedback| feedback.get("blockReason")))),
        UpstreamProtocol::BedrockConverse => name(object.get("stopReason")),
        UpstreamProtocol::OpenaiResponses => {
            let details = object.get("incomplete_details").and_then(|details| details.get("reason"));
            name(details).or_else(|| name(object.get("status")))
        }
    }
}

/// A short text.
pub(crate) fn name(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|name| !name.is_empty() && name.len() <= NAME_MAX).map(str::to_owned)
}

/// Says what a body looks like that is no answer.
fn looks_like(body: &[u8]) -> Reply {
    let text = body.trim_ascii_start();
    let start = defect::start(text, QUOTE_MAX);
    Reply::Malformed(match text.first() {
        None => Defect::BodyEmpty,
        Some(b'<') => Defect::BodyPage { start },
        Some(b'd' | b'e' | b':')
            if text.starts_with(b"data:") || text.starts_with(b"event:") || text.starts_with(b":") =>
        {
            Defect::BodyStream { start }
        }
        Some(b'{' | b'[') => Defect::BodyOtherJson { start },
        Some(_) => Defect::BodyNotJson { start },
    })
}

mod sketch;
#[cfg(test)]
mod tests;
