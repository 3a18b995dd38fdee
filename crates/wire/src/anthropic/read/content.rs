//! Content: a text, or a list of blocks.

use super::{extra, members, readable, typed, word};
use crate::conversation::{
    Arguments, CallKind, Extra, Impossible, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Refused, Source,
    ToolCall, ToolResult,
};
use crate::json::{Fault, Kind, Reader, Shape, Text};

/// Where content stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In `system`.
    System,
    /// In a message.
    Messages,
}

/// Reads content.
pub(super) struct Blocks<'a, 'l> {
    body: &'a str,
    losses: &'l mut Losses,
    place: Place,
}

/// The members of a block of any type: the type may stand last.
#[derive(Default)]
struct Block<'a> {
    kind: Option<&'a str>,
    text: Option<Text<'a>>,
    thinking: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    data: Option<Text<'a>>,
    id: Option<Text<'a>>,
    tool_use_id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    title: Option<Text<'a>>,
    context: Option<Text<'a>>,
    input: Option<&'a str>,
    origin: Origin<'a>,
    content: Vec<Part<'a>>,
    citations: Option<&'a str>,
    cache: Option<&'a str>,
    is_error: Option<bool>,
    others: Vec<Extra<'a>>,
}

/// `source`: of a search result a text, else an object.
#[derive(Default)]
enum Origin<'a> {
    #[default]
    Missing,
    Named(Text<'a>),
    Bytes(Source<'a>),
}

impl Place {
    const fn list(self) -> &'static str {
        match self {
            Self::System => "system[]",
            Self::Messages => "messages[].content[]",
        }
    }
}

impl<'a, 'l> Blocks<'a, 'l> {
    /// For the content at `place`.
    pub(super) const fn new(body: &'a str, losses: &'l mut Losses, place: Place) -> Self {
        Self { body, losses, place }
    }

    /// A text is one part; a list is one part per block.
    pub(super) fn parts(&mut self, reader: &mut Reader<'a>) -> Result<Vec<Part<'a>>, Refused> {
        let mut parts = Vec::new();
        match reader.kind()? {
            Kind::String => parts.push(Part::text(reader.text()?)),
            Kind::Array => reader.array(|reader| -> Result<(), Refused> {
                parts.extend(self.item(reader)?);
                Ok(())
            })?,
            Kind::Null => {
                reader.raw()?;
            }
            // A single block without its list.
            Kind::Object => parts.extend(self.item(reader)?),
            Kind::Bool | Kind::Number => return Err(Fault::shape(reader.offset(), Shape::Content).into()),
        }
        Ok(parts)
    }

    fn item(&mut self, reader: &mut Reader<'a>) -> Result<Option<Part<'a>>, Refused> {
        match reader.kind()? {
            Kind::Object => {
                let start = reader.offset();
                let mut block = Block::default();
                typed::object(reader, |name, reader| self.member(&mut block, name, reader))?;
                let value = self.body.get(start..reader.offset()).unwrap_or_default();
                // Broken streams leave such calls behind in a conversation.
                if block.kind == Some("tool_use") && block.name.as_ref().is_some_and(Text::is_empty) {
                    self.lost("tool_use");
                    return Ok(None);
                }
                self.part(block, value, start).map(Some)
            }
            Kind::String => Ok(Some(Part::text(reader.text()?))),
            _ => Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
        }
    }

    fn member(&mut self, block: &mut Block<'a>, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "type" => block.kind = word(reader)?,
            "text" => block.text = typed::text(reader)?,
            "thinking" => block.thinking = typed::text(reader)?,
            "signature" => block.signature = typed::text(reader)?,
            "data" => block.data = typed::text(reader)?,
            "id" => block.id = typed::text(reader)?,
            "tool_use_id" => block.tool_use_id = typed::text(reader)?,
            "name" => block.name = typed::text(reader)?,
            "title" => block.title = typed::text(reader)?,
            "context" => block.context = typed::text(reader)?,
            "input" => block.input = typed::raw_object(reader)?,
            "source" => block.origin = self.origin(reader)?,
            "content" => block.content = self.parts(reader)?,
            "citations" => block.citations = Some(reader.raw()?).filter(|value| *value != "null"),
            "cache_control" => block.cache = Some(reader.raw()?).filter(|value| *value != "null"),
            "is_error" => block.is_error = typed::flag(reader)?,
            _ => block.others.extend(extra(name, reader)?),
        }
        Ok(())
    }

    fn part(&mut self, block: Block<'a>, value: &'a str, start: usize) -> Result<Part<'a>, Refused> {
        let kind = typed::needed(block.kind, start, "type")?;
        if !matches!(
            kind,
            "text"
                | "image"
                | "document"
                | "search_result"
                | "thinking"
                | "redacted_thinking"
                | "tool_use"
                | "tool_result"
        ) {
            return other(kind, value, start);
        }
        self.note_others(&block);
        Ok(match kind {
            "text" => {
                let citations = block.citations.filter(|citations| *citations != "[]");
                Part::Text { text: typed::needed(block.text, start, "text")?, cache: block.cache, citations }
            }
            "image" => Part::Image(media(block, start, self.losses)?),
            "document" => Part::Document(media(block, start, self.losses)?),
            "search_result" => search_result(block),
            "thinking" => thinking(block),
            "redacted_thinking" => redacted(block),
            "tool_use" => Part::ToolCall(ToolCall {
                id: typed::needed(block.id, start, "id")?,
                name: typed::needed(block.name, start, "name")?,
                namespace: None,
                kind: CallKind::Function,
                arguments: Arguments::Json(block.input.unwrap_or("{}")),
                cache: block.cache,
            }),
            _ => Part::ToolResult(ToolResult {
                call_id: typed::needed(block.tool_use_id, start, "tool_use_id")?,
                kind: CallKind::Function,
                parts: block.content,
                is_error: block.is_error,
                cache: block.cache,
            }),
        })
    }

    fn origin(&mut self, reader: &mut Reader<'a>) -> Result<Origin<'a>, Refused> {
        if reader.kind()? != Kind::Object {
            return Ok(match reader.kind()? {
                Kind::String | Kind::Null => typed::text(reader)?.map_or(Origin::Missing, Origin::Named),
                _ => return Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
            });
        }
        let mut kind = None;
        let mut content = Vec::new();
        let [mut media_type, mut data, mut url, mut file] = [None, None, None, None];
        typed::object(reader, |name, reader| -> Result<(), Refused> {
            match name {
                "type" => kind = word(reader)?,
                "media_type" => media_type = typed::text(reader)?,
                "data" => data = typed::text(reader)?,
                "url" => url = typed::text(reader)?,
                "file_id" => file = typed::text(reader)?,
                "content" => content = self.parts(reader)?,
                _ => typed::left_out(reader, self.losses, || format!("{}.source.{name}", self.place.list()))?,
            }
            Ok(())
        })?;
        let source = match kind {
            Some("base64") => media_type.zip(data).map(|(media_type, data)| Source::Base64 { media_type, data }),
            Some("url") => url.map(Source::Url),
            Some("file") => file.map(Source::File),
            Some("text") => data.map(Source::Text),
            Some("content") => Some(Source::Parts(content)),
            _ => None,
        };
        Ok(source.map_or(Origin::Missing, Origin::Bytes))
    }

    fn note_others(&mut self, block: &Block<'a>) {
        for other in &block.others {
            // The model itself called it: that is what every other protocol means as well.
            let usual = other.name == "caller" && other.value.contains("\"direct\"");
            if !usual {
                self.lost(other.name);
            }
        }
    }

    fn lost(&mut self, member: &str) {
        self.losses.dropped(format!("{}.{member}", self.place.list()));
    }
}

/// A block of Anthropic's own tools, or one that nobody knows yet.
fn other<'a>(kind: &'a str, value: &'a str, start: usize) -> Result<Part<'a>, Refused> {
    if kind == "container_upload" {
        return Err(Refused::at(start, Impossible::File));
    }
    Ok(Part::Other { kind, value, readable: readable::of(kind, value) })
}

fn media<'a>(block: Block<'a>, start: usize, losses: &mut Losses) -> Result<Media<'a>, Refused> {
    let source = match block.origin {
        Origin::Bytes(source) => Some(source),
        Origin::Named(_) | Origin::Missing => None,
    };
    let source = typed::needed(source, start, "source")?;
    let cited = match block.citations {
        Some(citations) => cites(citations, losses)?,
        None => false,
    };
    let cache = block.cache;
    Ok(Media { name: block.title, context: block.context, cache, cited, ..Media::new(source) })
}

/// `citations` of a document.
fn cites(citations: &str, losses: &mut Losses) -> Result<bool, Fault> {
    let mut enabled = false;
    let mut reader = Reader::new(citations);
    if reader.kind()? != Kind::Object {
        return Ok(false);
    }
    members(&mut reader, |name, reader| {
        match name {
            "enabled" => enabled = reader.flag()? == Some(true),
            _ => typed::left_out(reader, losses, || format!("messages[].content[].citations.{name}"))?,
        }
        Ok::<(), Fault>(())
    })?;
    Ok(enabled)
}

fn search_result(block: Block<'_>) -> Part<'_> {
    let texts = block.content.into_iter().filter_map(|part| match part {
        Part::Text { text, .. } => Some(text),
        _ => None,
    });
    Part::SearchResult {
        title: block.title.unwrap_or_default(),
        source: if let Origin::Named(source) = block.origin { source } else { Text::EMPTY },
        text: texts.collect(),
        cache: block.cache,
    }
}

/// Without a signature it is reasoning of a provider that makes none; only what can be read of it counts.
fn thinking(block: Block<'_>) -> Part<'_> {
    let signature = block.signature.filter(|signature| !signature.is_empty());
    Part::Reasoning(Reasoning {
        text: block.thinking.filter(|text| !text.is_empty()).into_iter().collect(),
        opaque: signature.map(|data| Opaque { kind: OpaqueKind::AnthropicSignature, data }),
        id: None,
        redacted: false,
    })
}

fn redacted(block: Block<'_>) -> Part<'_> {
    let data = block.data.filter(|data| !data.is_empty());
    Part::Reasoning(Reasoning {
        text: Vec::new(),
        opaque: data.map(|data| Opaque { kind: OpaqueKind::AnthropicRedacted, data }),
        id: None,
        redacted: true,
    })
}
