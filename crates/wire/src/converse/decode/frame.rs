//! One event, or a whole answer, taken apart in one pass.

use crate::json::{Fault, Kind, Reader, Text};

use super::object;

/// The payload of an event, whichever.
#[derive(Default)]
pub(super) struct Frame<'a> {
    pub(super) index: u64,
    pub(super) pieces: Vec<Piece<'a>>,
    pub(super) stop: Option<Text<'a>>,
    /// JSON as it stands.
    pub(super) usage: Option<&'a str>,
}

/// A piece of a block.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Text<'a>),
    Thought(Text<'a>),
    Signature(Text<'a>),
    Redacted(Text<'a>),
    /// A call begins.
    Call {
        id: Text<'a>,
        name: Text<'a>,
    },
    /// More of its input: the inside of a JSON text in a string, or JSON itself.
    Input(Text<'a>),
}

/// A whole answer.
#[derive(Default)]
pub(super) struct Whole<'a> {
    /// The list as it stands.
    pub(super) content: Option<&'a str>,
    pub(super) stop: Option<Text<'a>>,
    pub(super) usage: Option<&'a str>,
}

impl<'a> Frame<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let mut frame = Self::default();
        let mut reader = Reader::new(text);
        reader.object(|name, reader| {
            match name {
                "contentBlockIndex" => frame.index = reader.count()?.unwrap_or_default(),
                "start" | "delta" => block(reader, |piece| frame.pieces.push(piece))?,
                "stopReason" => frame.stop = reader.text_or_skip()?,
                "usage" => frame.usage = some_object(reader)?,
                _ => drop(reader.raw()?),
            }
            Ok::<(), Fault>(())
        })?;
        reader.end()?;
        Ok(frame)
    }
}

impl<'a> Whole<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Fault> {
        let mut whole = Self::default();
        let mut reader = Reader::new(text);
        reader.object(|name, reader| match name {
            "output" => object(reader, |name, reader| match name {
                "message" => object(reader, |name, reader| {
                    match name {
                        "content" if reader.kind()? == Kind::Array => whole.content = Some(reader.raw()?),
                        _ => drop(reader.raw()?),
                    }
                    Ok(())
                }),
                _ => reader.raw().map(drop),
            }),
            "stopReason" => reader.text_or_skip().map(|word| whole.stop = word),
            "usage" => some_object(reader).map(|usage| whole.usage = usage),
            _ => reader.raw().map(drop),
        })?;
        reader.end()?;
        Ok(whole)
    }
}

/// Gives the pieces of a block, of its beginning or of more of it: a stream's hold what a whole one holds, by the same
/// names.
pub(super) fn block<'a>(reader: &mut Reader<'a>, mut each: impl FnMut(Piece<'a>)) -> Result<(), Fault> {
    object(reader, |name, reader| {
        match (name, reader.kind()?) {
            ("text", Kind::String) => each(Piece::Text(reader.text()?)),
            ("reasoningContent", Kind::Object) => reasoning(reader, &mut each)?,
            ("toolUse", Kind::Object) => tool_use(reader, &mut each)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })
}

fn reasoning<'a>(reader: &mut Reader<'a>, each: &mut impl FnMut(Piece<'a>)) -> Result<(), Fault> {
    reader.object(|name, reader| {
        match (name, reader.kind()?) {
            ("text", Kind::String) => each(Piece::Thought(reader.text()?)),
            ("signature", Kind::String) => each(Piece::Signature(reader.text()?)),
            ("redactedContent", Kind::String) => each(Piece::Redacted(reader.text()?)),
            ("reasoningText", Kind::Object) => reasoning(reader, each)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })
}

/// Name and id first, whatever the order of the members.
fn tool_use<'a>(reader: &mut Reader<'a>, each: &mut impl FnMut(Piece<'a>)) -> Result<(), Fault> {
    let (mut id, mut name, mut input) = (None, None, None);
    reader.object(|member, reader| {
        match (member, reader.kind()?) {
            ("toolUseId", _) => id = reader.text_or_skip()?,
            ("name", _) => name = reader.text_or_skip()?,
            ("input", Kind::String) => input = Some(reader.text()?),
            ("input", Kind::Null) => drop(reader.raw()?),
            ("input", _) => input = Some(Text::plain(reader.raw()?)),
            _ => drop(reader.raw()?),
        }
        Ok::<(), Fault>(())
    })?;
    if id.is_some() || name.is_some() {
        each(Piece::Call { id: id.unwrap_or_default(), name: name.unwrap_or_default() });
    }
    if let Some(input) = input {
        each(Piece::Input(input));
    }
    Ok(())
}

fn some_object<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let is_object = reader.kind()? == Kind::Object;
    let raw = reader.raw()?;
    Ok(Some(raw).filter(|_| is_object))
}
