//! Events of Bedrock's `ConverseStream`, one per frame. Source: Amazon Bedrock API reference, "ConverseStream".

use serde_json::Value;

use super::{Class, NotJson, Seen, error_of, looks_whole, object};
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
            seen.learn(UpstreamProtocol::BedrockConverse, &object(event)?);
            seen.finished = true;
            Ok(Class::Generated)
        }
        "metadata" => {
            seen.learn(UpstreamProtocol::BedrockConverse, &object(event)?);
            Ok(if seen.finished { Class::Terminal } else { Class::Quiet })
        }
        "error" => Ok(Class::Error(error_of(event))),
        name if name.ends_with("Exception") => {
            let mut error = error_of(event);
            error.kind.get_or_insert_with(|| name.to_owned());
            Ok(Class::Error(error))
        }
        _ => Ok(Class::Quiet),
    }
}
