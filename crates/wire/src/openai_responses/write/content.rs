//! Parts of messages and outputs.

use crate::conversation::{Media, Part, Source};
use crate::json::{Text, Writer};
use crate::translate::Outgoing;
use crate::translate::field;

/// What stands where something was that the model does not take.
const NO_IMAGE: &str = "[image left out: this model reads no images]";
const NO_DOCUMENT: &str = "[document left out: this model reads no documents]";

/// Whether the part can be said in text alone.
pub(super) const fn is_text(part: &Part<'_>) -> bool {
    matches!(part, Part::Text { .. } | Part::SearchResult { .. } | Part::Refusal(_) | Part::Other { .. })
}

/// A part of what a user or a tool says, as an item of a list.
pub(super) fn input(part: &Part<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    match part {
        Part::Image(media) if out.dialect.images => image(media, out, writer),
        Part::Image(_) => {
            out.losses.reworded(out.content(field::IMAGE));
            input_text(writer, |writer| writer.escaped(NO_IMAGE));
        }
        Part::Document(media) => document(media, out, writer),
        Part::Audio(media) => audio(media, writer),
        Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) => {}
        other if has_text(other, out) => input_text(writer, |writer| text(other, writer)),
        _ => {}
    }
}

fn input_text(writer: &mut Writer, pieces: impl FnOnce(&mut Writer)) {
    writer.object(|writer| {
        writer.key("type").string("input_text");
        writer.key("text").string_of(pieces);
    });
}

/// Whether a part has text to be said. What has none is left out.
pub(super) fn has_text(part: &Part<'_>, out: &mut Outgoing<'_>) -> bool {
    match part {
        Part::Text { text, cache, .. } => {
            if cache.is_some() {
                out.lose_cache();
            }
            !text.is_empty()
        }
        Part::Refusal(text) => !text.is_empty(),
        Part::SearchResult { .. } => {
            out.losses.reworded(out.content_kind("search_result"));
            true
        }
        Part::Other { kind, readable: Some(_), .. } => {
            out.losses.reworded(out.other(kind));
            true
        }
        Part::Other { kind, readable: None, .. } => {
            out.losses.dropped(out.other(kind));
            false
        }
        _ => false,
    }
}

/// Notes what is lost with parts that have nothing to say.
pub(super) fn note(parts: &[Part<'_>], out: &mut Outgoing<'_>) {
    for part in parts {
        has_text(part, out);
    }
}

/// The text of a part that is text alone, inside a string.
pub(super) fn text(part: &Part<'_>, writer: &mut Writer) {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) | Part::Other { readable: Some(text), .. } => writer.piece(text),
        Part::SearchResult { title, source, text, .. } => {
            for (at, line) in [title, source].into_iter().chain(text).enumerate() {
                if at > 0 {
                    writer.escaped("\n");
                }
                writer.piece(line);
            }
        }
        _ => {}
    }
}

fn image(media: &Media<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if media.cache.is_some() {
        out.lose_cache();
    }
    writer.object(|writer| {
        writer.key("type").string("input_image");
        writer.key("image_url");
        match &media.source {
            Source::Base64 { media_type, data } => data_url(media_type, data, writer),
            Source::Url(url) | Source::File(url) | Source::Text(url) => writer.text(url),
            Source::Parts(_) => writer.string(""),
        }
        writer.key("detail").text(media.detail.as_ref().unwrap_or(&Text::plain("auto")));
    });
}

fn data_url(media_type: &Text<'_>, data: &Text<'_>, writer: &mut Writer) {
    writer.string_of(|writer| {
        writer.escaped("data:");
        writer.piece(media_type);
        writer.escaped(";base64,");
        writer.piece(data);
    });
}

fn document(media: &Media<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if media.cache.is_some() {
        out.lose_cache();
    }
    if media.cited {
        out.losses.dropped(out.content(field::CITATIONS));
    }
    match &media.source {
        Source::Text(text) => input_text(writer, |writer| {
            heading(media, writer);
            writer.piece(text);
        }),
        Source::Parts(parts) => {
            if media.name.is_some() || media.context.is_some() {
                input_text(writer, |writer| heading(media, writer));
            }
            parts.iter().for_each(|part| input(part, out, writer));
        }
        _ if !out.dialect.documents => {
            out.losses.reworded(out.content(field::DOCUMENT));
            input_text(writer, |writer| writer.escaped(NO_DOCUMENT));
        }
        Source::Base64 { media_type, data } => {
            context(media, writer);
            writer.object(|writer| {
                writer.key("type").string("input_file");
                writer.key("filename").text(&filename(media, media_type));
                writer.key("file_data");
                data_url(media_type, data, writer);
            });
        }
        Source::Url(url) | Source::File(url) => {
            context(media, writer);
            writer.object(|writer| {
                writer.key("type").string("input_file");
                writer.key("file_url").text(url);
            });
        }
    }
}

fn filename<'a>(media: &Media<'a>, media_type: &Text<'_>) -> Text<'a> {
    let name = media.name.clone().filter(|name| !name.is_empty());
    name.unwrap_or_else(|| {
        Text::plain(match media_type.decoded().as_ref() {
            "application/pdf" => "document.pdf",
            "text/plain" => "document.txt",
            _ => "document",
        })
    })
}

/// What the document is about, before it.
fn context(media: &Media<'_>, writer: &mut Writer) {
    if let Some(context) = &media.context {
        input_text(writer, |writer| writer.piece(context));
    }
}

/// Title and context of a document that is text.
fn heading(media: &Media<'_>, writer: &mut Writer) {
    for line in [&media.name, &media.context].into_iter().flatten() {
        writer.piece(line);
        writer.escaped("\n");
    }
}

fn audio(media: &Media<'_>, writer: &mut Writer) {
    let Source::Base64 { media_type, data } = &media.source else { return };
    let format = media_type.decoded();
    writer.object(|writer| {
        writer.key("type").string("input_audio");
        writer.key("input_audio").object(|writer| {
            writer.key("data").text(data);
            // `audio/wav` and `wav` are both in use.
            writer.key("format").string(format.strip_prefix("audio/").unwrap_or(&format));
        });
    });
}
