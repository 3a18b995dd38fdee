//! Events of OpenAI Responses. Source: OpenAI API reference, "Streaming events".

use memchr::memmem;
use serde_json::Value;

use super::{Class, NotJson, Seen, error_of, kind, looks_whole, object};
use crate::protocol::Protocol;
use crate::sse::Event;

pub(super) fn class(event: &Event<'_>, seen: &mut Seen) -> Result<Class, NotJson> {
    if event.data.trim_ascii() == b"[DONE]" {
        return Ok(Class::Quiet);
    }
    if let Some(number) = sequence_number(&event.data) {
        seen.sequence = Some(number.saturating_add(1));
    }
    // Nearly all events are these, so they are recognised without an allocation and never parsed.
    if event.name.is_some_and(|name| name.starts_with("response.") && name.ends_with(".delta")) {
        return looks_whole(event).map(|()| Class::Generated);
    }
    match kind(event, |name| name == "error" || name.starts_with("response."))?.as_str() {
        "response.created" | "response.queued" | "response.in_progress" => learn(event, seen).map(|()| Class::Quiet),
        "response.completed" | "response.incomplete" => learn(event, seen).map(|()| Class::Terminal),
        "response.failed" => learn(event, seen).map(|()| Class::Error(error_of(event))),
        "error" => Ok(Class::Error(error_of(event))),
        kind if kind.starts_with("response.") => looks_whole(event).map(|()| Class::Generated),
        // `codex.rate_limits`, `keepalive` and whatever comes next.
        _ => Ok(Class::Quiet),
    }
}

/// Takes over what the event's `response` says.
fn learn(event: &Event<'_>, seen: &mut Seen) -> Result<(), NotJson> {
    if let Some(response) = object(event)?.get("response").and_then(Value::as_object) {
        seen.learn(Protocol::OpenaiResponses, response);
    }
    Ok(())
}

/// The number without parsing; in a text the quotes would be escaped.
fn sequence_number(data: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\"sequence_number\":";
    let at = memmem::find(data, NAME)? + NAME.len();
    let rest = data.get(at..)?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}
