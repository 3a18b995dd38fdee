//! The JSON of events, read in one pass and borrowed.

use crate::conversation::Supports;
use crate::json::{Fault, Kind, Reader, Text};

/// The members of any event.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    pub(super) kind: &'a str,
    pub(super) item_id: Option<Text<'a>>,
    pub(super) output_index: Option<u64>,
    /// `content_index` or `summary_index`.
    pub(super) index: Option<u64>,
    pub(super) delta: Option<Text<'a>>,
    /// The whole text of a `.done` event, by any of its names.
    pub(super) whole: Option<Text<'a>>,
    pub(super) item: Option<Item<'a>>,
    /// A list, as it stands.
    pub(super) logprobs: Option<&'a str>,
    pub(super) annotation: Option<Annotation<'a>>,
    /// JSON as it stands.
    pub(super) response: Option<&'a str>,
    /// There is an error object.
    pub(super) error: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn read(data: &'a str) -> Result<Self, Fault> {
        let mut frame = Self::default();
        let mut reader = Reader::new(data);
        reader.object::<Fault>(|name, reader| frame.member(name, reader))?;
        reader.end()?;
        Ok(frame)
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "type" => self.kind = word(reader)?,
            "item_id" => self.item_id = reader.text_or_skip()?,
            "output_index" => self.output_index = reader.count()?,
            "content_index" | "summary_index" => self.index = reader.count()?,
            "delta" => self.delta = reader.text_or_skip()?,
            "text" | "refusal" | "arguments" | "input" => self.whole = reader.text_or_skip()?,
            "item" => self.item = Item::read(reader)?,
            "logprobs" => self.logprobs = some_list(reader)?,
            "annotation" => self.annotation = Annotation::read(reader)?,
            "response" => self.response = Some(reader.raw()?),
            "error" => {
                self.error = reader.kind()? == Kind::Object;
                reader.raw()?;
            }
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

/// The members of any item of the output.
#[derive(Debug, Default)]
pub(super) struct Item<'a> {
    pub(super) kind: &'a str,
    /// The item itself.
    pub(super) value: &'a str,
    pub(super) id: Option<Text<'a>>,
    pub(super) call_id: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) namespace: Option<Text<'a>>,
    pub(super) arguments: Option<Text<'a>>,
    pub(super) contents: Vec<Content<'a>>,
    pub(super) summary: Vec<Content<'a>>,
    pub(super) encrypted: Option<Text<'a>>,
    /// It was cut.
    pub(super) incomplete: bool,
}

impl<'a> Item<'a> {
    /// An item; nothing for any other value.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let is_object = reader.kind()? == Kind::Object;
        let value = reader.raw()?;
        if !is_object {
            return Ok(None);
        }
        // Items are short beside their deltas, and whole only at the end; one more look at them costs little.
        let mut item = Self { value, ..Self::default() };
        Reader::new(value).object::<Fault>(|name, reader| item.member(name, reader))?;
        Ok(Some(item))
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "type" => self.kind = word(reader)?,
            "id" => self.id = reader.text_or_skip()?,
            "call_id" => self.call_id = reader.text_or_skip()?,
            "name" => self.name = reader.text_or_skip()?,
            "namespace" => self.namespace = reader.text_or_skip()?,
            "arguments" | "input" => self.arguments = arguments(reader)?,
            "content" => self.contents = Content::list(reader)?,
            "summary" => self.summary = Content::list(reader)?,
            "encrypted_content" => self.encrypted = reader.text_or_skip()?.filter(|data| !data.is_empty()),
            "status" => self.incomplete = matches!(word(reader)?, "incomplete" | "in_progress"),
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

/// A string; JSON itself, as some relays send it, becomes the string it should have been.
fn arguments<'a>(reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
    Ok(match reader.kind()? {
        Kind::String => Some(reader.text()?),
        Kind::Object => Some(Text::plain(reader.raw()?)),
        _ => {
            reader.raw()?;
            None
        }
    })
}

/// A list that holds something, as it stands.
fn some_list<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let is_list = reader.kind()? == Kind::Array;
    let raw = reader.raw()?;
    Ok(Some(raw).filter(|raw| is_list && raw.len() > "[]".len()))
}

/// A text of a message, a summary, or open reasoning.
#[derive(Debug, Default)]
pub(super) struct Content<'a> {
    pub(super) refusal: bool,
    pub(super) text: Text<'a>,
    pub(super) annotations: Vec<Annotation<'a>>,
    /// A list, as it stands.
    pub(super) logprobs: Option<&'a str>,
}

impl<'a> Content<'a> {
    fn list(reader: &mut Reader<'a>) -> Result<Vec<Self>, Fault> {
        let mut list = Vec::new();
        match reader.kind()? {
            Kind::String => list.push(Self { text: reader.text()?, ..Self::default() }),
            Kind::Array => reader.array(|reader| {
                list.push(Self::read(reader)?);
                Ok::<(), Fault>(())
            })?,
            _ => drop(reader.raw()?),
        }
        Ok(list)
    }

    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut content = Self::default();
        members(reader, |name, reader| {
            match name {
                "type" => content.refusal = word(reader)? == "refusal",
                "text" | "refusal" => content.text = reader.text_or_skip()?.unwrap_or_default(),
                "logprobs" => content.logprobs = some_list(reader)?,
                "annotations" if reader.kind()? == Kind::Array => reader.array(|reader| {
                    content.annotations.extend(Annotation::read(reader)?);
                    Ok::<(), Fault>(())
                })?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        Ok(content)
    }
}

/// A source named in a text.
#[derive(Debug)]
pub(super) struct Annotation<'a> {
    pub(super) url: Text<'a>,
    pub(super) title: Option<Text<'a>>,
    /// The characters of the text that it supports.
    pub(super) supports: Supports,
}

impl<'a> Annotation<'a> {
    /// Of an address; files of the provider mean nothing elsewhere.
    fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let (mut url, mut title) = (None, None);
        let (mut start, mut end) = (None, None);
        members(reader, |name, reader| {
            match name {
                "url" => url = reader.text_or_skip()?,
                "title" => title = reader.text_or_skip()?,
                "start_index" => start = reader.count()?,
                "end_index" => end = reader.count()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        Ok(url.map(|url| Self { url, title, supports: Supports::between(start, end) }))
    }
}

/// The response object.
#[derive(Debug, Default)]
pub(super) struct Response<'a> {
    pub(super) id: Option<Text<'a>>,
    pub(super) model: Option<Text<'a>>,
    pub(super) status: Option<&'a str>,
    pub(super) reason: Option<Text<'a>>,
    /// A list, JSON as it stands.
    pub(super) output: Option<&'a str>,
    /// An object, JSON as it stands.
    pub(super) usage: Option<&'a str>,
}

impl<'a> Response<'a> {
    pub(super) fn read(object: &'a str) -> Result<Self, Fault> {
        let mut response = Self::default();
        let mut reader = Reader::new(object);
        reader.object::<Fault>(|name, reader| response.member(name, reader))?;
        reader.end()?;
        Ok(response)
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        match name {
            "id" => self.id = reader.text_or_skip()?,
            "model" => self.model = reader.text_or_skip()?,
            "status" => self.status = Some(word(reader)?).filter(|word| !word.is_empty()),
            "incomplete_details" => members(reader, |name, reader| {
                if name == "reason" {
                    self.reason = reader.text_or_skip()?;
                    return Ok(());
                }
                reader.raw().map(drop)
            })?,
            "output" => self.output = Some(reader.raw()?).filter(|list| list.starts_with('[')),
            "usage" => self.usage = Some(reader.raw()?).filter(|usage| usage.starts_with('{')),
            _ => drop(reader.raw()?),
        }
        Ok(())
    }
}

/// A word of the protocol; empty for any other value.
fn word<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Fault> {
    Ok(match reader.text_or_skip()? {
        Some(Text::Json(word)) => word,
        _ => "",
    })
}

/// Reads an object's members; any other value is skipped.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { reader.raw().map(drop) }
}
