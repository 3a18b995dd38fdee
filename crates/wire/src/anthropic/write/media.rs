//! Pictures and documents.

use super::block::{Block, Pen, write_cache};
use crate::conversation::{Impossible, Media, Refused, Source};
use crate::embedded;
use crate::json::{Text, Writer};
use crate::translate::Outgoing;
use crate::translate::field::{self, Field};
use crate::translate::pieces::image_type;

/// The block of a picture.
pub(super) fn image<'r, 'a>(media: &'r Media<'a>, out: &mut Outgoing<'_>) -> Result<Block<'r, 'a>, Refused> {
    if media.detail.as_ref().is_some_and(|detail| *detail != *"auto") {
        out.losses.dropped(out.content(field::DETAIL));
    }
    if !out.dialect.images {
        return Ok(left_out("image", field::IMAGE, media, out));
    }
    let why = match &media.source {
        Source::Base64 { media_type, data } if image_type(media_type, data).is_some() => {
            return Ok(Block::Image(media));
        }
        Source::Url(_) => return Ok(Block::Image(media)),
        Source::Base64 { .. } => Impossible::PictureFormat,
        Source::File(_) => Impossible::File,
        Source::Text(_) | Source::Parts(_) => Impossible::PictureSource,
    };
    Err(Refused::new(out.content(if matches!(why, Impossible::File) { field::FILE } else { field::IMAGE }), why))
}

/// The block of a document.
pub(super) fn document<'r, 'a>(media: &'r Media<'a>, out: &mut Outgoing<'_>) -> Result<Block<'r, 'a>, Refused> {
    let why = match &media.source {
        Source::Text(text) if !out.dialect.documents => return Ok(Block::Text { text, cache: media.cache }),
        _ if !out.dialect.documents => return Ok(left_out("document", field::DOCUMENT, media, out)),
        Source::Url(_) | Source::Text(_) | Source::Parts(_) => return Ok(Block::Document(media)),
        Source::Base64 { media_type, .. } if is_pdf(media_type) || is_text(media_type) => {
            return Ok(Block::Document(media));
        }
        Source::Base64 { .. } => Impossible::DocumentFormat("PDF, TXT"),
        Source::File(_) => Impossible::File,
    };
    Err(Refused::new(out.content(if matches!(why, Impossible::File) { field::FILE } else { field::DOCUMENT }), why))
}

/// A note in the place of what the model does not take.
fn left_out<'r, 'a>(what: &str, field: Field, media: &Media<'a>, out: &mut Outgoing<'_>) -> Block<'r, 'a> {
    out.losses.dropped(out.content(field));
    let name = media.name.as_ref().map(|name| format!(" \"{}\"", name.decoded())).unwrap_or_default();
    Block::Said(Text::from(format!("[{what}{name} left out: this model takes none]")))
}

fn is_pdf(media_type: &Text<'_>) -> bool {
    media_type.decoded().eq_ignore_ascii_case("application/pdf")
}

fn is_text(media_type: &Text<'_>) -> bool {
    let media_type = media_type.decoded().to_ascii_lowercase();
    media_type.starts_with("text/") || matches!(media_type.as_str(), "application/json" | "application/xml")
}

/// Writes a picture.
pub(super) fn write_image(writer: &mut Writer, media: &Media<'_>, cache: Option<&str>) {
    writer.object(|writer| {
        writer.key("type").string("image");
        writer.key("source").object(|writer| match &media.source {
            Source::Base64 { media_type, data } => {
                writer.key("type").string("base64");
                writer.key("media_type").string(image_type(media_type, data).unwrap_or("image/png"));
                writer.key("data").text(data);
            }
            source => write_url(writer, source),
        });
        write_cache(writer, cache);
    });
}

/// Writes a document.
pub(super) fn write_document(
    writer: &mut Writer,
    media: &Media<'_>,
    cache: Option<&str>,
    pen: &mut Pen<'_, '_>,
) -> Result<(), Refused> {
    let mut refused = Ok(());
    writer.object(|writer| {
        writer.key("type").string("document");
        writer.key("source").object(|writer| refused = write_source(writer, &media.source, pen));
        if let Some(name) = media.name.as_ref().filter(|name| !name.is_empty()) {
            writer.key("title").text(name);
        }
        if let Some(context) = media.context.as_ref().filter(|context| !context.is_empty()) {
            writer.key("context").text(context);
        }
        if media.cited {
            writer.key("citations").object(|writer| writer.key("enabled").flag(true));
        }
        write_cache(writer, cache);
    });
    refused
}

fn write_source(writer: &mut Writer, source: &Source<'_>, pen: &mut Pen<'_, '_>) -> Result<(), Refused> {
    match source {
        Source::Base64 { media_type, data } if is_pdf(media_type) => {
            writer.key("type").string("base64");
            writer.key("media_type").string("application/pdf");
            writer.key("data").text(data);
        }
        Source::Base64 { data, .. } => {
            let Some(text) = base64_text(&data.decoded()) else {
                return Err(Refused::new(pen.out.content(field::DOCUMENT_DATA), Impossible::DocumentDamaged));
            };
            write_plain(writer, &Text::from(text));
        }
        Source::Text(text) => write_plain(writer, text),
        Source::Parts(parts) => {
            let mut blocks = Vec::with_capacity(parts.len());
            for part in parts {
                Block::of(part, pen.out, &mut blocks)?;
            }
            writer.key("type").string("content");
            let mut refused = Ok(());
            writer.key("content").array(|writer| {
                for block in &blocks {
                    let written = block.write(writer, None, pen);
                    refused = std::mem::replace(&mut refused, Ok(())).and(written);
                }
            });
            return refused;
        }
        source => write_url(writer, source),
    }
    Ok(())
}

fn write_plain(writer: &mut Writer, text: &Text<'_>) {
    writer.key("type").string("text");
    writer.key("media_type").string("text/plain");
    writer.key("data").text(text);
}

fn write_url(writer: &mut Writer, source: &Source<'_>) {
    if let Source::Url(url) = source {
        writer.key("type").string("url");
        writer.key("url").text(url);
    }
}

/// The text that `data` holds in base64.
fn base64_text(data: &str) -> Option<String> {
    String::from_utf8(embedded::bytes(data)?).ok()
}
