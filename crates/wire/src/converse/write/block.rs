//! One block of content.

use crate::conversation::{Impossible, Media, Source, ToolResult};
use crate::json::{Text, Writer};
use crate::translate::context::Context;
use crate::translate::functions;
use crate::translate::pieces::{Piece, image_type, write_instruction};

use super::super::model::Model;
use super::document::{self, Names};
use super::messages::Item;
use crate::translate::field;

/// What a tool's result says that says nothing: empty content is refused.
const NOTHING: &str = "(no output)";

/// The client's cache breakpoint behind a piece.
pub(super) const fn marker<'p>(piece: &Piece<'p>) -> Option<&'p str> {
    match piece {
        Piece::Text { cache, .. } => *cache,
        Piece::Image(media) | Piece::File(media) | Piece::Audio(media) => media.cache,
    }
}

/// The client's cache breakpoint behind an item.
pub(super) const fn item_marker<'p>(item: &Item<'p>) -> Option<&'p str> {
    match item {
        Item::Said(piece) => marker(piece),
        Item::Call(call) => call.cache,
        Item::Result { result, .. } => result.cache,
        Item::Instruction(_) | Item::Thought { .. } | Item::Redacted(_) => None,
    }
}

pub(super) fn write(item: &Item<'_>, model: &Model, names: &mut Names, cx: &mut Context<'_, '_>, body: &mut Writer) {
    match item {
        Item::Said(said) => piece(said, names, cx, body),
        Item::Instruction(said) => body.object(|body| {
            body.key("text").string_of(|body| write_instruction(said, body));
        }),
        Item::Thought { texts, signature } => body.object(|body| {
            body.key("reasoningContent").object(|body| {
                body.key("reasoningText").object(|body| {
                    body.key("text").string_of(|body| texts.iter().for_each(|text| body.piece(text)));
                    body.key("signature").string(signature);
                });
            });
        }),
        Item::Redacted(data) => body.object(|body| {
            body.key("reasoningContent").object(|body| body.key("redactedContent").string(data));
        }),
        Item::Call(call) => body.object(|body| {
            let (input, reworded) = functions::object(&call.arguments);
            if reworded {
                let field = cx.out.name(field::ARGUMENTS);
                cx.out.losses.reworded(field);
            }
            let flat = functions::flat(call.namespace.as_ref(), &call.name);
            let dialect = cx.out.dialect;
            body.key("toolUse").object(|body| {
                body.key("toolUseId").text(&cx.out.names.call(&call.id, dialect.id_max));
                body.key("name").text(&cx.out.names.tool(&flat, dialect.name_max, dialect.name_digit_first));
                body.key("input").raw(&input);
            });
        }),
        Item::Result { result, said } => body.object(|body| {
            body.key("toolResult").object(|body| tool_result(result, said, model, names, cx, body));
        }),
    }
}

fn tool_result(
    result: &ToolResult<'_>,
    said: &[Piece<'_>],
    model: &Model,
    names: &mut Names,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    body.key("toolUseId").text(&cx.out.names.call(&result.call_id, cx.out.dialect.id_max));
    body.key("content").array(|body| {
        said.iter().for_each(|one| piece(one, names, cx, body));
        if said.is_empty() {
            text(&Piece::text(NOTHING), body);
        }
    });
    if result.is_error == Some(true) && model.result_status {
        body.key("status").string("error");
    }
}

/// A text.
pub(super) fn text(piece: &Piece<'_>, body: &mut Writer) {
    if let Piece::Text { texts, .. } = piece {
        body.object(|body| {
            body.key("text").string_of(|body| texts.iter().for_each(|text| body.piece(text)));
        });
    }
}

fn piece(one: &Piece<'_>, names: &mut Names, cx: &mut Context<'_, '_>, body: &mut Writer) {
    match one {
        Piece::Text { .. } => text(one, body),
        Piece::Image(media) => {
            let kind = match &media.source {
                Source::Base64 { media_type, data } => image_type(media_type, data),
                _ => None,
            };
            match kind.and_then(|kind| kind.strip_prefix("image/")) {
                Some(format) => write_media("image", format, None, media, body),
                None => cx.refuse(cx.out.content(field::IMAGE_SOURCE), Impossible::PictureFormat),
            }
        }
        Piece::File(media) => match format_of(media) {
            Some(format) => write_media("document", format, Some(names.give(media)), media, body),
            None => cx.refuse(
                cx.out.content(field::DOCUMENT_DATA),
                Impossible::DocumentFormat("PDF, TXT, Markdown, CSV, HTML, DOC, DOCX, XLS, XLSX"),
            ),
        },
        Piece::Audio(media) => {
            let Source::Base64 { media_type, .. } = &media.source else { return };
            let kind = media_type.decoded();
            let format = match kind.rsplit('/').next().unwrap_or_default() {
                "mpeg" => "mp3",
                "x-wav" | "wave" => "wav",
                format => format,
            };
            write_media("audio", format, None, media, body);
        }
    }
}

fn format_of(media: &Media<'_>) -> Option<&'static str> {
    match &media.source {
        Source::Base64 { media_type, .. } => document::format(media_type, media.name.as_ref()),
        _ => None,
    }
}

fn write_media(kind: &str, format: &str, name: Option<String>, media: &Media<'_>, body: &mut Writer) {
    // Addresses were refused, other sources became texts.
    let data = match &media.source {
        Source::Base64 { data, .. } => data,
        _ => &Text::EMPTY,
    };
    body.object(|body| {
        body.key(kind).object(|body| {
            body.key("format").string(format);
            if let Some(name) = name {
                body.key("name").string(&name);
            }
            body.key("source").object(|body| body.key("bytes").text(data));
        });
    });
}
