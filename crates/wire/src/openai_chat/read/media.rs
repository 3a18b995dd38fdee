//! Pictures, documents and sounds: addresses and `data:` URLs.

use std::borrow::Cow;

use crate::conversation::{Losses, Media, Part, Refused, Source};
use crate::embedded;
use crate::json::{Kind, Reader, Text};

use super::{members, typed, word};

/// The bytes a `data:` URL or an address stands for.
pub(super) fn located(url: Text<'_>) -> Source<'_> {
    let Text::Json(address) = url else { return Source::Url(url) };
    match data_url(address) {
        Some((declared, data)) => Source::Base64 { media_type: media_type(declared, data), data: Text::Json(data) },
        None => Source::Url(url),
    }
}

/// Media type and base64 of a `data:` URL; both still as they stand in the JSON string.
fn data_url(address: &str) -> Option<(&str, &str)> {
    let scheme = address.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:"))?;
    let (head, data) = address.get(scheme.len()..)?.split_once(',')?;
    let (declared, coding) = head.split_once(';').unwrap_or((head, ""));
    coding.ends_with("base64").then_some((declared, data))
}

/// What the bytes are by their first ones, else what was declared: clients label screenshots carelessly, and strict
/// providers compare.
fn media_type<'a>(declared: &'a str, data: &str) -> Text<'a> {
    let declared = if declared.contains("\\/") { Cow::Owned(declared.replace("\\/", "/")) } else { declared.into() };
    match sniff(data) {
        Some(found) if found != declared => Text::plain(found),
        _ if declared.is_empty() => Text::plain("application/octet-stream"),
        _ => Text::Plain(declared),
    }
}

/// The type whose magic bytes `data` begins with.
fn sniff(data: &str) -> Option<&'static str> {
    const MAGIC: [(&str, &str); 6] = [
        ("iVBORw0KGgo", "image/png"),
        ("/9j/", "image/jpeg"),
        ("\\/9j\\/", "image/jpeg"),
        ("R0lGODlh", "image/gif"),
        ("R0lGODdh", "image/gif"),
        ("JVBERi0", "application/pdf"),
    ];
    let webp = data.starts_with("UklGR") && data.get(10..16).is_some_and(|rest| rest == "XRUJQV" || rest == "BXRUJQ");
    if webp {
        return Some("image/webp");
    }
    MAGIC.iter().find(|(start, _)| data.starts_with(start)).map(|(_, kind)| *kind)
}

/// `image_url`: an address, or an object with one.
pub(super) fn image<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Media<'a>>, Refused> {
    if reader.kind()? == Kind::String {
        return Ok(Some(Media::new(located(reader.text()?))));
    }
    let (mut url, mut detail) = (None, None);
    members(reader, |name, reader| {
        match name {
            "url" => url = typed::text(reader)?,
            "detail" => detail = typed::text(reader)?,
            _ => typed::left_out(reader, losses, || format!("messages[].content[].image_url.{name}"))?,
        }
        Ok(())
    })?;
    Ok(url.map(|url| Media { detail, ..Media::new(located(url)) }))
}

/// `input_audio`: base64 and a short format name.
pub(super) fn audio<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Media<'a>>, Refused> {
    let (mut data, mut format) = (None, Text::plain("wav"));
    members(reader, |name, reader| {
        match name {
            "data" => data = typed::text(reader)?,
            "format" => format = reader.text()?,
            _ => typed::left_out(reader, losses, || format!("messages[].content[].input_audio.{name}"))?,
        }
        Ok(())
    })?;
    Ok(data.map(|data| Media::new(Source::Base64 { media_type: format, data })))
}

/// A file in the making: its fields come in any order.
#[derive(Default)]
pub(super) struct File<'a> {
    pub(super) data: Option<Text<'a>>,
    pub(super) id: Option<Text<'a>>,
    pub(super) url: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
}

impl<'a> File<'a> {
    /// Takes the field if it is one of a file.
    pub(super) fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<bool, Refused> {
        let slot = match name {
            "file_data" => &mut self.data,
            "file_id" => &mut self.id,
            "file_url" => &mut self.url,
            "filename" => &mut self.name,
            _ => return Ok(false),
        };
        *slot = typed::text(reader)?;
        Ok(true)
    }

    /// A picture where its bytes say so, else a document.
    pub(super) fn into_part(self) -> Option<Part<'a>> {
        let source = match self {
            Self { data: Some(data), ref name, .. } => file_data(data, name.as_ref()),
            Self { url: Some(url), .. } => located(url),
            Self { id: Some(id), .. } => Source::File(id),
            _ => return None,
        };
        let picture =
            matches!(&source, Source::Base64 { media_type, .. } if media_type.decoded().starts_with("image/"));
        let media = Media { name: self.name, ..Media::new(source) };
        Some(if picture { Part::Image(media) } else { Part::Document(media) })
    }
}

/// `file`: the object.
pub(super) fn file<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Part<'a>>, Refused> {
    let mut file = File::default();
    members(reader, |name, reader| {
        if !file.take(name, reader)? {
            typed::left_out(reader, losses, || format!("messages[].content[].file.{name}"))?;
        }
        Ok(())
    })?;
    Ok(file.into_part())
}

/// A `data:` URL, or bare base64 whose type its first bytes or its file's name tell. Text becomes text.
fn file_data<'a>(data: Text<'a>, name: Option<&Text<'a>>) -> Source<'a> {
    let source = match located(data) {
        Source::Url(bare) => {
            let found = sniff(&bare.decoded());
            let media_type = found.unwrap_or_else(|| by_name(name));
            Source::Base64 { media_type: Text::plain(media_type), data: bare }
        }
        located => located,
    };
    match source {
        Source::Base64 { ref media_type, ref data } if media_type.decoded().starts_with("text/") => {
            match embedded::bytes(&data.decoded()).and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(text) => Source::Text(text.into()),
                None => source,
            }
        }
        source => source,
    }
}

fn by_name(name: Option<&Text<'_>>) -> &'static str {
    const TEXTS: [&str; 6] = [".txt", ".md", ".csv", ".json", ".xml", ".html"];
    let name = name.map(|name| name.decoded().to_ascii_lowercase()).unwrap_or_default();
    if TEXTS.iter().any(|end| name.ends_with(end)) { "text/plain" } else { "application/pdf" }
}

/// Anthropic's `source` of an image or document, which some clients send over Chat.
pub(super) fn source<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Option<Source<'a>>, Refused> {
    let (mut kind, mut media_type, mut data, mut url) = ("", Text::EMPTY, None, None);
    members(reader, |name, reader| {
        match name {
            "type" => kind = word(reader)?,
            "media_type" => media_type = reader.text()?,
            "data" => data = typed::text(reader)?,
            "url" => url = typed::text(reader)?,
            _ => typed::left_out(reader, losses, || format!("messages[].content[].source.{name}"))?,
        }
        Ok(())
    })?;
    Ok(match (kind, data, url) {
        ("text", Some(data), _) => Some(Source::Text(data)),
        (_, Some(data), _) => Some(Source::Base64 { media_type, data }),
        (_, _, Some(url)) => Some(located(url)),
        _ => None,
    })
}
