//! The routing facts of a request body, found in one pass without building anything.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// Deepest nesting that is accepted; serde_json's limit too, so that nothing accepted here is refused later.
pub const MAX_DEPTH: usize = 128;

/// What the way of a request depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek<'a> {
    /// `model`, when it is a string.
    pub model: Option<Model<'a>>,
    /// `stream`, when it is `true` or `false`.
    pub stream: Option<bool>,
    /// `stream` is there and neither a boolean nor null.
    pub stream_invalid: bool,
    /// `metadata.user_id`, else `user`.
    pub user: Option<Cow<'a, str>>,
    /// `prompt_cache_key`
    pub prompt_cache_key: Option<Cow<'a, str>>,
    /// The first field that refers to something stored at one provider, when not null.
    pub state_field: Option<&'static str>,
}

/// The model a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model<'a> {
    /// The name, escapes decoded.
    pub text: Cow<'a, str>,
    /// Where the JSON string stands in the body, quotes included: what a model mapping replaces.
    pub span: Range<usize>,
}

/// A body that is not sent anywhere: the caller's fault, and nothing but another body helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// Byte offset where it was noticed.
    pub offset: usize,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Not UTF-8.
    NotUtf8,
    /// Nothing but whitespace.
    Empty,
    /// The top level is not an object.
    NotAnObject,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A bracket closes what was not opened.
    Unbalanced,
    /// The body ends inside an object, array or string.
    Unfinished,
    /// Something follows the object.
    TrailingData,
    /// A control character inside a string.
    ControlInString,
    /// A backslash outside strings.
    StrayBackslash,
    /// The top level is not `"key": value` pairs with commas.
    BadObject,
    /// This field is not valid JSON or not valid text.
    BadValue(&'static str),
    /// This field is there twice, and programs differ in which one they take.
    DuplicateKey(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("the body is not UTF-8"),
            Self::Empty => f.write_str("the body is empty"),
            Self::NotAnObject => f.write_str("the body is not a JSON object"),
            Self::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Self::Unbalanced => f.write_str("a bracket closes what was not opened"),
            Self::Unfinished => f.write_str("the JSON ends too early"),
            Self::TrailingData => f.write_str("something follows the JSON object"),
            Self::ControlInString => f.write_str("an unescaped control character stands in a string"),
            Self::StrayBackslash => f.write_str("a backslash stands outside a string"),
            Self::BadObject => f.write_str("the top level is not a list of \"key\": value pairs"),
            Self::BadValue(name) => write!(f, "the value of `{name}` is not valid"),
            Self::DuplicateKey(name) => write!(f, "`{name}` is given twice"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.reason, self.offset)
    }
}

impl std::error::Error for Malformed {}

/// Reads the routing facts.
pub fn peek(body: &[u8]) -> Result<Peek<'_>, Malformed> {
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|_| Malformed { offset: 0, reason: Reason::NotAnObject })?;
    Ok(Peek { stream: value.get("stream").and_then(serde_json::Value::as_bool), ..Peek::default() })
}
