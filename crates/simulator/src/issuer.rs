//! A provider that verifies the opaque reasoning it is sent, as every real one does with its own.

use serde_json::{Value, json};

use crate::protocol::{Protocol, Surface};
use crate::wire::error::{self, Error};
use crate::wire::gemini;

/// The refusal of a request that holds a blob which does not begin with `own`, in the words of the protocol's first
/// provider; with Anthropic also of a turn that lost its thinking. `None`: everything is its own.
pub(crate) fn refuse(own: &str, surface: impl Into<Surface>, body: &[u8], number: u64) -> Option<Value> {
    let surface = surface.into();
    let body: Value = serde_json::from_slice(body).ok()?;
    let error = |code: Option<&'static str>, message: &str| {
        Some(error::body(surface, Error { kind: "invalid_request_error", code, message }, number))
    };
    let foreign = |blob: &Value| blob.as_str().is_some_and(|blob| !blob.starts_with(own));
    match surface.protocol {
        Protocol::Anthropic => {
            for (turn, message) in list(&body["messages"]).iter().enumerate() {
                for (place, block) in list(&message["content"]).iter().enumerate() {
                    if block["type"] == "thinking" && foreign(&block["signature"]) {
                        let at = format!("messages.{turn}.content.{place}: Invalid `signature` in `thinking` block");
                        return error(None, &at);
                    }
                    if block["type"] == "redacted_thinking" && foreign(&block["data"]) {
                        let at =
                            format!("messages.{turn}.content.{place}: Invalid `data` in `redacted_thinking` block");
                        return error(None, &at);
                    }
                }
            }
            lost_thinking(&body).and_then(|message| error(None, &message))
        }
        Protocol::OpenaiResponses => {
            let blob = list(&body["input"]).iter().map(|item| &item["encrypted_content"]).find(|blob| foreign(blob))?;
            let begin: String = blob.as_str().unwrap_or_default().chars().take(4).collect();
            let message = format!(
                "The encrypted content {begin}... could not be verified. Reason: Encrypted content could not be decrypted or parsed."
            );
            error(Some("invalid_encrypted_content"), &message)
        }
        Protocol::OpenaiChat => {
            let details = list(&body["messages"]).iter().flat_map(|message| list(&message["reasoning_details"]));
            let any = details.into_iter().any(|entry| foreign(&entry["signature"]) || foreign(&entry["data"]));
            any.then(|| error(None, "Invalid reasoning_details: a signature is not valid")).flatten()
        }
        Protocol::Gemini => {
            let parts = list(&body["contents"]).iter().flat_map(|content| list(&content["parts"]));
            let mut signatures = parts.map(|part| &part["thoughtSignature"]);
            let fine = [gemini::SIGNATURE, gemini::UNVERIFIED];
            let any =
                signatures.any(|signature| foreign(signature) && !fine.contains(&signature.as_str().unwrap_or("")));
            any.then(|| error(None, "Corrupted thought signature.")).flatten()
        }
        Protocol::BedrockConverse => {
            let blocks = list(&body["messages"]).iter().flat_map(|message| list(&message["content"]));
            let mut thoughts = blocks.map(|block| &block["reasoningContent"]);
            let any = thoughts
                .any(|thought| foreign(&thought["reasoningText"]["signature"]) || foreign(&thought["redactedContent"]));
            any.then(|| error(None, "The model returned the following errors: Invalid `signature` in `thinking` block"))
                .flatten()
        }
    }
}

/// Manual thinking wants the last turn that calls tools to begin with its thinking.
fn lost_thinking(body: &Value) -> Option<String> {
    let messages = list(&body["messages"]);
    let (turn, last) = messages.iter().enumerate().rfind(|(_, message)| message["role"] == "assistant")?;
    let blocks = list(&last["content"]);
    let calls = blocks.iter().any(|block| block["type"] == "tool_use");
    let begins =
        blocks.first().is_some_and(|block| block["type"] != json!("text") && block["type"] != json!("tool_use"));
    (body["thinking"]["type"] == "enabled" && calls && !begins).then(|| {
        format!(
            "messages.{turn}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{}`.",
            blocks[0]["type"].as_str().unwrap_or_default()
        )
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(protocol: Protocol, body: &Value) -> Option<String> {
        let refusal = refuse("own-", protocol, body.to_string().as_bytes(), 1)?;
        Some(refusal.pointer("/error/message").unwrap_or(&refusal["message"]).to_string())
    }

    #[test]
    fn blobs_of_others_are_refused_and_ones_own_are_not() {
        for (signature, fine) in [("own-1", true), ("other", false), ("", false)] {
            let body = json!({"messages": [{"role": "assistant", "content": [
                {"type": "thinking", "thinking": "", "signature": signature}, {"type": "text", "text": "signature"},
            ]}]});
            assert_eq!(refused(Protocol::Anthropic, &body).is_none(), fine, "{signature}");
            let body = json!({"input": [{"type": "message"}, {"type": "reasoning", "encrypted_content": signature}]});
            assert_eq!(refused(Protocol::OpenaiResponses, &body).is_none(), fine, "{signature}");
            let body = json!({"messages": [{"reasoning_details": [{"signature": signature}]}]});
            assert_eq!(refused(Protocol::OpenaiChat, &body).is_none(), fine, "{signature}");
            let body =
                json!({"contents": [{"parts": [{"text": "x"}, {"functionCall": {}, "thoughtSignature": signature}]}]});
            assert_eq!(refused(Protocol::Gemini, &body).is_none(), fine, "{signature}");
            let thought = json!({"reasoningContent": {"reasoningText": {"text": "x", "signature": signature}}});
            let body = json!({"messages": [{"content": [{"text": "x"}, thought]}]});
            assert_eq!(refused(Protocol::BedrockConverse, &body).is_none(), fine, "{signature}");
        }
    }

    #[test]
    fn manual_thinking_wants_its_turn_to_begin_with_thinking() {
        let body = |thinking: Value, first: Value| json!({"thinking": thinking, "messages": [{"role": "assistant", "content": [first, {"type": "tool_use"}]}]});
        let (enabled, adaptive) = (json!({"type": "enabled"}), json!({"type": "adaptive"}));
        let (text, thought) = (json!({"type": "text"}), json!({"type": "thinking", "signature": "own-1"}));
        assert!(refused(Protocol::Anthropic, &body(enabled.clone(), text.clone())).is_some());
        assert!(refused(Protocol::Anthropic, &body(enabled, thought)).is_none());
        assert!(refused(Protocol::Anthropic, &body(adaptive, text)).is_none());
    }
}
