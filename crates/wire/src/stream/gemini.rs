//! Chunks of Gemini's `streamGenerateContent`. Source: Gemini API reference, "GenerateContentResponse".

use serde_json::{Map, Value};

use super::{Class, NotJson, Seen, error_of, object};
use crate::error::{self, WireError};
use crate::gemini::decode::{failed, reason};
use crate::protocol::UpstreamProtocol;
use crate::sse::Event;

pub(super) fn class(event: &Event<'_>, seen: &mut Seen) -> Result<Class, NotJson> {
    if event.name == Some("error") {
        return Ok(Class::Error(error_of(event)));
    }
    // There is no last event that could repeat the tokens, and every chunk has them: each is read.
    let object = object(event)?;
    if let Some(error) = error::nested(&object) {
        return Ok(Class::Error(error));
    }
    seen.learn(UpstreamProtocol::Gemini, &object);
    let candidates = object.get("candidates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if let Some(error) = candidates.first().and_then(failure) {
        return Ok(Class::Error(error));
    }
    let stopped = candidates.iter().any(|candidate| candidate.get("finishReason").is_some_and(Value::is_string));
    seen.finished |= stopped || is_blocked(&object);
    let says = candidates.iter().filter_map(|candidate| candidate.get("content")).any(says_something);
    Ok(if says || seen.finished { Class::Generated } else { Class::Quiet })
}

/// A reason to stop that means that the answer is none.
fn failure(candidate: &Value) -> Option<WireError> {
    let word = reason(candidate.get("finishReason")?.as_str()?).err()?;
    let said = candidate.get("finishMessage").and_then(Value::as_str);
    Some(failed(word, said))
}

/// The prompt was refused, and there will be no candidate.
fn is_blocked(object: &Map<String, Value>) -> bool {
    object.get("promptFeedback").and_then(|feedback| feedback.get("blockReason")).is_some_and(Value::is_string)
}

/// Whether a content has any part that is more than an empty text.
fn says_something(content: &Value) -> bool {
    let parts = content.get("parts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    parts.iter().filter_map(Value::as_object).flatten().any(|(name, value)| match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(_) => name != "partMetadata",
        _ => false,
    })
}
