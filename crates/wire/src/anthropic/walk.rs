//! Small steps over JSON that requests and answers have in common.

use crate::json::{Fault, Kind, Reader, Text};

/// Walks an object; any other value is skipped.
pub(super) fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { reader.raw().map(drop) }
}

/// A word of the protocol, which has no escapes; nothing for any other value.
pub(super) fn word<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    Ok(match reader.text_or_skip()? {
        Some(Text::Json(word)) => Some(word),
        _ => None,
    })
}
