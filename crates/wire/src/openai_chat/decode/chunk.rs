//! One chunk, or a whole answer, taken apart in one pass; only the first choice is read.

use crate::conversation::CallKind;
use crate::json::{Fault, Kind, Reader, Text};
use crate::protocol::Protocol;
use crate::usage::Usage;

/// A chunk of a stream or a whole answer.
#[derive(Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) model: Option<Text<'a>>,
    pub(super) choice: Option<Choice<'a>>,
    pub(super) has_choices: bool,
    pub(super) has_error: bool,
    /// What Zhipu found on the web: a list, as it stands.
    pub(super) found: Option<&'a str>,
    usage: Option<&'a str>,
}

/// The first choice.
#[derive(Default)]
pub(super) struct Choice<'a> {
    index: u64,
    pub(super) delta: Option<Said<'a>>,
    pub(super) message: Option<Said<'a>>,
    pub(super) finish: Option<Text<'a>>,
    /// How probable the tokens of the text are: a list, as it stands.
    pub(super) logprobs: Option<&'a str>,
    /// vLLM: the stop text that was met.
    pub(super) stop_text: Option<Text<'a>>,
    usage: Option<&'a str>,
}

/// A delta or a message. Empty texts and lists are nothing.
#[derive(Default)]
pub(super) struct Said<'a> {
    pub(super) content: Content<'a>,
    pub(super) reasoning: Option<Text<'a>>,
    /// The reasoning's text was given beside its details, which repeat it.
    pub(super) reasoning_given: bool,
    /// `reasoning_details` as it stands.
    pub(super) details: Option<&'a str>,
    pub(super) refusal: Option<Text<'a>>,
    pub(super) annotations: Option<&'a str>,
    pub(super) calls: Vec<Fragment<'a>>,
}

/// What is said: a text, or parts.
#[derive(Default)]
pub(super) enum Content<'a> {
    #[default]
    Nothing,
    Text(Text<'a>),
    Parts(&'a str),
}

/// A piece of a content list.
pub(super) enum Piece<'a> {
    Text(Text<'a>),
    Thinking(Text<'a>),
}

/// A piece of a tool call.
#[derive(Default)]
pub(super) struct Fragment<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) arguments: Text<'a>,
    pub(super) kind: CallKind,
}

impl<'a> Chunk<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let mut chunk = Self::default();
        let mut reader = Reader::new(text);
        reader.object(|name, reader| chunk.take(name, reader))?;
        reader.end()?;
        Ok(chunk)
    }

    fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "id" => self.id = some_text(reader)?,
            "model" => self.model = some_text(reader)?,
            "choices" if reader.kind()? == Kind::Array => reader.array(|reader| {
                self.has_choices = true;
                let mut choice = Choice::default();
                object(reader, |name, reader| choice.take(name, reader))?;
                if choice.index == 0 && self.choice.is_none() {
                    self.choice = Some(choice);
                }
                Ok::<(), Fault>(())
            })?,
            "usage" => self.usage = some_object(reader)?,
            "web_search" => self.found = some_list(reader)?,
            // An error that is `false`, `null` or empty is none; `error::read` looks closely.
            "error" => self.has_error = !matches!(reader.raw()?, "null" | "false" | "\"\"" | "{}"),
            _ => drop(reader.raw()?),
        }
        Ok(())
    }

    /// Tokens, of this chunk or, as Kimi does, of its choice.
    pub(super) fn usage(&self) -> Usage {
        let raw = self.usage.or_else(|| self.choice.as_ref().and_then(|choice| choice.usage));
        let tree = raw.and_then(|raw| serde_json::from_str(raw).ok());
        tree.map(|tree| Usage::read(Protocol::OpenaiChat, &tree)).unwrap_or_default()
    }
}

impl<'a> Choice<'a> {
    fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "index" => self.index = reader.count()?.unwrap_or(0),
            "delta" => self.delta = Said::read(reader)?,
            "message" => self.message = Said::read(reader)?,
            "logprobs" => object(reader, |name, reader| {
                match name {
                    "content" => self.logprobs = some_list(reader)?,
                    _ => drop(reader.raw()?),
                }
                Ok(())
            })?,
            "finish_reason" => self.finish = some_text(reader)?,
            "stop_reason" => self.stop_text = some_text(reader)?,
            "usage" => self.usage = some_object(reader)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

impl<'a> Said<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        if reader.kind()? != Kind::Object {
            reader.raw()?;
            return Ok(None);
        }
        let mut said = Self::default();
        reader.object(|name, reader| said.take(name, reader))?;
        Ok(Some(said))
    }

    fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "content" => self.content = content(reader)?,
            "reasoning_content" | "reasoning" => {
                // Some send the same text under both names.
                self.reasoning = some_text(reader)?.or(self.reasoning.take());
                self.reasoning_given |= self.reasoning.is_some();
            }
            "reasoning_details" => self.details = some_list(reader)?,
            "refusal" => self.refusal = some_text(reader)?,
            "annotations" => self.annotations = some_list(reader)?,
            "tool_calls" if reader.kind()? == Kind::Array => reader.array(|reader| {
                let mut fragment = Fragment::default();
                object(reader, |name, reader| fragment.take(name, reader))?;
                self.calls.push(fragment);
                Ok::<(), Fault>(())
            })?,
            "function_call" if reader.kind()? == Kind::Object => {
                let mut fragment = Fragment { index: Some(0), ..Fragment::default() };
                object(reader, |name, reader| fragment.function(name, reader))?;
                self.calls.push(fragment);
            }
            _ => drop(reader.raw()?),
        }
        Ok(())
    }

    /// Whether it says anything in words.
    pub(super) fn speaks(&self) -> bool {
        !matches!(self.content, Content::Nothing) || self.refusal.is_some()
    }

    pub(super) fn says_something(&self) -> bool {
        self.speaks() || self.reasoning.is_some() || self.details.is_some() || !self.calls.is_empty()
    }
}

impl<'a> Fragment<'a> {
    fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "index" => self.index = reader.count()?,
            "id" => self.id = some_text(reader)?.unwrap_or_default(),
            "function" => object(reader, |name, reader| self.function(name, reader))?,
            "custom" => {
                self.kind = CallKind::Freeform;
                object(reader, |name, reader| self.function(name, reader))?;
            }
            _ => drop(reader.raw()?),
        }
        Ok(())
    }

    fn function(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "name" => self.name = some_text(reader)?.unwrap_or_default(),
            "arguments" | "input" => {
                self.arguments = match reader.kind()? {
                    Kind::String => reader.text()?,
                    Kind::Null => {
                        reader.raw()?;
                        Text::EMPTY
                    }
                    // Ollama's habit, and of those who learnt from it: the object itself.
                    _ => Text::plain(reader.raw()?),
                }
            }
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

impl<'a> Content<'a> {
    /// Gives every piece to `each`.
    pub(super) fn walk(self, mut each: impl FnMut(Piece<'a>)) {
        match self {
            Self::Nothing => {}
            Self::Text(text) => each(Piece::Text(text)),
            // It was found to be JSON when it was skipped, so nothing can fail here.
            Self::Parts(raw) => drop(Reader::new(raw).array(|reader| content_part(reader, &mut each))),
        }
    }
}

/// Mistral's parts: texts, and thinking that is a text or parts again.
fn content_part<'a>(reader: &mut Reader<'a>, each: &mut impl FnMut(Piece<'a>)) -> Result<(), Fault> {
    object(reader, |name, reader| {
        match (name, reader.kind()?) {
            ("text", Kind::String) => each(Piece::Text(reader.text()?)),
            ("thinking", Kind::String) => each(Piece::Thinking(reader.text()?)),
            ("thinking", Kind::Array) => reader.array(|reader| {
                object(reader, |name, reader| {
                    match (name, reader.kind()?) {
                        ("text", Kind::String) => each(Piece::Thinking(reader.text()?)),
                        _ => drop(reader.raw()?),
                    }
                    Ok(())
                })
            })?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })
}

fn content<'a>(reader: &mut Reader<'a>) -> Result<Content<'a>, Fault> {
    Ok(match reader.kind()? {
        Kind::Array => some_list(reader)?.map_or(Content::Nothing, Content::Parts),
        _ => some_text(reader)?.map_or(Content::Nothing, Content::Text),
    })
}

/// An object's members; any other value is skipped.
pub(super) fn object<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { reader.raw().map(drop) }
}

pub(super) fn some_text<'a>(reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
    Ok(reader.text_or_skip()?.filter(|text| !text.is_empty()))
}

fn some_list<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let is_list = reader.kind()? == Kind::Array;
    let raw = reader.raw()?;
    let is_empty = raw.bytes().all(|byte| matches!(byte, b'[' | b']' | b' ' | b'\n' | b'\r' | b'\t'));
    Ok(Some(raw).filter(|_| is_list && !is_empty))
}

fn some_object<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let is_object = reader.kind()? == Kind::Object;
    let raw = reader.raw()?;
    Ok(Some(raw).filter(|_| is_object))
}
