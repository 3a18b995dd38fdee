//! Amazon Bedrock's front: who asks, and what the bodies of its operations must be.

use serde_json::Value;

use super::{Refusal, sigv4};
use crate::clock;
use crate::server::{AwsCredentials, Request};

fn denied(exception: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status: 403, kind: "permission_error", code: None, exception: Some(exception), message: message.into() }
}

/// Why the caller is nobody that Bedrock knows.
pub(super) fn unknown(credentials: Option<&AwsCredentials>, request: &Request) -> Option<Refusal> {
    let Some(authorization) = request.header("authorization") else {
        return Some(denied("MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    let credentials = credentials?;
    match authorization.strip_prefix("Bearer ") {
        Some(token) if credentials.bearer.as_deref() == Some(token) => None,
        Some(_) => {
            Some(denied("AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."))
        }
        None => signed(credentials, request),
    }
}

/// Hosts that speak a vendor's own protocol ("Mantle") take signatures too; other keys are not looked at there.
pub(super) fn wrongly_signed(credentials: Option<&AwsCredentials>, request: &Request) -> Option<Refusal> {
    let is_signed = request.header("authorization").is_some_and(|value| value.starts_with("AWS4-"));
    credentials.filter(|_| is_signed).and_then(|credentials| signed(credentials, request))
}

fn signed(credentials: &AwsCredentials, request: &Request) -> Option<Refusal> {
    let fault = sigv4::check(credentials, request, clock::unix_seconds()).err()?;
    let exception = match fault {
        sigv4::Fault::UnknownKey | sigv4::Fault::Token => "UnrecognizedClientException",
        _ => "InvalidSignatureException",
    };
    Some(denied(exception, fault.to_string()))
}

/// An Anthropic request inside `InvokeModel`.
pub(super) fn invoke(body: &Value) -> Option<Refusal> {
    for name in ["model", "stream"] {
        if body.get(name).is_some() {
            return Some(Refusal::invalid(format!(
                "Malformed input request: #: extraneous key [{name}] is not permitted, please reformat your input and \
                 try again."
            )));
        }
    }
    let missing = ["anthropic_version", "max_tokens", "messages"].into_iter().find(|name| body.get(*name).is_none());
    missing.map(|name| {
        Refusal::invalid(format!(
            "Malformed input request: #: required key [{name}] not found, please reformat your input and try again."
        ))
    })
}

/// A Converse request.
pub(super) fn converse(body: &Value) -> Option<Refusal> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let roles: Vec<&str> = messages.iter().filter_map(|message| message["role"].as_str()).collect();
    if roles.first() == Some(&"assistant") {
        return Some(Refusal::invalid(
            "A conversation must start with a user message. Try again with a conversation that starts with a user \
             message.",
        ));
    }
    if roles.windows(2).any(|two| two[0] == two[1]) {
        return Some(Refusal::invalid(
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates \
             between user and assistant roles and try again.",
        ));
    }
    let blocks = || messages.iter().flat_map(|message| message["content"].as_array().into_iter().flatten());
    if blocks().any(|block| block["text"].as_str().is_some_and(|text| text.trim().is_empty())) {
        return Some(Refusal::invalid(
            "The text field in the ContentBlock object is blank. Add text to the text field, and try again.",
        ));
    }
    let has_tools = blocks().any(|block| block.get("toolUse").is_some() || block.get("toolResult").is_some());
    (has_tools && body.get("toolConfig").is_none()).then(|| {
        Refusal::invalid("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_invoke_body_is_anthropics_without_model_and_stream() {
        let good = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": []});
        assert_eq!(invoke(&good), None);
        for name in ["model", "stream"] {
            let mut bad = good.clone();
            bad[name] = json!("x");
            assert!(invoke(&bad).is_some_and(|refusal| refusal.message.contains(&format!("[{name}]"))));
        }
        assert!(invoke(&json!({"max_tokens": 9, "messages": []})).is_some());
    }

    #[test]
    fn a_converse_history_is_checked_as_bedrock_does() {
        let text = |role: &str, text: &str| json!({"role": role, "content": [{"text": text}]});
        let call = json!({"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "n", "input": {}}}]});
        let said = |messages: Value| {
            converse(&json!({"messages": messages})).map(|refusal| refusal.message).unwrap_or_default()
        };
        assert_eq!(said(json!([text("user", "a"), text("assistant", "b")])), "");
        assert!(said(json!([text("assistant", "a")])).contains("start with a user message"));
        assert!(said(json!([text("user", "a"), text("user", "b")])).contains("alternate"));
        assert!(said(json!([text("user", " ")])).contains("blank"));
        assert!(said(json!([text("user", "a"), call])).contains("toolConfig"));
    }
}
