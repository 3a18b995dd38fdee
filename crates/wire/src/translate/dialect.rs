//! What differs between providers of one protocol: facts, per vendor and model, that the configuration may override.

pub mod changes;
mod efforts;

pub use efforts::Efforts;

use crate::downgrade::{Lack, Lacks};
use crate::protocol::UpstreamProtocol;

/// Facts about one target. The default is a provider that follows its protocol's own documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Chat: the field for the longest answer.
    pub max_output_field: MaxOutputField,
    /// Chat and Responses: instructions may be said as `developer`.
    pub developer_role: bool,
    /// Instructions may stand in the middle of a conversation.
    pub system_anywhere: bool,
    /// Chat: a tool's message may hold images.
    pub images_in_tool_results: bool,
    /// Chat: how reasoning is sent back to the provider.
    pub reasoning_in: ReasoningIn,
    /// Chat: a message with tool calls is refused without its reasoning; words stand for what is lost.
    pub reasoning_required: bool,
    /// Chat: reasoning begins the answer's text, between `<think>` and `</think>`.
    pub think_tags: bool,
    /// How reasoning is switched.
    pub thinking_switch: ThinkingSwitch,
    /// Efforts the model knows. The nearest lower one is taken, else the lowest.
    pub efforts: Efforts,
    /// Which JSON schemas are taken.
    pub schema: SchemaDialect,
    /// Longest tool name.
    pub name_max: usize,
    /// A tool's name may begin with a digit.
    pub name_digit_first: bool,
    /// Longest id of a tool call.
    pub id_max: usize,
    /// Chat: `stream_options.include_usage` is understood.
    pub include_usage: bool,
    /// Anthropic: input counts contain what came from the cache.
    pub usage_includes_cache: bool,
    /// Most stop texts taken; 0: none.
    pub stop_max: usize,
    /// `temperature`, `top_p` are taken.
    pub sampling: bool,
    /// `top_k` is taken.
    pub top_k: bool,
    /// `parallel_tool_calls` is taken.
    pub parallel_tools: bool,
    /// JSON schemas of answers are taken.
    pub schema_answers: bool,
    /// Anthropic's cache breakpoints are taken, also in another protocol.
    pub cache_control: bool,
    /// Anthropic: breakpoints are put in when the client's protocol has none.
    pub cache_control_added: bool,
    /// Freeform tools are taken.
    pub freeform_tools: bool,
    /// Images are taken.
    pub images: bool,
    /// Documents are taken.
    pub documents: bool,
    /// Images are taken by their address.
    pub image_urls: bool,
    /// Documents are taken by their address.
    pub document_urls: bool,
    /// A user's hash may be sent.
    pub user: bool,
    /// Chat: OpenAI's own fields are taken: `verbosity`, `service_tier`, `prompt_cache_key`, `safety_identifier`.
    pub openai_fields: bool,
    /// Claude Code's first system text (an attribution that changes with every request and defeats caches) is left out.
    pub strip_attribution: bool,
    /// Longest answer when the client named none and the protocol demands one.
    pub max_output_default: u64,
    /// The provider searches the web itself (`web_search_20250305`, `web_search`, `googleSearch`).
    pub web_search: bool,
    /// Chat: how that is asked for.
    pub search_switch: SearchSwitch,
    /// What is taken out of requests in the provider's own protocol, besides what the facts above say; in the words of
    /// [`Lack`].
    pub lacks: &'static [&'static str],
}

/// Chat's field for the longest answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxOutputField {
    /// `max_completion_tokens`
    MaxCompletionTokens,
    /// `max_tokens`
    MaxTokens,
}

/// How reasoning is sent back over Chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningIn {
    /// Not at all.
    None,
    /// `reasoning_content`
    Content,
    /// `reasoning`
    Reasoning,
    /// `reasoning_details`
    Details,
    /// Before the text, between `<think>` and `</think>`.
    ThinkTags,
}

/// How reasoning is switched on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinkingSwitch {
    /// The protocol's own way: `thinking` and `output_config.effort`, `reasoning_effort`, `reasoning.effort`.
    Protocol,
    /// Chat with `thinking: {type: enabled|disabled}`.
    Thinking,
    /// Chat with `thinking: {type: adaptive|disabled}`.
    ThinkingAdaptive,
    /// Chat with `enable_thinking` and `thinking_budget`.
    EnableThinking,
    /// Chat with `reasoning: {effort | max_tokens | enabled}`.
    Reasoning,
    /// Chat with `chat_template_kwargs.enable_thinking`.
    TemplateArguments,
    /// Anthropic without `adaptive`: a budget of tokens.
    Budget,
    /// None.
    None,
}

/// How a search of the web is asked for over Chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchSwitch {
    /// `web_search_options`: the model searches before every answer.
    Options,
    /// `enable_search`
    EnableSearch,
    /// A tool `web_search` that names the engine.
    Tool {
        /// Its name at the provider.
        engine: &'static str,
    },
    /// A tool `openrouter:web_search`.
    OpenRouter,
}

/// Which JSON schemas are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaDialect {
    /// All of JSON Schema.
    Full,
    /// Moonshot's.
    Moonshot,
    /// OpenAPI 3.0's, as Gemini reads it.
    OpenApi,
}

/// The facts of a provider that follows the documentation of `protocol`.
pub const fn of(protocol: UpstreamProtocol) -> Dialect {
    match protocol {
        UpstreamProtocol::Anthropic => Dialect::ANTHROPIC,
        UpstreamProtocol::OpenaiChat => Dialect::OPENAI_CHAT,
        UpstreamProtocol::OpenaiResponses => Dialect::OPENAI_RESPONSES,
        UpstreamProtocol::Gemini => Dialect::GEMINI,
        UpstreamProtocol::BedrockConverse => Dialect::BEDROCK_CONVERSE,
    }
}

impl Dialect {
    /// OpenAI Chat Completions, as most providers understand it. Source: OpenAI API reference, "Chat"; the length of ids
    /// is enforced there and not documented.
    pub const OPENAI_CHAT: Self = Self {
        max_output_field: MaxOutputField::MaxCompletionTokens,
        developer_role: false,
        system_anywhere: true,
        images_in_tool_results: false,
        reasoning_in: ReasoningIn::None,
        reasoning_required: false,
        think_tags: false,
        thinking_switch: ThinkingSwitch::Protocol,
        efforts: Efforts::ALL,
        schema: SchemaDialect::Full,
        name_max: 64,
        name_digit_first: true,
        id_max: 40,
        include_usage: true,
        usage_includes_cache: false,
        stop_max: 4,
        sampling: true,
        top_k: false,
        parallel_tools: true,
        schema_answers: true,
        cache_control: false,
        cache_control_added: true,
        freeform_tools: false,
        images: true,
        documents: true,
        image_urls: true,
        document_urls: false,
        user: true,
        openai_fields: false,
        strip_attribution: true,
        max_output_default: 32_000,
        web_search: false,
        search_switch: SearchSwitch::Options,
        lacks: &[],
    };

    /// Anthropic Messages. Source: Anthropic API reference, "Messages". Neither ids nor stop texts have a limit.
    pub const ANTHROPIC: Self = Self {
        images_in_tool_results: true,
        name_max: 128,
        id_max: 256,
        stop_max: usize::MAX,
        top_k: true,
        cache_control: true,
        web_search: true,
        ..Self::OPENAI_CHAT
    };

    /// OpenAI Responses, which has no stop texts. Source: OpenAI API reference, "Responses".
    pub const OPENAI_RESPONSES: Self = Self {
        developer_role: true,
        images_in_tool_results: true,
        name_max: 128,
        id_max: 64,
        stop_max: 0,
        freeform_tools: true,
        web_search: true,
        ..Self::OPENAI_CHAT
    };

    /// Gemini. Source: Gemini API reference, "GenerateContentRequest" and "FunctionDeclaration"; five stop texts at most,
    /// names begin with a letter or `_`. Instructions stand before everything; a system turn in between is unknown.
    pub const GEMINI: Self = Self {
        system_anywhere: false,
        images_in_tool_results: true,
        name_digit_first: false,
        id_max: 64,
        stop_max: 5,
        top_k: true,
        parallel_tools: false,
        document_urls: true,
        user: false,
        web_search: true,
        ..Self::OPENAI_CHAT
    };

    /// Bedrock's Converse. Source: Amazon Bedrock API reference, "Converse" and the types it names. What only some of its
    /// models take (cache points, reasoning, schemas of answers) the writer knows by their names, or says in words.
    pub const BEDROCK_CONVERSE: Self = Self {
        system_anywhere: false,
        images_in_tool_results: true,
        id_max: 64,
        stop_max: 4,
        top_k: true,
        parallel_tools: false,
        schema_answers: false,
        cache_control: true,
        cache_control_added: false,
        image_urls: false,
        user: false,
        ..Self::OPENAI_CHAT
    };

    /// Chat of providers that know `max_tokens` alone, and reason in `reasoning_content` which they want back with tool
    /// calls: what makers of open models have in common.
    pub const OPEN_MODELS: Self = Self {
        max_output_field: MaxOutputField::MaxTokens,
        reasoning_in: ReasoningIn::Content,
        documents: false,
        user: false,
        // DeepSeek and vLLM refuse the role; others put it into a template that does not know it.
        lacks: &["messages[].role=developer"],
        ..Self::OPENAI_CHAT
    };

    /// Anthropic Messages in front of models of another maker: no documents, no search, and nothing that only
    /// Anthropic's own servers do. DeepSeek, vLLM and others refuse the role `system` in a conversation by name.
    pub const ANTHROPIC_COMPATIBLE: Self = Self {
        system_anywhere: false,
        documents: false,
        web_search: false,
        lacks: &[
            "messages[].role=system",
            "context_management",
            "speed",
            "tools[].defer_loading",
            "tools[].eager_input_streaming",
        ],
        ..Self::ANTHROPIC
    };

    /// What a request in the provider's own protocol is relieved of.
    pub fn lacked(&self, protocol: UpstreamProtocol) -> Lacks {
        let chat = protocol == UpstreamProtocol::OpenaiChat;
        let facts = [
            (chat && self.max_output_field == MaxOutputField::MaxTokens, "max_completion_tokens"),
            (chat && !self.include_usage, "stream_options"),
            (chat && !self.parallel_tools, "parallel_tool_calls"),
            (chat && self.thinking_switch == ThinkingSwitch::None, "reasoning_effort"),
            (
                protocol == UpstreamProtocol::Anthropic && self.thinking_switch == ThinkingSwitch::Budget,
                "thinking.type=adaptive",
            ),
        ];
        let told = facts.into_iter().filter_map(|(lacks, lack)| lacks.then_some(lack));
        Lacks::new(told.chain(self.lacks.iter().copied()).filter_map(|text| Lack::parse(text).ok()))
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::OPENAI_CHAT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_follows_the_documentation_gets_every_request_as_it_is() {
        for protocol in UpstreamProtocol::ALL {
            assert!(of(protocol).lacked(protocol).is_empty(), "{protocol:?}");
        }
    }

    #[test]
    fn limits_leave_room_to_tell_names_apart() {
        for protocol in UpstreamProtocol::ALL {
            let dialect = of(protocol);
            assert!(dialect.name_max >= 64 && dialect.id_max >= 40, "{protocol:?}");
            assert!(dialect.max_output_default > 0);
        }
    }
}
