//! Items of OpenAI's Responses that hold encrypted content: reasoning, and compacted conversations.

use std::ops::Range;

use super::anthropic::quoted;
use super::{Change, Provenance};
use crate::conversation::OpaqueKind;
use crate::json::{Fault, Kind, Reader, Text};
use crate::splice::Elements;
use crate::translate::carrier::Carried;
use crate::translate::compaction;

pub(super) fn change(body: &str, target: &Provenance<'_>, change: &mut Change) -> Result<(), Fault> {
    Reader::new(body).object(|name, reader| {
        if name == "input" && reader.kind()? == Kind::Array {
            return input(reader, target, change);
        }
        reader.raw().map(drop)
    })
}

fn input(reader: &mut Reader<'_>, target: &Provenance<'_>, change: &mut Change) -> Result<(), Fault> {
    let mut items = Elements::default();
    reader.array(|reader| {
        let (item, at) = reader.placed(Item::read)?;
        if let Some(summary) = item.summary() {
            change.edits.replace(at.clone(), message(&summary));
            items.push(at, false);
            return Ok(());
        }
        let goes = item.settle(target, change);
        if goes {
            change.losses.dropped(if item.kind == "reasoning" {
                "input[].reasoning"
            } else {
                "input[].encrypted_content"
            });
        }
        items.push(at, goes);
        Ok::<_, Fault>(())
    })?;
    change.edits.remove(&items);
    Ok(())
}

/// The user says it.
fn message(text: &str) -> String {
    let text = quoted(text);
    format!(r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":{text}}}]}}"#)
}

/// What counts of an item.
#[derive(Default)]
struct Item<'a> {
    kind: &'a str,
    encrypted: Option<(Text<'a>, Range<usize>)>,
}

impl<'a> Item<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut item = Self::default();
        if reader.kind()? != Kind::Object {
            return reader.raw().map(|_| item);
        }
        reader.object(|name, reader| {
            match name {
                "type" => {
                    if let Some(Text::Json(word)) = reader.text_or_skip()? {
                        item.kind = word;
                    }
                }
                "encrypted_content" if reader.kind()? == Kind::String => {
                    item.encrypted = Some(reader.placed(Reader::text)?);
                }
                _ => drop(reader.raw()?),
            }
            Ok::<_, Fault>(())
        })?;
        Ok(item)
    }

    /// A conversation that we have compacted, in words: no provider can open our carrier.
    fn summary(&self) -> Option<String> {
        let (text, _) = self.encrypted.as_ref().filter(|_| compaction::is_item(self.kind))?;
        compaction::open(&text.decoded())
    }

    fn settle(&self, target: &Provenance<'_>, change: &mut Change) -> bool {
        let Some((text, at)) = self.encrypted.as_ref().filter(|(text, _)| !text.is_empty()) else { return false };
        match target.open(&text.decoded()) {
            Carried::Genuine => false,
            Carried::Ours { kind: OpaqueKind::OpenaiEncrypted, data, .. } => {
                change.edits.replace(at.clone(), quoted(&data));
                false
            }
            Carried::Ours { .. } | Carried::Foreign => true,
        }
    }
}
