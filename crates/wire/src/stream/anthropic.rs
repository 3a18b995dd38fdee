//! Events of Anthropic Messages. Source: Anthropic API documentation, "Streaming Messages".

use serde_json::Value;

use super::{Class, NotJson, Seen, error_of, kind, looks_whole, object};
use crate::protocol::Protocol;
use crate::sse::Event;

/// Events that the protocol has.
const EVENTS: &[&str] = &[
    "content_block_delta",
    "content_block_start",
    "content_block_stop",
    "error",
    "message_delta",
    "message_start",
    "message_stop",
    "ping",
];

pub(super) fn class(event: &Event<'_>, seen: &mut Seen, generated: bool) -> Result<Class, NotJson> {
    // Nearly all events are these, so they are recognised without an allocation and never parsed.
    if event.name == Some("content_block_delta") {
        return looks_whole(event).map(|()| Class::Generated);
    }
    match kind(event, |name| EVENTS.contains(&name))?.as_str() {
        "content_block_delta" => Ok(Class::Generated),
        "content_block_start" if !generated => Ok(block_start(event)?),
        "message_start" => {
            if let Some(message) = object(event)?.get("message").and_then(Value::as_object) {
                seen.learn(Protocol::Anthropic, message);
            }
            Ok(Class::Quiet)
        }
        "message_delta" => message_delta(event, seen),
        "message_stop" => Ok(Class::Terminal),
        "error" => Ok(Class::Error(error_of(event))),
        _ => Ok(Class::Quiet),
    }
}

/// Text and thinking begin empty and say nothing; a tool call, a result or redacted thinking is already part of the
/// answer.
fn block_start(event: &Event<'_>) -> Result<Class, NotJson> {
    let object = object(event)?;
    let block = object.get("content_block");
    let is_empty =
        |name: &str| block.and_then(|block| block.get(name)).and_then(Value::as_str).is_none_or(str::is_empty);
    let quiet = match block.and_then(|block| block.get("type")).and_then(Value::as_str) {
        Some("text") => is_empty("text"),
        Some("thinking") => is_empty("thinking") && is_empty("signature"),
        _ => false,
    };
    Ok(if quiet { Class::Quiet } else { Class::Generated })
}

/// The end of the answer: why it stopped, and the tokens. An answer may be legally empty, so this counts as generated.
fn message_delta(event: &Event<'_>, seen: &mut Seen) -> Result<Class, NotJson> {
    let mut object = object(event)?;
    let usage = object.remove("usage");
    let Some(Value::Object(mut delta)) = object.remove("delta") else { return Ok(Class::Quiet) };
    delta.remove("id");
    delta.extend(usage.map(|usage| ("usage".to_owned(), usage)));
    seen.learn(Protocol::Anthropic, &delta);
    let stopped = delta.get("stop_reason").is_some_and(|reason| !reason.is_null());
    Ok(if stopped { Class::Generated } else { Class::Quiet })
}
