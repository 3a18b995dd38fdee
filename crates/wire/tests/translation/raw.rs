//! Events as providers stream them, piece by piece.

use serde_json::{Value, json};

/// Anthropic: the answer begins.
pub(crate) fn a_start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "up-1",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 7, "output_tokens": 1}}})
}

/// Anthropic: a block begins.
pub(crate) fn a_open(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

/// Anthropic: a call begins.
pub(crate) fn a_call(index: u64, id: &str, name: &str) -> Value {
    a_open(index, json!({"type": "tool_use", "id": id, "name": name, "input": {}}))
}

/// Anthropic: more of a block.
pub(crate) fn a_more(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

/// Anthropic: more text.
pub(crate) fn a_text(index: u64, text: &str) -> Value {
    a_more(index, json!({"type": "text_delta", "text": text}))
}

/// Anthropic: more arguments.
pub(crate) fn a_input(index: u64, json: &str) -> Value {
    a_more(index, json!({"type": "input_json_delta", "partial_json": json}))
}

/// Anthropic: a block ends.
pub(crate) fn a_stop(index: u64) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

/// Anthropic: why it ended.
pub(crate) fn a_delta(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 9}})
}

/// Anthropic: the end.
pub(crate) fn a_end() -> Value {
    json!({"type": "message_stop"})
}

/// Chat: a chunk with this delta.
pub(crate) fn c_delta(delta: Value) -> Value {
    json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "up-1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

/// Chat: one fragment of a call.
pub(crate) fn c_call(fragment: Value) -> Value {
    c_delta(json!({"tool_calls": [fragment]}))
}

/// Chat: the chunk with the finish reason.
pub(crate) fn c_finish(reason: &str) -> Value {
    json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "up-1",
        "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// Chat: tokens.
pub(crate) fn c_usage() -> Value {
    json!({"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "up-1", "choices": [],
        "usage": {"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19}})
}

/// Chat: the end.
pub(crate) fn c_done() -> Value {
    json!("[DONE]")
}

/// Responses: a response object.
pub(crate) fn r_object(status: &str, output: &Value) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "up-1", "output": output,
        "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 19}})
}

/// Responses: the answer begins.
pub(crate) fn r_start() -> Value {
    json!({"type": "response.created", "sequence_number": 0, "response": r_object("in_progress", &json!([]))})
}

/// Responses: an item begins.
pub(crate) fn r_add(index: u64, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": index, "item": item})
}

/// Responses: an item is complete.
pub(crate) fn r_item(index: u64, item: Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

/// Responses: a call as an item.
pub(crate) fn r_call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": format!("fc_{id}"), "call_id": id, "name": name, "arguments": arguments, "status": "completed"})
}

/// Responses: more arguments.
pub(crate) fn r_arguments(index: u64, id: &str, delta: &str) -> Value {
    json!({"type": "response.function_call_arguments.delta", "item_id": format!("fc_{id}"), "output_index": index, "delta": delta})
}

/// Responses: arguments in full.
pub(crate) fn r_arguments_done(index: u64, id: &str, arguments: &str) -> Value {
    json!({"type": "response.function_call_arguments.done", "item_id": format!("fc_{id}"), "output_index": index, "arguments": arguments})
}

/// Responses: reasoning as an item.
pub(crate) fn r_reasoning(id: &str, text: &str, encrypted: &str) -> Value {
    json!({"type": "reasoning", "id": id, "summary": [{"type": "summary_text", "text": text}], "encrypted_content": encrypted})
}

/// Responses: a message as an item.
pub(crate) fn r_message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

/// Responses: the end, with everything that was said.
pub(crate) fn r_end(output: Value) -> Value {
    json!({"type": "response.completed", "response": r_object("completed", &output)})
}
