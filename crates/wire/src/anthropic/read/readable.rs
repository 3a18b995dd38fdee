//! What can be read of a block that has no place in the model: searches, results of Anthropic's own tools, and
//! whatever comes next.

use super::super::walk::members;
use crate::json::{Fault, Kind, Reader, Text};

/// Members whose text a model can use, wherever in the block they stand.
const WORTH_READING: [&str; 11] =
    ["code", "content", "error_code", "query", "stderr", "stdout", "summary", "text", "title", "tool_name", "url"];

/// Longest text that is made of one block; results of searches repeat whole pages.
const LENGTH_MAX: usize = 32 << 10;

/// The readable text of `block`, if it has any. A call says its tool and input, everything else its texts by line.
pub(super) fn of<'a>(kind: &str, block: &str) -> Option<Text<'a>> {
    let mut found = String::new();
    let mut reader = Reader::new(block);
    let read = if kind.ends_with("tool_use") { call(&mut reader, &mut found) } else { texts(&mut reader, &mut found) };
    read.ok().filter(|()| !found.is_empty()).map(|()| Text::from(found))
}

fn call(reader: &mut Reader<'_>, found: &mut String) -> Result<(), Fault> {
    let (mut tool, mut input) = (None, "{}");
    members(reader, |name, reader| {
        match name {
            "name" => tool = reader.text_or_skip()?,
            "input" => input = reader.raw()?,
            _ => {
                reader.raw()?;
            }
        }
        Ok(())
    })?;
    if let Some(tool) = tool {
        found.push_str(&tool.decoded());
        found.push(' ');
        found.push_str(input);
    }
    Ok(())
}

fn texts(reader: &mut Reader<'_>, found: &mut String) -> Result<(), Fault> {
    match reader.kind()? {
        Kind::Object => reader.object(|name, reader| {
            if reader.kind()? == Kind::String {
                let text = reader.text()?;
                if WORTH_READING.contains(&name) {
                    line(&text, found);
                }
                return Ok(());
            }
            texts(reader, found)
        }),
        Kind::Array => reader.array(|reader| texts(reader, found)),
        _ => reader.raw().map(drop),
    }
}

fn line(text: &Text<'_>, found: &mut String) {
    if text.is_blank() || found.len().saturating_add(text.len()) > LENGTH_MAX {
        return;
    }
    if !found.is_empty() {
        found.push('\n');
    }
    found.push_str(&text.decoded());
}
