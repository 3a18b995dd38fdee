//! The conversation: which turns become contents, and what stands in them.

use std::collections::{BTreeMap, VecDeque};

use crate::conversation::{OpaqueKind, Part, Reasoning, Role, ToolCall, ToolResult, Turn};
use crate::json::{Text, Writer};
use crate::translate::Outgoing;
use crate::translate::carrier::Carried;
use crate::translate::context::Context;
use crate::translate::exchange::Exchange;
use crate::translate::functions;
use crate::translate::pieces::{self, Piece};

use super::super::model::Model;
use super::super::signature::{self, Place as SignedAt};
use super::part;
use crate::translate::field::{self, Place};

/// A conversation as the protocol wants it: the user begins and ends, and roles alternate.
pub(super) struct Conversation<'t> {
    contents: Exchange<Item<'t>>,
    /// The tool of each call, as sent: a result must name it, and only its call knows it.
    names: BTreeMap<String, Text<'t>>,
}

/// What becomes a part.
pub(super) enum Item<'t> {
    Said(Piece<'t>),
    /// Instructions where only the user may speak.
    Instruction(Vec<Piece<'t>>),
    Thought {
        texts: &'t [Text<'t>],
        signature: Option<String>,
    },
    /// A signature that came without a text, or behind one.
    Signature(String),
    Call {
        call: &'t ToolCall<'t>,
        signature: Option<String>,
    },
    Result {
        result: &'t ToolResult<'t>,
        texts: Vec<Piece<'t>>,
        media: Vec<Piece<'t>>,
    },
}

/// How many turns are instructions that stand before the conversation.
pub(super) fn leading(turns: &[Turn<'_>]) -> usize {
    turns.iter().take_while(|turn| is_instruction(turn)).count()
}

const fn is_instruction(turn: &Turn<'_>) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}

/// `systemInstruction`
pub(super) fn write_instructions<'t>(
    turns: &'t [Turn<'t>],
    hint: Option<Piece<'t>>,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let mut said = Vec::new();
    for (number, turn) in turns.iter().enumerate() {
        cx.note_extras(&turn.extra);
        let stripped = number == 0 && cx.is_attribution(turn);
        let parts = turn.parts.get(usize::from(stripped)..).unwrap_or_default();
        cx.within(Place::System, |cx| pieces::split(parts, cx, &mut said));
    }
    said.extend(hint);
    if said.is_empty() {
        return;
    }
    body.key("systemInstruction").object(|body| {
        body.key("parts").array(|body| said.iter().for_each(|piece| part::piece(piece, body)));
    });
}

impl<'t> Conversation<'t> {
    /// Arranges turns that are paired already.
    pub(super) fn arrange(turns: &'t [Turn<'t>], model: &Model, cx: &mut Context<'_, '_>) -> Self {
        let mut conversation = Self { contents: Exchange::with_capacity(turns.len()), names: BTreeMap::new() };
        for turn in turns {
            cx.note_extras(&turn.extra);
            match turn.role {
                Role::User => conversation.user(turn, model, cx),
                Role::Assistant => conversation.assistant(turn, model, cx),
                Role::System | Role::Developer => conversation.instruction(turn, cx),
            }
        }
        conversation.contents.frame(|text| Item::Said(Piece::text(text)), cx);
        conversation
    }

    pub(super) fn write(&self, model: &Model, cx: &mut Context<'_, '_>, body: &mut Writer) {
        for content in &self.contents.turns {
            body.object(|body| {
                body.key("role").string(if content.by_model { "model" } else { "user" });
                body.key("parts").array(|body| {
                    for item in &content.items {
                        part::write(item, self, model, cx, body);
                    }
                });
            });
        }
    }

    /// The tool that the call of this id called.
    pub(super) fn name_of(&self, call_id: &Text<'_>) -> Option<&Text<'t>> {
        self.names.get(call_id.decoded().as_ref())
    }

    /// Results first. Pictures that they may not hold follow behind the last of them.
    fn user(&mut self, turn: &'t Turn<'t>, model: &Model, cx: &mut Context<'_, '_>) {
        let (mut items, mut behind) = (Vec::new(), Vec::new());
        for one in &turn.parts {
            if let Part::ToolResult(result) = one {
                items.push(tool_result(result, model, &mut behind, cx));
            }
        }
        pieces::split(&turn.parts, cx, &mut behind);
        items.extend(behind.into_iter().map(Item::Said));
        self.contents.add(false, items);
    }

    fn assistant(&mut self, turn: &'t Turn<'t>, model: &Model, cx: &mut Context<'_, '_>) {
        let mut items = Vec::new();
        let mut waiting = VecDeque::new();
        for one in &turn.parts {
            match one {
                Part::Reasoning(reasoning) => reason(reasoning, &mut items, &mut waiting, cx),
                Part::ToolCall(call) => {
                    let flat = functions::flat(call.namespace.as_ref(), &call.name);
                    let dialect = cx.out.dialect;
                    let name = cx.out.names.tool(&flat, dialect.name_max, dialect.name_digit_first);
                    self.names.insert(call.id.decoded().into_owned(), name);
                    cx.note_cache(call.cache);
                    items.push(Item::Call { call, signature: waiting.pop_front() });
                }
                other => {
                    let mut said = Vec::new();
                    pieces::split(std::slice::from_ref(other), cx, &mut said);
                    items.extend(said.into_iter().map(Item::Said));
                }
            }
        }
        sign_foreign(&mut items, model);
        self.contents.add(true, items);
    }

    fn instruction(&mut self, turn: &'t Turn<'t>, cx: &mut Context<'_, '_>) {
        let mut said = Vec::new();
        pieces::split(&turn.parts, cx, &mut said);
        if !said.is_empty() {
            let field = cx.out.name(field::ROLE);
            cx.out.losses.reworded(field);
            self.contents.add(false, vec![Item::Instruction(said)]);
        }
    }
}

/// Reasoning goes back to who made it, each signature to the kind of part it came with.
fn reason<'t>(
    reasoning: &'t Reasoning<'t>,
    items: &mut Vec<Item<'t>>,
    waiting: &mut VecDeque<String>,
    cx: &mut Context<'_, '_>,
) {
    let Some((place, signature)) = own(reasoning, cx.out) else {
        if is_own_and_unsigned(reasoning, cx.out) {
            items.push(Item::Thought { texts: &reasoning.text, signature: None });
        } else if reasoning.opaque.is_some() || reasoning.text.iter().any(|text| !text.is_empty()) {
            cx.lose_reasoning(reasoning);
        }
        return;
    };
    let texts = &reasoning.text[..];
    let has_text = texts.iter().any(|text| !text.is_empty());
    let at_thought = place == SignedAt::Thought;
    if has_text {
        items.push(Item::Thought { texts, signature: Some(signature.clone()).filter(|_| at_thought) });
    }
    match place {
        SignedAt::Call => waiting.push_back(signature),
        SignedAt::Thought if has_text => {}
        SignedAt::Text | SignedAt::Thought => items.push(Item::Signature(signature)),
    }
}

/// The signature, if this target made it.
fn own(reasoning: &Reasoning<'_>, out: &Outgoing<'_>) -> Option<(SignedAt, String)> {
    let opaque = reasoning.opaque.as_ref()?;
    match out.open(&opaque.data.decoded()) {
        Carried::Ours { kind: OpaqueKind::GeminiSignature, data, .. } => {
            signature::split(&data).map(|(place, signature)| (place, signature.to_owned()))
        }
        Carried::Ours { .. } | Carried::Foreign | Carried::Genuine => None,
    }
}

/// Readable reasoning of this target that it did not sign.
fn is_own_and_unsigned(reasoning: &Reasoning<'_>, out: &Outgoing<'_>) -> bool {
    let opened = reasoning.opaque.as_ref().map(|opaque| out.open(&opaque.data.decoded()));
    matches!(opened, Some(Carried::Ours { kind: OpaqueKind::Plain, .. }))
        && reasoning.text.iter().any(|text| !text.is_empty())
}

/// Calls that another model made, or whose signatures the client did not keep: without any the whole request is refused.
fn sign_foreign(items: &mut [Item<'_>], model: &Model) {
    let Some(unsigned) = model.unsigned else { return };
    let is_signed = items.iter().any(|item| matches!(item, Item::Call { signature: Some(_), .. }));
    let first = items.iter_mut().find_map(|item| match item {
        Item::Call { signature, .. } => Some(signature),
        _ => None,
    });
    if let Some(signature) = first.filter(|_| !is_signed) {
        *signature = Some(unsigned.to_owned());
    }
}

fn tool_result<'t>(
    result: &'t ToolResult<'t>,
    model: &Model,
    behind: &mut Vec<Piece<'t>>,
    cx: &mut Context<'_, '_>,
) -> Item<'t> {
    cx.note_cache(result.cache);
    let mut all = Vec::new();
    cx.within(Place::Result, |cx| pieces::split(&result.parts, cx, &mut all));
    let (texts, media): (Vec<_>, Vec<_>) = all.into_iter().partition(|piece| matches!(piece, Piece::Text { .. }));
    let inline = cx.out.dialect.images_in_tool_results && model.media_in_results;
    let (media, other): (Vec<_>, Vec<_>) = media.into_iter().partition(|piece| inline && part::is_inline(piece));
    if !other.is_empty() {
        let field = cx.within(Place::Result, |cx| cx.out.content(pieces::of_pieces(&other)));
        cx.out.losses.reworded(field);
        let label = [Text::plain("[from the result of tool call "), result.call_id.clone(), Text::plain("]")];
        behind.push(Piece::Text { texts: label.to_vec(), cache: None });
        behind.extend(other);
    }
    Item::Result { result, texts, media }
}
