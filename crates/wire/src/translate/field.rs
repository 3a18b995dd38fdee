//! What fields are called: a loss and a refusal name the field that the client itself wrote, in its own protocol.

use super::plan::Outgoing;
use crate::conversation::Reasoning;
use crate::protocol::Protocol;

/// A field, as each client's protocol calls it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    anthropic: &'static str,
    chat: &'static str,
    responses: &'static str,
}

impl Field {
    const fn new(anthropic: &'static str, chat: &'static str, responses: &'static str) -> Self {
        Self { anthropic, chat, responses }
    }

    pub(crate) const fn of(self, client: Option<Protocol>) -> &'static str {
        match client {
            Some(Protocol::OpenaiResponses) => self.responses,
            Some(Protocol::OpenaiChat) => self.chat,
            Some(Protocol::Anthropic) | None => self.anthropic,
        }
    }
}

pub(crate) const STOP: Field = Field::new("stop_sequences", "stop", "stop");
pub(crate) const MAX_OUTPUT: Field = Field::new("max_tokens", "max_completion_tokens", "max_output_tokens");
pub(crate) const THINKING: Field = Field::new("thinking", "reasoning_effort", "reasoning");
pub(crate) const EFFORT: Field = Field::new("output_config.effort", "reasoning_effort", "reasoning.effort");
pub(crate) const DISPLAY: Field = Field::new("thinking.display", "reasoning.exclude", "reasoning.summary");
pub(crate) const VERBOSITY: Field = Field::new("verbosity", "verbosity", "text.verbosity");
pub(crate) const FORMAT: Field = Field::new("output_config.format", "response_format", "text.format");
pub(crate) const FORMAT_SCHEMA: Field =
    Field::new("output_config.format.schema", "response_format.json_schema.schema", "text.format.schema");
pub(crate) const FORMAT_STRICT: Field =
    Field::new("output_config.format", "response_format.json_schema.strict", "text.format.strict");
pub(crate) const USER: Field = Field::new("metadata.user_id", "safety_identifier", "safety_identifier");
pub(crate) const CACHE_KEY: Field = Field::new("metadata.user_id", "prompt_cache_key", "prompt_cache_key");
pub(crate) const LOGPROBS: Field = Field::new("logprobs", "logprobs", "top_logprobs");
pub(crate) const PARALLEL: Field =
    Field::new("tool_choice.disable_parallel_tool_use", "parallel_tool_calls", "parallel_tool_calls");
pub(crate) const TOOL_NAME: Field = Field::new("tools[].name", "tools[].function.name", "tools[].name");
pub(crate) const TOOL_STRICT: Field = Field::new("tools[].strict", "tools[].function.strict", "tools[].strict");
pub(crate) const TOOL_SCHEMA: Field =
    Field::new("tools[].input_schema", "tools[].function.parameters", "tools[].parameters");
pub(crate) const CALL: Field =
    Field::new("messages[].content[].tool_use", "messages[].tool_calls", "input[].function_call");
pub(crate) const RESULT: Field =
    Field::new("messages[].content[].tool_result", "messages[].tool_call_id", "input[].function_call_output");
pub(crate) const TURNS: Field = Field::new("messages", "messages", "input");
pub(crate) const TURN: Field = Field::new("messages[]", "messages[]", "input[]");
pub(crate) const ROLE: Field = Field::new("messages[].role", "messages[].role", "input[].role");
pub(crate) const REASONING: Field =
    Field::new("messages[].content[].thinking", "messages[].reasoning_content", "input[].reasoning");
pub(crate) const ARGUMENTS: Field =
    Field::new("messages[].content[].input", "messages[].tool_calls[].function.arguments", "input[].arguments");

// In the content of a turn, see `content`.
pub(crate) const CACHE: Field = Field::new("cache_control", "cache_control", "prompt_cache_breakpoint");
pub(crate) const CITATIONS: Field = Field::new("citations", "annotations", "annotations");
pub(crate) const IMAGE: Field = Field::new("image", "image_url", "input_image");
pub(crate) const IMAGE_SOURCE: Field = Field::new("source", "image_url", "image_url");
pub(crate) const DETAIL: Field = Field::new("detail", "image_url.detail", "detail");
pub(crate) const DOCUMENT: Field = Field::new("document", "file", "input_file");
pub(crate) const DOCUMENT_URL: Field = Field::new("source", "file", "file_url");
pub(crate) const DOCUMENT_DATA: Field = Field::new("source", "file", "file_data");
pub(crate) const FILE: Field = Field::new("source", "file", "file_id");
pub(crate) const AUDIO: Field = Field::new("audio", "input_audio", "input_audio");

/// Which content is being written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// What somebody says.
    #[default]
    Said,
    /// The instructions before everything else.
    System,
    /// What a tool said.
    Result,
}

impl Outgoing<'_> {
    /// What the client calls a field.
    pub(crate) const fn name(&self, field: Field) -> &'static str {
        field.of(self.client)
    }

    /// What the client calls a member or kind of the content that is being written.
    pub(crate) fn content(&self, field: Field) -> String {
        self.content_kind(self.name(field))
    }

    /// The same of a kind by the client's own word.
    pub(crate) fn content_kind(&self, kind: &str) -> String {
        let list = match (self.client, self.place) {
            (Some(Protocol::OpenaiResponses), Place::Result) => "input[].output[]",
            (Some(Protocol::OpenaiResponses), _) => "input[].content[]",
            (Some(Protocol::OpenaiChat), _) => "messages[].content[]",
            (_, Place::Said) => "messages[].content[]",
            (_, Place::System) => "system[]",
            (_, Place::Result) => "messages[].content[].content[]",
        };
        format!("{list}.{kind}")
    }

    /// What the client calls a thing that nobody here knows, by its type: over Responses an item, or a part of a
    /// result.
    pub(crate) fn other(&self, kind: &str) -> String {
        match (self.client, self.place) {
            (Some(Protocol::OpenaiResponses), Place::Said | Place::System) => format!("input[].{kind}"),
            _ => self.content_kind(kind),
        }
    }

    /// Notes reasoning of earlier turns that does not go back.
    pub(crate) fn lose_reasoning(&mut self, reasoning: &Reasoning<'_>) {
        let redacted = reasoning.redacted && self.client != Some(Protocol::OpenaiResponses);
        let field = if redacted { "messages[].content[].redacted_thinking" } else { self.name(REASONING) };
        self.losses.dropped(field);
    }

    /// Notes a cache breakpoint that is not kept.
    pub(crate) fn lose_cache(&mut self) {
        let field = self.content(CACHE);
        self.losses.dropped(field);
    }
}
