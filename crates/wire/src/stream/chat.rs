//! Chunks of OpenAI Chat Completions, and of the many that imitate it.

use memchr::memmem;
use serde_json::{Map, Value};

use super::{Class, NotJson, Seen, error_of, looks_whole, object};
use crate::error;
use crate::openai_chat::decode::failure;
use crate::protocol::Protocol;
use crate::sse::Event;
use crate::usage::Usage;

/// Members that make a chunk worth parsing once the answer has begun, when they are not null. A text that contains
/// these names has its quotes escaped, so it does not match.
const FACTS: &[&[u8]] = &[b"\"finish_reason\"", b"\"usage\"", b"\"error\""];

pub(super) fn class(event: &Event<'_>, seen: &mut Seen, generated: bool) -> Result<Class, NotJson> {
    let data = event.data.trim_ascii();
    if data == b"[DONE]" {
        return Ok(Class::Terminal);
    }
    if event.name == Some("error") {
        return Ok(Class::Error(error_of(event)));
    }
    if generated && !FACTS.iter().any(|name| has_value(data, name)) {
        return looks_whole(event).map(|()| Class::Generated);
    }
    let object = object(event)?;
    if let Some(error) = error::nested(&object) {
        return Ok(Class::Error(error));
    }
    chunk(&object, seen)
}

fn chunk(object: &Map<String, Value>, seen: &mut Seen) -> Result<Class, NotJson> {
    let choices = object.get("choices").and_then(Value::as_array).filter(|choices| !choices.is_empty());
    let Some(choices) = choices else {
        if let Some(error) = error::read_object(object) {
            return Ok(Class::Error(error));
        }
        seen.learn(Protocol::OpenaiChat, object);
        return Ok(Class::Quiet);
    };
    seen.learn(Protocol::OpenaiChat, object);
    if let Some(error) = choices.iter().find_map(failure) {
        return Ok(Class::Error(error));
    }
    let mut generated = false;
    for choice in choices {
        let finished = choice.get("finish_reason").and_then(Value::as_str).is_some_and(|reason| !reason.is_empty());
        seen.finished |= finished;
        generated |= finished || choice.get("delta").is_some_and(says_something);
        // Kimi puts the tokens here.
        if let Some(usage) = choice.get("usage").filter(|usage| usage.is_object()) {
            seen.facts.usage.merge(&Usage::read(Protocol::OpenaiChat, usage));
        }
    }
    Ok(if generated { Class::Generated } else { Class::Quiet })
}

/// Whether a delta carries anything but its role: text, reasoning, tool calls, a refusal, or something newer.
fn says_something(delta: &Value) -> bool {
    let members = delta.as_object().into_iter().flatten();
    members.filter(|(name, _)| *name != "role").any(|(_, value)| match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => false,
    })
}

/// Whether the member `name` (with its quotes) stands somewhere with a value other than null.
fn has_value(data: &[u8], name: &[u8]) -> bool {
    memmem::find_iter(data, name).any(|at| {
        let after = data.get(at + name.len()..).unwrap_or_default().trim_ascii_start();
        let value = after.strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        value.is_some_and(|value| !value.starts_with(b"null"))
    })
}
