//! Schemas of tools: what every provider demands, and Anthropic's own demand on the root.

use std::borrow::Cow;

use super::super::walk::members;
use crate::json::{Fault, Kind, Reader, Writer};
use crate::translate::{dialect::SchemaDialect, schema};

/// Members that Anthropic refuses at the root of a tool's schema.
const CHOICES: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// `schema` as it can be sent, and whether anything of it was lost.
pub(super) fn fit(schema: Option<&str>, dialect: SchemaDialect) -> (Cow<'_, str>, bool) {
    let (fitted, lost) = schema::fit(schema, dialect);
    match flat(&fitted) {
        Some(flat) => (Cow::Owned(flat), true),
        None => (fitted, lost),
    }
}

/// A schema without choices at its root: all their properties beside each other, none of them required any more.
fn flat(schema: &str) -> Option<String> {
    // Nearly all schemas have no such word anywhere.
    if !CHOICES.iter().any(|choice| schema.contains(choice)) {
        return None;
    }
    let mut root = Root::default();
    root.read(&mut Reader::new(schema), true).ok()?;
    if !root.has_choices {
        return None;
    }
    let mut writer = Writer::with_capacity(schema.len());
    writer.object(|writer| {
        writer.key("type").string("object");
        writer.key("properties").object(|writer| {
            root.properties.iter().for_each(|(name, value)| writer.key(name).raw(value));
        });
        root.others.iter().for_each(|(name, value)| writer.key(name).raw(value));
    });
    String::from_utf8(writer.into_bytes()).ok()
}

#[derive(Default)]
struct Root<'s> {
    properties: Vec<(&'s str, &'s str)>,
    others: Vec<(&'s str, &'s str)>,
    has_choices: bool,
}

impl<'s> Root<'s> {
    /// Takes over a schema: the root's, or one of its choices', of which only properties count.
    fn read(&mut self, reader: &mut Reader<'s>, is_root: bool) -> Result<(), Fault> {
        members(reader, |name, reader| {
            match name {
                "properties" => members(reader, |name, reader| {
                    let value = reader.raw()?;
                    if !self.properties.iter().any(|(known, _)| *known == name) {
                        self.properties.push((name, value));
                    }
                    Ok(())
                })?,
                _ if CHOICES.contains(&name) && reader.kind()? == Kind::Array => {
                    self.has_choices = true;
                    reader.array(|reader| self.read(reader, false))?;
                }
                "type" => drop(reader.raw()?),
                _ => {
                    let value = reader.raw()?;
                    if is_root {
                        self.others.push((name, value));
                    }
                }
            }
            Ok(())
        })
    }
}
