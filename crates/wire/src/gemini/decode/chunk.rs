//! One chunk, or a whole answer, taken apart in one pass; only the first candidate is read.

use crate::json::{Fault, Kind, Reader, Text};
use crate::protocol::UpstreamProtocol;
use crate::usage::Usage;

/// A chunk of a stream or a whole answer.
#[derive(Default)]
pub(super) struct Chunk<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) model: Option<Text<'a>>,
    pub(super) usage: Option<Usage>,
    pub(super) parts: Vec<Part<'a>>,
    /// Why the answer stopped.
    pub(super) finish: Option<Text<'a>>,
    /// The same in words.
    pub(super) said: Option<Text<'a>>,
    /// How probable its tokens are: an object, as it stands.
    pub(super) logprobs: Option<&'a str>,
    /// What of the answer rests on the web: an object, as it stands.
    pub(super) grounding: Option<&'a str>,
    /// Why the prompt was refused: there will be no answer.
    pub(super) blocked: Option<Text<'a>>,
    pub(super) has_error: bool,
    /// It has any member of an answer.
    pub(super) is_answer: bool,
}

/// A part of the answer.
#[derive(Default)]
pub(super) struct Part<'a> {
    pub(super) text: Text<'a>,
    pub(super) thought: bool,
    pub(super) signature: Option<Text<'a>>,
    pub(super) call: Option<Call<'a>>,
}

/// A call.
#[derive(Default)]
pub(super) struct Call<'a> {
    /// Empty where the model gives none.
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    /// JSON as it stands.
    pub(super) args: Option<&'a str>,
}

impl Part<'_> {
    pub(super) fn says_something(&self) -> bool {
        self.call.is_some() || self.signature.is_some() || !self.text.is_empty()
    }
}

impl<'a> Chunk<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let mut chunk = Self::default();
        let mut reader = Reader::new(text);
        reader.object(|name, reader| chunk.take(name, reader))?;
        reader.end()?;
        Ok(chunk)
    }

    fn take(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "responseId" => self.id = some_text(reader)?,
            "modelVersion" => self.model = some_text(reader)?,
            "candidates" if reader.kind()? == Kind::Array => {
                self.is_answer = true;
                let mut first = true;
                reader.array(|reader| {
                    if !std::mem::take(&mut first) {
                        return reader.raw().map(drop);
                    }
                    object(reader, |name, reader| self.candidate(name, reader))
                })?;
            }
            "promptFeedback" => object(reader, |name, reader| {
                match name {
                    "blockReason" => self.blocked = some_text(reader)?,
                    _ => drop(reader.raw()?),
                }
                Ok(())
            })?,
            "usageMetadata" => {
                self.is_answer = true;
                // It was found to be JSON when it was skipped.
                let usage = serde_json::from_str(reader.raw()?).unwrap_or_default();
                self.usage = Some(Usage::read(UpstreamProtocol::Gemini, &usage));
            }
            "error" => self.has_error = !matches!(reader.raw()?, "null" | "false" | "\"\"" | "{}"),
            _ => drop(reader.raw()?),
        }
        self.is_answer |= self.blocked.is_some();
        Ok(())
    }

    fn candidate(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "content" => object(reader, |name, reader| match name {
                "parts" if reader.kind()? == Kind::Array => reader.array(|reader| {
                    let mut part = Part::default();
                    object(reader, |name, reader| part.take(name, reader))?;
                    self.parts.push(part);
                    Ok(())
                }),
                _ => reader.raw().map(drop),
            })?,
            "finishReason" => self.finish = some_text(reader)?,
            "finishMessage" => self.said = some_text(reader)?,
            "logprobsResult" if reader.kind()? == Kind::Object => self.logprobs = Some(reader.raw()?),
            "groundingMetadata" if reader.kind()? == Kind::Object => self.grounding = Some(reader.raw()?),
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

impl<'a> Part<'a> {
    fn take(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "text" => self.text = some_text(reader)?.unwrap_or_default(),
            "thought" => self.thought = reader.flag()?.unwrap_or_default(),
            "thoughtSignature" => self.signature = some_text(reader)?,
            "functionCall" if reader.kind()? == Kind::Object => {
                let mut call = Call::default();
                reader.object(|name, reader| {
                    match name {
                        "id" => call.id = some_text(reader)?.unwrap_or_default(),
                        "name" => call.name = some_text(reader)?.unwrap_or_default(),
                        "args" if reader.kind()? == Kind::Object => call.args = Some(reader.raw()?),
                        _ => drop(reader.raw()?),
                    }
                    Ok::<(), Fault>(())
                })?;
                self.call = Some(call);
            }
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
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
