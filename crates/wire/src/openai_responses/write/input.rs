//! Turns as items.

use super::{content, tools};
use crate::conversation::{Arguments, CallKind, Opaque, OpaqueKind, Part, Reasoning, Role, ToolCall, ToolResult, Turn};
use crate::json::{Text, Writer};
use crate::translate::Outgoing;
use crate::translate::carrier::Carried;
use crate::translate::field::{self, Place};

/// How Claude Code's attribution begins: it changes with every request, and with it everything behind it in a cache.
const ATTRIBUTION: &str = "x-anthropic-billing-header:";

/// Put before the output of a tool that failed, since Responses has no other way to say so.
const TOOL_ERROR: &str = "[tool error] ";

/// Said when a conversation has instructions only: an empty list is refused.
const CONTINUE: &str = "(continue)";

/// The texts of the turns in front that are instructions.
pub(super) fn instructions<'t, 'a>(turns: &'t [Turn<'a>], out: &mut Outgoing<'_>) -> Vec<&'t Text<'a>> {
    let mut texts = Vec::new();
    for part in leading(turns).iter().flat_map(|turn| &turn.parts) {
        match part {
            Part::Text { text, cache, .. } => {
                if cache.is_some() {
                    out.place = Place::System;
                    out.lose_cache();
                    out.place = Place::Said;
                }
                let attribution = texts.is_empty() && begins(text, ATTRIBUTION) && out.dialect.strip_attribution;
                if !attribution && !text.is_empty() {
                    texts.push(text);
                }
            }
            _ => out.losses.dropped(out.name(field::ROLE)),
        }
    }
    texts
}

fn begins(text: &Text<'_>, start: &str) -> bool {
    match text {
        Text::Json(text) => text.starts_with(start),
        Text::Plain(text) => text.starts_with(start),
    }
}

fn leading<'t, 'a>(turns: &'t [Turn<'a>]) -> &'t [Turn<'a>] {
    let count = turns.iter().take_while(|turn| turn.role == Role::System).count();
    turns.get(..count).unwrap_or_default()
}

/// Texts inside one string.
pub(super) fn join(texts: &[&Text<'_>], gap: &str, writer: &mut Writer) {
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            writer.escaped(gap);
        }
        writer.piece(text);
    }
}

/// The list of items.
pub(super) fn write(turns: &[Turn<'_>], out: &mut Outgoing<'_>, writer: &mut Writer) {
    turns.iter().for_each(|turn| note_extras(turn, out));
    let rest = turns.get(leading(turns).len()..).unwrap_or_default();
    writer.array(|writer| {
        let before = writer.len();
        rest.iter().for_each(|turn| self::turn(turn, out, writer));
        if writer.len() == before {
            message("user", writer, |writer| {
                writer.object(|writer| {
                    writer.key("type").string("input_text");
                    writer.key("text").string(CONTINUE);
                });
            });
        }
    });
}

/// The items of a turn.
pub(super) fn turn(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    match turn.role {
        Role::System | Role::Developer => program(turn, out, writer),
        Role::User => user(turn, out, writer),
        Role::Assistant => assistant(turn, out, writer),
    }
}

/// What of a turn has no place in an item.
pub(super) fn note_extras(turn: &Turn<'_>, out: &mut Outgoing<'_>) {
    for extra in turn.extra.iter().filter(|extra| !matches!(extra.value, "null" | "[]" | "{}" | "\"\"")) {
        out.losses.dropped(format!("{}.{}", out.name(field::TURN), extra.name));
    }
}

fn message(role: &str, writer: &mut Writer, content: impl FnOnce(&mut Writer)) {
    writer.object(|writer| {
        writer.key("type").string("message");
        writer.key("role").string(role);
        writer.key("content").array(content);
    });
}

/// Whether anything of these parts is written.
fn says(parts: &[Part<'_>]) -> bool {
    parts.iter().any(|part| match part {
        Part::Text { text, .. } | Part::Refusal(text) => !text.is_empty(),
        Part::Image(_) | Part::Document(_) | Part::Audio(_) | Part::SearchResult { .. } => true,
        Part::Other { readable, .. } => readable.is_some(),
        Part::Reasoning(_) | Part::ToolCall(_) | Part::ToolResult(_) => false,
    })
}

/// Instructions in the middle.
fn program(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if !says(&turn.parts) {
        return;
    }
    let role = if out.dialect.developer_role { "developer" } else { "system" };
    if out.dialect.system_anywhere {
        message(role, writer, |writer| turn.parts.iter().for_each(|part| content::input(part, out, writer)));
        return;
    }
    out.losses.reworded(out.name(field::ROLE));
    message("user", writer, |writer| {
        writer.object(|writer| {
            writer.key("type").string("input_text");
            writer.key("text").string_of(|writer| {
                writer.escaped("<system-reminder>\n");
                texts(&turn.parts, "\n", out, writer);
                writer.escaped("\n</system-reminder>");
            });
        });
    });
}

/// The texts of parts, inside one string.
fn texts(parts: &[Part<'_>], gap: &str, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let mut first = true;
    for part in parts {
        if content::has_text(part, out) {
            if !std::mem::take(&mut first) {
                writer.escaped(gap);
            }
            content::text(part, writer);
        }
    }
}

/// Results are items of their own; what stands between them is a message.
fn user(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let is_result = |part: &Part<'_>| matches!(part, Part::ToolResult(_));
    for parts in turn.parts.chunk_by(|one, two| is_result(one) == is_result(two)) {
        for part in parts {
            if let Part::ToolResult(result) = part {
                tool_result(result, out, writer);
            }
        }
        if says(parts) {
            message("user", writer, |writer| parts.iter().for_each(|part| content::input(part, out, writer)));
        } else {
            content::note(parts, out);
        }
    }
}

/// Items in the order in which they were said. No ids: nothing is stored, so nobody would know them.
fn assistant(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let calls = turn.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let phase = if calls { "commentary" } else { "final_answer" };
    for parts in turn.parts.chunk_by(|one, two| content::is_text(one) && content::is_text(two)) {
        match parts {
            [Part::Reasoning(reasoning)] => self::reasoning(reasoning, out, writer),
            [Part::ToolCall(call)] => tool_call(call, out, writer),
            texts if texts.iter().all(content::is_text) => said(texts, phase, out, writer),
            _ => out.losses.dropped(out.content(field::IMAGE)),
        }
    }
}

fn said(parts: &[Part<'_>], phase: &str, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if !says(parts) {
        content::note(parts, out);
        return;
    }
    writer.object(|writer| {
        writer.key("type").string("message");
        writer.key("role").string("assistant");
        writer.key("content").array(|writer| {
            for part in parts {
                if content::has_text(part, out) {
                    output(part, out, writer);
                }
            }
        });
        writer.key("phase").string(phase);
    });
}

fn output(part: &Part<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if matches!(part, Part::Text { citations: Some(_), .. }) {
        out.losses.dropped(out.content(field::CITATIONS));
    }
    writer.object(|writer| {
        if let Part::Refusal(text) = part {
            writer.key("type").string("refusal");
            writer.key("refusal").text(text);
            return;
        }
        writer.key("type").string("output_text");
        writer.key("text").string_of(|writer| content::text(part, writer));
        writer.key("annotations").array(|_| {});
    });
}

/// Reasoning goes back only to who made it, and as it was made.
fn reasoning(reasoning: &Reasoning<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let Some(data) = reasoning.opaque.as_ref().and_then(|opaque| own(opaque, out)) else {
        out.lose_reasoning(reasoning);
        return;
    };
    writer.object(|writer| {
        writer.key("type").string("reasoning");
        writer.key("summary").array(|writer| {
            for text in reasoning.text.iter().filter(|text| !text.is_empty()) {
                writer.object(|writer| {
                    writer.key("type").string("summary_text");
                    writer.key("text").text(text);
                });
            }
        });
        writer.key("encrypted_content").text(&data);
    });
}

/// The encrypted content, if this target made it.
fn own<'a>(opaque: &Opaque<'a>, out: &Outgoing<'_>) -> Option<Text<'a>> {
    match out.open(&opaque.data.decoded()) {
        Carried::Ours { kind: OpaqueKind::OpenaiEncrypted, data, .. } => Some(Text::from(data)),
        Carried::Genuine if opaque.kind == OpaqueKind::OpenaiEncrypted => Some(opaque.data.clone()),
        Carried::Ours { .. } | Carried::Foreign | Carried::Genuine => None,
    }
}

fn tool_call(call: &ToolCall<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let name = tools::name(call.namespace.as_ref(), &call.name, out);
    let id = out.names.call(&call.id, out.dialect.id_max);
    let freeform = call.kind == CallKind::Freeform && out.dialect.freeform_tools;
    writer.object(|writer| {
        writer.key("type").string(if freeform { "custom_tool_call" } else { "function_call" });
        writer.key("call_id").text(&id);
        writer.key("name").text(&name);
        match &call.arguments {
            Arguments::Freeform(input) if freeform => writer.key("input").text(input),
            // The input stands in an object that stands in a string.
            Arguments::Freeform(input) => {
                let mut inside = Writer::default();
                inside.object(|inside| inside.key("input").text(input));
                writer.key("arguments").string(&String::from_utf8_lossy(&inside.into_bytes()));
            }
            Arguments::Json(raw) if freeform => writer.key("input").string(raw),
            Arguments::Json(raw) => writer.key("arguments").string(raw),
            Arguments::Quoted(text) if freeform => writer.key("input").text(text),
            Arguments::Quoted(text) if text.is_blank() => writer.key("arguments").string("{}"),
            Arguments::Quoted(text) => writer.key("arguments").text(text),
        }
    });
}

fn tool_result(result: &ToolResult<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if result.cache.is_some() {
        out.lose_cache();
    }
    out.place = Place::Result;
    let id = out.names.call(&result.call_id, out.dialect.id_max);
    let freeform = result.kind == CallKind::Freeform && out.dialect.freeform_tools;
    let failed = result.is_error == Some(true);
    writer.object(|writer| {
        writer.key("type").string(if freeform { "custom_tool_call_output" } else { "function_call_output" });
        writer.key("call_id").text(&id);
        writer.key("output");
        if result.parts.iter().all(content::is_text) {
            writer.string_of(|writer| {
                if failed {
                    writer.escaped(TOOL_ERROR);
                }
                texts(&result.parts, "\n", out, writer);
            });
            return;
        }
        writer.array(|writer| {
            if failed {
                writer.object(|writer| {
                    writer.key("type").string("input_text");
                    writer.key("text").string(TOOL_ERROR.trim_end());
                });
            }
            result.parts.iter().for_each(|part| content::input(part, out, writer));
        });
    });
    out.place = Place::Said;
}
