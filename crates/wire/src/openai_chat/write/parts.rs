//! Content lists: texts, pictures, documents.

use crate::conversation::{Media, Source};
use crate::json::{Text, Writer};
use crate::translate::context::Context;
use crate::translate::pieces::Piece;

/// Name of a document that has none.
const DOCUMENT_NAME: &str = "document.pdf";

/// A message's content: a string where it is nothing but one text.
pub(super) fn write(pieces: &[Piece<'_>], cx: &Context<'_, '_>, body: &mut Writer) {
    let keeps_cache = cx.out.dialect.cache_control;
    match pieces {
        [Piece::Text { texts, cache }] if cache.is_none() || !keeps_cache => joined(texts, body),
        _ => body.array(|body| write_all(pieces, cx, body)),
    }
}

/// The items of a content list.
pub(super) fn write_all(pieces: &[Piece<'_>], cx: &Context<'_, '_>, body: &mut Writer) {
    let keeps_cache = cx.out.dialect.cache_control;
    pieces.iter().for_each(|piece| write_piece(piece, keeps_cache, body));
}

fn joined(texts: &[Text<'_>], body: &mut Writer) {
    body.string_of(|body| texts.iter().for_each(|text| body.piece(text)));
}

fn write_piece(piece: &Piece<'_>, keeps_cache: bool, body: &mut Writer) {
    body.object(|body| {
        let cache = match piece {
            Piece::Text { texts, cache } => {
                body.key("type").string("text");
                joined(texts, body.key("text"));
                *cache
            }
            Piece::Image(media) => {
                body.key("type").string("image_url");
                body.key("image_url").object(|body| write_image(media, body));
                media.cache
            }
            Piece::File(media) => {
                body.key("type").string("file");
                body.key("file").object(|body| {
                    body.key("filename").text(media.name.as_ref().unwrap_or(&Text::plain(DOCUMENT_NAME)));
                    write_source(&media.source, body.key("file_data"));
                });
                media.cache
            }
            Piece::Audio(media) => {
                body.key("type").string("input_audio");
                body.key("input_audio").object(|body| write_audio(&media.source, body));
                media.cache
            }
        };
        if let Some(cache) = cache.filter(|_| keeps_cache) {
            body.key("cache_control").raw(cache);
        }
    });
}

fn write_image(media: &Media<'_>, body: &mut Writer) {
    write_source(&media.source, body.key("url"));
    if let Some(detail) = &media.detail {
        body.key("detail").text(detail);
    }
}

/// An address, or a `data:` URL.
fn write_source(source: &Source<'_>, body: &mut Writer) {
    body.string_of(|body| match source {
        Source::Base64 { media_type, data } => {
            body.escaped("data:");
            body.piece(media_type);
            body.escaped(";base64,");
            body.piece(data);
        }
        Source::Url(text) | Source::File(text) | Source::Text(text) => body.piece(text),
        Source::Parts(_) => {}
    });
}

fn write_audio(source: &Source<'_>, body: &mut Writer) {
    let Source::Base64 { media_type, data } = source else { return };
    body.key("data").text(data);
    let name = media_type.decoded();
    let format = match name.rsplit('/').next().unwrap_or_default() {
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        format => format,
    };
    body.key("format").string(format);
}
