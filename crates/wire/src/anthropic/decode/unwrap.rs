//! Free text out of the arguments of a function that stands for a freeform tool.

use super::super::walk::members;
use crate::json::{Kind, Reader, Text};

/// The input: the member `input`, else the only text there is (models like to name it after what it holds), else the
/// arguments as they stand.
pub(super) fn input(arguments: &str) -> Text<'_> {
    let (mut named, mut texts) = (None, Vec::new());
    let mut reader = Reader::new(arguments);
    let read = members(&mut reader, |name, reader| {
        if reader.kind()? == Kind::String {
            let text = reader.text()?;
            if name == "input" {
                named = Some(text.clone());
            }
            texts.push(text);
            return Ok(());
        }
        reader.raw().map(drop)
    });
    let only = if texts.len() == 1 { texts.pop() } else { None };
    match (read, named.or(only)) {
        (Ok(()), Some(text)) => text,
        _ => Text::plain(arguments),
    }
}
