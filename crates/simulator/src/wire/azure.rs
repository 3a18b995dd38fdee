//! What Azure puts around OpenAI's chat: results of content filters, in chunks that have nothing else.

use serde_json::{Value, json};

use super::{Class, Frame};

fn safe() -> Value {
    let safe = json!({"filtered": false, "severity": "safe"});
    json!({"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe})
}

fn prompt_results() -> Value {
    json!([{"prompt_index": 0, "content_filter_results": safe()}])
}

/// A chunk of the filter itself: no id, no model, no `delta`.
fn bare(members: &Value) -> Frame {
    let mut chunk = json!({"choices": [], "created": 0, "id": "", "model": "", "object": ""});
    if let (Some(chunk), Some(members)) = (chunk.as_object_mut(), members.as_object()) {
        chunk.extend(members.clone());
    }
    Frame::new(None, chunk.to_string(), Class::Around)
}

/// The first chunk: what the filter says about the prompt.
pub(super) fn first() -> Frame {
    bare(&json!({"prompt_filter_results": prompt_results()}))
}

/// The asynchronous filter's word about the text, after it.
pub(super) fn late() -> Frame {
    let offsets = json!({"check_offset": 44, "start_offset": 44, "end_offset": 198});
    let choice = json!({"content_filter_offsets": offsets, "content_filter_results": safe(),
        "finish_reason": null, "index": 0});
    bare(&json!({"choices": [choice]}))
}

/// Chunks of the answer with the filter's results beside the delta.
pub(super) fn filtered(frames: &mut [Frame]) {
    for frame in frames {
        if let Ok(mut chunk) = serde_json::from_str::<Value>(&frame.data)
            && let Some(choice) = chunk.pointer_mut("/choices/0").and_then(Value::as_object_mut)
        {
            choice.insert("content_filter_results".to_owned(), json!({}));
            frame.data = chunk.to_string();
        }
    }
}

/// A whole completion with the filter's results.
pub(super) fn completion(mut completion: Value) -> Value {
    completion["prompt_filter_results"] = prompt_results();
    completion["choices"][0]["content_filter_results"] = safe();
    completion
}

/// The answer to a prompt that the filter refused.
pub(crate) fn refused_prompt() -> Value {
    let mut results = safe();
    results["violence"] = json!({"filtered": true, "severity": "high"});
    json!({"error": {
        "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        "type": null,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": results},
    }})
}
