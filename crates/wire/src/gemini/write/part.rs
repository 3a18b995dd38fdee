//! One part of a content.

use crate::conversation::{Media, Source};
use crate::json::{Text, Writer};
use crate::translate::context::Context;
use crate::translate::functions;
use crate::translate::pieces::{Piece, write_instruction, write_joined};

use super::super::model::Model;
use super::contents::{Conversation, Item};
use crate::translate::field;

/// Name of a tool whose call is nowhere; pairing leaves none.
const NO_NAME: Text<'static> = Text::plain("unknown");

pub(super) fn write(
    item: &Item<'_>,
    conversation: &Conversation<'_>,
    model: &Model,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    match item {
        Item::Said(said) => {
            if matches!(said, Piece::Image(media) if media.detail.as_ref().is_some_and(|detail| *detail != *"auto")) {
                cx.lose(field::DETAIL);
            }
            piece(said, body);
        }
        Item::Instruction(said) => body.object(|body| {
            body.key("text").string_of(|body| write_instruction(said, body));
        }),
        Item::Thought { texts, signature } => body.object(|body| {
            body.key("text").string_of(|body| {
                for (number, text) in texts.iter().filter(|text| !text.is_empty()).enumerate() {
                    if number > 0 {
                        body.escaped("\n\n");
                    }
                    body.piece(text);
                }
            });
            body.key("thought").flag(true);
            sign(signature.as_deref(), body);
        }),
        Item::Signature(signature) => body.object(|body| {
            body.key("text").string("");
            sign(Some(signature), body);
        }),
        Item::Call { call, signature } => body.object(|body| {
            let (args, reworded) = functions::object(&call.arguments);
            if reworded {
                let field = cx.out.name(field::ARGUMENTS);
                cx.out.losses.reworded(field);
            }
            body.key("functionCall").object(|body| {
                body.key("id").text(&cx.out.names.call(&call.id, cx.out.dialect.id_max));
                body.key("name").text(conversation.name_of(&call.id).unwrap_or(&NO_NAME));
                body.key("args").raw(&args);
            });
            sign(signature.as_deref(), body);
        }),
        Item::Result { result, texts, media } => body.object(|body| {
            body.key("functionResponse").object(|body| {
                body.key("id").text(&cx.out.names.call(&result.call_id, cx.out.dialect.id_max));
                body.key("name").text(conversation.name_of(&result.call_id).unwrap_or(&NO_NAME));
                let key = if result.is_error == Some(true) { "error" } else { "output" };
                body.key("response").object(|body| {
                    body.key(key).string_of(|body| write_joined(texts, "\n", body));
                });
                if model.media_in_results && !media.is_empty() {
                    body.key("parts").array(|body| media.iter().for_each(|media| piece(media, body)));
                }
            });
        }),
    }
}

fn sign(signature: Option<&str>, body: &mut Writer) {
    if let Some(signature) = signature {
        body.key("thoughtSignature").string(signature);
    }
}

/// Whether a picture or document is here itself, and not at an address.
pub(super) const fn is_inline(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Image(media) | Piece::File(media) | Piece::Audio(media) => matches!(media.source, Source::Base64 { .. }),
        Piece::Text { .. } => false,
    }
}

/// A text, picture, document or sound.
pub(super) fn piece(piece: &Piece<'_>, body: &mut Writer) {
    body.object(|body| match piece {
        Piece::Text { texts, .. } => {
            body.key("text").string_of(|body| texts.iter().for_each(|text| body.piece(text)));
        }
        Piece::Image(media) => write_media(media, "image/", body),
        Piece::File(media) => write_media(media, "application/", body),
        Piece::Audio(media) => write_media(media, "audio/", body),
    });
}

/// `family` stands before a type that is the short name of a format.
fn write_media(media: &Media<'_>, family: &str, body: &mut Writer) {
    match &media.source {
        Source::Base64 { media_type, data } => body.key("inlineData").object(|body| {
            let kind = media_type.decoded().to_ascii_lowercase();
            body.key("mimeType").string_of(|body| match kind.as_str() {
                "image/jpg" => body.escaped("image/jpeg"),
                kind if kind.contains('/') => body.escaped(kind),
                kind => {
                    body.escaped(family);
                    body.escaped(kind);
                }
            });
            body.key("data").text(data);
        }),
        Source::Url(url) => body.key("fileData").object(|body| body.key("fileUri").text(url)),
        // These became texts or were refused.
        Source::File(_) | Source::Text(_) | Source::Parts(_) => {}
    }
}
