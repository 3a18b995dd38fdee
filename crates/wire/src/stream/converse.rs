//! Events of Bedrock's `ConverseStream`, one per frame. Source: Amazon Bedrock API reference, "ConverseStream".

use serde_json::Value;

use super::{Class, NotJson, Seen, looks_whole, object};
use crate::converse::decode::{exception, failed, reason};
use crate::error;
use crate::protocol::UpstreamProtocol;
use crate::sse::Event;

pub(super) fn class(event: &Event<'_>, seen: &mut Seen) -> Result<Class, NotJson> {
    match event.name.unwrap_or_default() {
        "contentBlockDelta" => looks_whole(event).map(|()| Class::Generated),
        // Of texts and reasoning there is none; a call is already part of the answer.
        "contentBlockStart" => {
            let started = object(event)?.get("start").and_then(Value::as_object).is_some_and(|start| !start.is_empty());
            Ok(if started { Class::Generated } else { Class::Quiet })
        }
        // An answer may be legally empty, so this counts as generated. The tokens are still to come.
        "messageStop" => {
            let object = object(event)?;
            if let Some(Err(word)) = object.get("stopReason").and_then(Value::as_str).map(reason) {
                return Ok(Class::Error(failed(word)));
            }
            seen.learn(UpstreamProtocol::BedrockConverse, &object);
            seen.finished = true;
            Ok(Class::Generated)
        }
        "metadata" => {
            seen.learn(UpstreamProtocol::BedrockConverse, &object(event)?);
            Ok(if seen.finished { Class::Terminal } else { Class::Quiet })
        }
        name if name == "error" || name.ends_with("Exception") => Ok(Class::Error(exception(name, &event.data))),
        // One that this protocol has not; but an error of anybody on the way is one.
        _ => Ok(error::read(&event.data).map_or(Class::Quiet, Class::Error)),
    }
}
