//! The routing facts of a request body, found in one pass over its structure. Not a parser: nested values stay unread.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde_json::{Map, Value};

mod nested;
mod origin;
mod scan;
mod traits;

use nested::Nested;
pub use origin::{Beginning, Origin};
pub(crate) use scan::{Field, scan};
pub use traits::{Traits, traits};

/// Deepest nesting that is accepted; serde_json's limit too, so that nothing accepted here is refused later.
pub const MAX_DEPTH: usize = 128;

/// What the way of a request depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peek<'a> {
    /// `model`, when it is a string.
    pub model: Option<Model<'a>>,
    /// `model` is there and neither a string nor null.
    pub model_invalid: bool,
    /// `stream`, when it is `true` or `false`.
    pub stream: Option<bool>,
    /// `stream` is there and neither a boolean nor null.
    pub stream_invalid: bool,
    /// `metadata.user_id`, else `user`.
    pub user: Option<Cow<'a, str>>,
    /// `prompt_cache_key`
    pub prompt_cache_key: Option<Cow<'a, str>>,
    /// What it refers to that is stored at one provider; of several the first, those of the top level before others.
    pub stored: Option<Stored<'a>>,
    /// Tools are offered.
    pub tools: bool,
    /// Its prompt is to stay in the cache for an hour or longer.
    pub long_cache: bool,
    /// Where its conversation begins.
    pub beginning: Beginning,
}

/// Something stored at one provider that a request refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<'a> {
    /// The field that refers to it.
    pub field: &'static str,
    /// Its id, as written; empty when it is not known.
    pub id: Cow<'a, [u8]>,
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

impl Reason {
    /// The field that is wrong, where it is one.
    pub const fn field(self) -> Option<&'static str> {
        match self {
            Self::BadValue(name) | Self::DuplicateKey(name) => Some(name),
            _ => None,
        }
    }
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

/// Reads the routing facts of a request body.
///
/// What is accepted is UTF-8, one object at the top level with nothing after it, strings that end and hold no control
/// characters, brackets that match and nest at most [`MAX_DEPTH`] deep. The grammar inside nested values (commas,
/// numbers, escapes) is not checked: what this accepts goes upstream as it is, and the upstream says so if it is wrong.
/// Everything serde_json accepts is accepted here, but for a `model` or `stream` given twice.
pub fn peek(body: &[u8]) -> Result<Peek<'_>, Malformed> {
    let mut facts = Facts { body, peek: Peek::default(), stream_seen: false, model_seen: false, end_user: None };
    let mut nested = Nested::default();
    let scanned = scan::scan_deep(body, &mut nested, |field| facts.field(&field));
    // What the scan says of a body that is no text means nothing. Most are ASCII, and need no second look.
    let wide = scanned.as_ref().map_or(0..body.len(), Range::clone);
    if !wide.is_empty() && simdutf8::basic::from_utf8(body.get(wide).unwrap_or(body)).is_err() {
        let offset = simdutf8::compat::from_utf8(body).err().map_or(0, |error| error.valid_up_to());
        return Err(Malformed { offset, reason: Reason::NotUtf8 });
    }
    scanned?;
    let mut peek = facts.peek;
    peek.user = peek.user.or(facts.end_user);
    peek.long_cache |= nested.hour;
    let stored = nested.stored.map(|(field, id)| Stored { field, id: Cow::Borrowed(id) });
    peek.stored = peek.stored.or(stored);
    Ok(peek)
}

/// Most fields of a body that are looked at one by one; those of real clients have some twenty.
const MEMBERS_MAX: usize = 256;

/// The top-level fields of a body that was accepted: key without its quotes, and value. `None`: too many to look at.
pub(crate) fn members(body: &[u8]) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let mut found = Vec::with_capacity(24);
    let end = Malformed { offset: 0, reason: Reason::BadObject };
    scan(body, |field| {
        found.push((field.key, field.value));
        if found.len() > MEMBERS_MAX { Err(end) } else { Ok(()) }
    })
    .ok()?;
    Some(found)
}

/// Fields that refer to something stored at one provider: such a request cannot move to another.
const STATE_FIELDS: &[&str] = &["previous_response_id", "conversation", "container", "thread", "prompt"];

/// Fields further down that do.
const NESTED_FIELDS: &[&str] = &["file_id", "item_reference", "vector_store_ids"];

/// The name of a field that refers to something stored at one provider, as [`Stored::field`] has it.
pub fn stored_field(name: &str) -> Option<&'static str> {
    stored_fields().find(|field| *field == name)
}

/// All of them.
pub fn stored_fields() -> impl Iterator<Item = &'static str> {
    STATE_FIELDS.iter().chain(NESTED_FIELDS).copied()
}

/// Longest key, as written, that can be one of ours: all 20 characters of the longest as `\uXXXX`.
const KEY_MAX: usize = 120;

/// Longest `metadata` or `container` that is opened; those of real clients are under 1 KiB.
const OBJECT_MAX: usize = 64 << 10;

/// Collects what the scan finds.
struct Facts<'a> {
    body: &'a [u8],
    peek: Peek<'a>,
    stream_seen: bool,
    model_seen: bool,
    /// `user`, which yields to `metadata.user_id`.
    end_user: Option<Cow<'a, str>>,
}

impl<'a> Facts<'a> {
    fn field(&mut self, field: &Field) -> Result<(), Malformed> {
        let value = self.body.get(field.value.clone()).unwrap_or_default();
        match &*self.key(field) {
            "model" => self.model(field, value)?,
            "stream" => self.stream(field, value)?,
            "metadata" => self.peek.user = member(value, "user_id"),
            "user" => self.end_user = text(value),
            "prompt_cache_key" => self.peek.prompt_cache_key = text(value),
            "prompt_cache_retention" => self.peek.long_cache |= value == b"\"24h\"",
            "tools" | "functions" => self.peek.tools |= traits::has_items(value),
            "system" | "instructions" => self.peek.beginning.instructions = field.value.clone(),
            "messages" | "input" => self.peek.beginning.turns = field.value.clone(),
            key => {
                if let Some(field) = STATE_FIELDS.iter().find(|name| **name == key)
                    && let Some(id) = state(field, value)
                {
                    self.peek.stored.get_or_insert(Stored { field, id });
                }
            }
        }
        Ok(())
    }

    /// The key, decoded; empty when it cannot be one of ours.
    fn key(&self, field: &Field) -> Cow<'a, str> {
        let key = self.body.get(field.key.clone()).unwrap_or_default();
        if key.len() > KEY_MAX {
            return Cow::Borrowed("");
        }
        if !key.contains(&b'\\') {
            return Cow::Borrowed(std::str::from_utf8(key).unwrap_or_default());
        }
        let quoted = self.body.get(field.key.start - 1..field.key.end + 1).unwrap_or_default();
        text(quoted).unwrap_or_default()
    }

    fn model(&mut self, field: &Field, value: &'a [u8]) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.model_seen, true) {
            return Err(Malformed { offset: field.key.start, reason: Reason::DuplicateKey("model") });
        }
        if value.first() == Some(&b'"') {
            let bad = Malformed { offset: field.value.start, reason: Reason::BadValue("model") };
            let text = text(value).ok_or(bad)?;
            self.peek.model = Some(Model { text, span: field.value.clone() });
        } else {
            self.peek.model_invalid = value != b"null";
        }
        Ok(())
    }

    fn stream(&mut self, field: &Field, value: &[u8]) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.stream_seen, true) {
            return Err(Malformed { offset: field.key.start, reason: Reason::DuplicateKey("stream") });
        }
        match value {
            b"true" => self.peek.stream = Some(true),
            b"false" => self.peek.stream = Some(false),
            b"null" => {}
            _ => self.peek.stream_invalid = true,
        }
        Ok(())
    }
}

/// A JSON string, decoded. `None`: another type, or not valid.
fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?;
    match inner.strip_suffix(b"\"") {
        Some(plain) if memchr::memchr2(b'"', b'\\', plain).is_none() => {
            std::str::from_utf8(plain).ok().map(Cow::Borrowed)
        }
        _ => serde_json::from_slice(value).ok().map(Cow::Owned),
    }
}

/// A string member of a small object.
fn member(value: &[u8], name: &str) -> Option<Cow<'static, str>> {
    match object(value)?.remove(name)? {
        Value::String(text) => Some(Cow::Owned(text)),
        _ => None,
    }
}

/// What a state field refers to, if it does: a container may also be described instead of named, and a `prompt` that is
/// plain text is not a stored one. The id of a large object is not looked for.
fn state<'a>(field: &str, value: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    match value {
        [b'{', ..] => match object(value) {
            Some(mut members) => match members.remove("id")? {
                Value::String(id) => Some(Cow::Owned(id.into_bytes())),
                Value::Null => None,
                other => Some(Cow::Owned(other.to_string().into_bytes())),
            },
            None => Some(Cow::Borrowed(b"")),
        },
        [b'"', id @ .., b'"'] => (!id.is_empty() && field != "prompt").then_some(Cow::Borrowed(id)),
        _ => None,
    }
}

/// A small object, read. Bodies are read once and by their outline, so nothing large is opened.
fn object(value: &[u8]) -> Option<Map<String, Value>> {
    if value.len() > OBJECT_MAX { None } else { serde_json::from_slice(value).ok() }
}

#[cfg(test)]
mod tests;
