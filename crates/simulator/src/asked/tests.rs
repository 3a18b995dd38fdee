#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::json;

use super::*;

fn read(protocol: Protocol, body: &Value) -> Asked {
    Asked::read(protocol, body.to_string().as_bytes())
}

#[test]
fn tools_are_found_in_every_protocol() {
    let parameters = json!({"type": "object"});
    let bodies = [
        (
            Protocol::Anthropic,
            json!({"tools": [{"type": "web_search_20250305", "name": "w"}, {"name": "Bash", "input_schema": parameters}]}),
        ),
        (
            Protocol::OpenaiChat,
            json!({"tools": [{"type": "function", "function": {"name": "Bash", "parameters": parameters}}]}),
        ),
        (
            Protocol::OpenaiResponses,
            json!({"tools": [{"type": "custom", "name": "apply_patch"}, {"type": "function", "name": "Bash", "parameters": parameters}]}),
        ),
        (
            Protocol::Gemini,
            json!({"tools": [{"googleSearch": {}}, {"functionDeclarations": [{"name": "Bash", "parameters": parameters}]}]}),
        ),
        (
            Protocol::BedrockConverse,
            json!({"toolConfig": {"tools": [{"cachePoint": {}}, {"toolSpec": {"name": "Bash", "inputSchema": {"json": parameters}}}]}}),
        ),
    ];
    for (protocol, body) in bodies {
        let asked = read(protocol, &body);
        assert_eq!(asked.tools, [Tool { name: "Bash".to_owned(), schema: parameters.clone() }], "{protocol:?}");
        assert!(!asked.has_tool_result);
    }
}

#[test]
fn tool_results_are_found_in_every_protocol() {
    let with = [
        (
            Protocol::Anthropic,
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x"}]}]}),
        ),
        (Protocol::OpenaiChat, json!({"messages": [{"role": "tool", "content": "x"}]})),
        (Protocol::OpenaiResponses, json!({"input": [{"type": "function_call_output", "output": "x"}]})),
        (Protocol::OpenaiResponses, json!({"input": [{"type": "custom_tool_call_output", "output": "x"}]})),
        (Protocol::Gemini, json!({"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "x"}}]}]})),
        (
            Protocol::BedrockConverse,
            json!({"messages": [{"role": "user", "content": [{"toolResult": {"toolUseId": "x"}}]}]}),
        ),
    ];
    for (protocol, body) in with {
        assert!(read(protocol, &body).has_tool_result, "{protocol:?}");
    }
}

#[test]
fn the_last_user_text_decides_the_language() {
    let body = json!({"messages": [
        {"role": "user", "content": "你好"},
        {"role": "assistant", "content": "hi"},
        {"role": "user", "content": [{"type": "text", "text": "list the files"}]},
        {"role": "system", "content": "环境"}
    ]});
    let asked = read(Protocol::Anthropic, &body);
    assert_eq!(asked.last_user, "list the files");
    assert!(!asked.last_user_is_cjk());
    assert!(read(Protocol::OpenaiResponses, &json!({"input": "列出文件"})).last_user_is_cjk());
    let gemini = json!({"contents": [{"role": "user", "parts": [{"text": "列出文件"}]}]});
    assert!(read(Protocol::Gemini, &gemini).last_user_is_cjk());
}

#[test]
fn structured_output_is_found_in_every_protocol() {
    let schema = json!({"type": "object", "properties": {"title": {"type": "string"}}});
    let bodies = [
        (Protocol::Anthropic, json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}})),
        (Protocol::OpenaiChat, json!({"response_format": {"type": "json_schema", "json_schema": {"schema": schema}}})),
        (Protocol::OpenaiResponses, json!({"text": {"format": {"type": "json_schema", "schema": schema}}})),
        (
            Protocol::Gemini,
            json!({"generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema}}),
        ),
        (
            Protocol::BedrockConverse,
            json!({"outputConfig": {"textFormat": {"structure": {"jsonSchema": {"schema": schema.to_string()}}}}}),
        ),
    ];
    for (protocol, body) in bodies {
        assert_eq!(read(protocol, &body).schema, Some(schema.clone()), "{protocol:?}");
    }
    assert_eq!(read(Protocol::OpenaiResponses, &json!({"text": {"format": {"type": "text"}}})).schema, None);
}

#[test]
fn a_body_that_is_not_json_asks_for_nothing() {
    let asked = Asked::read(Protocol::Anthropic, b"\xff\xfe");
    assert_eq!((asked.model.as_str(), asked.stream, asked.tools.len()), (DEFAULT_MODEL, false, 0));
}

#[test]
fn a_path_names_model_and_stream() {
    let at = |protocol: Protocol, path: &str| {
        let asked = Asked::at(protocol.into(), path, br#"{"model":"other"}"#);
        (asked.model, asked.stream)
    };
    let gemini = "/v1beta/models/gemini-3:streamGenerateContent?alt=sse";
    assert_eq!(at(Protocol::Gemini, gemini), ("gemini-3".to_owned(), true));
    assert_eq!(at(Protocol::BedrockConverse, "/model/a%3A0/converse"), ("a:0".to_owned(), false));
    let azure = "/openai/deployments/mine/chat/completions?api-version=x";
    assert_eq!(at(Protocol::OpenaiChat, azure), ("mine".to_owned(), false));
    assert_eq!(at(Protocol::Anthropic, "/v1/messages"), ("other".to_owned(), false));
}
