//! Roles that a provider does not know: instructions in the middle of a conversation, and Chat's `developer`.
//!
//! Instructions become text of the user beside them, in `<system-reminder>`, which is how Claude Code says the same to
//! models that know no such role. They go to the end of the user's turn before them, so that neither two turns of one
//! role follow each other nor anything stands before the results of tools.

use std::ops::Range;

use super::lack::{Lack, Lacks};
use crate::conversation::Losses;
use crate::json::{Fault, Kind, Outline, Reader};
use crate::protocol::UpstreamProtocol;
use crate::splice::{Edits, Elements};

const OPENS: &str = "<system-reminder>";

/// The body with the roles replaced that `lacks` names; `None` when it has none of them.
pub(super) fn fold(
    protocol: UpstreamProtocol,
    outline: &Outline<'_>,
    lacks: &Lacks,
    losses: &mut Losses,
) -> Option<String> {
    let system = protocol == UpstreamProtocol::Anthropic && lacks.has(&Lack::SystemRole);
    let developer = protocol == UpstreamProtocol::OpenaiChat && lacks.has(&Lack::DeveloperRole);
    if !system && !developer {
        return None;
    }
    let at = outline.member("messages")?.value.clone();
    let list = outline.text.get(at.clone())?;
    let turns = turns(list, at.start).ok()?;
    let mut edits = Edits::default();
    if developer {
        for turn in turns.iter().filter(|turn| turn.role == Role::Developer) {
            edits.replace(turn.role_at.clone(), "\"system\"");
            losses.reworded("messages[].role=developer");
        }
    } else {
        fold_system(outline.text, &turns, &mut edits, losses);
    }
    if edits.is_empty() { None } else { String::from_utf8(edits.apply(outline.text)).ok() }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    User,
    System,
    Developer,
    Other,
}

/// One message, in places of the body.
#[derive(Debug)]
struct Turn {
    at: Range<usize>,
    role: Role,
    role_at: Range<usize>,
    content: Option<(Kind, Range<usize>)>,
}

fn turns(list: &str, base: usize) -> Result<Vec<Turn>, Fault> {
    let mut turns = Vec::new();
    let mut reader = Reader::new(list);
    reader.array(|reader| {
        reader.kind()?;
        let start = base + reader.offset();
        let mut turn = Turn { at: start..start, role: Role::Other, role_at: 0..0, content: None };
        reader.object(|name, reader| {
            let kind = reader.kind()?;
            let from = base + reader.offset();
            let raw = reader.raw()?;
            let at = from..base + reader.offset();
            match (name, raw) {
                ("role", raw) => (turn.role, turn.role_at) = (role(raw), at),
                ("content", _) => turn.content = Some((kind, at)),
                _ => {}
            }
            Ok::<(), Fault>(())
        })?;
        turn.at.end = base + reader.offset();
        turns.push(turn);
        Ok(())
    })?;
    Ok(turns)
}

fn role(raw: &str) -> Role {
    match raw {
        "\"user\"" => Role::User,
        "\"system\"" => Role::System,
        "\"developer\"" => Role::Developer,
        _ => Role::Other,
    }
}

/// Moves the text of system messages to their users.
fn fold_system(body: &str, turns: &[Turn], edits: &mut Edits, losses: &mut Losses) {
    let mut list = Elements::default();
    // What the present user's turn gets behind its own content.
    let mut host: Option<(&Turn, String)> = None;
    // System messages that wait for a user's turn to come.
    let mut waiting: Vec<&Turn> = Vec::new();
    let mut blocks = String::new();
    for turn in turns {
        if turn.role == Role::System {
            losses.reworded("messages[].role=system");
            reminders(body, turn, host.as_mut().map_or(&mut blocks, |(_, more)| more), losses);
            match host {
                Some(_) => list.push(turn.at.clone(), true),
                None => waiting.push(turn),
            }
            continue;
        }
        let takes = turn.role == Role::User && turn.content.is_some();
        if !takes {
            stand(&std::mem::take(&mut waiting), &std::mem::take(&mut blocks), &mut list, edits);
        }
        for moved in waiting.drain(..) {
            list.push(moved.at.clone(), true);
        }
        settle(body, host.take(), edits);
        host = takes.then(|| (turn, std::mem::take(&mut blocks)));
        list.push(turn.at.clone(), false);
    }
    stand(&waiting, &blocks, &mut list, edits);
    settle(body, host, edits);
    edits.remove(&list);
}

/// Makes one message of the user's out of several that no user's turn takes.
fn stand(turns: &[&Turn], blocks: &str, list: &mut Elements, edits: &mut Edits) {
    for (index, turn) in turns.iter().enumerate() {
        if index > 0 || blocks.is_empty() {
            list.push(turn.at.clone(), true);
            continue;
        }
        list.push(turn.at.clone(), false);
        edits.replace(turn.at.clone(), format!(r#"{{"role":"user","content":[{blocks}]}}"#));
    }
}

/// Puts `blocks` behind the content of a user's turn.
fn settle(body: &str, host: Option<(&Turn, String)>, edits: &mut Edits) {
    let Some((turn, blocks)) = host.filter(|(_, blocks)| !blocks.is_empty()) else { return };
    let Some((kind, at)) = &turn.content else { return };
    match kind {
        Kind::Array => {
            let inside = body.get(at.start + 1..at.end - 1).unwrap_or_default();
            let comma = if inside.trim().is_empty() { "" } else { "," };
            edits.replace(at.end - 1..at.end - 1, format!("{comma}{blocks}"));
        }
        Kind::String if at.len() > 2 => {
            edits.replace(at.start..at.start, r#"[{"type":"text","text":"#);
            edits.replace(at.end..at.end, format!("}},{blocks}]"));
        }
        // An empty text is refused as a block.
        _ => edits.replace(at.clone(), format!("[{blocks}]")),
    }
}

fn join(blocks: &mut String, more: &str) {
    if !blocks.is_empty() && !more.is_empty() {
        blocks.push(',');
    }
    blocks.push_str(more);
}

/// Adds the content of a system message to `blocks` of a user's.
fn reminders(body: &str, turn: &Turn, blocks: &mut String, losses: &mut Losses) {
    let Some((kind, at)) = &turn.content else { return };
    let text = body.get(at.clone()).unwrap_or_default();
    match kind {
        Kind::String => {
            join(blocks, r#"{"type":"text","text":"#);
            remind(text, blocks);
            blocks.push('}');
        }
        Kind::Array => {
            // It was read as a list before.
            let _: Result<(), Fault> = Reader::new(text).array(|reader| {
                let raw = reader.raw()?;
                match text_of(raw) {
                    Some(at) => {
                        join(blocks, raw.get(..at.start).unwrap_or_default());
                        remind(raw.get(at.clone()).unwrap_or_default(), blocks);
                        blocks.push_str(raw.get(at.end..).unwrap_or_default());
                    }
                    // Changes of tools and the like have no other words.
                    None => losses.dropped("messages[].content[]"),
                }
                Ok(())
            });
        }
        _ => {}
    }
}

/// Where the text of a text block stands in it.
fn text_of(block: &str) -> Option<Range<usize>> {
    let (mut is_text, mut text) = (false, None);
    let mut reader = Reader::new(block);
    if reader.kind().ok()? != Kind::Object {
        return None;
    }
    let walked: Result<(), Fault> = reader.object(|name, reader| {
        let kind = reader.kind()?;
        let raw = reader.raw()?;
        match name {
            "type" => is_text = raw == "\"text\"",
            "text" if kind == Kind::String => text = Some(reader.place_of(raw)..reader.place_of(raw) + raw.len()),
            _ => {}
        }
        Ok(())
    });
    walked.ok()?;
    text.filter(|_| is_text)
}

/// A JSON string in a reminder, unless it is one.
fn remind(string: &str, out: &mut String) {
    let inside = string.get(1..string.len().saturating_sub(1)).unwrap_or_default();
    if inside.starts_with(OPENS) {
        out.push_str(string);
        return;
    }
    for piece in ["\"", OPENS, "\\n", inside, "\\n</system-reminder>\""] {
        out.push_str(piece);
    }
}
