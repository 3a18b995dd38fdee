//! What of an answer rests on the web. Places are counted in bytes of the text. Source: Gemini API reference,
//! "GroundingMetadata".

use super::chunk::{object, some_text};
use crate::conversation::{Citation, Event, Sink, Supports};
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::ids;
use crate::translate::web_search::{Found, write_made};

/// The text of an answer, kept until its sources come: only it turns bytes into characters.
#[derive(Debug, Default)]
pub(super) struct Grounded {
    text: String,
    /// The part that is said, and the byte at which it began.
    part: Option<(u32, usize)>,
}

/// What was searched for, what was found, and what it supports.
#[derive(Default)]
pub(super) struct Metadata<'a> {
    queries: Vec<Text<'a>>,
    /// An entry that is no web page keeps its place.
    pages: Vec<Found<'a>>,
    supports: Vec<Support<'a>>,
}

#[derive(Default)]
struct Support<'a> {
    start: usize,
    end: usize,
    text: Text<'a>,
    /// Places in the list of pages.
    pages: Vec<u64>,
}

impl Grounded {
    pub(super) fn say(&mut self, part: u32, text: &Text<'_>) {
        if self.part.is_none_or(|(known, _)| known != part) {
            self.part = Some((part, self.text.len()));
        }
        self.text.push_str(&text.decoded());
    }

    /// Gives out the sources of a part that is open.
    pub(super) fn cite(&mut self, part: u32, metadata: &Metadata<'_>, to: &mut impl Sink) {
        let began = self.part.filter(|(known, _)| *known == part).map_or(0, |(_, began)| began);
        let before = self.text.get(..began).map_or(0, |text| text.chars().count() as u64);
        for support in &metadata.supports {
            let supports = self.place(support).within(before);
            for page in support.pages.iter().filter_map(|at| metadata.pages.get(usize::try_from(*at).ok()?)) {
                if page.url.is_empty() {
                    continue;
                }
                let title = Some(page.title.clone()).filter(|title| !title.is_empty());
                let source = Citation { url: page.url.clone(), title, quote: None, supports };
                to.event(Event::Citation { part, source });
            }
        }
    }

    /// Its characters. Where the bytes are not those of the words beside them, the words count.
    fn place(&self, support: &Support<'_>) -> Supports {
        let said = support.text.decoded();
        let bytes = match self.text.get(support.start..support.end) {
            Some(there) if said.is_empty() || *there == *said => (support.start, support.end),
            _ if said.is_empty() => return Supports::Unknown,
            _ => match self.text.find(&*said) {
                Some(at) => (at, at + said.len()),
                None => return Supports::Unknown,
            },
        };
        let characters = |to: usize| self.text.get(..to).map(|text| text.chars().count() as u64);
        Supports::between(characters(bytes.0), characters(bytes.1))
    }
}

impl<'a> Metadata<'a> {
    /// What does not read is not there: the answer itself is whole without it.
    pub(super) fn read(metadata: &'a str) -> Self {
        let mut read = Self::default();
        let _ = Reader::new(metadata).object(|name, reader| read.take(name, reader));
        read
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.supports.is_empty()
    }

    /// The search, if one was made.
    pub(super) fn search(&self, seed: u64) -> Option<String> {
        let found: Vec<Found<'_>> = self.pages.iter().filter(|page| !page.url.is_empty()).cloned().collect();
        if self.queries.is_empty() && found.is_empty() {
            return None;
        }
        let mut writer = Writer::default();
        write_made(&ids::derived("ws_", seed, 0), &self.queries, &found, &mut writer);
        String::from_utf8(writer.into_bytes()).ok()
    }

    fn take(&mut self, name: &str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        if reader.kind()? != Kind::Array {
            return reader.raw().map(drop);
        }
        match name {
            "webSearchQueries" => reader.array(|reader| {
                self.queries.extend(some_text(reader)?);
                Ok(())
            }),
            "groundingChunks" => reader.array(|reader| {
                self.pages.push(page(reader)?);
                Ok(())
            }),
            "groundingSupports" => reader.array(|reader| {
                self.supports.push(Support::read(reader)?);
                Ok(())
            }),
            _ => reader.raw().map(drop),
        }
    }
}

fn page<'a>(reader: &mut Reader<'a>) -> Result<Found<'a>, Fault> {
    let mut page = Found::default();
    object(reader, |name, reader| match name {
        "web" => object(reader, |name, reader| {
            match name {
                "uri" => page.url = some_text(reader)?.unwrap_or_default(),
                "title" => page.title = some_text(reader)?.unwrap_or_default(),
                _ => drop(reader.raw()?),
            }
            Ok(())
        }),
        _ => reader.raw().map(drop),
    })?;
    Ok(page)
}

impl<'a> Support<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut support = Self::default();
        object(reader, |name, reader| match name {
            "segment" => object(reader, |name, reader| {
                match name {
                    // Zero is left out.
                    "startIndex" => support.start = place(reader)?,
                    "endIndex" => support.end = place(reader)?,
                    "text" => support.text = some_text(reader)?.unwrap_or_default(),
                    _ => drop(reader.raw()?),
                }
                Ok(())
            }),
            "groundingChunkIndices" if reader.kind()? == Kind::Array => reader.array(|reader| {
                support.pages.extend(reader.count()?);
                Ok(())
            }),
            _ => reader.raw().map(drop),
        })?;
        Ok(support)
    }
}

fn place(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    Ok(reader.count()?.and_then(|place| usize::try_from(place).ok()).unwrap_or_default())
}
