//! The small answers beside a conversation: model lists, token counts, compaction.

use serde_json::{Value, json};

use super::CREATED;

/// Names every simulated account can use.
const MODELS: &[&str] = &["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5", "gpt-5.5", "kimi-k3", "sim-1"];

/// The model list; `anthropic` chooses the envelope.
pub(crate) fn models(anthropic: bool) -> Value {
    let data: Vec<Value> = MODELS.iter().map(|id| model(anthropic, id)).collect();
    if anthropic {
        return json!({"data": data, "has_more": false, "first_id": MODELS.first(), "last_id": MODELS.last()});
    }
    json!({"object": "list", "data": data})
}

/// One model, whatever it is called.
pub(crate) fn model(anthropic: bool, id: &str) -> Value {
    if anthropic {
        return json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-11-18T00:00:00Z", "lifecycle": "active"});
    }
    json!({"id": id, "object": "model", "created": CREATED, "owned_by": "simulator"})
}

pub(crate) fn count_tokens(tokens: u64) -> Value {
    json!({"input_tokens": tokens})
}

/// Gemini's count.
pub(crate) fn gemini_count(tokens: u64) -> Value {
    json!({"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]})
}

/// Bedrock's count.
pub(crate) fn bedrock_count(tokens: u64) -> Value {
    json!({"inputTokens": tokens})
}

/// Gemini's model list.
pub(crate) fn gemini_models() -> Value {
    let model = |id: &&str| {
        json!({"name": format!("models/{id}"), "displayName": id,
            "supportedGenerationMethods": ["generateContent", "countTokens"]})
    };
    json!({"models": MODELS.iter().map(model).collect::<Vec<_>>()})
}

pub(crate) fn input_tokens(tokens: u64) -> Value {
    json!({"object": "response.input_tokens", "input_tokens": tokens})
}

/// A compacted history: one opaque item.
pub(crate) fn compaction(number: u64, tokens: u64) -> Value {
    let item =
        json!({"id": format!("cmp_sim{number:08}"), "type": "compaction", "encrypted_content": "c2ltLWNvbXBhY3Rpb24="});
    json!({
        "id": format!("resp_sim{number:08}"),
        "object": "response.compaction",
        "created_at": CREATED,
        "output": [item],
        "usage": {
            "input_tokens": tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 1,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens.saturating_add(1),
        },
    })
}
