//! `[provider.NAME.dialect]` and `[provider.NAME.model."MODEL".dialect]`

use super::Kind::{Bool, Choice, Integer, Texts};
use super::{Key, key};

macro_rules! facts {
    ($($name:literal, $kind:expr, $en:literal, $zh:literal;)+) => {
        /// Of all models.
        pub(super) static KEYS: &[Key] = &[$(key(concat!("provider.*.dialect.", $name), $kind, "", $en, $zh)),+];
        /// Of those of a name.
        pub(super) static BY_MODEL: &[Key] = &[$(key(
            concat!("provider.*.model.*.dialect.", $name),
            $kind,
            "",
            concat!("The same as `dialect.", $name, "`, for the models of this name; `*` stands for anything."),
            concat!("同 `dialect.", $name, "`，仅用于这个名字的模型；可用 `*`。"),
        )),+];
    };
}

facts!(
    "images", Bool,
    "In translation: it takes images.",
    "翻译时：支持图片。";
    "image_urls", Bool,
    "In translation: it takes images by their address.",
    "翻译时：支持以网址给出的图片。";
    "images_in_tool_results", Bool,
    "In translation: the result of a tool may hold images.",
    "翻译时：工具结果里可以有图片。";
    "documents", Bool,
    "In translation: it takes documents.",
    "翻译时：支持文档。";
    "document_urls", Bool,
    "In translation: it takes documents by their address.",
    "翻译时：支持以网址给出的文档。";
    "developer_role", Bool,
    "In translation: it knows the role `developer`.",
    "翻译时：支持 `developer` 角色。";
    "system_anywhere", Bool,
    "In translation: instructions may stand in the middle of a conversation.",
    "翻译时：对话中间可以出现系统指令。";
    "include_usage", Bool,
    "In translation: it knows `stream_options.include_usage`.",
    "翻译时：支持 `stream_options.include_usage`。";
    "usage_includes_cache", Bool,
    "In translation: Anthropic: its input counts contain what came from the cache.",
    "翻译时：Anthropic：其输入计数包含缓存部分。";
    "parallel_tools", Bool,
    "In translation: it knows `parallel_tool_calls`.",
    "翻译时：支持 `parallel_tool_calls`。";
    "freeform_tools", Bool,
    "In translation: it takes freeform tools.",
    "翻译时：支持自由格式的工具。";
    "web_search", Bool,
    "In translation: it searches the web itself.",
    "翻译时：自带网络搜索。";
    "sampling", Bool,
    "In translation: it takes `temperature` and `top_p`.",
    "翻译时：支持 `temperature` 和 `top_p`。";
    "top_k", Bool,
    "In translation: it takes `top_k`.",
    "翻译时：支持 `top_k`。";
    "schema_answers", Bool,
    "In translation: it takes JSON schemas for answers.",
    "翻译时：支持用 JSON schema 约束回答。";
    "cache_control", Bool,
    "In translation: it takes Anthropic's cache breakpoints.",
    "翻译时：支持 Anthropic 的缓存断点。";
    "cache_control_added", Bool,
    "In translation: Anthropic: breakpoints are put in when the client's protocol has none.",
    "翻译时：Anthropic：客户端协议没有断点时自动加上。";
    "reasoning_required", Bool,
    "In translation: Chat: it refuses a tool call without its reasoning; words stand for what is lost.",
    "翻译时：Chat：缺少推理内容的工具调用会被拒绝；丢失时用占位文字代替。";
    "think_tags", Bool,
    "In translation: Chat: reasoning begins the answer's text, between `<think>` and `</think>`.",
    "翻译时：Chat：推理内容在回答开头的 `<think>` 和 `</think>` 之间。";
    "name_digit_first", Bool,
    "In translation: a tool's name may begin with a digit.",
    "翻译时：工具名可以以数字开头。";
    "user", Bool,
    "In translation: it may be told a hash of the user.",
    "翻译时：可以告知用户的哈希。";
    "openai_fields", Bool,
    "In translation: it knows OpenAI's own fields: `verbosity`, `service_tier`, `prompt_cache_key`, `safety_identifier`.",
    "翻译时：支持 OpenAI 自己的字段：`verbosity`、`service_tier`、`prompt_cache_key`、`safety_identifier`。";
    "strip_attribution", Bool,
    "In translation: the attribution that Claude Code puts before its instructions is left out.",
    "翻译时：去掉 Claude Code 放在指令前的署名。";
    "stop_max", Integer,
    "In translation: most stop texts it takes; the rest is done here.",
    "翻译时：最多支持几个停止文本；其余由本程序处理。";
    "name_max", Integer,
    "In translation: longest tool name.",
    "翻译时：工具名的最大长度。";
    "id_max", Integer,
    "In translation: longest id of a tool call.",
    "翻译时：工具调用 id 的最大长度。";
    "max_output_default", Integer,
    "In translation: longest answer when the client names none and the protocol demands one.",
    "翻译时：客户端没写而协议要求时的最长回答。";
    "reasoning_in", Choice(&["none", "reasoning_content", "reasoning", "reasoning_details", "think_tags"]),
    "In translation: Chat: the field in which it wants its reasoning back.",
    "翻译时：Chat：用哪个字段把推理内容发回给它。";
    "thinking_switch", Choice(&["protocol", "thinking", "thinking_adaptive", "enable_thinking", "reasoning", "chat_template_kwargs", "budget", "none"]),
    "In translation: the field with which its reasoning is switched.",
    "翻译时：用哪个字段开关推理。";
    "search_switch", Choice(&["web_search_options", "enable_search", "web_search", "openrouter:web_search"]),
    "In translation: Chat: with what it is asked to search the web, where `web_search` says that it does.",
    "翻译时：Chat：`web_search` 为 true 时，用什么要求它搜索网络。";
    "max_output_field", Choice(&["max_completion_tokens", "max_tokens"]),
    "In translation: Chat: the field for the longest answer.",
    "翻译时：Chat：用哪个字段限制回答长度。";
    "schema", Choice(&["full", "moonshot", "openapi"]),
    "In translation: which JSON schemas it takes: all, Moonshot's, or OpenAPI's as Gemini reads them.",
    "翻译时：支持哪种 JSON schema：完整的、Moonshot 的，或 Gemini 所读的 OpenAPI 的。";
    "efforts", Texts,
    "In translation: efforts it knows: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`; `[]`: all.",
    "翻译时：支持的推理强度：`none`、`minimal`、`low`、`medium`、`high`、`xhigh`、`max`；`[]` 表示全部。";
);
