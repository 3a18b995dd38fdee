//! The events of texts and reasoning.

use super::answer::Place;
use super::item::{Content, Message, Reasoning, write_piece};
use super::quoted::Quoted;
use super::stream::Stream;
use crate::conversation::{Citation, Supports};
use crate::json::{Text, Writer};

/// Most sources of one text that wait for its end: an answer that cites more repeats itself.
const WAITING_MAX: usize = 256;

/// Where a text is.
pub(super) fn text_place(id: &str, place: Place, writer: &mut Writer) {
    writer.key("item_id").string(id);
    writer.key("output_index").count(place.item as u64);
    writer.key("content_index").count(place.content as u64);
}

/// A source of a text. One that supports all of it waits until that is said; where nobody said what it supports, its
/// place is the beginning: the fields are required.
pub(super) fn cite(id: &str, content: &mut Content, place: Place, source: Citation<'_>, out: &mut Stream) {
    let Citation { url, title, supports, .. } = source;
    let title = title.unwrap_or_default();
    let span = match supports {
        Supports::Unknown => (0, 0),
        Supports::Span(start, end) => (start, end),
        Supports::Whole => {
            if content.waiting.len() < WAITING_MAX {
                content.waiting.push((url.into_owned(), title.into_owned()));
            }
            return;
        }
    };
    annotate(id, content, place, (&url, &title), span, out);
}

fn annotate(
    id: &str,
    content: &mut Content,
    place: Place,
    (url, title): (&Text<'_>, &Text<'_>),
    span: (u64, u64),
    out: &mut Stream,
) {
    let (number, annotation) = content.annotations.push(url, title, span);
    out.event("response.output_text.annotation.added", |writer| {
        text_place(id, place, writer);
        writer.key("annotation_index").count(number);
        writer.key("annotation").raw(annotation);
    });
}

pub(super) fn close_text(message: &mut Message, place: Place, out: &mut Stream) {
    let Some(content) = message.contents.get_mut(place.content).filter(|content| content.open) else { return };
    content.open = false;
    let waiting = std::mem::take(&mut content.waiting);
    if !waiting.is_empty() {
        let span = (0, content.text.text().chars() as u64);
        waiting.iter().for_each(|(url, title)| annotate(&message.id, content, place, (url, title), span, out));
    }
    let (kind, field) =
        if content.refusal { ("response.refusal.done", "refusal") } else { ("response.output_text.done", "text") };
    out.event(kind, |writer| {
        text_place(&message.id, place, writer);
        writer.key(field).text(&content.text.text());
        if !content.refusal {
            writer.key("logprobs").array(|writer| writer.frame(content.said_logprobs.as_bytes()));
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
