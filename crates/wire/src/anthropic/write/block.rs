//! One block of content.

use std::borrow::Cow;

use super::cache::Marks;
use super::{media, reasoning, sent_name};
use crate::conversation::{Arguments, Impossible, Media, Part, Refused, ToolCall, ToolResult};
use crate::json::{Kind, Reader, Text, Writer};
use crate::translate::Outgoing;
use crate::translate::field;

/// A block of a message or of the instructions.
pub(super) enum Block<'r, 'a> {
    Text {
        text: &'r Text<'a>,
        cache: Option<&'a str>,
    },
    /// A text of ours.
    Said(Text<'a>),
    /// Instructions where only the user may speak.
    Instruction(&'r Text<'a>),
    Thinking {
        text: Cow<'r, [Text<'a>]>,
        signature: Text<'a>,
    },
    Redacted(Text<'a>),
    Image(&'r Media<'a>),
    Document(&'r Media<'a>),
    Search {
        title: &'r Text<'a>,
        source: &'r Text<'a>,
        text: &'r [Text<'a>],
        cache: Option<&'a str>,
    },
    Call(&'r ToolCall<'a>),
    Result(&'r ToolResult<'a>),
}

/// What writing blocks needs beside them.
pub(super) struct Pen<'o, 'd> {
    pub(super) out: &'o mut Outgoing<'d>,
    pub(super) marks: Marks,
}

impl<'o, 'd> Pen<'o, 'd> {
    pub(super) const fn new(out: &'o mut Outgoing<'d>, marks: Marks) -> Self {
        Self { out, marks }
    }
}

impl<'r, 'a> Block<'r, 'a> {
    /// The blocks that say what `part` says.
    pub(super) fn of(part: &'r Part<'a>, out: &mut Outgoing<'_>, blocks: &mut Vec<Self>) -> Result<(), Refused> {
        match part {
            Part::Text { text, cache, citations } => {
                if citations.is_some() {
                    out.losses.dropped(out.content(field::CITATIONS));
                }
                if !text.is_blank() {
                    blocks.push(Self::Text { text, cache: *cache });
                }
            }
            Part::Image(media) => blocks.push(media::image(media, out)?),
            Part::Document(media) => blocks.push(media::document(media, out)?),
            Part::Audio(_) => {
                return Err(Refused::new(out.content(field::AUDIO), Impossible::Sound));
            }
            Part::SearchResult { title, source, text, cache } => {
                blocks.push(Self::Search { title, source, text, cache: *cache });
            }
            Part::Reasoning(said) => {
                if !reasoning::blocks(said, out, blocks) && (said.opaque.is_some() || !said.text.is_empty()) {
                    out.lose_reasoning(said);
                }
            }
            Part::ToolCall(call) => blocks.push(Self::Call(call)),
            Part::ToolResult(result) => blocks.push(Self::Result(result)),
            Part::Refusal(text) if text.is_blank() => {}
            Part::Refusal(text) => blocks.push(Self::Text { text, cache: None }),
            Part::Other { kind, readable, .. } => match readable.as_ref().filter(|text| !text.is_blank()) {
                Some(text) => {
                    out.losses.reworded(out.other(kind));
                    blocks.push(Self::Text { text, cache: None });
                }
                None => out.losses.dropped(out.other(kind)),
            },
        }
        Ok(())
    }

    /// The client's cache breakpoint behind it.
    pub(super) fn cache(&self) -> Option<&'a str> {
        match self {
            Self::Text { cache, .. } | Self::Search { cache, .. } => *cache,
            Self::Image(media) | Self::Document(media) => media.cache,
            Self::Call(call) => call.cache,
            Self::Result(result) => result.cache,
            Self::Said(_) | Self::Instruction(_) | Self::Thinking { .. } | Self::Redacted(_) => None,
        }
    }

    /// Writes it if it is a text; nothing else stands in the instructions.
    pub(super) fn write_text(&self, writer: &mut Writer, cache: Option<&str>) {
        match self {
            Self::Text { text, .. } => write_text(writer, cache, |writer| writer.piece(text)),
            Self::Said(text) => write_text(writer, cache, |writer| writer.piece(text)),
            Self::Instruction(text) => write_text(writer, cache, |writer| {
                writer.escaped("<system>");
                writer.piece(text);
                writer.escaped("</system>");
            }),
            _ => {}
        }
    }

    /// Writes it.
    pub(super) fn write(&self, writer: &mut Writer, cache: Option<&str>, pen: &mut Pen<'_, '_>) -> Result<(), Refused> {
        match self {
            Self::Text { .. } | Self::Said(_) | Self::Instruction(_) => self.write_text(writer, cache),
            Self::Thinking { text, signature } => writer.object(|writer| {
                writer.key("type").string("thinking");
                writer.key("thinking").string_of(|writer| joined(writer, text, "\n\n"));
                writer.key("signature").text(signature);
            }),
            Self::Redacted(data) => writer.object(|writer| {
                writer.key("type").string("redacted_thinking");
                writer.key("data").text(data);
            }),
            Self::Image(source) => media::write_image(writer, source, cache),
            Self::Document(source) => return media::write_document(writer, source, cache, pen),
            Self::Search { title, source, text, .. } => write_search(writer, title, source, text, cache),
            Self::Call(call) => write_call(writer, call, cache, pen),
            Self::Result(result) => return write_result(writer, result, cache, pen),
        }
        Ok(())
    }
}

/// Writes a cache breakpoint.
pub(super) fn write_cache(writer: &mut Writer, cache: Option<&str>) {
    if let Some(cache) = cache {
        writer.key("cache_control").raw(cache);
    }
}

fn write_text(writer: &mut Writer, cache: Option<&str>, pieces: impl FnOnce(&mut Writer)) {
    writer.object(|writer| {
        writer.key("type").string("text");
        writer.key("text").string_of(pieces);
        write_cache(writer, cache);
    });
}

fn joined(writer: &mut Writer, texts: &[Text<'_>], gap: &str) {
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            writer.escaped(gap);
        }
        writer.piece(text);
    }
}

fn write_search(writer: &mut Writer, title: &Text<'_>, source: &Text<'_>, text: &[Text<'_>], cache: Option<&str>) {
    writer.object(|writer| {
        writer.key("type").string("search_result");
        writer.key("source").text(source);
        writer.key("title").text(title);
        writer.key("content").array(|writer| {
            text.iter().for_each(|text| write_text(writer, None, |writer| writer.piece(text)));
        });
        write_cache(writer, cache);
    });
}

fn write_call(writer: &mut Writer, call: &ToolCall<'_>, cache: Option<&str>, pen: &mut Pen<'_, '_>) {
    let id = pen.out.names.call(&call.id, pen.out.dialect.id_max);
    let name = sent_name(&call.name, call.namespace.as_ref(), pen.out);
    writer.object(|writer| {
        writer.key("type").string("tool_use");
        writer.key("id").text(&id);
        writer.key("name").text(&name);
        writer.key("input");
        write_input(writer, &call.arguments, pen.out);
        write_cache(writer, cache);
    });
}

/// Arguments as the object that they must be here.
fn write_input(writer: &mut Writer, arguments: &Arguments<'_>, out: &mut Outgoing<'_>) {
    let whole = match arguments {
        Arguments::Freeform(input) => return writer.object(|writer| writer.key("input").text(input)),
        Arguments::Json(value) => write_object(writer, value),
        Arguments::Quoted(text) if text.is_blank() => {
            writer.raw("{}");
            true
        }
        Arguments::Quoted(text) => write_object(writer, &text.decoded()),
    };
    if !whole {
        out.losses.reworded(out.name(field::ARGUMENTS));
    }
}

/// Writes a value that should be an object; says whether it was one.
fn write_object(writer: &mut Writer, value: &str) -> bool {
    let mut reader = Reader::new(value);
    let kind = reader.kind();
    let raw = reader.raw().and_then(|raw| reader.end().map(|()| raw));
    match (kind, raw) {
        (Ok(Kind::Object), Ok(object)) => {
            writer.raw(object);
            return true;
        }
        (_, Ok("null")) => writer.raw("{}"),
        (_, Ok(other)) => writer.object(|writer| writer.key("value").raw(other)),
        (_, Err(_)) => writer.object(|writer| writer.key("_raw_arguments").string(value)),
    }
    false
}

fn write_result(
    writer: &mut Writer,
    result: &ToolResult<'_>,
    cache: Option<&str>,
    pen: &mut Pen<'_, '_>,
) -> Result<(), Refused> {
    let mut blocks = Vec::with_capacity(result.parts.len());
    for part in &result.parts {
        Block::of(part, pen.out, &mut blocks)?;
    }
    let id = pen.out.names.call(&result.call_id, pen.out.dialect.id_max);
    let mut refused = Ok(());
    writer.object(|writer| {
        writer.key("type").string("tool_result");
        writer.key("tool_use_id").text(&id);
        match blocks.as_slice() {
            [] => {}
            [Block::Text { text, cache: None }] => writer.key("content").text(text),
            blocks => writer.key("content").array(|writer| {
                for block in blocks {
                    let cache = pen.marks.stable(block.cache(), false);
                    let written = block.write(writer, cache, pen);
                    refused = std::mem::replace(&mut refused, Ok(())).and(written);
                }
            }),
        }
        if let Some(is_error) = result.is_error {
            writer.key("is_error").flag(is_error);
        }
        write_cache(writer, cache);
    });
    refused
}
