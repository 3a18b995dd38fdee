//! What is said outside of calls and reasoning, as pieces of a content list: texts, pictures, documents, sound. What a
//! provider does not take becomes a text that says so.

use crate::conversation::{Format, Impossible, Media, Part, Request, Source, ToolResult};
use crate::json::{Text, Writer};

use super::context::Context;
use super::field::{self, Field};
use super::functions;

/// What stands for a picture where none is taken.
const NO_IMAGE: &str = "[image left out: this model reads text only]";
/// What stands for a document where none is taken.
const NO_DOCUMENT: &str = "[document left out: this model does not read documents]";
/// Kinds of pictures, with how their base64 begins. Source: Anthropic API documentation, "Vision".
const IMAGES: [(&str, &str); 4] =
    [("image/jpeg", "/9j/"), ("image/png", "iVBORw0KGgo"), ("image/gif", "R0lGOD"), ("image/webp", "UklGR")];

/// A part of a content list.
pub(crate) enum Piece<'p> {
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
    pub(crate) fn text(text: impl Into<Text<'p>>) -> Self {
        Self::Text { texts: vec![text.into()], cache: None }
    }
}

/// About as many bytes as the texts of a request have: the body is written without growing.
pub(crate) fn request_size(request: &Request<'_>) -> usize {
    let parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let tools = request.tools.iter().map(|tool| functions::size(tool));
    parts.map(size).sum::<usize>() + tools.sum::<usize>()
}

/// About the bytes a part takes.
pub(crate) fn size(part: &Part<'_>) -> usize {
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
pub(crate) fn split<'p>(parts: &'p [Part<'p>], cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    for part in parts {
        match part {
            Part::Text { text, cache, citations } => {
                cx.note_cache(*cache);
                if citations.is_some() {
                    cx.lose(field::CITATIONS);
                }
                if !text.is_empty() {
                    to.push(Piece::Text { texts: vec![text.clone()], cache: *cache });
                }
            }
            Part::Refusal(text) => to.push(Piece::text(text.clone())),
            Part::Image(media) => image(media, cx, to),
            Part::Document(media) => document(media, cx, to),
            Part::Audio(media) => to.push(Piece::Audio(media)),
            Part::SearchResult { title, source, text, cache } => {
                cx.note_cache(*cache);
                to.push(search_result(title, source, text, *cache));
            }
            Part::Other { kind, readable, .. } => to.extend(other(kind, readable.as_ref(), cx)),
            Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) => {}
        }
    }
}

fn image<'p>(media: &'p Media<'p>, cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    cx.note_cache(media.cache);
    match &media.source {
        Source::Parts(parts) => split(parts, cx, to),
        Source::Text(text) => to.push(Piece::text(text.clone())),
        Source::File(_) => no_file(cx),
        Source::Url(_) if cx.out.dialect.images && !cx.out.dialect.image_urls => {
            cx.refuse(cx.out.content(field::IMAGE_SOURCE), Impossible::PictureAddress);
        }
        Source::Base64 { .. } | Source::Url(_) if cx.out.dialect.images => to.push(Piece::Image(media)),
        Source::Base64 { .. } | Source::Url(_) => {
            cx.lose(field::IMAGE);
            to.push(Piece::text(NO_IMAGE));
        }
    }
}

fn document<'p>(media: &'p Media<'p>, cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'p>>) {
    cx.note_cache(media.cache);
    if media.cited {
        cx.lose(field::CITATIONS);
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
            split(parts, cx, to);
        }
        Source::Base64 { .. } | Source::Url(_) if takes_document(&media.source, cx) => {
            if let Some(context) = &media.context {
                to.push(Piece::text(context.clone()));
            }
            to.push(Piece::File(media));
        }
        Source::Base64 { .. } => {
            cx.lose(field::DOCUMENT);
            to.push(Piece::text(NO_DOCUMENT));
        }
        Source::Url(_) => cx.refuse(cx.out.content(field::DOCUMENT_URL), Impossible::DocumentAddress),
        Source::File(_) => no_file(cx),
    }
}

fn takes_document(source: &Source<'_>, cx: &Context<'_, '_>) -> bool {
    cx.out.dialect.documents && (cx.out.dialect.document_urls || !matches!(source, Source::Url(_)))
}

fn no_file(cx: &mut Context<'_, '_>) {
    cx.refuse(cx.out.content(field::FILE), Impossible::File);
}

/// What of `pieces` is no text: pictures, unless there is none.
pub(crate) fn of_pieces(pieces: &[Piece<'_>]) -> Field {
    let has = |wanted: fn(&Piece<'_>) -> bool| pieces.iter().any(wanted);
    match () {
        () if has(|piece| matches!(piece, Piece::Image(_))) => field::IMAGE,
        () if has(|piece| matches!(piece, Piece::File(_))) => field::DOCUMENT,
        () => field::AUDIO,
    }
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
        cx.refuse("messages[].content[].container_upload", Impossible::File);
    }
    let field = cx.out.other(kind);
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

/// What tells the model of the answer's shape, where the provider does not take its schema, or, with `json`, no shape at
/// all.
pub(crate) fn format_hint<'p>(format: &Format<'_>, json: bool, cx: &mut Context<'_, '_>) -> Option<Piece<'p>> {
    let hint = match format {
        Format::Schema { schema, .. } => {
            Text::from(format!("Answer with one JSON object and nothing else. Its JSON schema: {schema}"))
        }
        Format::Json if json => Text::plain("Answer with one JSON object and nothing else."),
        Format::Json | Format::Text => return None,
    };
    let field = cx.out.name(field::FORMAT);
    cx.out.losses.reworded(field);
    Some(Piece::text(hint))
}

/// The texts of `pieces`, with `between` between them, as a part of a string.
pub(crate) fn write_joined(pieces: &[Piece<'_>], between: &str, body: &mut Writer) {
    let texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text { texts, .. } => Some(texts),
        _ => None,
    });
    for (number, texts) in texts.enumerate() {
        if number > 0 {
            body.escaped(between);
        }
        texts.iter().for_each(|text| body.piece(text));
    }
}

/// The texts of instructions that the user must speak.
pub(crate) fn write_instruction(said: &[Piece<'_>], body: &mut Writer) {
    body.escaped("<system-reminder>\n");
    write_joined(said, "\n\n", body);
    body.escaped("\n</system-reminder>");
}

/// What a picture is: what its first bytes say, whatever its label says.
pub(crate) fn image_type(label: &Text<'_>, data: &Text<'_>) -> Option<&'static str> {
    let start = match data {
        Text::Json(data) => data,
        Text::Plain(data) => data.as_ref(),
    };
    // A slash may be escaped.
    let begins = |mark: &str| start.starts_with(mark) || start.replace("\\/", "/").starts_with(mark);
    let escaped = start.get(..2) == Some("\\/");
    let sniffed = IMAGES.iter().find(|(_, mark)| if escaped { begins(mark) } else { start.starts_with(mark) });
    let label = label.decoded().to_ascii_lowercase();
    let label = if label == "image/jpg" { "image/jpeg" } else { label.as_str() };
    sniffed.or_else(|| IMAGES.iter().find(|(known, _)| *known == label)).map(|(known, _)| *known)
}
