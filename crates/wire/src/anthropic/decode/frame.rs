//! One event of a stream, or one message: read in one pass, borrowing.

use super::super::walk::{members, word};
use crate::json::{Fault, Reader, Text};

/// The data of an event.
#[derive(Default)]
pub(super) struct Frame<'a> {
    /// `type`
    pub(super) kind: Option<&'a str>,
    /// `index`
    pub(super) index: Option<u64>,
    /// `delta`
    pub(super) delta: Delta<'a>,
    /// `content_block`, as it stands.
    pub(super) block: Option<&'a str>,
    /// `message`, as it stands.
    pub(super) message: Option<&'a str>,
    /// `usage`, as it stands.
    pub(super) usage: Option<&'a str>,
    /// There is an `error`.
    pub(super) error: bool,
}

/// `delta`, of a block or of the message.
#[derive(Default)]
pub(super) struct Delta<'a> {
    /// `type`
    pub(super) kind: Option<&'a str>,
    /// `text`, `thinking`, `partial_json` or `signature`.
    pub(super) text: Option<Text<'a>>,
    /// `citation`, as it stands.
    pub(super) citation: Option<&'a str>,
    /// `stop_reason`
    pub(super) stop_reason: Option<&'a str>,
    /// `stop_sequence`
    pub(super) stop_sequence: Option<Text<'a>>,
}

impl<'a> Frame<'a> {
    /// Reads the data of an event.
    pub(super) fn read(data: &'a str) -> Result<Self, Fault> {
        let mut reader = Reader::new(data);
        let mut frame = Self::default();
        reader.object(|name, reader| -> Result<(), Fault> {
            match name {
                "type" => frame.kind = word(reader)?,
                "index" => frame.index = reader.count()?,
                "delta" => frame.delta = Delta::read(reader)?,
                "content_block" => frame.block = Some(reader.raw()?),
                "message" => frame.message = Some(reader.raw()?),
                "usage" => frame.usage = Some(reader.raw()?),
                "error" => frame.error = reader.raw()? != "null",
                _ => {
                    reader.raw()?;
                }
            }
            Ok(())
        })?;
        reader.end()?;
        Ok(frame)
    }
}

impl<'a> Delta<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut delta = Self::default();
        members(reader, |name, reader| {
            match name {
                "type" => delta.kind = word(reader)?,
                "text" | "thinking" | "partial_json" | "signature" => delta.text = reader.text_or_skip()?,
                "citation" => delta.citation = Some(reader.raw()?),
                "stop_reason" => delta.stop_reason = word(reader)?,
                "stop_sequence" => delta.stop_sequence = reader.text_or_skip()?,
                _ => {
                    reader.raw()?;
                }
            }
            Ok(())
        })?;
        Ok(delta)
    }
}

/// A message: the head of a stream, or a whole answer.
#[derive(Default)]
pub(super) struct Message<'a> {
    /// `type`
    pub(super) kind: Option<&'a str>,
    /// `id`
    pub(super) id: Option<Text<'a>>,
    /// `model`
    pub(super) model: Option<Text<'a>>,
    /// `content`, as it stands.
    pub(super) content: Option<&'a str>,
    /// `stop_reason`
    pub(super) stop_reason: Option<&'a str>,
    /// `stop_sequence`
    pub(super) stop_sequence: Option<Text<'a>>,
    /// `usage`, as it stands.
    pub(super) usage: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// Reads a message.
    pub(super) fn read(message: &'a str) -> Result<Self, Fault> {
        let mut reader = Reader::new(message);
        let mut read = Self::default();
        members(&mut reader, |name, reader| {
            match name {
                "type" => read.kind = word(reader)?,
                "id" => read.id = reader.text_or_skip()?.filter(|id| !id.is_empty()),
                "model" => read.model = reader.text_or_skip()?.filter(|model| !model.is_empty()),
                "content" => read.content = Some(reader.raw()?).filter(|content| *content != "null"),
                "stop_reason" => read.stop_reason = word(reader)?,
                "stop_sequence" => read.stop_sequence = reader.text_or_skip()?,
                "usage" => read.usage = Some(reader.raw()?),
                _ => {
                    reader.raw()?;
                }
            }
            Ok(())
        })?;
        reader.end()?;
        Ok(read)
    }
}
