//! What Amazon Bedrock puts around a model's own protocol, and its names for errors.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Class, Form, Frame, eventstream};
use crate::answer::Usage;

/// A model's events as they come out of `InvokeModelWithResponseStream`: each in a frame, figures in the last.
pub(super) fn invoked(frames: &mut [Frame], usage: &Usage) {
    for frame in frames {
        frame.form = Form::Chunk;
        if frame.class == Class::Terminal
            && let Ok(Value::Object(mut event)) = serde_json::from_str(&frame.data)
        {
            event.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics(usage));
            frame.data = Value::Object(event).to_string();
        }
    }
}

fn metrics(usage: &Usage) -> Value {
    json!({
        "inputTokenCount": usage.input,
        "outputTokenCount": usage.output,
        "invocationLatency": 7,
        "firstByteLatency": 3,
        "cacheReadInputTokenCount": usage.cache_read,
        "cacheWriteInputTokenCount": usage.cache_write,
    })
}

/// Bytes of a frame that is no server-sent event.
pub(super) fn bytes(form: Form, name: &str, data: &[u8]) -> Bytes {
    match form {
        Form::Chunk => eventstream::chunk(data),
        Form::Exception => eventstream::exception(name, data),
        Form::Event | Form::Sse => eventstream::event(name, data),
    }
}

/// Status and name of an error before the stream, from Anthropic's words for it. `None`: the status the caller has.
pub(crate) fn exception(kind: &str) -> (u16, &'static str) {
    match kind {
        "authentication_error" => (403, "UnrecognizedClientException"),
        "permission_error" => (403, "AccessDeniedException"),
        "billing_error" => (400, "ServiceQuotaExceededException"),
        "not_found_error" => (404, "ResourceNotFoundException"),
        "rate_limit_error" => (429, "ThrottlingException"),
        "timeout_error" => (408, "ModelTimeoutException"),
        "overloaded_error" => (503, "ServiceUnavailableException"),
        "api_error" => (500, "InternalServerException"),
        _ => (400, "ValidationException"),
    }
}

/// Its name inside a stream, where only six are known.
pub(super) fn stream_exception(kind: &str) -> &'static str {
    match kind {
        "rate_limit_error" | "billing_error" => "throttlingException",
        "timeout_error" => "modelTimeoutException",
        "overloaded_error" => "serviceUnavailableException",
        "api_error" => "internalServerException",
        "model_error" => "modelStreamErrorException",
        _ => "validationException",
    }
}
