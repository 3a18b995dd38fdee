//! Contents of messages: a string, or parts. Parts of the other protocols are read too, as agents mix them.

use crate::conversation::{
    Arguments, CallKind, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Refused, Source, ToolCall, ToolResult,
};
use crate::json::{Fault, Flaw, Kind, Reader, Shape, Text};
use crate::translate::typed;

use super::{media, members, word};

/// A message's content. Empty texts are left out.
pub(super) fn parts<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Vec<Part<'a>>, Refused> {
    let mut parts = Vec::new();
    match reader.kind()? {
        Kind::Array => reader.array(|reader| -> Result<(), Refused> {
            parts.extend(item(reader, losses)?);
            Ok(())
        })?,
        Kind::Null => drop(reader.raw()?),
        Kind::Bool | Kind::Number => return Err(Fault::shape(reader.offset(), Shape::Content).into()),
        Kind::String | Kind::Object => parts.extend(item(reader, losses)?),
    }
    Ok(parts)
}

fn item<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Part<'a>>, Refused> {
    match reader.kind()? {
        Kind::String => Ok(Some(reader.text()?).filter(|text| !text.is_empty()).map(Part::text)),
        Kind::Object => part(reader, losses),
        _ => Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
    }
}

/// The fields of a part; what they mean together only its type tells, which may come last.
#[derive(Default)]
struct Fields<'a> {
    kind: &'a str,
    text: Option<Text<'a>>,
    refusal: Option<Text<'a>>,
    image: Option<Media<'a>>,
    detail: Option<Text<'a>>,
    audio: Option<Media<'a>>,
    file: Option<Part<'a>>,
    flat_file: media::File<'a>,
    source: Option<Source<'a>>,
    thinking: Option<Text<'a>>,
    opaque: Option<Opaque<'a>>,
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    input: Option<&'a str>,
    call_id: Option<Text<'a>>,
    content: Vec<Part<'a>>,
    is_error: Option<bool>,
    cache: Option<&'a str>,
}

fn part<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Part<'a>>, Refused> {
    let start = typed::start(reader)?;
    let mut again = reader.clone();
    let mut fields = Fields::default();
    members(reader, |name, reader| fields.take(name, reader, losses))?;
    match fields.build() {
        Ok(part) => Ok(part),
        Err(Unbuilt::Lacks(member)) => Err(Fault { offset: start, what: Flaw::Missing(member) }.into()),
        // Rare, so it is only now that the part is walked again.
        Err(Unbuilt::Unknown(kind, readable)) => Ok(Some(Part::Other { kind, value: again.raw()?, readable })),
    }
}

impl<'a> Fields<'a> {
    fn take(&mut self, name: &str, reader: &mut Reader<'a>, losses: &mut Losses) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?,
            "text" => self.text = typed::text(reader)?,
            "refusal" => self.refusal = typed::text(reader)?,
            "image_url" => self.image = media::image(reader, losses)?,
            "detail" => self.detail = typed::text(reader)?,
            "input_audio" => self.audio = media::audio(reader, losses)?,
            "file" => self.file = media::file(reader, losses)?,
            "source" => self.source = media::source(reader, losses)?,
            "thinking" => self.thinking = typed::text(reader)?,
            "signature" => self.opaque = opaque(OpaqueKind::AnthropicSignature, reader)?,
            "data" => self.opaque = opaque(OpaqueKind::AnthropicRedacted, reader)?,
            "id" => self.id = typed::text(reader)?,
            "name" => self.name = typed::text(reader)?,
            "input" => self.input = typed::raw_object(reader)?,
            "tool_use_id" | "call_id" => self.call_id = typed::text(reader)?,
            "content" | "output" => self.content = parts(reader, losses)?,
            "is_error" => self.is_error = typed::flag(reader)?,
            "cache_control" => self.cache = Some(reader.raw()?),
            _ if self.flat_file.take(name, reader)? => {}
            _ => {
                if !matches!(reader.raw()?, "null" | "[]" | "{}" | "\"\"") {
                    losses.dropped(format!("messages[].content[].{name}"));
                }
            }
        }
        Ok(())
    }

    /// The part; nothing for an empty one.
    fn build(self) -> Result<Option<Part<'a>>, Unbuilt<'a>> {
        let cache = self.cache;
        Ok(match self.kind {
            "text" | "input_text" | "output_text" | "" if self.text.is_some() => {
                let text = self.text.filter(|text| !text.is_empty());
                text.map(|text| Part::Text { text, cache, citations: None })
            }
            "text" | "input_text" | "output_text" => return Err(Unbuilt::Lacks("text")),
            "" => return Err(Unbuilt::Lacks("type")),
            "refusal" => Some(Part::Refusal(self.refusal.ok_or(Unbuilt::Lacks("refusal"))?)),
            "thinking" | "redacted_thinking" => self.reasoning(),
            "tool_use" => Some(self.call()?),
            "tool_result" | "function_call_output" => Some(self.result()?),
            _ => return self.media(cache).map(Some),
        })
    }

    fn media(self, cache: Option<&'a str>) -> Result<Part<'a>, Unbuilt<'a>> {
        let (part, lacks) = match self.kind {
            kind @ ("image_url" | "input_image") => {
                let flat = self.flat_file.id.map(|id| Media::new(Source::File(id)));
                let detail = self.detail;
                let media = self.image.or(flat);
                let image = |media: Media<'a>| Media { detail: media.detail.clone().or(detail), cache, ..media };
                let lacks = if kind == "image_url" { "image_url.url" } else { "image_url" };
                (media.map(image).map(Part::Image), lacks)
            }
            "image" => (self.source.map(|source| Part::Image(Media { cache, ..Media::new(source) })), "source"),
            "document" => {
                let media = |source| Part::Document(Media { cache, name: self.name, ..Media::new(source) });
                (self.source.map(media), "source")
            }
            "input_audio" => (self.audio.map(Part::Audio), "input_audio.data"),
            kind @ ("file" | "input_file") => {
                let lacks = if kind == "file" { "file.file_data" } else { "file_data" };
                (self.file.or_else(|| self.flat_file.into_part()).map(|part| cached(part, cache)), lacks)
            }
            kind => return Err(Unbuilt::Unknown(kind, self.text)),
        };
        part.ok_or(Unbuilt::Lacks(lacks))
    }

    fn reasoning(self) -> Option<Part<'a>> {
        let redacted = self.kind == "redacted_thinking";
        let text: Vec<_> = self.thinking.filter(|text| !text.is_empty()).into_iter().collect();
        let empty = text.is_empty() && self.opaque.is_none();
        let reasoning = Reasoning { text, opaque: self.opaque, id: None, redacted };
        (!empty).then_some(Part::Reasoning(reasoning))
    }

    fn call(self) -> Result<Part<'a>, Unbuilt<'a>> {
        Ok(Part::ToolCall(ToolCall {
            id: self.id.ok_or(Unbuilt::Lacks("id"))?,
            name: self.name.ok_or(Unbuilt::Lacks("name"))?,
            namespace: None,
            kind: CallKind::Function,
            arguments: Arguments::Json(self.input.unwrap_or("{}")),
            cache: self.cache,
        }))
    }

    fn result(self) -> Result<Part<'a>, Unbuilt<'a>> {
        let lacks = if self.kind == "tool_result" { "tool_use_id" } else { "call_id" };
        Ok(Part::ToolResult(ToolResult {
            call_id: self.call_id.ok_or(Unbuilt::Lacks(lacks))?,
            kind: CallKind::Function,
            parts: self.content,
            is_error: self.is_error,
            cache: self.cache,
        }))
    }
}

/// Why fields make no part.
enum Unbuilt<'a> {
    /// A member that its type must have.
    Lacks(&'static str),
    /// Its type, which nobody knows, and what can be read of it.
    Unknown(&'a str, Option<Text<'a>>),
}

fn opaque<'a>(kind: OpaqueKind, reader: &mut Reader<'a>) -> Result<Option<Opaque<'a>>, Refused> {
    let data = typed::text(reader)?.filter(|data| !data.is_empty());
    Ok(data.map(|data| Opaque { kind, data }))
}

fn cached<'a>(part: Part<'a>, cache: Option<&'a str>) -> Part<'a> {
    match part {
        Part::Image(media) => Part::Image(Media { cache, ..media }),
        Part::Document(media) => Part::Document(Media { cache, ..media }),
        other => other,
    }
}
