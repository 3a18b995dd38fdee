//! Content: a text, or a list of blocks.

use super::{extra, members, readable, word};
use crate::conversation::{
    Arguments, CallKind, Extra, Losses, Media, Opaque, OpaqueKind, Part, Reasoning, Refused, Source, ToolCall,
    ToolResult,
};
use crate::json::{Fault, Kind, Reader, Text};

/// Where content stands.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In `system`.
    System,
    /// In the message of this number.
    Message(usize),
}

/// Reads content.
pub(super) struct Blocks<'a, 'l> {
    body: &'a str,
    losses: &'l mut Losses,
    place: Place,
    /// Number of the block, outermost.
    index: usize,
    depth: usize,
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

impl<'a, 'l> Blocks<'a, 'l> {
    /// For the content at `place`.
    pub(super) const fn new(body: &'a str, losses: &'l mut Losses, place: Place) -> Self {
        Self { body, losses, place, index: 0, depth: 0 }
    }

    /// A text is one part; a list is one part per block.
    pub(super) fn parts(&mut self, reader: &mut Reader<'a>) -> Result<Vec<Part<'a>>, Refused> {
        let mut parts = Vec::new();
        match reader.kind()? {
            Kind::String => parts.push(Part::text(reader.text()?)),
            Kind::Array => {
                self.depth += 1;
                reader.array(|reader| -> Result<(), Refused> {
                    parts.extend(self.item(reader)?);
                    if self.depth == 1 {
                        self.index += 1;
                    }
                    Ok(())
                })?;
                self.depth -= 1;
            }
            Kind::Null => {
                reader.raw()?;
            }
            // A single block without its list.
            Kind::Object => parts.extend(self.item(reader)?),
            Kind::Bool | Kind::Number => return Err(self.refused("", "content must be a text or a list of blocks")),
        }
        Ok(parts)
    }

    fn item(&mut self, reader: &mut Reader<'a>) -> Result<Option<Part<'a>>, Refused> {
        match reader.kind()? {
            Kind::Object => {
                let start = reader.offset();
                let mut block = Block::default();
                reader.object(|name, reader| self.member(&mut block, name, reader))?;
                let value = self.body.get(start..reader.offset()).unwrap_or_default();
                self.part(block, value).map(Some)
            }
            Kind::String => Ok(Some(Part::text(reader.text()?))),
            _ => {
                reader.raw()?;
                self.lost("");
                Ok(None)
            }
        }
    }

    fn member(&mut self, block: &mut Block<'a>, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "type" => block.kind = word(reader)?,
            "text" => block.text = reader.text_or_skip()?,
            "thinking" => block.thinking = reader.text_or_skip()?,
            "signature" => block.signature = reader.text_or_skip()?,
            "data" => block.data = reader.text_or_skip()?,
            "id" => block.id = reader.text_or_skip()?,
            "tool_use_id" => block.tool_use_id = reader.text_or_skip()?,
            "name" => block.name = reader.text_or_skip()?,
            "title" => block.title = reader.text_or_skip()?,
            "context" => block.context = reader.text_or_skip()?,
            "input" => block.input = Some(reader.raw()?),
            "source" => block.origin = self.origin(reader)?,
            "content" => block.content = self.parts(reader)?,
            "citations" => block.citations = Some(reader.raw()?).filter(|value| *value != "null"),
            "cache_control" => block.cache = Some(reader.raw()?).filter(|value| *value != "null"),
            "is_error" => block.is_error = reader.flag()?,
            _ => block.others.extend(extra(name, reader)?),
        }
        Ok(())
    }

    fn part(&mut self, block: Block<'a>, value: &'a str) -> Result<Part<'a>, Refused> {
        let Some(kind) = block.kind else {
            return Err(self.refused(".type", "a block must say its type"));
        };
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
            return self.other(kind, value);
        }
        self.note_others(&block);
        Ok(match kind {
            "text" => {
                let citations = block.citations.filter(|citations| *citations != "[]");
                Part::Text { text: block.text.unwrap_or_default(), cache: block.cache, citations }
            }
            "image" => Part::Image(self.media(block)?),
            "document" => Part::Document(self.media(block)?),
            "search_result" => search_result(block),
            "thinking" => thinking(block),
            "redacted_thinking" => redacted(block),
            "tool_use" => Part::ToolCall(ToolCall {
                id: block.id.unwrap_or_default(),
                name: block.name.unwrap_or_default(),
                namespace: None,
                kind: CallKind::Function,
                arguments: Arguments::Json(block.input.unwrap_or("{}")),
                cache: block.cache,
            }),
            _ => Part::ToolResult(ToolResult {
                call_id: block.tool_use_id.unwrap_or_default(),
                kind: CallKind::Function,
                parts: block.content,
                is_error: block.is_error,
                cache: block.cache,
            }),
        })
    }

    /// A block of Anthropic's own tools, or one that nobody knows yet.
    fn other(&self, kind: &'a str, value: &'a str) -> Result<Part<'a>, Refused> {
        if kind == "container_upload" {
            let why = "files in Anthropic's containers exist there only; send what the file says instead";
            return Err(self.refused("", why));
        }
        Ok(Part::Other { kind, value, readable: readable::of(kind, value) })
    }

    fn media(&self, block: Block<'a>) -> Result<Media<'a>, Refused> {
        let Origin::Bytes(source) = block.origin else {
            return Err(self.refused(".source", "an image or document must have a source of a known type"));
        };
        let cited = block.citations.is_some_and(cites);
        let cache = block.cache;
        Ok(Media { name: block.title, context: block.context, cache, cited, ..Media::new(source) })
    }

    fn origin(&mut self, reader: &mut Reader<'a>) -> Result<Origin<'a>, Refused> {
        if reader.kind()? != Kind::Object {
            return Ok(reader.text_or_skip()?.map_or(Origin::Missing, Origin::Named));
        }
        let mut kind = None;
        let mut content = Vec::new();
        let [mut media_type, mut data, mut url, mut file] = [None, None, None, None];
        reader.object(|name, reader| -> Result<(), Refused> {
            match name {
                "type" => kind = word(reader)?,
                "media_type" => media_type = reader.text_or_skip()?,
                "data" => data = reader.text_or_skip()?,
                "url" => url = reader.text_or_skip()?,
                "file_id" => file = reader.text_or_skip()?,
                "content" => content = self.parts(reader)?,
                _ => {
                    reader.raw()?;
                }
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
        let dot = if member.is_empty() { "" } else { "." };
        let list = if matches!(self.place, Place::System) { "system[]" } else { "messages[].content[]" };
        self.losses.dropped(format!("{list}{dot}{member}"));
    }

    fn refused(&self, member: &str, why: &'static str) -> Refused {
        let index = self.index;
        let place = match self.place {
            Place::System => format!("system[{index}]{member}"),
            Place::Message(message) => format!("messages[{message}].content[{index}]{member}"),
        };
        Refused::new(place, why)
    }
}

/// `citations` of a document.
fn cites(citations: &str) -> bool {
    let mut enabled = false;
    let read = members(&mut Reader::new(citations), |name, reader| {
        let flag = reader.flag()?;
        if name == "enabled" {
            enabled = flag == Some(true);
        }
        Ok::<(), Fault>(())
    });
    read.is_ok() && enabled
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
