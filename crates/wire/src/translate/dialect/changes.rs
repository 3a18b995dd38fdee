//! Facts that a configuration knows better than the table of vendors.

use std::ops::RangeInclusive;

use super::{Dialect, Efforts, MaxOutputField, ReasoningIn, SchemaDialect, SearchSwitch, ThinkingSwitch};

/// Words for [`ReasoningIn`].
pub const REASONING_IN: [(&str, ReasoningIn); 5] = [
    ("none", ReasoningIn::None),
    ("reasoning_content", ReasoningIn::Content),
    ("reasoning", ReasoningIn::Reasoning),
    ("reasoning_details", ReasoningIn::Details),
    ("think_tags", ReasoningIn::ThinkTags),
];

/// Words for [`ThinkingSwitch`]: the field it is said with.
pub const THINKING_SWITCH: [(&str, ThinkingSwitch); 8] = [
    ("protocol", ThinkingSwitch::Protocol),
    ("thinking", ThinkingSwitch::Thinking),
    ("thinking_adaptive", ThinkingSwitch::ThinkingAdaptive),
    ("enable_thinking", ThinkingSwitch::EnableThinking),
    ("reasoning", ThinkingSwitch::Reasoning),
    ("chat_template_kwargs", ThinkingSwitch::TemplateArguments),
    ("budget", ThinkingSwitch::Budget),
    ("none", ThinkingSwitch::None),
];

/// Words for [`SearchSwitch`]: what it is asked for with.
pub const SEARCH_SWITCH: [(&str, SearchSwitch); 4] = [
    ("web_search_options", SearchSwitch::Options),
    ("enable_search", SearchSwitch::EnableSearch),
    ("web_search", SearchSwitch::Tool { engine: "search_pro" }),
    ("openrouter:web_search", SearchSwitch::OpenRouter),
];

/// Words for [`MaxOutputField`].
pub const MAX_OUTPUT_FIELD: [(&str, MaxOutputField); 2] =
    [("max_completion_tokens", MaxOutputField::MaxCompletionTokens), ("max_tokens", MaxOutputField::MaxTokens)];

/// Words for [`SchemaDialect`].
pub const SCHEMA: [(&str, SchemaDialect); 3] =
    [("full", SchemaDialect::Full), ("moonshot", SchemaDialect::Moonshot), ("openapi", SchemaDialect::OpenApi)];

macro_rules! flags {
    ($($name:ident),+ $(,)?) => {
        /// Facts that are so or not.
        pub const FLAGS: &[&str] = &[$(stringify!($name)),+];

        fn set_flag(dialect: &mut Dialect, name: &str, value: bool) {
            match name {
                $(stringify!($name) => dialect.$name = value,)+
                _ => {}
            }
        }
    };
}

flags!(
    images,
    image_urls,
    images_in_tool_results,
    documents,
    document_urls,
    developer_role,
    system_anywhere,
    include_usage,
    usage_includes_cache,
    parallel_tools,
    freeform_tools,
    web_search,
    sampling,
    top_k,
    schema_answers,
    cache_control,
    cache_control_added,
    reasoning_required,
    think_tags,
    name_digit_first,
    user,
    openai_fields,
    strip_attribution,
);

macro_rules! counts {
    ($($name:ident: $range:expr),+ $(,)?) => {
        /// Facts that are numbers, and what each may be.
        pub const COUNTS: &[(&str, RangeInclusive<u32>)] = &[$((stringify!($name), $range)),+];

        #[allow(clippy::unnecessary_fallible_conversions, reason = "some facts are as wide as an address, some are not")]
        fn set_count(dialect: &mut Dialect, name: &str, value: u32) {
            match name {
                $(stringify!($name) => dialect.$name = value.try_into().unwrap_or(dialect.$name),)+
                _ => {}
            }
        }
    };
}

counts!(
    stop_max: 0..=64,
    // Long enough to tell shortened names apart.
    name_max: 16..=256,
    // Mistral's nine are the shortest there are.
    id_max: 9..=256,
    max_output_default: 1..=10_000_000,
);

/// What is otherwise than the table says; `None`: as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of [`FLAGS`].
    pub flags: Vec<(&'static str, bool)>,
    /// Of [`COUNTS`].
    pub counts: Vec<(&'static str, u32)>,
    /// See [`Dialect::reasoning_in`].
    pub reasoning_in: Option<ReasoningIn>,
    /// See [`Dialect::thinking_switch`].
    pub thinking_switch: Option<ThinkingSwitch>,
    /// See [`Dialect::search_switch`].
    pub search_switch: Option<SearchSwitch>,
    /// See [`Dialect::max_output_field`].
    pub max_output_field: Option<MaxOutputField>,
    /// See [`Dialect::schema`].
    pub schema: Option<SchemaDialect>,
    /// See [`Dialect::efforts`].
    pub efforts: Option<Efforts>,
}

impl Changes {
    /// Whether nothing is otherwise.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts them in force.
    pub fn apply(&self, dialect: &mut Dialect) {
        for (name, value) in &self.flags {
            set_flag(dialect, name, *value);
        }
        for (name, value) in &self.counts {
            set_count(dialect, name, *value);
        }
        dialect.reasoning_in = self.reasoning_in.unwrap_or(dialect.reasoning_in);
        dialect.thinking_switch = self.thinking_switch.unwrap_or(dialect.thinking_switch);
        dialect.search_switch = self.search_switch.unwrap_or(dialect.search_switch);
        dialect.max_output_field = self.max_output_field.unwrap_or(dialect.max_output_field);
        dialect.schema = self.schema.unwrap_or(dialect.schema);
        dialect.efforts = self.efforts.unwrap_or(dialect.efforts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_changes_something_and_nothing_else_does() {
        let mut plain = Dialect::OPENAI_CHAT;
        Changes::default().apply(&mut plain);
        assert_eq!(plain, Dialect::OPENAI_CHAT);
        for name in FLAGS {
            let changed = [false, true].map(|value| {
                let mut dialect = Dialect::OPENAI_CHAT;
                Changes { flags: vec![(name, value)], ..Changes::default() }.apply(&mut dialect);
                dialect
            });
            assert!(changed[0] != changed[1] && changed.contains(&Dialect::OPENAI_CHAT), "{name}");
        }
    }

    #[test]
    fn every_count_changes_something_within_its_range() {
        for (name, range) in COUNTS {
            for value in [*range.start(), *range.end()] {
                let mut dialect = Dialect::OPENAI_CHAT;
                Changes { counts: vec![(name, value)], ..Changes::default() }.apply(&mut dialect);
                assert_ne!(dialect, Dialect::OPENAI_CHAT, "{name} = {value}");
            }
        }
    }
}
