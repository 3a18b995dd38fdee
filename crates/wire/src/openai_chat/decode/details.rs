//! `reasoning_details`: entries that come in pieces, put together again, so that they go back as they were.

use crate::json::{Fault, Kind, Reader, Text, Writer};

use super::chunk::object;

/// Most entries of one reasoning; what comes beyond is not kept.
const ENTRIES_MAX: usize = 256;

/// Members whose pieces are put together.
const JOINED: [&str; 3] = ["text", "summary", "data"];

/// The entries so far.
#[derive(Debug, Default)]
pub(super) struct Details {
    entries: Vec<Entry>,
    /// One of them holds what only the provider can read.
    opaque: bool,
}

#[derive(Debug, Default)]
struct Entry {
    kind: String,
    index: Option<u64>,
    /// Texts in pieces: which member, and the inside of its JSON string.
    joined: Vec<(&'static str, String)>,
    /// Everything else, JSON as it stands; the last one counts.
    rest: Vec<(String, String)>,
}

impl Details {
    /// Takes a list; `readable` is given what people can read of it.
    pub(super) fn take<'a>(&mut self, list: &'a str, mut readable: impl FnMut(Text<'a>)) {
        // It was found to be JSON when it was skipped, so nothing can fail here.
        drop(Reader::new(list).array(|reader| self.entry(reader, &mut readable)));
    }

    fn entry<'a>(&mut self, reader: &mut Reader<'a>, readable: &mut impl FnMut(Text<'a>)) -> Result<(), Fault> {
        let mut entry = Entry::default();
        let mut opaque = false;
        object(reader, |name, reader| {
            let kind = reader.kind()?;
            let joined = JOINED.iter().find(|joined| **joined == name);
            match (name, joined, kind) {
                ("type", _, Kind::String) => entry.kind = super::plain(&reader.text()?),
                ("index", _, Kind::Number) => entry.index = reader.count()?,
                (_, Some(member), Kind::String) => {
                    let text = reader.text()?;
                    opaque |= name == "data" && !text.is_empty();
                    if let Text::Json(inside) = &text {
                        entry.joined.push((member, (*inside).to_owned()));
                    }
                    if name != "data" && !text.is_empty() {
                        readable(text);
                    }
                }
                _ => {
                    opaque |= name == "signature" && kind == Kind::String;
                    let raw = reader.raw()?;
                    if raw != "null" {
                        entry.rest.push((name.to_owned(), raw.to_owned()));
                    }
                }
            }
            Ok(())
        })?;
        self.opaque |= opaque;
        self.add(entry);
        Ok(())
    }

    /// Puts a piece to the entry it goes on with: the last one, if type and index are the same.
    fn add(&mut self, piece: Entry) {
        let full = self.entries.len() >= ENTRIES_MAX;
        match self.entries.last_mut() {
            Some(last) if last.kind == piece.kind && last.index == piece.index => last.go_on(piece),
            _ if full => {}
            _ => self.entries.push(piece),
        }
    }

    /// The whole list, if there is more to it than its text.
    pub(super) fn opaque(&self) -> Option<String> {
        if !self.opaque {
            return None;
        }
        let mut list = Writer::default();
        list.array(|list| self.entries.iter().for_each(|entry| entry.write(list)));
        String::from_utf8(list.into_bytes()).ok()
    }
}

impl Entry {
    fn go_on(&mut self, piece: Self) {
        for (member, text) in piece.joined {
            match self.joined.iter_mut().find(|(known, _)| *known == member) {
                Some((_, known)) => known.push_str(&text),
                None => self.joined.push((member, text)),
            }
        }
        for (name, value) in piece.rest {
            match self.rest.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = value,
                None => self.rest.push((name, value)),
            }
        }
    }

    fn write(&self, list: &mut Writer) {
        list.object(|entry| {
            entry.key("type").string(&self.kind);
            for (member, text) in &self.joined {
                entry.key(member).text(&Text::Json(text));
            }
            for (name, value) in &self.rest {
                entry.key(name).raw(value);
            }
            if let Some(index) = self.index {
                entry.key("index").count(index);
            }
        });
    }
}
