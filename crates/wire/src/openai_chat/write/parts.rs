//! What the user says: texts, pictures, documents.

use crate::conversation::{Media, Part, Source, ToolResult};
use crate::json::{Text, Writer};

use super::Context;

/// What stands for a picture where none is taken.
const NO_IMAGE: &str = "[image left out: this model reads text only]";
/// What stands for a document where none is taken.
const NO_DOCUMENT: &str = "[document left out: this model does not read documents]";
/// Name of a document that has none.
const DOCUMENT_NAME: &str = "document.pdf";

/// A part of a content list.
pub(super) enum Piece<'p> {
    /// Texts that are one.
    Text { texts: Vec<Text<'p>>, cache: Option<&'p str> },
    /// `image_url`
    Image(&'p Media<'p>),
    /// `file`
    File(&'p Media<'p>),
    /// `input_audio`
    Audio(&'p Media<'p>),
}

impl<'p> Piece<'p> {
    /// Text without more.
    pub(super) fn text(text: impl Into<Text<'p>>) -> Self {
        Self::Text { texts: vec![text.into()], cache: None }
    }
}

/// About the bytes a part takes.
pub(super) fn size(part: &Part<'_>) -> usize {
    const AROUND: usize = 96;
    AROUND
        + match part {
            Part::Text { text, .. } | Part::Refusal(text) => text.len(),
            Part::Image(media) | Part::Document(media) | Part::Audio(media) => match &media.source {
                Source::Base64 { data, .. } => data.len(),
                Source::Url(text) | Source::File(text) | Source::Text(text) => text.len(),
                Source::Parts(parts) => parts.iter().map(size).sum(),
            },
            Part::SearchResult { text, .. } => text.iter().map(Text::len).sum(),
            Part::Reasoning(reasoning) => reasoning.text.iter().map(Text::len).sum(),
            Part::ToolCall(call) => match &call.arguments {
                crate::conversation::Arguments::Json(json) => json.len() * 5 / 4,
                crate::conversation::Arguments::Quoted(text) | crate::conversation::Arguments::Freeform(text) => {
                    text.len() * 5 / 4
                }
            },
            Part::ToolResult(ToolResult { parts, .. }) => parts.iter().map(size).sum(),
            Part::Other { readable, .. } => readable.as_ref().map_or(0, Text::len),
        }
}

/// What `parts` are in a content list. Calls, results and reasoning have their place elsewhere.
pub(super) fn pieces<'p>(parts: &'p [Part<'p>], cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    for part in parts {
        match part {
            Part::Text { text, cache, .. } => {
                note_cache(*cache, cx);
                if !text.is_empty() {
                    to.push(Piece::Text { texts: vec![text.clone()], cache: *cache });
                }
            }
            Part::Refusal(text) => to.push(Piece::text(text.clone())),
            Part::Image(media) => image(media, cx, to),
            Part::Document(media) => document(media, cx, to),
            Part::Audio(media) => to.push(Piece::Audio(media)),
            Part::SearchResult { title, source, text, cache } => {
                note_cache(*cache, cx);
                to.push(search_result(title, source, text, *cache));
            }
            Part::Other { kind, readable, .. } => to.extend(other(kind, readable.as_ref(), cx)),
            Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) => {}
        }
    }
}

fn note_cache(cache: Option<&str>, cx: &mut Context<'_, '_>) {
    if cache.is_some() && !cx.out.dialect.cache_control {
        cx.out.losses.dropped("cache_control");
    }
}

fn image<'p>(media: &'p Media<'p>, cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    note_cache(media.cache, cx);
    match &media.source {
        Source::Parts(parts) => pieces(parts, cx, to),
        Source::Text(text) => to.push(Piece::text(text.clone())),
        Source::File(_) => no_file(cx),
        Source::Base64 { .. } | Source::Url(_) if cx.out.dialect.images => to.push(Piece::Image(media)),
        Source::Base64 { .. } | Source::Url(_) => {
            let field = cx.field("messages[].content[].image", "input[].content[].input_image");
            cx.out.losses.dropped(field);
            to.push(Piece::text(NO_IMAGE));
        }
    }
}

fn document<'p>(media: &'p Media<'p>, cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    note_cache(media.cache, cx);
    if media.cited {
        cx.out.losses.dropped("messages[].content[].citations");
    }
    match &media.source {
        Source::Text(text) => {
            let mut texts = header(media);
            texts.push(text.clone());
            to.push(Piece::Text { texts, cache: media.cache });
        }
        Source::Parts(parts) => {
            let texts = header(media);
            if !texts.is_empty() {
                to.push(Piece::Text { texts, cache: None });
            }
            pieces(parts, cx, to);
        }
        Source::Base64 { .. } if cx.out.dialect.documents => {
            if let Some(context) = &media.context {
                to.push(Piece::text(context.clone()));
            }
            to.push(Piece::File(media));
        }
        Source::Base64 { .. } => {
            let field = cx.field("messages[].content[].document", "input[].content[].input_file");
            cx.out.losses.dropped(field);
            to.push(Piece::text(NO_DOCUMENT));
        }
        Source::Url(_) => cx.refuse(
            cx.field("messages[].content[].source", "input[].content[].file_url"),
            "this provider takes no documents by address; send the document itself in base64",
        ),
        Source::File(_) => no_file(cx),
    }
}

fn no_file(cx: &mut Context<'_, '_>) {
    cx.refuse(
        cx.field("messages[].content[].source", "input[].content[].file_id"),
        "a file that was uploaded to one provider is not at another; send the file itself in base64",
    );
}

/// Title and context, each in a line above the text.
fn header<'p>(media: &'p Media<'p>) -> Vec<Text<'p>> {
    let mut texts = Vec::new();
    for text in [&media.name, &media.context].into_iter().flatten().filter(|text| !text.is_empty()) {
        texts.push(text.clone());
        texts.push(Text::plain("\n"));
    }
    texts
}

fn search_result<'p>(title: &Text<'p>, source: &Text<'p>, body: &[Text<'p>], cache: Option<&'p str>) -> Piece<'p> {
    let mut texts = vec![title.clone(), Text::plain("\n"), source.clone()];
    for text in body {
        texts.push(Text::plain("\n"));
        texts.push(text.clone());
    }
    Piece::Text { texts, cache }
}

/// A part nobody here knows: its words, if it has any.
fn other<'p>(kind: &str, readable: Option<&Text<'p>>, cx: &mut Context<'_, '_>) -> Option<Piece<'p>> {
    if kind == "container_upload" {
        cx.refuse("messages[].content[].container_upload", "this provider has no containers; send the file itself");
    }
    let field = format!("{}.{kind}", cx.field("messages[].content[]", "input[]"));
    match readable.filter(|text| !text.is_empty()) {
        Some(text) => {
            cx.out.losses.reworded(field);
            Some(Piece::text(text.clone()))
        }
        None => {
            cx.out.losses.dropped(field);
            None
        }
    }
}

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
