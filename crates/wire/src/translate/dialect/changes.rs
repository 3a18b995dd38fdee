//! Facts that a configuration knows better than the table of vendors.

use super::{Dialect, MaxOutputField, ReasoningIn, ThinkingSwitch};

/// Words for [`ReasoningIn`].
pub const REASONING_IN: [(&str, ReasoningIn); 4] = [
    ("none", ReasoningIn::None),
    ("reasoning_content", ReasoningIn::Content),
    ("reasoning", ReasoningIn::Reasoning),
    ("reasoning_details", ReasoningIn::Details),
];

/// Words for [`ThinkingSwitch`]: the field it is said with.
pub const THINKING_SWITCH: [(&str, ThinkingSwitch); 7] = [
    ("protocol", ThinkingSwitch::Protocol),
    ("thinking", ThinkingSwitch::Thinking),
    ("enable_thinking", ThinkingSwitch::EnableThinking),
    ("reasoning", ThinkingSwitch::Reasoning),
    ("chat_template_kwargs", ThinkingSwitch::TemplateArguments),
    ("budget", ThinkingSwitch::Budget),
    ("none", ThinkingSwitch::None),
];

/// Words for [`MaxOutputField`].
pub const MAX_OUTPUT_FIELD: [(&str, MaxOutputField); 2] =
    [("max_completion_tokens", MaxOutputField::MaxCompletionTokens), ("max_tokens", MaxOutputField::MaxTokens)];

macro_rules! flags {
    ($($name:ident),+) => {
        /// Facts that are so or not.
        pub const FLAGS: &[&str] = &[$(stringify!($name)),+];

        fn set(dialect: &mut Dialect, name: &str, value: bool) {
            match name {
                $(stringify!($name) => dialect.$name = value,)+
                _ => {}
            }
        }
    };
}

flags!(
    images,
    documents,
    developer_role,
    system_anywhere,
    include_usage,
    parallel_tools,
    sampling,
    schema_answers,
    cache_control
);

/// What is otherwise than the table says; `None`: as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Of [`FLAGS`].
    pub flags: Vec<(&'static str, bool)>,
    /// See [`Dialect::reasoning_in`].
    pub reasoning_in: Option<ReasoningIn>,
    /// See [`Dialect::thinking_switch`].
    pub thinking_switch: Option<ThinkingSwitch>,
    /// See [`Dialect::max_output_field`].
    pub max_output_field: Option<MaxOutputField>,
    /// See [`Dialect::stop_max`].
    pub stop_max: Option<usize>,
}

impl Changes {
    /// Puts them in force.
    pub fn apply(&self, dialect: &mut Dialect) {
        for (name, value) in &self.flags {
            set(dialect, name, *value);
        }
        dialect.reasoning_in = self.reasoning_in.unwrap_or(dialect.reasoning_in);
        dialect.thinking_switch = self.thinking_switch.unwrap_or(dialect.thinking_switch);
        dialect.max_output_field = self.max_output_field.unwrap_or(dialect.max_output_field);
        dialect.stop_max = self.stop_max.unwrap_or(dialect.stop_max);
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
}
