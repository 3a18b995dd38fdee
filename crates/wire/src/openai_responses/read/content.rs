//! Content: a string, or a list of parts.

use super::{Source as From, members, skip, typed, values, word};
use crate::conversation::{Media, Part, Refused, Source};
use crate::json::{Fault, Flaw, Kind, Reader, Shape, Text};

/// The neutral form of a cache breakpoint, by how long it lives.
const BREAKPOINT: &str = r#"{"type":"ephemeral"}"#;
const LONG_BREAKPOINT: &str = r#"{"type":"ephemeral","ttl":"1h"}"#;

/// Longest `data:` prefix; what is longer is no media type.
const DATA_PREFIX_MAX: usize = 256;

/// Content of a message, an output or a summary. Empty texts are left out: they say nothing, and some providers refuse
/// them.
pub(super) fn parts<'a>(reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<Vec<Part<'a>>, Refused> {
    let mut parts = Vec::new();
    match reader.kind()? {
        Kind::String => {
            let text = reader.text()?;
            if !text.is_empty() {
                parts.push(Part::text(text));
            }
        }
        Kind::Array => values(reader, |reader| {
            match reader.kind()? {
                Kind::String => parts.push(Part::text(reader.text()?)),
                Kind::Object => parts.extend(part(reader, from)?),
                _ => return Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
            }
            Ok(())
        })?,
        Kind::Object => parts.extend(part(reader, from)?),
        Kind::Null => drop(reader.raw()?),
        Kind::Bool | Kind::Number => return Err(Fault::shape(reader.offset(), Shape::Content).into()),
    }
    Ok(parts)
}

fn part<'a>(reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<Option<Part<'a>>, Refused> {
    let start = typed::start(reader)?;
    let (loose, value) = from.raw_of(reader, |from, reader| {
        let mut loose = Loose::default();
        members(reader, |name, reader| loose.member(name, reader, from))?;
        Ok(loose)
    })?;
    loose.build(value, from).map_err(|lacks| Fault { offset: start, what: Flaw::Missing(lacks) }.into())
}

/// The members of any part.
#[derive(Default)]
struct Loose<'a> {
    kind: &'a str,
    text: Option<Text<'a>>,
    refusal: Option<Text<'a>>,
    annotated: bool,
    cache: Option<&'a str>,
    url: Option<Text<'a>>,
    detail: Option<Text<'a>>,
    file_id: Option<Text<'a>>,
    file_data: Option<Text<'a>>,
    filename: Option<Text<'a>>,
    audio: Option<(Text<'a>, Text<'a>)>,
    shell: Shell<'a>,
}

/// What a command of `shell` said.
#[derive(Default)]
struct Shell<'a> {
    stdout: Option<Text<'a>>,
    stderr: Option<Text<'a>>,
    outcome: &'a str,
    exit_code: Option<&'a str>,
}

impl<'a> Loose<'a> {
    fn member(&mut self, name: &str, reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?.unwrap_or_default(),
            "text" => self.text = typed::text(reader)?,
            "refusal" => self.refusal = typed::text(reader)?,
            "annotations" => values(reader, |reader| {
                self.annotated = true;
                skip(reader)
            })?,
            "prompt_cache_breakpoint" => self.cache = breakpoint(reader.raw()?),
            "image_url" if reader.kind()? == Kind::Object => self.nested_url(reader, from)?,
            "image_url" | "file_url" | "url" => self.url = typed::text(reader)?.or(self.url.take()),
            "detail" => self.detail = typed::text(reader)?,
            "file_id" => self.file_id = typed::text(reader)?,
            "file_data" => self.file_data = typed::text(reader)?,
            "filename" => self.filename = typed::text(reader)?,
            "input_audio" => self.audio = audio(reader, from)?,
            "stdout" => self.shell.stdout = typed::text(reader)?,
            "stderr" => self.shell.stderr = typed::text(reader)?,
            "outcome" => self.shell.outcome(reader, from)?,
            _ => {
                if !matches!(reader.raw()?, "null" | "[]" | "{}" | "\"\"") {
                    from.losses.dropped(format!("input[].content[].{name}"));
                }
            }
        }
        Ok(())
    }

    /// As Chat nests it.
    fn nested_url(&mut self, reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<(), Refused> {
        members(reader, |name, reader| {
            match name {
                "url" => self.url = typed::text(reader)?,
                "detail" => self.detail = typed::text(reader)?,
                _ => typed::left_out(reader, from.losses, || format!("input[].content[].image_url.{name}"))?,
            }
            Ok(())
        })
    }

    fn build(self, value: &'a str, from: &mut From<'a, '_>) -> Result<Option<Part<'a>>, &'static str> {
        if self.annotated {
            from.losses.dropped("input[].content[].annotations");
        }
        let cache = self.cache;
        Ok(match self.kind {
            "refusal" => self.refusal.or(self.text).filter(|text| !text.is_empty()).map(Part::Refusal),
            "input_image" | "image_url" | "computer_screenshot" => Some(Part::Image(self.image()?)),
            "input_file" | "file" => Some(self.file()?),
            "input_audio" => match self.audio {
                Some((media_type, data)) => Some(Part::Audio(Media::new(Source::Base64 { media_type, data }))),
                None => return Err("input_audio.data"),
            },
            "" if self.shell.stdout.is_some() || self.shell.stderr.is_some() => Some(Part::text(self.shell.said())),
            "" if self.text.is_none() => return Err("type"),
            "" | "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text" => {
                Some(self.text.ok_or("text")?).filter(|text| !text.is_empty()).map(|text| Part::Text {
                    text,
                    cache,
                    citations: None,
                })
            }
            kind => Some(Part::Other { kind, value, readable: self.text.or(self.refusal) }),
        })
    }

    fn image(self) -> Result<Media<'a>, &'static str> {
        let source = match (self.url, self.file_id) {
            (Some(url), _) if !url.is_empty() => source(url),
            (_, Some(id)) => Source::File(id),
            _ => return Err("image_url"),
        };
        Ok(Media { detail: self.detail, cache: self.cache, ..Media::new(source) })
    }

    fn file(self) -> Result<Part<'a>, &'static str> {
        let source = match (self.file_data, self.url, self.file_id) {
            (Some(data), _, _) if !data.is_empty() => match source(data) {
                // No address: bare base64, as older servers take it.
                Source::Url(data) => Source::Base64 { media_type: media_type(self.filename.as_ref()), data },
                source => source,
            },
            (_, Some(url), _) if !url.is_empty() => source(url),
            (_, _, Some(id)) => Source::File(id),
            _ => return Err("file_data"),
        };
        let picture =
            matches!(&source, Source::Base64 { media_type, .. } if media_type.decoded().starts_with("image/"));
        let media = Media { name: self.filename, detail: self.detail, cache: self.cache, ..Media::new(source) };
        Ok(if picture { Part::Image(media) } else { Part::Document(media) })
    }
}

impl<'a> Shell<'a> {
    fn outcome(&mut self, reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<(), Refused> {
        members(reader, |name, reader| {
            match name {
                "type" => self.outcome = word(reader)?.unwrap_or_default(),
                "exit_code" => self.exit_code = reader.number()?,
                _ => typed::left_out(reader, from.losses, || format!("input[].output[].outcome.{name}"))?,
            }
            Ok(())
        })
    }

    fn said(self) -> String {
        let mut said = match (self.outcome, self.exit_code) {
            ("timeout", _) => "timed out".to_owned(),
            (_, Some(code)) => format!("exit_code: {code}"),
            _ => String::new(),
        };
        for (name, text) in [("stdout", self.stdout), ("stderr", self.stderr)] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                let gap = if said.is_empty() { "" } else { "\n" };
                said.push_str(&format!("{gap}{name}:\n{}", text.decoded()));
            }
        }
        said
    }
}

fn audio<'a>(reader: &mut Reader<'a>, from: &mut From<'a, '_>) -> Result<Option<(Text<'a>, Text<'a>)>, Refused> {
    let (mut format, mut data) = (None, None);
    members(reader, |name, reader| {
        match name {
            "format" => format = typed::text(reader)?,
            "data" => data = typed::text(reader)?,
            _ => typed::left_out(reader, from.losses, || format!("input[].content[].input_audio.{name}"))?,
        }
        Ok(())
    })?;
    Ok(data.map(|data| (format.unwrap_or(Text::plain("wav")), data)))
}

/// `12h` is the long one.
fn breakpoint(raw: &str) -> Option<&'static str> {
    match raw {
        "null" | "false" => None,
        long if long.contains("\"12h\"") => Some(LONG_BREAKPOINT),
        _ => Some(BREAKPOINT),
    }
}

/// An address, or what a `data:` address holds.
fn source(url: Text<'_>) -> Source<'_> {
    let Text::Json(text) = url else { return Source::Url(url) };
    match data_url(text) {
        Some((media_type, data)) => Source::Base64 { media_type, data: Text::Json(data) },
        None => Source::Url(url),
    }
}

fn data_url(text: &str) -> Option<(Text<'_>, &str)> {
    let scheme = text.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let comma = text.bytes().take(DATA_PREFIX_MAX).position(|byte| byte == b',')?;
    let (prefix, data) = (text.get(5..comma)?, text.get(comma + 1..)?);
    let media_type = prefix.strip_suffix(";base64")?.split(';').next().unwrap_or_default();
    // `image\/png`: some writers escape slashes.
    let plain = Text::Json(media_type);
    Some((if media_type.contains('\\') { plain.into_owned() } else { plain }, data))
}

/// What a file's name says of its type.
fn media_type(name: Option<&Text<'_>>) -> Text<'static> {
    let name = name.map(|name| name.decoded().to_ascii_lowercase()).unwrap_or_default();
    Text::plain(match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("txt" | "md" | "log") => "text/plain",
        Some("csv") => "text/csv",
        Some("html" | "htm") => "text/html",
        _ => "application/pdf",
    })
}
