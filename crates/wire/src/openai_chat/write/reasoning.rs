//! What the model thought, on its way back to the provider.

use crate::conversation::{OpaqueKind, Part, Reasoning};
use crate::json::{Kind, Reader, Writer};
use crate::translate::Outgoing;
use crate::translate::carrier::Carried;
use crate::translate::context::Context;
use crate::translate::dialect::ReasoningIn;

/// What the model thought, as the provider wants it back.
pub(super) fn write(parts: &[Part<'_>], cx: &mut Context<'_, '_>, body: &mut Writer) {
    let thoughts = || parts.iter().filter_map(|part| if let Part::Reasoning(one) = part { Some(one) } else { None });
    let name = match cx.out.dialect.reasoning_in {
        _ if thoughts().next().is_none() => return,
        ReasoningIn::None => return cx.lose_reasoning(),
        ReasoningIn::Content => "reasoning_content",
        ReasoningIn::Reasoning => "reasoning",
        ReasoningIn::Details => return details(thoughts(), cx, body),
    };
    let mut texts = thoughts().flat_map(|one| &one.text).filter(|text| !text.is_empty()).peekable();
    if texts.peek().is_none() {
        return cx.lose_reasoning();
    }
    body.key(name).string_of(|body| {
        for (number, text) in texts.enumerate() {
            if number > 0 {
                body.escaped("\n\n");
            }
            body.piece(text);
        }
    });
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
            cx.lose_reasoning();
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
