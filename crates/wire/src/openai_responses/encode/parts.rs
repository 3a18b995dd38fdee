//! The events of texts and reasoning.

use super::answer::Place;
use super::item::{Message, Reasoning, write_piece};
use super::quoted::Quoted;
use super::stream::Stream;
use crate::json::{Fault, Kind, Reader, Text, Writer};

/// Where a text is.
pub(super) fn text_place(id: &str, place: Place, writer: &mut Writer) {
    writer.key("item_id").string(id);
    writer.key("output_index").count(place.item as u64);
    writer.key("content_index").count(place.content as u64);
}

pub(super) fn close_text(message: &mut Message, place: Place, out: &mut Stream) {
    let Some(content) = message.contents.get_mut(place.content).filter(|content| content.open) else { return };
    content.open = false;
    let (kind, field) =
        if content.refusal { ("response.refusal.done", "refusal") } else { ("response.output_text.done", "text") };
    out.event(kind, |writer| {
        text_place(&message.id, place, writer);
        writer.key(field).text(&content.text.text());
        if !content.refusal {
            writer.key("logprobs").array(|_| {});
        }
    });
    out.event("response.content_part.done", |writer| {
        text_place(&message.id, place, writer);
        content.write(writer.key("part"));
    });
}

pub(super) fn reasoning_text(reasoning: &mut Reasoning, text: &Text<'_>, index: u64, out: &mut Stream) {
    if !reasoning.piece_open {
        reasoning.piece_open = true;
        reasoning.pieces.push(Quoted::default());
        out.event("response.reasoning_summary_part.added", |writer| {
            piece_place(reasoning, index, writer);
            write_piece(&Text::EMPTY, writer.key("part"));
        });
    }
    if let Some(piece) = reasoning.pieces.last_mut() {
        piece.push(text);
    }
    out.event("response.reasoning_summary_text.delta", |writer| {
        piece_place(reasoning, index, writer);
        writer.key("delta").text(text);
    });
}

pub(super) fn close_piece(reasoning: &mut Reasoning, index: u64, out: &mut Stream) {
    if !std::mem::take(&mut reasoning.piece_open) {
        return;
    }
    let text = reasoning.pieces.last().map(Quoted::text).unwrap_or_default();
    out.event("response.reasoning_summary_text.done", |writer| {
        piece_place(reasoning, index, writer);
        writer.key("text").text(&text);
    });
    out.event("response.reasoning_summary_part.done", |writer| {
        piece_place(reasoning, index, writer);
        write_piece(&text, writer.key("part"));
    });
}

/// Where the last piece of a reasoning is.
fn piece_place(reasoning: &Reasoning, index: u64, writer: &mut Writer) {
    writer.key("item_id").string(&reasoning.id);
    writer.key("output_index").count(index);
    writer.key("summary_index").count(reasoning.pieces.len().saturating_sub(1) as u64);
}

/// What Anthropic's provider searched the web for.
pub(super) fn search_query(block: &str) -> Option<Text<'_>> {
    let (mut name, mut query) = (None, None);
    Reader::new(block)
        .object::<Fault>(|member, reader| {
            match member {
                "name" => name = reader.text_or_skip()?,
                "input" if reader.kind()? == Kind::Object => reader.object::<Fault>(|member, reader| {
                    if member == "query" {
                        query = reader.text_or_skip()?;
                        return Ok(());
                    }
                    reader.raw().map(drop)
                })?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
        .ok()?;
    name.filter(|name| *name == *"web_search").and(query)
}
