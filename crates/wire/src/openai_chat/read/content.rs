//! Contents of messages: a string, or parts. Parts of the other protocols are read too, as agents mix them.

use crate::conversation::{
    Arguments, CallKind, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Refused, Source, ToolCall, ToolResult,
};
use crate::json::{Kind, Reader, Text};

use super::{media, members, word};

/// A message's content. Empty texts are left out.
pub(super) fn parts<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Vec<Part<'a>>, Refused> {
    let mut parts = Vec::new();
    match reader.kind()? {
        Kind::Array => reader.array(|reader| -> Result<(), Refused> {
            parts.extend(item(reader, losses)?);
            Ok(())
        })?,
        _ => parts.extend(item(reader, losses)?),
    }
    Ok(parts)
}

fn item<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Part<'a>>, Refused> {
    match reader.kind()? {
        Kind::String => Ok(Some(reader.text()?).filter(|text| !text.is_empty()).map(Part::text)),
        Kind::Object => part(reader, losses),
        _ => {
            reader.raw()?;
            Ok(None)
        }
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
    let mut start = reader.clone();
    let mut fields = Fields::default();
    members(reader, |name, reader| fields.take(name, reader, losses))?;
    match fields.build() {
        Ok(part) => Ok(part),
        // Rare, so it is only now that the part is walked again.
        Err((kind, readable)) => Ok(Some(Part::Other { kind, value: start.raw()?, readable })),
    }
}

impl<'a> Fields<'a> {
    fn take(&mut self, name: &str, reader: &mut Reader<'a>, losses: &mut Losses) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?,
            "text" => self.text = reader.text_or_skip()?,
            "refusal" => self.refusal = reader.text_or_skip()?,
            "image_url" => self.image = media::image(reader)?,
            "detail" => self.detail = reader.text_or_skip()?,
            "input_audio" => self.audio = media::audio(reader)?,
            "file" => self.file = media::file(reader)?,
            "source" => self.source = media::source(reader)?,
            "thinking" => self.thinking = reader.text_or_skip()?,
            "signature" => self.opaque = opaque(OpaqueKind::AnthropicSignature, reader)?,
            "data" => self.opaque = opaque(OpaqueKind::AnthropicRedacted, reader)?,
            "id" => self.id = reader.text_or_skip()?,
            "name" => self.name = reader.text_or_skip()?,
            "input" => self.input = Some(reader.raw()?),
            "tool_use_id" | "call_id" => self.call_id = reader.text_or_skip()?,
            "content" | "output" => self.content = parts(reader, losses)?,
            "is_error" => self.is_error = reader.flag()?,
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

    /// The part, nothing for an empty one, or the type of one nobody knows and what can be read of it.
    fn build(self) -> Result<Option<Part<'a>>, (&'a str, Option<Text<'a>>)> {
        let cache = self.cache;
        Ok(match self.kind {
            "text" | "input_text" | "output_text" | "" if self.text.is_some() => {
                let text = self.text.filter(|text| !text.is_empty());
                text.map(|text| Part::Text { text, cache, citations: None })
            }
            "text" | "input_text" | "output_text" => None,
            "refusal" => self.refusal.map(Part::Refusal),
            "thinking" | "redacted_thinking" => self.reasoning(),
            "tool_use" => self.call(),
            "tool_result" | "function_call_output" => self.result(),
            _ => return self.media(cache),
        })
    }

    fn media(self, cache: Option<&'a str>) -> Result<Option<Part<'a>>, (&'a str, Option<Text<'a>>)> {
        let part = match self.kind {
            "image_url" | "input_image" => {
                let flat = self.flat_file.id.map(|id| Media::new(Source::File(id)));
                let detail = self.detail;
                let media = self.image.or(flat);
                media.map(|media| Part::Image(Media { detail: media.detail.clone().or(detail), cache, ..media }))
            }
            "image" => self.source.map(|source| Part::Image(Media { cache, ..Media::new(source) })),
            "document" => {
                let media = |source| Part::Document(Media { cache, name: self.name, ..Media::new(source) });
                self.source.map(media)
            }
            "input_audio" => self.audio.map(Part::Audio),
            "file" | "input_file" => self.file.or_else(|| self.flat_file.into_part()).map(|part| cached(part, cache)),
            _ => None,
        };
        part.map(Some).ok_or((self.kind, self.text))
    }

    fn reasoning(self) -> Option<Part<'a>> {
        let redacted = self.kind == "redacted_thinking";
        let text: Vec<_> = self.thinking.filter(|text| !text.is_empty()).into_iter().collect();
        let empty = text.is_empty() && self.opaque.is_none();
        let reasoning = Reasoning { text, opaque: self.opaque, id: None, redacted };
        (!empty).then_some(Part::Reasoning(reasoning))
    }

    fn call(self) -> Option<Part<'a>> {
        Some(Part::ToolCall(ToolCall {
            id: self.id.unwrap_or_default(),
            name: self.name?,
            namespace: None,
            kind: CallKind::Function,
            arguments: Arguments::Json(self.input.unwrap_or("{}")),
            cache: self.cache,
        }))
    }

    fn result(self) -> Option<Part<'a>> {
        Some(Part::ToolResult(ToolResult {
            call_id: self.call_id?,
            kind: CallKind::Function,
            parts: self.content,
            is_error: self.is_error,
            cache: self.cache,
        }))
    }
}

fn opaque<'a>(kind: OpaqueKind, reader: &mut Reader<'a>) -> Result<Option<Opaque<'a>>, Refused> {
    let data = reader.text_or_skip()?.filter(|data| !data.is_empty());
    Ok(data.map(|data| Opaque { kind, data }))
}

fn cached<'a>(part: Part<'a>, cache: Option<&'a str>) -> Part<'a> {
    match part {
        Part::Image(media) => Part::Image(Media { cache, ..media }),
        Part::Document(media) => Part::Document(Media { cache, ..media }),
        other => other,
    }
}
