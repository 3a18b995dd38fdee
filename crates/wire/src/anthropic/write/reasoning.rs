//! Reasoning that goes back to its maker. Claude takes its own alone: with a signature, byte for byte.

use super::super::opaque;
use super::block::Block;
use crate::conversation::{OpaqueKind, Reasoning};
use crate::json::{Fault, Reader, Text};
use crate::translate::Outgoing;
use crate::translate::carrier::Carried;

/// The blocks of a reasoning: none when it is not this provider's own.
pub(super) fn blocks<'r, 'a>(
    reasoning: &'r Reasoning<'a>,
    out: &Outgoing<'_>,
    blocks: &mut Vec<Block<'r, 'a>>,
) -> bool {
    let Some(held) = &reasoning.opaque else { return false };
    let data = held.data.decoded();
    let before = blocks.len();
    match out.open(&data) {
        Carried::Ours { kind, data, .. } => blocks.extend(of_kind(kind, Text::from(data), &reasoning.text)),
        Carried::Foreign => {}
        Carried::Genuine if held.kind == OpaqueKind::ChatDetails => details(&data, out, blocks),
        Carried::Genuine => blocks.extend(of_kind(held.kind, held.data.clone(), &reasoning.text)),
    }
    blocks.len() > before
}

fn of_kind<'r, 'a>(kind: OpaqueKind, data: Text<'a>, text: &'r [Text<'a>]) -> Option<Block<'r, 'a>> {
    match kind {
        OpaqueKind::AnthropicSignature => {
            let plain = data.decoded();
            Some(match opaque::split(&plain) {
                (OpaqueKind::AnthropicRedacted, data) => Block::Redacted(Text::from(data.to_owned())),
                _ => Block::Thinking { text: text.into(), signature: data },
            })
        }
        OpaqueKind::AnthropicRedacted => Some(Block::Redacted(data)),
        OpaqueKind::Plain
        | OpaqueKind::OpenaiEncrypted
        | OpaqueKind::ChatDetails
        | OpaqueKind::GeminiSignature
        | OpaqueKind::ConverseSignature => None,
    }
}

/// An entry of `reasoning_details`.
#[derive(Default)]
struct Entry<'b> {
    format: Option<Text<'b>>,
    text: Option<Text<'b>>,
    signature: Option<Text<'b>>,
    data: Option<Text<'b>>,
}

/// What a relay over Chat kept of Claude's reasoning: entries that name Claude's format, or hold carriers of ours.
fn details<'r, 'a>(list: &str, out: &Outgoing<'_>, blocks: &mut Vec<Block<'r, 'a>>) {
    let mut reader = Reader::new(list);
    // What is no list was found to be no reasoning of Claude's.
    let _: Result<(), Fault> = reader.array(|reader| {
        let mut entry = Entry::default();
        super::super::walk::members(reader, |name, reader| {
            match name {
                "format" => entry.format = reader.text_or_skip()?,
                "text" => entry.text = reader.text_or_skip()?,
                "signature" => entry.signature = reader.text_or_skip()?,
                "data" => entry.data = reader.text_or_skip()?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        blocks.extend(entry.block(out));
        Ok(())
    });
}

impl Entry<'_> {
    fn block<'r, 'a>(self, out: &Outgoing<'_>) -> Option<Block<'r, 'a>> {
        let claude = self.format.is_some_and(|format| format.decoded().starts_with("anthropic-claude"));
        let (kind, data) = match (self.signature, self.data) {
            (Some(signature), _) if !signature.is_empty() => (OpaqueKind::AnthropicSignature, signature),
            (_, Some(data)) if !data.is_empty() => (OpaqueKind::AnthropicRedacted, data),
            _ => return None,
        };
        let (kind, data) = match out.open(&data.decoded()) {
            Carried::Ours { kind, data, .. } => (kind, Text::from(data)),
            Carried::Genuine if claude => (kind, data.into_owned()),
            Carried::Foreign | Carried::Genuine => return None,
        };
        match of_kind(kind, data, &[])? {
            Block::Thinking { signature, .. } => {
                let text: Vec<_> = self.text.map(Text::into_owned).into_iter().collect();
                Some(Block::Thinking { text: text.into(), signature })
            }
            block => Some(block),
        }
    }
}
