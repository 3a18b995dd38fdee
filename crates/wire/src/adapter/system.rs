//! Instructions before the client's own, where each protocol has them. What begins with them already stays as it is.

use std::ops::Range;

use crate::json::{Fault, Kind, Outline, Reader};
use crate::protocol::Protocol;
use crate::splice::Edits;

/// Puts `system` in; a field that is not there yet is returned, to be put in.
pub(super) fn put(protocol: Protocol, outline: &Outline<'_>, system: &str, edits: &mut Edits) -> Option<String> {
    match protocol {
        Protocol::Anthropic => field(outline, "system", system, edits),
        Protocol::OpenaiResponses => field(outline, "instructions", system, edits),
        Protocol::OpenaiChat => {
            first_message(outline, system, edits);
            None
        }
    }
}

fn field(outline: &Outline<'_>, name: &str, system: &str, edits: &mut Edits) -> Option<String> {
    match outline.member(name) {
        None => Some(format!("\"{name}\":{}", quoted(system))),
        Some(member) => {
            before(outline.text, &member.value, system, edits);
            None
        }
    }
}

/// Puts `system` before a text or a list of blocks.
fn before(body: &str, at: &Range<usize>, system: &str, edits: &mut Edits) {
    let value = body.get(at.clone()).unwrap_or_default();
    let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let quoted = quoted(system);
    if value.starts_with('"') {
        let escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        if !inside.starts_with(escaped) {
            let gap = if inside.is_empty() { "" } else { "\\n\\n" };
            edits.replace(at.start + 1..at.start + 1, format!("{escaped}{gap}"));
        }
    } else if value.starts_with('[') {
        let block = format!(r#"{{"type":"text","text":{quoted}}}"#);
        if !inside.starts_with(&block) {
            let comma = if inside.trim().is_empty() { "" } else { "," };
            edits.replace(at.start + 1..at.start + 1, format!("{block}{comma}"));
        }
    } else if value == "null" {
        edits.replace(at.clone(), quoted);
    }
}

/// Chat: before the first message's own text when it instructs, else as a message before all.
fn first_message(outline: &Outline<'_>, system: &str, edits: &mut Edits) {
    let Some(at) = outline.member("messages").map(|member| member.value.clone()) else { return };
    let list = outline.text.get(at.clone()).unwrap_or_default();
    let Some(inside) = list.strip_prefix('[') else { return };
    if let Some(content) = instructions(inside) {
        let start = at.start + 1;
        before(outline.text, &(start + content.start..start + content.end), system, edits);
        return;
    }
    let comma = if inside.trim_start().starts_with(']') { "" } else { "," };
    let message = format!(r#"{{"role":"system","content":{}}}{comma}"#, quoted(system));
    edits.replace(at.start + 1..at.start + 1, message);
}

/// Where the content of the first message stands, when it instructs.
fn instructions(list: &str) -> Option<Range<usize>> {
    let mut reader = Reader::new(list);
    if reader.kind().ok()? != Kind::Object {
        return None;
    }
    let (mut instructs, mut content) = (false, None);
    let walked: Result<(), Fault> = reader.object(|name, reader| {
        let (raw, at) = reader.placed(Reader::raw)?;
        match name {
            "role" => instructs = matches!(raw, "\"system\"" | "\"developer\""),
            "content" => content = Some(at),
            _ => {}
        }
        Ok(())
    });
    walked.ok()?;
    content.filter(|_| instructs)
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
