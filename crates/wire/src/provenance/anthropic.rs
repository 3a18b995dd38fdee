//! Thinking blocks of Anthropic's messages.

use std::ops::Range;

use super::{Change, Provenance};
use crate::conversation::OpaqueKind;
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::splice::Elements;
use crate::translate::carrier::Carried;

const THINKING: &str = "messages[].content[].thinking";

/// What an assistant's message has become.
#[derive(Default)]
struct Message {
    assistant: bool,
    blocks: Elements,
    calls: bool,
    /// The first block that stays is reasoning.
    begins_with_thinking: bool,
}

/// What of the request depends on reasoning.
#[derive(Default)]
struct Settings {
    /// `thinking`, when it is switched on with a budget.
    manual: Option<Range<usize>>,
    /// `context_management.edits`; those about thinking go when it is switched off.
    edits: Elements,
}

pub(super) fn change(body: &str, target: &Provenance<'_>, change: &mut Change) -> Result<(), Fault> {
    let mut settings = Settings::default();
    let mut lost_thinking = false;
    Reader::new(body).object(|name, reader| {
        match name {
            "messages" if reader.kind()? == Kind::Array => lost_thinking = messages(reader, target, change)?,
            "thinking" if reader.kind()? == Kind::Object => settings.manual = manual(reader)?,
            "context_management" if reader.kind()? == Kind::Object => settings.edits = context_edits(reader)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    // Manual reasoning is refused when the turn it goes on with does not begin with its own.
    if lost_thinking && let Some(at) = settings.manual {
        change.edits.replace(at, r#"{"type":"disabled"}"#);
        change.edits.remove(&settings.edits);
        change.losses.approximated("thinking");
    }
    Ok(())
}

/// Whether the last turn of the model calls tools and has lost the reasoning that led to it.
fn messages(reader: &mut Reader<'_>, target: &Provenance<'_>, change: &mut Change) -> Result<bool, Fault> {
    let mut list = Elements::default();
    let mut lost = false;
    reader.array(|reader| {
        let (message, at) = reader.placed(|reader| message(reader, target, change))?;
        let gone = message.blocks.gone();
        for _ in 0..gone {
            change.losses.dropped(THINKING);
        }
        // A message without content is refused.
        let empty = gone > 0 && message.blocks.kept() == 0;
        if !empty {
            change.edits.remove(&message.blocks);
        }
        if message.assistant {
            lost = message.calls && gone > 0 && !message.begins_with_thinking;
        }
        list.push(at, empty);
        Ok::<_, Fault>(())
    })?;
    change.edits.remove(&list);
    Ok(lost)
}

fn message(reader: &mut Reader<'_>, target: &Provenance<'_>, change: &mut Change) -> Result<Message, Fault> {
    let mut message = Message::default();
    if reader.kind()? != Kind::Object {
        return reader.raw().map(|_| message);
    }
    reader.object(|name, reader| {
        match name {
            "role" => message.assistant = is(reader, "assistant")?,
            "content" if reader.kind()? == Kind::Array => reader.array(|reader| {
                let (block, at) = reader.placed(Block::read)?;
                let goes = block.settle(target, change);
                if !goes && message.blocks.kept() == 0 {
                    message.begins_with_thinking = block.is_thinking();
                }
                message.calls |= block.kind == "tool_use";
                message.blocks.push(at, goes);
                Ok::<_, Fault>(())
            })?,
            _ => drop(reader.raw()?),
        }
        Ok::<_, Fault>(())
    })?;
    Ok(message)
}

/// What counts of a block.
#[derive(Default)]
struct Block<'a> {
    kind: &'a str,
    signature: Option<(Text<'a>, Range<usize>)>,
    data: Option<(Text<'a>, Range<usize>)>,
}

impl<'a> Block<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut block = Self::default();
        if reader.kind()? != Kind::Object {
            return reader.raw().map(|_| block);
        }
        reader.object(|name, reader| {
            match name {
                "type" => block.kind = word(reader)?,
                "signature" if reader.kind()? == Kind::String => block.signature = Some(reader.placed(Reader::text)?),
                "data" if reader.kind()? == Kind::String => block.data = Some(reader.placed(Reader::text)?),
                _ => drop(reader.raw()?),
            }
            Ok::<_, Fault>(())
        })?;
        Ok(block)
    }

    fn is_thinking(&self) -> bool {
        matches!(self.kind, "thinking" | "redacted_thinking")
    }

    /// Whether it goes. One that comes back out of a carrier gets its own data again.
    fn settle(&self, target: &Provenance<'_>, change: &mut Change) -> bool {
        let (held, own) = match self.kind {
            "thinking" => (&self.signature, OpaqueKind::AnthropicSignature),
            "redacted_thinking" => (&self.data, OpaqueKind::AnthropicRedacted),
            _ => return false,
        };
        let Some((text, at)) = held.as_ref().filter(|(text, _)| !text.is_empty()) else { return false };
        match target.open(&text.decoded()) {
            Carried::Genuine => false,
            Carried::Ours { kind, data, .. } if kind == own => {
                change.edits.replace(at.clone(), quoted(&data));
                false
            }
            Carried::Ours { .. } | Carried::Foreign => true,
        }
    }
}

/// Where `thinking` stands, when it is on with a budget.
fn manual(reader: &mut Reader<'_>) -> Result<Option<Range<usize>>, Fault> {
    let mut enabled = false;
    let ((), at) = reader.placed(|reader| {
        reader.object(|name, reader| {
            if name == "type" {
                enabled = is(reader, "enabled")?;
                return Ok(());
            }
            reader.raw().map(drop)
        })
    })?;
    Ok(enabled.then_some(at))
}

/// The edits that providers refuse without reasoning.
fn context_edits(reader: &mut Reader<'_>) -> Result<Elements, Fault> {
    let mut edits = Elements::default();
    reader.object(|name, reader| {
        if name != "edits" || reader.kind()? != Kind::Array {
            return reader.raw().map(drop);
        }
        reader.array(|reader| {
            let (edit, at) = reader.placed(Block::read)?;
            edits.push(at, edit.kind.starts_with("clear_thinking"));
            Ok::<_, Fault>(())
        })
    })?;
    Ok(edits)
}

/// A word of the protocol, which has no escapes; nothing for any other value.
fn word<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Fault> {
    Ok(match reader.text_or_skip()? {
        Some(Text::Json(word)) => word,
        _ => "",
    })
}

fn is(reader: &mut Reader<'_>, wanted: &str) -> Result<bool, Fault> {
    word(reader).map(|word| word == wanted)
}

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut writer = Writer::with_capacity(text.len() + 2);
    writer.string(text);
    // It was made of a text.
    String::from_utf8(writer.into_bytes()).unwrap_or_default()
}
