//! Which value stands at a byte: `messages[3].content[0].source`. Walked only for a body that is refused, so that reading
//! one that is not costs nothing.

use super::{Fault, Kind, Reader};

/// Longest path that is told: names are the client's, and it goes into logs and answers.
const PATH_MAX: usize = 200;

/// Longest name in it.
const NAME_MAX: usize = 64;

/// The innermost value of `text` that holds the byte at `offset`; empty for the outermost. Of a text that is no JSON, the
/// value in which it stops being it.
pub(crate) fn path(text: &str, offset: usize) -> String {
    let mut path = String::new();
    // The end of the walk is what was looked for.
    let _ = find(&mut Reader::new(text), offset, &mut path);
    path
}

/// Stops the walk, with the path as it is.
struct Found;

impl From<Fault> for Found {
    fn from(_: Fault) -> Self {
        Self
    }
}

fn find(reader: &mut Reader<'_>, offset: usize, path: &mut String) -> Result<(), Found> {
    let kind = reader.kind()?;
    if reader.offset() >= offset {
        return Err(Found);
    }
    match kind {
        Kind::Object => reader.object(|name, reader| inside(reader, offset, path, |path| push_name(name, path)))?,
        Kind::Array => {
            let mut number = 0_usize;
            reader.array(|reader| {
                let at = number;
                number += 1;
                inside(reader, offset, path, |path| path.push_str(&format!("[{at}]")))
            })?;
        }
        _ => drop(reader.raw()?),
    }
    if reader.offset() > offset { Err(Found) } else { Ok(()) }
}

fn inside(
    reader: &mut Reader<'_>,
    offset: usize,
    path: &mut String,
    push: impl FnOnce(&mut String),
) -> Result<(), Found> {
    let outer = path.len();
    if outer < PATH_MAX {
        push(path);
    }
    find(reader, offset, path)?;
    path.truncate(outer);
    Ok(())
}

fn push_name(name: &str, path: &mut String) {
    if !path.is_empty() {
        path.push('.');
    }
    let end = (0..=name.len().min(NAME_MAX)).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    path.push_str(name.get(..end).unwrap_or_default());
    if end < name.len() {
        path.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn the_path_to_a_byte_is_that_of_the_innermost_value() {
        let text = r#"{"a": 1, "messages" : [ {"role":"user"}, {"content":[7, "x"]} ], "z": {"y": null}}"#;
        let at = |mark: &str| path(text, text.find(mark).unwrap_or_default());
        assert_eq!(at("{\"a\""), "");
        assert_eq!(at("1,"), "a");
        assert_eq!(at("[ {"), "messages");
        assert_eq!(at("{\"role"), "messages[0]");
        assert_eq!(at("\"user"), "messages[0].role");
        assert_eq!(at("7"), "messages[1].content[0]");
        assert_eq!(at("x\"]"), "messages[1].content[1]");
        assert_eq!(at("null"), "z.y");
    }

    #[test]
    fn the_path_into_a_text_that_is_no_json_ends_where_it_stops_being_it() {
        assert_eq!(path(r#"{"messages":[{"role":"user","content":}]}"#, 38), "messages[0].content");
        assert_eq!(path(r#"{"messages":[1,"#, 15), "messages[1]");
        assert_eq!(path("", 0), "");
        assert_eq!(path("[]", 0), "");
        let long = format!(r#"{{"{}":{}"#, "é".repeat(200), "[".repeat(400));
        assert!(path(&long, long.len()).len() < 300);
    }
}
