//! What a request asks for, as far as an answer depends on it. Tolerant: a body that is not JSON asks for nothing.

use serde_json::Value;

use crate::protocol::{self, Protocol, Service, Surface};

/// Model named in answers to requests that name none.
pub(crate) const DEFAULT_MODEL: &str = "sim-1";

/// A tool that the client declared and would run itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) schema: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) protocol: Protocol,
    pub(crate) service: Service,
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Chat `stream_options.include_usage`.
    pub(crate) include_usage: bool,
    /// Function tools only: hosted and freeform tools cannot be called with made-up arguments.
    pub(crate) tools: Vec<Tool>,
    pub(crate) has_tool_result: bool,
    /// Text of the last user message.
    pub(crate) last_user: String,
    /// JSON schema of a structured output; `Null` schema for "any JSON object".
    pub(crate) schema: Option<Value>,
    /// Characters of the whole body, for estimates.
    pub(crate) chars: usize,
}

impl Asked {
    /// A request to the protocol's own vendor.
    pub(crate) fn read(protocol: Protocol, body: &[u8]) -> Self {
        Self::at(protocol.into(), "", body)
    }

    /// A request to a path, which names model and stream where the protocol has them there.
    pub(crate) fn at(surface: Surface, path_and_query: &str, body: &[u8]) -> Self {
        let Surface { protocol, service } = surface;
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let in_path = protocol::in_path(path_and_query);
        let messages = match protocol {
            Protocol::OpenaiResponses => &json["input"],
            Protocol::Gemini => &json["contents"],
            _ => &json["messages"],
        };
        let model = in_path.model.or_else(|| json["model"].as_str().map(str::to_owned));
        Self {
            protocol,
            service,
            model: model.unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
            stream: in_path.stream.or_else(|| json["stream"].as_bool()).unwrap_or(false),
            include_usage: json["stream_options"]["include_usage"].as_bool().unwrap_or(false),
            tools: tools(protocol, &json),
            has_tool_result: items(messages).any(|m| is_tool_result(protocol, m)),
            last_user: last_user(messages),
            schema: schema(protocol, &json),
            chars: String::from_utf8_lossy(body).chars().count(),
        }
    }

    pub(crate) fn surface(&self) -> Surface {
        Surface { protocol: self.protocol, service: self.service }
    }

    /// The usual rule of thumb; at least one, as a request is never empty.
    pub(crate) fn estimated_tokens(&self) -> u64 {
        (self.chars as u64).div_ceil(4).max(1)
    }

    pub(crate) fn last_user_is_cjk(&self) -> bool {
        self.last_user.chars().any(is_cjk)
    }
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn tools(protocol: Protocol, json: &Value) -> Vec<Tool> {
    match protocol {
        Protocol::Gemini => items(&json["tools"])
            .flat_map(|tool| items(&tool["functionDeclarations"]))
            .filter_map(|tool| read_tool(protocol, tool))
            .collect(),
        Protocol::BedrockConverse => {
            items(&json["toolConfig"]["tools"]).filter_map(|tool| read_tool(protocol, &tool["toolSpec"])).collect()
        }
        _ => items(&json["tools"]).filter_map(|tool| read_tool(protocol, tool)).collect(),
    }
}

fn read_tool(protocol: Protocol, tool: &Value) -> Option<Tool> {
    let kind = tool["type"].as_str();
    let (name, schema) = match protocol {
        Protocol::Anthropic if matches!(kind, None | Some("custom")) => (&tool["name"], &tool["input_schema"]),
        Protocol::OpenaiChat if kind == Some("function") => {
            (&tool["function"]["name"], &tool["function"]["parameters"])
        }
        Protocol::OpenaiResponses if kind == Some("function") => (&tool["name"], &tool["parameters"]),
        Protocol::Gemini if !tool["parametersJsonSchema"].is_null() => (&tool["name"], &tool["parametersJsonSchema"]),
        Protocol::Gemini => (&tool["name"], &tool["parameters"]),
        Protocol::BedrockConverse => (&tool["name"], &tool["inputSchema"]["json"]),
        _ => return None,
    };
    Some(Tool { name: name.as_str()?.to_owned(), schema: schema.clone() })
}

fn is_tool_result(protocol: Protocol, message: &Value) -> bool {
    match protocol {
        Protocol::Anthropic => items(&message["content"]).any(|b| b["type"] == "tool_result"),
        Protocol::OpenaiChat => message["role"] == "tool",
        Protocol::OpenaiResponses => message["type"].as_str().is_some_and(|t| t.ends_with("_call_output")),
        Protocol::Gemini => items(&message["parts"]).any(|p| !p["functionResponse"].is_null()),
        Protocol::BedrockConverse => items(&message["content"]).any(|b| !b["toolResult"].is_null()),
    }
}

fn last_user(messages: &Value) -> String {
    // Responses: `input` may be a plain text
    if let Some(text) = messages.as_str() {
        return text.to_owned();
    }
    let found = messages.as_array().into_iter().flatten().rev().find(|m| m["role"] == "user" && !text(m).is_empty());
    found.map(text).unwrap_or_default()
}

fn text(message: &Value) -> String {
    // Gemini's `parts` are `content` elsewhere
    let content = message.get("parts").unwrap_or(&message["content"]);
    match content {
        Value::String(text) => text.clone(),
        parts => items(parts).filter_map(|p| p["text"].as_str()).collect::<Vec<_>>().join("\n"),
    }
}

fn schema(protocol: Protocol, json: &Value) -> Option<Value> {
    let format = match protocol {
        Protocol::Gemini => return gemini_schema(&json["generationConfig"]),
        Protocol::BedrockConverse => return converse_schema(&json["outputConfig"]["textFormat"]),
        Protocol::Anthropic => &json["output_config"]["format"],
        Protocol::OpenaiChat => &json["response_format"],
        Protocol::OpenaiResponses => &json["text"]["format"],
    };
    match format["type"].as_str()? {
        "json_schema" if protocol == Protocol::OpenaiChat => Some(format["json_schema"]["schema"].clone()),
        "json_schema" => Some(format["schema"].clone()),
        "json_object" => Some(Value::Null),
        _ => None,
    }
}

fn gemini_schema(config: &Value) -> Option<Value> {
    let is_json = config["responseMimeType"] == "application/json";
    let schema = config.get("responseJsonSchema").or_else(|| config.get("responseSchema"));
    is_json.then(|| schema.cloned().unwrap_or_default())
}

/// Converse takes the schema as a text.
fn converse_schema(format: &Value) -> Option<Value> {
    let schema = format["structure"]["jsonSchema"]["schema"].as_str()?;
    Some(serde_json::from_str(schema).unwrap_or_default())
}

#[cfg(test)]
#[path = "asked/tests.rs"]
mod tests;
