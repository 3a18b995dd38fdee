//! What a provider lacks, as it is written in configuration, records and vendor facts.

use std::fmt;
use std::sync::Arc;

/// Most lacks of one provider that are applied; a provider that lacks more does not speak the protocol.
pub const LACKS_MAX: usize = 64;

/// Most names of a path.
const SEGMENTS_MAX: usize = 8;

/// Longest name in a path, and longest beta.
const NAME_MAX: usize = 96;

/// The header of betas, and what begins a lack of one.
const BETAS: &str = "anthropic-beta";

/// One thing a provider does not take.
///
/// Written as the path of a field (`context_management`, `tools[].defer_loading`), with `=VALUE` where only a value is
/// meant (`messages[].role=system`, `anthropic-beta=NAME`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Lack {
    /// A field: it is left out.
    Field(FieldPath),
    /// Instructions in the middle of a conversation: they become a user's text in `<system-reminder>`.
    SystemRole,
    /// Chat's role `developer`: it becomes `system`.
    DeveloperRole,
    /// Reasoning without a budget: it gets one, or is left out.
    AdaptiveThinking,
    /// Chat's `max_completion_tokens`: it becomes `max_tokens`.
    MaxCompletionTokens,
    /// Chat's `max_tokens`: it becomes `max_completion_tokens`.
    MaxTokens,
    /// One value of the header `anthropic-beta`.
    Beta(Box<str>),
    /// The header `anthropic-beta`.
    Betas,
}

/// The path of a field: names, each with whether it is a list into whose items the path goes on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPath(pub(super) Vec<(Box<str>, bool)>);

/// Why a text names nothing that can be lacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLack {
    /// Not a path.
    Malformed,
    /// A request is none without this field.
    Essential,
    /// A value that is not known here: which ones can be replaced is a list.
    UnknownValue,
}

/// Fields that no request is without, or whose loss would change what kind of answer comes back.
const ESSENTIAL: &[&str] = &[
    "model",
    "messages",
    "input",
    "system",
    "instructions",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "stream",
    "max_output_tokens",
    "response_format",
    "previous_response_id",
    "conversation",
    "prompt",
];

/// Lists whose items are the conversation itself: of these only what [`INSIDE`] names can go.
const CONVERSATION: &[&str] = &["messages", "input", "system", "tools"];

/// What may go inside messages and tools: hints and annotations, never content.
const INSIDE: &[&str] = &[
    "allowed_callers",
    "annotations",
    "cache_control",
    "caller",
    "citations",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
    "logprobs",
    "output_config",
    "clear_at",
    "phase",
    "prompt_cache_breakpoint",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "scope",
    "status",
    "strict",
    "toolset_name",
    "transformations",
    "ttl",
];

impl Lack {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, BadLack> {
        match text {
            "messages[].role=system" => return Ok(Self::SystemRole),
            "messages[].role=developer" => return Ok(Self::DeveloperRole),
            "thinking.type=adaptive" => return Ok(Self::AdaptiveThinking),
            "max_completion_tokens" => return Ok(Self::MaxCompletionTokens),
            "max_tokens" => return Ok(Self::MaxTokens),
            BETAS => return Ok(Self::Betas),
            _ => {}
        }
        match text.split_once('=') {
            Some((BETAS, beta)) if is_name(beta) => Ok(Self::Beta(beta.into())),
            Some((path, _)) => {
                FieldPath::parse(path)?;
                Err(BadLack::UnknownValue)
            }
            None => {
                let path = FieldPath::parse(text)?;
                if path.may_go() { Ok(Self::Field(path)) } else { Err(BadLack::Essential) }
            }
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => path.fmt(f),
            Self::SystemRole => f.write_str("messages[].role=system"),
            Self::DeveloperRole => f.write_str("messages[].role=developer"),
            Self::AdaptiveThinking => f.write_str("thinking.type=adaptive"),
            Self::MaxCompletionTokens => f.write_str("max_completion_tokens"),
            Self::MaxTokens => f.write_str("max_tokens"),
            Self::Beta(name) => write!(f, "{BETAS}={name}"),
            Self::Betas => f.write_str(BETAS),
        }
    }
}

impl FieldPath {
    fn parse(text: &str) -> Result<Self, BadLack> {
        let names = text.split('.').map(|part| {
            let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            is_name(name).then(|| (name.into(), each)).ok_or(BadLack::Malformed)
        });
        let names: Vec<(Box<str>, bool)> = names.collect::<Result<_, _>>()?;
        // What goes is a member of an object, never an item of a list.
        let ends_in_items = names.last().is_none_or(|(_, each)| *each);
        if ends_in_items || names.len() > SEGMENTS_MAX { Err(BadLack::Malformed) } else { Ok(Self(names)) }
    }

    /// Whether a request without this field is still the same request.
    pub(super) fn may_go(&self) -> bool {
        let Some((first, _)) = self.0.first() else { return false };
        let Some((last, _)) = self.0.last() else { return false };
        if self.0.len() == 1 {
            return !ESSENTIAL.contains(&&**first);
        }
        match &**first {
            first if CONVERSATION.contains(&first) => INSIDE.contains(&&**last),
            // The shape of the answer.
            "output_config" | "text" => &**last != "format",
            "thinking" => &**last != "type",
            _ => true,
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, each)) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{name}{}", if *each { "[]" } else { "" })?;
        }
        Ok(())
    }
}

/// A name of a field or a beta.
fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !text.is_empty() && text.len() <= NAME_MAX && text.bytes().all(fits)
}

/// All that one provider lacks, made ready for looking up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lacks {
    all: Vec<Lack>,
    pub(super) fields: Node,
}

/// Fields to leave out, as a tree over the names of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) members: Vec<(Box<str>, Self)>,
    /// Into the items of a list.
    pub(super) each: Option<Box<Self>>,
    /// This field goes; its path, for the report.
    pub(super) goes: Option<Arc<str>>,
}

impl Node {
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.members.iter().find(|(known, _)| &**known == name).map(|(_, node)| node)
    }

    fn grow(&mut self, path: &FieldPath) {
        let mut node = self;
        for (name, each) in &path.0 {
            let at = match node.members.iter().position(|(known, _)| known == name) {
                Some(at) => at,
                None => {
                    node.members.push((name.clone(), Self::default()));
                    node.members.len() - 1
                }
            };
            let Some((_, next)) = node.members.get_mut(at) else { return };
            node = if *each { next.each.get_or_insert_default() } else { next };
        }
        node.goes = Some(path.to_string().into());
    }
}

impl Lacks {
    /// Nothing.
    pub const NONE: Self = Self { all: Vec::new(), fields: Node { members: Vec::new(), each: None, goes: None } };

    /// These, at most [`LACKS_MAX`], each once.
    pub fn new(lacks: impl IntoIterator<Item = Lack>) -> Self {
        let mut made = Self::default();
        for lack in lacks {
            made.add(lack);
        }
        made
    }

    /// One more; false when it was there, or there is no room.
    pub fn add(&mut self, lack: Lack) -> bool {
        if self.all.len() >= LACKS_MAX || self.all.contains(&lack) {
            return false;
        }
        if let Lack::Field(path) = &lack {
            self.fields.grow(path);
        }
        self.all.push(lack);
        true
    }

    /// Without those that are kept.
    #[must_use]
    pub fn except(&self, kept: &[Lack]) -> Self {
        Self::new(self.all.iter().filter(|lack| !kept.contains(lack)).cloned())
    }

    /// All of them.
    pub fn all(&self) -> &[Lack] {
        &self.all
    }

    /// Whether nothing is lacked.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn has(&self, lack: &Lack) -> bool {
        self.all.contains(lack)
    }

    /// Whether a value of `anthropic-beta` is lacked.
    pub fn beta(&self, name: &str) -> bool {
        let is_it = |lack: &Lack| match lack {
            Lack::Betas => true,
            Lack::Beta(known) => &**known == name,
            _ => false,
        };
        self.all.iter().any(is_it)
    }
}
