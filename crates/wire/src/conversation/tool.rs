//! Tools.

use super::Extra;
use crate::json::Text;

/// A tool the model may call.
#[derive(Debug, Clone)]
pub struct Tool<'a> {
    /// Name.
    pub name: Text<'a>,
    /// Namespace it belongs to (Responses).
    pub namespace: Option<Text<'a>>,
    /// What it is for.
    pub description: Option<Text<'a>>,
    /// What sort of tool.
    pub kind: ToolKind<'a>,
    /// Whether the schema is enforced.
    pub strict: Option<bool>,
    /// Only to be loaded when it is searched for.
    pub deferred: bool,
    /// A cache breakpoint stands behind it, as it stands.
    pub cache: Option<&'a str>,
    /// Fields without a place, as they stand.
    pub extra: Vec<Extra<'a>>,
}

/// What sort of tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolKind<'a> {
    /// The client runs it; its arguments are JSON of this schema, as it stands. `None`: no arguments.
    Function {
        /// JSON schema.
        schema: Option<&'a str>,
    },
    /// The client runs it; its input is free text.
    Freeform {
        /// `format` as it stands: text or a grammar, flat as Responses writes it.
        format: Option<&'a str>,
    },
    /// The provider runs it, or knows it by its type (`web_search_20250305`, `local_shell`, …).
    BuiltIn {
        /// Its type.
        kind: Text<'a>,
        /// The whole declaration, JSON as it stands.
        value: &'a str,
    },
}

/// Which tool the model must call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolChoice<'a> {
    /// Not said.
    #[default]
    Unset,
    /// The model decides.
    Auto,
    /// None.
    None,
    /// Any one.
    Required,
    /// This one.
    Named(Text<'a>),
    /// One of these, or, with `required` false, none.
    Allowed {
        /// Whether one must be called.
        required: bool,
        /// Names.
        names: Vec<Text<'a>>,
    },
}

/// What sort of call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CallKind {
    /// A function: arguments are a JSON object.
    #[default]
    Function,
    /// A freeform tool: input is text.
    Freeform,
    /// Codex' `local_shell`
    LocalShell,
    /// `shell`
    Shell,
    /// `apply_patch`
    ApplyPatch,
    /// `tool_search`, run by the client
    ToolSearch,
}

/// What a tool is called with.
#[derive(Debug, Clone)]
pub enum Arguments<'a> {
    /// A JSON value as it stands.
    Json(&'a str),
    /// The inside of a string that holds JSON (OpenAI's `arguments`), or should.
    Quoted(Text<'a>),
    /// Free text.
    Freeform(Text<'a>),
}
