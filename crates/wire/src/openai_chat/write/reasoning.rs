//! What the model thought, on its way back to the provider.

use crate::conversation::{OpaqueKind, Part, Reasoning};
use crate::json::{Kind, Reader, Text, Writer};
use crate::translate::Outgoing;
use crate::translate::carrier::Carried;
use crate::translate::context::Context;
use crate::translate::dialect::ReasoningIn;

/// What stands for reasoning that is lost, where a provider refuses a call without any.
const LOST: &str = "[reasoning not available]";
/// What reasoning begins with in a text.
const THINK: &str = "<think>";
/// What it ends with.
const THOUGHT: &str = "</think>";

/// What the model thought, as the provider wants it back in a field of its own.
pub(super) fn write(parts: &[Part<'_>], has_calls: bool, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let dialect = cx.out.dialect;
    let any = thoughts(parts).next().is_some();
    let name = match dialect.reasoning_in {
        ReasoningIn::ThinkTags if any && texts(parts).next().is_none() => return lose(parts, cx),
        ReasoningIn::ThinkTags => return,
        ReasoningIn::Content => "reasoning_content",
        ReasoningIn::Reasoning => "reasoning",
        ReasoningIn::None if any => return lose(parts, cx),
        ReasoningIn::Details if any => return details(thoughts(parts), cx, body),
        ReasoningIn::None | ReasoningIn::Details => return,
    };
    let mut texts = texts(parts).peekable();
    if texts.peek().is_some() {
        return body.key(name).string_of(|body| join(texts, body));
    }
    lose(parts, cx);
    if has_calls && dialect.reasoning_required {
        body.key(name).string(LOST);
    }
}

/// Notes that nothing of it goes back.
pub(super) fn lose(parts: &[Part<'_>], cx: &mut Context<'_, '_>) {
    thoughts(parts).for_each(|one| cx.lose_reasoning(one));
}

/// What the model thought, as the beginning of its text: exactly as it said it.
pub(super) fn write_tagged(parts: &[Part<'_>], body: &mut Writer) {
    body.escaped(THINK);
    join(texts(parts), body);
    body.escaped(THOUGHT);
}

/// Whether the text begins with what the model thought.
pub(super) fn is_tagged(parts: &[Part<'_>], cx: &Context<'_, '_>) -> bool {
    cx.out.dialect.reasoning_in == ReasoningIn::ThinkTags && texts(parts).next().is_some()
}

fn thoughts<'p>(parts: &'p [Part<'p>]) -> impl Iterator<Item = &'p Reasoning<'p>> {
    parts.iter().filter_map(|part| if let Part::Reasoning(one) = part { Some(one) } else { None })
}

fn texts<'p>(parts: &'p [Part<'p>]) -> impl Iterator<Item = &'p Text<'p>> {
    thoughts(parts).flat_map(|one| &one.text).filter(|text| !text.is_empty())
}

fn join<'p>(texts: impl Iterator<Item = &'p Text<'p>>, body: &mut Writer) {
    for (number, text) in texts.enumerate() {
        if number > 0 {
            body.escaped("\n\n");
        }
        body.piece(text);
    }
}

/// `reasoning_details`: what the provider wrote itself where it came back, else the words.
fn details<'p>(thoughts: impl Iterator<Item = &'p Reasoning<'p>>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let mut own = Vec::new();
    let mut words = Vec::new();
    for one in thoughts {
        match own_details(one, cx.out) {
            Some(list) => own.push(list),
            None => words.extend(one.text.iter().filter(|text| !text.is_empty())),
        }
        let foreign = one.opaque.is_some() && one.text.is_empty() && own.is_empty();
        if foreign {
            cx.lose_reasoning(one);
        }
    }
    if own.is_empty() && words.is_empty() {
        return;
    }
    body.key("reasoning_details").array(|body| {
        for text in words {
            body.object(|body| {
                body.key("type").string("reasoning.text");
                body.key("text").text(text);
            });
        }
        for list in &own {
            // Checked when it was taken out of its carrier.
            let copied: Result<(), crate::json::Fault> = Reader::new(list).array(|reader| {
                body.raw(reader.raw()?);
                Ok(())
            });
            debug_assert!(copied.is_ok());
        }
    });
}

/// The list that this very provider wrote.
fn own_details(reasoning: &Reasoning<'_>, out: &Outgoing<'_>) -> Option<String> {
    let opaque = reasoning.opaque.as_ref()?;
    let text = opaque.data.decoded();
    let list = match out.open(&text) {
        Carried::Ours { kind: OpaqueKind::ChatDetails, data, .. } => data,
        Carried::Genuine if opaque.kind == OpaqueKind::ChatDetails => text.into_owned(),
        _ => return None,
    };
    let mut reader = Reader::new(&list);
    let is_list = reader.kind() == Ok(Kind::Array) && reader.raw().is_ok() && reader.end().is_ok();
    is_list.then_some(list)
}
