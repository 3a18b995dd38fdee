//! The top level of a body: which fields stand where. Found by the structural scan, so nested values stay unread.

use std::ops::Range;

use super::{Fault, Kind, Reader};
use crate::peek;
use crate::splice::{Edits, Elements};

/// The top-level object of a body.
#[derive(Debug)]
pub struct Outline<'a> {
    /// The body.
    pub text: &'a str,
    /// Its fields, in order.
    pub members: Vec<Member<'a>>,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Its name, escapes as they stand: every name of every protocol is plain.
    pub name: &'a str,
    /// Where its name stands, quotes included.
    pub key: Range<usize>,
    /// Where its value stands.
    pub value: Range<usize>,
}

impl<'a> Outline<'a> {
    /// Of a body; `None` when it is no object or has more fields than anyone looks at.
    pub fn of(text: &'a str) -> Option<Self> {
        let members = peek::members(text.as_bytes())?.into_iter().filter_map(|(key, value)| {
            let name = text.get(key.clone())?;
            Some(Member { name, key: key.start - 1..key.end + 1, value })
        });
        Some(Self { text, members: members.collect() })
    }

    /// The field of this name.
    pub fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.members.iter().find(|member| member.name == name)
    }

    /// Its value, as it stands.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.text.get(self.member(name)?.value.clone())
    }

    /// Takes out the fields that `goes` names.
    pub fn cut(&self, edits: &mut Edits, mut goes: impl FnMut(&Member<'a>) -> bool) {
        let mut list = Elements::default();
        for member in &self.members {
            list.push(member.key.start..member.value.end, goes(member));
        }
        edits.remove(&list);
    }

    /// After the opening bracket.
    pub fn begin(&self) -> usize {
        self.text.find('{').map_or(0, |at| at + 1)
    }

    /// The member of an object that is the value of a field: where it stands, and the value.
    pub fn nested(&self, name: &str, member: &str) -> Option<(Range<usize>, &'a str)> {
        let outer = self.member(name)?;
        let (at, value) = member_of(self.text.get(outer.value.clone())?, member)?;
        Some((outer.value.start + at.start..outer.value.start + at.end, value))
    }
}

/// The value of a member of the object `text`, and where it stands.
pub(crate) fn member_of<'a>(text: &'a str, member: &str) -> Option<(Range<usize>, &'a str)> {
    let mut reader = Reader::new(text);
    if reader.kind().ok()? != Kind::Object {
        return None;
    }
    let mut found = None;
    let walked: Result<(), Fault> = reader.object(|name, reader| {
        let raw = reader.raw()?;
        if name == member && found.is_none() {
            found = Some((reader.place_of(raw)..reader.place_of(raw) + raw.len(), raw));
        }
        Ok(())
    });
    walked.ok()?;
    found
}
