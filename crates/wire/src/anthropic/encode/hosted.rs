//! What another protocol's provider did by itself, in Anthropic's blocks.

use super::super::walk::members;
use crate::conversation::Citation;
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::ids;

/// A source with an address, as the protocol cites it. It has no places: what is cited is a text of its own, and the
/// texts of others are not cut into such once they are said.
pub(super) fn citation(source: &Citation<'_>) -> String {
    let mut out = Writer::default();
    out.object(|out| {
        out.key("type").string("web_search_result_location");
        out.key("url").text(&source.url);
        out.key("title").text(source.title.as_ref().unwrap_or(&Text::EMPTY));
        out.key("cited_text").text(source.quote.as_ref().unwrap_or(&Text::EMPTY));
        out.key("encrypted_index").string("");
    });
    string(out)
}

/// A search of the web: what was searched for, and where something was found.
pub(super) fn web_search(item: &str, seed: u64, ordinal: u32) -> Vec<String> {
    let mut search = Search::default();
    if search.read(&mut Reader::new(item)).is_err() {
        return Vec::new();
    }
    let id = ids::derived("srvtoolu_", seed, ordinal);
    let (mut call, mut result) = (Writer::default(), Writer::default());
    call.object(|out| {
        out.key("type").string("server_tool_use");
        out.key("id").string(&id);
        out.key("name").string("web_search");
        out.key("input").object(|out| out.key("query").text(&search.query.unwrap_or_default()));
    });
    result.object(|out| {
        out.key("type").string("web_search_tool_result");
        out.key("tool_use_id").string(&id);
        out.key("content").array(|out| search.found.iter().for_each(|found| write_found(out, found)));
    });
    vec![string(call), string(result)]
}

fn write_found(out: &mut Writer, found: &Found<'_>) {
    out.object(|out| {
        out.key("type").string("web_search_result");
        out.key("url").text(&found.url);
        out.key("title").text(found.title.as_ref().unwrap_or(&found.url));
        out.key("encrypted_content").string("");
        out.key("page_age").null();
    });
}

/// What is known of a search.
#[derive(Default)]
struct Search<'a> {
    query: Option<Text<'a>>,
    found: Vec<Found<'a>>,
}

/// A page.
#[derive(Default)]
struct Found<'a> {
    url: Text<'a>,
    title: Option<Text<'a>>,
}

impl<'a> Search<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        members(reader, |name, reader| {
            match name {
                "action" => self.read(reader)?,
                "query" => self.query = reader.text_or_skip()?.or(self.query.take()),
                "sources" if reader.kind()? == Kind::Array => {
                    reader.array(|reader| {
                        let found = Found::read(reader)?;
                        self.found.extend(Some(found).filter(|found| !found.url.is_empty()));
                        Ok(())
                    })?;
                }
                // A page that was opened.
                "url" => {
                    let url = reader.text_or_skip()?;
                    self.found.extend(url.map(|url| Found { url, title: None }));
                }
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
    }
}

impl<'a> Found<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let mut found = Self::default();
        members(reader, |name, reader| {
            match name {
                "url" => found.url = reader.text_or_skip()?.unwrap_or_default(),
                "title" => found.title = reader.text_or_skip()?.filter(|title| !title.is_empty()),
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        Ok(found)
    }
}

fn string(out: Writer) -> String {
    String::from_utf8(out.into_bytes()).unwrap_or_default()
}
