//! Searches of Anthropic's provider, whose question and results are two blocks: here they are one item.

use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::web_search::{Found, write_made};

/// The search whose results have not come.
#[derive(Debug, Default)]
pub(super) struct Searches {
    open: Option<Search>,
}

#[derive(Debug)]
struct Search {
    id: String,
    query: String,
}

impl Searches {
    /// Takes a `server_tool_use`; one that is no search of the web has no form here.
    pub(super) fn begin(&mut self, id: &str, block: &str) {
        self.open = query(block).map(|query| Search { id: id.to_owned(), query: query.decoded().into_owned() });
    }

    /// Takes a `web_search_tool_result`: the whole search, if one was open.
    pub(super) fn found(&mut self, block: &str) -> Option<String> {
        self.open.take().map(|search| search.item(&pages(block)))
    }

    /// The search whose results will not come.
    pub(super) fn end(&mut self) -> Option<String> {
        self.open.take().map(|search| search.item(&[]))
    }
}

impl Search {
    fn item(&self, found: &[Found<'_>]) -> String {
        let mut writer = Writer::default();
        write_made(&self.id, &[Text::plain(&self.query)], found, &mut writer);
        super::item::string(writer)
    }
}

/// A search of another provider without what this protocol has no member for: the titles of pages.
pub(super) fn untitled(item: &str) -> String {
    let mut writer = Writer::default();
    writer.object(|writer| {
        each(item, |name, value| match name {
            "action" => writer.key(name).object(|writer| {
                each(value, |name, value| match name {
                    "sources" => writer.key(name).array(|writer| write_untitled(value, writer)),
                    _ => writer.key(name).raw(value),
                });
            }),
            _ => writer.key(name).raw(value),
        });
    });
    super::item::string(writer)
}

fn write_untitled(sources: &str, writer: &mut Writer) {
    // It was written by a decoder of ours: it reads.
    let _ = Reader::new(sources).array::<Fault>(|reader| {
        let source = reader.raw()?;
        writer.object(|writer| {
            each(source, |name, value| {
                if name != "title" {
                    writer.key(name).raw(value);
                }
            });
        });
        Ok(())
    });
}

fn each(object: &str, mut member: impl FnMut(&str, &str)) {
    // See above.
    let _ = Reader::new(object).object::<Fault>(|name, reader| {
        member(name, reader.raw()?);
        Ok(())
    });
}

/// What was searched for.
fn query(block: &str) -> Option<Text<'_>> {
    let (mut name, mut query) = (None, None);
    Reader::new(block)
        .object::<Fault>(|member, reader| {
            match member {
                "name" => name = reader.text_or_skip()?,
                "input" if reader.kind()? == Kind::Object => reader.object::<Fault>(|member, reader| {
                    if member == "query" {
                        query = reader.text_or_skip()?;
                        return Ok(());
                    }
                    reader.raw().map(drop)
                })?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
        .ok()?;
    name.filter(|name| *name == *"web_search").and(query)
}

/// The pages of a result; none of one that is an error.
fn pages(block: &str) -> Vec<Found<'_>> {
    let mut pages = Vec::new();
    // It was read before; a result of another shape has no pages.
    let _ = Reader::new(block).object::<Fault>(|member, reader| {
        if member != "content" || reader.kind()? != Kind::Array {
            return reader.raw().map(drop);
        }
        reader.array(|reader| {
            if reader.kind()? != Kind::Object {
                return reader.raw().map(drop);
            }
            let mut page = Found::default();
            reader.object::<Fault>(|member, reader| {
                match member {
                    "url" => page.url = reader.text_or_skip()?.unwrap_or_default(),
                    _ => drop(reader.raw()?),
                }
                Ok(())
            })?;
            pages.extend(Some(page).filter(|page| !page.url.is_empty()));
            Ok(())
        })
    });
    pages
}
