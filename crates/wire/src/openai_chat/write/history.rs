//! Messages: instructions, what the user said, what the model said and called, what its tools said.

use crate::conversation::{Arguments, CallKind, Format, Part, Role, ToolCall, ToolResult, Turn};
use crate::json::{Text, Writer};

use super::parts;
use super::reasoning;
use crate::translate::context::Context;
use crate::translate::field::{self, Place};
use crate::translate::functions::{self, INPUT};
use crate::translate::pieces::{self, Piece, write_joined};

/// What stands in a tool's message for a picture that follows behind it.
const IMAGE_FOLLOWS: &str = "[image: in the next user message]";
/// What stands in a tool's message for a document that follows behind it.
const DOCUMENT_FOLLOWS: &str = "[document: in the next user message]";

pub(super) fn write(turns: &[Turn<'_>], format: &Format<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let is_instruction = |turn: &Turn<'_>| matches!(turn.role, Role::System | Role::Developer);
    let leading = turns.iter().take_while(|turn| is_instruction(turn)).count();
    let (instructions, said) = turns.split_at(leading);
    let hint = if cx.out.dialect.schema_answers { None } else { pieces::format_hint(format, false, cx) };
    write_instructions(instructions, hint, cx, body);
    let mut waiting = Vec::new();
    for turn in said {
        cx.note_extras(&turn.extra);
        match turn.role {
            Role::User => user(turn, &mut waiting, cx, body),
            Role::Assistant => {
                flush(&mut waiting, cx, body);
                assistant(turn, cx, body);
            }
            Role::System | Role::Developer => {
                flush(&mut waiting, cx, body);
                later_instruction(turn, cx, body);
            }
        }
    }
    flush(&mut waiting, cx, body);
}

/// What stands before the conversation: one message where no other is taken, else one per turn.
fn write_instructions<'p>(turns: &'p [Turn<'p>], hint: Option<Piece<'p>>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let mut pieces = Vec::new();
    let mut role = Role::System;
    for (number, turn) in turns.iter().enumerate() {
        cx.note_extras(&turn.extra);
        if cx.out.dialect.system_anywhere && turn.role != role {
            write_system(role, &pieces, cx, body);
            pieces.clear();
        }
        if pieces.is_empty() {
            role = turn.role;
        }
        let stripped = number == 0 && cx.is_attribution(turn);
        let parts = turn.parts.get(usize::from(stripped)..).unwrap_or_default();
        cx.within(Place::System, |cx| pieces::split(parts, cx, &mut pieces));
        if cx.out.dialect.system_anywhere {
            write_system(role, &pieces, cx, body);
            pieces.clear();
        }
    }
    pieces.extend(hint);
    write_system(role, &pieces, cx, body);
}

fn role_word(role: Role, cx: &Context<'_, '_>) -> &'static str {
    match role {
        Role::Developer if cx.out.dialect.developer_role => "developer",
        _ => "system",
    }
}

/// One message of instructions: parts where a cache breakpoint is kept, else one text.
fn write_system(role: Role, pieces: &[Piece<'_>], cx: &mut Context<'_, '_>, body: &mut Writer) {
    let cached = |piece: &Piece<'_>| matches!(piece, Piece::Text { cache: Some(_), .. });
    if pieces.is_empty() {
        return;
    }
    if pieces.iter().any(|piece| !matches!(piece, Piece::Text { .. })) {
        cx.within(Place::System, |cx| cx.lose(field::IMAGE));
    }
    body.object(|body| {
        body.key("role").string(role_word(role, cx));
        body.key("content");
        if cx.out.dialect.cache_control && pieces.iter().any(cached) {
            parts::write(pieces, cx, body);
        } else {
            body.string_of(|body| write_joined(pieces, "\n\n", body));
        }
    });
}

/// Instructions in between; as the user's words where the provider takes none there.
fn later_instruction(turn: &Turn<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let mut pieces = Vec::new();
    pieces::split(&turn.parts, cx, &mut pieces);
    if cx.out.dialect.system_anywhere {
        return write_system(turn.role, &pieces, cx, body);
    }
    if pieces.is_empty() {
        return;
    }
    let field = cx.out.name(field::ROLE);
    cx.out.losses.reworded(field);
    body.object(|body| {
        body.key("role").string("user");
        body.key("content").string_of(|body| {
            body.escaped("<system-reminder>\n");
            write_joined(&pieces, "\n\n", body);
            body.escaped("\n</system-reminder>");
        });
    });
}

/// Results of tools first, each a message; then everything else as one. Pictures that a tool's message may not hold wait
/// until the last of them.
fn user<'p>(turn: &'p Turn<'p>, waiting: &mut Vec<Piece<'p>>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    for part in &turn.parts {
        if let Part::ToolResult(result) = part {
            tool_result(result, waiting, cx, body);
        }
    }
    pieces::split(&turn.parts, cx, waiting);
    flush(waiting, cx, body);
}

fn flush(waiting: &mut Vec<Piece<'_>>, cx: &Context<'_, '_>, body: &mut Writer) {
    if waiting.is_empty() {
        return;
    }
    body.object(|body| {
        body.key("role").string("user");
        parts::write(waiting, cx, body.key("content"));
    });
    waiting.clear();
}

fn tool_result<'p>(
    result: &'p ToolResult<'p>,
    waiting: &mut Vec<Piece<'p>>,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let mut pieces = Vec::new();
    if result.is_error == Some(true) {
        pieces.push(Piece::text("[tool error] "));
    }
    let prefixed = pieces.len();
    cx.within(Place::Result, |cx| pieces::split(&result.parts, cx, &mut pieces));
    let inline = cx.out.dialect.images_in_tool_results;
    let has_media = pieces.iter().any(|piece| !matches!(piece, Piece::Text { .. }));
    if has_media && !inline {
        let field = cx.within(Place::Result, |cx| cx.out.content(pieces::of_pieces(&pieces)));
        put_behind(&result.call_id, &mut pieces, waiting);
        cx.out.losses.reworded(field);
    }
    let cache = result.cache.filter(|_| cx.out.dialect.cache_control);
    if result.cache.is_some() && cache.is_none() {
        cx.out.lose_cache();
    }
    body.object(|body| {
        body.key("role").string("tool");
        body.key("tool_call_id").text(&cx.out.names.call(&result.call_id, cx.out.dialect.id_max));
        body.key("content");
        if let (Some(marker), Some(Piece::Text { cache, .. })) = (cache, pieces.last_mut()) {
            cache.get_or_insert(marker);
            body.array(|body| parts::write_all(&pieces, cx, body));
        } else if has_media && inline {
            parts::write(&pieces, cx, body);
        } else {
            body.string_of(|body| {
                let (prefix, said) = pieces.split_at(prefixed);
                write_joined(prefix, "", body);
                write_joined(said, "\n", body);
            });
        }
    });
}

/// Moves pictures and documents out of a result; a text in their place says where they are.
fn put_behind<'p>(call_id: &Text<'p>, pieces: &mut [Piece<'p>], waiting: &mut Vec<Piece<'p>>) {
    let label = [Text::plain("[from the result of tool call "), call_id.clone(), Text::plain("]")];
    waiting.push(Piece::Text { texts: label.to_vec(), cache: None });
    for piece in pieces {
        let placeholder = match piece {
            Piece::Text { .. } => continue,
            Piece::Image(_) => IMAGE_FOLLOWS,
            Piece::File(_) | Piece::Audio(_) => DOCUMENT_FOLLOWS,
        };
        waiting.push(std::mem::replace(piece, Piece::text(placeholder)));
    }
}

/// One message: reasoning, words, calls.
fn assistant(turn: &Turn<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let texts = words(&turn.parts, cx);
    let calls = || turn.parts.iter().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    let has_calls = calls().next().is_some();
    if texts.is_empty() && !has_calls {
        // Reasoning alone is no message: providers refuse one that says nothing.
        reasoning::lose(&turn.parts, cx);
        return;
    }
    body.object(|body| {
        body.key("role").string("assistant");
        reasoning::write(&turn.parts, has_calls, cx, body);
        let tagged = reasoning::is_tagged(&turn.parts, cx);
        body.key("content");
        if texts.is_empty() && !tagged {
            body.null();
        } else {
            body.string_of(|body| {
                if tagged {
                    reasoning::write_tagged(&turn.parts, body);
                }
                texts.iter().for_each(|text| body.piece(text));
            });
        }
        if has_calls {
            body.key("tool_calls").array(|body| calls().for_each(|call| tool_call(call, cx, body)));
        }
    });
}

/// What the model said, as one text: blocks that follow each other were one, those around a call were not.
fn words<'p>(parts: &'p [Part<'p>], cx: &mut Context<'_, '_>) -> Vec<Text<'p>> {
    let mut said: Vec<Text<'p>> = Vec::new();
    let mut called = false;
    for part in parts {
        if let Part::ToolCall(_) = part {
            called = true;
            continue;
        }
        let mut pieces = Vec::new();
        pieces::split(std::slice::from_ref(part), cx, &mut pieces);
        for piece in pieces {
            let Piece::Text { texts, .. } = piece else {
                cx.lose(field::IMAGE);
                continue;
            };
            if called && !said.is_empty() {
                said.push(Text::plain("\n\n"));
            }
            called = false;
            said.extend(texts);
        }
    }
    said
}

fn tool_call(call: &ToolCall<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let dialect = cx.out.dialect;
    let flat = functions::flat(call.namespace.as_ref(), &call.name);
    let name = cx.out.names.tool(&flat, dialect.name_max, dialect.name_digit_first);
    let id = cx.out.names.call(&call.id, dialect.id_max);
    if call.cache.is_some() && !dialect.cache_control {
        cx.out.lose_cache();
    }
    body.object(|body| {
        body.key("id").text(&id);
        match (&call.arguments, call.kind) {
            (Arguments::Freeform(input), CallKind::Freeform) if dialect.freeform_tools => {
                body.key("type").string("custom");
                body.key("custom").object(|body| {
                    body.key("name").text(&name);
                    body.key("input").text(input);
                });
            }
            (arguments, _) => {
                body.key("type").string("function");
                body.key("function").object(|body| {
                    body.key("name").text(&name);
                    write_arguments(arguments, body.key("arguments"));
                });
            }
        }
    });
}

/// A string that holds JSON.
fn write_arguments(arguments: &Arguments<'_>, body: &mut Writer) {
    match arguments {
        Arguments::Json(json) => body.string(json),
        Arguments::Quoted(text) if text.is_blank() => body.string("{}"),
        Arguments::Quoted(text) => body.text(text),
        Arguments::Freeform(input) => {
            let mut object = Writer::with_capacity(input.len() + 16);
            object.object(|object| object.key(INPUT).text(input));
            // What was written is valid UTF-8: it was made of texts.
            body.string(&String::from_utf8(object.into_bytes()).unwrap_or_default());
        }
    }
}
