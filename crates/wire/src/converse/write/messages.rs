//! The conversation: which turns become messages, and what stands in them.

use crate::conversation::{OpaqueKind, Part, Reasoning, Role, ToolCall, ToolResult, Turn};
use crate::json::{Text, Writer};
use crate::translate::carrier::Carried;
use crate::translate::context::Context;
use crate::translate::exchange::Exchange;
use crate::translate::pieces::{self, Piece};

use super::super::model::Model;
use super::super::signature::{self, Sort};
use super::block;
use super::cache::Points;
use super::document::Names;
use crate::translate::field::{self, Place};

/// What stands before a failed tool's words where its result cannot say so.
const FAILED: &str = "[tool error]";

/// What stands beside a document in a message without words, which is refused.
const DOCUMENT: &str = "(document)";

/// What becomes a block.
pub(super) enum Item<'t> {
    Said(Piece<'t>),
    /// Instructions where only the user may speak.
    Instruction(Vec<Piece<'t>>),
    Thought {
        texts: &'t [Text<'t>],
        signature: String,
    },
    Redacted(String),
    Call(&'t ToolCall<'t>),
    Result {
        result: &'t ToolResult<'t>,
        said: Vec<Piece<'t>>,
    },
}

/// How many turns are instructions that stand before the conversation.
pub(super) fn leading(turns: &[Turn<'_>]) -> usize {
    turns.iter().take_while(|turn| matches!(turn.role, Role::System | Role::Developer)).count()
}

/// `system`
pub(super) fn write_instructions<'t>(
    turns: &'t [Turn<'t>],
    hint: Option<Piece<'t>>,
    points: &mut Points,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let mut said = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        cx.note_extras(&turn.extra);
        let stripped = number == 0 && cx.is_attribution(turn);
        let parts = turn.parts.get(usize::from(stripped)..).unwrap_or_default();
        cx.within(Place::System, |cx| split(parts, cx, &mut said));
    }
    said.extend(hint);
    let before = said.len();
    said.retain(|piece| matches!(piece, Piece::Text { .. }));
    if said.len() < before {
        cx.within(Place::System, |cx| cx.lose(field::IMAGE));
    }
    if said.is_empty() {
        return;
    }
    body.key("system").array(|body| {
        for piece in &said {
            block::text(piece, body);
            cx.within(Place::System, |cx| points.set(block::marker(piece), cx, body));
        }
    });
}

/// Pieces without blank texts, which are refused.
fn split<'t>(parts: &'t [Part<'t>], cx: &mut Context<'_, '_>, to: &mut Vec<Piece<'t>>) {
    let start = to.len();
    pieces::split(parts, cx, to);
    let mut at = 0;
    to.retain(|piece| {
        at += 1;
        at <= start || !matches!(piece, Piece::Text { texts, .. } if texts.iter().all(Text::is_blank))
    });
}

/// Arranges turns that are paired already.
pub(super) fn arrange<'t>(turns: &'t [Turn<'t>], model: &Model, cx: &mut Context<'_, '_>) -> Exchange<Item<'t>> {
    let mut exchange = Exchange::with_capacity(turns.len());
    for turn in turns {
        cx.note_extras(&turn.extra);
        match turn.role {
            Role::User => exchange.add(false, user(turn, model, cx)),
            Role::Assistant => exchange.add(true, assistant(turn, cx)),
            Role::System | Role::Developer => {
                let mut said = Vec::new();
                split(&turn.parts, cx, &mut said);
                if !said.is_empty() {
                    let field = cx.out.name(field::ROLE);
                    cx.out.losses.reworded(field);
                    exchange.add(false, vec![Item::Instruction(said)]);
                }
            }
        }
    }
    exchange.frame(|text| Item::Said(Piece::text(text)), cx);
    for turn in exchange.turns.iter_mut().filter(|turn| !turn.by_model) {
        let has = |wanted: fn(&Item<'_>) -> bool| turn.items.iter().any(wanted);
        let document = has(|item| matches!(item, Item::Said(Piece::File(_))));
        if document && !has(|item| matches!(item, Item::Said(Piece::Text { .. }) | Item::Instruction(_))) {
            turn.items.push(Item::Said(Piece::text(DOCUMENT)));
        }
    }
    exchange
}

/// Results first, then everything else.
fn user<'t>(turn: &'t Turn<'t>, model: &Model, cx: &mut Context<'_, '_>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for part in &turn.parts {
        if let Part::ToolResult(result) = part {
            let mut said = Vec::new();
            if result.is_error == Some(true) && !model.result_status {
                said.push(Piece::text(FAILED));
            }
            cx.within(Place::Result, |cx| split(&result.parts, cx, &mut said));
            items.push(Item::Result { result, said });
        }
    }
    let mut said = Vec::new();
    split(&turn.parts, cx, &mut said);
    items.extend(said.into_iter().map(Item::Said));
    items
}

fn assistant<'t>(turn: &'t Turn<'t>, cx: &mut Context<'_, '_>) -> Vec<Item<'t>> {
    let mut items = Vec::new();
    for part in &turn.parts {
        match part {
            Part::Reasoning(reasoning) => items.extend(reason(reasoning, cx)),
            Part::ToolCall(call) => items.push(Item::Call(call)),
            other => {
                let mut said = Vec::new();
                split(std::slice::from_ref(other), cx, &mut said);
                for piece in said {
                    if matches!(piece, Piece::Text { .. }) {
                        items.push(Item::Said(piece));
                    } else {
                        // Only the user may show something.
                        cx.lose(field::IMAGE);
                    }
                }
            }
        }
    }
    items
}

/// Reasoning goes back only to who made it.
fn reason<'t>(reasoning: &'t Reasoning<'t>, cx: &mut Context<'_, '_>) -> Option<Item<'t>> {
    let opaque = reasoning.opaque.as_ref().map(|opaque| cx.out.open(&opaque.data.decoded()));
    if let Some(Carried::Ours { kind: OpaqueKind::ConverseSignature, data, .. }) = opaque {
        return match signature::split(&data)? {
            (Sort::Redacted, data) => Some(Item::Redacted(data.to_owned())),
            (Sort::Signature, data) => Some(Item::Thought { texts: &reasoning.text, signature: data.to_owned() }),
        };
    }
    if reasoning.opaque.is_some() || reasoning.text.iter().any(|text| !text.is_empty()) {
        cx.lose_reasoning(reasoning);
    }
    None
}

/// Writes `messages`.
pub(super) fn write(
    exchange: &Exchange<Item<'_>>,
    model: &Model,
    points: &mut Points,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let mut names = Names::default();
    for turn in &exchange.turns {
        body.object(|body| {
            body.key("role").string(if turn.by_model { "assistant" } else { "user" });
            body.key("content").array(|body| {
                for item in &turn.items {
                    block::write(item, model, &mut names, cx, body);
                    points.set(block::item_marker(item), cx, body);
                }
            });
        });
    }
}
